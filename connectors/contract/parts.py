"""What a bench is put together from: requests that stay in the process, one clock for both sides, stores in memory."""

from __future__ import annotations

import io
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from core.clock import Clock
from core.ports import Document, Token

__all__ = ["BenchClock", "Documents", "InProcess", "MemoryTokens", "Seconds", "WindowBudget", "session_with"]

DROPPED = 599
"""The status with which an app says that the connection closes without an answer; `simulators.kit.DROPPED` is one."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Seconds(Protocol):
    """A simulator's clock, like `simulators.kit.MemoryClock`."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    def advance(self, seconds: float) -> None:
        """Move on."""
        ...


class BenchClock:
    """The simulator's clock as the connector's; sleeping moves both on."""

    def __init__(self, clock: Seconds) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=round(self._clock.now() * 1e6))

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Move the time on."""
        self._clock.advance(max(0.0, seconds))


class InProcess(BaseAdapter):
    """Hands requests to a WSGI app, and keeps each exchange."""

    def __init__(self, app: WsgiApp) -> None:
        super().__init__()
        self.app = app
        self.seen: list[tuple[requests.PreparedRequest, requests.Response]] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Return the app's answer; one that it drops is a broken connection."""
        parts, body = urlsplit(str(request.url)), request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "CONTENT_LENGTH": str(len(raw)),
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "wsgi.input": io.BytesIO(raw),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
        }
        started: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(self.app(environ, lambda status, headers: started.append((status, headers))))
        status, headers = int(started[0][0][:3]), started[0][1]
        if status == DROPPED:
            raise requests.ConnectionError("dropped")
        response = requests.Response()
        response.status_code, response.headers = status, CaseInsensitiveDict(headers)
        response._content, response.request, response.url = content, request, str(request.url)  # noqa: SLF001  (there is no other way)
        self.seen.append((request, response))
        return response

    def close(self) -> None:
        """Nothing is open."""


def session_with(adapter: InProcess) -> requests.Session:
    """Return a session whose every https request is answered in the process."""
    session = requests.Session()
    session.trust_env = False  # nothing leaves the process, so no proxy is looked for
    session.mount("https://", adapter)
    return session


class MemoryTokens:
    """A token store in memory that counts renewals; implements `core.ports.TokenStore`."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.renewals = 0

    def get(self) -> Token | None:
        """Return the token."""
        return self.token

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        """Renew unless somebody has."""
        if self.token is None or self.token is stale:
            self.token = renew(self.token)
            self.renewals += 1
        return self.token


class WindowBudget:
    """Keeps a sliding window by letting the virtual clock run; implements `core.ports.Budget`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.taken: dict[str, deque[float]] = defaultdict(deque)
        self.counted: Counter[str] = Counter()

    def take(self, bucket: str, limit: int, window_s: float) -> None:
        """Wait until a request fits, then occupy a place."""
        seen = self.taken[bucket]
        if len(seen) >= limit:
            self._clock.sleep(max(0.0, seen.popleft() + window_s - self._clock.monotonic()) + 0.000_001)
        seen.append(self._clock.monotonic())

    def done(self, bucket: str) -> None:
        """Say that the answer is here."""
        self.taken[bucket][-1] = self._clock.monotonic()

    def count(self, bucket: str, limit: int, window_s: float) -> None:
        """Count a request; no test makes so many that it would have to wait."""
        self.counted[bucket] += 1


class Documents:
    """A document store in memory; implements `core.ports.DocumentStore`."""

    def __init__(self) -> None:
        self.kept: dict[str, Document] = {}

    def get(self, document_id: str) -> Document:
        """Return a document with its bytes."""
        return self.kept[document_id]
