"""What the books and our own records say of a debtor, across its customer numbers: gathered once for many decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import Connection

from core.clock import day_in
from core.engine.context import Run
from core.model import Debtor, Invoice, InvoiceKind
from core.money import Money
from core.policy import looks_at_debtor, was_broken
from core.policy.facts import DebtorBooks, History
from core.store import books, people
from core.store.books import Position
from core.store.people import Promise

__all__ = ["Debtors", "beside_credit", "gather_debtors", "same_debtor"]


def same_debtor(debtor: Debtor) -> str:
    """Return what is the same for one debtor: its identity number; without one, the customer number stands alone."""
    return f"identity {debtor.identity_no}" if debtor.identity_no else f"customer {debtor.source_ref}"


class Debtors:
    """The positions of debtors; only of one that was read it is known under which other customer numbers it stands."""

    def __init__(
        self,
        keys: Mapping[str, str],
        positions: Iterable[Position],
        promises: list[Promise] | None,
        country: str,
        today: date,
        small: Money,
    ) -> None:
        self._keys, self._refs, self._positions = dict(keys), defaultdict[str, set[str]](set), defaultdict[str, list[Position]](list)
        for ref, key in keys.items():
            self._refs[key].add(ref)
        for one in positions:
            self._positions[one.debtor_ref].append(one)
        self._promises, self._country, self._today, self._small = promises, country, today, small

    def know(self, debtor: Debtor) -> None:
        """Take note of a debtor that was just read."""
        self._refs[self._keys.get(debtor.source_ref, "")].discard(debtor.source_ref)
        self._keys[debtor.source_ref] = same_debtor(debtor)
        self._refs[same_debtor(debtor)].add(debtor.source_ref)

    def key(self, invoice: Invoice) -> str:
        """Return what is the same for all invoices of one debtor; one that was never read stands alone."""
        return self._keys.get(invoice.debtor_ref, f"customer {invoice.debtor_ref}")

    def books_of(self, invoice: Invoice) -> DebtorBooks | None:
        """Return what is open of an invoice's debtor, in its currency; None for a debtor that was never read."""
        if invoice.debtor_ref not in self._keys:
            return None
        own = [one for one in self._own(invoice) if one.open.currency == invoice.currency and one.kind == InvoiceKind.INVOICE]
        unpaid = [one for one in own if one.open.minor > 0]
        credits_ = [-one.open for one in self._own(invoice) if one.open.currency == invoice.currency and one.open.minor < 0]
        overdue = sum(one.due_on < self._today for one in unpaid)
        total = Money.sum((one.open for one in unpaid), invoice.currency)
        return DebtorBooks(overdue, total, Money.sum(credits_, invoice.currency))

    def beside_credits(self) -> set[str]:
        """Return the invoices with something open of every debtor that has a credit."""
        crediting = {self._keys.get(one.debtor_ref) for own in self._positions.values() for one in own if one.open.minor < 0} - {None}
        refs = {ref for key in crediting if key is not None for ref in self._refs[key]}
        return {one.source_ref for ref in refs for one in self._positions[ref] if one.open.minor > 0}

    def history_of(self, invoice: Invoice) -> History | None:
        """Return how an invoice's debtor has paid so far."""
        if self._promises is None or invoice.debtor_ref not in self._keys:
            return None
        own = self._own(invoice)
        paid = [one for one in own if one.paid_on is not None]
        late = sum(max((one.paid_on - one.due_on).days, 0) for one in paid if one.paid_on)
        return History(len(paid), late, sum(self._broken(promise, own) for promise in self._promises))

    def _own(self, invoice: Invoice) -> list[Position]:
        return [one for ref in sorted(self._refs[self.key(invoice)]) for one in self._positions[ref]]

    def _broken(self, promise: Promise, own: list[Position]) -> bool:
        """Tell whether a promise is this debtor's and was not kept."""
        released_on = day_in(self._country, promise.released_at) if promise.released_at else None
        about = [one for one in own if promise.ref == (one.source_ref if promise.hold.scope == "invoice" else one.debtor_ref)]
        due = [one for one in about if one.kind == InvoiceKind.INVOICE and one.due_on <= (promise.hold.until or date.max)]
        told = (released_on, self._today, self._country, self._small)
        return any(was_broken(promise.hold, one.open, one.paid_on, *told) for one in due)


def beside_credit(run: Run, connection: Connection, debtor_ref: str) -> set[str]:
    """Return the credits and the overdue invoices of a debtor that has a credit, under all of its customer numbers; else none."""
    refs = people.customer_numbers(connection, run.tenant.id, debtor_ref)
    found = books.list_positions(connection, run.tenant.id, debtor_refs=refs)
    if all(one.open.minor > 0 for one in found):
        return set()
    return {one.source_ref for one in found if one.open.minor < 0 or one.due_on < run.today}


def gather_debtors(run: Run, connection: Connection, known: Mapping[str, Debtor], only: Invoice | None) -> Debtors:
    """Read the positions of every debtor, or of one invoice's debtor alone; those of the past only if the policy asks for it."""
    tenant, past = run.tenant.id, looks_at_debtor(run.policy)
    refs = people.customer_numbers(connection, tenant, only.debtor_ref) if only else None
    keys = {ref: same_debtor(debtor) for ref, debtor in known.items()}
    if only and only.debtor_ref in keys:
        keys |= dict.fromkeys(refs or (), keys[only.debtor_ref])
    positions = books.list_positions(connection, tenant, debtor_refs=refs, paid_too=past)
    promises = people.list_promises(connection, tenant, run.tenant.currency) if past else None
    return Debtors(keys, positions, promises, run.tenant.country, run.today, run.policy.small_amount)
