"""Payments, accounts, financial years and vouchers of Fortnox, and the proposal of where to book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from connectors.fortnox.mapping.invoices import HOME_CURRENCY
from connectors.fortnox.mapping.render import mark_of, voucher_text
from connectors.fortnox.mapping.values import Row, UnreadableError, readable
from core.model import Account, BooksSetup, Payment, Problem
from core.money import Money
from core.writes import BookVoucher

__all__ = [
    "may_be_bank",
    "paid_into",
    "parse_account",
    "parse_locked_until",
    "parse_mode",
    "parse_payment",
    "parse_payment_row",
    "payment_day",
    "payment_marks",
    "payment_numbers",
    "propose_setup",
    "touches",
    "voucher_comments",
    "voucher_differences",
    "voucher_key",
    "years_between",
]

NO_BANK_TYPES: Final = frozenset({"INVOICE", "SUPPLIERINVOICE", "ACCRUAL", "SUPPLIERPAYMENT"})
"""Vouchers that never show a bank statement was posted: a supplier payment is booked from the payment file, ahead of it."""

TEMPLATE: Final[Mapping[str, tuple[str, ...]]] = {
    "receivable": ("CUSTCLAIM", "1510", "1511"),
    "clearing": ("1689", "1684"),
    "interest": ("INTEREST", "8313", "8310"),
    "fee": ("DEMAND", "3990", "3590"),
    "cost": ("6062", "6069"),
    "input_vat": ("2641", "2640"),
    "rounding": ("ROUNDOFF", "3740"),
    "feared_loss": ("6352", "6350"),
    "advance": ("2420",),
}
"""The vendor's predefined account first, then the BAS chart; names from SDK:PredefinedAccountName.cs."""

WITHOUT_VAT: Final = frozenset({"interest", "fee"})


def parse_payment(raw: object, *, write_off_sign: str) -> Payment | Problem:
    """Return a payment from its detail; Amount of a foreign one may be in kronor, AmountCurrency never is."""
    return readable("payments", "Number", raw, lambda row: _payment(row, write_off_sign))


def parse_payment_row(raw: object) -> Payment | Problem:
    """Return a payment from a list row; a foreign one has no amount there that says its currency."""
    return readable("payments", "Number", raw, _payment_row)


def parse_account(raw: object) -> Account | Problem:
    """Return an account of the chart."""
    return readable("accounts", "Number", raw, _account)


def parse_mode(raw: object) -> Account | Problem:
    """Return the account a mode of payment is tied to; its number is text here and an int on payments."""
    return readable("modes of payment", "Code", raw, lambda row: Account(row.text("AccountNumber"), row.text("Description")))


def parse_locked_until(raw: object) -> date | Problem | None:
    """Return the last locked day; unset or absent is none."""
    return readable("locked period", "EndDate", raw, lambda row: row.day("EndDate"))


def years_between(years: Iterable[object], first: date, last: date) -> list[str]:
    """Return the ids of the financial years that overlap these days, newest first."""
    spans = [span for raw in years if (span := _year(raw)) is not None]
    return [number for start, end, number in sorted(spans, reverse=True) if start <= last and end >= first]


def voucher_key(raw: object) -> tuple[str, str, str] | None:
    """Return series, number and year id of a voucher row, or None if it can't be told."""
    try:
        row = Row(raw)
        key = (row.text("VoucherSeries"), row.reference("VoucherNumber"), row.reference("Year"))
    except UnreadableError:
        return None
    return key if all(key) else None


def paid_into(raw: object, accounts: Sequence[range]) -> bool:
    """Tell whether a payment's money is on one of these accounts."""
    number = _text(raw, "ModeOfPaymentAccount")
    return number.isdecimal() and any(int(number) in span for span in accounts)


def voucher_differences(write: BookVoucher, raw: object, key: str) -> list[str]:
    """Return the names of the fields in which a voucher is not the one that was to be booked."""
    try:
        row = Row(raw)
        rows = sorted(_voucher_row(part) for part in row.rows("VoucherRows") if not part.flag("Removed"))
        same = {
            "Comments": mark_of(key) in row.text("Comments"),
            "Description": row.text("Description") == voucher_text(write),
            "TransactionDate": row.day("TransactionDate") == write.booked_on,
            "VoucherSeries": row.text("VoucherSeries") == write.series,
            "VoucherRows": rows == sorted((part.account, part.debit.amount, part.credit.amount) for part in write.rows),
        }
    except UnreadableError:
        return ["content"]
    return [name for name, holds in same.items() if not holds]


def voucher_comments(raw: object) -> str:
    """Return the text of a voucher where our mark stands."""
    return _text(raw, "Comments")


def payment_numbers(rows: Iterable[object], invoice_ref: str) -> list[str]:
    """Return the numbers of an invoice's payments from list rows; the vendor's searches also give what merely contains it."""
    pairs = {(_text(raw, "InvoiceNumber"), _text(raw, "Number")) for raw in rows}
    found = [number for invoice, number in pairs if invoice == invoice_ref and number]
    return sorted(found, key=lambda number: (len(number), number))


