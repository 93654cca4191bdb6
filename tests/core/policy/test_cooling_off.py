"""A handover that goes by itself is announced, and goes when the days have run out."""

from dataclasses import replace
from datetime import date

import pytest

from core.errors import ConfigError
from core.policy import load_policy, load_template, parse_override, with_override
from core.policy.facts import Action, HoldKind, Mode, Stage

TEXT = load_template("se-standard").replace("after_previous_days = 0", "after_previous_days = 0\ncooling_off_days = 3")
POLICY = load_policy(TEXT, "x")


def test_first_it_is_announced(bench):
    decision = bench.decide(bench.reminded(), bench.handover_on, POLICY)
    assert (decision.stage, decision.action, decision.announce, decision.blocked) == (Stage.HANDOVER, None, True, False)
    assert (decision.next_action, decision.next_on) == (Action.HANDOVER, date(2025, 4, 28))


def test_announcement_is_bound_to_what_will_go(bench):
    announced = bench.decide(bench.reminded(), bench.handover_on, POLICY)
    gone = bench.decide(bench.reminded(announced_on=bench.handover_on), date(2025, 4, 28), POLICY)
    assert announced.digest == gone.digest != ""


@pytest.mark.parametrize(("today", "goes"), [(date(2025, 4, 27), False), (date(2025, 4, 28), True), (date(2025, 4, 29), True)])
def test_it_goes_when_the_days_ran_out(bench, today, goes):
    decision = bench.decide(bench.reminded(announced_on=bench.handover_on), today, POLICY)
    assert (decision.action == Action.HANDOVER, decision.announce) == (goes, False)
    assert goes or decision.next_on == date(2025, 4, 28)


def test_nothing_is_announced_that_is_stopped(bench):
    for stop in ({"postings_until": None}, {"mandate_missing": ("contract",)}, {"holds": (bench.hold(HoldKind.HOLD),)}):
        assert not bench.decide(bench.reminded(**stop), bench.handover_on, POLICY).announce


def test_reminder_is_not_announced(bench):
    assert bench.decide(bench.facts(), bench.remind_on, POLICY).action == Action.REMIND


def test_asked_handover_needs_no_announcement(bench):
    ask = with_override(POLICY, parse_override('mode = "ask"'), None)
    asked = bench.decide(bench.reminded(), bench.handover_on, ask)
    assert (asked.mode, asked.announce) == (Mode.ASK, False)
    yes = bench.decide(bench.reminded(approved=frozenset({asked.digest})), bench.handover_on, ask)
    assert yes.action == Action.HANDOVER


@pytest.mark.parametrize(("days", "announces"), [(0, False), (1, True)])
def test_override_of_the_days(bench, days, announces):
    own = with_override(POLICY, parse_override("cooling_off_days = 5"), parse_override(f"cooling_off_days = {days}"))
    assert bench.decide(bench.reminded(), bench.handover_on, own).announce == announces
    assert own.steps[0].cooling_off_days == 0


def test_paying_ends_it(bench):
    facts = bench.reminded(announced_on=bench.handover_on)
    paid = replace(facts, invoice=replace(facts.invoice, open=facts.invoice.open - facts.invoice.open))
    assert bench.decide(paid, date(2025, 4, 28), POLICY).stage == Stage.CLOSED


def test_only_a_handover_cools_off():
    with pytest.raises(ConfigError, match=r"^p:14.*only a handover"):
        load_policy(TEXT.replace('action = "remind"', 'action = "remind"\ncooling_off_days = 3'), "p")
