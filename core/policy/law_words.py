"""The law's sentences in other languages than the tables' English."""

from __future__ import annotations

from core.policy.facts import Reason
from core.policy.values import value_in
from core.words import ENGLISH, known_language, words_of

__all__ = ["law_sentence"]


def law_sentence(reason: Reason, language: str) -> str:
    """Return the sentence of the legal rule a reason rests on; in English, as it was given, where the language has none.

    What a country says in its own words stands under the rule's id, what all countries share without the country in front.
    """
    facts = dict(reason.params)
    if known_language(language) == ENGLISH:
        return facts["says"]
    words = words_of("law", language)
    sentence = words["law"].get(reason.rule) or words["law"].get(reason.rule.partition(".")[2])
    if sentence is None:
        return facts["says"]
    shown = {name: words["values"].get(value) or value_in(value, language) for name, value in facts.items()}
    try:
        return sentence.format_map(shown)
    except KeyError:  # the reason was stored when the rule's sentence had other gaps
        return facts["says"]
