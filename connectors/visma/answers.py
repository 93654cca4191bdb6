"""What an answer of eAccounting means: its JSON with exact numbers, and the one table from the vendor's codes to our errors.

Every code of the published catalogue (https://developer.vismaonline.com/docs/error-codes-copy-1) stands in `MEANINGS`. Texts are
for developers, in English; only three things are read from them: the seconds to wait, and which of its two meanings code 4002 has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn

from core.clock import Clock
from core.errors import KravbroError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer, redact
from core.writes import LOCKED_PERIOD

__all__ = ["MEANINGS", "NAME", "AnswerReader", "RightLackingError", "code_of", "is_missing", "parse_json", "request_id"]

NAME: Final = "Visma eAccounting"

AFTER_MAX_S: Final = 86_400.0

REJECTED, LOCKED, LOGIN, COMPANY, RIGHT, BUSY, QUOTA = "rejected", "locked", "login", "company", "right", "busy", "quota"

MEANINGS: Final[Mapping[int, str]] = {
    2000: REJECTED, 3000: REJECTED, 3001: REJECTED, 3002: REJECTED, 3003: RIGHT, 4000: REJECTED, 4001: REJECTED, 4002: REJECTED,
    4003: COMPANY, 4004: COMPANY, 4005: LOGIN, 4006: RIGHT, 4007: RIGHT, 4008: REJECTED, 4009: RIGHT, 4010: QUOTA, 4011: LOGIN,
    4012: COMPANY, 4013: REJECTED, 4014: REJECTED, 4015: REJECTED, 4016: REJECTED, 4017: REJECTED, 4018: REJECTED, 4019: RIGHT,
    4020: REJECTED, 4021: REJECTED, 4022: REJECTED, 4023: REJECTED, 4024: REJECTED, 4025: REJECTED, 4026: LOCKED, 4027: REJECTED,
    4028: REJECTED, 4029: REJECTED, 4030: REJECTED, 4031: REJECTED, 4032: REJECTED, 4033: REJECTED, 4034: LOGIN, 4035: REJECTED,
    4037: LOCKED, 4038: LOCKED, 4039: REJECTED, 4100: BUSY, 5000: BUSY, 5001: BUSY, 5002: BUSY, 5003: REJECTED, 5004: REJECTED,
    5005: REJECTED, 5006: REJECTED, 5007: REJECTED, 6000: REJECTED, 6001: REJECTED,
}  # fmt: skip
"""What each code of the catalogue makes us do:

- `rejected`: this request is refused and will be again; `locked`: it is refused under the name the engine knows (`core.writes`);
- `login`, `company`: nothing works before a person has done something, so the tenant is paused;
- `right`: a read of the company pauses it too, a single write is refused alone, or waits where money depends on it (`kinds`);
- `busy`: a read is tried again, a write may have been applied; `quota`: surely not applied, wait as long as the text says.
"""

NOT_FOUND: Final = 3000
NO_MODULE: Final = 4002
MODULE: Final = re.compile(r"\bmodule\b", re.IGNORECASE)
"""Code 4002 is both "can't be created" and "no access to module": the text alone tells them apart."""
WAIT: Final = re.compile(r"try again in (\d{1,6}) (second|minute)", re.IGNORECASE)

ADVICE: Final[Mapping[str, str]] = {
    LOGIN: "Connect the company again, as a user who has access to it, with a client that Visma has approved for live companies.",
    COMPANY: "Log in to eAccounting, finish its start-up guide and accept its terms; the company must be active.",
    RIGHT: "Connect the company again with every scope the README names, as a user with full rights, and check its product variant.",
}


class RightLackingError(RejectedError):
    """A write that our user, its scopes or the product may not do now; surely not applied."""

    todo: Final = ADVICE[RIGHT]


def parse_json(content: bytes) -> Any:
    """Return JSON with exact decimals, or None for anything else."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError):
        return None


