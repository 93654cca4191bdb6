"""Periods that end beyond the calendar never end."""

from datetime import date

import pytest

from core.law import limitation_ends, load_law
from core.law.months import months_later, years_later
from core.model import DebtorKind

LAW = load_law()


@pytest.mark.parametrize(
    ("day", "years", "ends"), [(date(9999, 1, 1), 1, date.max), (date(9998, 1, 1), 1, date(9999, 1, 1)), (date.max, 10, date.max)]
)
def test_years_end_with_the_calendar(day, years, ends):
    assert years_later(day, years) == months_later(day, 12 * years) == ends


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI"])
def test_claim_that_is_never_due_is_never_barred(country):
    due_on = date(9999, 12, 31)
    assert limitation_ends(LAW, DebtorKind.BUSINESS, due_on, country=country, due_on=due_on) == date.max
