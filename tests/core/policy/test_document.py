"""The policy document: a mistake is told with its line, its key and what to do."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from core.errors import ConfigError
from core.policy import load_policy, load_template, parse_override, template_names
from core.policy.facts import Action, Mode, Reason
from core.policy.reading import _Document, _Override
from core.policy.reasons import REASONS, render_reason

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


@pytest.mark.parametrize("language", ["en", "sv"])
def test_reasons_read_as_sentences(language):
    for id_, texts in REASONS.items():
        names = set(re.findall(r"\{(\w+)\}", texts[0]))
        assert names == set(re.findall(r"\{(\w+)\}", texts[1])), id_
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
