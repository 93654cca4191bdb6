"""Stops that were missed once: part amounts, repeated letters, the vendor's date, far days."""

from dataclasses import replace
from datetime import date

import pytest

from core.law import demand_deadline, load_law
from core.money import Money
from core.policy import explain, load_policy, load_template, render_reason
from core.policy.facts import Action, HoldKind, Mode, Sent, Stage

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\n'
AGAIN = '[[step]]\naction = "remind"\nafter_previous_days = 5\n'
HANDOVER = '[[step]]\naction = "handover"\nafter_previous_days = 0\n'


def sek(minor):
    return Money(minor, "SEK")


@pytest.mark.parametrize("kind", [kind for kind in HoldKind if kind != HoldKind.DISPUTE])
def test_hold_with_an_amount_stops(bench, kind):
    assert bench.decide(bench.facts(holds=(bench.hold(kind, amount=sek(500_00)),)), bench.remind_on).stage == Stage.HELD


@pytest.mark.parametrize(("disputed", "held"), [(999_00, False), (1000_00, True), (1000_01, True)])
def test_dispute_of_what_is_left_stops(bench, disputed, held):
    facts = bench.facts(holds=(bench.hold(HoldKind.DISPUTE, amount=sek(disputed)),))
    assert (bench.decide(facts, bench.remind_on).stage == Stage.HELD) == held


def test_two_part_disputes_add_up(bench):
    hold = bench.hold(HoldKind.DISPUTE, amount=sek(500_00))
    assert bench.decide(bench.facts(holds=(hold, replace(hold, id="h2"))), bench.remind_on).stage == Stage.HELD


def test_ended_part_dispute_lets_handover_go(bench):
    hold = bench.hold(HoldKind.DISPUTE, amount=sek(100_00), until=date(2025, 4, 24))
    assert bench.decide(bench.reminded(holds=(hold,)), bench.handover_on).action == Action.HANDOVER


def test_second_reminder_is_not_skipped(bench):
    policy = load_policy(HEAD + REMIND + AGAIN + HANDOVER, "x")
    facts = bench.reminded()
    assert bench.decide(facts, date(2025, 5, 20), policy).action == Action.REMIND
    second = Sent(Action.REMIND, "confirmed", date(2025, 5, 20), date(2025, 5, 30))
    assert bench.decide(replace(facts, sent=(*facts.sent, second)), date(2025, 6, 20), policy).action == Action.HANDOVER


def test_milder_letter_does_not_follow(bench):
    policy = load_policy(HEAD + REMIND + '[[step]]\naction = "notice"\nafter_days = 20\n' + HANDOVER, "x")
    notice = Sent(Action.NOTICE, "confirmed", date(2025, 4, 7), date(2025, 4, 17))
    assert bench.decide(bench.facts(sent=(notice,)), date(2025, 5, 20), policy).action == Action.HANDOVER


@pytest.mark.parametrize(("on", "stops"), [(date(2025, 3, 9), False), (date(2025, 3, 10), False), (date(2025, 3, 11), True)])
def test_vendor_reminder_after_live_stops(bench, on, stops):
    facts = bench.facts(vendor_reminded_on=on, live_from=date(2025, 3, 10))
    assert bench.decide(facts, bench.remind_on).blocked == stops


def test_inactive_debtor_is_not_handed_over(bench):
    assert bench.decide(bench.reminded(active=False), bench.handover_on).action is None
    assert bench.decide(bench.facts(active=False), bench.remind_on).action == Action.REMIND


@pytest.mark.parametrize("changes", [{"due_on": date.max}, {"due_on": date.min}])
def test_far_due_date_has_a_decision(bench, changes):
    for today in (date.min, bench.remind_on, date.max):
        assert bench.decide(bench.facts(**changes), today).reasons


def test_far_hold_and_letter_have_decisions(bench):
    assert bench.decide(bench.facts(holds=(bench.hold(until=date.max),)), bench.remind_on).next_on is None
    letter = Sent(Action.REMIND, "confirmed", date(2025, 4, 7), date.max)
    assert bench.decide(bench.facts(sent=(letter,)), bench.handover_on).action is None


def test_demand_gives_lawful_time_at_christmas(bench):
    policy = load_policy(HEAD + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\npay_within_days = 8\n', "x")
    today = date(2025, 12, 22)
    bench.law = load_law(confirmed=("SE.rate.statutory.2025-01-01", "SE.rate.statutory.2025-07-01"))
    assert bench.decide(bench.facts(), today, policy).pay_by == demand_deadline(bench.law, today)


def test_step_without_letter_is_blocked(bench):
    policy = load_policy(load_template("se-standard").replace('mode = "auto"', 'mode = "off"', 1), "x")
    decision = bench.decide(bench.facts(), bench.remind_on, policy)
    assert (decision.action, decision.next_on, decision.blocked) == (None, None, True)
    assert "9999" not in " ".join(explain(decision, "en"))


def test_act_tells_what_follows(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert (decision.next_action, decision.next_on) == (Action.HANDOVER, bench.handover_on)


def test_ask_promises_no_day(bench):
    policy = load_policy(load_template("se-cautious"), "x")
    decision = bench.decide(bench.facts(), bench.remind_on, policy)
    assert (decision.mode, decision.next_on) == (Mode.ASK, None)


def test_stale_books_tell_when_next(bench):
    stale = bench.facts(postings_until=date(2025, 4, 2))
    assert bench.decide(stale, bench.remind_on).next_on == date(2025, 4, 8)
    assert bench.decide(
        replace(stale, mandate_missing=(), vendor_reminders_known=0, agency="", booking_open=False), bench.remind_on
    ).blocked


def test_unknown_mark_is_told_plainly(bench):
    decision = bench.decide(bench.facts(leave_alone=("prepaid",)), bench.remind_on)
    assert "prepaid" in render_reason(decision.reasons[0], "en")


def test_other_languages_read_english(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert explain(decision, "xx") == explain(decision, "en")
    assert explain(decision, "sv")[0] == "Läge: påminnelse"


@pytest.mark.parametrize(
    ("entered", "reminds", "hands_over"), [(0, True, True), (1, True, False), (999_99, True, False), (1000_00, False, False)]
)
def test_entered_payment_is_waited_for(bench, entered, reminds, hands_over):
    step = bench.decide(bench.facts(entered=sek(entered)), bench.remind_on)
    last = bench.decide(bench.reminded(entered=sek(entered)), bench.handover_on)
    assert (step.action == Action.REMIND, last.action == Action.HANDOVER) == (reminds, hands_over)
    assert reminds or "payment_entered" in [reason.id for reason in step.reasons]


def test_gate_does_not_change_the_question(bench):
    stopped = bench.decide(bench.reminded(postings_until=date(2025, 4, 1)), bench.handover_on)
    assert stopped.blocked
    assert stopped.digest == bench.decide(bench.reminded(), bench.handover_on).digest
