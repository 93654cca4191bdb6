"""Bank days: weekdays minus the days banks close, whatever `holidays` says."""

from datetime import date

import pytest

from core.errors import ConfigError
from core.law import add_bank_days, bankdays, is_bank_day, next_bank_day

SWEDISH_CLOSED = [
    date(2025, 1, 1), date(2025, 1, 6), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 29),
    date(2025, 6, 6), date(2025, 6, 20), date(2024, 6, 21), date(2026, 6, 19), date(2025, 12, 24), date(2025, 12, 25),
    date(2025, 12, 26), date(2025, 12, 31),
]  # fmt: skip


@pytest.fixture(autouse=True)
def calendar():
    """A calendar that is reckoned anew in each test."""
    bankdays._closed.cache_clear()


@pytest.mark.parametrize("day", SWEDISH_CLOSED, ids=str)
def test_swedish_banks_close(day):
    assert not is_bank_day("SE", day)


@pytest.mark.parametrize("day", [date(2025, 4, 17), date(2025, 5, 30), date(2025, 6, 19), date(2025, 12, 23), date(2025, 12, 30)], ids=str)
def test_half_days_are_bank_days(day):
    assert is_bank_day("SE", day)


def test_weekend_is_no_bank_day():
    assert not is_bank_day("SE", date(2025, 5, 31))
    assert not is_bank_day("SE", date(2025, 6, 1))


@pytest.mark.parametrize(
    "day",
    [date(2025, 6, 5), date(2025, 5, 30), date(2025, 4, 17), date(2025, 12, 24), date(2025, 12, 31), date(2008, 5, 2), date(2038, 6, 4)],
    ids=str,
)
def test_danish_banks_close(day):
    assert not is_bank_day("DK", day)


NORWEGIAN_CLOSED = [
    date(2025, 1, 1), date(2025, 4, 17), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2024, 5, 17), date(2025, 5, 29),
    date(2025, 6, 9), date(2025, 12, 24), date(2025, 12, 25), date(2025, 12, 26),
]  # fmt: skip


@pytest.mark.parametrize("day", NORWEGIAN_CLOSED, ids=str)
def test_norwegian_banks_close(day):
    # Norges Bank's settlement days: Christmas Eve is no public holiday, and closed all the same.
    assert not is_bank_day("NO", day)


@pytest.mark.parametrize("day", [date(2025, 4, 16), date(2025, 5, 30), date(2025, 6, 20), date(2025, 12, 23), date(2025, 12, 31)], ids=str)
def test_norwegian_banks_open(day):
    assert is_bank_day("NO", day)


@pytest.mark.parametrize("day", [date(2025, 1, 6), date(2025, 4, 18), date(2025, 6, 20), date(2025, 12, 24), date(2027, 12, 6)], ids=str)
def test_finnish_banks_close(day):
    assert not is_bank_day("FI", day)


@pytest.mark.parametrize("day", [date(2025, 4, 17), date(2025, 6, 19), date(2025, 12, 23), date(2025, 12, 31)], ids=str)
def test_finnish_banks_open(day):
    assert is_bank_day("FI", day)


def test_euro_system_closes_seldom():
    closed = [date(2025, 1, 1), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 12, 25), date(2025, 12, 26)]
    assert not any(is_bank_day("EU", day) for day in closed)
    assert all(is_bank_day("EU", day) for day in [date(2025, 5, 29), date(2025, 12, 24), date(2025, 12, 31)])


def test_danish_may_day_is_open():
    assert is_bank_day("DK", date(2025, 5, 1))


def test_next_moves_over_midsummer():
    assert next_bank_day("SE", date(2025, 6, 20)) == date(2025, 6, 23)


def test_next_stays_on_bank_day():
    assert next_bank_day("SE", date(2025, 6, 19)) == date(2025, 6, 19)


def test_adding_skips_christmas():
    assert add_bank_days("SE", date(2025, 12, 23), 2) == date(2025, 12, 30)


def test_adding_none_stays():
    assert add_bank_days("SE", date(2025, 12, 25), 0) == date(2025, 12, 25)


def test_unknown_country_is_refused():
    with pytest.raises(ConfigError, match="bank days are not known"):
        is_bank_day("XX", date(2025, 1, 2))
