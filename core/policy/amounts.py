"""Amounts as readers of a language write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from core.money import EXPONENTS

__all__ = ["amount_in"]

_AMOUNT: Final = re.compile(rf"(-?\d+(?:\.\d+)?) ({'|'.join(EXPONENTS)})")


def amount_in(text: str, language: str) -> str:
    """Return "1250.00 SEK" as it is written in Swedish, "1 250,00 kr"; a text that is no amount, and any other language, as it is."""
    found = _AMOUNT.fullmatch(text) if language == "sv" else None
    if found is None:
        return text
    from babel.numbers import format_currency  # noqa: PLC0415 - it takes long to load, and English does without it

    return str(format_currency(Decimal(found[1]), found[2], locale="sv"))
