"""Accounts, fiscal years, bank accounts, bank transactions and vouchers of eAccounting, and the proposal of where to book."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from connectors.visma.mapping.render import mark_of, voucher_text
from connectors.visma.mapping.values import Row, UnreadableError, is_guid, readable
from core.model import Account, BooksSetup, Problem
from core.money import Money, MoneyError
from core.writes import BookVoucher

__all__ = [
    "DEFAULT_SERIES",
    "BankAccount",
    "Moved",
    "Transacted",
    "is_bank",
    "is_customers",
    "is_withdrawal",
    "locked_until",
    "newest_day",
    "parse_account",
    "parse_bank_account",
    "parse_moved",
    "parse_transacted",
    "propose_setup",
    "transaction_day",
    "voucher_differences",
    "voucher_key",
    "voucher_words",
    "year_of",
]

DEFAULT_SERIES: Final = "default"
"""The series of our vouchers: the one the vendor takes by itself; no call lists the series."""

INVOICE_TYPES: Final = frozenset({14, 15, 23, 24})
"""VoucherType of invoices and credits themselves."""
SALE_TYPES: Final = frozenset({29, 30})
"""VoucherType of a claim on a factor that bought an invoice, and of an invoice that a factor gave back: the debtor paid nothing by either."""
RESULT_CLASSES: Final = ("3", "4", "5", "6", "7", "8")
"""First digits of income and expenses in the BAS chart; 1 and 2 are assets and debts."""
STATEMENT_TYPES: Final = frozenset({5, 6, 10, 11, 32, 33, 34})
"""VoucherType of what a bank statement shows: transfers, deposits, withdrawals, direct debit, payment links."""
CHEQUE, CURRENCY, CREDIT_LINE = 1, 4, 6
"""BankAccountType of real accounts with a statement; cash (2) is what our clearing account is."""

TEMPLATE: Final[Mapping[str, tuple[str, ...]]] = {
    "receivable": ("1510", "1511"),
    "clearing": ("1689", "1684"),
    "interest": ("8313", "8310"),
    "fee": ("3990", "3590", "3540"),
    "cost": ("6062", "6069"),
    "input_vat": ("2641", "2640"),
    "rounding": ("3740",),
    "feared_loss": ("6352", "6350"),
    "advance": ("2420",),
}
"""The BAS chart: the names of the vendor's standard accounts are not published, so none is read by its name."""

WITHOUT_VAT: Final = frozenset({"interest", "fee"})


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A "bank account": a place money is booked to, tied to a ledger account; ours stands for the clearing account."""

    ref: str
    name: str
    ledger: str
    kind: int
    active: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A voucher as far as payments go: what it moved on receivables, and where the money went.

    Attributes:
        credited: what receivables went down by, in the currency of the books; 0 where revenue is booked at payment.
        debits: the accounts that were debited, with their amounts; below nothing where the voucher takes a payment back.
    """

    ref: str
    number: str
    on: date
    kind: int
    source: str
    credited: Decimal
    debits: tuple[tuple[str, Decimal], ...]
    words: tuple[str, ...]
    modified: datetime | None

    @property
    def may_pay(self) -> bool:
        """Whether it can be a payment of the document it came from, or a loss of it."""
        return bool(self.source) and self.kind not in INVOICE_TYPES and not self.sells

    @property
    def sells(self) -> bool:
        """Whether an invoice went to a factor by it, or came back."""
        return self.kind in SALE_TYPES

    def loses(self, banks: Collection[str]) -> bool:
        """Tell whether it writes receivables off (or takes that back): an expense and no money, not even set off against a debt."""
        touched = {account for account, amount in self.debits if amount * self.credited > 0}
        return not touched & set(banks) and any(account.startswith(RESULT_CLASSES) for account in touched)


@dataclass(frozen=True, slots=True)
class Transacted:
    """One row of a matched bank transaction: what it paid of a document."""

    ref: str
    on: date
    source: str
    source_word: str
    voucher: str
    number: str
    amount: Money
    ledger: str
    words: tuple[str, ...]


