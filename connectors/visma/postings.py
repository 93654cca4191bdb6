"""How far the bank is posted in the books.

A matched bank transaction of a day shows that the statement of that day was worked on; money in that lies unmatched may be any debtor's, so
nothing counts from its day on. Where customers pay into some of the bank accounts, those alone show it: a savings account that is posted daily
says nothing of them. Among them the newest day counts, since a bank account without movements shows nothing. Product variants without bank
transactions show it by the vouchers that statements make, on the ledger accounts of the real bank accounts. The clearing account is none of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from connectors.visma.client import VismaClient
from connectors.visma.mapping import books
from connectors.visma.mapping.books import BankAccount
from connectors.visma.shown import ShownPayments

__all__ = ["BankPostings"]

LOOKED_BACK: Final = timedelta(days=105)
"""A bank that was posted last before that is as good as never posted: letters wait. Money that lies unmatched longer is no recent debtor's."""


class BankPostings:
    """Finds the last day the bank is posted."""

    def __init__(self, client: VismaClient, shown: ShownPayments, own_name: str) -> None:
        self._client, self._shown, self._own_name = client, shown, own_name

    def until(self, today: date) -> date | None:
        """Return the last day that shows, or None; days after today (planned payments) don't count."""
        banks = [account for account in self._shown.bank_accounts() if books.is_bank(account, self._own_name)]
        matched = self._matched(banks, today - LOOKED_BACK)
        if matched is None:
            return self._by_vouchers(banks, today)
        customers = [rows for rows in matched if any(map(books.is_customers, rows))]
        days = [day for rows in customers or matched for raw in rows if (day := books.transaction_day(raw)) is not None and day <= today]
        if not days:
            return None
        return min([max(days), *(day - timedelta(days=1) for day in self._unmatched_days(banks, today - LOOKED_BACK))])

    def _matched(self, banks: Collection[BankAccount], since: date) -> list[list[Any]] | None:
        found = [self._shown.matched(account, since) for account in banks]
        return None if None in found else [rows for rows in found if rows is not None]

    def _unmatched_days(self, banks: Collection[BankAccount], since: date) -> list[date]:
        """Return the days of money in that belongs to nothing yet."""
        rows = [raw for account in banks for raw in self._shown.unmatched(account, since) or () if not books.is_withdrawal(raw)]
        return [day for raw in rows if (day := books.transaction_day(raw)) is not None and day >= since]

    def _by_vouchers(self, banks: Collection[BankAccount], today: date) -> date | None:
        rows = self._client.list_rows("/v2/vouchers", _filter=f"VoucherDate ge {today - LOOKED_BACK}T00:00:00Z")
        return books.newest_day(rows, [account.ledger for account in banks], today)
