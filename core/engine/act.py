"""Acting: letters, handovers and adjustments go, after the facts were read once more."""

from __future__ import annotations

from core.engine import adjust, aftermath, checks, deliver, post
from core.engine.context import Run

__all__ = ["go"]


def go(run: Run) -> None:
    """Plan what active claims need said and what letters leave to say, then deliver everything planned towards debtors, agencies and the client; the post waits for a person."""
    adjust.plan(run)
    aftermath.plan(run)
    deliver.deliver_planned(run, checks.KINDS, checks.read_again, checks.inside)
    deliver.deliver_planned(run, frozenset({"send_message"}), lambda _run, _intent: None, lambda _run, _connection, _intent: None)
    post.refresh(run)
