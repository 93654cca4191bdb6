"""The rows of the law's tables, as they stand in TOML, and the rules that figures and refusals point to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

from core.errors import ConfigError
from core.model import DebtorKind

__all__ = ["TABLES", "Confidence", "CountryRules", "Row", "Rule", "parse_country", "parse_rows", "parse_rules"]

TABLES: Final = ("rate", "fee", "deadline", "limitation")

W = TypeVar("W", bound=StrEnum)


class Confidence(StrEnum):
    """How sure a row is, strongest first."""

    VERIFIED_PRIMARY = "verified_primary"
    VERIFIED_SECONDARY = "verified_secondary"
    CONFIRMED = "confirmed"
    DERIVED = "derived"
    MEMORY_UNVERIFIED = "memory_unverified"

    @property
    def weak(self) -> bool:
        """Whether an operator must confirm the row before its figures leave the program."""
        return self in (Confidence.DERIVED, Confidence.MEMORY_UNVERIFIED)

    @property
    def weakness(self) -> int:
        """Rank: the higher, the less sure."""
        return list(Confidence).index(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One dated row: a rate in per cent, a fee, a deadline or a limitation period.

    Attributes:
        since: the first day it holds, None for always.
        until: the last day it holds, None while it does.
        reference: of a rate, the central bank's part.
        debtors: whom it concerns; empty is everybody.
        count_max: how often a fee may be charged per claim; 0 is without limit.
        interrupted_by: of a limitation, what starts it anew.
    """

    country: str
    table: str
    code: str
    value: Decimal
    unit: str
    since: date | None
    until: date | None
    statute: str
    source: str
    confidence: Confidence
    reference: Decimal | None = None
    margin: Decimal | None = None
    decided_on: date | None = None
    verified_on: date | None = None
    note: str = ""
    debtors: tuple[DebtorKind, ...] = ()
    count_max: int = 0
    needs_agreement: bool = False
    interrupted_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The row's name, e.g. "SE.rate.statutory.2025-01-01"; what an operator confirms."""
        name = f"{self.country}.{self.table}.{self.code}"
        return f"{name}.{self.since}" if self.since else name

    def covers(self, day: date) -> bool:
        """Tell whether the row holds on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def concerns(self, debtor: DebtorKind) -> bool:
        """Tell whether the row is about this kind of debtor."""
        return not self.debtors or debtor in self.debtors


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a figure is what it is, or why it may not be claimed: an id of the tables and what its sentence needs."""

    id: str
    statute: str
    text: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The rule in plain English, its parameters filled in."""
        return self.text.format_map(dict(self.params))


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What is one choice per country: its currency, and whether the compensation takes in the fees or adds to them."""

    code: str
    currency: str
    compensation: str


def parse_country(raw: Mapping[str, Any]) -> CountryRules:
    """Read the `[country]` table of a file."""
    return CountryRules(**raw["country"])


def parse_rules(raw: Mapping[str, Any]) -> dict[str, Rule]:
    """Read the `[[rule]]` tables of a file, by id."""
    return {one["id"]: Rule(one["id"], one["statute"], one["text"]) for one in raw.get("rule", ())}


def parse_rows(raw: Mapping[str, Any], where: str) -> tuple[Row, ...]:
    """Read the rows of a parsed TOML file, the package's or an operator's.

    Raises:
        ConfigError: a row lacks something or holds nonsense; `where` is the file as the user knows it.
    """
    country = raw.get("country", {}).get("code", "")
    found = []
    for table in TABLES:
        defaults = raw.get("defaults", {}).get(table, {})
        for number, one in enumerate(raw.get(table, ()), start=1):
            found.append(_row(table, {"country": country, **defaults, **one}, f"{where}, [[{table}]] number {number}"))
    return tuple(found)


def _row(table: str, raw: Mapping[str, Any], where: str) -> Row:
    unknown = sorted(raw.keys() - KEYS)
    if unknown:
        raise ConfigError(where, f"unknown key {unknown[0]!r}", f"Use {', '.join(sorted(KEYS))}.")
    try:
        row = _build(table, raw)
    except KeyError as missing:
        raise ConfigError(where, f"{missing} is missing", "Add it.") from None
    except ValueError as wrong:
        raise ConfigError(where, f"a value can't be read ({wrong})", "Correct it.") from None
    if not row.country:
        raise ConfigError(where, "its country is not said", 'Add country = "SE", or a [country] table.')
    if row.since and row.until and row.until < row.since:
        raise ConfigError(where, f"it ends {row.until}, before it starts {row.since}", "Correct the dates.")
    return row


def _build(table: str, raw: Mapping[str, Any]) -> Row:
    return Row(
        country=raw["country"],
        table=table,
        code=raw["code"],
        value=_number(raw["value"]),
        unit=raw["unit"],
        since=_day(raw, "from"),
        until=_day(raw, "to"),
        statute=raw["statute"],
        source=raw["source"],
        confidence=_word(Confidence, raw["confidence"]),
        reference=_number(raw["reference"]) if "reference" in raw else None,
        margin=_number(raw["margin"]) if "margin" in raw else None,
        decided_on=_day(raw, "decided"),
        verified_on=_day(raw, "verified"),
        note=raw.get("note", ""),
        debtors=tuple(_word(DebtorKind, kind) for kind in raw.get("debtors", ())),
        count_max=raw.get("count_max", 0),
        needs_agreement=raw.get("needs_agreement", False),
        interrupted_by=tuple(raw.get("interrupted_by", ())),
    )


def _word(known: type[W], raw: Any) -> W:
    if raw not in list(known):
        raise ValueError(f"{raw!r} is none of {', '.join(known)}")
    return known(raw)


def _number(raw: object) -> Decimal:
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is a number; write it as text, in quotes")  # noqa: TRY004 - one error for one row
    wrong = ValueError(f"{raw!r} is no number")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite():
        raise wrong
    return number


def _day(raw: Mapping[str, Any], key: str) -> date | None:
    day = raw.get(key)
    if day is not None and type(day) is not date:
        raise ValueError(f"{key} must be a day like 2025-01-01, without quotes")
    return day


KEYS: Final = frozenset(
    {
        "country", "code", "value", "unit", "from", "to", "statute", "source", "confidence", "reference", "margin", "decided",
        "verified", "note", "debtors", "count_max", "needs_agreement", "interrupted_by",
    }
)  # fmt: skip
