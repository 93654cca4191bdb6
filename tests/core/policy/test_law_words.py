"""The law's sentences: every Swedish rule in Swedish, with the gaps of the English one; any other rule in English."""

import re

import pytest

from core.law import load_law
from core.policy import explain, render_reason
from core.policy.facts import Reason
from core.policy.law_words import LAW_WORDS

RULES = load_law().rules


def gaps(text):
    return sorted(re.findall(r"{(\w+)}", text))


def test_every_swedish_rule_has_its_sentence():
    assert {rule for rule in RULES if rule.startswith("SE.")} <= set(LAW_WORDS["sv"])


@pytest.mark.parametrize("language", LAW_WORDS)
def test_sentences_belong_to_rules(language):
    words = LAW_WORDS[language]
    assert {name: gaps(text) for name, text in words.items()} == {name: gaps(RULES[name].text) for name in words}


def test_explanation_is_swedish_to_the_law(bench):
    told = " ".join(explain(bench.decide(bench.facts(), bench.remind_on), "sv"))
    assert "är ingen inkassoåtgärd. [inkassolag (1974:182) 1\u00a0§]" in told
    assert RULES["SE.sequence.reminder"].text not in told


def test_gaps_are_filled_in_the_same_language():
    rule = load_law().rule("SE.fee.once", kind="plan")
    reason = Reason("law", (("says", rule.sentence), *rule.params), rule=rule.id)
    assert render_reason(reason, "sv") == "Avgiften för avbetalningsplan tas ut en gång per krav och har redan tagits ut."
    assert render_reason(reason, "da") == render_reason(reason, "en") == rule.sentence


def test_amounts_in_gaps_are_written_in_the_same_language():
    rule = load_law().rule("SE.compensation.possible", amount="1450.00 SEK")
    reason = Reason("law", (("says", rule.sentence), *rule.params), rule=rule.id)
    assert "på 1\u00a0450,00\u00a0kr kan krävas" in render_reason(reason, "sv")
    assert "1450.00 SEK" in render_reason(reason, "en")


def test_rule_without_a_translation_stands_in_english():
    reason = Reason("law", (("says", "A notice comes first."),), rule="XX.sequence.notice", statute="law 1 §")
    assert render_reason(reason, "sv") == "A notice comes first. [law 1\u00a0§]"
