"""Every reason used has its words, and every word its use."""

import ast
from pathlib import Path

import pytest

from core import policy
from core.claim import CloseReason, Lifecycle, Phase
from core.money import Money
from core.policy import explain, explain_json, render_reason, render_state, value_in
from core.policy.facts import Action, HoldKind, Reason, Stage
from core.policy.remedies import INFORMS, remedies
from core.states import IntentState
from core.words import LANGUAGES, words_of

REASONS, REMEDIES = (words_of("decision", "en")[table] for table in ("reasons", "remedies"))

SOURCES = [path.read_text(encoding="utf-8") for path in sorted(Path(policy.__file__).parent.glob("*.py"))]


def used_ids():
    found = set()
    for node in (node for source in SOURCES for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Reason", "Reason.of") and isinstance(node.args[0], ast.Constant):
            found.add(node.args[0].value)
    return found | {f"held_{kind}" for kind in HoldKind}


@pytest.mark.reads_code
def test_each_id_used_has_words():
    assert used_ids() <= set(REASONS)


@pytest.mark.reads_code
def test_each_word_is_used():
    assert {name for name in REASONS if not name.startswith("leave_")} <= used_ids()


def marks_of_connectors():
    """Every id that a connector of ours gives as a reason to leave an invoice alone, as its source writes them."""
    found = set()
    for tree in (ast.parse(path.read_text(encoding="utf-8")) for path in (Path(policy.__file__).parents[2] / "connectors").rglob("*.py")):
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name="_reasons" | "_detail_reasons" | "_leave_alone"):
                    found |= {key.value for one in ast.walk(node) if isinstance(one, ast.Dict) for key in one.keys}
                case ast.AnnAssign(target=ast.Name(id="KIND_REASONS" | "TERMS"), value=ast.Dict(values=values)):
                    found |= {value.value for value in values}
                case ast.Tuple(elts=[ast.Starred(value=ast.Attribute(attr="leave_alone")), ast.Constant(value=mark)]):
                    found.add(mark)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="reasons"), attr="append"), args=[ast.Constant(value=mark)]):
                    found.add(mark)
    return found


@pytest.mark.reads_code
def test_each_mark_of_a_connector_has_words():
    marks = marks_of_connectors()
    assert {"unknown_type", "cash_invoice", "financed", "pledged", "credited", "unbooked", "autogiro_or_card"} <= marks
    assert {f"leave_{mark}" for mark in marks} <= set(REASONS) & set(REMEDIES)


def test_each_reason_informs_or_says_what_would_have_to_change():
    """Of marks that a connector knows and we have no sentence for, the words of `leave_other` are told."""
    assert set(REASONS) == set(REMEDIES) | set(INFORMS)
    assert set(REMEDIES).isdisjoint(INFORMS)


def test_stopped_invoice_says_what_would_have_to_change(bench):
    decision = bench.decide(bench.facts(postings_until=None, open=Money(40_00, "SEK")), bench.remind_on)
    told = [line for line in explain(decision, "en") if line.startswith("What would have to change: ")]
    assert told == [f"What would have to change: {REMEDIES[id_]}" for id_ in ("books_never_posted", "below_minimum")]
    assert f"Vad som behöver ändras: {words_of('decision', 'sv')['remedies']['below_minimum']}" in explain(decision, "sv")
    assert [reason["change"] for reason in explain_json(decision)["reasons"]][-1] == REMEDIES["below_minimum"]


def test_step_that_goes_asks_for_nothing(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert (decision.action, remedies(decision, "en")) == (Action.REMIND, [])


def test_unknown_mark_of_the_books_is_changed_there(bench):
    assert remedies(bench.decide(bench.facts(leave_alone=("disputed_by_them",)), bench.remind_on), "en") == [
        f"What would have to change: {REMEDIES['leave_other']}"
    ]


@pytest.mark.parametrize("states", [Lifecycle, Phase, CloseReason, Stage, Action, HoldKind, IntentState])
def test_every_state_has_a_word(states):
    assert {state for state in states if state not in words_of("decision", "en")["states"]} == set()
    assert not any("_" in render_state(state, language) for state in states for language in LANGUAGES)


def test_every_action_is_told():
    assert set(Action) == set(words_of("decision", "en")["actions"])


def test_amounts_are_written_as_the_language_does():
    reason = Reason("small_rest", (("open", "12.00 SEK"), ("limit", "1250.00 SEK")))
    assert render_reason(reason, "en") == "Only 12.00 SEK is open; less than 1250.00 SEK is never chased."
    assert render_reason(reason, "sv") == "Bara 12,00\u00a0kr är obetalt; mindre än 1\u00a0250,00\u00a0kr drivs aldrig in."
    assert render_reason(reason, "da") == "Kun 12,00\u00a0SEK er ubetalt; mindre end 1.250,00\u00a0SEK inddrives aldrig."
    assert render_reason(reason, "xx") == render_reason(reason, "en")


@pytest.mark.parametrize("section", ["5, 6 §§", "4 a §", "§ 9"])
def test_no_line_ends_in_a_section(section):
    told = render_reason(Reason("law", (("says", "A notice comes first."),), statute=f"lag (1974:182) {section}"), "en")
    assert told == "A notice comes first. [lag (1974:182) " + section.replace(" ", "\u00a0") + "]"


@pytest.mark.parametrize(
    ("text", "told"), [("-5.00 SEK", "-5,00\u00a0kr"), ("5 JPY", "5\u00a0JPY"), ("5.00 kr", "5.00 kr"), ("of 5.00 SEK", "of 5.00 SEK")]
)
def test_only_amounts_are_rewritten(text, told):
    assert value_in(text, "sv") == told


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "2025-04-08"), ("xx", "2025-04-08"), ("sv", "2025-04-08"), ("da", "08.04.2025"), ("nb", "08.04.2025"), ("fi", "8.4.2025")],
)
def test_days_are_written_as_the_language_does(language, told):
    assert value_in("2025-04-08", language) == told
    assert value_in("2025-14-08", language) == "2025-14-08"
    assert value_in("2025-04-08, or so", language) == "2025-04-08, or so"


def test_claim_without_a_phase_has_none():
    at = (("agency", "Nord"), ("claim", "c1"), ("lifecycle", "queued"))
    assert "(claim c1, queued);" in render_reason(Reason("with_agency", (*at, ("phase", "-"))), "en")
    assert "(krav c1, på väg, utmätning);" in render_reason(Reason("with_agency", (*at, ("phase", "enforcement"))), "sv")


def test_explanation_names_line_and_statute(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    text = " ".join(explain(decision, "en"))
    assert "policy line 12" in text
    assert "inkassolag (1974:182) 1\u00a0§" in text
    assert "it had to reach 2025-04-03: 3 bank days after the last day to pay, which moves on" in text


def test_json_names_rule_and_facts(bench):
    told = explain_json(bench.decide(bench.facts(), bench.remind_on))
    assert [reason["rule"] for reason in told["reasons"] if reason["rule"]] == ["SE.sequence.reminder"]
    assert {"days": "7", "due_on": "2025-03-31"} in [reason["facts"] for reason in told["reasons"]]
