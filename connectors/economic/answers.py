"""What an answer of e-conomic means: its JSON with exact numbers, and the one table from (status, code) to our errors.

The old host answers with {message, errorCode, logId, …}, the services with problem documents {title, errorCode, traceId, …};
outages of both come as HTML. Messages are free text with values inside, so everything is decided by status and code.
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

__all__ = ["NAME", "AnswerReader", "code_of", "parse_json"]

NAME: Final = "e-conomic"

AFTER_MAX_S: Final = 86_400.0

LOCKED: Final = "period_locked"
OURS: Final[Mapping[str, str]] = {
    "JournalEntryDateAccountingYearPeriodBarred": LOCKED,
    "JournalEntryDateAccountingYearClosed": LOCKED,
    "JournalVoucherAccountingYearClosed": LOCKED,
    "JournalEntryDateAccountingYearDoesNotExist": "no_financial_year",
    "JournalVoucherAccountingYearDoesNotExist": "no_financial_year",
}
"""Refusals the engine goes on from by itself, under the names it knows (`core.writes`)."""

FORBIDDEN: Final = 403
"""A role or module is missing: nothing was done."""
CONFLICT: Final = 409
"""A stale objectVersion: nothing was changed, and what is read again can be changed."""

ADVICE: Final[Mapping[int, str]] = {
    401: "Connect the company again: `kravbro connect economic` asks its administrator for access.",
    FORBIDDEN: "The app must have the role SuperUser, and the agreement the modules the README names.",
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
        """Return a good answer or the vendor's own 404 (the client knows what that means), else raise."""
        if 200 <= answer.status < 300:
            return answer
        # A 404 without the vendor's envelope is a wrong address or an outage, never "there is no such invoice".
        if _is_busy(answer) or (answer.status == 404 and not _told(answer)):
            raise RetryLaterError(NAME, self._reason(answer), after_s=self._after_s(answer), request_id=_request_id(answer))
        if answer.status == 404:
            return answer
        raise self.refusal(answer)

    def check_write(self, answer: Answer) -> Answer:
        """Return a good answer to a write, else raise: 429, 409 and 403 were surely not applied, 5xx and the unexpected may have been.

        A missing role or module is no refusal of this one write: it waits until a person has given it back.
        """
        if 200 <= answer.status < 300:
            return answer
        if answer.status in (429, CONFLICT):
            raise RetryLaterError(NAME, f"HTTP {answer.status}", after_s=self._after_s(answer), request_id=_request_id(answer))
        if answer.status == FORBIDDEN and code_of(answer) not in OURS:
            todo = ADVICE[FORBIDDEN]
            raise RetryLaterError(NAME, f"HTTP {answer.status}: {self._reason(answer)}", todo=todo, request_id=_request_id(answer))
        if _is_busy(answer):
            raise OutcomeUnknownError(NAME, self._reason(answer), request_id=_request_id(answer))
        raise self.refusal(answer)

    def not_readable(self, answer: Answer, what: str) -> RetryLaterError:
        """Return the error for a good status with a body that is not what was asked for."""
        return RetryLaterError(NAME, f"no {what} in the answer", request_id=_request_id(answer))

    def refusal(self, answer: Answer) -> KravbroError:
        """Return what a 4xx means; without a role or module the company can't be read at all."""
        code, reason, request = code_of(answer), self._reason(answer), _request_id(answer)
        if answer.status in ADVICE and code_of(answer) not in OURS:
            return LoginExpiredError(NAME, f"HTTP {answer.status}: {reason}", todo=ADVICE[answer.status], request_id=request)
        return RejectedError(NAME, OURS.get(code) or code or str(answer.status), reason, request_id=request)

    def _reason(self, answer: Answer) -> str:
        body = _body(answer)
        message = body.get("message") or body.get("title")
        return redact(str(message), self._secrets) if message else f"HTTP {answer.status}"

    def _after_s(self, answer: Answer) -> float | None:
        """Return Retry-After in seconds, a day at most."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), AFTER_MAX_S)
        try:
            return min(max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds()), AFTER_MAX_S)
        except (TypeError, ValueError):
            return None


def code_of(answer: Answer) -> str:
    """Return the vendor's code, its own or that of the first property it names, "" where there is none."""
    body = _body(answer)
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("errorCode") or body.get("errorCode")
    return code[:80] if isinstance(code, str) else ""


def _body(answer: Answer) -> Mapping[str, Any]:
    body = parse_json(answer.content)
    return body if isinstance(body, dict) else {}


def _told(answer: Answer) -> bool:
    body = _body(answer)
    return bool(body.get("message") or body.get("title"))


def _is_busy(answer: Answer) -> bool:
    return answer.status < 400 or answer.status >= 500 or answer.status in (408, 429)


def _request_id(answer: Answer) -> str:
    """Return the vendor's id of the request (logId or traceId), for its support."""
    body = _body(answer)
    found = body.get("traceId") or body.get("logId") or ""
    return found[:40] if isinstance(found, str) else ""


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)
