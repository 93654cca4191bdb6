"""How much an agency may ask of the feed: requests per minute and key, and bytes per request."""

from __future__ import annotations

import threading
from typing import Final

from core.clock import Clock

REQUESTS_PER_MINUTE: Final = 600
BODY_BYTES_MAX: Final = 10 * 1024 * 1024


class Limiter:
    """A token bucket per key, in memory: full at first, filled evenly, and never above a minute's worth."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, key_id: str) -> float:
        """Take a token and return 0, or return how many seconds are missing to the next one."""
        now = self._clock.monotonic()
        with self._lock:
            left, seen = self._buckets.get(key_id, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + max(0.0, now - seen) * self._per_minute / 60)
            missing_s = max(0.0, (1 - left) * 60 / self._per_minute)
            self._buckets[key_id] = (left if missing_s else left - 1, now)
        return missing_s