def payment_marks(raw: object) -> list[str]:
    """Return the texts in a payment's write-offs where our mark may stand."""
    try:
        return [part.text("TransactionInformation") for part in Row(raw).rows("WriteOffs")]
    except UnreadableError:
        return []


def payment_day(raw: object) -> tuple[date, str] | None:
    """Return day and number of a booked list row that money stands behind, else None."""
    try:
        row = Row(raw)
        day, number = row.day("PaymentDate"), row.reference("Number")
        counts = row.flag("Booked") and row.text("Source").lower() != "settle"
    except UnreadableError:
        return None
    return (day, number) if day and number and counts else None


def touches(voucher: Mapping[str, Any] | None, accounts: Sequence[range]) -> bool:
    """Tell whether one of a voucher's rows is on one of these accounts."""
    try:
        rows = Row(dict(voucher or {})).rows("VoucherRows")
        numbers = [row.whole("Account") for row in rows if not row.flag("Removed")]
    except UnreadableError:
        return False
    return any(number in span for number in numbers if number for span in accounts)


def may_be_bank(raw: object) -> tuple[date, tuple[str, str, str]] | None:
    """Return day and key of a voucher list row that may show a bank posting, else None."""
    key = voucher_key(raw)
    if key is None:
        return None
    row = Row(raw)
    try:
        day = row.day("TransactionDate")
    except UnreadableError:
        return None
    return (day, key) if day and row.text("ReferenceType") not in NO_BANK_TYPES else None


def propose_setup(accounts: Sequence[object], predefined: Iterable[object], series: Iterable[object], mode: str) -> BooksSetup:
    """Return where bookings would go; "" where no usable account exists, for the accountant to fill in.

    Usable is an active account that does not demand a cost centre or project; interest and fees never bear a VAT code.
    """
    usable = {account.number: account for raw in accounts if (account := _usable(raw)) is not None}
    named = {_text(raw, "Name"): _text(raw, "Account") for raw in predefined}

    def first(role: str) -> str:
        numbers = (named.get(name, "") if name.isalpha() else name for name in TEMPLATE[role])
        fitting = (number for number in numbers if number in usable and not (role in WITHOUT_VAT and usable[number].vat_code))
        return next(fitting, "")

    proposed: dict[str, Any] = {role: first(role) for role in TEMPLATE}
    return BooksSetup(mode=mode, series=_manual_series(series), **proposed)


def _payment(row: Row, write_off_sign: str) -> Payment:
    currency = row.text("Currency").upper() or HOME_CURRENCY
    foreign = currency != HOME_CURRENCY and row.number("AmountCurrency") is not None
    amount = row.needed_money("AmountCurrency" if foreign else "Amount", currency)
    paid_on, number, invoice = row.day("PaymentDate"), row.reference("Number"), row.reference("InvoiceNumber")
    if paid_on is None or not number or not invoice:
        raise UnreadableError("has no number, invoice or date")
    parts = [part.needed_money("Amount", currency) for part in row.rows("WriteOffs")]
    written_off = Money.sum(parts, currency) if parts else None
    return Payment(
        source_ref=number,
        invoice_ref=invoice,
        amount=amount,
        paid_on=paid_on,
        booked=row.flag("Booked"),
        source="credit" if row.text("Source").lower() == "settle" else row.text("Source"),
        mode=row.text("ModeOfPayment"),
        account=row.reference("ModeOfPaymentAccount"),
        written_off=-written_off if written_off and write_off_sign == "minus" else written_off,
    )


def _payment_row(row: Row) -> Payment:
    if (row.text("Currency").upper() or HOME_CURRENCY) != HOME_CURRENCY:
        raise UnreadableError("is in a foreign currency, which lists don't show the amount in")
    return _payment(row, "plus")


def _voucher_row(row: Row) -> tuple[str, Decimal, Decimal]:
    return row.reference("Account"), row.number("Debit") or Decimal(0), row.number("Credit") or Decimal(0)


def _account(row: Row) -> Account:
    number = row.reference("Number")
    if not number:
        raise UnreadableError("has no number")
    return Account(number, row.text("Description"), row.flag("Active"), row.text("VATCode"))


def _usable(raw: object) -> Account | None:
    account = parse_account(raw)
    if isinstance(account, Problem) or not account.active:
        return None
    row = Row(raw)
    bound = "MANDATORY" in (row.text("CostCenterSettings"), row.text("ProjectSettings"))
    return None if bound else account


def _text(raw: object, name: str) -> str:
    try:
        return Row(raw).text(name)
    except UnreadableError:
        return ""


def _manual_series(series: Iterable[object]) -> str:
    """Return the first series that is open for vouchers of ours, "" if none is."""
    for raw in series:
        try:
            row = Row(raw)
            if row.flag("Manual") and row.text("Code"):
                return row.text("Code")
        except UnreadableError:
            continue
    return ""


def _year(raw: object) -> tuple[date, date, str] | None:
    try:
        row = Row(raw)
        start, end, number = row.day("FromDate"), row.day("ToDate"), row.reference("Id")
    except UnreadableError:
        return None
    return (start, end, number) if start and end and number else None
