"""Leases: one owner, a rising epoch, and no wait for the dead."""

from datetime import timedelta

import pytest

from core.errors import BusyError, InvariantBrokenError
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


def test_takes_over_from_the_dead(database, monkeypatch, now):
    host = leases.owner_name().partition(":")[0]
    held_by(database, monkeypatch, f"{host}:999999999", now)
    assert acquire(database, now) == 2


def test_release_lets_others_in(database, monkeypatch, now):
    epoch = held_by(database, monkeypatch, "elsewhere:1", now)
    with database.write() as connection:
        leases.release(connection, "a", epoch, now)
    assert acquire(database, now) == epoch + 1


def test_lost_lease_can_not_be_renewed(database, now):
    epoch = acquire(database, now)
    acquire(database, now + timedelta(hours=1))
    with pytest.raises(InvariantBrokenError), database.write() as connection:
        leases.renew(connection, "a", epoch, now)
