"""What an answer of Fortnox means: its JSON with exact numbers, and the one table from (status, code) to our errors.

Messages are Swedish free text with values inside, so everything is decided by status and code. Four shapes of error body
exist: ErrorInformation in two casings, {"message"}, {"error", "error_description"} and HTML pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn

from core.clock import Clock
from core.errors import KravbroError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer, redact

__all__ = ["NAME", "AnswerReader", "parse_json", "request_id"]

NAME: Final = "Fortnox"

AFTER_MAX_S: Final = 86_400.0

OURS: Final = {"2000401": "period_locked", "2003055": "already_paid"}
"""Refusals the engine goes on from by itself, under the names it knows (`core.writes`)."""

LOGIN, SCOPE, LICENCE, BUSY = "login", "scope", "licence", "busy"

MEANINGS: Final[Mapping[str, str]] = {
    "2000310": LOGIN,
    "2000311": LOGIN,
    "2004054": LOGIN,
    "2001103": LICENCE,
    "2000663": SCOPE,
    "2001101": SCOPE,
    "2001393": SCOPE,
    "2002455": SCOPE,
    "1000003": BUSY,
}
"""Vendor codes that don't mean what their status says; every other 4xx is a refusal.

Sources: https://www.fortnox.se/developer/guides-and-good-to-know/errors and notima/fortnox4j FortnoxConstants.java.
"""

ADVICE: Final[Mapping[str, str]] = {
    LOGIN: "Connect the company again.",
    LICENCE: "Have the company order Fortnox Integration, then connect it again.",
    SCOPE: "Connect the company again with every scope the README names, and check its Fortnox licences.",
}


def parse_json(content: bytes) -> Any:
    """Return JSON with exact decimals, or None for anything else: content types are not to be trusted here."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError):
        return None


class AnswerReader:
    """Turns answers into values and errors, with nothing secret in them."""

    def __init__(self, clock: Clock, secrets: tuple[str, ...] = ()) -> None:
        self._clock, self._secrets = clock, secrets

    def check_read(self, answer: Answer) -> Answer:
        """Return a good answer, a 401 or the vendor's own 404 (the client knows what they mean), else raise."""
        if 200 <= answer.status < 300 or answer.status == 401:
            return answer
        code, _ = _error_of(answer)
        if self._is_busy(answer) or (answer.status == 404 and not code):
            # A 404 without the vendor's envelope is a wrong address or an outage, never "there is no such invoice".
            raise RetryLaterError(NAME, self._reason(answer), after_s=self._after_s(answer), request_id=request_id(answer))
        if answer.status == 404:
            return answer
        raise self.refusal(answer, is_write=False)

    def check_write(self, answer: Answer) -> Answer:
        """Return a good answer to a write, else raise: 429 was surely not applied, 5xx and the unexpected may have been."""
        if 200 <= answer.status < 300:
            return answer
        if answer.status == 429:
            raise RetryLaterError(NAME, "HTTP 429", after_s=self._after_s(answer), request_id=request_id(answer))
        if self._is_busy(answer):
            raise OutcomeUnknownError(NAME, self._reason(answer), request_id=request_id(answer))
        raise self.refusal(answer, is_write=True)

    def not_readable(self, answer: Answer, what: str) -> RetryLaterError:
        """Return the error for a good status with a body that is not what was asked for."""
        return RetryLaterError(NAME, f"no {what} in the answer", request_id=request_id(answer))

    def redact(self, text: str) -> str:
        """Return a text of the vendor's without secrets and personal numbers."""
        return redact(text, self._secrets)

    def _is_busy(self, answer: Answer) -> bool:
        code, _ = _error_of(answer)
        unexpected = answer.status < 400 or answer.status >= 500
        return unexpected or answer.status in (408, 429) or MEANINGS.get(code) == BUSY

    def refusal(self, answer: Answer, *, is_write: bool) -> KravbroError:
        """Return what a 4xx means; a missing scope stops a read of the whole company, but only this one write."""
        code, _ = _error_of(answer)
        meaning = LOGIN if answer.status == 401 else MEANINGS.get(code)
        if meaning in (LOGIN, LICENCE) or (meaning == SCOPE and not is_write):
            reason = f"code {code or answer.status}: {self._reason(answer)}"
            return LoginExpiredError(NAME, reason, todo=ADVICE[meaning], request_id=request_id(answer))
        return RejectedError(NAME, OURS.get(code) or code or str(answer.status), self._reason(answer), request_id=request_id(answer))

    def _reason(self, answer: Answer) -> str:
        _, message = _error_of(answer)
        return self.redact(message) if message else f"HTTP {answer.status}"

    def _after_s(self, answer: Answer) -> float | None:
        """Return Retry-After in seconds, a day at most; Fortnox documents none, but a proxy may send one."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), AFTER_MAX_S)
        try:
            return min(max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds()), AFTER_MAX_S)
        except (TypeError, ValueError):
            return None


def request_id(answer: Answer) -> str:
    """Return the vendor's id of the request (X-Uid), for its support."""
    return answer.headers.get("X-Uid", "")[:40]


def _error_of(answer: Answer) -> tuple[str, str]:
    """Return code and message of an error body in any of its shapes, each "" where there is none."""
    body = parse_json(answer.content)
    if not isinstance(body, dict):
        return "", ""
    inner = body.get("ErrorInformation")
    if isinstance(inner, dict):
        folded = {str(name).lower(): value for name, value in inner.items()}
        return _word(folded.get("code")), _word(folded.get("message"))
    if "error_description" in body or "error" in body:
        return _word(body.get("error")), _word(body.get("error_description") or body.get("message"))
    return "", _word(body.get("message"))


def _word(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)
