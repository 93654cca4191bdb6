"""`kravbro policy diff …`: which open invoices move when a policy changes, where, and why."""

from __future__ import annotations

import textwrap
import tomllib
from dataclasses import asdict
from typing import Any

import click

from commands.output import WIDTH, as_json, day, json_option, tenant_option
from commands.policyfiles import named_document, named_policy
from commands.wiring import open_app
from core.clock import day_in
from core.engine.compare import compare
from core.policy.diff import changes, move_json


@click.command()
@click.argument("before")
@click.argument("after")
@tenant_option
@click.option("--as-of", "as_of_text", help="Decide as on this day; today unless told.")
@json_option
def diff(before: str, after: str, tenant_id: str, as_of_text: str | None, as_json_: bool) -> None:  # noqa: FBT001
    """Show which open invoices move from policy BEFORE to policy AFTER, where and why, and what the two say differently.

    Each is a template, a file, a version of the tenant's policy ("1", "2" …) or "current". Nothing is read from the books: an invoice
    is decided on what the last run knew.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    today = day("--as-of", as_of_text) or day_in(tenant.country, app.clock.now())
    one, other = named_policy(app, tenant_id, before), named_policy(app, tenant_id, after)
    looked_at, moved = compare(app.look(tenant_id, today), one, other)
    rows = [move_json(move, today) for move in moved]
    changed = changes(*(tomllib.loads(named_document(app, tenant_id, name)) for name in (before, after)))
    if as_json_:
        plain = [asdict(one) for one in changed]
        named = {"tenant": tenant_id, "before": before, "after": after, "as_of": today}
        as_json({**named, "looked_at": looked_at, "moves": rows, "changes": plain})
        return
    for row in rows:
        click.echo(f"Invoice {row['invoice']}, {row['debtor']}, {row['open']}, due {row['due_on']}")
        for name, side in ((before, row["before"]), (after, row["after"])):
            text = " ".join([f"{name}: {_where(side)}.", *(reason["text"] for reason in side["reasons"])])
            click.echo("\n".join(textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ")))
    click.echo(f"{len(rows)} of {looked_at} open invoices move from {before} to {after} on {today}.")
    click.echo("What they say differently:" if changed else "Both say the same.")
    for change in changed:
        click.echo(f"  {change.what}: {change.before or '-'} → {change.after or '-'}")


def _where(side: dict[str, Any]) -> str:
    at, waits = side["stage"].replace("_", " "), ", waits for something" if side["blocked"] else ""
    if not side["action"]:
        return f"{at}{waits}"
    action = side["action"].replace("_", " ") + (f" on {side['on']}" if side["on"] else "")
    before = "" if side["stage"] == side["action"] else f"{at}, then "
    return f"{before}{action}{', a person is asked' if side['mode'] == 'ask' else ''}{waits}"
