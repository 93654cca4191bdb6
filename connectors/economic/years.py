"""Accounting years and their periods: which year a day is in, and until which day the books are locked."""

from __future__ import annotations

from datetime import date
from typing import Final

from connectors.economic.answers import NAME
from connectors.economic.client import EconomicClient, service
from connectors.economic.mapping import books
from core.errors import RejectedError

__all__ = ["find_year", "locked_until"]

YEARS: Final = service("accountingyearsapi") + "/AccountingYears"
PERIODS: Final = service("accountingyearsapi") + "/accountingYears/periods"


def find_year(client: EconomicClient, on: date) -> str:
    """Return the accounting year of a day, or refuse where there is none."""
    found = books.year_of(client.list_items(PERIODS, f"dateFrom$lte:{on}$and:dateTo$gte:{on}"), on)
    if not found:
        raise RejectedError(NAME, "no_financial_year", f"there is no accounting year for {on}: it must be created in e-conomic")
    return found


def locked_until(client: EconomicClient, today: date) -> date | None:
    """Return the last day that is closed or barred, if any: only periods tell that they are barred, and a closed year may have open ones."""
    return books.locked_until([*client.list_items(PERIODS), *client.first_items(YEARS, "", "-dateFrom")], today)
