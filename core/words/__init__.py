"""What a client reads, by language: `core/words/<language>/<part>.toml`.

`decision` says why an invoice is where it is, `law` which rule that rests on, `timeline` what happened to it, and `announcement` what is
written of a handover before it goes. Every language has the same keys. English has no `law`: its sentences stand beside the rules in
`core/law/data`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["ENGLISH", "FOLDER", "LANGUAGES", "known_language", "language_of", "words_of"]

FOLDER: Final = Path(__file__).parent
ENGLISH: Final = "en"
"""What is read where there are no words of the reader's own language."""
LANGUAGES: Final = ("da", "en", "fi", "nb", "sv")
_OF_COUNTRY: Final = {"SE": "sv", "DK": "da", "NO": "nb", "FI": "fi"}


def language_of(country: str) -> str:
    """Return the language of a country's people, English where we have none of their own."""
    return _OF_COUNTRY.get(country, ENGLISH)


def known_language(language: str) -> str:
    """Return a language that there are words in, or English."""
    return language if language in LANGUAGES else ENGLISH


def words_of(part: str, language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the tables of a part in a language, or in English where there are no words in it."""
    return _read(part, known_language(language))


@cache
def _read(part: str, language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / language / f"{part}.toml").read_text(encoding="utf-8"))
