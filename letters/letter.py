"""What a letter says, before it has words: parties, invoices, amounts and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.claim import DebtorParty, Party
from core.errors import InvariantBrokenError
from core.money import Money

__all__ = ["Letter", "LetterKind", "LetterLine", "RenderedLetter"]

LetterKind = Literal["reminder"]


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One invoice of a letter; `open` is what remains of it, without fee and interest, and `disputed` what of that is not asked for."""

    invoice_no: str
    issued_on: date
    due_on: date
    original: Money
    open: Money
    payment_reference: str = ""
    disputed: Money | None = None

    @property
    def asks(self) -> Money:
        """What the letter asks for of this invoice."""
        return self.open - self.disputed if self.disputed else self.open

    @property
    def pays_with(self) -> str:
        """What the debtor writes on the payment: the reference, or the invoice number where the books have none."""
        return self.payment_reference.strip() or self.invoice_no


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter from one creditor to one debtor about one or more invoices of one currency.

    Attributes:
        language: which file of `letters/words` it is written with, e.g. "sv".
        fee: the reminder fee; zero leaves no trace in the letter.
        announces_collection: says that the claim may go to a collection agency after `pay_by`.
        interest_rule_from: the day statutory interest runs from, stated as a rule without a figure; None says nothing.
        reference: ours, short; the debtor is asked to name it.
        plusgiro: the creditor's, shown where there is no bankgiro.
    """

    kind: LetterKind
    language: str
    written_on: date
    pay_by: date
    creditor: Party
    debtor: DebtorParty
    lines: tuple[LetterLine, ...]
    fee: Money
    announces_collection: bool
    interest_rule_from: date | None
    reference: str
    plusgiro: str = ""

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


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter in all its forms: for the e-mail `subject`, `text` and `html`, and the `pdf` with its file `name`."""

    subject: str
    text: str
    html: str
    pdf: bytes
    name: str
