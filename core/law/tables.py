"""The law as one object: the package's rows, an operator's added rows and confirmations on top."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final

from core.errors import ConfigError, InvariantBrokenError
from core.law.reading import parse_common_rules, parse_country, parse_rows, parse_rules
from core.law.rows import Confidence, CountryRules, Row, Rule
from core.model import DebtorKind

__all__ = ["COUNTRIES", "Law", "load_law"]

COUNTRIES: Final = ("SE", "DK", "NO", "FI", "EU")
"""Whose law there are tables of; "EU" is the least a directive gives where national law is not in them."""

STATUTORY: Final = "statutory"
OLD_MARGIN: Final = "old_margin"


@dataclass(frozen=True)
class Law:
    """All rows and rules we know; of several rows about the same day the last one holds."""

    countries: Mapping[str, CountryRules]
    rows: tuple[Row, ...]
    rules: Mapping[str, Rule]

    def country(self, code: str) -> CountryRules:
        """Return the country's own choices, or raise `ConfigError` where there are no tables for it."""
        if code not in self.countries:
            raise ConfigError(f"country {code}", "there are no tables for its law", f"Use one of {', '.join(sorted(self.countries))}.")
        return self.countries[code]

    def rule(self, rule_id: str, **params: object) -> Rule:
        """Return a rule with what its sentence needs."""
        found = self.rules.get(rule_id)
        if found is None:
            raise InvariantBrokenError(f"the law has no rule {rule_id}")
        return Rule(found.id, found.statute, found.text, tuple(params.items())) if params else found

    def fee(self, country: str, code: str, day: date, debtor: DebtorKind, amount: Decimal = Decimal(0)) -> Row | None:
        """Return the row of a fee on a day against this kind of debtor, for a principal of this size, or None."""
        rows = self._of.get((country, "fee", code), ())
        return next((row for row in reversed(rows) if row.covers(day) and row.concerns(debtor) and row.holds(amount)), None)

    def highest_fee(self, country: str, code: str, day: date, debtor: DebtorKind) -> Row | None:
        """Return the row of the most that a fee may be on a day against this kind of debtor, whatever the principal, or None."""
        rows = (row for row in self._of.get((country, "fee", code), ()) if row.covers(day) and row.concerns(debtor))
        return max(rows, key=lambda row: row.value, default=None)

    def fee_concerns(self, country: str, code: str, debtor: DebtorKind) -> bool:
        """Tell whether the country's law gives such a fee against this kind of debtor at any time."""
        return any(row.concerns(debtor) for row in self._of.get((country, "fee", code), ()))

    def has_fee(self, country: str, code: str) -> bool:
        """Tell whether the country's law knows such a fee at any time."""
        return (country, "fee", code) in self._of

    def deadline(self, country: str, code: str) -> int:
        """Return a number of days that is the same at all times."""
        return int(self.deadline_row(country, code).value)

    def deadline_row(self, country: str, code: str) -> Row:
        """Return the row of a deadline that the country must have."""
        row = self.find_deadline(country, code)
        if row is None:
            raise InvariantBrokenError(f"the law of {country} has no deadline {code}")
        return row

    def find_deadline(self, country: str, code: str) -> Row | None:
        """Return the row of a deadline, or None where the country has none."""
        return next(reversed(self._of.get((country, "deadline", code), ())), None)

    def limitation(self, country: str, code: str) -> Row:
        """Return a limitation period; a country without this one answers with its general one."""
        rows = self._of.get((country, "limitation", code)) or self._of[country, "limitation", "general"]
        return rows[-1]

    def find_limitation(self, country: str, code: str) -> Row | None:
        """Return a limitation period, or None where the country has none of this name."""
        return next(reversed(self._of.get((country, "limitation", code), ())), None)

    def limit(self, country: str, code: str, day: date) -> Row | None:
        """Return a limit in money on a day, or None where the country has none."""
        return _last_covering(self._of.get((country, "limit", code), ()), day)

    def has_rates(self, country: str, debtor: DebtorKind) -> bool:
        """Tell whether the country's law gives statutory interest against this kind of debtor at all."""
        return bool(self._rates(country, debtor))

    def rate(self, country: str, debtor: DebtorKind, day: date, due_on: date | None = None) -> Row | None:
        """Return the rate of late interest on a day, or None where it is not in the tables.

        Args:
            country: whose law.
            debtor: the kind of debtor.
            day: the day that bears interest.
            due_on: the claim's due date, where an older margin stays with older claims (Denmark, before 2013-03-01).
        """
        row = _last_covering(self._rates(country, debtor), day)
        old = due_on and _last_covering(self._of.get((country, "rate", OLD_MARGIN), ()), due_on)
        if row is None or not old or row.reference is None:
            return row
        return replace(row, value=row.reference + old.value, margin=old.value, statute=old.statute)

    def rate_holds_until(self, country: str, debtor: DebtorKind, day: date) -> date:
        """Return the last day up to which `rate` answers as it does on this day."""
        rows = self._rates(country, debtor)
        ends = [row.until for row in rows if row.until and row.covers(day)]
        starts = [row.since - timedelta(days=1) for row in rows if row.since and row.since > day]
        return min(ends + starts, default=date.max)

    def margin(self, country: str, debtor: DebtorKind, day: date, due_on: date | None = None) -> Decimal:
        """Return what the law adds to the reference rate, by the last row up to a day that says it, though its rate have ended.

        The older margin stays with a claim that was due under it, as in `rate`.
        """
        old = due_on and _last_covering(self._of.get((country, "rate", OLD_MARGIN), ()), due_on)
        if old:
            return old.value
        rows = [row for row in self._rates(country, debtor) if row.margin is not None and (row.since is None or row.since <= day)]
        newest = max(reversed(rows), key=lambda row: row.since or date.min, default=None)
        if newest is None or newest.margin is None:
            raise InvariantBrokenError(f"the law has no margin of late interest for {country} on {day}")
        return newest.margin

    def named(self, name: str) -> tuple[Row, ...]:
        """Return the rows that share a name ("SE.rate.statutory") and are in force, in the tables' order."""
        return tuple(row for row in self.rows if row.name == name and row.in_force)

    @cached_property
    def _of(self) -> Mapping[tuple[str, str, str], tuple[Row, ...]]:
        index: dict[tuple[str, str, str], tuple[Row, ...]] = {}
        for row in self.rows:
            if row.in_force:
                name = (row.country, row.table, row.code)
                index[name] = (*index.get(name, ()), row)
        return index

    def _rates(self, country: str, debtor: DebtorKind) -> tuple[Row, ...]:
        return self._rates_of.get((country, debtor), ())

    @cached_property
    def _rates_of(self) -> Mapping[tuple[str, DebtorKind], tuple[Row, ...]]:
        return {
            (country, debtor): tuple(row for row in self._of.get((country, "rate", STATUTORY), ()) if row.concerns(debtor))
            for country in self.countries
            for debtor in DebtorKind
        }


