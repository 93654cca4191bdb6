"""`kravbro db`: the database's schema."""

from __future__ import annotations

from pathlib import Path

import click

from commands.wiring import open_app
from core.store import restore
from core.store.migrate import check_schema, current, upgrade


@click.group()
def db() -> None:
    """Create, check, upgrade and back up the database."""


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


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into a new FILE, while runs may go on."""
    app = open_app()
    restore.back_up(app.database, file)
    click.echo(f"The database is copied to {file}. It opens with {app.home / 'master.key'} alone: keep a copy of that too, elsewhere.")


@db.command()
def restored() -> None:
    """Say that the database came back from a backup: live tenants pause until a person has compared what was sent since."""
    app = open_app()
    with app.database.write() as connection:
        paused = restore.note_restore(connection, app.clock.now())
    for tenant in paused:
        click.echo(f"{tenant.id} is paused; `kravbro claims tasks --tenant {tenant.id}` says what to compare first.")
    click.echo("The feed has a new epoch: agencies read it from its beginning and know again what they have by its id.")
