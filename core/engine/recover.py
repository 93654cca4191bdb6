"""Settling what a run before left open: intents whose sender died, and those whose answer never came.

What is uncertain is looked up before anything is sent again, and sent again only as the way out's declared delivery
allows: the same bytes, under the same key. What goes towards a debtor or an agency passes the checks of `act` first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.engine import checks, deliver, outcomes
from core.engine.context import Run
from core.errors import LoginExpiredError, RejectedError, RetryLaterError
from core.ports import Channel
from core.states import IntentState
from core.store import people
from core.store.journal import Intent
from core.writes import Delivery, Finding

__all__ = ["go", "settle_uncertain"]

WAIT_MAX: Final = timedelta(minutes=3)
"""How long a run waits for a time-out to pass before it leaves an intent to the next run."""

LETTER_SENDS_MAX: Final = 2


def go(run: Run) -> None:
    """Turn what was being sent by a dead run into uncertain, then settle everything uncertain."""
    with run.database.read() as connection:
        orphans = run.journal.list_in(connection, IntentState.SENDING)
    for intent in orphans:
        run.keep_lease()
        # This run holds the lease, so the sender is dead; its request can still be under way until the deadline.
        if intent.deadline and intent.deadline > run.now():
            run.clock.sleep((intent.deadline - run.now()).total_seconds())
        with run.database.write() as connection:
            run.journal.lose(connection, intent, "the process that sent it died")
    settle_uncertain(run)


def settle_uncertain(run: Run) -> None:
    """Look up or repeat everything uncertain, as its delivery allows; the rest stays, with a task."""
    with run.database.read() as connection:
        lost = run.journal.list_in(connection, IntentState.UNCERTAIN)
    for intent in lost:
        run.keep_lease()
        channel = run.channel(intent.channel)
        if channel is None or intent.kind not in channel.deliveries:
            _ask_a_person(run, intent, "its way out is no longer there")
            continue
        try:
            _settle(run, channel, intent, channel.deliveries[intent.kind])
        except RetryLaterError as error:
            run.summary.messages.append(str(error))
        except RejectedError as error:
            _ask_a_person(run, intent, str(error))


def _settle(run: Run, channel: Channel, intent: Intent, delivery: Delivery) -> None:
    if delivery.how == "at_most_once":
        _ask_a_person(run, intent, "this way out can't be asked")
    elif delivery.how == "at_least_once":
        if intent.attempts < LETTER_SENDS_MAX:
            _send_again(run, channel, intent)
        else:
            _ask_a_person(run, intent, "it was sent twice and no answer came")
    elif delivery.how == "idempotency_key" and _key_counts(run, intent, delivery) and intent.kind not in checks.KINDS:
        _send_again(run, channel, intent)
    else:
        _look_up(run, channel, intent, delivery)


def _look_up(run: Run, channel: Channel, intent: Intent, delivery: Delivery) -> None:
    finding = _find(run, channel, intent)
    assert intent.sent_at is not None, "what is uncertain was sent"
    believed_at = intent.sent_at + timedelta(seconds=delivery.absent_after_s)
    if finding.state == "absent" and run.now() < believed_at:
        wait = believed_at - run.now()
        if wait > WAIT_MAX:
            return
        run.clock.sleep(wait.total_seconds())
        finding = _find(run, channel, intent)
    if finding.state == "found" and finding.receipt is not None:
        deliver.finish(run, intent, finding.receipt)
    elif finding.state == "absent":
        _send_again(run, channel, intent)
    else:
        _ask_a_person(run, intent, f"several fit: {', '.join(finding.candidates)}")


def _find(run: Run, channel: Channel, intent: Intent) -> Finding:
    assert intent.prepared is not None, "what is uncertain was sent"
    with run.database.read() as connection:
        taken = run.journal.taken_refs(connection, intent.kind, intent.id)
    return channel.look_up(intent.write, intent.prepared, intent.id, taken)


def _send_again(run: Run, channel: Channel, intent: Intent) -> None:
    """Send the same bytes again; what is absent, or a letter that may have come, is closed instead where the facts no longer allow it."""
    assert intent.prepared is not None, "the same bytes go again"
    checked = intent.kind in checks.KINDS
    stop = checks.read_again(run, intent) if checked else None
    with run.database.write() as connection:
        now = run.now()
        stop = stop or (checks.inside(run, connection, intent) if checked else None)
        if stop:
            outcomes.cancelled(run, connection, intent, f"not sent again: {stop}")
            people.resolve_task(connection, run.tenant.id, "uncertain", intent.id, stop, now)
            return
        again = run.journal.start_sending(connection, intent, intent.prepared, now=now, today=run.today, deadline=now + deliver.DEADLINE)
    try:
        deliver.send(run, channel, again)
    except LoginExpiredError:
        run.summary.messages.append(f"{channel.name} no longer lets us in; {intent.kind} waits.")
        raise


def _key_counts(run: Run, intent: Intent, delivery: Delivery) -> bool:
    """Tell whether the remote still knows the key: within its life since the first send, less one time-out."""
    if delivery.ttl_s is None:
        return True
    assert intent.first_sent_at is not None, "what is uncertain was sent"
    return run.now() < intent.first_sent_at + timedelta(seconds=delivery.ttl_s) - deliver.DEADLINE


def _ask_a_person(run: Run, intent: Intent, why: str) -> None:
    with run.database.write() as connection:
        text = (
            f"Nobody knows whether {intent.kind} {intent.id[:12]} ({outcomes.about(run, connection, intent.subjects)}) was done: {why}. "
            f"Look it up, then run `kravbro claims resolve {intent.id[:12]} --tenant {run.tenant.id}` with `--landed REF` or `--not-landed`."
        )
        run.journal.note(connection, intent, why)
        people.add_task(connection, run.tenant.id, "uncertain", intent.id, text, run.now())
