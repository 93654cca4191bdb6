"""Invoices of e-conomic, from list rows and details and from the debtors' ledger, and why some of them are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from connectors.economic.mapping.entries import Entry
from connectors.economic.mapping.values import Row, UnreadableError, readable
from core.model import Invoice, InvoiceKind, Problem
from core.money import Money

__all__ = [
    "ENTRY_REF",
    "entry_number",
    "from_entry",
    "in_credit",
    "parse_invoice",
    "parse_invoice_row",
    "parse_invoice_rows",
    "with_reminders",
]

ENTRY_REF: Final = "entry-"
"""What stands before the number of a ledger entry that is no invoice of the list."""

TERMS: Final[Mapping[str, str]] = {
    "factoring": "financed",
    "paidincash": "cash_invoice",
    "prepaid": "cash_invoice",
    "creditcard": "autogiro_or_card",
}
"""Kinds of payment terms under which nobody is chased: the claim is another's, or the money came or comes by itself."""


def parse_invoice_row(raw: object) -> Invoice | Problem:
    """Return an invoice from a list row, which knows all but reminders."""
    return readable("invoices", "bookedInvoiceNumber", raw, _invoice)


def parse_invoice_rows(rows: Iterable[object]) -> Iterator[Invoice | Problem]:
    """Yield each invoice of a list once: pages shift while invoices are booked, so a row may come again.

    The same row again is dropped; one that came with other content is a `Problem`, since either may be the older.
    """
    seen: dict[str, int] = {}
    for raw in rows:
        found = parse_invoice_row(raw)
        if isinstance(found, Problem):
            yield found
            continue
        before = seen.get(found.source_ref)
        seen[found.source_ref] = hash(found)
        if before is None:
            yield found
        elif before != hash(found):
            text = f"e-conomic invoice {found.number} came twice in one list with different content; the next sweep reads it again."
            yield Problem("invoices", found.source_ref, text)


def parse_invoice(raw: object) -> Invoice | Problem:
    """Return an invoice from its detail."""
    return readable("invoices", "bookedInvoiceNumber", raw, _detail)


def with_reminders(invoice: Invoice, reminders: Iterable[Entry]) -> Invoice:
    """Return an invoice with the vendor's own reminders counted.

    A reminder shows only by the fee it books. One that names another invoice is not counted; one that names none counts for
    every invoice of the customer that was due by then.
    """
    own = [
        one.on for one in reminders if one.invoice == invoice.number or (not one.invoice and one.on > invoice.due_on)
    ]  # fmt: skip
    return replace(invoice, vendor_reminders=len(own), vendor_reminded_on=max(own, default=None))


def in_credit(invoice: Invoice, balance: Money | None) -> Invoice:
    """Return an invoice as credited where its customer's account as a whole owes nothing: a person must match it first."""
    nothing_owed = balance is not None and balance.minor <= 0
    return replace(invoice, leave_alone=(*invoice.leave_alone, "credited")) if nothing_owed else invoice


def from_entry(entry: Entry) -> Invoice:
    """Return a debt or credit that stands in the ledger alone (a manual invoice, a fee, an opening balance, a payment on account).

    It has no document, so that nobody is chased for it; a credit counts towards what the debtor has to its credit.
    """
    assert entry.open is not None and entry.customer, "only debtors' entries become invoices"
    ref = f"{ENTRY_REF}{entry.number}"
    return Invoice(
        source_ref=ref,
        number=entry.invoice or ref,
        kind=InvoiceKind.OTHER,
        debtor_ref=entry.customer,
        debtor_name=f"Kunde {entry.customer}",
        total=entry.amount,
        open=entry.open,
        issued_on=entry.on,
        due_on=entry.due or entry.on,
        detailed=True,
        vendor_reminders=0,
    )


def entry_number(ref: str) -> int | None:
    """Return the number of the ledger entry that a reference of ours names, None for an invoice."""
    number = ref.removeprefix(ENTRY_REF)
    return int(number) if number != ref and number.isdecimal() else None


def _detail(row: Row) -> Invoice:
    found = _invoice(row)
    return replace(
        found,
        detailed=True,
        vat_total=row.money("vatAmount", found.currency),
        debtor_identity_no="".join(char for char in row.row("recipient").text("cvr") if char.isdecimal()),
    )


def _invoice(row: Row) -> Invoice:
    number, customer = row.text("bookedInvoiceNumber"), row.row("customer").text("customerNumber")
    currency, issued_on = row.text("currency").upper(), row.day("date")
    for name, value in {"number": number, "customer number": customer, "date": issued_on}.items():
        if not value:
            raise UnreadableError(f"has no {name}")
    total, open_ = row.needed_money("grossAmount", currency), row.needed_money("remainder", currency)
    kind, reasons = _kind(row, total)
    due_on = row.day("dueDate") or (issued_on if reasons else None)
    if issued_on is None or due_on is None:
        raise UnreadableError("has no due date")
    if kind is not InvoiceKind.CREDIT and open_ > total:
        raise UnreadableError("has more left to pay than it is for: a payment may have been booked with the wrong sign")
    return Invoice(
        source_ref=number,
        number=number,
        kind=kind,
        debtor_ref=customer,
        debtor_name=row.row("recipient").text("name"),
        total=total,
        open=open_,
        issued_on=issued_on,
        due_on=due_on,
        payment_reference=number,
        leave_alone=reasons,
        external_ref=row.row("references").text("other"),
    )


def _kind(row: Row, total: Money) -> tuple[InvoiceKind, tuple[str, ...]]:
    """Return the kind, and why it is never collected; such a one may lack its due date."""
    if total.minor < 0:
        return InvoiceKind.CREDIT, ("credit",)
    reason = TERMS.get(row.row("paymentTerms").text("paymentTermsType").lower(), "")
    if reason:
        return (InvoiceKind.CASH if reason == "cash_invoice" else InvoiceKind.INVOICE), (reason,)
    return InvoiceKind.INVOICE, ()