def parse_account(raw: object) -> Account | Problem:
    """Return an account of the chart; one that takes no voucher by hand is as good as closed for us."""
    return readable("accounts", "Number", raw, _account)


def parse_bank_account(raw: object) -> BankAccount | Problem:
    """Return a bank account."""
    return readable("bank accounts", "Id", raw, _bank_account)


def parse_moved(raw: object, receivables: Sequence[range]) -> Moved | None:
    """Return what a voucher moved, None if it can't be read."""
    try:
        return _moved(Row(raw), receivables)
    except UnreadableError:
        return None


def parse_transacted(raw: object, ledger: str) -> list[Transacted]:
    """Return the rows of a matched bank transaction that can be read."""
    try:
        row = Row(raw)
        ref, on, reference = row.guid("Id"), row.day("TransactionDate"), row.text("Reference")
        currency = row.text("TransactionAmountCurrency").upper()
        rows = row.rows("Rows")
    except UnreadableError:
        return []
    if not ref or on is None:
        return []
    return [found for one in rows if (found := _transacted(one, (ref, on, reference, currency, ledger))) is not None]


def is_bank(account: BankAccount, own_name: str) -> bool:
    """Tell whether a bank account has statements: an active one of a real kind that is not our clearing account."""
    return account.active and account.kind in (CHEQUE, CURRENCY, CREDIT_LINE) and account.name != own_name


def transaction_day(raw: object) -> date | None:
    """Return the day of a bank transaction, None if it can't be read."""
    try:
        return Row(raw).day("TransactionDate")
    except UnreadableError:
        return None


def is_customers(raw: object) -> bool:
    """Tell whether a bank transaction is a customer's payment."""
    try:
        return any("customer" in one.text("Source").lower() for one in Row(raw).rows("Rows"))
    except UnreadableError:
        return False


def is_withdrawal(raw: object) -> bool:
    """Tell whether a bank transaction surely took money out."""
    try:
        return (Row(raw).number("TransactionAmount") or Decimal(0)) < 0
    except UnreadableError:
        return False


def newest_day(vouchers: Iterable[object], ledgers: Iterable[str], today: date) -> date | None:
    """Return the last day up to today on which a voucher from a bank statement touches one of these accounts."""
    wanted, found = set(ledgers), []
    for raw in vouchers:
        try:
            row = Row(raw)
            on, kind = row.day("VoucherDate"), row.whole("VoucherType")
            accounts = {str(one.whole("AccountNumber")) for one in row.rows("Rows")}
        except UnreadableError:
            continue
        if on and on <= today and kind in STATEMENT_TYPES and accounts & wanted:
            found.append(on)
    return max(found, default=None)


def year_of(years: Iterable[object], on: date) -> str:
    """Return the id of the fiscal year of a day, "" where there is none."""
    for raw in years:
        try:
            row = Row(raw)
            start, end, ident = row.day("StartDate"), row.day("EndDate"), row.guid("Id")
        except UnreadableError:
            continue
        if start and end and start <= on <= end:
            return ident
    return ""


def locked_until(settings: object, years: Iterable[object]) -> date | Problem | None:
    """Return the last locked day: of the period that is locked, and of the last fiscal year that is."""

    def parse(row: Row) -> date | None:
        days = [row.day("AccountingLockedTo")]
        days += [year.day("EndDate") for year in map(Row, years) if year.flag("IsLockedForAccounting")]
        return max((day for day in days if day), default=None)

    return readable("company", "CompanyIdentifier", settings, parse)


def voucher_key(raw: object) -> str:
    """Return our reference of a voucher, its number (for people) and its id, "" if it can't be told."""
    try:
        row = Row(raw)
        ident, number = row.guid("Id"), row.text("NumberAndNumberSeries")
    except UnreadableError:
        return ""
    return f"{number.replace('/', '-') or '-'}/{ident}" if ident else ""


