"""The first day on which a decision can change, where a hold, a dispute or the invoice's age changes it."""

from dataclasses import replace
from datetime import date

import pytest

from core.money import Money
from core.policy import explain, load_policy
from core.policy.facts import Action, HoldKind

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\n'
BEFORE, WAITS = date(2025, 4, 1), (Action.REMIND, date(2025, 4, 7))


def sek(minor):
    return Money(minor, "SEK")


def comes(bench, today, own=None, **facts):
    decision = bench.decide(bench.facts(**facts), today, own)
    return decision.next_action, decision.next_on


@pytest.mark.parametrize(
    ("when", "on"), [("days_overdue = {max = 10}", date(2025, 4, 11)), ("days_overdue = {min = 1}", None), ("labels_none = []", None)]
)
def test_stopped_step_is_looked_at_when_it_is_too_old_for_it(bench, when, on):
    own = load_policy(f"{HEAD}{REMIND}[step.when]\n{when}\n", "x")
    assert comes(bench, bench.remind_on, own, vendor_reminders=1) == (Action.REMIND, on)


def test_stopped_step_is_looked_at_when_one_before_it_wakes(bench):
    first = f"{HEAD}{REMIND}[step.when]\ndays_overdue = {{min = 20}}\n"
    for when, on in (("days_overdue = {max = 10}", date(2025, 4, 11)), ("days_overdue = {max = 40}", date(2025, 4, 20))):
        own = load_policy(f'{first}[[step]]\naction = "notice"\nafter_days = 8\n[step.when]\n{when}\n', "x")
        assert comes(bench, date(2025, 4, 8), own, vendor_reminders=1) == (Action.NOTICE, on)


@pytest.mark.parametrize(
    ("from_on", "next_"),
    [(date(2025, 4, 2), (None, date(2025, 4, 2))), (date(2025, 4, 6), (None, date(2025, 4, 6))), (date(2025, 4, 7), WAITS), (date(2025, 4, 8), WAITS)],
)  # fmt: skip
def test_hold_that_begins_changes_it(bench, from_on, next_):
    assert comes(bench, BEFORE, holds=(bench.hold(from_on=from_on),)) == next_


@pytest.mark.parametrize(
    ("until", "next_"),
    [(date(2025, 3, 31), WAITS), (date(2025, 4, 1), (None, date(2025, 4, 2))), (date(2025, 4, 5), (None, date(2025, 4, 6))), (date(2025, 4, 6), WAITS),
     (None, WAITS)],
)  # fmt: skip
def test_part_dispute_that_ends_changes_it(bench, until, next_):
    assert comes(bench, BEFORE, holds=(bench.hold(HoldKind.DISPUTE, until=until, amount=sek(100_00)),)) == next_


def test_stopped_step_is_looked_at_when_a_part_dispute_ends(bench):
    part = bench.hold(HoldKind.DISPUTE, until=date(2025, 4, 9), amount=sek(100_00))
    assert comes(bench, bench.remind_on, holds=(part,), vendor_reminders=1) == (Action.REMIND, date(2025, 4, 10))


def test_hold_that_has_ended_changes_nothing_more(bench):
    assert comes(bench, BEFORE, holds=(bench.hold(until=date(2025, 3, 1)),)) == WAITS


def test_parts_stop_together_until_the_first_ends(bench):
    parts = tuple(replace(bench.hold(HoldKind.DISPUTE, until=date(2025, 4, day), amount=sek(500_00)), id=str(day)) for day in (20, 10))
    assert comes(bench, bench.remind_on, holds=parts) == (None, date(2025, 4, 11))
    alone = bench.hold(until=date(2025, 4, 15))
    assert comes(bench, bench.remind_on, holds=(*parts, alone)) == (None, date(2025, 4, 16))
    assert comes(bench, bench.remind_on, holds=(*parts, alone, replace(alone, until=date(2025, 4, 12)))) == (None, date(2025, 4, 16))
    assert comes(bench, bench.remind_on, holds=(*parts, bench.hold())) == (None, None)


@pytest.mark.parametrize("known", [True, False])
def test_demand_without_a_rate_says_which_is_missing(bench, known):
    own = load_policy(HEAD + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\n', "x")
    facts = bench.facts(due_on=date(2033, 3, 31), issued_on=date(2033, 3, 1), postings_until=date(2034, 1, 1))
    decision = bench.decide(facts if known else replace(facts, debtor=None), date(2033, 4, 7), own)
    (reason,) = [one for one in decision.reasons if one.id == "no_interest_figure"]
    rule = bench.law.rule("SE.interest.no_rate")
    assert (decision.blocked, reason.rule, reason.statute) == (True, rule.id, rule.statute)
    told = [next(line for line in explain(decision, language) if dict(reason.params)["periods"] in line) for language in ("en", "sv")]
    assert dict(reason.params)["says"] in told[0] and "saknas i tabellerna" in told[1]
