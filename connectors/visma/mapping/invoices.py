"""Invoices of eAccounting, from list rows and details, and why some of them are left alone.

Lists and details have the same fields. What only a second call tells (the customer's labels, whether a credit is set off) makes
the difference between a row and a detail here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from connectors.visma.mapping.values import Row, UnreadableError, readable
from core.model import Invoice, InvoiceKind, Problem
from core.money import Money

__all__ = [
    "Balance",
    "Rate",
    "Reading",
    "balance_of",
    "credit_ids",
    "credit_pending",
    "parse_invoice",
    "parse_invoice_rows",
    "rate_of",
    "remaining",
    "reminder_count",
    "with_labels",
]

FINANCED: Final = frozenset({1, 4, 5, 6, 7, 11})
"""FactoringInvoiceStatus: applied for, sold, approved, reminded once or twice, in debt collection; what was reclaimed is the creditor's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How this company's rows are read: the currency of its books, and what the vendor leaves open of ROT/RUT (a setting)."""

    currency: str
    tax_reduction_balance: str = "share"


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books say was paid of an invoice by now, however it was paid.

    Attributes:
        left: RemainingAmount as the vendor has it; above `open` where it holds the tax agency's part as well.
        paid: total less what is open and what credits took; below nothing where a late fee was added.
    """

    number: str
    open: Money
    left: Money
    paid: Money
    voucher_id: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of an invoice's currency is in the books, as the invoice was booked."""

    currency: str
    per_unit: Decimal


def parse_invoice_rows(rows: Iterable[object], reading: Reading) -> Iterator[Invoice | Problem]:
    """Yield each invoice of a list once: pages shift while invoices change, so a row may come again.

    The same row again is dropped; one that came with other content is a `Problem`, since either may be the older.
    """
    seen: dict[str, int] = {}
    for raw in rows:
        found = readable("invoices", "Id", raw, partial(_invoice, reading=reading))
        if isinstance(found, Problem):
            yield found
            continue
        before = seen.get(found.source_ref)
        seen[found.source_ref] = hash(found)
        if before is None:
            yield found
        elif before != hash(found):
            text = f"eAccounting's invoice {found.number} came twice in one list with different content; the next sweep reads it again."
            yield Problem("invoices", found.source_ref, text)


def parse_invoice(raw: object, reading: Reading, *, credits_pending: bool = False) -> Invoice | Problem:
    """Return an invoice from its detail; `credits_pending` says that a credit of it is not set off yet."""
    found = readable("invoices", "Id", raw, partial(_detail, reading=reading))
    if isinstance(found, Invoice) and credits_pending:
        return replace(found, leave_alone=(*found.leave_alone, "credited"))
    return found


def with_labels(invoice: Invoice, labels: tuple[str, ...], hold_label: str) -> Invoice:
    """Return an invoice with its customer's labels; the one that holds leaves it alone."""
    held = bool(hold_label) and hold_label.casefold() in {label.casefold() for label in labels}
    return replace(invoice, labels=labels, leave_alone=(*invoice.leave_alone, "hold_label") if held else invoice.leave_alone)


def credit_ids(raw: Mapping[str, Any]) -> list[str]:
    """Return the ids of the credits of an invoice."""
    try:
        return [ident for one in Row(dict(raw)).rows("CreditedBy") if (ident := one.guid("CreditInvoiceId"))]
    except UnreadableError:
        return []


def credit_pending(credit: object) -> bool:
    """Tell whether something of a credit is not set off yet: then the invoice's balance does not show it; unreadable is pending."""
    try:
        return Row(credit).number("RemainingAmountInvoiceCurrency") != 0
    except UnreadableError:
        return True


def reminder_count(raw: object) -> int | None:
    """Return how many reminders an invoice counts, None where it can't be read."""
    try:
        return Row(raw).whole("PaymentRemindersCount") or 0
    except UnreadableError:
        return None


def remaining(raw: object) -> str:
    """Return what is left of an invoice as the vendor says it, two decimals; "" where it can't be read."""
    try:
        left = Row(raw).number("RemainingAmountInvoiceCurrency")
    except UnreadableError:
        return ""
    return "" if left is None else f"{left:.2f}"


def balance_of(raw: object, reading: Reading) -> Balance | Problem:
    """Return what an invoice's own fields say of what was paid."""

    def parse(row: Row) -> Balance:
        invoice = _invoice(row, reading=reading)
        set_off = row.money("SetOffAmountInvoiceCurrency", invoice.currency) or Money.zero(invoice.currency)
        set_off = -set_off if set_off < Money.zero(invoice.currency) else set_off
        left = row.needed_money("RemainingAmountInvoiceCurrency", invoice.currency)
        return Balance(invoice.number, invoice.open, left, invoice.total - invoice.open - set_off, row.guid("VoucherId"))

    return readable("invoices", "Id", raw, parse)


