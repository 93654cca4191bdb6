"""`kravbro agencies`: who claims go to, their feed keys and webhooks."""

from __future__ import annotations

import click

from commands.output import as_json, json_option, show
from commands.wiring import AGENCIES, open_app
from core.store import feed, tenants


@click.group()
def agencies() -> None:
    """Add agencies, their feed keys and webhooks."""


@agencies.command()
@click.argument("agency_id")
@click.option("--name", required=True, help="The agency's name, as letters and marks show it.")
@click.option("--adapter", type=click.Choice(sorted(AGENCIES)), default="feed", show_default=True)
def add(agency_id: str, name: str, adapter: str) -> None:
    """Add an agency."""
    app = open_app()
    with app.database.write() as connection:
        tenants.add_agency(connection, app.vault, id=agency_id, name=name, adapter=adapter, now=app.clock.now())
    click.echo(f"{agency_id}: {name}, by {adapter}. Give it a key with `kravbro agencies key {agency_id}`.")


@agencies.command(name="list")
@json_option
def list_(as_json_: bool) -> None:  # noqa: FBT001
    """List every agency."""
    app = open_app()
    with app.database.read() as connection:
        found = tenants.list_agencies(connection)
    rows = [{"id": agency.id, "name": agency.name, "adapter": agency.adapter} for agency in found]
    show(rows, ("id", "name", "adapter"), json_=as_json_, name="agencies", empty="No agency yet: add one with `kravbro agencies add`.")


@agencies.command()
@click.argument("agency_id")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(feed.SCOPES), help="May be given more than once; all unless told.")
@json_option
def key(agency_id: str, scopes: tuple[str, ...], as_json_: bool) -> None:  # noqa: FBT001
    """Make a feed key and show it, this once."""
    app = open_app()
    with app.database.write() as connection:
        tenants.get_agency(connection, agency_id)
        secret = feed.create_key(connection, agency_id, scopes or feed.SCOPES, app.clock.now())
    if as_json_:
        as_json({"agency": agency_id, "key": secret})
    else:
        click.echo(f"{secret}\nOnly its hash is kept: note the key now.")


@agencies.command()
@click.argument("agency_id")
@click.option("--url", required=True, help="Where the agency takes webhooks, https.")
def webhook(agency_id: str, url: str) -> None:
    """Send an agency each event by webhook too; shows the signing secret, this once."""
    from core.webhooks import new_secret

    app = open_app()
    secret = new_secret()
    with app.database.write() as connection:
        tenants.get_agency(connection, agency_id)
        feed.register_webhook(connection, app.vault, agency_id, url=url, secrets=(secret,), now=app.clock.now())
    click.echo(f"{secret}\nGive the agency this secret; it is not shown again.")


@agencies.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a feed key worthless at once."""
    app = open_app()
    with app.database.write() as connection:
        feed.revoke_key(connection, key_id, app.clock.now())
    click.echo(f"Key {key_id} is revoked.")
