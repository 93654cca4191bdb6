"""What is told of a condition that does not hold: what it is about, what is so, and what is wanted."""

from datetime import date

import pytest

from core.model import DebtorKind
from core.money import Money
from core.policy import as_mapping, load_policy, looks_at_debtor, parse_override, with_override
from core.policy.facts import DebtorBooks, History

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\nminimum = "10.00"\n'


def sek(minor):
    return Money(minor, "SEK")


def policy(when, head=HEAD):
    return load_policy(f"{head}{REMIND}[step.when]\n{when}\n", "x")


def told(bench, when, own=None, today=None, **facts):
    """What the one passed-over or stopping condition says."""
    decision = bench.decide(bench.facts(**facts), today or bench.remind_on, own or policy(when))
    (reason,) = [one for one in decision.reasons if one.id in ("step_passed_over", "condition_unknown")]
    return {"id": reason.id, "line": reason.policy_line, **dict(reason.params)}


PASSED = [
    ('amount = {min = "2000.00", max = "3000.00"}', {}, ("amount", "1000.00 SEK", "2000.00 SEK - 3000.00 SEK")),
    ('amount = {max = "999.99"}', {}, ("amount", "1000.00 SEK", "≤ 999.99 SEK")),
    ("days_overdue = {max = 3}", {}, ("days_overdue", "7", "≤ 3")),
    ("days_overdue = {min = 8}", {}, ("days_overdue", "7", "≥ 8")),
    ('debtor_kinds = ["consumer", "public"]', {}, ("debtor_kind", "business", "consumer, public")),
    ("unpaid_invoices = {min = 2}", {"debtor_books": DebtorBooks(1, sek(0))}, ("unpaid_invoices", "1", "≥ 2")),
    ("mean_days_late = {min = 10}", {"history": History(3, 25, 0)}, ("mean_days_late", "8.3", "≥ 10")),
    ("mean_days_late = {min = 10}", {"history": History(2, 10, 0)}, ("mean_days_late", "5", "≥ 10")),
    ("broken_promises = {min = 3}", {"history": History(0, 0, 2)}, ("broken_promises", "2", "≥ 3")),
    ('labels_any = ["Inkasso", "Juridik"]', {"labels": ("B", "C")}, ("labels", "B, C", "Inkasso / Juridik")),
    ('labels_any = ["Inkasso"]', {"labels": ()}, ("labels", "-", "Inkasso")),
    ('labels_none = ["Vänta", "VIP"]', {"labels": ("VIP",)}, ("labels", "VIP", "≠ Vänta / VIP")),
]


@pytest.mark.parametrize(("when", "facts", "says"), PASSED)
def test_passed_step_says_what_is_so(bench, when, facts, says):
    assert told(bench, when, **facts) == {
        "id": "step_passed_over",
        "line": 4,
        "step": "1",
        **dict(zip(("what", "has", "wants"), says, strict=True)),
    }


@pytest.mark.parametrize(
    ("when", "override", "says"),
    [("insured = true", "insured = false", ("insured", "no", "yes")), ("insured = false", "insured = true", ("insured", "yes", "no")),
     ("within_cover = true", 'insured_limit = "999.99"', ("within_cover", "no", "yes")), ("within_cover = false", "insured = true", ("within_cover", "yes", "no"))],
)  # fmt: skip
def test_passed_step_says_how_the_debtor_is_insured(bench, when, override, says):
    own = with_override(policy(when), parse_override(override), None)
    found = told(bench, when, own, debtor_books=DebtorBooks(1, sek(1000_00)))
    assert (found["id"], found["what"], found["has"], found["wants"]) == ("step_passed_over", *says)


UNKNOWN = [
    ('debtor_kinds = ["business", "public"]', {"debtor": None}, ("debtor_kind", "business, public")),
    ("unpaid_invoices = {min = 2}", {}, ("unpaid_invoices", "≥ 2")),
    ("mean_days_late = {max = 5}", {}, ("mean_days_late", "≤ 5")),
    ("mean_days_late = {max = 5}", {"history": History(0, 0, 0)}, ("mean_days_late", "≤ 5")),
    ("broken_promises = {max = 0}", {}, ("broken_promises", "≤ 0")),
    ("insured = true", {}, ("insured", "yes")),
    ("within_cover = false", {}, ("within_cover", "no")),
    ('labels_any = ["A", "B"]', {}, ("labels", "A / B")),
    ('labels_none = ["A", "B"]', {}, ("labels", "≠ A / B")),
]


