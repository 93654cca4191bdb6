"""The debtors' ledger: booked entries, drafts, matched pairs, and the payments they amount to.

A booked entry is as a ledger has it: debit above 0, credit below. A debtor's line stands on a collective account of the groups of
customers, and has something left or nothing. Our own entries bear our mark in their text, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from connectors.economic.mapping.values import Row, UnreadableError
from core.model import Payment
from core.money import Money, MoneyError

__all__ = [
    "FINANCE",
    "INVOICE",
    "MARK",
    "OWN_DEBTS",
    "PAYMENT",
    "REMINDER",
    "Draft",
    "Entry",
    "Pair",
    "as_line",
    "contra_account",
    "draft_payments",
    "mark_in",
    "parse_draft",
    "parse_entry",
    "parse_pair",
    "payments_on",
]

INVOICE, PAYMENT, FINANCE, REMINDER = 1, 2, 5, 6
OWN_DEBTS: Final = (PAYMENT, REMINDER, 7, 8, 10)
"""Kinds of debtors' entries that stand in no list of invoices: payments on account, fees, opening balances, manual invoices."""
MARK: Final = re.compile(r"\bkb-[0-9a-f]{16}\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked entry; `open` is None on lines that are no debtor's, `customer` and `invoice` are "" where there is none."""

    number: int
    kind: int
    account: str
    amount: Money
    on: date
    due: date | None
    text: str
    voucher: int | None
    customer: str
    invoice: str
    open: Money | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry in a journal that is not booked."""

    number: int
    kind: int
    journal: int
    amount: Money
    on: date
    text: str
    voucher: int | None
    account: str
    contra: str
    customer: str
    invoice: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two matched entries, and at most how much of each was matched with the other."""

    numbers: frozenset[int]
    most: Decimal

    def other(self, number: int) -> int:
        """Return the entry at the other end."""
        return next(iter(self.numbers - {number}))


def parse_entry(raw: object) -> Entry | None:
    """Return a booked entry, or None if it can't be read."""
    try:
        row = Row(raw)
        currency, on = row.text("currencyCode").upper(), row.day("date")
        number, kind, amount = row.whole("entryNumber"), row.whole("type"), row.money("amount", currency)
        if number is None or amount is None or on is None:
            return None
        return Entry(
            number, kind or 0, row.text("accountNumber"), amount, on, row.day("dueDate"), row.text("text"), row.whole("voucherNumber"),
            row.text("customerNumber"), row.text("customerInvoiceNumber"), row.money("remainder", currency),
        )  # fmt: skip
    except (UnreadableError, MoneyError):
        return None


def as_line(entry: Entry, *, debtors: bool) -> Entry:
    """Return an entry as what its account makes it: a debtor's line has something left or nothing, every other line has no such thing."""
    if not debtors or not entry.customer:
        return replace(entry, open=None)
    return replace(entry, open=entry.open or Money.zero(entry.amount.currency))


def parse_draft(raw: object) -> Draft | None:
    """Return a draft, or None if it can't be read."""
    try:
        row = Row(raw)
        on, number, journal = row.day("date"), row.whole("entryNumber"), row.whole("journalNumber")
        amount = row.money("amount", row.text("currency").upper())
        if number is None or journal is None or amount is None or on is None:
            return None
        return Draft(
            number, row.whole("entryTypeNumber") or 0, journal, amount, on, row.text("text"), row.whole("voucherNumber"),
            row.text("accountNumber"), row.text("contraAccountNumber"), row.text("customerNumber"), row.text("customerInvoiceNumber"),
        )  # fmt: skip
    except (UnreadableError, MoneyError):
        return None


def parse_pair(raw: object) -> tuple[Pair, date] | None:
    """Return a matched pair and the later of its days, or None if it can't be read; which end is `from` means nothing.

    Whether the amounts are what was matched or the whole entries is not documented: the smaller is the most it can be.
    """
    try:
        row = Row(raw)
        ends, days = (row.whole("fromEntry"), row.whole("toEntry")), (row.day("fromEntryDate"), row.day("toEntryDate"))
        amounts = (row.number("fromEntryAmount"), row.number("toEntryAmount"))
    except UnreadableError:
        return None
    if None in ends or None in days or None in amounts or ends[0] == ends[1]:
        return None
    most = min(abs(amount) for amount in amounts if amount is not None)
    return Pair(frozenset(end for end in ends if end is not None), most), max(day for day in days if day is not None)


def mark_in(text: str) -> str:
    """Return the mark of ours that a text bears, "" for none."""
    match = MARK.search(text)
    return match[0] if match else ""


def contra_account(entry: Entry, lines: Iterable[Entry]) -> str:
    """Return the account a debtor's entry was posted against, "" where its voucher does not tell."""
    others = [
        line for line in lines if line.voucher == entry.voucher and line.on == entry.on and line.account != entry.account and line.open is None
    ]  # fmt: skip
    accounts = {line.account for line in others}
    if len(accounts) > 1:
        accounts = {line.account for line in others if line.amount == -entry.amount}
    return accounts.pop() if len(accounts) == 1 else ""


def payments_on(
    debt: Entry,
    pairs: Collection[Pair],
    entries: Mapping[int, Entry],
    lines: Collection[Entry],
    *,
    losses: Collection[str],
    mode: str,
) -> list[Payment]:
    """Return what was matched with a debt, as payments of it.

    `losses` are accounts on which no money lies: what was posted against one is written off. Ours, two entries it may be, are
    one payment under their mark.

    Raises:
        UnreadableError: nobody can tell how much of a payment of several debts was meant for this one.
    """
    assert debt.open is not None, "a debt has something left or nothing"
    own = [pair for pair in pairs if debt.number in pair.numbers and pair.other(debt.number) in entries]
    shares = {pair.other(debt.number): Money.parse(pair.most, debt.amount.currency).minor for pair in own}
    spread = [number for number in shares if sum(number in pair.numbers for pair in pairs) > 1]
    paid = abs((debt.amount - debt.open).minor)
    if sum(shares.values()) != paid and len(spread) == 1:
        shares[spread[0]] = paid - sum(share for number, share in shares.items() if number != spread[0])
    if sum(shares.values()) != paid or any(share < 0 for share in shares.values()):
        raise UnreadableError("was paid by entries that paid others too, and nobody can tell how much of each")
    found: dict[str, Payment] = {}
    for number, share in shares.items():
        entry, amount = entries[number], Money(share, debt.amount.currency)
        found = _with(found, entry, debt, amount if entry.amount.minor < 0 else -amount, contra_account(entry, lines), losses, mode)
    return list(found.values())


def draft_payments(invoice: str, drafts: Iterable[Draft], *, losses: Collection[str], mode: str) -> list[Payment]:
    """Return the payments on an invoice that lie in journals and are not booked, whichever sign their amounts have."""
    found: dict[str, Payment] = {}
    for draft in drafts:
        if draft.kind != PAYMENT or draft.invoice != invoice:
            continue
        mark = mark_in(draft.text)
        ref, amount, zero = (
            mark or f"draft-{draft.number}",
            Money(abs(draft.amount.minor), draft.amount.currency),
            Money.zero(draft.amount.currency),
        )
        before = found.get(ref) or Payment(ref, invoice, zero, draft.on, booked=False, mode=mode if mark else "")
        found[ref] = _added(before, amount, draft.contra, losses)
    return list(found.values())


def _with(
    found: dict[str, Payment], entry: Entry, debt: Entry, amount: Money, contra: str, losses: Collection[str], mode: str
) -> dict[str, Payment]:
    mark = mark_in(entry.text)
    ref = mark or str(entry.number)
    source = "credit" if entry.kind == INVOICE else ""
    invoice = debt.invoice or f"entry-{debt.number}"
    before = found.get(ref) or Payment(
        ref, invoice, Money.zero(amount.currency), entry.on, booked=True, source=source, mode=mode if mark else ""
    )  # fmt: skip
    if source:
        return {**found, ref: _added(before, amount, "", ())}
    return {**found, ref: _added(before, amount, contra, losses)}


def _added(payment: Payment, amount: Money, contra: str, losses: Collection[str]) -> Payment:
    if contra and contra in losses:
        return replace(payment, written_off=(payment.written_off or Money.zero(amount.currency)) + amount)
    return replace(payment, amount=payment.amount + amount, account=payment.account or contra)
