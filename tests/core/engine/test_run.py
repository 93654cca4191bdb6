"""A run keeps its lease while it goes on, and stops where another has it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from core.clock import FixedClock
from core.engine.context import Run
from core.errors import BusyError
from core.store import leases
from core.store.tables import leases as table
from tests.schema import migrated


@pytest.fixture
def run(tmp_path):
    clock, database = FixedClock(datetime(2025, 4, 15, 4, tzinfo=UTC)), migrated(tmp_path / "test.db")
    with database.write() as connection:
        epoch = leases.acquire(connection, "a", clock.now())
    return SimpleNamespace(
        tenant=SimpleNamespace(id="a"), epoch=epoch, database=database, clock=clock, now=clock.now, leased_at=clock.now()
    )


def lease_ends(run):
    with run.database.read() as connection:
        return connection.execute(select(table.c.until)).scalar_one()


def test_lease_is_renewed_after_a_third(run):
    first = lease_ends(run)
    run.clock.sleep(leases.LEASE.total_seconds() / 3 - 1)
    Run.keep_lease(run)
    assert lease_ends(run) == first
    run.clock.sleep(1)
    Run.keep_lease(run)
    assert lease_ends(run) == first + leases.LEASE / 3


def test_lost_lease_ends_the_run(run):
    run.clock.sleep(3600)
    with run.database.write() as connection:
        leases.acquire(connection, "a", run.now())
    with pytest.raises(BusyError) as told:
        Run.keep_lease(run)
    assert told.value.exit_code == 4


def test_looking_holds_no_lease(run):
    run.leased_at, before = None, lease_ends(run)
    run.clock.sleep(timedelta(days=1).total_seconds())
    Run.keep_lease(run)
    assert lease_ends(run) == before
