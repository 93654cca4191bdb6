"""One owner per tenant at a time: a lease with an epoch that rises with every owner and fences the ones before."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import BusyError, InvariantBrokenError
from core.store.tables import leases

__all__ = ["LEASE", "acquire", "check", "owner_name", "release", "renew"]

LEASE: Final = timedelta(minutes=15)
"""Longer than any one request with its time-outs; renewed while a run goes on."""


def owner_name() -> str:
    """Return this process's name in a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def acquire(connection: Connection, name: str, now: datetime) -> int:
    """Take the lease and return its epoch; an owner on this machine that no longer lives loses it at once.

    Raises:
        BusyError: somebody else holds it.
    """
    row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    me = owner_name()
    if row is None:
        try:
            connection.execute(insert(leases).values(name=name, owner=me, epoch=1, until=now + LEASE))
        except IntegrityError:
            raise BusyError(name, "another process", "a moment from now") from None
        return 1
    if row.owner and row.until > now and _lives(row.owner):
        raise BusyError(name, row.owner, row.until.isoformat(timespec="seconds"))
    taken = connection.execute(
        update(leases)
        .where(leases.c.name == name, leases.c.epoch == row.epoch, leases.c.owner == row.owner)
        .values(owner=me, epoch=row.epoch + 1, until=now + LEASE)
    )
    if taken.rowcount != 1:
        raise BusyError(name, "another process", "a moment from now")
    return int(row.epoch) + 1


def renew(connection: Connection, name: str, epoch: int, now: datetime) -> None:
    """Hold the lease for another while; raises `InvariantBrokenError` if it was lost."""
    held = connection.execute(update(leases).where(leases.c.name == name, leases.c.epoch == epoch).values(until=now + LEASE))
    if held.rowcount != 1:
        raise InvariantBrokenError(f"the lease on {name} was lost to another run")


def check(connection: Connection, name: str, epoch: int) -> None:
    """Raise `InvariantBrokenError` unless this epoch still owns the lease; called inside every writing transaction."""
    current = connection.execute(select(leases.c.epoch).where(leases.c.name == name).with_for_update(read=True)).scalar_one_or_none()
    if current != epoch:
        raise InvariantBrokenError(f"the lease on {name} was lost to another run")


def release(connection: Connection, name: str, epoch: int, now: datetime) -> None:
    """Give the lease back."""
    connection.execute(update(leases).where(leases.c.name == name, leases.c.epoch == epoch).values(owner="", until=now))


def _lives(owner: str) -> bool:
    """Tell whether the owner may still be alive; a process on another machine is believed to be."""
    host, _, pid = owner.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
