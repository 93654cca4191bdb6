"""Access granted in the browser for `kravbro connect economic`: our own start page, the vendor's, and the way back.

The vendor echoes no state and puts the grant token into the address it sends the browser back to
(https://www.e-conomic.com/developer/connect). So the round trip is bound by a cookie of our own, signed, short-lived and not to be
read by scripts; it is SameSite=Lax, for Strict would be lost on the way back. The token is taken out of the address at once, by a
redirect, and no address is ever logged.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import secrets
import socket
import threading
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from connectors.economic.answers import NAME, AnswerReader
from connectors.economic.client import EconomicClient
from connectors.economic.governor import Governor
from connectors.economic.mapping.parties import agreement_of
from connectors.economic.settings import read_settings
from core.clock import Clock
from core.errors import ConfigError, LoginExpiredError
from core.http import HttpClient
from core.ports import Budget

__all__ = ["GrantListener", "find_agreement", "grant_url"]

PAGE: Final = (
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Kravbro</title>"
    "<style>body{{font:1.2rem system-ui;margin:4rem auto;max-width:32rem}}</style><h1>{title}</h1><p>{text}</p></html>"
)
CONNECTED: Final = PAGE.format(title="Connected", text="The company is connected. You can close this tab.")
FAILED: Final = PAGE.format(title="Not connected", text="It did not work; Kravbro says why where it was started. You can close this tab.")
TAKEN: Final = PAGE.format(title="Answer taken", text="Kravbro says where it was started whether the company is connected.")
REFUSED: Final = PAGE.format(title="Not connected", text="This answer was not accepted. Close this tab and start again.")
COOKIE: Final = "kravbro_grant"
COOKIE_LIFE_S: Final = 600
OUTCOME_WAIT_S: Final = 60.0
"""So long the browser waits to be told how it ended."""
TOLD_WAIT_S: Final = 5.0
"""So long the end waits for the browser's page to be written."""
ADVICE: Final = "Run the connect command again and finish in the browser, or give the token that e-conomic shows by --grant-file."


def grant_url(secure_url: str, public_token: str, back: str) -> str:
    """Return the vendor's page on which an administrator grants access."""
    query = {"appPublicToken": public_token, "redirectUrl": back, "locale": "da-DK"}
    return f"{secure_url}/secure/api1/requestaccess.aspx?{urlencode(query)}"


def find_agreement(settings: Mapping[str, str], *, clock: Clock, budget: Budget, session: requests.Session | None = None) -> str:
    """Return the number of the agreement that a grant token is of."""
    # The number is what a grant finds out; until then a placeholder lets the other settings be checked.
    checked = read_settings({**settings, "agreement_number": settings.get("agreement_number") or "0"})
    reader = AnswerReader(clock, (checked.app_secret_token, checked.grant_token))
    governor = Governor("new", clock, budget)
    rest = HttpClient(NAME, checked.rest_url, clock=clock, before=governor.before, session=session)
    number = agreement_of(EconomicClient(checked, rest, rest, reader, governor).get("/self"))
    if not number.isdecimal():
        raise LoginExpiredError(NAME, "the agreement's number could not be read", todo=ADVICE)
    return number


class GrantListener:
    """Sends the browser to the vendor's page and waits for it to come back; a context manager that listens from its start.

    The browser that brought the token is told at the end of the context whether all went well in it. One that comes back without a token
    was not granted access, which ends the wait. An answer without our cookie is nobody's: it is turned away, and the wait goes on.

    Raises:
        ConfigError: the port is taken.
    """

    def __init__(self, port: int, *, secure_url: str, public_token: str, clock: Clock) -> None:
        self._trip = _Trip(clock)
        self._servers = [_Server(("127.0.0.1", port), self._trip)]
        self.port = int(self._servers[0].server_address[1])
        self.start_url = f"http://localhost:{self.port}/"
        self._trip.vendor_url = grant_url(secure_url, public_token, f"{self.start_url}done")
        try:
            self._servers.append(_ServerV6(("::1", self.port), self._trip))
        except ConfigError:
            self._servers[0].server_close()
            raise
        except OSError:
            # A machine without IPv6: `localhost` can't mean ::1 there.
            return

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._trip.end(FAILED if kind else CONNECTED)
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def wait(self, timeout_s: float) -> str:
        """Return the grant token that the browser brings.

        Raises:
            LoginExpiredError: no answer in time, or access was not granted.
        """
        came = self._trip.came.wait(timeout_s)
        if not self._trip.token:
            raise LoginExpiredError(NAME, "access was not granted" if came else "no answer from the browser", todo=ADVICE)
        return self._trip.token


