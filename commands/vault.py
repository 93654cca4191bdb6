"""`kravbro vault`: the master key."""

from __future__ import annotations

import click

from commands.wiring import open_app
from core.store import tenants


@click.group()
def vault() -> None:
    """Look after the master key."""


@vault.command()
def check() -> None:
    """Open every tenant's and agency's data key, to see that the master key is the right one."""
    app = open_app()
    with app.database.read() as connection:
        owners: list[tenants.Tenant | tenants.Agency] = [*tenants.list_tenants(connection), *tenants.list_agencies(connection)]
    for owner in owners:
        tenants.owner_vault(app.vault, owner)
    click.echo(f"The master key opens all {len(owners)} data keys.")
