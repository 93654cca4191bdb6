"""Sends webhooks that are due, one pass at a time.

What an answer means: 2xx is success and nothing else is; 410 ends the webhook; 429, 502, 503 and 504 leave the agency alone for
as long as Retry-After asks, and no answer at all does so for some minutes, so that one dead agency does not hold up the others;
anything else is tried again by the schedule. Redirects are not followed (Standard Webhooks 1.0.0).
"""

from __future__ import annotations

import json
import queue as queues
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError

from agencies.feed.addresses import Address, find_address
from core.clock import Clock
from core.errors import ConfigError
from core.ids import stable_id
from core.ports import WebhookQueue, WebhookSend
from core.webhooks import sign

DELAYS_S: Final = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""How long to wait before each attempt, counted from the one before."""

RETRY_AFTER_MAX_S: Final = 24 * 3600.0
HOLD_S: Final = 60.0
"""How long an overloaded agency is left alone if it doesn't say."""

SILENT_HOLD_S: Final = 300.0
"""How long an agency that could not be reached is left alone: it costs the others no more than one time-out in that time."""

TIMEOUT_S: Final = 15.0
"""How long one send may take in all, from the look-up of the name to the answer."""

SENDS_MAX: Final = 200
"""How many sends one pass makes at most, so that whoever runs it can stop in between."""

BUSY: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status (0 where nothing did), why, and how long to wait if that was said."""

    status: int
    note: str
    retry_after: str = ""


Post = Callable[[Address, dict[str, str], bytes], Reply]


def send_due(
    queue: WebhookQueue, clock: Clock, *, allow_private: bool = False, post: Post | None = None, timeout_s: float = TIMEOUT_S
) -> int:
    """Send what is due now, until nothing is left or the pass is long enough; return how many were taken by the agencies."""
    sent = 0
    for _ in range(SENDS_MAX):
        send = queue.take()
        if send is None:
            break
        reply = _within(timeout_s, partial(_deliver, send, clock.now(), allow_private=allow_private, post=post or post_once))
        sent += _record(queue, send, reply, clock.now())
    return sent


def render_body(send: WebhookSend) -> bytes:
    """Return the event as it stands in the list, with the timestamp that Standard Webhooks recommends."""
    moment = send.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    event = {
        "type": send.type, "timestamp": moment, "id": send.item_id, "claim_id": send.claim_id, "sequence": send.sequence,
        "occurred_at": moment,
    }  # fmt: skip
    return json.dumps(event, separators=(",", ":")).encode()


def post_once(address: Address, headers: dict[str, str], body: bytes) -> Reply:
    """Post to the checked address and to no other; the answer's body is not read."""
    pool: urllib3.HTTPConnectionPool
    timeout = urllib3.Timeout(total=TIMEOUT_S)
    if address.scheme == "https":
        # The certificate must be of the name, though the connection goes to the number.
        pool = urllib3.HTTPSConnectionPool(
            address.ip, address.port, timeout=timeout, assert_hostname=address.host, server_hostname=address.host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address.ip, address.port, timeout=timeout)
    with pool:
        options = {"redirect": False, "retries": False, "preload_content": False, "assert_same_host": False}
        reply = pool.urlopen("POST", address.path, body=body, headers={**headers, "Host": address.host_header}, **options)
        reply.close()
        return Reply(reply.status, f"HTTP {reply.status}", reply.headers.get("Retry-After", ""))


def _within(seconds: float, deliver: Callable[[], Reply]) -> Reply:
    """Wait so long and no longer for a reply: a name that does not resolve and a drop at a time escape every socket's time-out.

    What comes later is lost, and the event is sent again, with the same id. The thread left behind ends with its connection.
    """
    came: queues.SimpleQueue[Reply] = queues.SimpleQueue()
    threading.Thread(target=lambda: came.put(deliver()), name="webhook", daemon=True).start()
    try:
        return came.get(timeout=seconds)
    except queues.Empty:
        return Reply(0, f"no answer in {seconds:.0f} s")


def _deliver(send: WebhookSend, now: datetime, *, allow_private: bool, post: Post) -> Reply:
    body = render_body(send)
    try:
        headers = {**sign(send.secrets, send.item_id, now, body), "Content-Type": "application/json", "User-Agent": "Kravbro"}
        address = find_address(send.url, allow_private=allow_private)
        if address is None:
            return Reply(0, "the address is not https, or not public")
        return post(address, headers, body)
    except (ConfigError, HTTPError, OSError, ValueError) as error:
        return Reply(0, type(error).__name__)  # the class alone: its text holds the address, maybe with a token in it


def _record(queue: WebhookQueue, send: WebhookSend, reply: Reply, now: datetime) -> bool:
    if 200 <= reply.status < 300:
        queue.sent(send)
        return True
    if reply.status == 410:
        queue.disable(send.agency)
    if reply.status == 410 or send.attempt >= len(DELAYS_S):
        queue.give_up(send, reply.note)
        return False
    asked_s = _asked_s(reply.retry_after, now)
    queue.retry(send, max(_delay_s(send), asked_s), reply.note)
    if reply.status in BUSY:
        queue.hold(send.agency, asked_s or HOLD_S)
    elif reply.status == 0:
        queue.hold(send.agency, SILENT_HOLD_S)
    return False


def _delay_s(send: WebhookSend) -> float:
    """Return the schedule's delay and up to a tenth more, so that what failed together does not come back together."""
    spread = int(stable_id(send.item_id, send.attempt)[:8], 16) / 0xFFFFFFFF
    return DELAYS_S[send.attempt] * (1 + spread / 10)


def _asked_s(retry_after: str, now: datetime) -> float:
    """Return the seconds a Retry-After asks for, given as a number or a date (RFC 9110 §10.2.3); 0 if it can't be read."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after[:9]), RETRY_AFTER_MAX_S)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    left_s = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return min(max(left_s, 0.0), RETRY_AFTER_MAX_S)