@pytest.mark.parametrize(("when", "facts", "says"), UNKNOWN)
def test_unknown_says_what_is_asked(bench, when, facts, says):
    assert told(bench, when, **facts) == {"id": "condition_unknown", "line": 4, "step": "1", "what": says[0], "wants": says[1]}


def test_uninsured_debtor_is_not_within_a_cover(bench):
    own = with_override(policy("within_cover = false"), parse_override("insured = false"), None)
    assert bench.decide(bench.facts(), bench.remind_on, own).action is not None


def test_limit_says_nothing_of_a_debtor_whose_invoices_nobody_added_up(bench):
    own = with_override(policy("within_cover = true"), parse_override('insured_limit = "5000.00"'), None)
    assert told(bench, "", own)["id"] == "condition_unknown"
    other = bench.facts(debtor_books=DebtorBooks(1, Money(1000_00, "EUR")))
    assert bench.decide(other, bench.remind_on, own).blocked


def test_two_conditions_are_both_told(bench):
    decision = bench.decide(bench.facts(), bench.remind_on, policy('amount = {min = "2000.00"}\ndays_overdue = {min = 30}'))
    passed = [dict(reason.params)["what"] for reason in decision.reasons if reason.id == "step_passed_over"]
    assert (passed, decision.next_on) == (["amount", "days_overdue"], None)


@pytest.mark.parametrize(("days", "wakes"), [(6, None), (8, date(2025, 4, 8))])
def test_step_wakes_by_its_least_age_alone(bench, days, wakes):
    """It is seven days overdue: what is too old stays passed over, what is too young wakes."""
    when = "days_overdue = {max = 6}" if days == 6 else "days_overdue = {min = 8, max = 90}"
    decision = bench.decide(bench.facts(), bench.remind_on, policy(when))
    assert (decision.action, decision.next_on) == (None, wakes)


@pytest.mark.parametrize(
    ("when", "looks"),
    [("unpaid_invoices = {min = 2}", True), ("mean_days_late = {min = 2}", True), ("broken_promises = {min = 2}", True), ("within_cover = true", True),
     ("within_cover = false", True), ("insured = true", False), ('amount = {min = "2.00"}', False), ('labels_any = ["A"]', False)],
)  # fmt: skip
def test_only_questions_about_the_debtor_look_at_it(when, looks):
    assert looks_at_debtor(policy(when)) == looks
    assert not looks_at_debtor(load_policy(HEAD + REMIND, "x"))


CONDITIONS = """amount = {min = "5.00"}
days_overdue = {max = 90}
debtor_kinds = ["business", "public"]
unpaid_invoices = {min = 1, max = 2}
insured = false
labels_any = ["A"]
if_unknown = "no"
"""


def test_listing_tells_a_policy_as_plain_values():
    first, second = as_mapping(
        load_policy(HEAD + REMIND + '[[step]]\naction = "handover"\nmode = "ask"\nafter_previous_days = 3\nchannel = "print"\n', "x")
    )["steps"]
    assert first == {
        "line": 4, "action": "remind", "mode": "auto", "after_days": 7, "after_previous_days": None, "channel": "email", "minimum": "10.00",
        "pay_within_days": 10, "when": {},
    }  # fmt: skip
    assert (second["mode"], second["after_days"], second["after_previous_days"], second["channel"]) == ("ask", None, 3, "print")


def test_listing_tells_conditions_as_plain_values():
    found = as_mapping(policy(CONDITIONS))
    assert (found["name"], found["country"], found["currency"], len(found["steps"])) == ("x", "SE", "SEK", 1)
    assert found["steps"][0]["when"] == {
        "amount": "≥ 5.00 SEK", "days_overdue": "≤ 90", "debtor_kinds": [str(DebtorKind.BUSINESS), str(DebtorKind.PUBLIC)], "unpaid_invoices": "1 - 2",
        "insured": False, "labels_any": ["A"], "if_unknown": "no",
    }  # fmt: skip
