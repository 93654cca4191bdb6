"""The chart of accounts, periods and journals of e-conomic, and the proposal of where to book."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from connectors.economic.mapping.values import Row, UnreadableError, readable
from core.model import Account, BooksSetup, Problem
from core.money import Money

__all__ = [
    "Journal",
    "balance_of",
    "collective_accounts",
    "journal_name",
    "locked_until",
    "parse_account",
    "parse_journal",
    "propose_setup",
    "year_of",
]

POSTABLE: Final = ("profitAndLoss", "status")

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "clearing": ("mellemregning inkasso", "inkasso mellemregning", "tilgodehavende inkasso", "inkassobureau", "inkasso"),
    "interest": ("renteindtægter, debitorer", "renteindtægter debitorer", "morarenter", "renteindtægter"),
    "fee": ("rykkergebyr", "gebyrindtægter"),
    "cost": ("inkassoomkostninger", "inkasso", "advokat"),
    "input_vat": ("købsmoms", "indgående moms"),
    "rounding": ("øreafrunding", "øredifference", "afrunding"),
    "feared_loss": ("hensat til tab", "hensættelse"),
    "loss": ("tab på debitorer", "konstaterede tab", "tab på tilgodehavender"),
    "advance": ("forudbetalinger fra kunder", "forudbetaling", "modtagne forudbetalinger"),
}
"""What to look for in the names of accounts, most telling first: numbers are each agreement's own."""

STATUS_ONLY: Final = frozenset({"clearing", "input_vat", "advance"})
WITHOUT_VAT: Final = frozenset({"interest", "fee", "clearing"})


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal of the agreement."""

    number: int
    name: str
    contra: str
    standing: bool
    next_voucher: int | None
    lowest_voucher: int | None


def journal_name(code: str) -> str:
    """Return what our own journal is called."""
    return f"Inkasso ({code})"


def parse_journal(raw: object) -> Journal | None:
    """Return a journal, or None if it can't be read."""
    try:
        row = Row(raw)
        number = row.whole("number")
        if number is None:
            return None
        return Journal(
            number, row.text("name"), row.text("customerContraAccount"), row.flag("isStandingJournal"), row.whole("nextVoucherNumber"),
            row.whole("minimumVoucherNumber"),
        )  # fmt: skip
    except UnreadableError:
        return None


def parse_account(raw: object, collective: Collection[str] = ()) -> Account | Problem | None:
    """Return an account that can be posted to, None for a heading or a sum.

    One that is blocked for direct entries is as good as barred, but for the groups' collective accounts: debtors' entries are
    posted there by themselves.
    """
    return readable("accounts", "accountNumber", raw, lambda row: _account(row, collective))


def collective_accounts(groups: Iterable[object]) -> list[str]:
    """Return the accounts that groups of customers are posted to."""
    found = []
    for raw in groups:
        try:
            found.append(Row(raw).row("account").text("accountNumber"))
        except UnreadableError:
            continue
    return [number for number in dict.fromkeys(found) if number]


def locked_until(periods: Iterable[object], today: date) -> date | None:
    """Return the last day of the last closed or barred period that has begun; later ones are barred until their time comes."""
    found = [ends for raw in periods if (ends := _locked(raw, today)) is not None]
    return max(found, default=None)


def year_of(periods: Iterable[object], on: date) -> str:
    """Return the name of the accounting year a day is in, "" where there is none."""
    for raw in periods:
        try:
            row = Row(raw)
            first, last = row.day("dateFrom"), row.day("dateTo")
        except UnreadableError:
            continue
        if first and last and first <= on <= last:
            return row.text("year")
    return ""


def propose_setup(accounts: Sequence[object], groups: Iterable[object], mode: str) -> BooksSetup:
    """Return where bookings would go, by the groups' collective account and the accounts' Danish names; "" where none is usable."""
    usable = {account.number: (account, raw) for raw in accounts if isinstance(account := parse_account(raw), Account) and account.active}
    collective = collective_accounts(groups)

    def named(role: str) -> str:
        fitting = [(number, account.name.lower()) for number, (account, raw) in usable.items() if _fits(role, account, raw)]
        return next((number for words in NAMES[role] for number, name in fitting if words in name), "")

    proposed: dict[str, Any] = {role: named(role) for role in NAMES}
    return BooksSetup(mode=mode, series=mode, receivable=collective[0] if collective else "", **proposed)


def _fits(role: str, account: Account, raw: object) -> bool:
    is_status = Row(raw).text("accountType") == "status"
    return is_status == (role in STATUS_ONLY) and not (role in WITHOUT_VAT and account.vat_code)


def _account(row: Row, collective: Collection[str]) -> Account | None:
    number = row.text("accountNumber")
    if not number:
        raise UnreadableError("has no number")
    if row.text("accountType") not in POSTABLE:
        return None
    active = not row.flag("barred") and (not row.flag("blockDirectEntries") or number in collective)
    return Account(number, row.text("name"), active, row.row("vatAccount").text("vatCode"))


def _locked(raw: object, today: date) -> date | None:
    try:
        row = Row(raw)
        first, last = row.day("dateFrom"), row.day("dateTo")
        locked = row.flag("isClosed") or row.flag("isBarred")
    except UnreadableError:
        return None
    return last if locked and first and last and first <= today else None


def balance_of(customer: object, currency: str) -> Money | None:
    """Return what a customer's account owes as a whole, in the books' currency."""
    try:
        return Row(customer).money("balance", currency)
    except UnreadableError:
        return None
