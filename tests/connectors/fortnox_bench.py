"""A Fortnox company to test against: the simulator in this process, its clock, a token store and a budget."""

from __future__ import annotations

import io
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.fortnox.connector import FortnoxConnector, build
from core.clock import FileClock
from core.ports import Document, Token
from simulators import kit
from simulators.fortnox import Company, FortnoxSimulator, Switches

SETTINGS = {"client_id": "demo", "client_secret": "demo-secret-1", "tenant_id": "1001"}
TODAY = datetime.fromisoformat("2025-04-15T08:00:00+00:00")
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class InProcess(BaseAdapter):
    """Hands requests to a WSGI app, and keeps each exchange."""

    def __init__(self, app: kit.WsgiApp) -> None:
        super().__init__()
        self.app = app
        self.seen: list[tuple[requests.PreparedRequest, requests.Response]] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        parts, body = urlsplit(str(request.url)), request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": requests.utils.unquote(parts.path),
            "QUERY_STRING": parts.query,
            "CONTENT_LENGTH": str(len(raw)),
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "wsgi.input": io.BytesIO(raw),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
        }
        started: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(self.app(environ, lambda status, headers: started.append((status, headers))))
        status, headers = started[0]
        if status == kit.DROPPED:
            raise requests.ConnectionError("dropped")
        response = requests.Response()
        response.status_code, response.headers = int(status[:3]), CaseInsensitiveDict(headers)
        response._content, response.request, response.url = content, request, str(request.url)
        self.seen.append((request, response))
        return response

    def close(self) -> None:
        """Nothing is open."""


class MemoryTokens:
    """A token store in memory that counts renewals."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.renewals = 0

    def get(self) -> Token | None:
        return self.token

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        if self.token is None or self.token is stale:
            self.token = renew(self.token)
            self.renewals += 1
        return self.token


class WindowBudget:
    """Keeps a sliding window by letting the virtual clock run."""

    def __init__(self, clock: FileClock) -> None:
        self.clock = clock
        self.taken: dict[str, deque[float]] = defaultdict(deque)

    def take(self, bucket: str, limit: int, window_s: float) -> None:
        seen = self.taken[bucket]
        if len(seen) >= limit:
            self.clock.sleep(max(0.0, seen.popleft() + window_s - self.clock.monotonic()) + 0.000_001)
        seen.append(self.clock.monotonic())

    def done(self, bucket: str) -> None:
        self.taken[bucket][-1] = self.clock.monotonic()


class Documents:
    """A document store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Document] = {}

    def get(self, document_id: str) -> Document:
        return self.kept[document_id]


class Bench:
    """Everything a test needs: `connector`, `company` (its people's side), `simulator`, `adapter`, `clock`."""

    def __init__(self, folder: Path, switches: Switches | None = None) -> None:
        path = folder / "clock"
        kit.Clock(path).set(TODAY.timestamp())
        self.clock, self.tokens, self.documents = FileClock(path), MemoryTokens(), Documents()
        self.simulator = FortnoxSimulator(clock=kit.Clock(path), switches=switches)
        self.simulator.add_client("demo", "demo-secret-1", "http://127.0.0.1:8765/")
        self.company: Company = self.simulator.add_company(1001, "Testbolaget AB")
        self.simulator.consent("demo", 1001)
        self.adapter = InProcess(self.simulator)
        self.session = requests.Session()
        self.session.trust_env = False  # nothing leaves the process, so no proxy is looked for
        self.session.mount("https://", self.adapter)
        self.budget = WindowBudget(self.clock)
        self.connector = self.build()

    def build(self, **settings: str) -> FortnoxConnector:
        return build(
            SETTINGS | settings,
            clock=self.clock,
            budget=self.budget,
            tokens=self.tokens,
            documents=self.documents,
            session=self.session,
        )

    def arm(self, kind: str, method: str, path_part: str, times: int = 1) -> None:
        self.simulator.faults.arm(kind, method=method, path_part=path_part, times=times)

    def add_overdue(self, total: str = "12500.00", **fields: object) -> str:
        number = self.company.add_customer("Kund Ett AB", "556677-0019", "kund@example.com")
        return self.company.add_invoice(number, total, "2025-02-01", "2025-03-03", **fields)
