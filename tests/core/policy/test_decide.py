"""The decision: each stop beside its "does not stop when", and the days on both sides of every border."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claim import Lifecycle
from core.law import load_law
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import approval_digest, load_policy, load_template, parse_override, stage, with_override
from core.policy.facts import Action, ClaimFacts, Facts, Hold, HoldKind, Mode, Sent, Stage

DUE = date(2025, 5, 5)
FRESH = date(2026, 1, 1)
LAW = load_law()
POLICY = load_policy(load_template("se-standard"), "se-standard")
CAUTIOUS = load_policy(load_template("se-cautious"), "se-cautious")
SENT = Sent(Action.REMIND, "confirmed", date(2025, 5, 12), date(2025, 5, 22), announces_collection=True)


def sek(minor):
    return Money(minor, "SEK")


def invoice(**changes):
    plain = Invoice("17", "17", InvoiceKind.INVOICE, "3", "Kund AB", sek(1250_00), sek(1250_00), date(2025, 4, 5), DUE)
    return replace(plain, **changes)


def debtor(**changes):
    return replace(Debtor("3", "Kund AB", DebtorKind.BUSINESS, "5560360793", Address("Gatan 1", "", "11122", "Stockholm", "SE")), **changes)


def facts(**changes):
    return replace(Facts(invoice(), debtor(), postings_until=FRESH, agency="nord", live_from=date(2025, 1, 1)), **changes)


def decide(today, policy=POLICY, **changes):
    return stage(facts(**changes), policy, LAW, today)


def ids(decision):
    return {reason.id for reason in decision.reasons}


@pytest.mark.parametrize(("days", "acts"), [(-1, False), (0, False), (1, False), (6, False), (7, True), (8, True), (400, True)])
def test_reminds_from_its_day(days, acts):
    decision = decide(DUE + timedelta(days=days))
    assert (decision.action == Action.REMIND) is acts
    if acts:
        assert decision.pay_by >= DUE + timedelta(days=days + 10)


@pytest.mark.parametrize(("today", "acts"), [(date(2025, 5, 27), False), (date(2025, 5, 28), True)])
def test_hands_over_when_letter_ran_out(today, acts):
    """Thursday the 22nd, and three bank days for payments of that day to be booked: from Wednesday the 28th."""
    decision = decide(today, sent=(SENT,))
    assert (decision.action == Action.HANDOVER) is acts


def test_never_hands_over_without_a_letter():
    assert decide(date(2026, 12, 1)).action == Action.REMIND


def test_waiting_counts_from_the_last_send():
    late = replace(SENT, sent_on=date(2025, 6, 1), pay_by=date(2025, 6, 11))
    assert decide(date(2025, 5, 28), sent=(SENT, late)).action is None


@pytest.mark.parametrize(("postings", "acts"), [(None, False), (date(2025, 5, 7), False), (date(2025, 5, 8), True)])
def test_needs_fresh_books(postings, acts):
    decision = decide(DUE + timedelta(days=20), postings_until=postings)
    assert (decision.action is not None) is acts
    assert (not {"books_not_fresh", "books_never_posted"}.isdisjoint(ids(decision))) is not acts


@pytest.mark.parametrize(("minor", "acts"), [(49_99, False), (50_00, True)])
def test_minimum_is_a_border(minor, acts):
    decision = decide(DUE + timedelta(days=20), invoice=invoice(open=sek(minor)))
    assert (decision.action is not None) is acts


@pytest.mark.parametrize(("minor", "stage_"), [(0, Stage.CLOSED), (-1, Stage.CLOSED), (99, Stage.CLOSED), (1_00, Stage.REMIND)])
def test_small_rest_is_never_chased(minor, stage_):
    assert decide(DUE + timedelta(days=20), invoice=invoice(open=sek(minor))).stage == stage_


@pytest.mark.parametrize(
    "why", ["unbooked", "unsent", "cancelled", "credit", "interest_invoice", "cash_invoice", "financed", "pledged", "autogiro_or_card"]
)
def test_leaves_alone(why):
    decision = decide(DUE + timedelta(days=20), invoice=invoice(leave_alone=(why,)))
    assert decision.stage == Stage.LEFT_ALONE
    assert ids(decision) == {f"leave_{why}"}


@pytest.mark.parametrize("kind", list(HoldKind))
def test_hold_stops_every_step(kind):
    hold = Hold("h", kind, "invoice", "we talk", date(2025, 5, 1))
    decision = decide(DUE + timedelta(days=20), holds=(hold,))
    assert decision.stage == Stage.HELD
    assert decision.action is None


@pytest.mark.parametrize(("until", "held"), [(date(2025, 5, 24), False), (date(2025, 5, 25), True), (None, True)])
def test_hold_ends_after_its_last_day(until, held):
    hold = Hold("h", HoldKind.HOLD, "debtor", "we talk", date(2025, 5, 1), until)
    assert (decide(date(2025, 5, 25), holds=(hold,)).stage == Stage.HELD) is held


@pytest.mark.parametrize(("count", "acts"), [(None, True), (0, True), (1, False)])
def test_vendors_own_reminders_stop(count, acts):
    assert (decide(DUE + timedelta(days=20), invoice=invoice(vendor_reminders=count)).action is not None) is acts


def test_known_vendor_reminders_do_not_stop():
    assert decide(DUE + timedelta(days=20), invoice=invoice(vendor_reminders=2), vendor_reminders_known=2).action == Action.REMIND


@pytest.mark.parametrize(("restored_on", "mode"), [(DUE + timedelta(days=6), Mode.AUTO), (DUE + timedelta(days=7), Mode.ASK)])
def test_asks_what_was_due_before_a_restore(restored_on, mode):
    decision = decide(DUE + timedelta(days=20), restored_on=restored_on)
    assert (decision.action, decision.mode) == (Action.REMIND, mode)
    approved = decide(DUE + timedelta(days=20), restored_on=restored_on, approved=frozenset({decision.digest}))
    assert approved.mode == Mode.AUTO


HANDOVER_STOPS = [
    ({"mandate_missing": ("contract",)}, "no_mandate"),
    ({"agency": ""}, "no_agency"),
    ({"debtor": debtor(kind=DebtorKind.PUBLIC)}, "public_debtor"),
    ({"debtor": debtor(identity_no="")}, "no_identity"),
]


@pytest.mark.parametrize(("changes", "reason"), HANDOVER_STOPS)
def test_handover_gates_stop_handover_alone(changes, reason):
    stopped = decide(date(2025, 6, 20), sent=(SENT,), **changes)
    assert stopped.action is None
    assert reason in ids(stopped)
    assert decide(DUE + timedelta(days=20), **changes).action == Action.REMIND


def test_foreign_debtor_is_left_to_a_person():
    abroad = debtor(address=Address("Vej 1", "", "1000", "København", "DK"))
    assert "leave_foreign" in ids(decide(DUE + timedelta(days=20), debtor=abroad))


@pytest.mark.parametrize("lifecycle", [Lifecycle.QUEUED, Lifecycle.SUBMITTED, Lifecycle.ACTIVE, Lifecycle.PAUSED, Lifecycle.CLOSING])
def test_handed_over_is_left_to_the_agency(lifecycle):
    decision = decide(date(2026, 6, 1), sent=(SENT,), claim=ClaimFacts("c" * 32, "nord", lifecycle))
    assert decision.stage == Stage.HANDED_OVER


def test_ended_claim_waits_for_a_reason():
    ended = ClaimFacts("c" * 32, "nord", Lifecycle.REJECTED)
    assert decide(date(2025, 6, 20), sent=(SENT,), claim=ended).stage == Stage.HELD
    reopened = replace(ended, reopen_reason="address corrected")
    assert decide(date(2025, 6, 20), sent=(SENT,), claim=reopened).action == Action.HANDOVER


def test_dropped_draft_frees_the_invoice():
    dropped = ClaimFacts("c" * 32, "nord", Lifecycle.WITHDRAWN, submitted=False)
    assert decide(date(2025, 6, 20), sent=(SENT,), claim=dropped).action == Action.HANDOVER


@pytest.mark.parametrize("changes", [{"booking_open": True}, {"sent": (replace(SENT, state="open"),)}])
def test_nothing_starts_while_something_is_open(changes):
    assert decide(date(2025, 6, 20), **changes).action is None


def test_cautious_policy_asks_until_approved():
    day = DUE + timedelta(days=20)
    asked = decide(day, CAUTIOUS)
    assert (asked.action, asked.mode) == (Action.REMIND, Mode.ASK)
    yes = frozenset({approval_digest(Action.REMIND, ("17",), sek(1250_00), "nord", "0 letters, no claim")})
    assert decide(day, CAUTIOUS, approved=yes).mode == Mode.AUTO
    assert decide(day, CAUTIOUS, approved=yes, invoice=invoice(open=sek(1000_00))).mode == Mode.ASK


@pytest.mark.parametrize(("agreed", "fee"), [(False, 0), (True, 60_00)])
def test_fee_needs_its_agreement(agreed, fee):
    assert decide(DUE + timedelta(days=20), reminder_fee_agreed=agreed).fee == sek(fee)


def test_override_of_invoice_beats_debtor():
    day = DUE + timedelta(days=20)
    off = with_override(POLICY, parse_override('mode = "off"'), None)
    assert decide(day, off).action is None
    ask = with_override(POLICY, parse_override('mode = "off"'), parse_override('mode = "ask"'))
    assert decide(day, ask).mode == Mode.ASK


def test_extra_days_move_the_step():
    later = with_override(POLICY, parse_override("extra_days = 5"), None)
    assert decide(DUE + timedelta(days=11), later).action is None
    assert decide(DUE + timedelta(days=12), later).action == Action.REMIND


def test_every_act_names_line_and_statute():
    for decision in (decide(DUE + timedelta(days=20)), decide(date(2025, 6, 20), sent=(SENT,))):
        assert any(reason.policy_line for reason in decision.reasons)
        (law,) = [reason for reason in decision.reasons if reason.rule]
        assert law.rule in LAW.rules
        assert "inkassolag" in law.statute


ANY_FACTS = st.builds(
    facts,
    invoice=st.builds(invoice, open=st.integers(-500_00, 5000_00).map(sek), leave_alone=st.sampled_from([(), ("unsent",)])),
    debtor=st.sampled_from([None, debtor(), debtor(kind=DebtorKind.CONSUMER), debtor(identity_no="")]),
    sent=st.lists(st.sampled_from([SENT, replace(SENT, state="open"), replace(SENT, sent_on=None, pay_by=None)]), max_size=3).map(tuple),
    postings_until=st.none() | st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    booking_open=st.booleans(),
    claim=st.none() | st.sampled_from(list(Lifecycle)).map(lambda lifecycle: ClaimFacts("c" * 32, "nord", lifecycle)),
)
DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))


@given(ANY_FACTS, DAYS)
def test_decision_is_total_and_repeatable(any_facts, today):
    assert stage(any_facts, POLICY, LAW, today) == stage(any_facts, POLICY, LAW, today)


@given(ANY_FACTS, DAYS, st.sampled_from(list(HoldKind)))
def test_hold_never_gives_an_action(any_facts, today, kind):
    held = replace(any_facts, holds=(Hold("h", kind, "invoice", "why", date(2024, 1, 1)),))
    assert stage(held, POLICY, LAW, today).action is None


@given(ANY_FACTS, DAYS)
def test_paying_never_gives_an_action(any_facts, today):
    paid = replace(any_facts, invoice=replace(any_facts.invoice, open=sek(0)))
    assert stage(paid, POLICY, LAW, today).action is None
