"""What holds for any claim: interest adds up and grows, fees stay under their caps, the compensation takes them in."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.law import Case, DayCount, DueBasis, PartPayment, claimable, interest, load_law
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))
ADDITIVE = st.sampled_from([DayCount.ACT_365F, DayCount.ACT_ACT, DayCount.E30_360])
CONVENTIONS = st.sampled_from(list(DayCount))
PRINCIPALS = st.integers(1, 10**9).map(lambda minor: Money(minor, "SEK"))
PAYMENTS = st.lists(st.builds(PartPayment, DAYS, PRINCIPALS), max_size=4)
LETTERS = st.lists(DAYS, max_size=4).map(tuple)
CASES = st.builds(
    Case,
    st.just("SE"),
    st.sampled_from(DebtorKind),
    PRINCIPALS,
    DAYS,
    basis=st.sampled_from([None, *DueBasis]),
    sent_on=st.none() | DAYS,
    interest_notice=st.booleans(),
    payments=PAYMENTS.map(tuple),
    reminders=LETTERS,
    demands=LETTERS,
    plans=LETTERS,
    reminder_fee_agreed=st.booleans(),
    compensation=st.booleans(),
    day_count=CONVENTIONS,
)


@given(PRINCIPALS, st.tuples(DAYS, DAYS, DAYS).map(sorted), PAYMENTS, ADDITIVE)
def test_interest_adds_up_over_splits(principal, days, payments, day_count):
    first, middle, last = days
    whole = interest(LAW, principal, first, last, payments, day_count=day_count).exact
    parts = [interest(LAW, principal, *part, payments, day_count=day_count).exact for part in ((first, middle), (middle, last))]
    assert whole == sum(parts, Fraction(0))


@given(PRINCIPALS, st.tuples(DAYS, DAYS).map(sorted), PAYMENTS, CONVENTIONS)
def test_interest_is_never_negative(principal, days, payments, day_count):
    assert interest(LAW, principal, *days, payments, day_count=day_count).exact >= 0


@given(PRINCIPALS, st.tuples(DAYS, DAYS, DAYS).map(sorted), PAYMENTS, CONVENTIONS)
def test_interest_grows_with_days(principal, days, payments, day_count):
    first, middle, last = days
    shorter = interest(LAW, principal, first, middle, payments, day_count=day_count).exact
    assert shorter <= interest(LAW, principal, first, last, payments, day_count=day_count).exact


@given(PRINCIPALS, PRINCIPALS, st.tuples(DAYS, DAYS).map(sorted), PAYMENTS, CONVENTIONS)
def test_interest_grows_with_principal(principal, more, days, payments, day_count):
    smaller = interest(LAW, principal, *days, payments, day_count=day_count).exact
    assert smaller <= interest(LAW, principal + more, *days, payments, day_count=day_count).exact


@given(PRINCIPALS, st.tuples(DAYS, DAYS).map(sorted))
def test_segments_are_every_day_once(principal, days):
    found = interest(LAW, principal, *days)
    seen = [one.first + timedelta(days=number) for one in found.segments for number in range(one.days)]
    assert seen == [days[0] + timedelta(days=number + 1) for number in range((days[1] - days[0]).days)]


@given(CASES, DAYS)
def test_fees_stay_under_caps(case, on):
    quote = claimable(LAW, case, on)
    caps = {"reminder": 60, "demand": 180, "plan": 170}
    assert all(fee.amount.amount <= caps[fee.kind] for fee in quote.fees)
    assert len({fee.kind for fee in quote.fees}) == len(quote.fees)
    assert quote.fees_total.amount <= 450


@given(CASES, DAYS, st.randoms(use_true_random=False))
def test_order_of_letters_changes_nothing(case, on, chance):
    shuffled = {name: tuple(chance.sample(getattr(case, name), len(getattr(case, name)))) for name in ("reminders", "demands", "plans")}
    assert claimable(LAW, case, on).fees_total == claimable(LAW, replace(case, **shuffled), on).fees_total


@given(CASES, DAYS, st.integers(0, 2000))
def test_compensation_takes_fees_in(case, on, cap):
    rows = tuple(replace(row, value=Decimal(cap)) if row.code == "demand" else row for row in LAW.rows)
    law = replace(LAW, rows=rows)
    alone = claimable(law, replace(case, compensation=False), on)
    both = claimable(law, replace(case, compensation=True), on)
    owed = Money.parse("450" if both.compensation else "0", "SEK")
    assert both.fees_total == max(alone.fees_total, owed)


@given(CASES, DAYS)
def test_consumer_owes_no_compensation(case, on):
    assert claimable(LAW, replace(case, debtor=DebtorKind.CONSUMER), on).compensation is None


@settings(max_examples=300)
@given(CASES, DAYS)
def test_every_line_names_a_rule(case, on):
    quote = claimable(LAW, case, on)
    rules = [rule for _, rule in quote.rules] + [one.rule for one in quote.refused]
    assert all(rule.id in LAW.rules and rule.statute and "{" not in rule.sentence for rule in rules)


@given(CASES, DAYS)
def test_total_is_the_sum_of_lines(case, on):
    quote = claimable(LAW, case, on)
    if quote.interest.rounded is None:
        assert quote.total is None
    else:
        assert quote.total == quote.open_principal + quote.interest.rounded + quote.fees_total
