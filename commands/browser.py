"""The browser's way back from a vendor's consent page: its answer on a loopback port, and the page that says how it ended.

The redirect address must equal the one that is registered with the vendor, so the port is fixed there.
"""

from __future__ import annotations

import errno
import hmac
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from core.errors import ConfigError, LoginExpiredError
from core.http import redact

__all__ = ["CodeListener"]

PAGE: Final = (
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Kravbro</title>"
    "<style>body{{font:1.2rem system-ui;margin:4rem auto;max-width:32rem}}</style><h1>{title}</h1><p>{text}</p></html>"
)
CONNECTED: Final = PAGE.format(title="Connected", text="The company is connected. You can close this tab.")
FAILED: Final = PAGE.format(title="Not connected", text="It did not work; Kravbro says why where it was started. You can close this tab.")
TAKEN: Final = PAGE.format(
    title="Answer taken", text="Kravbro says where it was started whether the company is connected. You can close this tab."
)
REFUSED: Final = PAGE.format(title="Not connected", text="This answer was not accepted. Close this tab and start again.")
OUTCOME_WAIT_S: Final = 60.0
"""So long the browser waits to be told how it ended."""
TOLD_WAIT_S: Final = 5.0
"""So long the end waits for the browser's page to be written."""
ADVICE: Final = "Run the connect command again and finish in the browser."


class CodeListener:
    """Waits on both loopback addresses for the browser; a context manager that listens from its start.

    The browser that brought the code is told at the end of the context whether all went well in it.
    The registered redirect says `localhost`, which is 127.0.0.1 in one browser and ::1 in another. An answer with another
    state is nobody's: it is turned away, and the wait goes on.

    Raises:
        ConfigError: the port is taken.
    """

    def __init__(self, port: int, state: str, remote: str) -> None:
        self._got, self._remote = _Got(state), remote
        self._servers = [_Server(("127.0.0.1", port), self._got)]
        self.port = int(self._servers[0].server_address[1])
        try:
            self._servers.append(_ServerV6(("::1", self.port), self._got))
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
        self._got.end(FAILED if kind else CONNECTED)
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def wait(self, timeout_s: float) -> str:
        """Return the code that the browser brings.

        Raises:
            LoginExpiredError: no answer in time, or the person said no.
        """
        self._got.came.wait(timeout_s)
        if not self._got.code:
            raise LoginExpiredError(self._remote, self._got.problem or "no answer from the browser", todo=ADVICE)
        return self._got.code


class _Got:
    """What the browser brought."""

    def __init__(self, state: str) -> None:
        self._state, self.code, self.problem, self.came = state, "", "", threading.Event()
        self._page, self._ended, self.told = TAKEN, threading.Event(), threading.Event()

    def take(self, query: Mapping[str, list[str]]) -> bool:
        """Note the first answer with our state; returns whether it brought a code."""
        given = {name: values[0] for name, values in query.items()}
        if self.came.is_set() or not hmac.compare_digest(given.get("state", "").encode(), self._state.encode()):
            return False
        if "code" in given:
            self.code = given["code"]
        else:
            reason = given.get("error_description") or given.get("error") or "no code"
            self.problem = redact(f"consent was not given: {reason}")
        self.came.set()
        return bool(self.code)

    def page(self) -> str:
        """Return the page for the browser that brought the code, once it is known how it ended."""
        self._ended.wait(OUTCOME_WAIT_S)
        return self._page

    def end(self, page: str) -> None:
        """Say how it ended, and give the browser the time to read it."""
        self._page = page
        self._ended.set()
        if self.code:
            self.told.wait(TOLD_WAIT_S)


class _Server(ThreadingHTTPServer):
    """A thread for each connection, so that one that says nothing holds up no other."""

    daemon_threads, block_on_close = True, False

    def __init__(self, address: tuple[str, int], got: _Got) -> None:
        self.got = got
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                todo = "Choose another --port, and register its address with the vendor."
                raise ConfigError(f"port {address[1]}", "it is taken or forbidden", todo) from None
            raise

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    """Answers requests that carry a state; a browser's request for an icon is turned away."""

    server: _Server
    server_version, sys_version = "Kravbro", ""
    timeout = 10.0

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "state" not in query:
            self.send_error(404)
            return
        got = self.server.got
        if not got.take(query):
            self._page(400, REFUSED)
            return
        try:
            self._page(200, got.page())
        finally:
            got.told.set()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's own word
        """Say nothing: the address holds the code."""

    def _page(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)
