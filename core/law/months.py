"""Months and years later, as periods of law are counted."""

from __future__ import annotations

import calendar
from datetime import MAXYEAR, date
from typing import Final

__all__ = ["months_later", "years_later"]

SHORTEST: Final = 28
"""Days that every month has."""


def months_later(day: date, months: int) -> date:
    """Add months; where the month is too short its last day stands (lag 1930:173 1 §), and beyond the last year there is the last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    if day.day <= SHORTEST:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    """Add years; from 29 February to the 28th where there is none."""
    return months_later(day, 12 * years)
