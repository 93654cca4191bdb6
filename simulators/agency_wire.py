"""The agency's side of the wire: a client of the feed, and the outbox that no failure empties."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

from simulators import kit
from simulators.agency_money import Json

NO_ANSWER = 0
"""Status for a request that got no answer: refused, dropped or timed out."""
TOO_MANY = 429
WAITS_AT_MOST_S = 120.0
FAILURES_AT_MOST = 3
"""After so many failed reports in a row the feed counts as down until the next session."""
OVERTAKEN_WITHIN = timedelta(days=5)
"""How long a message that should be overtaken waits for another to overtake it."""

_IDENTITY = re.compile(r"(?<![\w-])((?:\d{2})?\d{2}[01]\d{3})[-+]?\d{4}(?![\w-])")


def mask(text: str) -> str:
    """Hide what could be a person's identity number (organisation numbers have 2 or more as their third digit)."""
    return _IDENTITY.sub(lambda found: f"{found.group(1)}-****", text)


def moment(seconds: float) -> str:
    """Return the moment as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Answer:
    """What the feed answered; status 0 is no answer."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body, or an empty object where it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return {}

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (NO_ANSWER, 401, 403, 408, TOO_MANY) or self.status >= 500


class Wire:
    """Makes the requests, pays for them in virtual time and logs them."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        clock: kit.Clock,
        seed: int,
        log: kit.RequestLog,
        session: requests.Session | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Talk to this feed; `session` may carry an adapter that calls the feed in process."""
        self.base_url = base_url.rstrip("/")
        self.clock, self.seed, self.log = clock, seed, log
        self.session = session or _session()
        self.timeout_s = timeout_s
        self._authorization = f"Bearer {api_key}"

    def get(
        self, path: str, tenant: Callable[[Answer], str] | str = "", *, params: Mapping[str, str] | None = None, etag: str = ""
    ) -> Answer:
        """Fetch; a failure is tried once more at once."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._send("GET", path, tenant, headers=headers, params=params)
        return self._send("GET", path, tenant, headers=headers, params=params) if answer.temporary else answer

    def post(self, path: str, tenant: str, body: bytes, key: str) -> Answer:
        """Report; only throttling is waited out, anything else is for the next session."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        answer = self._send("POST", path, tenant, headers=headers, body=body)
        return self._send("POST", path, tenant, headers=headers, body=body) if answer.status == TOO_MANY else answer

    def _send(
        self,
        method: str,
        path: str,
        tenant: Callable[[Answer], str] | str,
        *,
        headers: dict[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        answer = self._exchange(method, path, {"Authorization": self._authorization, **headers}, params, body)
        owner = mask(tenant(answer) if callable(tenant) else tenant)
        self.clock.advance(kit.latency_s(self.seed, owner, method, path))
        shown = path + ("?" + "&".join(f"{name}={value}" for name, value in params.items()) if params else "")
        self.log.add(t=self.clock.now(), tenant=owner, method=method, path=shown, body=_loggable(body), status=answer.status, fault=None)
        if answer.status == TOO_MANY:
            self._wait(answer)
        return answer

    def _exchange(self, method: str, path: str, headers: dict[str, str], params: Mapping[str, str] | None, body: bytes | None) -> Answer:
        try:
            found = self.session.request(
                method,
                self.base_url + path,
                params=params,
                data=body,
                headers=headers,
                timeout=self.timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException:
            return Answer(NO_ANSWER)
        return Answer(found.status_code, found.content, found.headers)

    def _wait(self, answer: Answer) -> None:
        text = answer.headers.get("Retry-After", "1")
        wait_s = min(float(text) if text.isdigit() else 1.0, WAITS_AT_MOST_S)
        self.clock.advance(wait_s)
        if self.clock.path is None:
            time.sleep(wait_s)


def _session() -> requests.Session:
    session = requests.Session()
    # A proxy or a netrc file of the machine must not come between: netrc would replace the key.
    session.trust_env = False
    return session


def _loggable(body: bytes | None) -> Any:
    if body is None:
        return None
    shown = json.loads(mask(body.decode()))
    if "document" in shown:
        shown["document"]["content_base64"] = f"<{len(shown['document']['content_base64'])} characters>"
    return shown


@dataclass
class Message:
    """One report, with the bytes and the key it keeps for ever."""

    key: str
    path: str
    body: bytes
    claim_id: str
    tenant: str
    kind: str
    data: Json
    written_on: date
    hold_until: date = date.min
    overtaken: bool = False
    duplicate_of: str = ""
    answer_status: int | None = None
    message_id: str = ""
    posted_at: float = 0.0

    @property
    def pending(self) -> bool:
        """Whether the feed has neither taken nor refused it."""
        return self.answer_status is None

    @property
    def accepted(self) -> bool:
        """Whether the feed has taken it."""
        return self.answer_status is not None and 200 <= self.answer_status < 300


class Outbox:
    """Reports that wait for the feed's receipt, in the order they were written."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: list[Message] = []
        self._numbers: dict[str, int] = {}
        self._stuck: set[str] = set()
        self._failures = 0
        self.posted: list[Message] = []
        self.refused: list[Message] = []

    def add(self, message: Message) -> None:
        """Keep the message until the feed has taken or refused it."""
        self._waiting.append(message)

    def copy(self, message: Message, *, key: str, hold_until: date) -> None:
        """Write a posted message once more, under the same or another key."""
        again = replace(message, key=key, hold_until=hold_until, overtaken=False, duplicate_of=message.key)
        self.add(replace(again, answer_status=None, message_id="", posted_at=0.0))

    def next_number(self, subject: str) -> int:
        """Return the next number of this subject: one, two, three, and so on."""
        self._numbers[subject] = self._numbers.get(subject, 0) + 1
        return self._numbers[subject]

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    def start_session(self) -> None:
        """Let what failed in the last session be tried again."""
        self._stuck, self._failures = set(), 0

    def flush(self, today: date) -> list[Message]:
        """Post what is ready; after a failure the claim's later messages wait for the next session too."""
        taken: list[Message] = []
        progress = True
        # A message that lets itself be overtaken becomes ready in the pass after the one that overtook it.
        while progress:
            done = [message for message in self._waiting if self._ready(message, today) and self._post(message)]
            self._waiting = [message for message in self._waiting if message.pending]
            taken += done
            progress = bool(done)
        return taken

    def _ready(self, message: Message, today: date) -> bool:
        down = self._failures >= FAILURES_AT_MOST
        if down or message.claim_id in self._stuck or message.hold_until > today:
            return False
        if not message.overtaken or today - message.written_on >= OVERTAKEN_WITHIN:
            return True
        return any(_number(other) > _number(message) for other in self.posted if other.claim_id == message.claim_id)

    def _post(self, message: Message) -> bool:
        answer = self._wire.post(message.path, message.tenant, message.body, message.key)
        if answer.temporary:
            self._stuck.add(message.claim_id)
            self._failures += 1
            return False
        self._failures = 0
        message.answer_status = answer.status
        message.posted_at = self._wire.clock.now()
        if message.accepted:
            message.message_id = str(answer.json().get("message_id", ""))
            self.posted.append(message)
        else:
            self.refused.append(message)
        return True


def _number(message: Message) -> int:
    return int(message.key.split(".")[2])
