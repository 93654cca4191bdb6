"""Instalment plans, insolvency, disputes' documents and open credits: each stop beside when it does not stop."""

from dataclasses import replace
from datetime import date

import pytest

from core.money import Money
from core.policy import load_policy, load_template, was_broken
from core.policy.facts import Action, DebtorBooks, HoldKind, Mode, Sent, Stage


def sek(minor):
    return Money(minor, "SEK")


def ids(decision):
    return [reason.id for reason in decision.reasons]


REMIND = '[[step]]\naction = "remind"\nafter_days = {}\nannounces_collection = true\n'

HALVES = (((4, 10), 500_00), ((5, 12), 500_00))
"""Thursday 10 April, then three bank days: the 15th. Monday 12 May: the 15th."""


@pytest.mark.parametrize(
    ("today", "open_", "held"),
    [(date(2025, 4, 15), 1000_00, True), (date(2025, 4, 16), 1000_00, False), (date(2025, 4, 16), 501_00, False), (date(2025, 4, 16), 500_99, True), (date(2025, 4, 16), 500_00, True),
     (date(2025, 5, 15), 500_00, True), (date(2025, 5, 16), 500_00, False)],
)  # fmt: skip
def test_plan_holds_while_it_is_met(bench, today, open_, held):
    decision = bench.decide(bench.facts(holds=(bench.plan(*HALVES),), open=sek(open_)), today)
    assert (decision.stage == Stage.HELD, decision.action == Action.REMIND) == (held, not held)
    assert ("plan_missed" in ids(decision)) != held


def test_missed_instalment_is_named(bench):
    decision = bench.decide(bench.facts(holds=(bench.plan(*HALVES),), open=sek(700_00)), date(2025, 4, 16))
    assert dict(decision.reasons[-1].params) == {"amount": "500.00 SEK", "due_on": "2025-04-10"}


def test_plan_is_looked_at_after_each_instalment(bench):
    facts = bench.facts(holds=(bench.plan(*HALVES),))
    for today in (date(2025, 4, 10), date(2025, 4, 15)):
        assert bench.decide(facts, today).next_on == date(2025, 4, 16)
    paid = replace(facts, invoice=replace(facts.invoice, open=sek(500_00)))
    assert bench.decide(paid, date(2025, 4, 16)).next_on == date(2025, 5, 16)


def test_late_instalment_takes_the_plan_back(bench):
    facts = bench.facts(holds=(bench.plan(*HALVES),), open=sek(500_00))
    assert bench.decide(facts, date(2025, 4, 25)).stage == Stage.HELD


@pytest.mark.parametrize(("posted", "acts"), [(date(2025, 4, 14), False), (date(2025, 4, 15), True)])
def test_missed_instalment_wants_fresh_books(bench, posted, acts):
    decision = bench.decide(bench.facts(holds=(bench.plan(*HALVES),), postings_until=posted), date(2025, 4, 16))
    assert (decision.action is not None) == acts


@pytest.mark.parametrize("written_on", [None, date(2025, 4, 10), date(2025, 4, 22)])
def test_handover_after_a_missed_instalment_asks_unless_a_letter_went_since(bench, written_on):
    """The plan's letter says that the debtor hears from the creditor before all of it is demanded."""
    plan = bench.plan(((4, 10), 500_00), ((4, 25), 500_00))
    facts = bench.reminded(holds=(plan,))
    if written_on:
        facts = replace(
            facts, sent=(*facts.sent, Sent(Action.REMIND, "confirmed", written_on, date(2025, 4, 25), announces_collection=True))
        )
    steps = "".join(REMIND.format(days) for days in (7, 9)[: len(facts.sent)]) + '[[step]]\naction = "handover"\nafter_previous_days = 0\n'
    own = load_policy(f'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n{steps}', "x")
    found = bench.decide(facts, date(2025, 5, 20), own)
    heard = written_on == date(2025, 4, 22)
    assert (found.action, found.mode) == (Action.HANDOVER, Mode.AUTO if heard else Mode.ASK), found
    assert ("plan_missed_unheard" in ids(found)) != heard
    if not heard:
        assert bench.decide(replace(facts, approved=frozenset({found.digest})), date(2025, 5, 20), own).mode == Mode.AUTO


def test_paid_plan_says_nothing(bench):
    decision = bench.decide(bench.facts(holds=(bench.plan(*HALVES),), open=sek(0)), date(2025, 6, 1))
    assert (decision.stage, "plan_missed" in ids(decision)) == (Stage.CLOSED, False)


