"""Leases: one owner, a rising epoch, and no wait for the dead."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from core.errors import BusyError
from core.store import leases


def acquire(database, now):
    with database.write() as connection:
        return leases.acquire(connection, "a", now)


def held_by(database, monkeypatch, owner, now):
    monkeypatch.setattr(leases, "owner_name", lambda: owner)
    epoch = acquire(database, now)
    monkeypatch.undo()
    return epoch


def test_epoch_rises_with_each_owner(database, now):
    first = acquire(database, now)
    assert acquire(database, now + timedelta(hours=1)) == first + 1


def test_refuses_while_another_holds_it(database, monkeypatch, now):
    held_by(database, monkeypatch, "elsewhere:1", now)
    with pytest.raises(BusyError, match="elsewhere"):
        acquire(database, now + timedelta(minutes=1))


def test_takes_over_when_it_ends(database, monkeypatch, now):
    epoch = held_by(database, monkeypatch, "elsewhere:1", now)
    assert acquire(database, now + leases.LEASE + timedelta(seconds=1)) == epoch + 1


def named(**changes):
    host, pid, start, machine = leases.owner_name().split(":")
    return ":".join(({"host": host, "pid": pid, "start": start, "machine": machine} | changes).values())


@pytest.mark.parametrize("gone", [{"pid": "999999999"}, {"start": "1"}])
def test_takes_over_from_the_dead(database, monkeypatch, now, gone):
    held_by(database, monkeypatch, named(**gone), now)  # no such process, or another one with its pid
    assert acquire(database, now) == 2


@pytest.mark.parametrize("unseen", [{}, {"machine": "other"}, {"machine": ""}, {"host": "other"}])
def test_waits_for_who_may_live(database, monkeypatch, now, unseen):
    held_by(database, monkeypatch, named(**({"start": "1"} | unseen if unseen else {})), now)
    with pytest.raises(BusyError, match="process"):
        acquire(database, now)


def test_takes_over_from_the_killed(database, monkeypatch, now):
    child = subprocess.Popen([sys.executable, "-c", "import core.store.leases as l; print(l.owner_name(), flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    held_by(database, monkeypatch, child.stdout.readline().strip(), now)
    with pytest.raises(BusyError):
        acquire(database, now)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has asked for its end yet
    assert acquire(database, now) == 2
    child.communicate()


def test_release_lets_others_in(database, monkeypatch, now):
    epoch = held_by(database, monkeypatch, "elsewhere:1", now)
    with database.write() as connection:
        leases.release(connection, "a", epoch, now)
    assert acquire(database, now) == epoch + 1


def test_lost_lease_can_not_be_renewed(database, now):
    epoch = acquire(database, now)
    acquire(database, now + timedelta(hours=1))
    with pytest.raises(BusyError, match="process"), database.write() as connection:
        leases.renew(connection, "a", epoch, now)
