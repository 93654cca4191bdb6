"""One owner per tenant at a time: a lease with an epoch that rises with every owner and fences the ones before."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from core.errors import BusyError
from core.store.database import insert_once
from core.store.tables import leases

__all__ = ["LEASE", "acquire", "check", "owner_name", "release", "renew"]

LEASE: Final = timedelta(minutes=15)
"""Longer than any one request with its time-outs; renewed while a run goes on."""


def owner_name() -> str:
    """Return this process's name in a lease: host, pid, start and machine, since a host name and a pid come again.

    A container that starts anew has both from the one before, and two containers may have them at the same time.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}:{_machine()}"


def acquire(connection: Connection, name: str, now: datetime) -> int:
    """Take the lease and return its epoch; an owner on this machine that no longer lives loses it at once.

    Raises:
        BusyError: somebody else holds it.
    """
    row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    me = owner_name()
    if row is None:
        if not insert_once(connection, leases, name=name, owner=me, epoch=1, until=now + LEASE):
            raise _busy(name, None)
        return 1
    if row.owner and row.until > now and _lives(row.owner):
        raise _busy(name, row)
    taken = connection.execute(
        update(leases)
        .where(leases.c.name == name, leases.c.epoch == row.epoch, leases.c.owner == row.owner)
        .values(owner=me, epoch=row.epoch + 1, until=now + LEASE)
    )
    if taken.rowcount != 1:
        raise _busy(name, None)
    return int(row.epoch) + 1


def renew(connection: Connection, name: str, epoch: int, now: datetime) -> None:
    """Hold the lease for another while; raises `BusyError` if it was lost."""
    held = connection.execute(update(leases).where(leases.c.name == name, leases.c.epoch == epoch).values(until=now + LEASE))
    if held.rowcount != 1:
        raise _lost(connection, name)


def check(connection: Connection, name: str, epoch: int) -> None:
    """Raise `BusyError` unless this epoch still owns the lease; called inside every transaction that changes the journal."""
    current = connection.execute(select(leases.c.epoch).where(leases.c.name == name).with_for_update(read=True)).scalar_one_or_none()
    if current != epoch:
        raise _lost(connection, name)


def release(connection: Connection, name: str, epoch: int, now: datetime) -> None:
    """Give the lease back."""
    connection.execute(update(leases).where(leases.c.name == name, leases.c.epoch == epoch).values(owner="", until=now))


def _lost(connection: Connection, name: str) -> BusyError:
    return _busy(name, connection.execute(select(leases).where(leases.c.name == name)).one_or_none())


def _busy(name: str, row: Row[Any] | None) -> BusyError:
    if row is None or not row.owner:
        return BusyError(name, "another process", "a moment from now")
    host, pid, *_ = f"{row.owner}:?".split(":")
    return BusyError(name, f"process {pid} on {host}", row.until.isoformat(timespec="seconds"))


def _lives(owner: str) -> bool:
    """Tell whether the owner may still be alive; a process that can't be seen from here is believed to be."""
    host, pid, start, machine = f"{owner}:::".split(":")[:4]
    if host != socket.gethostname() or not machine or machine != _machine() or not pid.isdigit():
        return True
    return _start_of(int(pid)) == start


def _machine() -> str:
    """Return this boot of this kernel and the room in which its process ids count; "" where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _start_of(pid: int) -> str:
    """Return when a process of this machine was started, in ticks since the boot; "" where it no longer lives."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "XZ" else fields[18]
