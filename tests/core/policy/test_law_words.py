"""The law's sentences: every country's rules in every language, with the gaps of the English ones."""

import re
import tomllib
from pathlib import Path

import pytest

from core.law import load_law, tables
from core.policy import explain, render_reason
from core.policy.facts import Reason
from core.words import ENGLISH, LANGUAGES, words_of

RULES = load_law().rules


COMMON = tomllib.loads((Path(tables.__file__).with_name("data") / "common.toml").read_text(encoding="utf-8"))["sentences"]
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def gaps(text):
    return sorted(re.findall(r"{(\w+)}", text))


def own(rule):
    """Whether a country says a rule in its own words."""
    return COMMON.get(rule.partition(".")[2]) != RULES[rule].text


@pytest.mark.parametrize("language", OTHERS)
def test_every_rule_of_every_country_has_its_sentence(language):
    """So that nothing falls back to English; what a country says in its own words has words of its own, with the same gaps."""
    words = words_of("law", language)["law"]
    wanted = COMMON | {rule: RULES[rule].text for rule in RULES if own(rule)}
    assert {name: gaps(text) for name, text in words.items()} == {name: gaps(text) for name, text in wanted.items()}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("rule", RULES)
def test_rule_is_told_in_the_language(language, rule):
    reason = Reason("law", (("says", RULES[rule].text), *((name, "7") for name in gaps(RULES[rule].text))), rule=rule)
    told = render_reason(reason, language)
    assert told != RULES[rule].text and "{" not in told


def test_explanation_is_swedish_to_the_law(bench):
    told = " ".join(explain(bench.decide(bench.facts(), bench.remind_on), "sv"))
    assert "är ingen inkassoåtgärd. [inkassolag (1974:182) 1\u00a0§]" in told
    assert RULES["SE.sequence.reminder"].text not in told


def test_gaps_are_filled_in_the_same_language():
    rule = load_law().rule("SE.fee.once", kind="plan")
    reason = Reason("law", (("says", rule.sentence), *rule.params), rule=rule.id)
    assert render_reason(reason, "sv") == "Avgiften för avbetalningsplan tas ut en gång per krav och har redan tagits ut."
    assert render_reason(reason, "nb") == "Gebyret for nedbetalingsplan kreves én gang per krav og er allerede krevd."
    assert render_reason(reason, "en") == rule.sentence


def test_amounts_in_gaps_are_written_in_the_same_language():
    rule = load_law().rule("SE.compensation.possible", amount="1450.00 SEK")
    reason = Reason("law", (("says", rule.sentence), *rule.params), rule=rule.id)
    assert "på 1\u00a0450,00\u00a0kr kan krävas" in render_reason(reason, "sv")
    assert "1450.00 SEK" in render_reason(reason, "en")


def test_rule_without_a_translation_stands_in_english():
    reason = Reason("law", (("says", "A notice comes first."),), rule="XX.sequence.a_new_rule", statute="law 1 §")
    assert render_reason(reason, "sv") == "A notice comes first. [law 1\u00a0§]"


def test_rule_that_was_stored_with_other_gaps_stands_as_it_was():
    reason = Reason("law", (("says", "The notice gives 5 days."), ("days", "5")), rule="SE.sequence.notice")
    assert render_reason(reason, "sv") == render_reason(reason, "en") == "The notice gives 5 days."