def rate_of(raw: object, home: str) -> Rate | Problem:
    """Return an invoice's currency and its rate to that of the books."""

    def parse(row: Row) -> Rate:
        currency = row.text("CurrencyCode").upper() or home
        rate = Decimal(1) if currency == home else row.number("CurrencyRate")
        if not rate or rate <= 0:
            raise UnreadableError("has no currency rate")
        return Rate(Money.zero(currency).currency, rate)

    return readable("invoices", "Id", raw, parse)


def _detail(row: Row, *, reading: Reading) -> Invoice:
    found = _invoice(row, reading=reading)
    credited_by = next((one.guid("CreditInvoiceId") for one in row.rows("CreditedBy")), "")
    reminders = row.whole("PaymentRemindersCount") or 0
    return replace(
        found,
        detailed=True,
        vendor_reminders=reminders,
        # A day without a count is a reminder of ours that is not counted: the product's own are.
        vendor_reminded_on=row.day("LastPaymentReminderSentDate") if reminders else None,
        credited_by=credited_by,
        vat_total=row.money("TotalVatAmountInvoiceCurrency", found.currency),
        tax_reduction=_reduction(row, found.currency),
        debtor_email=row.text("CustomerEmail"),
    )


def _invoice(row: Row, *, reading: Reading) -> Invoice:
    ref, number, debtor = row.guid("Id"), row.whole("InvoiceNumber"), row.guid("CustomerId")
    issued_on, due_on = row.day("InvoiceDate"), row.day("DueDate")
    missing = {"id": ref, "number": number, "customer": debtor, "invoice date": issued_on, "due date": due_on}
    for name, value in missing.items():
        if not value:
            raise UnreadableError(f"has no {name}")
    assert issued_on is not None and due_on is not None, "what is missing was refused above"
    total, open_ = _amounts(row, reading)
    return Invoice(
        source_ref=ref,
        number=str(number),
        kind=InvoiceKind.CREDIT if row.flag("IsCreditInvoice") else InvoiceKind.INVOICE,
        debtor_ref=debtor,
        debtor_name=row.text("InvoiceCustomerName") or row.text("CustomerName"),
        total=total,
        open=open_,
        issued_on=issued_on,
        due_on=due_on,
        payment_reference=row.text("PaymentReferenceNumber"),
        final_paid_on=None if open_ else row.day("PaymentDate"),
        leave_alone=tuple(_reasons(row, open_.currency)),
    )


def _amounts(row: Row, reading: Reading) -> tuple[Money, Money]:
    """Return what the customer owes of it in all and now; a credit is negative whatever sign the vendor gives it."""
    currency = row.text("CurrencyCode").upper() or reading.currency
    total = row.needed_money("TotalAmountInvoiceCurrency", currency)
    open_ = row.needed_money("RemainingAmountInvoiceCurrency", currency)
    if row.flag("IsCreditInvoice"):
        return _negative(total), _negative(open_)
    zero = Money.zero(currency)
    if total < zero:
        raise UnreadableError("has a negative total and is no credit")
    share = total - _reduction(row, currency)
    if reading.tax_reduction_balance == "whole" and share != total and open_ > zero:
        # The customer pays first: what is left within the tax agency's part is no longer the customer's.
        open_ = max(open_ - (total - share), zero)
    if open_ > share:
        raise UnreadableError("has more left to pay than the customer owes (a booked fee? for ROT/RUT see tax_reduction_balance)")
    return share, open_


def _reduction(row: Row, currency: str) -> Money:
    zero = Money.zero(currency)
    if row.whole("RotReducedInvoicingType") in (1, 2) or row.flag("UsesGreenTechnology"):
        return row.money("RotReducedInvoicingAmount", currency) or zero
    return zero


def _negative(amount: Money) -> Money:
    return -amount if amount > Money.zero(amount.currency) else amount


def _reasons(row: Row, currency: str) -> Collection[str]:
    green = row.flag("UsesGreenTechnology") and not _reduction(row, currency)
    found = {
        "credit": row.flag("IsCreditInvoice"),
        "financed": row.flag("IsSold") or row.whole("FactoringInvoiceStatus") in FINANCED,
        "autogiro_or_card": row.flag("IsDirectDebit"),
        "not_delivered": row.flag("IsNotDelivered") or row.flag("HasAutoInvoiceError"),
        "quick_invoice": row.flag("IsQuickInvoice") and not (row.rows("Rows") and row.text("InvoiceAddress1")),
        "unknown_tax_reduction": green,
    }
    return [name for name, holds in found.items() if holds]
