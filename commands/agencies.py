"""`kravbro agencies`: who claims go to, their feed keys and webhooks."""

from __future__ import annotations

import re
from dataclasses import asdict

import click

from commands.output import as_json, json_option, named, show
from commands.wiring import App, adapter_names, open_app
from core.errors import ConfigError
from core.store import feed, tenants


@click.group()
def agencies() -> None:
    """Add agencies, their feed keys and webhooks."""


def _new_id(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse what can't be an agency's id, before anything else of the command is looked at (a callback of click)."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        raise ConfigError("agency", f"{value!r} can't be an id", "Use small letters, digits and hyphens, at most 40.")
    return value


@agencies.command()
@click.argument("agency_id", callback=_new_id, is_eager=True)
@click.option("--name", required=True, callback=named, help="The agency's name, as letters and marks show it.")
@click.option("--adapter", type=click.Choice(adapter_names("agency")), default="feed", show_default=True, help="How claims reach it.")
def add(agency_id: str, name: str, adapter: str) -> None:
    """Add an agency."""
    app = open_app()
    with app.database.write() as connection:
        if any(agency.id == agency_id for agency in tenants.list_agencies(connection)):
            raise ConfigError(f"agency {agency_id}", "it is there already", "Choose another id, or use it as it is.")
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
    show(
        rows,
        ("id", "name", "adapter"),
        json_=as_json_,
        name="agencies",
        empty="No agency yet: add one with `kravbro agencies add ID --name NAME`.",
    )


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
        _show_once(secret, "Only its hash is kept: note the key now.")


@agencies.command()
@click.argument("agency_id")
@json_option
def keys(agency_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """List an agency's feed keys by their ids, revoked ones too."""
    app = open_app()
    with app.database.read() as connection:
        tenants.get_agency(connection, agency_id)
        found = feed.list_keys(connection, agency_id)
    rows = [
        {"id": one.key_id, "scopes": " ".join(sorted(one.scopes)), "created_at": one.created_at, "revoked_at": one.revoked_at or "-"}
        for one in found
    ]
    columns = ("id", "scopes", "created_at", "revoked_at")
    show(rows, columns, json_=as_json_, name="keys", empty=f"No key yet: make one with `kravbro agencies key {agency_id}`.")


@agencies.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a feed key worthless at once."""
    app = open_app()
    with app.database.write() as connection:
        feed.revoke_key(connection, key_id, app.clock.now())
    click.echo(f"Key {key_id} is revoked.")


@agencies.command()
@click.argument("agency_id")
@click.option("--url", required=True, help="Where the agency takes webhooks: https, and public.")
@click.option("--private", is_flag=True, help="Allow http and private addresses; `kravbro serve --private-webhooks` sends there.")
@json_option
def webhook(agency_id: str, url: str, private: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Send an agency each event by webhook too; shows the signing secret, this once. Another address keeps the secret."""
    from core.webhooks import new_secret

    app = open_app()
    _check_address(url, allow_private=private)
    secret = new_secret()
    with app.database.write() as connection:
        tenants.get_agency(connection, agency_id)
        if feed.find_webhook(connection, agency_id):
            feed.move_webhook(connection, agency_id, url)
            secret = ""
        else:
            feed.register_webhook(connection, app.vault, agency_id, url=url, secrets=(secret,), now=app.clock.now())
    if as_json_:
        as_json({"agency": agency_id, "url": url, "secret": secret or None})
    else:
        _show_once(secret, "Give the agency this secret; it is not shown again." if secret else "The address is changed; the secret stays.")


@agencies.command()
@click.argument("agency_id")
@click.option("--end", is_flag=True, help="Forget the older secrets, once the agency checks with the newest.")
@json_option
def rotate(agency_id: str, end: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Make a new signing secret and show it, this once; webhooks are signed with the older one too until `--end`."""
    from core.webhooks import new_secret

    app = open_app()
    secret = "" if end else new_secret()
    with app.database.write() as connection:
        if end:
            feed.end_secrets(connection, app.vault, agency_id)
        else:
            feed.add_secret(connection, app.vault, agency_id, secret)
    if as_json_:
        as_json({"agency": agency_id, "secret": secret or None})
    elif end:
        click.echo("Webhooks are signed with the newest secret alone.")
    else:
        _show_once(secret, f"Give the agency this secret, then end the older one with `kravbro agencies rotate {agency_id} --end`.")


@agencies.command()
@click.argument("agency_id")
@json_option
def webhooks(agency_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """Show where an agency's webhooks go, what waits, and what it has not taken."""
    app = open_app()
    state = _webhook(app, agency_id)
    with app.database.read() as connection:
        failures = feed.list_failures(connection, agency_id)
    if as_json_:
        as_json({"agency": agency_id, **asdict(state), "failures": [asdict(one) for one in failures]})
        return
    off = f"disabled since {state.disabled_at}" if state.disabled_at else "enabled"
    click.echo(f"{state.url}, {off}: {state.waiting} wait, {state.given_up} were given up.")
    rows = [asdict(one) | {"next_at": one.next_at or "given up"} for one in failures]
    show(rows, ("item_id", "type", "claim_id", "attempts", "next_at", "note"), json_=False, name="failures", empty="Nothing has failed.")


@agencies.command()
@click.argument("agency_id")
def replay(agency_id: str) -> None:
    """Start again with the webhooks that were given up."""
    app = open_app()
    _webhook(app, agency_id)
    with app.database.write() as connection:
        count = feed.replay(connection, agency_id, app.clock.now())
    again = "One webhook is sent again." if count == 1 else f"{count} webhooks are sent again."
    click.echo(again if count else "No webhook was given up.")


def _webhook(app: App, agency_id: str) -> feed.WebhookState:
    with app.database.read() as connection:
        tenants.get_agency(connection, agency_id)
        state = feed.find_webhook(connection, agency_id)
    if state is None:
        raise ConfigError(f"agency {agency_id}", "it has no webhook", f"Give it one: `kravbro agencies webhook {agency_id} --url URL`.")
    return state


def _show_once(secret: str, note: str) -> None:
    """Print the secret alone, so that it can go straight into a file, and the note beside it."""
    if secret:
        click.echo(secret)
    click.echo(note, err=True)


def _check_address(url: str, *, allow_private: bool) -> None:
    """Refuse now what would be refused at each send."""
    from agencies.feed import find_address

    try:
        address = find_address(url, allow_private=allow_private)
    except (OSError, UnicodeError):
        raise ConfigError("--url", "its name can't be resolved", "Correct it, or try again when the name is known.") from None
    if address is None:
        raise ConfigError("--url", "it is not https, or not public", "Give a public https address; --private allows others, for a trial.")
