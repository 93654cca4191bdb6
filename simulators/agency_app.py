"""A window on the agency: its cases as JSON, a way to change a case's story, and the door for webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from simulators import kit
from simulators.agency_state import claim_row
from simulators.agency_stories import STORIES

if TYPE_CHECKING:
    from simulators.agency import AgencySimulator

TOLERANCE_S = 300
"""How far a webhook's timestamp may be from now, either way (Standard Webhooks 1.0)."""
BODY_AT_MOST = 1_000_000
REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Too Large",
}


class AgencyApp:
    """The agency's WSGI app; it answers about `simulator` and can let it work in the background."""

    def __init__(self, simulator: AgencySimulator, webhook_secret: str = "") -> None:
        """Serve this agency; without a secret every webhook is refused."""
        self.simulator = simulator
        self.hints: list[str] = []
        self._secret = webhook_secret
        self._wake = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, answer = self._answer(environ)
        body = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        start_response(f"{status} {REASONS[status]}", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def work_forever(self, interval_s: float) -> threading.Event:
        """Work in a background thread every `interval_s` seconds and at each webhook; setting the returned event ends it."""
        stop = threading.Event()

        def loop() -> None:
            while not stop.is_set():
                self._wake.clear()
                self.simulator.work()
                self._wake.wait(interval_s)

        threading.Thread(target=loop, daemon=True).start()
        return stop

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > BODY_AT_MOST:
            return 413, {"error": "too large"}
        body = environ["wsgi.input"].read(length) if length else b""
        parts = path.strip("/").split("/")
        if path == "/cases":
            return self._cases() if method == "GET" else (405, {"error": "GET only"})
        if path == "/webhook":
            return self._webhook(environ, body) if method == "POST" else (405, {"error": "POST only"})
        if len(parts) == 3 and (parts[0], parts[2]) == ("cases", "story"):
            return self._story(parts[1], body) if method == "POST" else (405, {"error": "POST only"})
        return 404, {"error": "no such page"}

    def _cases(self) -> tuple[int, Any]:
        with self.simulator.lock:
            cases = [*self.simulator.former, *self.simulator.cases.values()]
            return 200, {"agency": self.simulator.name, "cases": [claim_row(case) for case in cases]}

    def _story(self, claim_id: str, body: bytes) -> tuple[int, Any]:
        try:
            story = json.loads(body)["story"]
        except (ValueError, KeyError, TypeError):
            return 400, {"error": 'the body is {"story": NAME}'}
        if story not in STORIES:
            return 400, {"error": "no such story", "stories": sorted(STORIES)}
        if claim_id not in self.simulator.cases:
            return 404, {"error": "no such case"}
        self.simulator.tell(claim_id, story)
        return 200, claim_row(self.simulator.cases[claim_id])

    def _webhook(self, environ: Mapping[str, Any], body: bytes) -> tuple[int, Any]:
        headers = {name: environ.get(f"HTTP_WEBHOOK_{name.upper()}", "") for name in ("id", "timestamp", "signature")}
        if not self._secret or not verify(self._secret, headers, body, self.simulator.clock.now()):
            return 401, {"error": "signature or timestamp not accepted"}
        # Only a hint: what happened is read from the feed.
        self.hints.append(headers["id"])
        self._wake.set()
        return 204, None


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether one `v1` signature fits `id.timestamp.body` and the timestamp is neither too old nor too new."""
    timestamp = headers["timestamp"]
    if not headers["id"] or not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > TOLERANCE_S:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    signed = f"{headers['id']}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.removeprefix("v1,") for part in headers["signature"].split() if part.startswith("v1,")]
    return any(hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) for signature in given)
