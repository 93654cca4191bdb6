"""What every kind of booking's planning shares: what is known of an intent, what is under way, and writing plans in short transactions."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from core.engine.context import Run
from core.states import OPEN_INTENT, IntentState
from core.store.journal import Latest, Plan
from core.writes import LOCKED_PERIOD, NOT_LANDED

__all__ = ["is_known", "payments_under_way", "write_plans"]

BATCH: Final = 100
"""Intents planned in one writing transaction; each is some three rows."""


def is_known(latest: Latest | None) -> bool:
    """Tell whether a booking is open or confirmed, or was refused for good.

    Neither a locked period is for good (it is planned again, for the first open day) nor a person's word that it was not done.
    """
    if latest is None or latest.state == IntentState.CANCELLED:
        return False
    return not latest.refused_for(LOCKED_PERIOD, NOT_LANDED)


def payments_under_way(run: Run, connection: Connection) -> frozenset[str]:
    """Return the payments a booking of which is planned, under way or of unknown outcome, as the journal names them."""
    return frozenset(
        subject
        for kind in ("book_payment", "bookkeep_payment", "book_voucher")
        for subject, latest in run.journal.latest_by_subject(connection, kind).items()
        if latest.state in OPEN_INTENT
    )


def write_plans(run: Run, plans: list[Plan]) -> None:
    """Plan intents, so many in one transaction."""
    for start in range(0, len(plans), BATCH):
        with run.database.write() as connection:
            for plan in plans[start : start + BATCH]:
                run.journal.plan(connection, plan, run.now(), run.today)
