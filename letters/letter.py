"""What a letter says, before it has words: parties, invoices, amounts and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.claim import ClaimLine, DebtorParty, Party
from core.errors import InvariantBrokenError
from core.money import Money

__all__ = ["Letter", "LetterKind"]

LetterKind = Literal["reminder"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter from one creditor to one debtor about one or more invoices of one currency.

    Attributes:
        language: which file of `letters/words` it is written with, e.g. "sv".
        fee: the reminder fee; zero leaves no trace in the letter.
        announces_collection: says that the claim may go to a collection agency after `pay_by`.
        reference: ours, short; the debtor is asked to name it.
    """

    kind: LetterKind
    language: str
    written_on: date
    pay_by: date
    creditor: Party
    debtor: DebtorParty
    lines: tuple[ClaimLine, ...]
    fee: Money
    announces_collection: bool
    reference: str

    def __post_init__(self) -> None:
        if not self.lines:
            raise InvariantBrokenError("a letter has at least one invoice")
        if {money.currency for line in self.lines for money in (line.original, line.open)} != {self.fee.currency}:
            raise InvariantBrokenError("a letter has one currency")
        if self.fee.minor < 0 or any(line.asks.minor <= 0 for line in self.lines):
            raise InvariantBrokenError("a letter asks for money on every line, and its fee is not negative")
        if self.pay_by < self.written_on:
            raise InvariantBrokenError("a letter gives time to pay")

    @property
    def interest_from(self) -> date | None:
        """The first day statutory interest runs from, stated as a rule without a figure; None says nothing."""
        return min((line.interest_from for line in self.lines if line.interest_from), default=None)

    @property
    def open(self) -> Money:
        """What remains of all invoices."""
        return Money.sum((line.open for line in self.lines), self.fee.currency)

    @property
    def disputed(self) -> Money:
        """What remains of the invoices and is not asked for."""
        return Money.sum((line.disputed for line in self.lines if line.disputed), self.fee.currency)

    @property
    def to_pay(self) -> Money:
        """What the letter asks for: what remains and is not disputed, and the fee."""
        return self.open - self.disputed + self.fee
