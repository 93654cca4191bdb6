"""How commands speak: one JSON object with `--json`, a plain table otherwise."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import click

from core.engine.timeline import Line
from core.errors import ConfigError
from core.money import Money, MoneyError

__all__ = ["as_json", "day", "json_option", "money", "show", "tenant_option", "timeline_lines"]

WIDTH: Final = 120

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json_", is_flag=True, help="Print one JSON object and nothing else.")(function)


def tenant_option(function: F) -> F:
    """Add `--tenant`."""
    return click.option("--tenant", "tenant_id", required=True, help="The tenant's id; see `kravbro tenants list`.")(function)


def as_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show(rows: Sequence[dict[str, Any]], columns: Sequence[str], *, json_: bool, name: str, empty: str) -> None:
    """Print a listing as JSON or as a table; say so where there is nothing."""
    if json_:
        as_json({name: list(rows)})
        return
    if not rows:
        click.echo(empty)
        return
    table = [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[index]) for line in table)) for index, column in enumerate(columns)]
    for line in [[column.replace("_", " ") for column in columns], *table]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def timeline_lines(lines: Iterable[Line]) -> Iterator[str]:
    """Yield what happened as lines to read: the day, what, and below it why."""
    for line in lines:
        yield f"{line.on}  {line.text}"
        if line.why:
            why = "Why: " + " ".join(reason["text"] for reason in line.why)
            yield from textwrap.wrap(why, WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 17)


def day(option: str, text: str | None) -> date | None:
    """Read a day of the command line."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(option, f"{text!r} is not a day", "Write it as 2025-04-15.") from None


def money(option: str, text: str, currency: str) -> Money:
    """Read an amount of the command line."""
    try:
        return Money.parse(text, currency)
    except MoneyError as error:
        raise ConfigError(option, str(error), "Write it as 1250.00.") from None
