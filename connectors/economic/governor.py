"""The vendor's limits as we keep them: a bucket of cost that every answer tells, and the calls of a day.

Every call costs something, and every answer says what of the agreement's bucket is used, by us and by others:
`X-RateLimiting: token-limit-10000-per-60-seconds: 147/10000` (the first number is what is used). Both hosts share it. Fair use is
50 000 calls in 24 hours (https://e-conomic.com/developer/fair-use-policy).
"""

from __future__ import annotations

import re
from typing import Final

from core.clock import Clock
from core.http import Answer
from core.ports import Budget

__all__ = ["Governor"]

USED: Final = re.compile(r"per-(\d+)-seconds:\s*(\d+)/(\d+)")
PAUSE_AT: Final = 0.8
"""So full, and we wait until it is half empty."""
PAUSE_TO: Final = 0.5
CALLS_A_DAY: Final = 48_000
DAY_S: Final = 86_400.0


class Governor:
    """Waits before a call where the agreement's bucket is nearly full, or its day is."""

    def __init__(self, agreement: str, clock: Clock, budget: Budget) -> None:
        self._bucket, self._clock, self._budget = f"economic:{agreement}:calls", clock, budget
        self._free_at = 0.0

    def before(self) -> None:
        """Wait until a call may go, and count it: a read that is tried again is another call."""
        wait_s = self._free_at - self._clock.monotonic()
        if wait_s > 0:
            self._clock.sleep(wait_s)
        self._budget.count(self._bucket, CALLS_A_DAY, DAY_S)

    def after(self, answer: Answer) -> None:
        """Take note of what an answer says is used; it empties evenly over its window."""
        match = USED.search(answer.headers.get("X-RateLimiting", ""))
        if match is None:
            return
        window_s, used, limit = (int(part) for part in match.groups())
        if limit and used >= PAUSE_AT * limit:
            self._free_at = self._clock.monotonic() + window_s * min(1.0, (used - PAUSE_TO * limit) / limit)
