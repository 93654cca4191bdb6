"""What every simulator shares: the clock, the request log, faults and a small HTTP server.

The virtual clock is one file holding whole microseconds since the epoch (UTC) as ASCII digits. Every process that
shares the file shares the time: `sleep` moves it, and so does each simulated request. Without a file the wall clock is
used, so that anyone can point a client at a running simulator.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Self
from wsgiref.headers import Headers
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

DROPPED = "599 Answer Dropped"
"""Status with which an app says: close the connection without an answer (the effect may have taken place)."""

PAGE_KINDS = ("page_behind", "page_reordered", "page_ahead", "page_repeated")
"""Faults of one page of a list: how it looks when rows join, move or leave while a client reads; the data stays as it is."""
PEOPLE_KINDS = ("changed_between", "added_between", "paid_between")
"""Faults that are no faults: between two pages the company's own people change, add or pay something."""
_FIRST_PAGE = {"page_behind": 1, "page_reordered": 1} | dict.fromkeys(("page_ahead", "page_repeated", *PEOPLE_KINDS), 2)
"""The first page a kind can hit; nothing shifts before the first one was read."""

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Clock:
    """Seconds since the epoch, from a shared file or from the wall."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path) if path else None

    def now(self) -> float:
        """Return the current time in seconds since the epoch."""
        if self.path is None:
            return time.time()
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return int(file.read()) / 1e6

    def advance(self, seconds: float) -> None:
        """Move a virtual clock forward; the wall clock is left alone."""
        if self.path is None:
            return
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            micros = int(file.read()) + round(seconds * 1e6)
            file.seek(0)
            file.write(b"%d" % micros)

    def advance_to(self, moment: float) -> None:
        """Move a virtual clock to `moment` (seconds since the epoch); never back."""
        ahead = moment - self.now()
        if ahead > 0:
            self.advance(ahead)

    def set(self, moment: float) -> None:
        """Create or reset the clock file at `moment`, backwards too."""
        assert self.path is not None, "the wall clock can't be set"
        self.path.write_bytes(b"%d" % round(moment * 1e6))


def shared_clock() -> Clock:
    """Return the clock that `KRAVBRO_CLOCK_FILE` names, as Kravbro reads it too; the wall clock where it names none."""
    return Clock(os.environ.get("KRAVBRO_CLOCK_FILE"))


class MemoryClock(Clock):
    """A virtual clock of this process alone, for tests that ask it thousands of times."""

    def __init__(self, moment: float) -> None:
        super().__init__()
        self._micros = round(moment * 1e6)

    def now(self) -> float:
        """Return the current time in seconds since the epoch."""
        return self._micros / 1e6

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self._micros += round(seconds * 1e6)

    def set(self, moment: float) -> None:
        """Start again at `moment`, backwards too."""
        self._micros = round(moment * 1e6)


@dataclass
class Fault:
    """One thing that goes wrong: which requests it hits, how, and how often."""

    kind: str
    """throttled | throttled_retry_after | error_before | error_after | drop_before | drop_after | one of PAGE_KINDS or PEOPLE_KINDS."""
    method: str = ""
    path_part: str = ""
    times: int = 1


@dataclass
class Faults:
    """A seeded plan of faults: a rate for every request, and armed ones that hit the next request that fits.

    Whether the nth request of one method and path is hit depends on the seed and on that n alone, so a request more
    somewhere else does not move the faults of the rest.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = ("throttled", "throttled_retry_after", "error_before", "error_after", "drop_before", "drop_after")
    armed: list[Fault] = field(default_factory=list)
    injected: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def arm(self, kind: str, *, method: str = "", path_part: str = "", times: int = 1) -> None:
        """Let the next `times` requests that fit go wrong in this way."""
        self.armed.append(Fault(kind, method, path_part, times))

    def draw(self, tenant: str, method: str, path: str, page: int = 0) -> str | None:
        """Return the kind of fault for this request, or None; `page` is the page of a list that is asked for."""
        for fault in self.armed:
            if fault.times > 0 and fault.method in ("", method) and fault.path_part in path and _fits(fault.kind, page):
                fault.times -= 1
                self.injected += 1
                return fault.kind
        key = f"{tenant} {method} {path}"
        count = self._seen[key] = self._seen.get(key, 0) + 1
        chance = random.Random(stable_hash(self.seed, key, count))
        kinds = [kind for kind in self.kinds if _fits(kind, page)]
        if kinds and self.rate and chance.random() < self.rate:
            self.injected += 1
            return chance.choice(kinds)
        return None


