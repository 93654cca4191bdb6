"""The HTTP side of the Fortnox simulator: requests, answers, error bodies in both casings, paging, uploads, PDF."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email import message_from_bytes
from email.policy import HTTP
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from simulators import kit
from simulators.fortnox_world import API, Json, RefusedError, Switches

REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
GLOBAL_PARAMETERS = frozenset({"page", "limit", "offset", "sortby", "sortorder", "lastmodified", "financialyear", "financialyeardate"})
"""Parameters of every list; most are missing from the vendor's OpenAPI file."""
MAX_LIMIT = 500


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
    accept: str
    authorization: str
    tenant_header: str = ""
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
            accept=environ.get("HTTP_ACCEPT", ""),
            authorization=environ.get("HTTP_AUTHORIZATION", ""),
            tenant_header=environ.get("HTTP_TENANTID", ""),
        )

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query's parameters; of a repeated one the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """Return a form-encoded body's fields."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def page(self) -> int:
        """Return the page of a list that is asked for, 0 for anything else."""
        text = self.query.get("page", "")
        return int(text) if self.method == "GET" and text.isdigit() else 0

    @cached_property
    def path_and_query(self) -> str:
        """Return the path as the log shows it; OAuth queries stay out, they carry codes and states."""
        if not self.query_string or self.path.startswith("/oauth"):
            return self.path
        return f"{self.path}?{self.query_string}"

    def parsed(self) -> Any:
        """Return the JSON body with exact decimals, or refuse it."""
        if not self.body:
            raise RefusedError(2001392, "Felaktig eller tom data skickades.")
        if "json" not in self.content_type:
            raise RefusedError(1000031, "Ogiltig Content-Type.")
        try:
            return json.loads(self.body, parse_float=Decimal)
        except ValueError:
            raise RefusedError(2002115, "Ogiltig JSON.") from None

    def envelope(self, key: str) -> Json:
        """Return the object under the resource's key."""
        parsed = self.parsed()
        inner = parsed.get(key) if isinstance(parsed, dict) else None
        if not isinstance(inner, dict) or not inner:
            raise RefusedError(2001392, "Felaktig eller tom data skickades.")
        return inner

    def for_log(self) -> Any:
        """Return the JSON body for the request log, or None when there is none."""
        if self.path.startswith("/oauth") or "json" not in self.content_type:
            return None
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


def wire(value: Any) -> Any:
    """Return the value with every Decimal as the number PHP's encoder writes: whole ones without decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: wire(inner) for key, inner in value.items()}
    return [wire(inner) for inner in value] if isinstance(value, list) else value


def encode(value: Any) -> bytes:
    """Return JSON text in the recorded form: ASCII escapes, escaped slashes, no blanks."""
    return json.dumps(wire(value), separators=(",", ":")).replace("/", "\\/").encode()


def json_answer(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, encode(value), "application/json", tuple(headers))


def created(key: str, value: Json, location: str) -> Answer:
    """Return a 201; its Location header is as useless as the recorded one (`invoices`)."""
    return json_answer({key: value}, 201, ("Location", location))


def error_answer(error: RefusedError) -> Answer:
    """Return the error body: 404s in upper camel case, the rest in lower case, as recorded."""
    names = ("Error", "Message", "Code") if error.status == 404 else ("error", "message", "code")
    return json_answer({"ErrorInformation": dict(zip(names, (1, error.message, error.code), strict=True))}, error.status)


def html_answer(status: int, title: str, *headers: tuple[str, str]) -> Answer:
    """Return the kind of page that wrong addresses and outages give instead of JSON."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, page.encode(), "text/html; charset=UTF-8", tuple(headers))


def check_parameters(request: Request, own: Iterable[str], switches: Switches) -> None:
    """Refuse a query parameter the resource does not have; names are lower case only."""
    if switches.unknown_parameter == "refused" and set(request.query) - GLOBAL_PARAMETERS - set(own):
        raise RefusedError(2000588, "Ogiltig parameter i anropet.")


def number_parameter(request: Request, name: str, default: int) -> int:
    """Return a whole number from the query, or refuse it."""
    text = request.query.get(name, "")
    if text and not text.isdigit():
        raise RefusedError(2000588, "Ogiltig parameter i anropet.")
    return int(text) if text else default


def paged(request: Request, key: str, rows: list[Json]) -> Answer:
    """Return one page of the rows; an empty result is page 1 of 0, and a fault may show the list as it shifts."""
    limit = max(1, min(MAX_LIMIT, number_parameter(request, "limit", 100)))
    page = max(1, number_parameter(request, "page", 1))
    rows = rows[number_parameter(request, "offset", 0) :]
    shown = kit.shifted(rows, request.fault, page, limit, request.seed)
    total = len(rows) if request.fault == "page_repeated" else len(shown)
    meta = {"@TotalResources": total, "@TotalPages": -(-total // limit), "@CurrentPage": page}
    return json_answer({"MetaInformation": meta, key: shown[(page - 1) * limit : page * limit]})


def sort_rows(request: Request, rows: list[Json], allowed: Mapping[str, Callable[[Json], Any]], default: str) -> list[Json]:
    """Return the rows in the order asked for; only the resource's own names may be sorted by."""
    name = request.query.get("sortby", default)
    order = request.query.get("sortorder", "ascending")
    if name not in allowed or order not in ("ascending", "descending"):
        raise RefusedError(2000588, "Ogiltig parameter i anropet.")
    return sorted(rows, key=allowed[name], reverse=order == "descending")


def url(*parts: object) -> str:
    """Return the vendor's address of a resource."""
    return f"{API}/3/" + "/".join(str(part) for part in parts)


def uploaded_file(request: Request) -> tuple[str, bytes]:
    """Return name and bytes of the `file` part of a multipart body, or refuse it."""
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=HTTP)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "file":
            content = part.get_payload(decode=True)
            return part.get_filename() or "file", content if isinstance(content, bytes) else b""
    raise RefusedError(2001392, "Felaktig eller tom data skickades.")


def pdf(lines: list[str]) -> bytes:
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
