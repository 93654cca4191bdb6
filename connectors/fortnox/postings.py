"""How far the bank is posted in the books, told from vouchers and payments.

Fortnox has no field for it. Two things show that a bank statement of a day was worked on:

- a booked customer payment of that day whose account is a bank account (list sorted by day, newest first; the account
  stands in the detail only, and payments through our own clearing account don't count);
- a voucher of that day with a row on a bank account (list rows have no accounts, so details are read, newest first).
  Supplier payments don't count: they are booked from the payment file, ahead of the statement.

The number of details is bounded. Where it runs out, or the search goes back too far, the answer is older than the truth or
None: letters then wait, which is the safe side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from connectors.fortnox.client import FortnoxClient
from connectors.fortnox.mapping import books
from connectors.fortnox.vouchers import Years

__all__ = ["BankPostings"]

PAYMENT_DETAILS_MAX: Final = 10
VOUCHER_DETAILS_MAX: Final = 40
WINDOWS_DAYS: Final = (7, 14, 28, 56)
"""Widths of the windows in which vouchers are asked for, newest first: 105 days in all."""


class BankPostings:
    """Finds the last day the bank is posted."""

    def __init__(self, client: FortnoxClient, years: Years, accounts: Sequence[range]) -> None:
        self._client, self._years, self._accounts = client, years, accounts

    def until(self, today: date) -> date | None:
        """Return the last day that shows, or None; days after today (planned payments) don't count."""
        paid = self._last_payment(today)
        floor = paid + timedelta(days=1) if paid else today - timedelta(days=sum(WINDOWS_DAYS) - 1)
        return self._last_voucher(floor, today) or paid

    def _last_payment(self, today: date) -> date | None:
        page = self._client.get_page("/3/invoicepayments", "InvoicePayments", sortby="paymentdate", sortorder="descending", limit="100")
        days = sorted({found for raw in page.rows if (found := books.payment_day(raw)) and found[0] <= today}, reverse=True)
        for day, number in days[:PAYMENT_DETAILS_MAX]:
            raw = self._client.find(f"/3/invoicepayments/{number}", "InvoicePayment")
            if raw is not None and books.paid_into(raw, self._accounts):
                return day
        return None

    def _last_voucher(self, first: date, today: date) -> date | None:
        left, years = VOUCHER_DETAILS_MAX, self._years.read()
        for start, end in _windows(first, today):
            for day, key in self._candidates(years, start, end):
                if not left:
                    return None
                left -= 1
                raw = self._client.find(f"/3/vouchers/{key[0]}/{key[1]}", "Voucher", financialyear=key[2])
                if books.touches(raw, self._accounts):
                    return day
        return None

    def _candidates(self, years: Sequence[object], start: date, end: date) -> list[tuple[date, tuple[str, str, str]]]:
        days = {"fromdate": start.isoformat(), "todate": end.isoformat()}
        rows: list[Any] = []
        for year in books.years_between(years, start, end):
            rows += self._client.list_rows("/3/vouchers", "Vouchers", financialyear=year, **days)
        found = {hit for raw in rows if (hit := books.may_be_bank(raw)) and start <= hit[0] <= end}
        return sorted(found, key=lambda hit: (hit[0], hit[1][0], int(hit[1][1]) if hit[1][1].isdecimal() else 0), reverse=True)


def _windows(first: date, today: date) -> Iterator[tuple[date, date]]:
    end = today
    for width in WINDOWS_DAYS:
        if end < first:
            return
        start = max(first, end - timedelta(days=width - 1))
        yield start, end
        end = start - timedelta(days=1)
