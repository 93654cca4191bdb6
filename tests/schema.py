"""New databases whose schema is copied from one that the migrations made, once in each process of the tests."""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import delete

from core.store.database import Database
from core.store.migrate import upgrade
from core.store.tables import feed_state


def migrated(path):
    """A new embedded database in this file, with an epoch of its own."""
    path.write_bytes(_schema())
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    return database


@cache
def _schema():
    """The file of a database that is empty but for its schema's version."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        with database.write() as connection:
            connection.execute(delete(feed_state))
        database.close()
        return path.read_bytes()
