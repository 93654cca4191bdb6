"""eAccounting's values, read one field at a time: doubles, days as date-time, GUIDs, and nothing taken for what it is not.

The vendor's types are plain: a number is a number and a flag is a flag. A row that has them otherwise comes from somewhere else
(hand-written examples that contradict the specification go round), so it is set aside instead of being read kindly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from core.model import Problem
from core.money import Money, MoneyError

__all__ = ["NOBODY", "Row", "UnreadableError", "digits", "is_guid", "readable", "same_id"]

T = TypeVar("T")
GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
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

    def text(self, name: str) -> str:
        """Return a text, "" when it is unset."""
        value = self._raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise UnreadableError(f"has no text in {name}")
        return value.strip()

    def guid(self, name: str) -> str:
        """Return an id in lower case, "" when it is unset or all zeros."""
        text = self.text(name).lower()
        if text and not is_guid(text):
            raise UnreadableError(f"has no id in {name}")
        return "" if text == NOBODY else text

    def flag(self, name: str) -> bool:
        """Return a flag; unset is false."""
        value = self._raw.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise UnreadableError(f"has neither true nor false in {name}")

    def day(self, name: str) -> date | None:
        """Return a day, None when it is unset or the vendor's "never" (year 1); the time behind it means nothing."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = date.fromisoformat(text[:10])
        except ValueError:
            raise UnreadableError(f"has no date in {name}") from None
        return None if found.year == 1 else found

    def moment(self, name: str) -> datetime | None:
        """Return a moment in UTC, None when it is unset."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise UnreadableError(f"has no moment in {name}") from None
        return found.replace(tzinfo=found.tzinfo or UTC)

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
        """Return a whole number, None when it is unset."""
        number = self.number(name)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise UnreadableError(f"has no whole number in {name}")
        return int(number)

    def money(self, name: str, currency: str) -> Money | None:
        """Return an amount, None when it is unset; more digits than the currency has are refused, never rounded."""
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

    def rows(self, name: str) -> list[Row]:
        """Return a list of objects inside, an empty one when it is unset."""
        return [Row(item) for item in self._items(name)]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts inside, an empty one when it is unset."""
        found = self._items(name)
        if not all(isinstance(item, str) for item in found):
            raise UnreadableError(f"has no texts in {name}")
        return [str(item).strip() for item in found]

    def _items(self, name: str) -> list[Any]:
        inner = self._raw.get(name) or []
        if not isinstance(inner, list):
            raise UnreadableError(f"has no list in {name}")
        return inner


def readable(source: str, id_field: str, raw: object, parse: Callable[[Row], T]) -> T | Problem:
    """Parse a row; what can't be read becomes a `Problem` that says so in one sentence, without personal data."""
    ref = _ref(raw, id_field)
    try:
        return parse(Row(raw))
    except (UnreadableError, MoneyError) as error:
        message = f"eAccounting's {source} row {ref or '(unknown)'} {error}; correct it in eAccounting."
        return Problem(source, ref, message, json.dumps(raw, default=str).encode())


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return re.sub(r"[^0-9]", "", text)


def is_guid(text: str) -> bool:
    """Tell whether a text has the form of the vendor's ids."""
    return GUID.fullmatch(text) is not None


def same_id(one: str, other: str) -> bool:
    """Tell whether two ids are the same, however they are capitalised."""
    return bool(one) and one.lower() == other.lower()


def _ref(raw: object, id_field: str) -> str:
    value = raw.get(id_field) if isinstance(raw, dict) else None
    return str(value)[:50].lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""
