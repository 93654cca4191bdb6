"""Each day and amount of a policy below, at and above its border."""

from dataclasses import replace
from datetime import date

import pytest

from core.money import Money
from core.policy import load_policy
from core.policy.facts import Action, Sent, Stage


def sek(minor):
    return Money(minor, "SEK")


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 3, 30), Stage.NOT_DUE), (date(2025, 3, 31), Stage.NOT_DUE), (date(2025, 4, 1), Stage.WAITING),
        (date(2025, 4, 6), Stage.WAITING), (date(2025, 4, 7), Stage.REMIND), (date(2025, 4, 8), Stage.REMIND),
    ],
)  # fmt: skip
def test_reminder_comes_at_seven_days(bench, today, expected):
    decision = bench.decide(bench.facts(), today)
    assert decision.stage == expected
    assert (decision.action == Action.REMIND) == (expected == Stage.REMIND)


def test_waiting_says_what_comes_when(bench):
    decision = bench.decide(bench.facts(), date(2025, 4, 1))
    assert (decision.next_action, decision.next_on) == (Action.REMIND, date(2025, 4, 7))


@pytest.mark.parametrize(
    ("today", "expected"), [(date(2025, 4, 24), None), (date(2025, 4, 25), Action.HANDOVER), (date(2025, 4, 26), Action.HANDOVER)]
)
def test_handover_waits_over_easter(bench, today, expected):
    # Given until Maundy Thursday 17 April; Friday and Monday are holidays: bank days 22, 23, 24.
    assert bench.decide(bench.reminded(), today).action == expected


def test_deadline_on_saturday_moves_on(bench):
    letter = Sent(Action.REMIND, "confirmed", date(2025, 5, 7), date(2025, 5, 17))
    facts = bench.facts(sent=(letter,))
    assert bench.decide(facts, date(2025, 5, 22)).action is None
    assert bench.decide(facts, date(2025, 5, 23)).action == Action.HANDOVER


def test_waiting_counts_from_last_send(bench):
    again = Sent(Action.REMIND, "confirmed", date(2025, 4, 14), date(2025, 5, 5))
    facts = bench.reminded()
    facts = replace(facts, sent=(*facts.sent, again))
    assert bench.decide(facts, date(2025, 5, 8)).action is None
    assert bench.decide(facts, date(2025, 5, 9)).action == Action.HANDOVER


def test_letter_gives_ten_days_to_bank_day(bench):
    assert bench.decide(bench.facts(), date(2025, 4, 7)).pay_by == date(2025, 4, 17)
    assert bench.decide(bench.facts(), date(2025, 4, 8)).pay_by == date(2025, 4, 22)


def test_first_step_still_comes_first(bench):
    assert bench.decide(bench.facts(), date(2026, 12, 1)).action == Action.REMIND


@pytest.mark.parametrize(("minor", "expected"), [(0, Stage.CLOSED), (99, Stage.CLOSED), (100, Stage.REMIND), (101, Stage.REMIND)])
def test_small_rest_is_never_chased(bench, minor, expected):
    assert bench.decide(bench.facts(open=sek(minor)), bench.remind_on).stage == expected


@pytest.mark.parametrize(("minor", "acts"), [(49_99, False), (50_00, True), (50_01, True)])
def test_reminder_has_its_minimum(bench, minor, acts):
    decision = bench.decide(bench.facts(open=sek(minor)), bench.remind_on)
    assert (decision.action is not None, decision.blocked) == (acts, not acts)


@pytest.mark.parametrize(("minor", "acts"), [(299_99, False), (300_00, True), (300_01, True)])
def test_handover_has_its_minimum(bench, minor, acts):
    assert (bench.decide(bench.reminded(open=sek(minor)), bench.handover_on).action is not None) == acts


@pytest.mark.parametrize(("posted", "acts"), [(date(2025, 4, 2), False), (date(2025, 4, 3), True), (date(2025, 4, 4), True), (None, False)])
def test_books_must_reach_three_bank_days(bench, posted, acts):
    decision = bench.decide(bench.facts(postings_until=posted), bench.remind_on)
    assert (decision.action is not None) == acts
    stale = [reason.id for reason in decision.reasons if reason.id in ("books_not_fresh", "books_never_posted")]
    assert bool(stale) == (not acts)


@pytest.mark.parametrize(("posted", "acts"), [(date(2025, 4, 23), False), (date(2025, 4, 24), True)])
def test_books_must_reach_past_letter(bench, posted, acts):
    assert (bench.decide(bench.reminded(postings_until=posted), bench.handover_on).action is not None) == acts


def test_done_policy_stops(bench):
    only = load_policy('name="x"\ncountry="SE"\ncurrency="SEK"\n[[step]]\naction="remind"\nafter_days=7\n', "x")
    decision = bench.decide(bench.reminded(), date(2026, 1, 1), only)
    assert (decision.stage, decision.action, decision.next_on) == (Stage.WAITING, None, None)
