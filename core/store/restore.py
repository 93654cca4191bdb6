"""Backups of the embedded database, and what must happen after one was put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from core.errors import ConfigError
from core.store import people, tenants
from core.store.database import Database
from core.store.feed import new_epoch
from core.store.tenants import Tenant

__all__ = ["RESTORED", "back_up", "note_restore"]

RESTORED = "restored"
"""The kind of the task that waits until a person has compared what was sent after the backup."""


def back_up(database: Database, path: Path) -> None:
    """Copy the embedded database as it is at one moment into a new file that nobody else may read; runs may go on."""
    if database.file is None:
        raise ConfigError("database", "a PostgreSQL server keeps it", "Back it up with `pg_dump --format=custom`.")
    if path.exists():
        raise ConfigError(str(path), "it exists already", "Name a new file.")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(database.file)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)


def note_restore(connection: Connection, now: datetime) -> list[Tenant]:
    """Pause every live tenant until a person has compared, and begin a new epoch of the feed; return those that were live.

    A restored journal does not know what was sent after the backup, and would send it again; a yes that was given before may be used up.
    """
    new_epoch(connection)
    known = tenants.list_tenants(connection)
    for tenant in known:
        tenants.change_tenant(connection, tenant.id, restored_at=now)  # one that is not live in the backup may have gone live since
        people.withdraw_questions(connection, tenant.id, (), now)
    live = [tenant for tenant in known if tenant.live_from is not None]
    for tenant in live:
        reason = "its data came back from a backup, and what was sent after that is not known here"
        text = (
            f"The database came back from a backup: what went out after it is not in the journal. Run `kravbro tenants resume {tenant.id}`; "
            f"letters and claims that were due by now ask for a yes each (`kravbro claims approve --tenant {tenant.id} --list`). Compare the "
            f"claims with {tenant.agency or 'the agency'} and the letters with the mailbox first; a letter that has gone is held instead "
            f"(`kravbro claims hold INVOICE --tenant {tenant.id} --reason …`). Ask the agency to send its reports since the backup again."
        )
        tenants.change_tenant(connection, tenant.id, state="paused", pause_reason=reason)
        people.add_task(connection, tenant.id, RESTORED, tenant.id, text, now)
    return live
