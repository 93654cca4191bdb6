"""Each condition of a step: it applies, it is passed over, and it stops where nobody knows."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.errors import ConfigError
from core.model import DebtorKind
from core.money import Money
from core.policy import explain, load_policy, parse_override, with_override
from core.policy.facts import Action, DebtorBooks, History, HoldKind, Mode, Stage

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
STEPS = """[[step]]
action = "remind"
after_days = 7
[step.when]
{when}
[[step]]
action = "handover"
after_days = 40
"""


def sek(minor):
    return Money(minor, "SEK")


def policy(when):
    return load_policy(HEAD + STEPS.format(when=when), "x")


def ids(decision):
    return [reason.id for reason in decision.reasons]


def reminds(bench, when, today=None, **facts):
    return bench.decide(bench.facts(**facts), today or bench.remind_on, policy(when)).action == Action.REMIND


@pytest.mark.parametrize(
    ("when", "minor", "applies"),
    [('amount = {min = "500.00"}', 499_99, False), ('amount = {min = "500.00"}', 500_00, True), ('amount = {max = "500.00"}', 500_00, True),
     ('amount = {max = "500.00"}', 500_01, False)],
)  # fmt: skip
def test_amount_is_what_is_asked(bench, when, minor, applies):
    part = (bench.hold(HoldKind.DISPUTE, amount=sek(100_00)),)
    assert reminds(bench, when, open=sek(minor)) == applies
    assert reminds(bench, when, open=sek(minor + 100_00), holds=part) == applies


@pytest.mark.parametrize(
    ("when", "days", "applies"),
    [("{min = 10}", 9, False), ("{min = 10}", 10, True), ("{max = 10}", 10, True), ("{max = 10}", 11, False)],
)
def test_age_counts_from_the_due_day(bench, when, days, applies):
    assert reminds(bench, f"days_overdue = {when}", date(2025, 3, 31) + timedelta(days=days)) == applies


@pytest.mark.parametrize(
    ("due_on", "when", "next_on"),
    [(date.max, "{min = 30}", None), (date.max, "{max = 30}", None), (date(2026, 3, 31), "{min = 30}", date(2026, 4, 30)),
     (date(2026, 3, 31), "{max = 30}", date(2026, 4, 7))],
)  # fmt: skip
def test_due_day_that_means_never_is_never_so_old(bench, due_on, when, next_on):
    decision = bench.decide(bench.facts(due_on=due_on), bench.remind_on, policy(f"days_overdue = {when}"))
    assert (decision.stage, decision.action, decision.next_on) == (Stage.NOT_DUE, None, next_on)


@pytest.mark.parametrize("kind", list(DebtorKind))
def test_debtor_kind_chooses(bench, kind):
    listed = kind in (DebtorKind.BUSINESS, DebtorKind.SOLE_TRADER)
    assert reminds(bench, 'debtor_kinds = ["business", "sole_trader"]', kind_of_debtor=kind) == listed


@pytest.mark.parametrize(("count", "applies"), [(1, False), (2, True), (3, True), (4, False)])
def test_unpaid_invoices_are_counted(bench, count, applies):
    assert reminds(bench, "unpaid_invoices = {min = 2, max = 3}", debtor_books=DebtorBooks(count, sek(0))) == applies


@pytest.mark.parametrize(("days", "applies"), [(29, False), (30, True), (31, True)])
def test_mean_days_late_is_exact(bench, days, applies):
    """Three paid invoices: 30 days late together are ten each."""
    assert reminds(bench, "mean_days_late = {min = 10}", history=History(3, days, 0)) == applies


@pytest.mark.parametrize(("broken", "applies"), [(0, False), (1, True)])
def test_broken_promises_are_counted(bench, broken, applies):
    assert reminds(bench, "broken_promises = {min = 1}", history=History(0, 0, broken)) == applies


@pytest.mark.parametrize(
    ("override", "insured", "within"),
    [("insured = true", True, True), ("insured = false", False, False), ('insured_limit = "1000.00"', True, True),
     ('insured_limit = "999.99"', True, False)],
)  # fmt: skip
def test_cover_is_told_by_override(bench, override, insured, within):
    facts = bench.facts(debtor_books=DebtorBooks(1, sek(1000_00)))
    for when, applies in (("insured = true", insured), ("within_cover = true", within)):
        own = with_override(policy(when), parse_override(override), None)
        assert (bench.decide(facts, bench.remind_on, own).action == Action.REMIND) == applies


def test_limit_of_nothing_covers_nothing(bench):
    own = with_override(policy("within_cover = false"), parse_override('insured_limit = "0.00"'), None)
    assert bench.decide(bench.facts(debtor_books=DebtorBooks(1, sek(1000_00))), bench.remind_on, own).action == Action.REMIND


def test_cover_of_the_tenant_and_the_invoice(bench):
    all_ = load_policy(HEAD + "[insurance]\ninsured = true\n" + STEPS.format(when="insured = true"), "x")
    assert bench.decide(bench.facts(), bench.remind_on, all_).action == Action.REMIND
    own = with_override(all_, parse_override("insured = true"), parse_override("insured = false"))
    assert bench.decide(bench.facts(), bench.remind_on, own).action is None


@pytest.mark.parametrize(
    ("when", "labels", "applies"),
    [('labels_any = ["Inkasso"]', ("Inkasso", "B"), True), ('labels_any = ["Inkasso"]', ("B",), False), ('labels_any = ["Inkasso"]', (), False),
     ('labels_none = ["Vänta"]', ("Vänta",), False), ('labels_none = ["Vänta"]', ("B",), True), ('labels_none = ["Vänta"]', (), True)],
)  # fmt: skip
def test_labels_choose(bench, when, labels, applies):
    assert reminds(bench, when, labels=labels) == applies


UNKNOWN = [
    'debtor_kinds = ["business"]', "unpaid_invoices = {min = 0}", "mean_days_late = {min = 0}", "broken_promises = {min = 0}",
    "insured = false", "within_cover = false", 'labels_none = ["x"]',
]  # fmt: skip


@pytest.mark.parametrize("when", UNKNOWN)
@pytest.mark.parametrize(("worth", "acts", "blocked"), [("stop", False, True), ("no", False, False), ("yes", True, False)])
def test_unknown_is_never_guessed(bench, when, worth, acts, blocked):
    facts = replace(bench.facts(), debtor=None)
    decision = bench.decide(facts, bench.remind_on, policy(f'{when}\nif_unknown = "{worth}"'))
    assert (decision.action is not None, decision.blocked) == (acts, blocked)
    assert ("condition_unknown" in ids(decision)) != acts


def test_unknown_stops_on_the_day_alone(bench):
    decision = bench.decide(bench.facts(), date(2025, 4, 6), policy("insured = true"))
    assert (decision.blocked, decision.next_on) == (False, bench.remind_on)


def test_debtor_without_past_is_unknown(bench):
    decision = bench.decide(bench.facts(history=History(0, 0, 0)), bench.remind_on, policy("mean_days_late = {max = 5}"))
    assert ids(decision)[-1] == "condition_unknown"


def test_passed_step_gives_way_to_the_next(bench):
    decision = bench.decide(bench.facts(), date(2025, 5, 20), policy('amount = {min = "5000.00"}'))
    assert decision.action == Action.HANDOVER
    assert "Step 1 does not apply: what is asked for is 1000.00 SEK, and it is for ≥ 5000.00 SEK. [policy line 4]" in explain(
        decision, "en"
    )


def test_step_that_applies_is_not_passed(bench):
    decision = bench.decide(bench.facts(), date(2025, 5, 20), policy('amount = {max = "5000.00"}'))
    assert (decision.action, "step_passed_over" in ids(decision)) == (Action.REMIND, False)


def test_young_step_says_when_it_wakes(bench):
    decision = bench.decide(bench.facts(), bench.remind_on, policy("days_overdue = {min = 20}"))
    assert (decision.stage, decision.next_action, decision.next_on) == (Stage.WAITING, Action.REMIND, date(2025, 4, 20))
    never = bench.decide(bench.facts(), bench.remind_on, policy('days_overdue = {min = 20}\ndebtor_kinds = ["consumer"]'))
    assert (never.next_action, never.next_on) == (Action.HANDOVER, date(2025, 5, 10))


YOUNG = """[[step]]
action = "remind"
after_days = 7
[step.when]
days_overdue = {{min = {remind}}}
[[step]]
action = "notice"
after_days = 8
[step.when]
days_overdue = {{min = {notice}}}
[[step]]
action = "handover"
after_days = {handover}
"""


@pytest.mark.parametrize(
    ("remind", "notice", "handover", "comes"),
    [(30, 20, 90, (Action.NOTICE, 20)), (20, 30, 90, (Action.REMIND, 20)), (20, 20, 90, (Action.REMIND, 20)), (30, 20, 19, (Action.HANDOVER, 19)),
     (21, 22, 20, (Action.HANDOVER, 20)), (22, 20, 20, (Action.NOTICE, 20)), (20, 22, 20, (Action.REMIND, 20))],
)  # fmt: skip
def test_what_comes_next_is_what_will_be_done(bench, remind, notice, handover, comes):
    """Of steps that come on one day the first in the document does."""
    own = load_policy(HEAD + YOUNG.format(remind=remind, notice=notice, handover=handover), "x")
    action, days = comes
    on = date(2025, 3, 31) + timedelta(days=days)
    for today in (date(2025, 3, 20), date(2025, 4, 9)):
        decision = bench.decide(bench.facts(), today, own)
        assert (decision.action, decision.next_action, decision.next_on) == (None, action, on)
    assert bench.decide(bench.facts(), on, own).action == action


@pytest.mark.parametrize(("least", "comes"), [("1000.00", (Action.HANDOVER, date(2025, 5, 10))), ("1000.01", (None, None))])
def test_letter_tells_the_next_step_only_if_it_applies(bench, least, comes):
    own = load_policy(f'{HEAD}{STEPS.format(when="")}[step.when]\namount = {{min = "{least}"}}\n', "x")
    decision = bench.decide(bench.facts(), bench.remind_on, own)
    assert (decision.action, decision.next_action, decision.next_on) == (Action.REMIND, *comes)


def test_handover_after_a_passed_letter_waits(bench):
    text = HEAD + STEPS.format(when='debtor_kinds = ["consumer"]').replace("after_days = 40", "after_previous_days = 0")
    decision = bench.decide(bench.facts(), date(2025, 5, 20), load_policy(text, "x"))
    assert (decision.blocked, ids(decision)[0]) == (True, "step_uncounted")


@pytest.mark.parametrize(
    ("when", "word"),
    [("amount = {}", "no end"), ("unpaid_invoices = {min = 3, max = 2}", "never so"), ('amount = {min = "-1.00"}', "negative"),
     ('amount = {least = "1.00"}', "least"), ('debtor_kinds = ["bank"]', "sole_trader"), ("insured = 1", "insured"),
     ("days_overdue = {min = -1}", "min"), ('labels_any = [""]', "says nothing"), ('labels_none = [" "]', "says nothing")],
)  # fmt: skip
def test_wrong_condition_is_refused(when, word):
    with pytest.raises(ConfigError, match=rf"^p:8.*({word})"):
        load_policy(HEAD + STEPS.format(when=when), "p")


def test_override_leaves_conditions_alone():
    own = with_override(policy("insured = true"), parse_override('mode = "ask"'), None)
    assert (own.steps[0].when.insured, own.steps[0].mode) == (True, Mode.ASK)
