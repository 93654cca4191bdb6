"""Bank days: weekdays that are no public holiday and no day on which the country's banks stay closed anyway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from core.errors import ConfigError

__all__ = ["add_bank_days", "is_bank_day", "next_bank_day"]

FIXED_CLOSED: Final = {
    "SE": ((12, 24), (12, 31)),
    "DK": ((6, 5), (12, 24), (12, 31)),
    "NO": ((12, 24),),
    "FI": (),
    "EU": (),
}
"""Days of the year on which banks close though `holidays` counts them as working days (Danish 5 June too).

Norges Bank's list of settlement days has Christmas Eve and not New Year's Eve. "EU" is the calendar of the euro's payment system.
"""

ONE_DAY: Final = timedelta(days=1)
FRIDAY: Final = 4
SATURDAY: Final = 5


def is_bank_day(country: str, day: date) -> bool:
    """Tell whether banks are open on this day in this country."""
    return day.weekday() < SATURDAY and day not in _closed(country, day.year)


@lru_cache(maxsize=8192)
def next_bank_day(country: str, day: date) -> date:
    """Return the day itself if banks are open, else the first day they are (lag 1930:173 2 §)."""
    while not is_bank_day(country, day):
        day += ONE_DAY
    return day


def add_bank_days(country: str, day: date, count: int) -> date:
    """Return the day that lies `count` bank days after this one; zero gives the day itself."""
    for _ in range(count):
        day = next_bank_day(country, day + ONE_DAY)
    return day


@lru_cache(maxsize=256)
def _closed(country: str, year: int) -> frozenset[date]:
    if country not in FIXED_CLOSED:
        raise ConfigError(f"country {country}", "its bank days are not known", f"Use one of {', '.join(FIXED_CLOSED)}.")
    calendar = holidays.financial_holidays("ECB", years=year) if country == "EU" else holidays.country_holidays(country, years=year)
    public = frozenset(calendar)
    fixed = frozenset(date(year, month, day) for month, day in FIXED_CLOSED[country])
    return public | fixed | frozenset(_moving(country, year, public))


def _moving(country: str, year: int, public: frozenset[date]) -> Iterator[date]:
    if country == "SE":  # Midsummer Eve is the Friday before Midsummer Day, 19-25 June.
        yield next(day for day in (date(year, 6, number) for number in range(19, 26)) if day.weekday() == FRIDAY)
    if country == "DK":  # Danish banks close on the Friday after Ascension Day, the only holiday on a Thursday then.
        spring = (day for day in public if date(year, 4, 30) <= day <= date(year, 6, 4))
        yield from (day + ONE_DAY for day in spring if day.weekday() == FRIDAY - 1)