def load_law(extra_rows: Iterable[Row] = (), confirmed: Iterable[str] = ()) -> Law:
    """Return the package's law, an operator's rows added and the rows with these keys marked as confirmed.

    Raises:
        ConfigError: a confirmation names a row that does not exist, or an added row a country without tables.
    """
    law = _packaged()
    rows = (*law.rows, *extra_rows)
    keys = frozenset(confirmed)
    unknown = sorted(keys - {row.key for row in rows})
    if unknown:
        raise ConfigError("confirmed", f"there is no row {unknown[0]!r}", "List the rows with `kravbro law rows`.")
    for row in rows:
        law.country(row.country)
    return replace(law, rows=tuple(_confirm(row) if row.key in keys else row for row in rows))


@lru_cache(maxsize=1)
def _packaged() -> Law:
    """Read every country file of the package, once; a country's own sentence beats the one that countries share."""
    countries: dict[str, CountryRules] = {}
    rows: list[Row] = []
    rules: dict[str, Rule] = {}
    common = _file("common")
    for name in COUNTRIES:
        raw = _file(name.lower())
        country = parse_country(raw)
        countries[country.code] = country
        rows.extend(parse_rows(raw, f"{name.lower()}.toml"))
        rules |= parse_common_rules(common, country.code, raw["statutes"]) | parse_rules(raw)
    return Law(countries, tuple(rows), rules)


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("core.law").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def _confirm(row: Row) -> Row:
    return replace(row, confidence=Confidence.CONFIRMED) if row.confidence.weak else row


def _last_covering(rows: tuple[Row, ...], day: date) -> Row | None:
    return next((row for row in reversed(rows) if row.covers(day)), None)
