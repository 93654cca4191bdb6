"""What happened to invoices in the past: when they fell due, what was paid on them and when, what was written about them.

Values only. A backtest replays them, statistics count them; they come from the books (`past_invoices`) or from a file
(`core.history.files`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.model import Debtor, DebtorKind, Invoice, InvoiceKind, Payment
from core.money import Money

__all__ = ["PastInvoice", "PastLetter", "PastPayment", "in_order", "past_invoices", "with_debtors", "with_events"]


NO_SALE: Final = frozenset({"unbooked", "cancelled", "credit", "credited", "interest_invoice", "cash_invoice", "not_completed"})
"""Marks of documents that nobody was ever to pay later: no part of any figure."""


@dataclass(frozen=True, slots=True)
class PastPayment:
    """What lowered an invoice's open amount on a day; `money` is False for a credit, a write-off or what nothing explains."""

    on: date
    amount: Money
    money: bool = True


@dataclass(frozen=True, slots=True)
class PastLetter:
    """A letter about the invoice that went."""

    on: date
    announces_collection: bool = False


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """One invoice with what became of it.

    Attributes:
        debtor_kind: None where nobody read the debtor.
        country: the debtor's, "" where it is not known.
        payments: in the order of their days.
        letters: in the order of their days.
        leave_alone: why it is never collected, as in `core.model.Invoice`.
        handed_over_on: the day an agency got it.
        same_debtor: what customer numbers of one debtor share; "" where only this one is known.
    """

    source_ref: str
    number: str
    debtor_ref: str
    total: Money
    issued_on: date
    due_on: date
    payments: tuple[PastPayment, ...] = ()
    debtor_kind: DebtorKind | None = None
    country: str = ""
    leave_alone: tuple[str, ...] = ()
    letters: tuple[PastLetter, ...] = ()
    handed_over_on: date | None = None
    same_debtor: str = ""

    @property
    def debtor_key(self) -> str:
        """What is the same for all invoices of one debtor."""
        return self.same_debtor or f"customer {self.debtor_ref}"

    def open_on(self, day: date) -> Money:
        """Return what was open at the end of a day."""
        paid = sum(payment.amount.minor for payment in self.payments if payment.on <= day)
        return Money(self.total.minor - paid, self.total.currency)

    @property
    def settled_on(self) -> date | None:
        """The day from which nothing is open, or None while something is."""
        left, day = self.total.minor, None
        for payment in self.payments:
            left -= payment.amount.minor
            day = None if left > 0 else day or payment.on  # a payment taken back opens it again
        return day

    def came_by(self, day: date) -> list[PastPayment]:
        """Return what came up to a day and stayed, no more than was owed.

        What was taken back is gone: the last payment of that amount, else of those that came last as much as it is.
        """
        kept: list[PastPayment] = []
        for payment in (one for one in self.payments if one.on <= day):
            if payment.amount.minor > 0:
                kept.append(payment)
            else:
                kept = _without(kept, -payment.amount)
        left, found = self.total, list[PastPayment]()
        for payment in kept:
            counts = min(payment.amount, left)
            left = left - counts
            found += [replace(payment, amount=counts)] if counts else []
        return found


def _without(payments: list[PastPayment], back: Money) -> list[PastPayment]:
    same = next((one for one in reversed(payments) if one.amount == back), None)
    if same:
        return [one for one in payments if one is not same]
    kept: list[PastPayment] = []
    for payment in reversed(payments):
        taken = min(payment.amount, back)
        back = back - taken
        kept += [replace(payment, amount=payment.amount - taken)] if payment.amount != taken else []
    return kept[::-1]


def past_invoices(invoices: Iterable[Invoice], payments: Iterable[Payment]) -> list[PastInvoice]:
    """Return the past of invoices from what the books list.

    1. Only sales on credit count: no credit notes, interest or cash invoices, nothing cancelled, credited or of zero or less.
    2. Booked payments are taken with their days; one in another currency than its invoice says nothing.
    3. What the books show as settled beyond them (credits, write-offs, payments no list has) is settled on the day of the last
       payment or the last one listed, else on the due date, and is no money.
    """
    of: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        if payment.booked:
            of[payment.invoice_ref].append(payment)
    kept = [one for one in invoices if one.kind == InvoiceKind.INVOICE and one.total.minor > 0 and NO_SALE.isdisjoint(one.leave_alone)]
    return in_order(_past(invoice, of.get(invoice.source_ref, [])) for invoice in kept)


def with_debtors(history: Iterable[PastInvoice], debtors: Mapping[str, Debtor]) -> list[PastInvoice]:
    """Return the history with the kind, country and identity of the debtors that are known."""
    found = []
    for past in history:
        debtor = debtors.get(past.debtor_ref)
        found.append(_of_debtor(past, debtor) if debtor else past)
    return found


def _of_debtor(past: PastInvoice, debtor: Debtor) -> PastInvoice:
    same = f"identity {debtor.identity_no}" if debtor.identity_no else ""
    return replace(past, debtor_kind=debtor.kind, country=debtor.address.country, same_debtor=same)


def with_events(
    history: Iterable[PastInvoice], letters: Mapping[str, Iterable[PastLetter]], handed_over: Mapping[str, date]
) -> list[PastInvoice]:
    """Return the history with the letters of ours that went and the days of the handovers, by invoice."""
    return [
        replace(
            past,
            letters=tuple(sorted(letters.get(past.source_ref, ()), key=lambda letter: letter.on)),
            handed_over_on=handed_over.get(past.source_ref),
        )
        for past in history
    ]


def in_order(history: Iterable[PastInvoice]) -> list[PastInvoice]:
    """Return a history by due date and number, so that the same invoices give the same answer however they were listed."""
    return sorted(history, key=lambda past: (past.due_on, len(past.source_ref), past.source_ref))


def _past(invoice: Invoice, payments: list[Payment]) -> PastInvoice:
    currency = invoice.currency
    known = [PastPayment(one.paid_on, one.amount, one.source != "credit") for one in payments if one.amount.currency == currency]
    paid = sum(one.amount.minor for one in known)
    rest = invoice.total.minor - invoice.open.minor - paid
    if rest > 0:
        last = max((one.on for one in known), default=invoice.due_on)
        known.append(PastPayment(invoice.final_paid_on or last, Money(rest, currency), money=False))
    return PastInvoice(
        invoice.source_ref, invoice.number, invoice.debtor_ref, invoice.total, invoice.issued_on, invoice.due_on,
        tuple(sorted(known, key=lambda one: (one.on, one.amount.minor))), leave_alone=invoice.leave_alone,
    )  # fmt: skip
