"""HTTP for adapters: one session, a budget that is kept, retries of reads by tenacity, and nothing secret in an error.

Only reads are retried here. A write is sent once; what became of it is told by the class of the error, and the journal
decides what to do (see `core.errors`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import requests
import requests.adapters
import tenacity
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from core.clock import Clock
from core.errors import OutcomeUnknownError, RetryLaterError
from core.ports import Budget

__all__ = ["Answer", "HttpClient", "Limit", "redact"]

T = TypeVar("T")

TIMEOUT_S: Final = (10.0, 30.0)
"""Seconds to connect and to wait for bytes; leases and absent_after must be longer than their sum."""

READ_TRIES: Final = 5

RETRY_AFTER_MAX_S: Final = 60.0
"""How long a read waits at most because the remote asks for it; who asks for more is left alone until the next run."""

PERSONAL: Final = re.compile(r"(?<![\d.,])(?:(?:\d{8}|\d{6})[-+ ]?\d{4}|\d{6} ?\d{5}|\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y])(?!\d)")
"""Swedish personal and organisation numbers, with and without century (Skatteverket SKV 704), Danish CPR numbers, which have the same form,
Norwegian fødselsnummer of eleven digits, and Finnish henkilötunnus."""

EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
TOKEN: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+|\beyJ[\w-]+\.[\w.-]+|\b[A-Za-z0-9_-]{40,}\b")


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return the text without secrets, tokens, identity numbers and e-mail addresses, cut to 300 characters."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "•••")
    text = TOKEN.sub("•••", text)
    text = EMAIL.sub("•••", text)
    return PERSONAL.sub("•••", text)[:300]


@dataclass(frozen=True, slots=True)
class Limit:
    """A vendor's rate limit as we keep it: at most `count` requests in any `window_s`, per `bucket`."""

    bucket: str
    count: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class HttpClient:
    """Sends requests for one adapter; thread-confined, like the session in it.

    Args:
        remote: who is at the other end, for error messages.
        base_url: prefix of every path, a setting of each adapter.
        limit: the budget that is kept before each request, or None.
        before: called before each request, each try of a read too; what else must be waited for or counted.
        session: given by tests and simulations to stay in process.
    """

    def __init__(
        self,
        remote: str,
        base_url: str,
        *,
        clock: Clock,
        budget: Budget | None = None,
        limit: Limit | None = None,
        before: Callable[[], None] | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.remote, self.base_url, self.clock = remote, base_url.rstrip("/"), clock
        self._budget, self._limit, self._before = budget, limit, before
        self._session = session or _session()

    def read(self, method: str, path: str, *, check: Callable[[Answer], T], **options: object) -> T:
        """Send a read and give its answer to `check`, up to five times while `RetryLaterError` is raised.

        A remote that asks for more than a minute's wait is not asked again: the error goes on to the caller.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_soon),
            stop=tenacity.stop_after_attempt(READ_TRIES),
            wait=_wait,
            sleep=self.clock.sleep,
            reraise=True,
        )
        return retrying(lambda: check(self._send(method, path, is_write=False, **options)))

    def write(self, method: str, path: str, **options: object) -> Answer:
        """Send a write exactly once.

        Raises:
            RetryLaterError: no connection was made, so nothing can have been applied.
            OutcomeUnknownError: the connection broke after that, or no answer came.
        """
        return self._send(method, path, is_write=True, **options)

    def _send(self, method: str, path: str, *, is_write: bool, **options: object) -> Answer:
        url = path if path.startswith(("http://", "https://")) else f"{self.base_url}/{path.lstrip('/')}"
        if self._before:
            self._before()
        if self._budget and self._limit:
            self._budget.take(self._limit.bucket, self._limit.count, self._limit.window_s)
        try:
            reply = self._session.request(method, url, timeout=TIMEOUT_S, allow_redirects=False, **options)  # type: ignore[arg-type]
            return Answer(reply.status_code, reply.headers, reply.content)
        except requests.RequestException as error:
            reason = f"{type(error).__name__}{_address(url)}"
            if is_write and not _never_connected(error):
                raise OutcomeUnknownError(self.remote, reason) from None
            raise RetryLaterError(self.remote, reason) from None
        finally:
            if self._budget and self._limit:
                self._budget.done(self._limit.bucket)


def _address(url: str) -> str:
    """Return " at host:port" of an address, and nothing else of it, which may be secret; "" where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # what is no port, or half an IPv6 address
        return ""
    return f" at {parts.hostname}:{port}" if parts.hostname else ""


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc: where money goes is a setting, not the environment
    adapter = requests.adapters.HTTPAdapter(max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _never_connected(error: requests.RequestException) -> bool:
    """Tell whether the failure came before a connection stood, so that no byte can have arrived."""
    cause: object = error.args[0] if error.args else None
    cause = getattr(cause, "reason", cause)
    return isinstance(cause, NewConnectionError | ConnectTimeoutError | NameResolutionError)


def _is_soon(error: BaseException) -> bool:
    """Tell whether the same read may be tried again in this run."""
    return isinstance(error, RetryLaterError) and (error.after_s or 0.0) <= RETRY_AFTER_MAX_S


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the remote asked, else 1, 2, 4 … seconds (the budget spreads processes; no jitter is needed)."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after_s if isinstance(error, RetryLaterError) else None
    return float(asked) if asked is not None else float(2 ** (state.attempt_number - 1))
