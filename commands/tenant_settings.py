"""`kravbro tenants settings TENANT`: what a tenant's connector is set to, in the words of the connector's own data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from commands.changing import change_settings
from commands.output import as_json, json_option, show, tenant_argument
from commands.reaching import given_settings, secrets_in
from commands.wiring import App, load_adapter, open_app
from core.capabilities import describe, value_of
from core.clock import zone_of
from core.errors import ConfigError
from core.store.links import SETTINGS_LIFE, seal_settings_link
from core.store.tenants import Tenant, owner_vault, read_secrets

__all__ = ["check_site", "settings"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@click.command()
@tenant_argument
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Change a setting of the connector; others stay.")
@click.option(
    "--secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the new secret, or one secret a line in the order of the settings.",
)
@click.option("--link", is_flag=True, help="Print the address of a page on which they can be seen and changed, good for an hour.")
@click.option("--site", default="", help="Where `kravbro serve` is reached for --link; the site of its mails unless told.")
@json_option
def settings(tenant_id: str, given: tuple[str, ...], secret_file: Path | None, link: bool, site: str, as_json_: bool) -> None:  # noqa: FBT001
    """Show what a tenant's connector is set to, change it, or give somebody a page to do both on.

    The company is reached with what is new, and must be the same, before anything is stored. What says whose books they are, or where they
    answer, changes by `kravbro connect` alone.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    changed = given_settings(tenant.connector, given)
    if secret_file is not None:
        names = [one.name for one in load_adapter("connector", tenant.connector).SETTINGS if one.secret and not one.fixed]
        changed |= secrets_in(secret_file, tenant.connector, names)
    before, tenant = tenant, change_settings(app, tenant_id, changed) if changed else tenant
    if link:
        _show_link(app, tenant, site, as_json_)
        return
    rows = _rows(app, tenant)
    if as_json_:
        module = load_adapter("connector", tenant.connector)
        as_json({"tenant": tenant.id, "connector": tenant.connector, **describe(module), "settings": rows})
    elif changed:
        is_new = secret_file is not None or tenant.settings != before.settings
        click.echo(f"{tenant.id}: saved, the company answered with it." if is_new else f"{tenant.id}: nothing was changed.")
    else:
        show(
            [_in_words(row) for row in rows], ("name", "value", "default", "changed_by"), json_=False, name="settings", empty="It has none."
        )


def _rows(app: App, tenant: Tenant) -> list[dict[str, Any]]:
    """Return each setting with its value, None for a secret, of which only is said whether one is kept."""
    with app.database.read() as connection:
        kept = read_secrets(connection, f"tenant {tenant.id}", "connector", owner_vault(app.vault, tenant))
    return [
        {"name": one.name, "value": None if one.secret else value_of(one, tenant.settings), "kept": one.name in kept, **_data(one)}
        for one in load_adapter("connector", tenant.connector).SETTINGS
    ]


def _in_words(row: dict[str, Any]) -> dict[str, str]:
    secret = "(secret, kept)" if row["kept"] else "(secret, none)"
    return {
        "name": row["name"],
        "value": secret if row["secret"] else row["value"] or "empty",
        "default": "" if row["required"] or row["secret"] or row["value"] == row["default"] else row["default"] or "empty",
        "changed_by": "connect" if row["fixed"] else "settings",
    }


def _data(setting: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(setting).items() if name != "name"}


def _show_link(app: App, tenant: Tenant, site: str, as_json_: bool) -> None:  # noqa: FBT001
    """Print the address of the page, and until when it is good."""
    site = site or tenant.mail.get("site", "")
    if not site:
        todo = (
            f"Say it with --site, e.g. --site https://kravbro.acme.example, or once for all: `kravbro tenants mail {tenant.id} --site …`."
        )
        raise ConfigError("--link", "nobody has said where `kravbro serve` is reached", todo)
    check_site("--site", site)
    now = app.clock.now()
    link = f"{site.rstrip('/')}/settings/{tenant.id}/{seal_settings_link(owner_vault(app.vault, tenant), now)}"
    until = (now + SETTINGS_LIFE).astimezone(zone_of(tenant.country))
    if as_json_:
        as_json({"tenant": tenant.id, "link": link, "until": until.isoformat()})
        return
    click.echo(f"{link}\nGood until {until:%H:%M %Z}: whoever has it can change these settings of {tenant.id}, and nothing else.")


def check_site(option: str, site: str) -> None:
    """Refuse an address of a site that is neither on this machine nor over TLS, since its links are keys."""
    parts = urlsplit(site)
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or parts.query or parts.fragment or not (here or parts.scheme == "https"):
        raise ConfigError(option, f"{site!r} is no address of a site over TLS", "Give one like https://kravbro.acme.example.")