class AnswerReader:
    """Turns answers into values and errors, with nothing secret in them."""

    def __init__(self, clock: Clock, secrets: tuple[str, ...] = ()) -> None:
        self._clock, self._secrets = clock, secrets

    def check_read(self, answer: Answer) -> Answer:
        """Return a good answer, a 401 or "there is no such thing" (the client knows what they mean), else raise."""
        if 200 <= answer.status < 300 or answer.status == 401 or is_missing(answer):
            return answer
        code = code_of(answer)
        outage = answer.status < 400 or answer.status >= 500 or (answer.status == 404 and code is None)
        if MEANINGS.get(code or 0) in (BUSY, QUOTA) or answer.status in (408, 429) or (outage and code not in MEANINGS):
            # A 404 without the vendor's model is a wrong address or an outage, never "there is no such invoice".
            raise RetryLaterError(NAME, self._reason(answer), after_s=self._after_s(answer), request_id=request_id(answer))
        raise self.refusal(answer, is_write=False)

    def check_write(self, answer: Answer) -> Answer:
        """Return a good answer to a write, else raise: 429 was surely not applied, 5xx and the unexpected may have been."""
        if 200 <= answer.status < 300:
            return answer
        code = code_of(answer)
        if answer.status == 429 or MEANINGS.get(code or 0) == QUOTA:
            raise RetryLaterError(NAME, "HTTP 429", after_s=self._after_s(answer), request_id=request_id(answer))
        unexpected = answer.status < 400 or answer.status >= 500 or answer.status == 408
        if MEANINGS.get(code or 0) == BUSY or (unexpected and code not in MEANINGS):
            raise OutcomeUnknownError(NAME, self._reason(answer), request_id=request_id(answer))
        raise self.refusal(answer, is_write=True)

    def not_readable(self, answer: Answer, what: str) -> RetryLaterError:
        """Return the error for a good status with a body that is not what was asked for."""
        return RetryLaterError(NAME, f"no {what} in the answer", request_id=request_id(answer))

    def redact(self, text: str) -> str:
        """Return a text of the vendor's without secrets and personal numbers."""
        return redact(text, self._secrets)

    def refusal(self, answer: Answer, *, is_write: bool) -> KravbroError:
        """Return what a refusal means; a missing right stops a read of the whole company, but only this one write."""
        code = code_of(answer)
        meaning = LOGIN if answer.status == 401 else MEANINGS.get(code or 0, REJECTED)
        if code == NO_MODULE and MODULE.search(_message_of(answer)):
            meaning = RIGHT
        if meaning in (LOGIN, COMPANY) or (meaning == RIGHT and not is_write):
            reason = f"code {code or answer.status}: {self._reason(answer)}"
            return LoginExpiredError(NAME, reason, todo=ADVICE[meaning], request_id=request_id(answer))
        shown = LOCKED_PERIOD if meaning == LOCKED else str(code or answer.status)
        refused = RightLackingError if meaning == RIGHT else RejectedError
        return refused(NAME, shown, self._reason(answer), request_id=request_id(answer))

    def lacks_feature(self, answer: Answer) -> bool:
        """Tell whether the product variant, a module or a scope is missing, for what we can do without."""
        code = code_of(answer)
        return code in (4006, 4007, 4009) or (code == NO_MODULE and MODULE.search(_message_of(answer)) is not None)

    def _reason(self, answer: Answer) -> str:
        message = _message_of(answer)
        return self.redact(message) if message else f"HTTP {answer.status}"

    def _after_s(self, answer: Answer) -> float | None:
        """Return how long to wait: Retry-After where it comes, else the seconds in the text; a day at most."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), AFTER_MAX_S)
        try:
            return min(max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds()), AFTER_MAX_S)
        except (TypeError, ValueError):
            found = WAIT.search(_message_of(answer))
        return min(float(found[1]) * (60 if found[2].lower() == "minute" else 1), AFTER_MAX_S) if found else None


def is_missing(answer: Answer) -> bool:
    """Tell whether the vendor says that there is no such thing: code 3000, as 404 or as 400."""
    return answer.status in (400, 404) and code_of(answer) == NOT_FOUND


def code_of(answer: Answer) -> int | None:
    """Return the vendor's code of a refusal, None where its model is not there; a code as text is no code of this vendor."""
    body = parse_json(answer.content)
    code = body.get("ErrorCode") if isinstance(body, dict) and not 200 <= answer.status < 300 else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def request_id(answer: Answer) -> str:
    """Return the vendor's id of an error (ErrorId), which its support asks for."""
    body = parse_json(answer.content)
    found = body.get("ErrorId") if isinstance(body, dict) else None
    return found[:40] if isinstance(found, str) else ""


def _message_of(answer: Answer) -> str:
    body = parse_json(answer.content)
    if not isinstance(body, dict):
        return ""
    said = next((body[name] for name in ("DeveloperErrorMessage", "Message", "error_description") if isinstance(body.get(name), str)), "")
    fields = body.get("Errors")
    details = [one.get("Message") for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    more = "; ".join(text for text in details if isinstance(text, str) and text not in said)
    return f"{said} ({more})" if more else str(said)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)
