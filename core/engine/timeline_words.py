"""The sentences of a timeline (`core/words/*/timeline.toml`)."""

from __future__ import annotations

from core.policy import value_in
from core.words import ENGLISH, words_of

__all__ = ["knows", "say"]


def knows(what: str) -> bool:
    """Tell whether there is such a sentence; every language has the same ones."""
    return what in words_of("timeline", ENGLISH)["timeline"]


def say(what: str, language: str, /, **values: str) -> str:
    """Return a sentence with its values, amounts and days as the language writes them."""
    shown = {name: value_in(value, language) for name, value in values.items()}
    return words_of("timeline", language)["timeline"][what].format_map(shown)
