"""A rate limit per feed key: a bucket that refills evenly."""

from __future__ import annotations

import threading
import time

from portal.feed.errors import FeedError

__all__ = ["RequestLimit"]


class RequestLimit:
    """Lets so many requests a minute through per key, bursts up to a minute's worth."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute, self._lock = per_minute, threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str) -> None:
        """Count a request, or raise 429 with the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            left, at = self._left.get(key_id, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - at) * self._per_minute / 60)
            if left < 1:
                wait = int((1 - left) * 60 / self._per_minute) + 1
                raise FeedError(429, "too_many_requests", f"Wait {wait} seconds.", headers={"Retry-After": str(wait)})
            self._left[key_id] = (left - 1, now)
