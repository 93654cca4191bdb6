"""The part of OData that the eAccounting simulator understands: $filter with comparisons, and, or, not, contains; $orderby."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.visma_world import Json, RefusedError

TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\(|\)|,|[^\s(),']+)")
Test = Callable[[Json], bool]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, two: bool(one == two),
    "ne": lambda one, two: bool(one != two),
    "gt": lambda one, two: bool(one > two),
    "ge": lambda one, two: bool(one >= two),
    "lt": lambda one, two: bool(one < two),
    "le": lambda one, two: bool(one <= two),
}
SEEN_IN_USE = frozenset({"VoucherDate", "PaymentStatus", "RemainingAmount", "TotalAmount", "HasAutoInvoiceError", "CustomerId", "Number"})
"""Fields that published changelogs and clients filter by."""


def parse_filter(text: str, known: frozenset[str], mode: str) -> Test:
    """Return the test that a $filter describes, or refuse it as the vendor does (6000, and 6001 for a date)."""
    reader = _Reader(TOKEN.findall(text), known, mode)
    test = reader.either()
    if reader.left:
        raise RefusedError(6000, f"The query parameter $filter is not valid near {reader.left[0]!r}.")
    return test


def sort_key(text: str, known: frozenset[str]) -> tuple[str, bool]:
    """Return field and direction of an $orderby; one property only."""
    name, _, order = text.strip().partition(" ")
    if name not in known or order.strip() not in ("", "asc", "desc"):
        raise RefusedError(6000, "The query parameter $orderby is not valid.")
    return name, order.strip() == "desc"


class _Reader:
    def __init__(self, tokens: list[str], known: frozenset[str], mode: str) -> None:
        self.left, self.known, self.mode = tokens, known, mode

    def either(self) -> Test:
        tests = [self.both()]
        while self._takes("or"):
            tests.append(self.both())
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self._takes("and"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self._takes("not"):
            inner = self.one()
            return lambda row: not inner(row)
        if self._takes("("):
            inner = self.either()
            self._expect(")")
            return inner
        if self._takes("contains"):
            self._expect("(")
            name = self._next()
            self._expect(",")
            text = str(_literal(self._next()))
            self._expect(")")
            return self._on(name, lambda value: text.lower() in str(value or "").lower())
        name, how, wanted = self._next(), self._next(), self._next()
        if how not in COMPARE:
            raise RefusedError(6000, f"The query parameter $filter has no operator {how!r}.")
        value = _literal(wanted)
        return self._on(name, lambda held: _compares(held, how, value))

    def _on(self, name: str, test: Callable[[Any], bool]) -> Test:
        if name not in self.known:
            raise RefusedError(6000, f"The query parameter $filter names {name!r}, which is no property.")
        if self.mode != "all" and name not in SEEN_IN_USE:
            if self.mode == "few":
                raise RefusedError(6000, f"The query parameter $filter does not support {name!r}.")
            return lambda _: True
        return lambda row: test(row.get(name))

    def _takes(self, word: str) -> bool:
        if self.left and self.left[0] == word:
            self.left.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise RefusedError(6000, f"The query parameter $filter lacks {word!r}.")

    def _next(self) -> str:
        if not self.left:
            raise RefusedError(6000, "The query parameter $filter ends too early.")
        return self.left.pop(0)


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return _moment(text)
    return text.lower()  # a GUID, unquoted


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(6001, f"The date {text!r} is not valid.") from None
    return found.replace(tzinfo=None)


def _compares(held: Any, how: str, wanted: Any) -> bool:
    if held is None or wanted is None:
        return (held == wanted) if how == "eq" else (held != wanted) if how == "ne" else False
    if isinstance(wanted, datetime):
        held = datetime.combine(held, datetime.min.time()) if isinstance(held, date) else _moment(str(held))
    elif isinstance(wanted, Decimal):
        try:
            held = Decimal(str(held))
        except InvalidOperation:
            return False
    elif isinstance(wanted, str):
        held, wanted = str(held).lower(), wanted.lower()
    return COMPARE[how](held, wanted)
