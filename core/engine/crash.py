"""Named places where a test or the demo may kill this process for real.

`KRAVBRO_CRASH=deliver.after_send:2` kills the process (SIGKILL, no clean-up) the second time it gets there.
"""

from __future__ import annotations

import os
import signal
from typing import Final

__all__ = ["POINTS", "arm", "point"]

POINTS: Final = (
    "plan.before_commit",
    "plan.after_commit",
    "deliver.before_sending_commit",
    "deliver.after_sending_commit",
    "deliver.after_send",
    "deliver.before_outcome_commit",
    "deliver.after_outcome_commit",
    "listen.before_commit",
    "listen.after_commit",
    "sweep.after_page",
    "print.after_file",
)
"""Every place, in the order of a run; the last is where a person prints."""

_armed: dict[str, int] = {}


def arm(text: str) -> None:
    """Arm one place: "name:n" kills the process the nth time from now; "" disarms all."""
    _armed.clear()
    if text:
        name, _, count = text.partition(":")
        assert name in POINTS, f"unknown crash point {name}"
        _armed[name] = int(count or 1)


def point(name: str) -> None:
    """Pass a place; does nothing unless it is armed."""
    if name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("KRAVBRO_CRASH", ""))
