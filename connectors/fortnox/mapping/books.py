"""Payments, accounts, financial years and vouchers of Fortnox, and the proposal of where to book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from connectors.fortnox.mapping.invoices import HOME_CURRENCY
from connectors.fortnox.mapping.values import Row, UnreadableError, readable
from core.model import Account, BooksSetup, Payment, Problem
from core.money import Money

__all__ = [
    "is_bank_voucher",
    "parse_account",
    "parse_locked_until",
    "parse_mode",
    "parse_payment",
    "payment_day",
    "propose_setup",
    "voucher_key",
    "year_id_of",
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


def parse_account(raw: object) -> Account | Problem:
    """Return an account of the chart."""
    return readable("accounts", "Number", raw, _account)


def parse_mode(raw: object) -> Account | Problem:
    """Return the account a mode of payment is tied to; its number is text here and an int on payments."""
    return readable("modes of payment", "Code", raw, lambda row: Account(row.text("AccountNumber"), row.text("Description")))


def parse_locked_until(raw: object) -> date | None:
    """Return the last locked day; unset or absent is none."""
    return Row(raw).day("EndDate")


def year_id_of(years: Iterable[object], on: date) -> str | None:
    """Return the id of the financial year of a day; creating a missing one is the accountant's."""
    found = years_between(years, on, on)
    return found[0] if found else None


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


def payment_day(raw: object) -> tuple[date, str] | None:
    """Return day and number of a booked list row that money stands behind, else None."""
    try:
        row = Row(raw)
        day, number = row.day("PaymentDate"), row.reference("Number")
        counts = row.flag("Booked") and row.text("Source").lower() != "settle"
    except UnreadableError:
        return None
    return (day, number) if day and number and counts else None


def is_bank_voucher(raw: Mapping[str, Any], accounts: Sequence[range]) -> bool:
    """Tell whether one of a voucher's rows is on a bank account."""
    try:
        rows = Row(dict(raw)).rows("VoucherRows")
        numbers = [row.whole("Account") for row in rows if not row.flag("Removed")]
    except UnreadableError:
        return False
    return any(number in span for number in numbers if number for span in accounts)


def may_be_bank(raw: object, until: date) -> tuple[date, str] | None:
    """Return day and type of a voucher list row that may show a bank posting, else None."""
    try:
        row = Row(raw)
        day, kind = row.day("TransactionDate"), row.text("ReferenceType")
    except UnreadableError:
        return None
    return (day, kind) if day and day <= until and kind not in NO_BANK_TYPES else None


def propose_setup(accounts: Sequence[object], predefined: Iterable[object], series: Iterable[object], mode: str) -> BooksSetup:
    """Return where bookings would go; "" where no usable account exists, for the accountant to fill in.

    Usable is an active account that does not demand a cost centre or project; interest and fees never bear a VAT code.
    """
    usable = {account.number: account for raw in accounts if (account := _usable(raw)) is not None}
    named = dict(_named(raw) for raw in predefined)

    def first(role: str) -> str:
        numbers = (named.get(name, "") if name.isalpha() else name for name in TEMPLATE[role])
        fits: Callable[[str], bool] = lambda number: number in usable and not (role in WITHOUT_VAT and usable[number].vat_code)  # noqa: E731
        return next((number for number in numbers if fits(number)), "")

    return BooksSetup(mode=mode, series=_manual_series(series), **{role: first(role) for role in TEMPLATE})


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
        source=row.text("Source"),
        mode=row.text("ModeOfPayment"),
        account=row.reference("ModeOfPaymentAccount"),
        written_off=-written_off if written_off and write_off_sign == "minus" else written_off,
    )


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


def _named(raw: object) -> tuple[str, str]:
    try:
        return Row(raw).text("Name"), Row(raw).reference("Account")
    except UnreadableError:
        return "", ""


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
