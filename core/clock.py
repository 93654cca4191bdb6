"""The only place that knows what time it is.

`WallClock` is the machine's. `FileClock` reads a shared file of whole microseconds since the epoch, so that Kravbro and
the simulators live in the same virtual time; sleeping moves it on at once.
"""

from __future__ import annotations

import fcntl
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from core.errors import ConfigError

__all__ = ["YEARS", "ZONES", "Clock", "FileClock", "FixedClock", "WallClock", "day_in", "zone_of"]

ZONES: Final = {"SE": "Europe/Stockholm", "DK": "Europe/Copenhagen", "NO": "Europe/Oslo", "FI": "Europe/Helsinki"}

YEARS: Final = range(1900, 3000)
"""The years of days that people write; any other is a slip of the pen, and near the calendar's ends nothing can be reckoned."""


class Clock(Protocol):
    """What the engine may ask of time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for budgets and time-outs."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since the epoch: budgets are shared between processes, which a monotonic clock is not."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(max(0.0, seconds))


class FileClock:
    """A virtual clock in a file, shared with the simulators."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """Return the virtual time, aware, in UTC."""
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=self._read())

    def monotonic(self) -> float:
        """Return the virtual time in seconds."""
        return self._read() / 1e6

    def sleep(self, seconds: float) -> None:
        """Move the virtual time forward."""
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            micros = whole_micros(self.path, file.read()) + max(0, round(seconds * 1e6))
            file.seek(0)
            file.write(b"%d" % micros)

    def _read(self) -> int:
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return whole_micros(self.path, file.read())


def whole_micros(path: Path, content: bytes) -> int:
    """Return what a clock file says, or raise `ConfigError` for one that says something else."""
    if not content.strip().isdigit():
        raise ConfigError(str(path), "this is no clock file", "It holds the microseconds since 1970-01-01 UTC as one whole number.")
    return int(content)


class FixedClock:
    """A clock that stands where it is put; for `--as-of` and for tests."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the time it was put at."""
        return self.moment

    def monotonic(self) -> float:
        """Return that time in seconds since the epoch."""
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move it forward."""
        self.moment += timedelta(seconds=max(0.0, seconds))


def zone_of(country: str) -> ZoneInfo:
    """Return the zone in which this country's due dates are days."""
    return ZoneInfo(ZONES[country])


def day_in(country: str, moment: datetime) -> date:
    """Return the creditor's calendar day at a moment."""
    return moment.astimezone(zone_of(country)).date()
