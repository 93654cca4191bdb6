"""`kravbro reconcile`: do books, ledger and agency agree?"""

from __future__ import annotations

import click

from commands.output import as_json, json_option, tenant_option
from commands.wiring import open_app
from core.clock import day_in, zone_of
from core.engine.audit import differences
from core.ledger import LedgerAccount, balance
from core.store import books, claims


@click.command()
@tenant_option
@json_option
def reconcile(tenant_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """Compare books, ledger and agency as they were last read, say when that was, and show every difference with its size and age."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    today = day_in(tenant.country, app.clock.now())
    run = app.look(tenant_id, today)
    with app.database.read() as connection:
        found = differences(run, connection)
        first = {(one.kind, one.subject): one.first_seen_on for one in claims.list_differences(connection, tenant_id)}
        entries = claims.list_entries(connection, tenant=tenant_id)
        read_at = books.get_sweep(connection, tenant_id).watermark
    totals = {str(account): balance(entries, account, tenant.currency).text() for account in LedgerAccount}
    rows = [
        {
            "kind": one.kind, "amount": str(one.amount), "age_days": (today - (first.get((one.kind, one.subject)) or today)).days,
            "what": one.text,
        }
        for one in found
    ]  # fmt: skip
    if as_json_:
        as_json({"tenant": tenant_id, "books_read_at": read_at, "differences": rows, "ledger": totals})
        return
    click.echo(
        f"The books were last read {read_at.astimezone(zone_of(tenant.country)):%Y-%m-%d %H:%M %Z}."
        if read_at
        else "The books were not read yet."
    )
    held = ", ".join(f"{name.replace('_', ' ')} {amount}" for name, amount in totals.items() if amount != "0.00")
    click.echo(f"Our ledger of claims at agencies: {held or 'nothing'}")
    for row in rows:
        click.echo(f"{row['amount']}, {row['age_days']} days old: {row['what']}")
    click.echo("Books, ledger and agency agree." if not rows else "One difference." if len(rows) == 1 else f"{len(rows)} differences.")
