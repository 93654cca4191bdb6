"""Amounts and days as readers of a language write them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from core.money import EXPONENTS
from core.words import ENGLISH, known_language

__all__ = ["value_in"]

_AMOUNT: Final = re.compile(rf"(-?\d+(?:\.\d+)?) ({'|'.join(EXPONENTS)})")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def value_in(text: str, language: str) -> str:
    """Return "1250.00 SEK" as "1 250,00 kr" in Swedish, "2025-04-08" as "08.04.2025" in Danish; English, and any other text, as it is."""
    if known_language(language) == ENGLISH:
        return text
    if found := _AMOUNT.fullmatch(text):
        from babel.numbers import format_currency  # noqa: PLC0415 - it takes long to load, and English does without it

        return str(format_currency(Decimal(found[1]), found[2], locale=language))
    if _DAY.fullmatch(text):
        return _day(text, language)
    return text


def _day(text: str, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - see above

    try:
        return str(format_date(date.fromisoformat(text), "short", locale=language))
    except ValueError:  # what a person or an agency wrote may look like a day
        return text