def shifted(rows: list[Any], kind: str | None, page: int, limit: int, seed: int) -> list[Any]:
    """Return a list as one page of it is cut from while a fault of `PAGE_KINDS` strikes."""
    if kind == "page_behind":  # a row joined before this page: the last one of the page before comes again
        return rows[:1] + rows
    if kind == "page_ahead":  # a row left: one is never seen
        return rows[1:]
    if kind == "page_repeated":
        return rows[:limit] + rows
    if kind == "page_reordered":
        return random.Random(stable_hash(seed, page, len(rows))).sample(rows, len(rows))
    return rows


def _fits(kind: str, page: int) -> bool:
    return page >= _FIRST_PAGE.get(kind, 0)


class RequestLog:
    """Every request a simulator saw, in memory and as JSON lines."""

    def __init__(self, folder: Path | None = None) -> None:
        self.rows: list[dict[str, Any]] = []
        self._file = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / "requests.jsonl").open("w", encoding="utf-8")

    def add(self, *, t: float, tenant: str, method: str, path: str, body: Any, status: int, fault: str | None) -> None:
        """Write one line; `t` is virtual seconds since the epoch, `body` already free of secrets."""
        row = {"t": round(t, 6), "tenant": tenant, "method": method, "path": path, "body": body, "status": status, "fault": fault}
        self.rows.append(row)
        if self._file is not None:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()


def stable_hash(*parts: object) -> int:
    """Return the same 64-bit number for the same parts in every process."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def latency_s(seed: int, tenant: str, method: str, path: str) -> float:
    """Return what this request costs in virtual seconds: 20 to 120 ms, seeded, independent of other requests."""
    return 0.020 + (stable_hash(seed, tenant, method, path) % 100_001) / 1e6


class _Handler(ServerHandler):
    http_version = "1.1"
    status: str | None
    headers: Headers
    request_handler: WSGIRequestHandler
    dropped = False

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        if self.request_handler.close_connection:
            self.headers["Connection"] = "close"

    def finish_response(self) -> None:
        if self.status == DROPPED:
            self.dropped = True
            self.close()
            return
        super().finish_response()


class _RequestHandler(WSGIRequestHandler):
    """Answers one request after the other on a connection, each in one packet, until one is dropped or the client goes."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer as long as the client asks; the server closes what is left open when it ends."""
        open_connections: set[socket.socket] = self.server.open_connections  # type: ignore[attr-defined]
        open_connections.add(self.connection)
        try:
            with contextlib.suppress(ConnectionError):  # the client, or this server, has ended
                self._answer_all()
        finally:
            open_connections.discard(self.connection)

    def handle_expect_100(self) -> bool:
        """Say at once that a body may come, which else would wait in the buffer for the answer."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def _answer_all(self) -> None:
        self.close_connection = True
        while self._answer_one() and not self.close_connection:
            pass

    def _answer_one(self) -> bool:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return False
        # The whole body is read, whether the app does or not: the next request comes behind it.
        body = io.BytesIO(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        streams: tuple[Any, Any] = (body, self.wfile)  # typeshed knows socket streams as another kind of file
        handler = _Handler(*streams, self.get_stderr(), self.get_environ(), multithread=True)
        handler.request_handler = self
        handler.run(self.server.get_app())  # type: ignore[attr-defined]
        if not handler.dropped:
            self.wfile.flush()
        return not handler.dropped

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the simulators keep their own log."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *given: Any) -> None:
        self.open_connections: set[socket.socket] = set()
        super().__init__(*given)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.open_connections):
            with contextlib.suppress(OSError):  # it has just ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def server_bind(self) -> None:  # no reverse look-up of the host name
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()


class Served:
    """A WSGI app behind a loopback port, in a thread of this process."""

    def __init__(self, app: WsgiApp, port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _RequestHandler)
        self._server.set_app(app)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_until_interrupted(self) -> None:
        """Serve in this thread until Ctrl-C."""
        try:
            self._server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self._server.server_close()
