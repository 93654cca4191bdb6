"""`kravbro law`: what may be claimed on a day, what the tables lack soon, the rows themselves, and an operator's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from commands.lawfile import add_rows, confirm_rows, new_rows
from commands.lawquote import quote
from commands.lawrows import home_folder, law_file, read_law, rows_option
from commands.output import as_json, day, json_option, named
from core.clock import WallClock, day_in
from core.errors import ConfigError
from core.law import TABLES, Law, Row, lacking

__all__ = ["law"]

AHEAD = timedelta(days=184)


@click.group()
def law() -> None:
    """What the law lets a creditor claim."""


law.add_command(quote)


@law.command()
@click.option("--country", metavar="SE", help="One country only.")
@click.option("--as-of", metavar="DATE", help="The first day looked at; today if not given.")
@rows_option
@json_option
def check(country: str | None, as_of: str | None, rows_file: Path | None, *, as_json_: bool) -> None:
    """Which rates and amounts the next six months lack, which rows nobody has confirmed, and which are not in force yet."""
    tables = read_law(home_folder(), rows_file)
    found = [_check(tables, code, as_of) for code in ([tables.country(country).code] if country else sorted(tables.countries))]
    if as_json_:
        as_json({"ok": not any(one["missing"] for one in found), "countries": found})
    else:
        click.echo("\n".join(line for one in found for line in _check_text(one)))


@law.command()
@click.option("--country", metavar="SE", help="One country only.")
@click.option("--table", type=click.Choice(TABLES), help="One table only.")
@rows_option
@json_option
def rows(country: str | None, table: str | None, rows_file: Path | None, *, as_json_: bool) -> None:
    """List the rows of the tables, each with its statute, source and confidence."""
    tables = read_law(home_folder(), rows_file)
    code = tables.country(country).code if country else None
    chosen = [row for row in tables.rows if code in (None, row.country) and table in (None, row.table)]
    if as_json_:
        as_json({"rows": [_row_json(row) for row in chosen]})
    else:
        click.echo("\n".join(f"{row.key:<46} {row.value:>7} {row.unit:<9} {_standing(row):<18} {row.statute}" for row in chosen))


@law.command()
@click.argument("keys", nargs=-1, required=True, metavar="ROW...")
@click.option("--source", metavar="TEXT", callback=named, help="Where you read it, if not where the row says.")
def confirm(keys: tuple[str, ...], source: str | None) -> None:
    """Say once that weak rows are right, by their names in `kravbro law rows`; written to law.toml in the home folder."""
    tables, file = read_law(home_folder()), law_file(home_folder())
    by_key = {row.key: row for row in tables.rows}
    for key in keys:
        if key not in by_key:
            raise ConfigError(key, "there is no row of this name", "List the rows with `kravbro law rows`.")
        if not by_key[key].in_force:
            raise ConfigError(key, "it is not in force, so nothing is computed with it", "Wait for the day it comes into force.")
    weak = list(dict.fromkeys(key for key in keys if by_key[key].confidence.weak))
    if weak:
        confirm_rows(file, weak, source or "", _today("SE"))
    for key in keys:
        row = by_key[key]
        click.echo(f"{key} {row.value} {row.unit}: {f'confirmed in {file}' if key in weak else 'needs no confirmation'}.")


@law.command()
@click.argument("name", metavar="NAME")
@click.option("--value", metavar="NUMBER", help="The rate in per cent a year, or the amount, as it was published.")
@click.option("--reference", metavar="NUMBER", help="Of a rate: the central bank's reference; the law's margin is added to it.")
@click.option("--from", "since", required=True, metavar="DATE", help="The first day it holds.")
@click.option("--to", "until", metavar="DATE", help="The last day; if not given the half-year's of what is published for one, else none.")
@click.option("--source", required=True, metavar="TEXT", callback=named, help="Where it was published: an address, or a decision's number.")
@click.option("--statute", default="", metavar="TEXT", help="If another than the newest row's.")
@click.option("--variant", default="", metavar="TEXT", help="Which of several rows of this name, e.g. consumer.")
@click.option("--replace", is_flag=True, help="It was decided anew: it takes the place of a row for the same days.")
def add(*, name: str, **options: Any) -> None:
    """Add what was published to law.toml in the home folder, e.g. `kravbro law add DK.rate.statutory --reference 1.60 --from 2026-07-01`.

    Everything else (statute, margin, whom it concerns, on what it depends) is the newest row's of that name.
    """
    tables, file = read_law(home_folder()), law_file(home_folder())
    added = new_rows(tables, name, options, _today("SE"))
    add_rows(file, added)
    for row in added:
        click.echo(f"{row.key} {row.value} {row.unit} from {row.since}{_to(row)}: added in {file}.")


def _today(country: str) -> date:
    return day_in("SE" if country == "EU" else country, WallClock().now())


def _to(row: Row) -> str:
    return f" to {row.until}" if row.until else ""


def _standing(row: Row) -> str:
    return row.confidence.value if row.in_force else "not in force"


def _row_json(row: Row) -> dict[str, Any]:
    named = {"key": row.key, "country": row.country, "table": row.table, "code": row.code, "variant": row.variant}
    days = {"from": str(row.since) if row.since else None, "to": str(row.until) if row.until else None, "in_force": row.in_force}
    band = {"over": str(row.over) if row.over is not None else None, "up_to": str(row.up_to) if row.up_to is not None else None}
    origin = {"statute": row.statute, "source": row.source, "confidence": row.confidence.value, "note": row.note}
    return {**named, "value": str(row.value), "unit": row.unit, **days, **band, **origin, "debtors": [kind.value for kind in row.debtors]}


def _check(tables: Law, country: str, as_of: str | None) -> dict[str, Any]:
    """Look at one country from a day on."""
    first = day("--as-of", as_of) if as_of else _today(country)
    last = first + AHEAD
    own = [row for row in tables.rows if row.country == country]
    soon = [row for row in own if (row.until is None or row.until >= first) and (row.since is None or row.since <= last)]
    return {
        "country": country,
        "from": str(first),
        "to": str(last),
        "missing": [
            {"code": name.rpartition(".")[2], "row": name, "from": str(period.first), "to": str(period.last)}
            for name, period in lacking(tables, country, first, last)
        ],
        "unconfirmed": [row.key for row in soon if row.confidence.weak and row.in_force],
        "not_in_force": [row.key for row in own if not row.in_force],
    }


def _check_text(found: Mapping[str, Any]) -> Iterator[str]:
    country = found["country"]
    yield f"{country} from {found['from']} to {found['to']}: {'a row is missing' if found['missing'] else 'no row is missing'}"
    for one in found["missing"]:
        since = date.fromisoformat(one["from"])
        half_year = date(since.year, 1 if since.month <= 6 else 7, 1)
        yield f"  - no {one['row']} from {since} to {one['to']}: add it as published from {half_year} with `kravbro law add NAME`"
    yield from (f"  - not confirmed: {key}" for key in found["unconfirmed"])
    yield from (f"  - adopted, not in force: {key}" for key in found["not_in_force"])
