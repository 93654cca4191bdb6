"""The HTTP side of the e-conomic simulator: requests, answers, the odd decimals, and the error bodies of both hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.policy import HTTP
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from simulators.economic_world import Json, LegacyRefusedError, ServiceRefusedError, Switches

REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 413: "Payload Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
    500: "Internal Server Error",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Request:
    """One request as the simulator sees it."""

    method: str
    path: str
    query_string: str
    body: bytes
    content_type: str
    app_token: str
    grant_token: str
    idempotency_key: str
    fault: str | None = None
    seed: int = 0

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> Request:
        """Read a WSGI environment, body included."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
            query_string=environ.get("QUERY_STRING", ""),
            body=environ["wsgi.input"].read(length) if length else b"",
            content_type=environ.get("CONTENT_TYPE", "") or "",
            app_token=environ.get("HTTP_X_APPSECRETTOKEN", ""),
            grant_token=environ.get("HTTP_X_AGREEMENTGRANTTOKEN", ""),
            idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY", ""),
        )

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query's parameters by their small-letter names; of a repeated one the last."""
        return {name.lower(): value for name, value in parse_qsl(self.query_string, keep_blank_values=True)}

    @cached_property
    def form(self) -> dict[str, str]:
        """Return a form-encoded body's fields."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def is_service(self) -> bool:
        """Whether it goes to one of the services of apis.e-conomic.com."""
        return re.match(r"/[A-Za-z0-9]+api/v", self.path) is not None

    @property
    def page(self) -> int:
        """The page of a list that is asked for, 0 for anything else."""
        if self.method != "GET":
            return 0
        skipped = self.query.get("skippages", "0")
        return 2 if self.query.get("cursor") else int(skipped) + 1 if skipped.isdigit() else 1

    @property
    def path_and_query(self) -> str:
        """The path as the log shows it; the grant page's query stays out."""
        return f"{self.path}?{self.query_string}" if self.query_string and not self.path.startswith("/secure") else self.path

    def parsed(self) -> Json:
        """Return the JSON object of the body with exact decimals, or refuse it."""
        if "json" not in self.content_type:
            raise ServiceRefusedError("UnsupportedMediaType", "Unsupported Media Type", 415)
        try:
            value = json.loads(self.body, parse_float=Decimal)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise ServiceRefusedError("InvalidJson", "The request body is not valid JSON.")
        return value

    def for_log(self) -> Any:
        """Return the JSON body for the request log, or None when there is none."""
        try:
            return json.loads(self.body) if self.body and "json" in self.content_type else None
        except ValueError:
            return None


def encode(value: Any, *, digits: bool) -> bytes:
    """Return JSON text; with `digits` decimals keep their trailing zeros (800.00, 100.000000), else they lose them."""
    return _json(value, digits=digits).encode()


def _json(value: Any, *, digits: bool) -> str:
    if isinstance(value, Decimal):
        return format(value if digits else value.normalize(), "f")
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(inner, digits=digits)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(inner, digits=digits) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def legacy_answer(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """Return an answer of the old host."""
    return Answer(status, encode(value, digits=True), "application/json; charset=utf-8", tuple(headers))


def service_answer(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """Return an answer of a new service."""
    return Answer(status, encode(value, digits=False), "application/json; charset=utf-8", tuple(headers))


def service_row(row: Mapping[str, Any], switches: Switches) -> Json:
    """Return a row as the new services write it: nothing that is unset, dates as timestamps, false booleans left out."""

    def shown(value: Any) -> Any:
        return f"{value.isoformat()}T00:00:00Z" if isinstance(value, date) and switches.dates == "timestamp" else value

    hide_false = switches.false_booleans == "omitted"
    return {name: shown(value) for name, value in row.items() if value is not None and not (hide_false and value is False)}


def legacy_error(error: LegacyRefusedError, log_id: str, now: float) -> Answer:
    """Return the error object of the old host; `errors` is a list of texts here, and of nested objects elsewhere."""
    body = {
        "message": error.message, "errorCode": error.code, "developerHint": "Inspect validation errors and correct your request.",
        "logId": log_id, "httpStatusCode": error.status, "errors": [error.message], "logTime": f"{_utc(now)}", **error.more,
    }  # fmt: skip
    return legacy_answer(body, error.status)


def service_error(error: ServiceRefusedError, trace_id: str, now: float) -> Answer:
    """Return the problem document of a new service."""
    body: Json = {
        "type": "https://httpstatuses.com/" + str(error.status), "title": error.message, "status": error.status, "errorCode": error.code,
        "traceId": trace_id, "traceTimeUtc": _utc(now),
    }  # fmt: skip
    if error.prop:
        body["errors"] = [{"message": error.message, "errorCode": error.code, "property": error.prop}]
    return Answer(error.status, encode(body, digits=False), "application/problem+json")


def html_answer(status: int, title: str, body: str = "", *headers: tuple[str, str]) -> Answer:
    """Return the kind of page that wrong addresses and outages give instead of JSON, and the grant page."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>\n"
    return Answer(status, page.encode(), "text/html; charset=UTF-8", tuple(headers))


def parts_of(request: Request) -> dict[str, bytes]:
    """Return the parts of a multipart body by their names in small letters."""
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=HTTP)
    found: dict[str, bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name.lower()] = content
    return found


def pdf(lines: Iterable[str]) -> bytes:
    """Return a one-page PDF with the lines, small but valid."""
    shown = [re.sub(rb"[\\()]", b"", line.encode("cp1252", "replace")) for line in lines]
    stream = b"BT /F1 11 Tf 60 780 Td 16 TL " + b" ".join(b"(%s) Tj T*" % line for line in shown) + b" ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + tail


def _utc(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S")
