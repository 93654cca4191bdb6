"""The replay: what goes, when, together with what; what does not go when it was paid; and that it is cheap and the same each time."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import pytest

from core.backtest import Assumptions
from core.history import PastPayment, in_order
from core.model import DebtorKind
from core.money import Money
from core.policy import parse_override, stage, with_override
from core.policy.document import Range
from core.policy.facts import Action

REMINDED = ("2024-05-13", "remind")
HANDED_OVER = ("2024-05-29", "handover")
"""Ten days to pay until Thursday the 23rd, three bank days more, and the day after."""


def test_never_paid_is_reminded_and_handed_over(bench):
    assert bench.events(bench.past()) == [REMINDED, HANDED_OVER]


@pytest.mark.parametrize(
    ("paid_after", "events"),
    [(-3, []), (6, []), (7, [REMINDED]), (21, [REMINDED]), (22, [REMINDED]), (23, [REMINDED, HANDED_OVER])],
)
def test_payment_stops_what_comes_after_its_posting(bench, paid_after, events):
    """A payment of the day before is posted; one of the day itself is not."""
    assert bench.events(bench.past(paid_after=paid_after)) == events


def test_late_posting_waits_with_the_letter(bench):
    assert bench.events(bench.past(), assumptions=Assumptions(posting_days=7))[0] == ("2024-05-17", "remind")


def test_part_payment_lowers_what_is_asked(bench):
    past = bench.past(payments=(PastPayment(bench.due, Money(400_00, "SEK")),))
    assert [event.asks for event in bench.replay(past).events] == [Money(600_00, "SEK")] * 2


def test_one_letter_per_debtor_with_one_fee(bench):
    done = bench.replay(bench.past("1"), bench.past("2"), bench.past("3", debtor_ref="8"), fee_since=date.min)
    letters = [event for event in done.events if event.action == Action.REMIND]
    assert [(len(event.invoices), event.fee) for event in letters] == [(2, Money(60_00, "SEK")), (1, Money(60_00, "SEK"))]


def test_no_fee_without_agreement(bench):
    assert not any(event.fee for event in bench.replay(bench.past()).events)


def test_one_claim_each_where_the_policy_says(bench):
    alone = replace(bench.policy, bundle_by_debtor=False)
    claims = [
        [event for event in bench.replay(bench.past("1"), bench.past("2"), policy=policy).events if event.action == Action.HANDOVER]
        for policy in (bench.policy, alone)
    ]
    assert [len(found) for found in claims] == [1, 2]


def test_question_counts_as_a_yes(bench):
    done = bench.replay(bench.past(), policy=bench.cautious)
    assert [(event.action, event.asked) for event in done.events] == [(Action.REMIND, True), (Action.HANDOVER, True)]
    assert not any(event.asked for event in bench.replay(bench.past()).events)


@pytest.mark.parametrize("asks", [True, False])
def test_override_may_ask_or_not(bench, asks):
    policy, said = (bench.policy, 'mode = "ask"') if asks else (bench.cautious, 'mode = "auto"')
    own = with_override(policy, parse_override(said), None)
    done = bench.replay(
        bench.past("1"), bench.past("2", debtor_ref="8"), policy=policy, policy_of=lambda past: own if past.source_ref == "1" else policy
    )
    assert {(event.invoices, event.asked) for event in done.events} == {((0,), asks), ((1,), not asks)}


@pytest.mark.parametrize(
    ("changes", "goes"),
    [({}, True), ({"debtor_kind": DebtorKind.PUBLIC}, False), ({"leave_alone": ("pledged",)}, False), ({"country": "DK"}, False)],
)
def test_policy_and_gates_hold(bench, changes, goes):
    assert (HANDED_OVER in bench.events(bench.past(**changes))) is goes


def test_override_is_heard(bench):
    longer = with_override(bench.policy, parse_override("extra_days = 10"), None)
    assert bench.events(bench.past(), policy_of=lambda past: longer)[0] == ("2024-05-23", "remind")


def test_only_the_period_counts(bench):
    early, late = bench.past("1", due_on=date(2024, 3, 29)), bench.past("2", due_on=date(2025, 4, 1))
    assert bench.replay(early, late).history == ()
    assert bench.events(bench.past(due_on=date(2025, 3, 24))) == [("2025-03-31", "remind")]


def test_other_currency_is_left_out(bench):
    done = bench.replay(bench.past(total=Money(100_00, "EUR")))
    assert (done.left_out, done.history) == (1, ())


def test_order_of_the_history_is_no_matter(bench):
    history = [bench.past(str(number), paid_after=number, debtor_ref=str(number % 3)) for number in range(40)]
    assert bench.replay(*history) == bench.replay(*reversed(history))


def test_quiet_invoice_costs_two_decisions(bench):
    assert bench.replay(bench.past(paid_after=-3)).decisions == 1
    assert bench.replay(bench.past(paid_after=2)).decisions == 2


def test_agrees_with_deciding_every_day(bench, monkeypatch):
    """What is skipped between two looks would have changed nothing."""
    history = in_order(bench.past(str(number), paid_after=number, debtor_ref=str(number)) for number in range(0, 60, 3))
    sparse = bench.replay(*history).events

    def daily(facts, policy, law, today):
        decision = stage(facts, policy, law, today)
        return decision._replace(next_on=today + timedelta(days=1)) if decision.next_on else decision

    monkeypatch.setattr(import_module("core.backtest.replay"), "stage", daily)
    assert bench.replay(*history).events == sparse


def test_handover_cools_off_before_it_goes(bench):
    handover = replace(bench.policy.steps[1], cooling_off_days=4)
    cooling = replace(bench.policy, steps=(bench.policy.steps[0], handover))
    assert bench.events(bench.past(), policy=cooling) == [REMINDED, ("2024-06-02", "handover")]
    paid = bench.past(paid_after=25)  # 2024-05-31, seen the day after: announced, and gone no more
    assert bench.events(paid, policy=cooling) == [REMINDED]


def test_more_than_the_limit_waits_for_the_next_bank_day(bench):
    few = replace(bench.policy, limits=replace(bench.policy.limits, letters=1))
    friday = {"due_on": bench.due + timedelta(days=4)}  # reminded on Friday 2024-05-17
    done = bench.replay(bench.past("1", **friday), bench.past("2", debtor_ref="8", **friday), policy=few)
    letters = [event for event in done.events if event.action == Action.REMIND]
    assert [(str(event.on), event.asked) for event in letters] == [("2024-05-20", True)] * 2
    alone = bench.replay(bench.past("1", **friday), policy=few)
    assert [(str(event.on), event.asked) for event in alone.events] == [("2024-05-17", False), ("2024-05-31", False)]


def test_customer_numbers_of_one_debtor_get_one_letter(bench):
    same = {"same_debtor": "identity 5560360793"}
    done = bench.replay(bench.past("1", **same), bench.past("2", debtor_ref="8", **same))
    assert [(str(event.action), event.invoices) for event in done.events] == [("remind", (0, 1)), ("handover", (0, 1))]


def test_condition_on_the_debtors_books_is_looked_at_when_they_change(bench):
    when = replace(bench.policy.steps[0].when, unpaid_invoices=Range(2, None))
    second = replace(bench.policy, steps=(replace(bench.policy.steps[0], when=when), *bench.policy.steps[1:]))
    later = bench.past("2", due_on=bench.due + timedelta(days=30))
    letters = [event for event in bench.replay(bench.past("1"), later, policy=second).events if event.action == Action.REMIND]
    assert [(str(event.on), event.invoices) for event in letters] == [("2024-06-06", (0,)), ("2024-06-12", (1,))]
    assert bench.events(bench.past("1"), policy=second) == []


def test_debtor_that_pays_in_time_is_passed_over(bench):
    when = replace(bench.policy.steps[0].when, mean_days_late=Range(5, None))
    late = replace(bench.policy, steps=(replace(bench.policy.steps[0], when=when), *bench.policy.steps[1:]))
    before = {"issued_on": date(2024, 1, 2), "due_on": date(2024, 2, 1)}
    for days, reminded in ((4, []), (5, ["2"])):
        paid = (PastPayment(date(2024, 2, 1) + timedelta(days=days), Money(1000_00, "SEK")),)
        done = bench.replay(bench.past("1", payments=paid, **before), bench.past("2"), policy=late)
        assert [done.history[event.invoices[0]].number for event in done.events if event.action == Action.REMIND] == reminded


def test_open_credit_stops_until_it_is_used(bench):
    more = bench.past("1", payments=(PastPayment(bench.due, Money(1200_00, "SEK")), PastPayment(date(2024, 5, 20), Money(-200_00, "SEK"))))
    assert bench.events(more, bench.past("2"))[0] == ("2024-05-21", "remind")


def test_policy_that_nets_deducts_what_was_overpaid(bench):
    """Oldest first: the invoice the day before takes the credit first, and the later one what it leaves."""
    over = bench.past("0", payments=(PastPayment(bench.due, Money(1300_00, "SEK")),))
    older = bench.past("1", total=Money(200_00, "SEK"), due_on=bench.due - timedelta(days=1))
    found = bench.replay(over, older, bench.past("2"), policy=replace(bench.policy, open_credits="net"))
    assert [(event.action, event.asks) for event in found.events] == [(Action.REMIND, Money(900_00, "SEK"))]
    stopped = bench.replay(over, older, bench.past("2"))
    assert stopped.events == ()
