"""Limitation, as the country counts it: near is told and stops nothing, passed stops, and the day before neither."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.law import COUNTRIES, NEAR_DAYS, load_law
from core.model import Address, DebtorKind
from core.money import Money
from core.policy import load_policy, load_template, stage
from core.policy.facts import HoldKind, Stage
from core.policy.limitation import YOUNG_DAYS

LAW = load_law()
COUNTED_FROM = {"SE": date(2025, 3, 1), "DK": date(2025, 3, 31), "NO": date(2025, 3, 31), "FI": date(2025, 3, 31)}
"""Of an invoice of 1 March, due on the 31st: Sweden counts from the claim's origin, the others from the due day (facts: law, 3.4)."""


def decided(bench, country, today, kind=DebtorKind.CONSUMER, **changes):
    policy = load_policy(load_template(f"{country.lower()}-consumer-firm"), "p")
    amount = Money(1000_00, policy.currency)
    facts = bench.facts(
        kind_of_debtor=kind, address=Address(country=country), total=amount, open=amount, postings_until=date.max, **changes
    )
    return stage(facts, policy, LAW, today)


def told(decision):
    return {reason.id: dict(reason.params) for reason in decision.reasons if reason.id in ("time_barred", "limitation_near")}


@pytest.mark.parametrize(("country", "counted_from"), COUNTED_FROM.items())
def test_barred_from_the_day_after_the_last(bench, country, counted_from):
    ends_on = counted_from.replace(year=2028)
    assert set(told(decided(bench, country, ends_on))) == {"limitation_near"}
    after = told(decided(bench, country, ends_on + timedelta(days=1)))
    assert after == {"time_barred": {"ends_on": str(ends_on), "counted_from": str(counted_from)}}


@pytest.mark.parametrize(("country", "counted_from"), COUNTED_FROM.items())
def test_near_is_told_and_stops_nothing(bench, country, counted_from):
    first = counted_from.replace(year=2028) - timedelta(days=NEAR_DAYS - 1)
    before, near = decided(bench, country, first - timedelta(days=1)), decided(bench, country, first)
    assert (told(before), set(told(near))) == ({}, {"limitation_near"})
    assert (near.action, near.blocked) == (before.action, before.blocked)


def test_near_is_told_of_a_held_invoice(bench):
    assert set(told(decided(bench, "DK", date(2028, 3, 1), holds=(bench.hold(HoldKind.DISPUTE),)))) == {"limitation_near"}


@pytest.mark.parametrize("stage_", [Stage.CLOSED, Stage.LEFT_ALONE])
def test_near_is_not_told_of_what_nobody_chases(bench, stage_):
    changes = {"open": Money(0, "DKK")} if stage_ == Stage.CLOSED else {"leave_alone": ("financed",)}
    facts = replace(bench.facts(), postings_until=date.max)
    facts = replace(facts, invoice=replace(facts.invoice, **changes))
    decision = stage(facts, load_policy(load_template("dk-consumer-firm"), "p"), LAW, date(2028, 3, 1))
    assert (decision.stage, told(decision)) == (stage_, {})


def test_business_in_sweden_lives_ten_years(bench):
    assert told(decided(bench, "SE", date(2028, 3, 2), DebtorKind.BUSINESS)) == {}
    assert set(told(decided(bench, "SE", date(2035, 3, 1), DebtorKind.BUSINESS))) == {"limitation_near"}
    assert set(told(decided(bench, "SE", date(2035, 3, 2), DebtorKind.BUSINESS))) == {"time_barred"}


def test_unread_debtor_is_taken_for_a_consumer(bench):
    facts = replace(bench.facts(postings_until=date.max), debtor=None)
    assert set(told(bench.decide(facts, date(2028, 3, 2)))) == {"time_barred"}


@pytest.mark.parametrize("far", [{"due_on": date(9998, 1, 1)}, {"issued_on": date(9998, 1, 1)}])
def test_days_that_mean_never_are_not_counted(bench, far):
    assert told(bench.decide(bench.facts(**far), date(2040, 1, 1))) == {}


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_claim_dies_young(country):
    """What is not looked at, because it is young, can't be near its end."""
    years = min(int(row.value) for row in LAW.rows if row.country == country and row.table == "limitation")
    assert years * 365 - NEAR_DAYS > YOUNG_DAYS


def test_passed_is_told_before_the_next_step(bench):
    decision = bench.decide(
        bench.facts(kind_of_debtor=DebtorKind.CONSUMER, holds=(bench.hold(),), postings_until=date.max), date(2028, 3, 2)
    )
    assert (decision.stage, set(told(decision))) == (Stage.HELD, {"time_barred"})


def test_passed_is_told_once(bench):
    decision = bench.decide(bench.facts(kind_of_debtor=DebtorKind.CONSUMER, postings_until=date.max), date(2028, 3, 2))
    assert [reason.id for reason in decision.reasons].count("time_barred") == 1
