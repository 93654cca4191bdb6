"""What holds for any facts: a decision is total and repeatable, and stops only ever stop."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.claim import Lifecycle
from core.law import load_law
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import explain, explain_json, load_policy, load_template, stage
from core.policy.facts import Action, ClaimFacts, Facts, Hold, HoldKind, Sent, Stage

LAW = load_law()
POLICIES = [load_policy(load_template(name), name) for name in ("se-standard", "se-cautious")]
ORDER = list(Stage)
days = st.dates(date(2014, 1, 1), date(2034, 12, 31))
maybe_day = st.none() | days
amounts = st.integers(-100_000, 10_000_000).map(lambda minor: Money(minor, "SEK"))
letters = st.builds(Sent, st.sampled_from(Action), st.sampled_from(["open", "confirmed"]), maybe_day, maybe_day, st.booleans())
holds = st.builds(
    Hold, st.just("h"), st.sampled_from(HoldKind), st.just("invoice"), st.text(max_size=5), days, maybe_day, st.none() | amounts
)
claims = st.builds(ClaimFacts, st.just("c"), st.just("feed"), st.sampled_from(Lifecycle), st.none(), st.sampled_from(["", "corrected"]))
debtors = st.builds(
    Debtor, st.just("7"), st.just("A"), st.sampled_from(DebtorKind), st.sampled_from(["", "5560000001"]),
    st.sampled_from(["", "SE", "DK"]).map(lambda country: Address(country=country)), active=st.booleans(),
)  # fmt: skip
invoices = st.builds(
    Invoice, st.just("1"), st.just("1"), st.sampled_from(InvoiceKind), st.just("7"), st.just("A"), st.just(Money(100_000_00, "SEK")), amounts,
    days, days, leave_alone=st.sampled_from([(), ("unsent",)]), vendor_reminders=st.none() | st.integers(0, 3), vendor_reminded_on=maybe_day,
)  # fmt: skip
any_facts = st.builds(
    Facts, invoices, st.none() | debtors, st.lists(letters, max_size=3).map(tuple), st.lists(holds, max_size=2).map(tuple), st.none() | claims,
    maybe_day, st.sampled_from([(), ("contract",)]), st.integers(0, 3), st.booleans(), agency=st.sampled_from(["", "feed"]),
    reminder_fee_agreed=st.booleans(), live_from=maybe_day,
)  # fmt: skip
policies = st.sampled_from(POLICIES)
many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(any_facts, policies, days)
def test_decision_is_total_and_repeatable(facts, policy, today):
    decision = stage(facts, policy, LAW, today)
    assert decision == stage(facts, policy, LAW, today)
    assert decision.reasons
    assert not (decision.action and decision.blocked)
    for language in ("en", "sv"):
        assert all(explain(decision, language))
    assert explain_json(decision)["stage"] == decision.stage


@many
@given(any_facts, policies, days)
def test_whole_hold_never_lets_act(facts, policy, today):
    held = replace(facts, holds=(*facts.holds, Hold("x", HoldKind.HOLD, "debtor", "stop", today)))
    assert stage(held, policy, LAW, today).action is None


@many
@given(any_facts, policies, days)
def test_payment_never_lets_act(facts, policy, today):
    paid = replace(facts, invoice=replace(facts.invoice, open=Money(0, "SEK")))
    decision = stage(paid, policy, LAW, today)
    assert (decision.stage, decision.action) == (Stage.CLOSED, None)


@many
@given(any_facts, policies, days, st.integers(1, 400))
def test_stage_never_gets_milder_with_time(facts, policy, today, later):
    facts = replace(facts, holds=())
    now, then = stage(facts, policy, LAW, today), stage(facts, policy, LAW, today + timedelta(days=later))
    assert ORDER.index(then.stage) <= ORDER.index(now.stage)


@many
@given(any_facts, policies, days)
def test_more_gates_never_let_act(facts, policy, today):
    if stage(facts, policy, LAW, today).action is None:
        for worse in ({"postings_until": None}, {"booking_open": True}, {"mandate_missing": ("contract",)}, {"agency": ""}):
            assert stage(replace(facts, **worse), policy, LAW, today).action is None
