"""The policy document: a mistake is told with its line, its key and what to do."""

import re
from datetime import time
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from core.claim import Phase
from core.errors import ConfigError
from core.model import DebtorKind
from core.money import Money
from core.policy import load_policy, load_template, parse_override, template_names
from core.policy.document import Cover, Limits, Policy, Range, Sending, Step, When
from core.policy.facts import Action, Mode, Reason
from core.policy.reading import _Document, _Override
from core.policy.reasons import render_reason
from core.words import LANGUAGES, words_of

GOOD = load_template("se-standard")


def test_templates_are_valid():
    assert {"se-cautious", "se-standard", "dk-business-firm", "no-consumer-cautious", "fi-consumer-firm"} <= set(template_names())
    for name in template_names():
        assert load_policy(load_template(name), name).name == name


def test_standard_is_reminder_then_agency():
    steps = load_policy(GOOD, "p").steps
    assert [(step.action, step.mode) for step in steps] == [(Action.REMIND, Mode.AUTO), (Action.HANDOVER, Mode.AUTO)]
    assert steps[0].after_days == 7
    assert steps[0].pay_within_days == 10
    assert steps[0].announces_collection


def test_cautious_asks_everything():
    assert {step.mode for step in load_policy(load_template("se-cautious"), "p").steps} == {Mode.ASK}


WHOLE = """name = "whole"
country = "NO"
currency = "NOK"
small_amount = "2.50"
one_letter_per = "invoice"
open_credits = "net"
[handover]
allow_legal = true
end_stage = "enforcement"
one_claim_per = "invoice"
fees_left = "go_on"
agency_sends_notice = true
[insurance]
insured = false
limit = "900.00"
[limits]
letters = 3
handovers = 2
amount = "77.00"
[sending]
weekdays = ["tue", "sun"]
from = "07:30"
to = "20:15"
bank_days_only = true
[[step]]
action = "notice"
mode = "ask"
after_days = 9
pay_within_days = 21
channel = "print"
minimum = "12.00"
fee = "statutory"
announces_collection = true
[step.when]
amount = {min = "1.00", max = "2.00"}
days_overdue = {min = 0}
debtor_kinds = ["public", "consumer"]
unpaid_invoices = {max = 4}
mean_days_late = {min = 5, max = 6}
broken_promises = {min = 7, max = 7}
insured = true
within_cover = false
labels_any = ["A", "B"]
labels_none = ["C"]
if_unknown = "yes"
[[step]]
action = "handover"
after_previous_days = 0
cooling_off_days = 4
[[step]]
action = "propose_write_off"
after_days = 400
"""


def nok(text):
    return Money.parse(text, "NOK")


def test_every_key_is_read():
    when = When(
        Range(nok("1.00"), nok("2.00")), Range(0, None), (DebtorKind.PUBLIC, DebtorKind.CONSUMER), Range(None, 4), Range(5, 6), Range(7, 7),
        insured=True, within_cover=False, labels_any=("A", "B"), labels_none=("C",), if_unknown="yes",
    )  # fmt: skip
    steps = (
        Step(1, Action.NOTICE, Mode.ASK, 9, None, 21, "print", nok("12.00"), statutory_fee=True, announces_collection=True, line=25, when=when),
        Step(2, Action.HANDOVER, Mode.AUTO, None, 0, 10, "email", nok("0.00"), statutory_fee=False, announces_collection=False, line=46, cooling_off_days=4),
        Step(3, Action.PROPOSE_WRITE_OFF, Mode.AUTO, 400, None, 10, "email", nok("0.00"), statutory_fee=False, announces_collection=False, line=50),
    )  # fmt: skip
    assert load_policy(WHOLE, "p") == Policy(
        "whole", "NO", "NOK", steps, bundle_by_debtor=False, allow_legal=True, end_stage=Phase.ENFORCEMENT, small_amount=nok("2.50"),
        limits=Limits(3, 2, nok("77.00")), one_letter_per="invoice", fees_left="go_on", agency_sends_notice=True, cover=Cover(insured=False, limit=nok("900.00")),
        sending=Sending((1, 6), time(7, 30), time(20, 15), bank_days_only=True), open_credits="net",
    )  # fmt: skip


def test_what_is_not_said_has_its_default():
    text = 'name = "x"\ncountry = "NO"\ncurrency = "NOK"\n[sending]\n[insurance]\ninsured = true\n[[step]]\naction = "remind"\nafter_days = 0\n'
    step = Step(1, Action.REMIND, Mode.AUTO, 0, None, 10, "email", nok("0.00"), statutory_fee=False, announces_collection=False, line=7)
    assert load_policy(text, "p") == Policy(
        "x", "NO", "NOK", (step,), bundle_by_debtor=True, allow_legal=False, end_stage=Phase.PRE_LEGAL_NOTICE, small_amount=nok("1.00"),
        limits=Limits(200, 50, nok("500000.00")), cover=Cover(insured=True), sending=Sending((0, 1, 2, 3, 4, 5, 6), time(0), time(23, 59), bank_days_only=False),
    )  # fmt: skip
    bare = load_policy(text.replace("[sending]\n[insurance]\ninsured = true\n", ""), "p")
    assert (bare.sending, bare.cover, bare.one_letter_per, bare.fees_left, bare.agency_sends_notice) == (
        None,
        None,
        "debtor",
        "waive",
        False,
    )


