"""Every reason used has its words, and every word its use."""

import ast
import re
from pathlib import Path

import pytest

from core import policy
from core.claim import CloseReason, Lifecycle, Phase
from core.policy import explain, explain_json, reasons, render_state
from core.policy.facts import Action, HoldKind, Stage
from core.policy.reasons import REASONS
from core.states import IntentState

SOURCES = [path.read_text(encoding="utf-8") for path in sorted(Path(policy.__file__).parent.glob("*.py"))]


def used_ids():
    found = set()
    for node in (node for source in SOURCES for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Reason", "Reason.of") and isinstance(node.args[0], ast.Constant):
            found.add(node.args[0].value)
    return found | {f"held_{kind}" for kind in HoldKind}


def test_each_id_used_has_words():
    assert used_ids() <= set(REASONS)


def test_each_word_is_used():
    assert {name for name in REASONS if not name.startswith("leave_")} <= used_ids()


@pytest.mark.parametrize("name", list(REASONS))
def test_languages_fill_the_same_gaps(name):
    gaps = [sorted(re.findall(r"{(\w+)}", text)) for text in REASONS[name]]
    assert gaps[0] == gaps[1]


@pytest.mark.parametrize("states", [Lifecycle, Phase, CloseReason, Stage, Action, HoldKind, IntentState])
def test_every_state_has_a_swedish_word(states):
    assert {state for state in states if state not in reasons._SWEDISH} == set()
    assert not any("_" in render_state(state, language) for state in states for language in ("en", "sv"))


def test_explanation_names_line_and_statute(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    text = " ".join(explain(decision, "en"))
    assert "policy line 12" in text
    assert "inkassolag (1974:182) 1 §" in text


def test_json_names_rule_and_facts(bench):
    told = explain_json(bench.decide(bench.facts(), bench.remind_on))
    assert [reason["rule"] for reason in told["reasons"] if reason["rule"]] == ["SE.sequence.reminder"]
    assert {"days": "7", "due_on": "2025-03-31"} in [reason["facts"] for reason in told["reasons"]]
