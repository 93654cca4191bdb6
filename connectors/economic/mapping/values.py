"""e-conomic's odd values, read one field at a time: what is unset is absent, so are booleans that are false, and dates carry times.

Seen in recorded answers: `100.000000` and `-866.00` as numbers, timestamps where a date is declared, ids as numbers on one host
and as text on the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from core.model import Problem
from core.money import Money, MoneyError

__all__ = ["Row", "UnreadableError", "readable"]

T = TypeVar("T")
MAGNITUDE_MAX: Final = 15
"""Decimal digits before or after the point; beyond that a number is damage, and costly to handle."""


class UnreadableError(Exception):
    """A row can't be read; becomes a `Problem` and never leaves `mapping`."""


class Row:
    """One JSON object of the vendor, read field by field."""

    def __init__(self, raw: object) -> None:
        if not isinstance(raw, dict):
            raise UnreadableError("is not a JSON object")
        self._raw: dict[str, Any] = raw

    def __contains__(self, name: str) -> bool:
        return self._raw.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text, "" when it is unset; a number is text too where the hosts differ."""
        value = self._raw.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise UnreadableError(f"has no text in {name}")
        return str(value).strip()

    def flag(self, name: str) -> bool:
        """Return a flag; one that is not there is false."""
        value = self._raw.get(name, False)
        if not isinstance(value, bool):
            raise UnreadableError(f"has neither true nor false in {name}")
        return value

    def day(self, name: str) -> date | None:
        """Return a day, None when it is unset; the time behind it is cut off and never moves it."""
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise UnreadableError(f"has no date in {name}") from None

    def number(self, name: str) -> Decimal | None:
        """Return a number, None when it is unset."""
        value = self._raw.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise UnreadableError(f"has no number in {name}")
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > MAGNITUDE_MAX:
            raise UnreadableError(f"has no usable number in {name}")
        return number

    def whole(self, name: str) -> int | None:
        """Return a whole number, None when it is unset; on one host it is text."""
        text = self.text(name)
        if not text:
            return None
        if not text.lstrip("-").isdecimal():
            raise UnreadableError(f"has no whole number in {name}")
        return int(text)

    def money(self, name: str, currency: str) -> Money | None:
        """Return an amount, None when it is unset; more digits than the currency has are refused."""
        number = self.number(name)
        if number is None:
            return None
        try:
            return Money.parse(number, currency)
        except MoneyError:
            raise UnreadableError(f"has an amount in {name} that is no amount in {currency or 'any currency'}") from None

    def needed_money(self, name: str, currency: str) -> Money:
        """Return an amount that must be there."""
        amount = self.money(name, currency)
        if amount is None:
            raise UnreadableError(f"has no {name}")
        return amount

    def row(self, name: str) -> Row:
        """Return an object inside, an empty one when it is unset."""
        return Row(self._raw.get(name) or {})


def readable(source: str, id_field: str, raw: object, parse: Callable[[Row], T], *, ref: str = "") -> T | Problem:
    """Parse a row; what can't be read becomes a `Problem` that says so in one sentence, without personal data."""
    shown = ref or _ref(raw, id_field)
    try:
        return parse(Row(raw))
    except (UnreadableError, MoneyError) as error:
        message = f"e-conomic {id_field} {shown or '(unknown)'} {error}; correct it in e-conomic."
        return Problem(source, shown, message, json.dumps(raw, default=str).encode())


def _ref(raw: object, id_field: str) -> str:
    value = raw.get(id_field) if isinstance(raw, dict) else None
    return str(value)[:50] if isinstance(value, str | int) and not isinstance(value, bool) else ""
