"""Invoices of Fortnox, from list rows and details, and why some of them are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from connectors.fortnox.mapping.values import Row, UnreadableError, digits, readable
from core.model import Invoice, InvoiceKind, Problem
from core.money import Money, round_half_up

__all__ = [
    "HOME_CURRENCY",
    "Reading",
    "as_pledged",
    "credit_reference",
    "parse_invoice",
    "parse_invoice_row",
    "parse_invoice_rows",
    "reminder_count",
    "voucher_of",
]

HOME_CURRENCY: Final = "SEK"
"""No resource tells the currency of the books: Fortnox books are kept in kronor."""

KINDS: Final[Mapping[str, InvoiceKind]] = {
    "INVOICE": InvoiceKind.INVOICE,
    "AGREEMENTINVOICE": InvoiceKind.INVOICE,
    "SUMMARYINVOICE": InvoiceKind.INVOICE,
    "CASHINVOICE": InvoiceKind.CASH,
    "INTRESTINVOICE": InvoiceKind.INTEREST,
}
"""The vendor's own spelling; contract and collective invoices are ordinary claims, an unknown type is never collected."""

KIND_REASONS: Final[Mapping[InvoiceKind, str]] = {
    InvoiceKind.CREDIT: "credit",
    InvoiceKind.INTEREST: "interest_invoice",
    InvoiceKind.CASH: "cash_invoice",
    InvoiceKind.OTHER: "unknown_type",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the two readings of Balance that the vendor leaves open are settled for this company (settings)."""

    foreign_balance: str = "unsure"
    tax_reduction_balance: str = "share"


def parse_invoice_row(raw: object, reading: Reading) -> Invoice | Problem:
    """Return an invoice from a list row, whose ROT/RUT share, credit flag and reminders are not known yet."""
    return readable("invoices", "DocumentNumber", raw, partial(_from_row, reading=reading))


def parse_invoice_rows(rows: Iterable[object], reading: Reading) -> Iterator[Invoice | Problem]:
    """Yield each invoice of a list once: pages shift while invoices change, so a row may come again.

    The same row again is dropped; one that came with other content is a `Problem`, since either may be the older.
    """
    seen: dict[str, int] = {}
    for raw in rows:
        found = parse_invoice_row(raw, reading)
        if isinstance(found, Problem):
            yield found
            continue
        before = seen.get(found.source_ref)
        seen[found.source_ref] = hash(found)
        if before is None:
            yield found
        elif before != hash(found):
            text = f"Fortnox DocumentNumber {found.number} came twice in one list with different content; the next sweep reads it again."
            yield Problem("invoices", found.source_ref, text)


def parse_invoice(raw: object, reading: Reading, *, credit_note: object = None) -> Invoice | Problem:
    """Return an invoice from its detail; `credit_note` is the detail of the note it points to, if that was read."""
    return readable("invoices", "DocumentNumber", raw, partial(_from_detail, reading=reading, credit_note=credit_note))


def with_label_names(invoice: Invoice, labels: Iterable[object]) -> Invoice:
    """Return an invoice with the texts of its labels in place of their ids, as the list of labels gives them."""
    names: dict[str, str] = {}
    for raw in labels:
        try:
            names[Row(raw).text("Id")] = Row(raw).text("Description")
        except UnreadableError:
            continue
    return replace(invoice, labels=tuple(names.get(label, label) for label in invoice.labels or ()))


def as_pledged(invoice: Invoice) -> Invoice:
    """Return the invoice as one that a financier holds."""
    return replace(invoice, leave_alone=(*invoice.leave_alone, "pledged"))


def credit_reference(raw: Mapping[str, Any]) -> str:
    """Return the number of the credit note (or credited invoice) a detail points to, "" for none."""
    try:
        return Row(dict(raw)).reference("CreditInvoiceReference")
    except UnreadableError:
        return ""


def voucher_of(raw: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return series, number and year id of the voucher an invoice was booked with, if it tells."""
    try:
        row = Row(dict(raw))
        found = (row.text("VoucherSeries"), row.reference("VoucherNumber"), row.reference("VoucherYear"))
    except UnreadableError:
        return None
    return found if all(found) else None


def credit_pending(credit_note: object) -> bool:
    """Tell whether a credit note does not count in the invoice's Balance yet, or not wholly; unreadable is pending."""
    try:
        row = Row(credit_note)
        if row.flag("Cancelled"):
            return False
        return not row.flag("Booked") or row.number("Balance") != 0
    except UnreadableError:
        return True


def reminder_count(raw: object) -> int | None:
    """Return how many reminders an invoice's detail counts, None where it can't be read."""
    try:
        return Row(raw).whole("Reminders") or 0
    except UnreadableError:
        return None


def _from_row(row: Row, reading: Reading) -> Invoice:
    currency = row.text("Currency").upper()
    total = row.needed_money("Total", currency)
    kind = _kind(row, total)
    return _invoice(row, kind, (total, _open(row, total, reading)), _reasons(row, kind))


def _from_detail(row: Row, reading: Reading, credit_note: object) -> Invoice:
    total = row.needed_money("Total", row.text("Currency").upper())
    reduction = row.money("TaxReduction", total.currency) or Money.zero(total.currency)
    kind = _kind(row, total)
    amounts = (total - reduction, _share_open(row, total, reduction, reading))
    credited_by = row.reference("CreditInvoiceReference") if kind is not InvoiceKind.CREDIT else ""
    reasons = [*_reasons(row, kind), *_detail_reasons(row)]
    if credited_by and credit_pending(credit_note):
        reasons.append("credited")
    return replace(
        _invoice(row, kind, amounts, tuple(reasons)),
        detailed=True,
        vendor_reminders=row.whole("Reminders") or 0,
        vendor_reminded_on=row.day("LastRemindDate"),
        credited_by=credited_by,
        vat_total=row.money("TotalVAT", total.currency),
        tax_reduction=reduction,
        debtor_identity_no=digits(row.text("OrganisationNumber")),
        debtor_email=row.row("EmailInformation").text("EmailAddressTo"),
        labels=tuple(label.text("Id") for label in row.rows("Labels")),
    )


def _invoice(row: Row, kind: InvoiceKind, amounts: tuple[Money, Money], reasons: tuple[str, ...]) -> Invoice:
    number, debtor, issued_on, due_on = _needed(row)
    total, open_ = amounts
    _check_amounts(kind, total, open_)
    return Invoice(
        source_ref=number,
        number=number,
        kind=kind,
        debtor_ref=debtor,
        debtor_name=row.text("CustomerName"),
        total=total,
        open=open_,
        issued_on=issued_on,
        due_on=due_on,
        payment_reference=row.text("OCR"),
        final_paid_on=row.day("FinalPayDate"),
        leave_alone=reasons,
        external_ref=row.text("ExternalInvoiceReference1"),
    )


def _needed(row: Row) -> tuple[str, str, Any, Any]:
    number, debtor = row.text("DocumentNumber"), row.text("CustomerNumber")
    issued_on, due_on = row.day("InvoiceDate"), row.day("DueDate")
    missing = {"number": number, "customer number": debtor, "invoice date": issued_on, "due date": due_on}
    for name, value in missing.items():
        if not value:
            raise UnreadableError(f"has no {name}")
    return number, debtor, issued_on, due_on


def _kind(row: Row, total: Money) -> InvoiceKind:
    """Return the kind; list rows have no credit flag, so a credit shows by its negative total."""
    if total < Money.zero(total.currency) or row.flag("Credit"):
        return InvoiceKind.CREDIT
    return KINDS.get(row.text("InvoiceType"), InvoiceKind.OTHER)


def _reasons(row: Row, kind: InvoiceKind) -> tuple[str, ...]:
    found = {
        "cancelled": row.flag("Cancelled"),
        "unbooked": not row.flag("Booked"),
        "unsent": not row.flag("Sent"),
        "financed": row.flag("NoxFinans"),
    }
    reasons = [name for name, holds in found.items() if holds]
    return (*reasons, KIND_REASONS[kind]) if kind in KIND_REASONS else tuple(reasons)


def _detail_reasons(row: Row) -> list[str]:
    found = {
        "not_completed": row.flag("NotCompleted"),
        "autogiro_or_card": row.text("PaymentWay").upper() in ("AG", "CARD"),
    }
    return [name for name, holds in found.items() if holds]


def _check_amounts(kind: InvoiceKind, total: Money, open_: Money) -> None:
    if kind is not InvoiceKind.CREDIT and open_ > total:
        raise UnreadableError("has a balance above what the customer owes (for ROT/RUT see tax_reduction_balance)")


def _share_open(row: Row, total: Money, reduction: Money, reading: Reading) -> Money:
    """Return what the customer has left to pay; the tax agency's part is taken off where Balance holds it."""
    open_ = _open(row, total, reading)
    if not reduction or reading.tax_reduction_balance == "share" or open_.minor <= 0:
        return open_
    # The customer pays first: what is left within the tax agency's part is no longer the customer's.
    return max(open_ - reduction, Money.zero(open_.currency))


def _open(row: Row, total: Money, reading: Reading) -> Money:
    """Return Balance in the invoice's currency, whatever currency the vendor gives it in."""
    if total.currency == HOME_CURRENCY:
        return row.needed_money("Balance", total.currency)
    balance = row.number("Balance")
    if balance is None:
        raise UnreadableError("has no Balance, or our login may not see it")
    if reading.foreign_balance == "invoice" or not balance:
        return row.needed_money("Balance", total.currency)
    whole_in_books = _in_books(row, total)
    if reading.foreign_balance == "book":
        return total if balance == whole_in_books.amount else _from_books(row, balance, total.currency)
    if balance == total.amount:
        return total
    if balance == whole_in_books.amount:
        return total
    raise UnreadableError(f"is part-paid in {total.currency}, and the setting foreign_balance does not say how to read its balance")


def _rate(row: Row) -> Decimal:
    rate, unit = row.number("CurrencyRate"), row.number("CurrencyUnit") or Decimal(1)
    if rate is None or rate <= 0 or unit <= 0:
        raise UnreadableError("has no currency rate")
    return rate / unit


def _in_books(row: Row, total: Money) -> Money:
    return round_half_up(total.amount * _rate(row), HOME_CURRENCY)


def _from_books(row: Row, balance: Decimal, currency: str) -> Money:
    """Return a balance in kronor in the invoice's currency; below a rate of 1 kronor are too coarse to tell."""
    rate = _rate(row)
    if rate < 1:
        raise UnreadableError(f"is part-paid in {currency}, whose rate is too low to read its balance back from kronor")
    return round_half_up(balance / rate, currency)
