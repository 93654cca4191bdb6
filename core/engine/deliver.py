"""Sending what the journal holds: one intent at a time, committed before its first byte, its outcome committed after.

1. The facts are read again (`check`), and what no longer holds is cancelled.
2. The adapter renders the bytes and gathers the evidence for a look-up.
3. One transaction re-checks holds and approvals and moves planned → sending.
4. The bytes go, if the process still owns the tenant and did not sleep past the deadline.
5. One transaction records the outcome together with everything it causes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from core.engine import outcomes
from core.engine.context import Run
from core.engine.crash import point
from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.ids import intent_id
from core.ports import Channel
from core.states import IntentState
from core.store import leases, people
from core.store.journal import Intent
from core.writes import Receipt

__all__ = ["DEADLINE", "Check", "deliver_planned", "finish", "send"]

DEADLINE: Final = timedelta(seconds=60)
"""After this the request can no longer be under way: longer than the HTTP time-outs together (see `core.http`)."""

AGAIN: Final = timedelta(minutes=5)
"""How long what could not go is left alone, unless the remote asks for another time."""

FORGOTTEN: Final = timedelta(days=90)
"""How long after a restore a first send may turn out to be a second one; what was due by then is planned in the first days."""

FORGOTTEN_ATTEMPTS: Final = 5
"""How often the same may have been planned between a backup and its restore: each attempt that failed gave the next another mark."""

ROUNDS_MAX: Final = 12
"""A confirmed intent may plan the next (enter → book → attach); no chain is longer."""

Check = Callable[[Run, Intent], str | None]
"""Reads the facts again and returns why the intent must be cancelled, or None."""


def deliver_planned(run: Run, kinds: frozenset[str], check: Check, check_inside: Callable[[Run, Connection, Intent], str | None]) -> None:
    """Deliver everything planned of these kinds, and what that plans in turn."""
    done = 0
    for _ in range(ROUNDS_MAX):
        with run.database.read() as connection:
            due = run.journal.due_keys(connection, kinds, run.now(), run.resting)
        if not due:
            return
        for key in due:
            run.keep_lease()
            with run.database.read() as connection:
                intent = run.journal.get(connection, key)
            if intent.channel in run.resting:
                continue
            _deliver(run, intent, check, check_inside)
            done += 1
            run.progress("writes sent", done)


def _deliver(run: Run, intent: Intent, check: Check, check_inside: Callable[[Run, Connection, Intent], str | None]) -> None:
    channel = run.channel(intent.channel)
    if channel is None:
        _cancel(run, intent, f"there is no way out called {intent.channel}")
        return
    try:
        stop = check(run, intent)
        prepared = None if stop else channel.prepare(intent.write, intent.id)
    except RejectedError as error:
        with run.database.write() as connection:
            outcomes.unsendable(run, connection, intent, error)
        return
    except RetryLaterError as error:
        with run.database.write() as connection:
            run.journal.note(connection, intent, str(error), run.now() + AGAIN)
        run.bear(intent.id, error)
        return
    if prepared is None:
        _cancel(run, intent, stop or "nothing to send")
        return
    if intent.channel == "books":
        run.unanswered.clear()
    point("deliver.before_sending_commit")
    now = run.now()
    with run.database.write() as connection:
        stop = check_inside(run, connection, intent)
        if stop:
            outcomes.cancelled(run, connection, intent, stop)
            return
        intent = run.journal.start_sending(connection, intent, prepared, now=now, today=run.today, deadline=now + DEADLINE)
    point("deliver.after_sending_commit")
    send(run, channel, intent)


def send(run: Run, channel: Channel, intent: Intent) -> None:
    """Send an intent that is in state `sending`, and record what became of it."""
    assert intent.prepared is not None and intent.state == IntentState.SENDING, "the bytes are committed before they go"
    if not _is_in_time(run, intent):
        return
    try:
        receipt = _landed_before_restore(run, channel, intent) or channel.send(intent.write, intent.prepared, intent.id)
    except RetryLaterError as error:
        wait = timedelta(seconds=error.after_s) if error.after_s else AGAIN
        with run.database.write() as connection:
            run.journal.postpone(connection, intent, str(error), run.now() + wait)
            if error.todo:
                people.add_task(connection, run.tenant.id, "way_out", intent.channel, str(error), run.now())
        if error.todo and intent.channel not in run.resting:
            run.resting.add(intent.channel)
            run.summary.messages.append(str(error))
        return
    except LoginExpiredError as error:
        with run.database.write() as connection:
            run.journal.postpone(connection, intent, str(error), None)
        raise
    except RejectedError as error:
        with run.database.write() as connection:
            outcomes.refused(run, connection, intent, error)
        return
    except OutcomeUnknownError as error:
        with run.database.write() as connection:
            run.journal.lose(connection, intent, str(error))
        return
    point("deliver.after_send")
    finish(run, intent, receipt)


def _is_in_time(run: Run, intent: Intent) -> bool:
    """Tell whether the deadline is still ahead, after which others take the intent for lost; a lost lease ends the run.

    Nothing is recorded: what was sent before, if this is the second time, may have landed, and the next run looks.
    """
    with run.database.read() as connection:
        leases.check(connection, run.tenant.id, run.epoch)
    if intent.deadline is not None and run.now() < intent.deadline:
        return True
    run.summary.messages.append(f"{intent.kind} {intent.id[:12]} was not sent: this process slept past its deadline; the next run looks.")
    return False


def _landed_before_restore(run: Run, channel: Channel, intent: Intent) -> Receipt | None:
    """Return the receipt of a write that was sent by the run which a restored database has forgotten.

    It is planned anew under the same id, or one of the next where a first attempt had failed, so that its mark finds it. What has no mark a
    person compares (docs/operating.md).
    """
    restored_at = run.tenant.restored_at
    if (
        restored_at is None
        or run.now() > restored_at + FORGOTTEN
        or intent.attempts > 1
        or channel.deliveries[intent.kind].how != "look_up"
    ):
        return None
    assert intent.prepared is not None, "the bytes are committed before they go"
    with run.database.read() as connection:
        taken = run.journal.taken_refs(connection, intent.kind, intent.id)
    for ordinal in range(intent.ordinal, intent.ordinal + FORGOTTEN_ATTEMPTS):
        finding = channel.look_up(intent.write, intent.prepared, intent_id(run.tenant.id, intent.kind, intent.subjects, ordinal), taken)
        if finding.state == "ambiguous":
            several = ", ".join(finding.candidates)
            raise OutcomeUnknownError(channel.name, f"it may have been sent before the restore, and several fit: {several}")
        if finding.receipt is not None:
            return finding.receipt
    return None


def finish(run: Run, intent: Intent, receipt: Receipt) -> None:
    """Record that an intent landed, with everything that causes, in one transaction."""
    with run.database.write() as connection:
        outcomes.confirmed(run, connection, intent, receipt)
        point("deliver.before_outcome_commit")
    point("deliver.after_outcome_commit")


def _cancel(run: Run, intent: Intent, why: str) -> None:
    with run.database.write() as connection:
        outcomes.cancelled(run, connection, intent, why)