@pytest.mark.parametrize("after", ["remind", "notice", "demand", "handover", "report_to_insurer"])
def test_only_a_write_off_follows_a_handover(after):
    assert load_policy(WHOLE, "p").steps[-1].action == Action.PROPOSE_WRITE_OFF
    with pytest.raises(ConfigError, match=r"^p:50: step 3: nothing of ours follows"):
        load_policy(WHOLE.replace("propose_write_off", after), "p")


def test_steps_that_count_from_a_letter_keep_the_order_of_the_others():
    text = GOOD + '[[step]]\naction = "propose_write_off"\nafter_days = {}\n'
    assert load_policy(text.format(8), "p").steps[-1].after_days == 8
    with pytest.raises(ConfigError, match="order of their days"):
        load_policy(text.format(7), "p")


def test_swedish_demand_has_its_limits_and_others_theirs():
    text = 'name = "x"\ncountry = "{}"\ncurrency = "{}"\n[[step]]\naction = "demand"\nafter_days = 20\n{}'
    assert load_policy(text.format("SE", "SEK", 'mode = "ask"\npay_within_days = 8\n'), "p").steps[0].pay_within_days == 8
    assert load_policy(text.format("SE", "SEK", 'mode = "off"\n'), "p").steps[0].mode == Mode.OFF
    assert load_policy(text.format("NO", "NOK", 'mode = "auto"\npay_within_days = 1\n'), "p").steps[0].mode == Mode.AUTO
    remind = text.format("SE", "SEK", "pay_within_days = 1\n").replace("demand", "remind")
    assert load_policy(remind, "p").steps[0].pay_within_days == 1


MISTAKES = [
    ("pay_within_days = 10", "pay_in = 10", 16, "pay_in"),
    ("pay_within_days = 10", "pay_within_days = 0", 16, "pay_within_days"),
    ("pay_within_days = 10", 'pay_within_days = "soon"', 16, "pay_within_days"),
    ('mode = "auto"\nafter_days', 'mode = "maybe"\nafter_days', 14, "mode"),
    ('action = "remind"', 'action = "shout"', 13, "action"),
    ("after_days = 7", "after_days = -1", 15, "after_days"),
    ("after_days = 7", "after_previous_days = 7", 15, "none before it"),
    ("after_days = 7\n", "", 12, "counts from"),
    ("after_previous_days = 0", "after_previous_days = 0\nafter_days = 3", 22, "counts from"),
    ("after_previous_days = 0", "after_days = 3", 25, "order"),
    ('minimum = "300.00"', 'minimum = "300.005"', 26, "minimum"),
    ('minimum = "300.00"', 'minimum = "-1.00"', 26, "negative"),
    ('minimum = "300.00"', 'minimum = "lots"', 26, "minimum"),
    ('currency = "SEK"', 'currency = "XYZ"', 4, "XYZ"),
    ('country = "SE"', 'country = "FR"', 3, "FR"),
    ('name = "se-standard"\n', "", 1, "name"),
    ('end_stage = "enforcement"', 'end_stage = "prison"', 9, "end_stage"),
    ("[handover]", "[handover", 7, "no TOML"),
    ('fee = "statutory"', 'fee = "1e2"', 18, "fee"),
    ("allow_legal = true", "allow_legal = perhaps", 8, "no TOML"),
]


@pytest.mark.parametrize(("old", "new", "line", "word"), MISTAKES)
def test_mistake_names_line_and_key(old, new, line, word):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load_policy(GOOD.replace(old, new, 1), "policy.toml")
    assert caught.value.where == f"policy.toml:{line}"
    assert word in str(caught.value)
    assert caught.value.todo


def test_demand_is_released_by_the_creditor():
    text = GOOD.replace('action = "remind"', 'action = "demand"')
    with pytest.raises(ConfigError, match="inkassolag 2 §"):
        load_policy(text, "p")


def test_override_refuses_unknown_keys():
    assert parse_override('minimum = "500.00"').minimum == "500.00"
    with pytest.raises(ConfigError, match="steps"):
        parse_override("steps = 3")


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_read_as_sentences(language):
    for id_, text in words_of("decision", "en")["reasons"].items():
        names = re.findall(r"\{(\w+)\}", text)
        told = render_reason(Reason(id_, tuple((name, "x") for name in names)), language)
        assert "{" not in told


def _keys(model):
    for name, field in model.model_fields.items():
        yield field.alias or name
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type) and issubclass(one, BaseModel)]
        for one in inner:
            yield from _keys(one)


@pytest.mark.parametrize("key", sorted({*_keys(_Document), *_keys(_Override)}))
def test_key_is_documented(key):
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`", Path("docs/policy.md").read_text(encoding="utf-8"))
