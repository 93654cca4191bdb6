"""How far the bank is posted in the books.

A matched bank transaction of a day shows that the statement of that day was worked on. Product variants without bank transactions
show it by the vouchers that statements make, on the ledger accounts of the real bank accounts. The clearing account is none of them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from connectors.visma.client import VismaClient
from connectors.visma.mapping import books
from connectors.visma.mapping.books import BankAccount
from connectors.visma.shown import ShownPayments

__all__ = ["BankPostings"]

LOOKED_BACK: Final = timedelta(days=105)
"""A bank that was posted last before that is as good as never posted: letters wait."""


class BankPostings:
    """Finds the last day the bank is posted."""

    def __init__(self, client: VismaClient, shown: ShownPayments, own_name: str) -> None:
        self._client, self._shown, self._own_name = client, shown, own_name

    def until(self, today: date) -> date | None:
        """Return the last day that shows, or None; days after today (planned payments) don't count."""
        banks = [account for account in self._shown.bank_accounts() if books.is_bank(account, self._own_name)]
        days = self._matched_days(banks, today)
        return max(days, default=None) if days is not None else self._by_vouchers(banks, today)

    def _matched_days(self, banks: list[BankAccount], today: date) -> list[date] | None:
        found: list[date] = []
        for account in banks:
            rows = self._shown.matched(account, today - LOOKED_BACK)
            if rows is None:
                return None
            found += [day for raw in rows if (day := books.transaction_day(raw)) is not None and day <= today]
        return found

    def _by_vouchers(self, banks: list[BankAccount], today: date) -> date | None:
        rows = self._client.list_rows("/v2/vouchers", _filter=f"VoucherDate ge {today - LOOKED_BACK}T00:00:00Z")
        return books.newest_day(rows, [account.ledger for account in banks], today)
