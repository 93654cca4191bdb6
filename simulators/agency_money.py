"""Money and interest as the agency reckons them, written from the law and not from our code.

Amounts are whole minor units (öre). Rates are whole hundredths of a per cent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

DIGITS = {"ISK": 0, "JPY": 0}
"""Digits after the decimal point where a currency does not have two (ISO 4217)."""

REFERENCE_RATES: dict[str, dict[tuple[int, int], int]] = {
    # Riksbank reference rate, räntelagen 9 §.
    "SEK": {
        (2022, 1): 0, (2022, 2): 50, (2023, 1): 250, (2023, 2): 350, (2024, 1): 400, (2024, 2): 400,
        (2025, 1): 300, (2025, 2): 200, (2026, 1): 200, (2026, 2): 200,
    },
    # Nationalbank lending rate, renteloven § 5; the second half of 2026 is not known.
    "DKK": {
        (2022, 1): -45, (2022, 2): -45, (2023, 1): 190, (2023, 2): 325, (2024, 1): 375, (2024, 2): 350,
        (2025, 1): 275, (2025, 2): 175, (2026, 1): 175,
    },
    # The ministry's rate without its 8 points, forsinkelsesrenteloven § 3.
    "NOK": {
        (2022, 1): 50, (2022, 2): 125, (2023, 1): 275, (2023, 2): 375, (2024, 1): 450, (2024, 2): 450,
        (2025, 1): 450, (2025, 2): 425, (2026, 1): 400, (2026, 2): 425,
    },
}  # fmt: skip

_PER_CENT_DAYS = 10_000 * 365


def parse_money(money: Any) -> int:
    """Return the minor units of `{"amount": "12500.00", "currency": "SEK"}`; more digits than the currency has raise ValueError."""
    scaled = Decimal(money["amount"]).scaleb(DIGITS.get(money["currency"], 2))
    if scaled != scaled.to_integral_value():
        raise ValueError("an amount has more digits than its currency")
    return int(scaled)


def money(minor: int, currency: str) -> Json:
    """Return the amount as it travels: exact decimal text with its currency."""
    digits = DIGITS.get(currency, 2)
    return {"amount": f"{Decimal(minor).scaleb(-digits):.{digits}f}", "currency": currency}


def share(minor: int, per_cent: int) -> int:
    """Return so many per cent of the amount, rounded half up."""
    return divide(minor * per_cent, 100)


def divide(numerator: int, denominator: int) -> int:
    """Divide and round half up, away from zero for negative amounts."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def interest(base_minor: int, reductions: Iterable[tuple[date, int]], *, first_day: date, until: date, currency: str, margin: int) -> int:
    """Return simple interest for `first_day` to `until`, both counted: actual/365, each day at its half-year's rate.

    A reduction counts from the day after its own. A half-year without a known rate bears nothing: a rate is never guessed.
    """
    changes = sorted(reductions)
    days = sorted({first_day, *_half_years(first_day, until), *(day + timedelta(days=1) for day, _ in changes)})
    starts = [day for day in days if first_day <= day <= until]
    total = 0
    for start, end in zip(starts, [*starts[1:], until + timedelta(days=1)], strict=False):
        balance = max(0, base_minor - sum(amount for day, amount in changes if day < start))
        total += balance * _rate(start, currency, margin) * (end - start).days
    return divide(total, _PER_CENT_DAYS)


def _rate(day: date, currency: str, margin: int) -> int:
    reference = REFERENCE_RATES.get(currency, {}).get((day.year, 1 if day.month < 7 else 2))
    return 0 if reference is None else reference + margin


def _half_years(start: date, end: date) -> list[date]:
    return [date(year, month, 1) for year in range(start.year, end.year + 1) for month in (1, 7)]


def split_evenly(minor: int, parts: int) -> list[int]:
    """Return `parts` amounts in whole kronor that add up; the last takes the rest."""
    each = minor // parts // 100 * 100 or minor // parts
    return [*[each] * (parts - 1), minor - each * (parts - 1)]
