"""Day-count conventions: how many days lie between two dates, and how many make a year.

No statute names one. Each convention numbers the days; a period's length is the difference of two numbers, so that every
convention is additive over splits.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from core.errors import ConfigError

__all__ = ["DayCount"]


class DayCount(StrEnum):
    """A named convention; `ACT_365F` is what Swedish practice uses (facts: law, 1.1).

    `ACT_365F_DUE_DAY` lets the due day bear interest too, as the enforcement authority's calculator does.
    """

    ACT_365F = "ACT_365F"
    ACT_365F_DUE_DAY = "ACT_365F_DUE_DAY"
    ACT_ACT = "ACT_ACT"
    E30_360 = "30E_360"

    @classmethod
    def parse(cls, name: str) -> DayCount:
        """Read a convention's name, also in its usual spellings ("ACT/365F", "30E/360")."""
        plain = name.strip().upper().translate(str.maketrans("/- ", "___"))
        try:
            return cls(ALIASES.get(plain, plain))
        except ValueError:
            known = ", ".join(one.value for one in cls)
            raise ConfigError("--day-count", f"{name!r} is no day count", f"Use one of {known}.") from None

    def start(self, runs_from: date) -> date:
        """Return the last day without interest: the start day itself, or the day before it."""
        return runs_from - timedelta(days=1) if self is DayCount.ACT_365F_DUE_DAY else runs_from

    def days(self, after: date, last: date) -> int:
        """Count the days after one date up to and including another."""
        if self is DayCount.E30_360:
            return _days_30e(last) - _days_30e(after)
        return (last - after).days

    def year_base(self, day: date) -> int:
        """Return how many days the year of this day has in this convention."""
        if self is DayCount.E30_360:
            return 360
        return 366 if self is DayCount.ACT_ACT and calendar.isleap(day.year) else 365


ALIASES: Final = {
    "ACT_365": "ACT_365F",
    "ACTUAL_365": "ACT_365F",
    "INCLUDE_DUE_DAY": "ACT_365F_DUE_DAY",
    "INCLUDE_DUE_DATE": "ACT_365F_DUE_DAY",
    "ACTUAL_ACTUAL": "ACT_ACT",
    "E30_360": "30E_360",
    "30_360": "30E_360",
}


def _days_30e(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)
