"""Errors as agencies see them: one shape, and never a value that was sent, which could be a personal number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, get_args

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.claim import EventData

KINDS: Final = frozenset(part.default for event in get_args(EventData) for part in fields(event) if part.name == "kind")
"""The kinds of report; pydantic names the one it read as a step on the way to a field, and no field is called so."""

FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,29}|Idempotency-Key", re.ASCII)


class ErrorDetail(BaseModel):
    """What went wrong: a code for programs, a sentence for people, and the field where there is one."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class FeedError(Exception):
    """A refusal, with the status and code of docs/feed.md."""

    def __init__(self, status: int, code: str, message: str, *, field: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message, self.field, self.headers = status, code, message, field, headers
        super().__init__(code)


_CODES: Final = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "wrong_media_type"}
_SENTENCES: Final = {
    "not_found": "There is no such thing here.",
    "method_not_allowed": "This address doesn't take this method; Allow names those it takes.",
    "bad_request": "The request can't be read.",
}

_WRONG: Final = {
    "missing": "This is missing.",
    "extra_forbidden": "There is an unknown field here.",
    "unexpected_keyword_argument": "There is an unknown field here.",
    "string_type": "This must be text.",
    "string_too_short": "This is too short.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This has the wrong form.",
    "json_invalid": "The body is not valid JSON.",
    "json_type": "The body is not valid JSON.",
    "date_parsing": "This must be a day like 2025-04-15.",
    "date_type": "This must be a day like 2025-04-15.",
    "date_from_datetime_parsing": "This must be a day like 2025-04-15.",
    "datetime_parsing": "This must be a moment like 2025-04-15T08:30:00Z.",
    "datetime_from_date_parsing": "This must be a moment like 2025-04-15T08:30:00Z.",
    "datetime_type": "This must be a moment like 2025-04-15T08:30:00Z.",
    "timezone_aware": "This must say its time zone, like 2025-04-15T08:30:00Z.",
    "value_error": "This is no valid value; money has at most the digits its currency has.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "greater_than_equal": "This is too small.",
    "less_than_equal": "This is too large.",
    "tuple_type": "This must be a list.",
    "too_short": "This has too few items.",
    "too_long": "This has too many items.",
    "enum": "This is none of the known values.",
    "literal_error": "This is none of the known values.",
    "union_tag_invalid": "The kind is none of the known ones.",
    "union_tag_not_found": "The kind is missing.",
}


_DESCRIPTIONS: Final = {
    400: "The body is no JSON, or a header is missing.",
    401: "The key is missing, wrong or revoked.",
    403: "The key lacks the scope.",
    404: "There is no such thing among what is the agency's own.",
    409: "The claim has changed since the version named.",
    410: "The cursor is unknown or outdated: start again without one.",
    413: "The body is larger than 10 MB.",
    415: "The body is not application/json.",
    422: "A value is not valid, or the Idempotency-Key was used for another request.",
    429: "The key has asked too much.",
    503: "The feed can't answer now.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how these refusals are described in the OpenAPI document."""
    described: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorBody, "description": _DESCRIPTIONS[status]} for status in (*statuses, 503)
    }
    for status in (429, 503):
        if status in described:
            described[status]["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return described


def answer(status: int, code: str, message: str, field: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error in the one shape."""
    detail = {"code": code, "message": message, **({"field": field} if field else {})}
    return JSONResponse({"error": detail}, status, headers=dict(headers or {}))


def invalid(errors: Sequence[Any]) -> FeedError:
    """Return the refusal for what pydantic found first: its place and kind, not its words, which quote the input."""
    first = errors[0]
    kind, place = str(first["type"]), list(first["loc"])
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        place = place[:-1]  # the name of an unknown field is the sender's text
    if kind == "missing" and place == ["header", "Idempotency-Key"]:
        return FeedError(400, "idempotency_key_missing", "An Idempotency-Key header is needed: 8 to 255 printable characters.")
    if kind == "json_invalid":
        return FeedError(400, "bad_request", _WRONG[kind])
    return FeedError(422, "invalid", _WRONG.get(kind, "This is not valid."), field=field_name(place))


def field_name(place: Sequence[int | str]) -> str:
    """Return a dotted field name, without pydantic's own steps (where it was found, and which member of a union)."""
    names = [str(step) for step in place if isinstance(step, int) or FIELD.fullmatch(str(step))]
    if names[:1] in (["body"], ["query"], ["path"], ["header"]):
        names = names[1:]
    return ".".join(name for name in names if name not in KINDS)


def install(app: FastAPI) -> None:
    """Have every failure answered in the one shape."""

    @app.exception_handler(FeedError)
    def _refused(request: Request, error: FeedError) -> Response:
        return answer(error.status, error.code, error.message, error.field, error.headers)

    @app.exception_handler(RequestValidationError)
    def _not_valid(request: Request, error: RequestValidationError) -> Response:
        refusal = invalid(error.errors())
        return answer(refusal.status, refusal.code, refusal.message, refusal.field)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "bad_request")
        return answer(error.status_code, code, _SENTENCES.get(code, _SENTENCES["bad_request"]), headers=error.headers)
