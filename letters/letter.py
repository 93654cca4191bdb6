"""What a letter says, before it has words: parties, invoices, amounts and days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final, Literal, get_args

from core.claim import ClaimLine, Component, DebtorParty, Instalment, InterestPart, Party
from core.errors import InvariantBrokenError
from core.money import Money
from letters.logo import Logo

__all__ = ["ASKING", "CHARGES", "INSTALMENTS", "KINDS", "Extras", "InterestPart", "Letter", "LetterKind"]

LetterKind = Literal["reminder", "notice", "demand", "instalment_offer", "instalment_agreement", "deferral", "thanks", "withdrawal"]
KINDS: Final[tuple[LetterKind, ...]] = get_args(LetterKind)
INSTALMENTS: Final = frozenset({"instalment_offer", "instalment_agreement"})
ASKING: Final = frozenset(KINDS) - {"thanks", "withdrawal"}
"""The kinds that ask for money."""
CHARGES: Final = (Component.REMINDER_FEE, Component.COLLECTION_COST, Component.COMPENSATION)
"""What may have been added to the invoices before this letter."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What the creditor adds of its own: a logo, a paragraph before and one after what the letter must say."""

    logo: Logo | None = None
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter from one creditor to one debtor about one or more invoices of one currency.

    Attributes:
        language: which file of `letters/words` it is written with, e.g. "sv".
        pay_by: when the money must be there; of an instalment offer, when the debtor must have answered.
        fee: what this letter costs the debtor; zero leaves no trace in the letter.
        announces_collection: a reminder says that the claim may go to a collection agency after `pay_by`.
        reference: ours, short; the debtor is asked to name it.
        country: whose law says what the letter must contain; "" is the creditor's country.
        charges: what earlier letters and the delay have added.
        netted: what the debtor has to its credit and the letter deducts, by invoice number.
        interest: the figure with its periods; without it interest is stated as a rule (`ClaimLine.interest_from`).
        instalments: the plan of an offer or an agreement; its parts add up to what is to be paid.
        paid, earlier_on: what is thanked for and its day; for a withdrawal the day of the letter that is taken back.
        fi_creditor_no: the creditor's number at the Danish payment form (FI-kort), or "".
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
    country: str = field(default="", kw_only=True)
    charges: tuple[tuple[Component, Money], ...] = field(default=(), kw_only=True)
    netted: tuple[tuple[str, Money], ...] = field(default=(), kw_only=True)
    interest: tuple[InterestPart, ...] = field(default=(), kw_only=True)
    instalments: tuple[Instalment, ...] = field(default=(), kw_only=True)
    paid: Money | None = field(default=None, kw_only=True)
    earlier_on: date | None = field(default=None, kw_only=True)
    fi_creditor_no: str = field(default="", kw_only=True)
    extras: Extras = field(default=Extras(), kw_only=True)

    def __post_init__(self) -> None:
        if not self.lines:
            raise InvariantBrokenError("a letter has at least one invoice")
        if {money.currency for money in self._amounts()} != {self.fee.currency}:
            raise InvariantBrokenError("a letter has one currency")
        if any(money.minor < 0 for money in self._amounts()) or (self.asks and any(line.asks.minor <= 0 for line in self.lines)):
            raise InvariantBrokenError("a letter asks for money on every line, and nothing in it is negative")
        if self.pay_by < self.written_on:
            raise InvariantBrokenError("a letter gives time to pay")
        if any(component not in CHARGES for component, _ in self.charges):
            raise InvariantBrokenError(f"a letter charges nothing but {', '.join(CHARGES)}")
        asked = {line.invoice_no: line.asks for line in self.lines}
        if any(not money or number not in asked or money >= asked[number] for number, money in self.netted):
            raise InvariantBrokenError("a credit is deducted from an invoice of the letter, and leaves something to ask for")
        self._check_kind()

    def _check_kind(self) -> None:
        if bool(self.instalments) != (self.kind in INSTALMENTS):
            raise InvariantBrokenError("a plan, and nothing else, has instalments")
        if any(later.due_on <= earlier.due_on for earlier, later in pairwise(self.instalments)):
            raise InvariantBrokenError("instalments follow each other")
        if self.instalments and Money.sum((part.amount for part in self.instalments), self.fee.currency) != self.to_pay:
            raise InvariantBrokenError("instalments add up to what is to be paid")
        if self.kind == "thanks" and not (self.paid and self.earlier_on):
            raise InvariantBrokenError("a thank-you says for what, and of which day")
        if self.kind == "withdrawal" and self.earlier_on is None:
            raise InvariantBrokenError("a withdrawal says which letter it takes back")

    def _amounts(self) -> list[Money]:
        amounts = [self.fee, *(money for line in self.lines for money in (line.original, line.open))]
        amounts += [money for _, money in (*self.charges, *self.netted)] + [
            money for part in self.interest for money in (part.base, part.amount)
        ]
        return amounts + [part.amount for part in self.instalments] + ([self.paid] if self.paid else [])

    @property
    def asks(self) -> bool:
        """Whether the letter asks for money."""
        return self.kind in ASKING

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
    def deducted(self) -> Money:
        """What of the debtor's credit is set against the invoices."""
        return Money.sum((money for _, money in self.netted), self.fee.currency)

    @property
    def asks_of_invoices(self) -> Money:
        """What is asked for of the invoices themselves: what remains, is not disputed and not deducted."""
        return self.open - self.disputed - self.deducted

    @property
    def accrued(self) -> Money:
        """The interest of all periods."""
        return Money.sum((part.amount for part in self.interest), self.fee.currency)

    @property
    def to_pay(self) -> Money:
        """What the letter asks for: what it asks of the invoices, interest, what was charged before, and the fee."""
        return self.asks_of_invoices + self.accrued + Money.sum((money for _, money in self.charges), self.fee.currency) + self.fee

    @property
    def next_payment(self) -> Instalment:
        """The payment the letter asks for first."""
        return self.instalments[0] if self.instalments else Instalment(self.pay_by, self.to_pay)
