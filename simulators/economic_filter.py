"""The vendor's query language: filters, sorting and the two ways of paging, with what its servers do wrong.

https://restdocs.e-conomic.com and the services' own descriptions, as far as they are true: an unfilterable property is 400, an
operator that a property does not take is 500, and a parameter nobody knows is dropped without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
ALL = frozenset(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "like"])
ORDER = frozenset(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"])
RANGE = frozenset(["eq", "ne", "gt", "gte", "lt", "lte"])
EQUAL = frozenset(["eq", "ne"])

PREDICATE = re.compile(r"([A-Za-z][\w.]*)\$(eq|ne|gte|gt|lte|lt|like|in|nin):")
LIST_MAX = 200


class FilterError(Exception):
    """A filter that can't be answered: `unknown` names a property that is not filterable; without one the server just breaks."""

    def __init__(self, unknown: str = "") -> None:
        super().__init__(unknown)
        self.unknown = unknown


def parse_filter(text: str, known: Mapping[str, frozenset[str]]) -> Test:
    """Return the test of a filter; `known` has the operators of each filterable property."""
    test, rest = _any(text, known)
    if rest:
        raise FilterError
    return test


def sort_rows(rows: Iterable[Row], text: str, sortable: Iterable[str]) -> list[Any]:
    """Return the rows in the order asked for; raises `FilterError` for a property that is not sortable."""
    ordered = list(rows)
    for name in reversed([part for part in text.split(",") if part]):
        bare = name.lstrip("-~")
        if bare not in sortable:
            raise FilterError(bare)
        ordered.sort(key=lambda row: _rank(_of(row, bare), as_text="~" in name), reverse=name.startswith("-"))
    return ordered


def _any(text: str, known: Mapping[str, frozenset[str]]) -> tuple[Test, str]:
    first, rest = _all(text, known)
    tests = [first]
    while rest.startswith("$or:"):
        more, rest = _all(rest[4:], known)
        tests.append(more)
    return (lambda row: any(test(row) for test in tests)), rest


def _all(text: str, known: Mapping[str, frozenset[str]]) -> tuple[Test, str]:
    first, rest = _one(text, known)
    tests = [first]
    while rest.startswith("$and:"):
        more, rest = _one(rest[5:], known)
        tests.append(more)
    return (lambda row: all(test(row) for test in tests)), rest


def _one(text: str, known: Mapping[str, frozenset[str]]) -> tuple[Test, str]:
    if text.startswith("("):
        inner, rest = _any(text[1:], known)
        if not rest.startswith(")"):
            raise FilterError
        return inner, rest[1:]
    match = PREDICATE.match(text)
    if match is None:
        raise FilterError
    name, operator = match[1], match[2]
    if name not in known:
        raise FilterError(name)
    if operator not in known[name]:
        raise FilterError  # the server's own fault: 500
    value, rest = _value(text[match.end() :])
    return _test(name, operator, value), rest


def _value(text: str) -> tuple[str, str]:
    """Return a value and what follows; `$$` and `$)` are one character, a bare `)` or `$and:` ends it."""
    if text.startswith("$null:"):
        return "$null:", text[6:]
    if text.startswith("["):
        inside, bracket, rest = text.partition("]")
        if not bracket:
            raise FilterError
        return inside + "]", rest
    found = ""
    while text:
        if text[:2] in ("$$", "$)", "$(", "$*", "$,"):
            found, text = found + text[1], text[2:]
        elif text[0] == ")" or text.startswith(("$and:", "$or:")):
            break
        elif text[0] == "$":
            raise FilterError
        else:
            found, text = found + text[0], text[1:]
    return found, text


def _test(name: str, operator: str, value: str) -> Test:
    if operator in ("in", "nin"):
        wanted = [one.strip() for one in value.strip("[]").split(",")]
        if not value.startswith("["):
            raise FilterError
        if len(wanted) > LIST_MAX:
            raise FilterError(name)
        return lambda row: any(_compare(_of(row, name), one) == 0 for one in wanted) == (operator == "in")
    if value == "$null:":
        return lambda row: (_of(row, name) is None) == (operator == "eq")
    if operator == "like":
        pattern = ".*".join(re.escape(part) for part in value.split("*"))
        whole = pattern if "*" in value else f".*{pattern}.*"
        return lambda row: re.fullmatch(whole, str(_of(row, name) or ""), re.IGNORECASE | re.DOTALL) is not None
    return lambda row: _holds(_compare(_of(row, name), value), operator)


def _holds(order: int | None, operator: str) -> bool:
    if order is None:
        return operator == "ne"
    held = {"eq": order == 0, "ne": order != 0, "gt": order > 0, "gte": order >= 0, "lt": order < 0, "lte": order <= 0}
    return held[operator]


def _compare(own: Any, text: str) -> int | None:
    """Return how a row's value stands to the filter's, None where the row has none."""
    if own is None:
        return None
    if isinstance(own, date):
        return _order(own.isoformat(), text[:10])
    if isinstance(own, int | Decimal) and not isinstance(own, bool):
        try:
            return _order(own, Decimal(text))
        except InvalidOperation:
            raise FilterError from None
    return _order(str(own).lower(), text.lower())


def _order(one: Any, other: Any) -> int:
    return 1 if one > other else -1 if one < other else 0


def _of(row: Row, name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _rank(value: Any, *, as_text: bool) -> tuple[bool, Any]:
    return value is None, (str(value).lower() if as_text or isinstance(value, str) else value) if value is not None else 0
