"""A decision names the day on which it can next change by itself: until then, and for ever where it names none, a quiet invoice stays quiet."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from core.law import load_law
from core.model import DebtorKind
from core.money import Money
from core.policy import load_policy, load_template, stage
from core.policy.document import ALWAYS, Cover, Range, Sending, When
from core.policy.facts import Action, DebtorBooks, History, Hold, HoldKind, Instalment, Mode, Sent, Stage
from tests.core.policy.conftest import Bench

LAW = load_law()
BENCH = Bench()
POLICIES = [load_policy(load_template(name), name) for name in ("se-standard", "se-cautious", "dk-business-firm", "no-consumer-firm")]
FIRST = date(2025, 3, 1)
LAST = date(2026, 6, 30)
days = st.integers(0, (LAST - FIRST).days).map(lambda ahead: FIRST + timedelta(days=ahead))
maybe_day = st.none() | days
minors = st.sampled_from([10_00, 400_00, 600_00, 1000_00])
ranges = st.none() | st.sampled_from([(None, 20), (10, None), (15, 45), (60, None)]).map(lambda ends: Range(*ends))


def money(policy, minor):
    return Money(minor, policy.currency)


def conditions(currency):
    least = st.none() | minors.map(lambda minor: Range(Money(minor, currency), None))
    return st.just(ALWAYS) | st.builds(
        When, least, ranges, st.sampled_from([(), (DebtorKind.BUSINESS,)]), st.none() | st.just(Range(2, None)), ranges, insured=st.none() | st.booleans(),
        if_unknown=st.sampled_from(["stop", "no", "yes"]),
    )  # fmt: skip


@st.composite
def policies(draw):
    policy = draw(st.sampled_from(POLICIES))
    modes = st.sampled_from([Mode.AUTO, Mode.ASK, Mode.OFF])
    steps = [
        replace(
            step, when=draw(conditions(policy.currency)), mode=draw(modes), minimum=money(policy, draw(minors)),
            cooling_off_days=draw(st.sampled_from([0, 5])) if step.action == Action.HANDOVER else 0,
        )
        for step in policy.steps
    ]  # fmt: skip
    sending = draw(st.none() | st.just(Sending((0, 2), time(9), time(15), bank_days_only=True)))
    nets = draw(st.sampled_from(["stop", "net"]))
    return replace(policy, steps=tuple(steps), sending=sending, cover=draw(st.sampled_from([None, Cover(insured=True)])), open_credits=nets)


@st.composite
def hold(draw, policy):
    kind, from_on, until = draw(st.sampled_from(HoldKind)), draw(days), draw(maybe_day)
    found = Hold(
        "",
        kind,
        "invoice",
        "why",
        from_on,
        until,
        draw(st.none() | minors.map(lambda minor: money(policy, minor))),
    )
    if kind != HoldKind.PLAN or not draw(st.booleans()):
        return found
    parts = tuple(Instalment(day, money(policy, 400_00)) for day in sorted(draw(st.lists(days, min_size=1, max_size=3))))
    return replace(found, instalments=parts, until=parts[-1].due_on, open_before=money(policy, 1000_00))


@st.composite
def cases(draw):
    policy = draw(policies())
    letters = st.builds(Sent, st.sampled_from([Action.REMIND, Action.NOTICE]), st.just("confirmed"), days, days, st.booleans())
    facts = BENCH.facts(
        open=money(policy, draw(minors)), total=money(policy, 1000_00), due_on=draw(days), sent=tuple(draw(st.lists(letters, max_size=2))),
        holds=tuple(replace(one, id=str(at)) for at, one in enumerate(draw(st.lists(hold(policy), max_size=3)))), postings_until=draw(maybe_day), agency=draw(st.sampled_from(["", "feed"])),
        mandate_missing=draw(st.sampled_from([(), (), ("contract",)])), kind_of_debtor=draw(st.sampled_from(DebtorKind)),
        address=replace(BENCH.facts().debtor.address, country=policy.country), announced_on=draw(maybe_day), at=draw(st.none() | st.just(time(8))),
        debtor_books=draw(st.sampled_from([None, DebtorBooks(2, money(policy, 1)), DebtorBooks(1, money(policy, 1), money(policy, 100_00)),
                                            DebtorBooks(1, money(policy, 1), money(policy, 600_00), money(policy, 500_00))])),
        history=draw(st.sampled_from([None, History(3, 36, 0)])), live_from=FIRST,
    )  # fmt: skip
    return policy, facts, draw(days)


def seen(decision):
    """What a decision says to do; that an invoice becomes overdue is no step of anybody's."""
    where = Stage.WAITING if decision.stage == Stage.NOT_DUE else decision.stage
    return where, decision.action, decision.announce, decision.blocked


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(cases(), st.lists(st.integers(1, 900), min_size=4, max_size=4))
def test_quiet_invoice_stays_quiet_until_its_day(case, ahead):
    policy, facts, today = case
    note(f"{policy}\n{facts}\n{today}")
    decision = stage(facts, policy, LAW, today)
    if decision.action is not None or decision.announce:
        return  # it acts today, and what it does is another fact tomorrow
    later_today = any(reason.id == "not_sending_now" for reason in decision.reasons)  # the hour is what stops it
    assert decision.next_on is None or decision.next_on > today or (decision.next_on == today and later_today)
    end = decision.next_on or date.max
    edges = {day + timedelta(days=more) for one in facts.holds for day in (one.from_on, one.until) if day for more in (0, 1, 4, 6)}
    edges |= {end - timedelta(days=1), *(today + timedelta(days=days) for days in ahead), facts.invoice.due_on + timedelta(days=46)}
    for day in sorted(day for day in edges if today < day < end and day.year < 9000):
        assert seen(stage(facts, policy, LAW, day)) == seen(decision), day
