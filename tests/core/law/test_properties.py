"""What holds for any claim: interest adds up and grows, fees stay under their caps, the compensation takes them in."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from core.law import AgreedRate, Case, Circumstances, DayCount, DueBasis, PartPayment, claimable, interest, load_law
from core.law.months import months_later
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))
ADDITIVE = st.sampled_from([DayCount.ACT_365F, DayCount.ACT_ACT, DayCount.E30_360])
CONVENTIONS = st.sampled_from(list(DayCount))
PRINCIPALS = st.integers(1, 10**9).map(lambda minor: Money(minor, "SEK"))
PAYMENTS = st.lists(st.builds(PartPayment, DAYS, PRINCIPALS), max_size=4)
LETTERS = st.lists(DAYS, max_size=4).map(tuple)
AGREED = st.none() | st.builds(AgreedRate, st.decimals(0, 30, places=2), in_contract=st.booleans())
SWEDISH = st.builds(
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


CURRENCIES = {"SE": "SEK", "DK": "DKK", "NO": "NOK", "FI": "EUR", "EU": "EUR"}
KNOWN = st.dates(date(2016, 1, 1), date(2026, 6, 30))


@st.composite
def cases(draw, country=None):
    """Any claim of any country: every kind of letter, agency, dispute and agreement, in any order."""
    home = draw(st.sampled_from(sorted(CURRENCIES))) if country is None else country
    amount = st.integers(1, 10**8).map(lambda minor: Money(minor, CURRENCIES[home]))
    letters = st.lists(KNOWN, max_size=4).map(tuple)
    return Case(
        home, draw(st.sampled_from(DebtorKind)), draw(amount), draw(KNOWN), basis=draw(st.sampled_from([None, *DueBasis])),
        sent_on=draw(st.none() | KNOWN), interest_notice=draw(st.booleans()), electronic_only=draw(st.booleans()),
        agreed_rate=draw(AGREED), payments=tuple(draw(st.lists(st.builds(PartPayment, KNOWN, amount), max_size=3))),
        reminders=draw(letters), notices=draw(letters), demands=draw(letters), plans=draw(letters), extensions=draw(letters),
        handovers=draw(letters), agency_from=draw(st.none() | KNOWN), plan_broken_on=draw(st.none() | KNOWN),
        reminder_fee_agreed=draw(st.booleans()), compensation=draw(st.booleans()), enforceable=draw(st.booleans()),
        day_count=draw(CONVENTIONS), circumstances=Circumstances(disputed=draw(st.none() | amount), originated_on=draw(st.none() | KNOWN)),
    )  # fmt: skip


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


@given(st.sampled_from(sorted(CURRENCIES)), PRINCIPALS, st.tuples(KNOWN, KNOWN, KNOWN).map(sorted), PAYMENTS, ADDITIVE, AGREED)
def test_interest_adds_up_in_every_country(country, principal, days, payments, day_count, agreed):
    first, middle, last = days
    how = {"country": country, "day_count": day_count, "agreed": agreed}
    whole = interest(LAW, principal, first, last, payments, **how).exact
    parts = [interest(LAW, principal, *part, payments, **how).exact for part in ((first, middle), (middle, last))]
    assert whole == sum(parts, Fraction(0))


@given(st.sampled_from(["DK", "NO", "FI"]), PRINCIPALS, st.tuples(KNOWN, KNOWN).map(sorted), AGREED)
def test_consumer_never_pays_above_the_statute(country, principal, days, agreed):
    how = {"country": country, "debtor": DebtorKind.CONSUMER}
    assert interest(LAW, principal, *days, agreed=agreed, **how).exact <= interest(LAW, principal, *days, **how).exact


@given(PRINCIPALS, st.tuples(DAYS, DAYS).map(sorted))
def test_segments_are_every_day_once(principal, days):
    found = interest(LAW, principal, *days)
    seen = [one.first + timedelta(days=number) for one in found.segments for number in range(one.days)]
    assert seen == [days[0] + timedelta(days=number + 1) for number in range((days[1] - days[0]).days)]


@given(SWEDISH, DAYS)
def test_fees_stay_under_caps(case, on):
    quote = claimable(LAW, case, on)
    caps = {"reminder": 60, "demand": 180, "plan": 170}
    assert all(fee.amount.amount <= caps[fee.kind] for fee in quote.fees)
    assert len({fee.kind for fee in quote.fees}) == len(quote.fees)
    assert quote.fees_total.amount <= 450


@given(SWEDISH, DAYS, st.randoms(use_true_random=False))
def test_order_of_letters_changes_nothing(case, on, chance):
    shuffled = {name: tuple(chance.sample(getattr(case, name), len(getattr(case, name)))) for name in ("reminders", "demands", "plans")}
    assert claimable(LAW, case, on).fees_total == claimable(LAW, replace(case, **shuffled), on).fees_total


@given(SWEDISH, DAYS, st.integers(0, 2000))
def test_compensation_takes_fees_in(case, on, cap):
    rows = tuple(replace(row, value=Decimal(cap)) if row.code == "demand" else row for row in LAW.rows)
    law = replace(LAW, rows=rows)
    alone = claimable(law, replace(case, compensation=False), on)
    both = claimable(law, replace(case, compensation=True), on)
    owed = Money.parse("450" if both.compensation else "0", "SEK")
    assert both.fees_total == max(alone.fees_total, owed)


@given(SWEDISH, DAYS)
def test_consumer_owes_no_compensation(case, on):
    assert claimable(LAW, replace(case, debtor=DebtorKind.CONSUMER), on).compensation is None


@settings(max_examples=300)
@given(SWEDISH, DAYS)
def test_every_line_names_a_rule(case, on):
    quote = claimable(LAW, case, on)
    rules = [rule for _, rule in quote.rules] + [one.rule for one in quote.refused]
    assert all(rule.id in LAW.rules and rule.statute and "{" not in rule.sentence for rule in rules)


@given(SWEDISH, DAYS)
def test_total_is_the_sum_of_lines(case, on):
    quote = claimable(LAW, case, on)
    if quote.interest.rounded is None:
        assert quote.total is None
    else:
        assert quote.total == quote.open_principal + quote.interest.rounded + quote.fees_total


@settings(max_examples=300)
@given(cases(), KNOWN)
def test_quote_holds_in_every_country(case, on):
    quote = claimable(LAW, case, on)
    rules = [rule for _, rule in quote.rules] + [one.rule for one in quote.refused] + [bar.rule for bar in quote.bars]
    assert all(rule.id in LAW.rules and rule.statute and "{" not in rule.sentence for rule in rules)
    assert all(fee.amount.minor > 0 for fee in quote.fees)
    assert quote.interest.rounded is None or quote.interest.rounded.minor >= 0


@settings(max_examples=300)
@given(cases("DK"), KNOWN)
def test_danish_reminders_keep_their_caps(case, on):
    days = [fee.on for fee in claimable(LAW, case, on).fees if fee.kind == "reminder"]
    assert len(days) <= 3
    assert all((two - one).days >= 10 for one, two in pairwise(days))


@settings(max_examples=300)
@given(cases("NO"), KNOWN)
def test_norwegian_letters_keep_their_caps(case, on):
    quote = claimable(LAW, replace(case, compensation=False), on)
    days = [fee.on for fee in quote.fees if fee.kind in ("reminder", "notice")]
    assert all(day >= case.due_on + timedelta(days=14) for day in days)
    assert all((two - one).days > 14 for one, two in pairwise(days))
    assert all(
        third >= months_later(second, 6) or second >= months_later(first, 6)
        for first, second, third in zip(days, days[1:], days[2:], strict=False)
    )


@settings(max_examples=300)
@given(cases("FI"), KNOWN)
def test_finnish_consumer_costs_keep_their_cap(case, on):
    quote = claimable(LAW, replace(case, debtor=DebtorKind.CONSUMER), on)
    owed = case.principal - (case.circumstances.disputed or Money(0, "EUR"))
    cap = 60 if owed.minor <= 100_00 else 120 if owed.minor <= 1000_00 else 210
    assert quote.fees_total.amount <= cap


@settings(max_examples=300)
@given(cases(), KNOWN)
def test_compensation_absorbs_or_stacks_as_the_country_says(case, on):
    alone = claimable(LAW, replace(case, compensation=False), on).fees_total
    both = claimable(LAW, replace(case, compensation=True), on)
    owed = both.compensation.amount if both.compensation else Money(0, CURRENCIES[case.country])
    stacks = LAW.country(case.country).compensation == "adds"
    assert both.fees_total == (alone + owed if stacks else max(alone, owed))


@given(cases(), KNOWN, st.randoms(use_true_random=False))
def test_order_of_events_changes_nothing(case, on, chance):
    names = ("reminders", "notices", "demands", "plans", "extensions", "handovers", "payments")
    shuffled = {name: tuple(chance.sample(getattr(case, name), len(getattr(case, name)))) for name in names}
    one, two = claimable(LAW, case, on), claimable(LAW, replace(case, **shuffled), on)
    assert (one.fees_total, one.total, one.open_principal) == (two.fees_total, two.total, two.open_principal)