def voucher_words(raw: object) -> str:
    """Return the text of a voucher where our mark stands."""
    try:
        return Row(raw).text("VoucherText")
    except UnreadableError:
        return ""


def voucher_differences(write: BookVoucher, raw: object, key: str) -> list[str]:
    """Return the names of the fields in which a voucher is not the one that was to be booked."""
    try:
        row = Row(raw)
        zero = Decimal(0)
        rows = sorted(
            (str(one.whole("AccountNumber")), one.number("DebitAmount") or zero, one.number("CreditAmount") or zero)
            for one in row.rows("Rows")
        )
        same = {
            "VoucherText": row.text("VoucherText") == voucher_text(write, key) and mark_of(key) in row.text("VoucherText"),
            "VoucherDate": row.day("VoucherDate") == write.booked_on,
            "Rows": rows == sorted((one.account, one.debit.amount, one.credit.amount) for one in write.rows),
        }
    except UnreadableError:
        return ["content"]
    return [name for name, holds in same.items() if not holds]


def propose_setup(accounts: Iterable[object], mode: str) -> BooksSetup:
    """Return where bookings would go; "" where no usable account exists, for the accountant to fill in.

    Interest and fees never bear a VAT code.
    """
    read = [account for raw in accounts if isinstance(account := parse_account(raw), Account) and account.active]
    usable = {account.number: account for account in read}

    def first(role: str) -> str:
        fitting = (number for number in TEMPLATE[role] if number in usable and not (role in WITHOUT_VAT and usable[number].vat_code))
        return next(fitting, "")

    proposed: dict[str, Any] = {role: first(role) for role in TEMPLATE}
    return BooksSetup(mode=mode, series=DEFAULT_SERIES, **proposed)


def _account(row: Row) -> Account:
    number = row.text("Number")
    if not number.isdecimal():
        raise UnreadableError("has no number")
    active = row.flag("IsActive") and not row.flag("IsBlockedForManualBooking")
    return Account(number, row.text("Name"), active, row.text("VatCodeDescription"))


def _bank_account(row: Row) -> BankAccount:
    ref, ledger = row.guid("Id"), row.whole("LedgerAccountNumber")
    if not ref or not ledger:
        raise UnreadableError("has no id" if ledger else "has no ledger account")
    return BankAccount(ref, row.text("Name"), str(ledger), row.whole("BankAccountType") or 0, row.flag("IsActive"))


def _moved(row: Row, receivables: Sequence[range]) -> Moved | None:
    ref, on, kind = row.guid("Id"), row.day("VoucherDate"), row.whole("VoucherType")
    if not ref or on is None:
        return None
    zero, credited, debits, words = Decimal(0), Decimal(0), [], [row.text("VoucherText")]
    for one in row.rows("Rows"):
        account, amount = one.whole("AccountNumber") or 0, (one.number("DebitAmount") or zero) - (one.number("CreditAmount") or zero)
        words.append(one.text("TransactionText"))
        if any(account in span for span in receivables):
            credited -= amount
        else:
            debits.append((str(account), amount))
    return Moved(
        ref, row.text("NumberAndNumberSeries"), on, kind or 0, row.guid("SourceId"), credited, tuple(debits),
        tuple(word for word in words if word), row.moment("ModifiedUtc"),
    )  # fmt: skip


def _transacted(one: Row, of: tuple[str, date, str, str, str]) -> Transacted | None:
    ref, on, reference, currency, ledger = of
    try:
        source, voucher = one.text("SourceId").lower(), one.guid("PaymentVoucherId") or one.guid("VoucherId")
        amount = Money.parse(one.number("AmountTransactionCurrency") or Decimal(0), currency)
        number = one.text("PaymentVoucherNumber")
        words = (reference, one.text("Reference"))
    except (UnreadableError, MoneyError):
        return None
    if not is_guid(source) or not amount:
        return None
    return Transacted(ref, on, source, one.text("Source"), voucher or ref, number, amount, ledger, words)
