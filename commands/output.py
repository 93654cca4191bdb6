"""How commands speak and listen: one JSON object with `--json`, a plain table otherwise; days, amounts and tenants as they are typed."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, overload

import click

from core.clock import YEARS
from core.errors import ConfigError
from core.money import Money, MoneyError

if TYPE_CHECKING:
    from core.engine.timeline import Line

__all__ = [
    "TENANT",
    "Progress",
    "as_json",
    "chosen_tenant",
    "day",
    "impersonal",
    "json_option",
    "many",
    "money",
    "named",
    "person",
    "said",
    "show",
    "tenant_argument",
    "tenant_option",
    "timeline_lines",
    "waiting_lines",
]

WIDTH: Final = 120

F = TypeVar("F", bound=Callable[..., Any])

TENANT: Final = "kravbro.tenant"
"""Under this name a command's context tells which tenant it is about, for the sentence of an error."""


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json_", is_flag=True, help="Print one JSON object and nothing else.")(function)


def tenant_option(function: F) -> F:
    """Add `--tenant`, which may be left out where there is one tenant only."""
    text = "The tenant's id, see `kravbro tenants list`; the only one there is unless told."
    return click.option("--tenant", "tenant_id", callback=_tenant, help=text)(function)


def tenant_argument(function: F) -> F:
    """Add the argument TENANT_ID."""
    return click.argument("tenant_id", callback=_tenant)(function)


def _tenant(context: click.Context, _: click.Parameter, given: str | None) -> str:
    return given or "" if context.resilient_parsing else chosen_tenant(context, given)


def chosen_tenant(context: click.Context, given: str | None) -> str:
    """Return the tenant's id, the only one's where none is given, and note it for the errors of this command."""
    context.meta[TENANT] = given or _only_tenant()
    return str(context.meta[TENANT])


def _only_tenant() -> str:
    from commands.wiring import open_app
    from core.store import tenants

    with open_app().database.read() as connection:
        known = [tenant.id for tenant in tenants.list_tenants(connection)]
    if not known:
        raise ConfigError("--tenant", "there is no tenant yet", "Connect one with `kravbro connect`.")
    if len(known) > 1:
        raise ConfigError("--tenant", "there are several tenants", f"Name one of {', '.join(known)}.")
    return known[0]


def as_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def many(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun, e.g. "1 claim", "0 claims"; `several` where the plural is not made by an s."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


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


def timeline_lines(lines: Iterable[Line], language: str) -> Iterator[str]:
    """Yield what happened as lines to read: the day, what, and below it why."""
    from core.engine.timeline_words import say
    from core.policy import value_in

    for line in lines:
        yield f"{value_in(str(line.on), language):10}  {line.text}"
        if line.why:
            why = f"{say('why', language)} " + " ".join(reason["text"] for reason in line.why)
            yield from textwrap.wrap(why, WIDTH, initial_indent=" " * 12, subsequent_indent=" " * 17)


def waiting_lines(waiting: int, waits_for: Iterable[dict[str, Any]], tenant_id: str) -> Iterator[str]:
    """Yield how many invoices are due and wait; below it each reason with the first invoice, and what to do about it."""
    if waiting:
        yield f"Due, and waiting: {waiting}; `kravbro claims explain INVOICE --tenant {tenant_id}` tells all of one."
    for row in waits_for:
        count = "invoice" if row["invoices"] == 1 else f"{row['invoices']} invoices, first"
        change = row["change"].replace("INVOICE", row["invoice"]).replace("TENANT", tenant_id)
        text = f"{count} {row['invoice']}: {row['text']} What would have to change: {change}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ")


def said(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an option whose words say nothing, like "…" or "x", or hold a personal number (a callback of click)."""
    if value is not None and not _has_words(value):
        raise click.BadParameter(f"{value!r} says nothing; say it in words", context, parameter)
    return impersonal(context, parameter, value)


def impersonal(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse words with a personal number in them: they are kept and shown as they were typed (a callback of click)."""
    from commands.personal import has_personal_number

    if value and has_personal_number(value):
        raise click.BadParameter(
            "it holds what looks like a personal number; leave it out, for these words are kept as they are", context, parameter
        )
    return value


def named(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an option that names nothing: it has no number, and no words either (a callback of click)."""
    if value is not None and not (any(map(str.isdigit, value)) or _is_name(value)):
        raise click.BadParameter(f"{value!r} names nothing; give its number or its name", context, parameter)
    return value


def person(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an option that names nobody (a callback of click)."""
    if value is not None and not _is_name(value):
        raise click.BadParameter(f"{value!r} names nobody; give the first and the last name", context, parameter)
    return value


def _is_name(text: str) -> bool:
    """Tell whether a text can be a name: two words, be they initials, or one that is a word."""
    return sum(any(map(str.isalpha, word)) for word in text.split()) > 1 or _has_words(text)


def _has_words(text: str) -> bool:
    """Tell whether there are three letters at least, not all of them the same."""
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    return len(letters) >= 3 and len(set(letters)) > 1


@overload
def day(option: str, text: str, *, never: bool = False) -> date: ...
@overload
def day(option: str, text: None, *, never: bool = False) -> None: ...
@overload
def day(option: str, text: str | None, *, never: bool = False) -> date | None: ...
def day(option: str, text: str | None, *, never: bool = False) -> date | None:
    """Read a day of the command line; what was not given stays so, and 9999-12-31 is one only where that means "never"."""
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:  # fromisoformat also reads 20250531 and 2025-W22-6
        raise ConfigError(option, f"{text!r} is no day", "Write the day as 2025-05-31.")
    if found.year not in YEARS and not (never and found == date.max):
        raise ConfigError(option, f"{text} is no day to reckon with", f"Give one of the years {YEARS[0]} to {YEARS[-1]}.")
    return found


def money(option: str, text: str, currency: str) -> Money:
    """Read an amount of the command line, which is above zero."""
    try:
        amount = Money.parse(text, currency)
    except MoneyError as problem:
        raise ConfigError(option, str(problem), "Write the amount as 12500.00.") from None
    if amount.minor <= 0:
        raise ConfigError(option, f"{text} is not above zero", "Give an amount above zero.")
    return amount


class Progress:
    """Shows how far long work has come: a bar on a terminal, a plain line now and then elsewhere, both beside the output.

    Args:
        what: what is counted, in the plural.
        total: how many there are; None where nobody knows yet.
        every: how many steps lie between two plain lines.
        quiet: show nothing, for `--json`.
    """

    def __init__(self, what: str, total: int | None = None, *, every: int, quiet: bool) -> None:
        self._what, self._total, self._every, self._quiet = what, total, every, quiet
        self._bar: Any = None
        self._said = 0

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._what, total=self._total)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, done: int, note: str = "") -> None:
        """Show that so much is done."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, description=f"{self._what} {note}".strip())
        elif not self._quiet and done // self._every > self._said:
            self._said = done // self._every
            of = f" of {self._total}" if self._total is not None else ""
            click.echo(f"{self._what}: {done}{of}{f' ({note})' if note else ''}", err=True)
