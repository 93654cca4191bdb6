"""One run of a tenant: its lease, its parts in order, and the record of how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlalchemy import insert, update

from core.clock import Clock, day_in
from core.engine import act, audit, book, decide, listen, recover, sweep
from core.engine.context import Ports, Progress, Run, Summary, unseen
from core.errors import ConfigError, LoginExpiredError, RetryLaterError
from core.ids import stable_id
from core.law import Law
from core.policy import Policy
from core.store import leases, people, tenants
from core.store.database import Database
from core.store.journal import Journal
from core.store.tables import runs
from core.store.tenants import Tenant
from core.vault import OwnerVault

__all__ = ["run_tenant"]


def run_tenant(
    *,
    tenant: Tenant,
    database: Database,
    clock: Clock,
    vault: OwnerVault,
    ports: Ports,
    policy: Policy,
    policy_version: int,
    law: Law,
    dry_run: bool = False,
    as_of: date | None = None,
    progress: Progress = unseen,
) -> Summary:
    """Run a tenant once.

    1. take the lease; 2. recover what a run before left open; 3. sweep the books; 4. listen to the agency; 5. decide;
    6. act; 7. book; 8. audit; 9. give the lease back.

    Raises:
        ConfigError: the day lies before the last run's. BusyError: another run owns the tenant.
        LoginExpiredError: the vendor's login is gone; the tenant is paused.
    """
    started = clock.now()
    today = as_of or day_in(tenant.country, started)
    if tenant.last_run_on and today < tenant.last_run_on and not dry_run:
        raise ConfigError("clock", f"it says {today}, but {tenant.id} was last run for {tenant.last_run_on}", "Set the clock right.")
    with database.write() as connection:
        epoch = leases.acquire(connection, tenant.id, started)
    run = Run(
        id=stable_id(tenant.id, epoch), tenant=tenant, today=today, epoch=epoch, dry_run=dry_run, database=database, clock=clock, vault=vault,
        journal=Journal(tenant.id, vault, epoch), ports=ports, policy=policy, policy_version=policy_version, law=law, leased_at=started,
        progress=progress,
    )  # fmt: skip
    _record_start(run, started)
    try:
        _go(run)
        outcome = "done"
    except LoginExpiredError as error:
        outcome = "paused"
        _pause(run, str(error))
        raise
    except RetryLaterError as error:
        outcome = "later"
        run.summary.ended_by = str(error)
    except BaseException:
        outcome = "failed"
        raise
    finally:
        _record_end(run, outcome)
    return run.summary


def _go(run: Run) -> None:
    """Take the run through its parts; a dry run reads and decides, and does nothing else."""
    if run.dry_run:
        sweep.go(run)
        decide.go(run)
        return
    for part in (recover, sweep, listen, decide, act, book, audit):
        run.keep_lease()
        part.go(run)


def _record_start(run: Run, started: datetime) -> None:
    with run.database.write() as connection:
        connection.execute(insert(runs).values(id=run.id, tenant=run.tenant.id, run_on=run.today, epoch=run.epoch, started_at=started))


def _record_end(run: Run, outcome: str) -> None:
    now = run.now()
    with run.database.write() as connection:
        summary = json.dumps(asdict(run.summary))
        connection.execute(update(runs).where(runs.c.id == run.id).values(ended_at=now, outcome=outcome, summary=summary))
        if outcome == "done" and not run.dry_run:
            tenants.change_tenant(connection, run.tenant.id, last_run_on=run.today)
            run.tenant = replace(run.tenant, last_run_on=run.today)
        leases.release(connection, run.tenant.id, run.epoch, now)


def _pause(run: Run, reason: str) -> None:
    with run.database.write() as connection:
        tenants.change_tenant(connection, run.tenant.id, state="paused", pause_reason=reason)
        people.add_task(connection, run.tenant.id, "login", run.tenant.id, reason, run.now())
