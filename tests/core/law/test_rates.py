"""Rates: agreed ones as far as each country lets them hold, and the margin that stays with old Danish claims."""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import ConfigError
from core.law import AgreedRate, interest, load_law
from core.law.rates import Rates
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
DAY = date(2026, 3, 1)  # statutory: SE 10.00, DK 9.75, NO 12.00, FI 9.50 and 10.50, EU 10.15


def rate(country, debtor, percent, day=DAY, **changes):
    row = Rates(LAW, country, DebtorKind(debtor), None, AgreedRate(Decimal(percent), **changes)).row(day)
    return row and str(row.value)


def rule(country, debtor, **changes):
    return Rates(LAW, country, DebtorKind(debtor), None, AgreedRate(Decimal(24), **changes)).rule.id


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
@pytest.mark.parametrize("percent", ["24", "2"])
def test_traders_agree_freely(country, percent):
    assert rate(country, "business", percent) == rate(country, "sole_trader", percent) == percent
    assert rule(country, "business") == f"{country}.interest.agreed_free"


@pytest.mark.parametrize(("country", "ceiling"), [("DK", "9.75"), ("NO", "12.00"), ("FI", "9.50")])
def test_statutory_rate_is_consumers_ceiling(country, ceiling):
    assert rate(country, "consumer", "24") == ceiling
    assert rate(country, "consumer", "2") == "2"
    assert rule(country, "consumer") == f"{country}.interest.agreed_ceiling"


def test_swedish_consumers_have_no_ceiling():
    assert rate("SE", "consumer", "24") == "24"


def test_lower_rate_is_void_towards_swedish_public_bodies():
    assert (rate("SE", "public", "2"), rate("SE", "public", "24")) == ("10.00", "24")
    assert rule("SE", "public") == "SE.interest.agreed_floor"
    assert rate("DK", "public", "2") == "2"


@pytest.mark.parametrize("country", ["SE", "DK"])
def test_rate_on_the_invoice_is_not_agreed(country):
    assert rate(country, "business", "24", in_contract=False) == {"SE": "10.00", "DK": "9.75"}[country]
    assert rule(country, "business", in_contract=False) == f"{country}.interest.agreed_invoice"


def test_agreed_rate_needs_no_row():
    assert rate("DK", "business", "24", date(2026, 7, 1)) == "24"


def test_ceiling_without_a_row_gives_no_rate():
    assert rate("DK", "consumer", "2", date(2026, 7, 1)) is None


def test_agreed_rate_is_the_operators_word():
    row = Rates(LAW, "SE", DebtorKind.BUSINESS, None, AgreedRate(Decimal(24))).row(DAY)
    assert (row.key, row.unit, row.confidence, row.source) == ("SE.rate.agreed", "pct", "confirmed", "the parties' contract")
    assert row.statute == LAW.rule("SE.interest.agreed_free").statute


@pytest.mark.parametrize("percent", ["-0.01", "NaN", "Infinity"])
def test_impossible_rate_is_refused(percent):
    with pytest.raises(ConfigError, match="is no rate of interest"):
        AgreedRate(Decimal(percent))


def test_impossible_rate_is_one_sentence():
    with pytest.raises(ConfigError) as caught:
        AgreedRate(Decimal(-1))
    assert str(caught.value) == "agreed rate: -1 is no rate of interest. Give per cent a year, e.g. 12.5."


def test_no_interest_may_be_agreed():
    agreed = AgreedRate(Decimal(0))
    assert interest(LAW, Money(100, "SEK"), DAY, date(2026, 4, 1), agreed=agreed).rounded == Money(0, "SEK")


def test_agreed_interest_is_reckoned():
    found = interest(LAW, Money(36500_00, "DKK"), date(2026, 6, 1), date(2026, 7, 11), country="DK", agreed=AgreedRate(Decimal(10)))
    assert (found.rounded, found.rules[0].sentence) == (Money(400_00, "DKK"), "Simple late interest at the agreed 10 % a year.")


@pytest.mark.parametrize(("due", "percent"), [(date(2013, 2, 28), "8.75"), (date(2013, 3, 1), "9.75")])
def test_old_danish_claims_keep_their_margin(due, percent):
    row = LAW.rate("DK", DebtorKind.BUSINESS, DAY, due)
    assert (str(row.value), row.key) == (percent, "DK.rate.statutory.2026-01-01")
    found = interest(LAW, Money(100, "DKK"), DAY, DAY.replace(day=2), country="DK", due_on=due)
    assert str(found.segments[0].rate_pct) == percent


def test_old_margin_needs_a_row():
    assert LAW.rate("DK", DebtorKind.BUSINESS, date(2026, 7, 1), date(2013, 1, 1)) is None


def test_finnish_consumers_owe_less():
    assert str(LAW.rate("FI", DebtorKind.CONSUMER, DAY).value) == "9.50"
    assert {str(LAW.rate("FI", kind, DAY).value) for kind in DebtorKind if kind != "consumer"} == {"10.50"}
