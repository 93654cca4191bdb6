"""The words of a letter by language, kind and law: `letters/words/<language>.toml`.

A sentence is looked for in the law's table of the kind (`[law.DK.notice]`), then in the law's (`[law.DK]`), then in the kind's (`[notice]`),
then among those that kinds share (`[common]`). Every language has the same keys; a country whose law has no table of its own takes `EU`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigError

__all__ = ["ELSEWHERE", "HOME", "Words", "language_for", "languages", "words_of"]

FOLDER: Final = Path(__file__).with_name("words")
HOME: Final = "SE"
"""Where a creditor sits whose books name no country."""
ELSEWHERE: Final = "EU"
"""The law's table of every country that has none of its own."""
NO_KIND: Final = frozenset({"label", "law", "common"})
FOREIGN: Final = "en"
"""What is written to a debtor whose language has no file, by a creditor in a country whose language has none either."""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one kind of letter in one language under one law, and the labels all kinds share.

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

    def knows(self, key: str) -> bool:
        """Tell whether there is such a sentence for this kind under this law."""
        return key in self.sentences


@cache
def languages() -> tuple[str, ...]:
    """Return the languages letters are written in."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def language_for(wanted: str, country: str) -> str:
    """Return the wanted language where letters are written in it, else the creditor's country's, else English."""
    by_code = {code: language for language in languages() for code in (language, *_read(language)["codes"])}
    by_region = {_read(language)["region"]: language for language in languages()}
    return by_code.get(wanted) or by_region.get(country.upper() or HOME, FOREIGN)


def words_of(language: str, kind: str, country: str = HOME) -> Words:
    """Return the words for a language, kind and law, or raise `ConfigError` naming the language or kind that is unknown."""
    # Compared with the list first: a language comes from the books, and must never become part of a path by itself.
    if language not in languages():
        raise ConfigError("letter", f"no letters in language {language!r}", f"Choose one of {', '.join(languages())}.")
    data = _read(language)
    kinds = sorted(key for key, value in data.items() if isinstance(value, dict) and key not in NO_KIND)
    if kind not in kinds:
        raise ConfigError("letter", f"no letter of kind {kind!r} in {language!r}", f"Choose one of {', '.join(kinds)}.")
    law = data["law"].get(country, data["law"][ELSEWHERE])
    of_law = {key: value for key, value in law.items() if isinstance(value, str)}
    sentences = data["common"] | data[kind] | of_law | law.get(kind, {})
    return Words(data["locale"], data["lang"], data["region"], data["label"], sentences)


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
