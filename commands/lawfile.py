"""Writing an operator's law file: confirmations and published rows are put at its end, and nothing of it is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from commands.lawrows import LAW_FILE, parse_law_file
from commands.output import day
from core.errors import ConfigError
from core.law import UNDATED, Confidence, Law, Row, Terms
from core.model import DebtorKind

__all__ = ["add_rows", "confirm_rows", "new_rows"]

RATE_MAX: Final = Decimal(40)
"""No late rate of these countries came near it: a larger number is a slip of the pen."""

TIMES_MAX: Final = 3
"""No amount of these countries rose to so many times the one before: more is a slip of the pen."""


def confirm_rows(file: Path, keys: Iterable[str], source: str, today: date) -> None:
    """Write that an operator confirmed these rows today."""
    blocks = []
    for key in keys:
        lines = ["[[confirmation]]", f"row = {_text(key)}", f"on = {today}"]
        blocks.append("\n".join([*lines, *([f"source = {_text(source)}"] if source else [])]))
    _append(file, blocks)


def add_rows(file: Path, rows: Iterable[Row]) -> None:
    """Write rows."""
    _append(file, ["\n".join([f"[[{row.table}]]", *_lines(row)]) for row in rows])


def new_rows(law: Law, name: str, options: Mapping[str, Any], today: date) -> list[Row]:
    """Return the rows that something published makes: like the newest of that name, with its own value, days and source.

    Raises:
        ConfigError: there is no such name, the value is none or unlikely, the days are wrong or taken.
    """
    since = day("--from", options["since"])
    given = day("--to", options["until"]) if options["until"] else None
    if given and given < since:
        raise ConfigError("--to", f"{given} is before --from {since}", "Correct one of the two.")
    newest = _newest(law.named(name))
    if not newest:
        raise ConfigError(name, "there are no rows of this name", "List the rows with `kravbro law rows`; leave the date out.")
    chosen = [row for row in newest.values() if not options["variant"] or row.variant == options["variant"]]
    if not chosen:
        raise ConfigError("--variant", f"{name} has no {options['variant']!r}", f"Use one of {_variants(newest.values())}.")
    if options["value"] is not None and len(chosen) > 1:
        raise ConfigError("--value", f"{name} has {len(chosen)} kinds of rows", f"Add --variant, one of {_variants(newest.values())}.")
    if chosen[0].table in UNDATED:
        raise ConfigError(name, f"a {chosen[0].table} holds at all times", f"Once it is in force, write it into {LAW_FILE} by hand.")
    until = _until(law, chosen[0], since, given)
    if not options["replace"]:
        _refuse_taken(law.named(name), chosen, since, until)
    return [_new_row(row, options, since, until, today) for row in chosen]


def _newest(rows: Iterable[Row]) -> dict[tuple[str, tuple[DebtorKind, ...]], Row]:
    """Return of each kind the row that begins last, wherever it stands; of two that begin on one day the last."""
    return {(row.variant, row.debtors): row for row in sorted(rows, key=lambda row: row.since or date.min)}


def _until(law: Law, like: Row, since: date, given: date | None) -> date | None:
    """Return a row's last day: what is published anew ends with its half-year, anything else never unless it is told."""
    if f"{like.table}.{like.code}" not in law.country(like.country).renewed:
        return given
    if (since.month, since.day) not in ((1, 1), (7, 1)):
        raise ConfigError("--from", f"{since} is no first day of a half-year", "It is published from 1 January and 1 July.")
    ends = date(since.year, 6, 30) if since.month <= 6 else date(since.year, 12, 31)
    if given and given > ends:
        raise ConfigError("--to", f"{given} is after {ends}, when it is published anew", "Leave it out.")
    return given or ends


def _new_row(like: Row, options: Mapping[str, Any], since: date, until: date | None, today: date) -> Row:
    value, reference = _value(like, options)
    return replace(
        like, value=value, reference=reference, since=since, until=until, source=options["source"], note="", decided_on=None,
        statute=options["statute"] or like.statute, confidence=Confidence.CONFIRMED, verified_on=today,
    )  # fmt: skip


def _value(like: Row, options: Mapping[str, Any]) -> tuple[Decimal, Decimal | None]:
    """Return the row's value and, of a rate, the reference it was made from."""
    value, reference = _number("--value", options["value"]), _number("--reference", options["reference"])
    if (value is None) == (reference is None):
        raise ConfigError("--value", "give either it or --reference", "A rate may be told by the reference alone, an amount by its value.")
    if like.table != "rate":
        if value is None or value < 0:
            raise ConfigError("--value", f"{like.name} is no rate and needs an amount of at least 0", "Give it as it was published.")
        if value > TIMES_MAX * like.value:
            raise ConfigError("--value", f"{value} is no likely amount after {like.key}, {like.value}", "Give it as it was published.")
        return value, None
    if reference is not None and like.margin is None:
        raise ConfigError("--reference", f"{like.name} has no margin to add", "Give the rate itself with --value.")
    margin = like.margin or Decimal(0)
    rate = value if value is not None else (reference or Decimal(0)) + margin
    if not 0 < rate < RATE_MAX:
        raise ConfigError("--value", f"{rate} % a year is no likely late rate", "Give per cent a year, e.g. 12.25.")
    return rate, reference if reference is not None else rate - margin


def _number(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ConfigError(option, f"{text!r} is no number", "Write it as 12.25.") from None
    if not number.is_finite():
        raise ConfigError(option, f"{text!r} is no number", "Write it as 12.25.")
    return number


def _refuse_taken(rows: Iterable[Row], chosen: Sequence[Row], since: date, until: date | None) -> None:
    """Refuse days that have a row, but for one without an end: what comes after it takes its place."""
    for row in rows:
        same = any((row.variant, row.debtors) == (one.variant, one.debtors) for one in chosen)
        starts = row.since or date.min
        if same and starts <= (until or date.max) and since <= (row.until or starts):
            raise ConfigError("--from", f"{row.key} is in the tables for these days", "Add --replace if it was decided anew.")


def _variants(rows: Iterable[Row]) -> str:
    return ", ".join(sorted({row.variant for row in rows} - {""})) or "none"


def _lines(row: Row) -> Iterator[str]:
    named = {"since": "from", "until": "to", "decided_on": "decided", "verified_on": "verified"}
    plain = {field.name: field.default for field in fields(Row)}
    for field in fields(Row):
        value = getattr(row, field.name)
        if field.name not in ("table", "terms") and value not in (None, plain[field.name]):
            yield f"{named.get(field.name, field.name)} = {_toml(value)}"
    for field in fields(Terms):
        value = getattr(row.terms, field.name)
        if value != field.default:
            yield f"{field.name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return _text(str(value))


def _text(text: str) -> str:
    """Return a basic string of TOML; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _append(file: Path, blocks: Sequence[str]) -> None:
    """Put blocks at the file's end; nothing is written unless the whole of it can be read afterwards."""
    before = file.read_text(encoding="utf-8").rstrip() + "\n\n" if file.exists() else ""
    text = before + "\n\n".join(blocks) + "\n"
    parse_law_file(text, str(file))
    beside = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, file)  # noqa: PTH105 - the whole file or the old one, whenever the process dies
    except OSError as problem:
        raise ConfigError(str(file), f"can't be written ({problem.strerror})", "Give the program the right to write there.") from None
