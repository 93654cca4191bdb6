"""Money: exact, never mixed, never rounded in silence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.money import Money, MoneyError, round_half_up

ANY = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(("text", "minor"), [("12500.00", 12_500_00), ("0.1", 10), (7, 7_00), (Decimal("-3.5"), -3_50), ("1e2", 100_00)])
def test_parses_exact_amounts(text, minor):
    assert Money.parse(text, "SEK") == Money(minor, "SEK")


@pytest.mark.parametrize("text", ["1.005", "abc", "", "NaN", "Infinity", "99999999999999", 1.5, True, None])
def test_refuses_what_is_inexact(text):
    with pytest.raises(MoneyError):
        Money.parse(text, "SEK")


def test_refuses_unknown_currency():
    with pytest.raises(MoneyError, match="XXX"):
        Money(1, "XXX")


def test_currencies_never_mix():
    with pytest.raises(MoneyError, match="SEK and DKK"):
        Money(1, "SEK") + Money(1, "DKK")


def test_minor_units_follow_currency():
    assert Money.parse("150", "ISK").minor == 150
    with pytest.raises(MoneyError):
        Money.parse("150.5", "ISK")


@given(ANY, st.lists(st.integers(0, 50), min_size=1).filter(sum))
def test_split_parts_add_up(minor, weights):
    parts = Money(minor, "SEK").split(weights)
    assert Money.sum(parts, "SEK") == Money(minor, "SEK")
    assert len(parts) == len(weights)


@given(ANY)
def test_survives_json_unchanged(minor):
    adapter = TypeAdapter(Money)
    money = Money(minor, "SEK")
    assert adapter.validate_json(adapter.dump_json(money)) == money


@pytest.mark.parametrize("raw", ['{"amount": 1.5, "currency": "SEK"}', '{"amount": "1.555", "currency": "SEK"}', '{"amount": "1"}'])
def test_json_refuses_other_shapes(raw):
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_json(raw)


@pytest.mark.parametrize(("exact", "minor"), [("0.005", 1), ("0.0049", 0), ("-0.005", -1), ("46.694999", 46_69), ("46.695", 46_70)])
def test_rounds_halves_away(exact, minor):
    assert round_half_up(Decimal(exact), "SEK").minor == minor
