"""The days on which the banks of a country are open, for every simulator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

FIXED = {
    "SE": ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)),
    "DK": ((1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)),
    "NO": ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26)),
}
AFTER_EASTER = {"SE": (-2, 1, 39), "DK": (-3, -2, 1, 39, 40, 50), "NO": (-3, -2, 1, 39, 50)}


def working_day(day: date, country: str = "SE") -> date:
    """Return the day itself, or the next day on which the country's banks are open."""
    while day.weekday() >= 5 or day in _holidays(day.year, country):
        day += timedelta(days=1)
    return day


def _holidays(year: int, country: str) -> Sequence[date]:
    easter = _easter(year)
    midsummer = next(date(year, 6, day) for day in range(19, 26) if date(year, 6, day).weekday() == 4)
    moving = (easter + timedelta(days=days) for days in AFTER_EASTER[country])
    return [*(date(year, month, day) for month, day in FIXED[country]), *moving, *([midsummer] if country == "SE" else [])]


def _easter(year: int) -> date:
    # Gauss's rule in the form that holds for 1900 to 2099.
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    days = d + e - (7 if (d == 29 and e == 6) or (d == 28 and e == 6 and a > 10) else 0)
    return date(year, 3, 22) + timedelta(days=days)