class _Trip:
    """One round trip: its signing key lives as long as it does."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._key, self._nonce = clock, secrets.token_bytes(32), secrets.token_urlsafe(16)
        self.vendor_url, self.token, self.came = "", "", threading.Event()
        self._page, self._ended, self.told = TAKEN, threading.Event(), threading.Event()

    def cookie(self) -> str:
        """Return a signed cookie that ends in ten minutes."""
        until = int(self._clock.now().timestamp()) + COOKIE_LIFE_S
        value = f"{self._nonce}.{until}"
        return f"{COOKIE}={value}.{self._sign(value)}; Max-Age={COOKIE_LIFE_S}; Path=/; HttpOnly; SameSite=Lax"

    def is_ours(self, header: str) -> bool:
        """Tell whether a Cookie header has our cookie, of this trip and in time."""
        try:
            morsel = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        value, _, signature = (morsel.value if morsel else "").rpartition(".")
        nonce, _, until = value.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(value).encode()) or nonce != self._nonce:
            return False
        return until.isdecimal() and int(until) > self._clock.now().timestamp()

    def take(self, query: Mapping[str, list[str]]) -> bool:
        """Note the first answer of our browser; returns whether it brought a token."""
        if self.came.is_set():
            return False
        self.token = (query.get("token") or query.get("agreementGrantToken") or [""])[0]
        self.came.set()
        return bool(self.token)

    def page(self) -> str:
        """Return the page for the browser that brought the token, once it is known how it ended."""
        self._ended.wait(OUTCOME_WAIT_S)
        return self._page

    def end(self, page: str) -> None:
        """Say how it ended, and give the browser the time to read it."""
        self._page = page
        self._ended.set()
        if self.token:
            self.told.wait(TOLD_WAIT_S)

    def _sign(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()


class _Server(ThreadingHTTPServer):
    """A thread for each connection, so that one that says nothing holds up no other."""

    daemon_threads, block_on_close = True, False

    def __init__(self, address: tuple[str, int], trip: _Trip) -> None:
        self.trip = trip
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise ConfigError(f"port {address[1]}", "it is taken or forbidden", "Choose another --port.") from None
            raise

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    """Starts the trip, takes the token out of the address, and says how it ended; everything else is turned away."""

    server: _Server
    server_version, sys_version = "Kravbro", ""
    timeout = 10.0

    def do_GET(self) -> None:
        parts, trip = urlsplit(self.path), self.server.trip
        if parts.path == "/":
            self._redirect(302, trip.vendor_url, trip.cookie())
        elif parts.path == "/done" and trip.is_ours(self.headers.get("Cookie", "")) and trip.take(parse_qs(parts.query)):
            self._redirect(303, "/result", "")
        elif parts.path == "/result" and trip.token and trip.is_ours(self.headers.get("Cookie", "")):
            try:
                self._page(200, trip.page())
            finally:
                trip.told.set()
        else:
            self._page(400 if parts.path == "/done" else 404, REFUSED)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's own word
        """Say nothing: the address holds the token."""

    def _redirect(self, status: int, to: str, cookie: str) -> None:
        self.send_response(status)
        self.send_header("Location", to)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self._end(b"")

    def _page(self, status: int, page: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self._end(page.encode())

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)