@pytest.mark.parametrize(
    ("open_", "paid_on", "released_on", "broken"),
    [(1000_00, None, None, True), (1_00, None, None, True), (99, None, None, False), (0, date(2025, 4, 15), None, False), (0, date(2025, 4, 16), None, True), (1000_00, None, date(2025, 4, 10), False),
     (1000_00, None, date(2025, 4, 11), True)],
)  # fmt: skip
def test_promise_is_broken_after_its_bank_days(bench, open_, paid_on, released_on, broken):
    promise = bench.hold(HoldKind.PROMISE, until=date(2025, 4, 10))
    assert was_broken(promise, sek(open_), paid_on, released_on, date(2025, 4, 16), "SE", sek(1_00)) == broken
    assert not was_broken(promise, sek(open_), None, released_on, date(2025, 4, 15), "SE", sek(1_00))


@pytest.mark.parametrize(("open_", "broken"), [(500_99, False), (501_00, True)])
def test_plan_is_broken_by_an_instalment(bench, open_, broken):
    assert was_broken(bench.plan(*HALVES), sek(open_), None, None, date(2025, 4, 16), "SE", sek(1_00)) == broken


def test_insolvency_stops_for_good(bench):
    decision = bench.decide(bench.reminded(holds=(bench.hold(HoldKind.INSOLVENCY, from_on=date(2025, 4, 20)),)), bench.handover_on)
    assert (decision.stage, ids(decision), decision.next_on) == (Stage.HELD, ["held_insolvency"], None)


@pytest.mark.parametrize(("minor", "asks"), [(0, None), (1, sek(999_99)), (999_00, sek(1_00)), (999_01, None), (1000_00, None)])
def test_dispute_of_a_part_lets_the_rest_go_on(bench, minor, asks):
    """A dispute of nothing, as of everything and of all but a small amount, is one of the whole."""
    low = load_policy(load_template("se-standard").replace('minimum = "50.00"', 'minimum = "0.00"'), "x")
    decision = bench.decide(bench.facts(holds=(bench.hold(HoldKind.DISPUTE, amount=sek(minor)),)), bench.remind_on, low)
    assert (decision.asks, decision.stage) == (asks, Stage.REMIND if asks else Stage.HELD)


@pytest.mark.parametrize(("until", "acts"), [(date(2025, 4, 6), False), (date(2025, 4, 7), True)])
def test_dispute_that_has_run_out_wants_fresh_books(bench, until, acts):
    """The bank is posted until the 5th of April; a dispute that ended on the 6th may have brought money that day."""
    dispute = bench.hold(HoldKind.DISPUTE, until=until, amount=sek(100_00))
    decision = bench.decide(bench.facts(holds=(dispute,), postings_until=date(2025, 4, 5)), bench.remind_on)
    assert (decision.action == Action.REMIND) == acts


def test_dispute_tells_its_documents(bench):
    dispute = replace(bench.hold(HoldKind.DISPUTE), asked="delivery note")
    assert ids(bench.decide(bench.facts(holds=(dispute,)), bench.remind_on)) == ["held_dispute", "dispute_documents"]
    part = replace(dispute, amount=sek(100_00), given="photo")
    assert "dispute_documents" in ids(bench.decide(bench.facts(holds=(part,)), bench.remind_on))
    assert "dispute_documents" not in ids(bench.decide(bench.facts(holds=(bench.hold(HoldKind.DISPUTE),)), bench.remind_on))


@pytest.mark.parametrize(("minor", "stops"), [(0, False), (99, False), (1_00, True), (500_00, True)])
def test_open_credit_comes_first(bench, minor, stops):
    """Below the policy's small amount it stops nothing."""
    for facts, today in ((bench.facts(), bench.remind_on), (bench.reminded(), bench.handover_on)):
        books = DebtorBooks(1, sek(1000_00), sek(minor))
        assert bench.decide(replace(facts, debtor_books=books), today).blocked == stops


@pytest.mark.parametrize(("before", "open_", "paid_on", "broken"), [
    (1000_00, 600_00, None, False), (1000_00, 0, date(2025, 8, 1), False), (1000_00, 700_00, None, True),
    (400_00, 0, date(2025, 8, 1), True), (400_00, 0, date(2025, 4, 15), False),
])  # fmt: skip
def test_plan_for_a_part_promises_that_part(bench, before, open_, paid_on, broken):
    """400 kronor until Thursday 10 April: of an invoice with more open, what comes later was never promised."""
    plan = bench.plan(((4, 10), 400_00), before=before)
    assert was_broken(plan, sek(open_), paid_on, None, date(2025, 9, 1), "SE", sek(1_00)) == broken


@pytest.mark.parametrize(("released_on", "broken"), [(date(2025, 4, 15), False), (date(2025, 4, 16), True)])
def test_plan_that_another_replaces_is_broken_by_what_it_had_missed(bench, released_on, broken):
    assert was_broken(bench.plan(*HALVES), sek(1000_00), None, released_on, date(2025, 9, 1), "SE", sek(1_00)) == broken
