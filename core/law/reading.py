"""Reading the law's files: rows, rules and a country's choices as they stand in TOML, the package's or an operator's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, Literal, TypeVar

from core.errors import ConfigError
from core.law.rows import TABLES, UNDATED, Confidence, CountryRules, Row, Rule, Terms
from core.model import DebtorKind

__all__ = ["parse_common_rules", "parse_country", "parse_rows", "parse_rules"]

W = TypeVar("W", bound=StrEnum)


def parse_country(raw: Mapping[str, Any]) -> CountryRules:
    """Read the `[country]` table of a file."""
    choices: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw["country"].items()}
    return CountryRules(**choices)


def parse_rules(raw: Mapping[str, Any]) -> dict[str, Rule]:
    """Read the `[[rule]]` tables of a file, by id."""
    return {one["id"]: Rule(one["id"], one["statute"], one["text"]) for one in raw.get("rule", ())}


def parse_common_rules(raw: Mapping[str, Any], country: str, statutes: Mapping[str, str]) -> dict[str, Rule]:
    """Read the sentences that countries share, each under the country's own statute: a key of `statutes` that starts the id."""
    found = {}
    for name, text in raw["sentences"].items():
        subject = max(key for key in statutes if f"{name}.".startswith(f"{key}."))  # the longest, as one starts the other
        found[f"{country}.{name}"] = Rule(f"{country}.{name}", statutes[subject], text)
    return found


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
    if table in UNDATED and (row.since or row.until):
        raise ConfigError(where, f"a {table} holds at all times", "Take from and to away, and write it once it is in force.")
    if table in UNDATED and not (row.value >= 1 and row.value == int(row.value)):
        raise ConfigError(where, f"its value {row.value} is no whole number above zero", f"Give the {row.unit} as the law does.")
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
        variant=raw.get("variant", ""),
        reference=_found(raw, "reference"),
        margin=_found(raw, "margin"),
        decided_on=_day(raw, "decided"),
        verified_on=_day(raw, "verified"),
        note=raw.get("note", ""),
        debtors=tuple(_word(DebtorKind, kind) for kind in raw.get("debtors", ())),
        over=_found(raw, "over"),
        up_to=_found(raw, "up_to"),
        terms=Terms(**{key: _term(key, raw[key]) for key in TERMS & raw.keys()}),
        runs_from=_runs_from(raw),
        interrupted_by=tuple(raw.get("interrupted_by", ())),
        in_force=raw.get("in_force", True),
    )


def _term(key: str, raw: object) -> Any:
    """Read one of a fee's terms: lists become tuples, numbers in quotes become decimals."""
    if isinstance(raw, list):
        return tuple(raw)
    return _number(raw) if key in FACTORS else raw


def _runs_from(raw: Mapping[str, Any]) -> Literal["origin", "due"]:
    word = raw.get("runs_from", "origin")
    if word not in ("origin", "due"):
        raise ValueError(f"{word!r} is none of origin, due")
    return "due" if word == "due" else "origin"


def _word(known: type[W], raw: Any) -> W:
    if raw not in list(known):
        raise ValueError(f"{raw!r} is none of {', '.join(known)}")
    return known(raw)


def _found(raw: Mapping[str, Any], key: str) -> Decimal | None:
    return _number(raw[key]) if key in raw else None


def _number(raw: object) -> Decimal:
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is a number; write it as text, in quotes")  # noqa: TRY004 - one error for one row
    wrong = ValueError(f"{raw!r} is no number")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or abs(number) >= NUMBER_MAX:
        raise wrong
    return number


def _day(raw: Mapping[str, Any], key: str) -> date | None:
    day = raw.get(key)
    if day is not None and type(day) is not date:
        raise ValueError(f"{key} must be a day like 2025-01-01, without quotes")
    return day


NUMBER_MAX: Final = 10**12
"""No figure of a law comes near it."""
TERMS: Final = frozenset(one.name for one in fields(Terms))
FACTORS: Final = ("later_factor", "percent", "others_factor")
KEYS: Final = TERMS | {
    "country", "code", "value", "unit", "from", "to", "statute", "source", "confidence", "variant", "reference", "margin", "decided",
    "verified", "note", "debtors", "over", "up_to", "runs_from", "interrupted_by", "in_force",
}  # fmt: skip
