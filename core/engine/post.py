"""Letters by post: they wait, planned, until a person prints them; only then have they gone.

A letter that no longer holds, or whose dates are too old, is taken back by the next run, which decides anew; a note only once what it tells
is no longer so.
"""

from __future__ import annotations

from typing import Final

from core.engine import checks, outcomes
from core.engine.context import Run
from core.engine.deliver import DEADLINE
from core.policy import POST_FRESH
from core.store import books, people
from core.store.journal import Intent
from core.writes import POST, Prepared, Receipt, SendLetter, SendNote

__all__ = ["ready", "refresh", "went"]

TASK: Final = "letters_to_print"


def refresh(run: Run) -> None:
    """Take back what waits in vain, and tell a person of what waits to be printed."""
    waiting = _waiting(run)
    left = [intent for intent in waiting if not _taken_back(run, intent, _stale(run, intent))]
    run.summary.to_print = len(left)
    told = f"{len(left)} letters" if len(left) > 1 else "One letter"
    text = f"{told} to print and post: `kravbro tenants print {run.tenant.id} --out letters.pdf`. Until then they have not gone."
    with run.database.read() as connection:
        known = {task.text for task in people.list_tasks(connection, run.tenant.id) if task.kind == TASK}
    if known == ({text} if left else set()):
        return
    with run.database.write() as connection:
        people.resolve_task(connection, run.tenant.id, TASK, run.tenant.id, "printed, or another number waits now", run.now())
        if left:
            people.add_task(connection, run.tenant.id, TASK, run.tenant.id, text, run.now())


def ready(run: Run) -> list[Intent]:
    """Return the letters that may be printed now, after the facts were read again; the others are taken back."""
    return [intent for intent in _waiting(run) if not _taken_back(run, intent, _stale(run, intent) or checks.read_again(run, intent))]


def went(run: Run, printed: list[Intent]) -> None:
    """Record that letters were printed, all at once: killed before this, all of them are printed once more."""
    now = run.now()
    with run.database.write() as connection:
        for intent in printed:
            assert isinstance(intent.write, SendLetter | SendNote), "only letters are printed"
            prepared = Prepared("PRINT", intent.write.recipient, b"")
            going = run.journal.start_sending(connection, intent, prepared, now=now, today=run.today, deadline=now + DEADLINE)
            outcomes.confirmed(run, connection, going, Receipt("", {"channel": "print"}))
    refresh(run)


def _waiting(run: Run) -> list[Intent]:
    with run.database.read() as connection:
        return [run.journal.get(connection, key) for key in run.journal.planned_keys(connection, POST)]


def _stale(run: Run, intent: Intent) -> str | None:
    """Return why a letter that waits no longer holds, by what is stored. Nobody would decide a note anew, so its own day may pass."""
    if isinstance(intent.write, SendNote):
        with run.database.read() as connection:
            return checks.inside(run, connection, intent)
    if run.today - intent.planned_on > POST_FRESH:
        return f"its dates are of {intent.planned_on}, when it was not printed"
    with run.database.read() as connection:
        for source_ref, planned in intent.context["open"].items():
            invoice = books.find_invoice(connection, run.tenant.id, source_ref)
            if invoice is None or invoice.open.text() != planned:
                return f"invoice {source_ref} has another amount open than when it was written"
        return checks.inside(run, connection, intent)


def _taken_back(run: Run, intent: Intent, why: str | None) -> bool:
    if why:
        with run.database.write() as connection:
            outcomes.cancelled(run, connection, intent, why)
    return bool(why)
