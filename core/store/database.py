"""Connections: writing transactions begin at once and stay short; reading ones see one moment.

On SQLite a transaction that starts by reading and then writes fails at once when another writer got in between, whatever
the busy time-out, so writing ones start with BEGIN IMMEDIATE (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from core.errors import ConfigError, DatabaseBusyError, DatabaseFullError

__all__ = ["BUSY_TIMEOUT_S", "Database", "insert_once"]

BUSY_TIMEOUT_S: Final = 30.0


class Database:
    """One database by its URL: `sqlite:///path` or `postgresql+psycopg://…`."""

    def __init__(self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError:
            raise ConfigError(
                "KRAVBRO_DATABASE_URL", "it is no database's address", "Write postgresql+psycopg://… or leave it out."
            ) from None
        self._busy_timeout_s = busy_timeout_s
        self.engine = self._engine()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a writing transaction; commits at the end, rolls back on any exception.

        `durable=False` is for what may be lost with the machine's power (budgets): it is committed without waiting for the disk.
        """
        options = {"begin_sql": "BEGIN IMMEDIATE", "synchronous": "FULL" if durable else "NORMAL"}
        with _plain_errors(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading transaction."""
        with _plain_errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @property
    def file(self) -> Path | None:
        """The embedded database's file; None where a server keeps the data."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    def keep_private(self) -> None:
        """Let nobody else read the embedded database's file; SQLite gives the mode on to its -wal and -shm."""
        if self.file is None:
            return
        os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        for suffix in ("", "-wal", "-shm"):
            part = self.file.with_name(self.file.name + suffix)
            if part.exists():
                part.chmod(0o600)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _engine(self) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True)
        engine = create_engine(self.url, hide_parameters=True, connect_args={"timeout": self._busy_timeout_s, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine


def insert_once(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless one with a key of its own is there already; return whether it was inserted.

    Catching the database's refusal instead would do on SQLite alone: PostgreSQL aborts the whole transaction with it.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    key = next(iter(table.primary_key))
    return connection.execute(insert(table).values(**values).on_conflict_do_nothing().returning(key)).first() is not None


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode=WAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if "begin_sql" not in options:  # it only reads: it waits for no disk, and takes no lock that could be refused
        connection.connection.execute("BEGIN").close()
        return
    if connection.info.get("synchronous") != options["synchronous"]:  # SQLite keeps it for as long as the connection lasts
        connection.exec_driver_sql(f"PRAGMA synchronous={options['synchronous']}")
        connection.info["synchronous"] = options["synchronous"]
    connection.exec_driver_sql(options["begin_sql"])  # if the database is locked, SQLAlchemy knows the error


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the faults a user can mend into one sentence each."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig).lower()
        if "locked" in text or "busy" in text:
            raise DatabaseBusyError from None
        if "disk is full" in text or "no space left" in text or "disk i/o error" in text:
            raise DatabaseFullError from None
        if "unable to open" in text or "connection" in text or "resolve host" in text:
            raise ConfigError("database", "it can't be opened", "Check KRAVBRO_HOME or KRAVBRO_DATABASE_URL.") from None
        raise
    except DBAPIError as error:
        if "file is not a database" in str(error.orig).lower():
            raise ConfigError("database", "the file is no database of ours", "Restore it from a backup.") from None
        raise
