"""The schema's version: Alembic migrations, and a check that the program and the database fit."""

from __future__ import annotations

import secrets
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from core.errors import ConfigError
from core.store.database import Database, insert_once
from core.store.tables import agencies, feed_state, tenants

__all__ = ["check_schema", "current", "has_owners", "upgrade"]


def upgrade(database: Database) -> str:
    """Bring the schema to this program's version and return it."""
    database.keep_private()
    if current(database) != _revisions().head:
        config = _config()
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    with database.write() as connection:
        insert_once(connection, feed_state, id=1, epoch=secrets.token_hex(8), last_position=0)
    return current(database)


def current(database: Database) -> str:
    """Return the schema's version, "" for an empty database."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def has_owners(database: Database) -> bool:
    """Tell whether somebody's data is in the database, whatever its schema, sealed under a master key that must not be lost."""
    if database.file is not None and not database.file.exists():
        return False
    with database.read() as connection:
        there = set(inspect(connection).get_table_names())
        return any(table.name in there and connection.execute(select(table.c.id).limit(1)).first() for table in (tenants, agencies))


def check_schema(database: Database) -> None:
    """Raise `ConfigError` unless the schema is of this program's version."""
    found, needed = current(database), _revisions()
    if found == needed.head:
        return
    if not found:
        raise ConfigError("database", "it is empty", "Run `kravbro db init`.")
    if found in needed.known:
        raise ConfigError(
            "database", f"it has schema {found}, this program needs {needed.head}", "Back it up, then run `kravbro db upgrade`."
        )
    raise ConfigError("database", f"its schema {found} is of a newer program", "Use the program that wrote it.")


class _Revisions(NamedTuple):
    """The schema's version that this program needs, and all that it knows."""

    head: str
    known: frozenset[str]


@cache
def _revisions() -> _Revisions:
    """Read the migrations once for a process: Alembic executes each of their files to ask its number."""
    scripts = ScriptDirectory.from_config(_config())
    return _Revisions(scripts.get_current_head() or "", frozenset(script.revision for script in scripts.walk_revisions()))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("core.store").joinpath("migrations")))
    return config
