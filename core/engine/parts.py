"""The parts of a run, one after the other."""

from __future__ import annotations

from core.engine import act, audit, book, decide, listen, recover, sweep
from core.engine.run import Run

__all__ = ["go"]


def go(run: Run) -> None:
    """Take the run through its parts; a dry run reads and decides, and does nothing else."""
    if run.dry_run:
        sweep.go(run)
        decide.go(run)
        return
    for part in (recover, sweep, listen, decide, act, book, audit):
        run.keep_lease()
        part.go(run)
