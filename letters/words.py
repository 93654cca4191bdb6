"""The words of a letter by language and kind: `letters/words/<language>.toml`, one table per kind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigError

__all__ = ["HOME", "Words", "language_for", "languages", "words_of"]

FOLDER: Final = Path(__file__).with_name("words")
HOME: Final = "SE"
"""Where a creditor sits whose books name no country."""
LABELS: Final = "label"


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one kind of letter in one language, and the labels all kinds share.

    Attributes:
        locale: how Babel writes amounts and dates.
        lang, region: what a screen reader is told.
    """

    locale: str
    lang: str
    region: str
    labels: dict[str, str]
    sentences: dict[str, str]

    def label(self, key: str) -> str:
        """Return a label."""
        return self.labels[key]

    def say(self, key: str, **values: str) -> str:
        """Return a sentence with its values filled in; a value is never read as a pattern itself."""
        return self.sentences[key].format_map(values)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages letters are written in."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def language_for(wanted: str, country: str) -> str:
    """Return the wanted language where letters are written in it, else the creditor's country's, else that of `HOME`."""
    if wanted in languages():
        return wanted
    by_region = {_read(language)["region"]: language for language in languages()}
    return by_region.get(country.upper(), by_region[HOME])


def words_of(language: str, kind: str) -> Words:
    """Return the words for a language and kind, or raise `ConfigError` naming the one that is unknown."""
    # Compared with the list first: a language comes from the books, and must never become part of a path by itself.
    if language not in languages():
        raise ConfigError("letter", f"no letters in language {language!r}", f"Choose one of {', '.join(languages())}.")
    data = _read(language)
    kinds = sorted(key for key, value in data.items() if isinstance(value, dict) and key != LABELS)
    if kind not in kinds:
        raise ConfigError("letter", f"no letter of kind {kind!r} in {language!r}", f"Choose one of {', '.join(kinds)}.")
    return Words(data["locale"], data["lang"], data["region"], data[LABELS], data[kind])


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
