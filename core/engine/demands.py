"""What of fees and interest is demanded for the creditor, by each claim with the letters it carries and by each letter in no claim.

It is read from the letters and the ledgers of the claims alone; what of it is booked is `core.engine.charges`' to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import Connection

from core.claim import Component, Lifecycle
from core.engine.context import Run
from core.engine.facts import fee_on
from core.engine.sent import FeeLetter, carriers, letters_with_fee
from core.ledger import CLAIMED_WHEN_PAID, Entry, LedgerAccount, balance, kept_of_creditors
from core.money import Money
from core.store import books, claims
from core.store.claims import Claim

__all__ = ["COMPONENTS", "KINDS", "Demand", "Kind", "list_demands"]

Kind = Literal["fee", "interest"]

KINDS: Final[tuple[Kind, ...]] = ("fee", "interest")

COMPONENTS: Final[Mapping[Component, Kind]] = {
    Component.INTEREST: "interest", Component.REMINDER_FEE: "fee", Component.COMPENSATION: "fee", Component.COLLECTION_COST: "fee",
}  # fmt: skip
"""What is income of the creditor: court fees are an outlay, and what was paid too much is the debtor's."""


@dataclass(frozen=True, slots=True)
class _Fee:
    """A letter's fee: what of it the letter still asks for by itself, and what of it the accounting system booked as it went."""

    letter: str
    sent_on: date
    invoices: tuple[str, ...]
    asked: Money
    booked_there: Money
    was_paid_without: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """A claim with the fees it carries, or one letter that no claim carries.

    Attributes:
        key: the claim's id, or the letter's.
        fees: of its letters, the oldest first.
    """

    key: str
    currency: str
    fees: tuple[_Fee, ...]
    claim: Claim | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What its vouchers may be filed under: a letter's were, before a claim carried it."""
        return tuple(dict.fromkeys((self.key, *(fee.letter for fee in self.fees))))

    @property
    def invoices(self) -> tuple[str, ...]:
        """The invoices it is about."""
        return tuple(line.invoice_ref for line in self.claim.snapshot.lines) if self.claim else self.fees[0].invoices

    @property
    def was_paid_without(self) -> bool:
        """Whether the debtor paid the creditor what these fees and this interest came on top of: they may have come along."""
        if self.claim is None:
            return self.fees[0].was_paid_without
        principal = balance(self.entries, LedgerAccount.DEBTOR, self.currency, Component.PRINCIPAL)
        return principal.minor <= 0 and any(entry.account == LedgerAccount.DIRECT for entry in self.entries)

    def booked_there(self, kind: Kind) -> Money:
        """Return what the accounting system has booked of it by itself, with its own reminders."""
        return self._sum_of((fee.booked_there for fee in self.fees), kind)

    def of(self, kind: Kind) -> Money:
        """Return what is demanded still, and what an agency has got of it and not settled yet."""
        asked = self._sum_of((fee.asked for fee in self.fees), kind)
        if self.claim is None:
            return asked
        own = [entry for entry in self.entries if COMPONENTS.get(entry.component) == kind]
        at_agency = balance(own, LedgerAccount.IN_TRANSIT, self.currency)
        if self.claim.lifecycle == Lifecycle.CLOSED:
            return at_agency
        if self.claim.is_active and self.claim.submitted_at is not None:
            return self._owed(own) + at_agency
        # Not with the agency (yet, or any more): the letters ask by themselves, for what of theirs was not paid there.
        left = asked - at_agency - balance(own, LedgerAccount.SETTLED, self.currency)
        return max(left, Money.zero(self.currency)) + at_agency

    def _owed(self, entries: list[Entry]) -> Money:
        """Return what was demanded for the creditor and is not paid; what the agency kept of that as its pay comes no more.

        What nothing but a payment demanded is income as it comes: a payment that is taken back leaves nothing of it.
        """
        creditors = [entry for entry in entries if entry.payee == "creditor" and entry.what != CLAIMED_WHEN_PAID]
        total = zero = Money.zero(self.currency)
        for component in {entry.component for entry in entries}:
            demanded = balance(creditors, LedgerAccount.DEBTOR, self.currency, component)
            total += max(demanded - kept_of_creditors(entries, self.currency, component), zero)
        return total

    def _sum_of(self, fees: Iterable[Money], kind: Kind) -> Money:
        return Money.sum(fees, self.currency) if kind == "fee" else Money.zero(self.currency)


def list_demands(run: Run, connection: Connection) -> list[Demand]:
    """Return the demand of every claim, and of every letter with a fee that none carries; what is in another currency is left out."""
    currency = run.tenant.currency
    carried_by = carriers(connection, run)
    letters = [letter for letter in letters_with_fee(connection, run) if letter.context["currency"] == currency]
    known = books.list_invoices(connection, run.tenant.id, open_only=False) if letters else ()
    paid = {invoice.source_ref for invoice in known if invoice.open.minor <= 0}
    by_claim: dict[str, list[_Fee]] = {}
    for letter in letters:
        by_claim.setdefault(carried_by.get(letter.id, ""), []).append(_fee(letter, currency, paid))
    entries = claims.entries_by_claim(connection, run.tenant.id)
    of_claims = [
        Demand(claim.id, currency, tuple(by_claim.get(claim.id, ())), claim, tuple(entries.get(claim.id, ())))
        for claim in claims.list_claims(connection, run.tenant.id)
        if claim.snapshot.currency == currency
    ]
    return of_claims + [Demand(fee.letter, currency, (fee,)) for fee in by_claim.get("", ())]


def _fee(letter: FeeLetter, currency: str, paid: Collection[str]) -> _Fee:
    """Return what a letter asks of its fee: nothing once it counts no more, or what it was about is paid."""
    context, zero = letter.context, Money.zero(currency)
    unpaid = [ref for ref in letter.counts_for if ref not in paid]
    return _Fee(
        letter.id, letter.sent_on, tuple(context["open"]), fee_on(context, unpaid, currency) if unpaid else zero,
        Money.parse(context["fee"], currency) if context.get("fee_booked") else zero, was_paid_without=bool(letter.counts_for) and not unpaid,
    )  # fmt: skip
