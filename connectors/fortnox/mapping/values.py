"""Fortnox's odd values, read one field at a time: numbers as text, flags as text, and five kinds of empty.

Seen in recorded answers: `"CurrencyRate": "1"` in lists and `1` in details, `"Credit": "false"`, `"0"`, `""`, `null` and `0`
for "none". `API_NORIGHT` comes instead of a number the login may not see (github.com/softwerkab/fortnox-csharp-api-sdk/issues/263).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from core.model import Problem
from core.money import Money, MoneyError

__all__ = ["Row", "UnreadableError", "digits", "readable"]

T = TypeVar("T")
NO_RIGHT: Final = "API_NORIGHT"
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
        return name in self._raw

    def text(self, name: str) -> str:
        """Return a text, "" when it is unset; numbers are text too where the vendor mixes them."""
        value = self._raw.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise UnreadableError(f"has no text in {name}")
        return str(value).strip()

    def reference(self, name: str) -> str:
        """Return a reference to another document; "0" is none."""
        text = self.text(name)
        return "" if text == "0" else text

    def flag(self, name: str) -> bool:
        """Return a flag; unset is false."""
        value = self._raw.get(name)
        if isinstance(value, bool):
            return value
        text = self.text(name).lower()
        if text in ("", "0", "false"):
            return False
        if text in ("1", "true"):
            return True
        raise UnreadableError(f"has neither true nor false in {name}")

    def day(self, name: str) -> date | None:
        """Return a day, None when it is unset; a time behind it is cut off."""
        text = self.text(name)
        if text in ("", "0"):
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise UnreadableError(f"has no date in {name}") from None

    def number(self, name: str) -> Decimal | None:
        """Return a number, None when it is unset or hidden from our login."""
        text = self.text(name)
        if text in ("", NO_RIGHT):
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise UnreadableError(f"has no number in {name}") from None
        if not number.is_finite() or abs(number.adjusted()) > MAGNITUDE_MAX:
            raise UnreadableError(f"has no usable number in {name}")
        return number

    def whole(self, name: str) -> int | None:
        """Return a whole number, None when it is unset."""
        number = self.number(name)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise UnreadableError(f"has no whole number in {name}")
        return int(number)

    def money(self, name: str, currency: str) -> Money | None:
        """Return an amount, None when it is unset or hidden; more digits than the currency has are refused."""
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
            raise UnreadableError(f"has no {name}, or our login may not see it")
        return amount

    def row(self, name: str) -> Row:
        """Return an object inside, an empty one when it is unset."""
        return Row(self._raw.get(name) or {})

    def rows(self, name: str) -> list[Row]:
        """Return a list of objects inside, an empty one when it is unset."""
        inner = self._raw.get(name) or []
        if not isinstance(inner, list):
            raise UnreadableError(f"has no list in {name}")
        return [Row(item) for item in inner]


def readable(source: str, id_field: str, raw: object, parse: Callable[[Row], T]) -> T | Problem:
    """Parse a row; what can't be read becomes a `Problem` that says so in one sentence, without personal data."""
    ref = _ref(raw, id_field)
    try:
        return parse(Row(raw))
    except (UnreadableError, MoneyError) as error:
        message = f"Fortnox {id_field} {ref or '(unknown)'} {error}; correct it in Fortnox."
        return Problem(source, ref, message, json.dumps(raw, default=str).encode())


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return re.sub(r"[^0-9]", "", text)


def _ref(raw: object, id_field: str) -> str:
    value = raw.get(id_field) if isinstance(raw, dict) else None
    return str(value)[:50] if isinstance(value, str | int) and not isinstance(value, bool) else ""
