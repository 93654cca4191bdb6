"""`kravbro db`: the database's schema."""

from __future__ import annotations

import click

from commands.wiring import open_app
from core.store.migrate import check_schema, current, upgrade


@click.group()
def db() -> None:
    """Create, check and upgrade the database."""


@db.command()
def init() -> None:
    """Make the home folder, the master key and the database; what exists stays."""
    app = open_app(create=True)
    click.echo(
        f"{app.home}: schema {upgrade(app.database)}. Keep a safe copy of {app.home / 'master.key'}: without it nothing can be read."
    )


@db.command(name="upgrade")
def upgrade_() -> None:
    """Bring the database to this program's schema; back it up first."""
    app = open_app(create=True)
    click.echo(f"schema {upgrade(app.database)}")


@db.command()
def check() -> None:
    """Tell whether the database fits this program."""
    app = open_app()
    check_schema(app.database)
    click.echo(f"schema {current(app.database)}: fits")
