"""The HTTP side of the eAccounting simulator: requests, answers, the envelope of lists, error bodies, days and doubles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from simulators import kit
from simulators.visma_filter import parse_filter, sort_key
from simulators.visma_world import Json, RefusedError, World

REASONS = {
    200: "OK", 201: "Created", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 429: "Too Many Requests", 500: "Internal Server Error",
}  # fmt: skip
DEFAULT_PAGE_SIZE = 50
PARAMETERS = frozenset({"$page", "$pagesize", "$filter", "$select", "$orderby", "$top", "$skip", "$version"})


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Request:
    """One request as the simulator sees it."""

    method: str
    path: str
    query_string: str
    body: bytes
    content_type: str
    authorization: str
    host: str = ""
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
            authorization=environ.get("HTTP_AUTHORIZATION", ""),
            host=environ.get("HTTP_HOST", ""),
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
        text = self.query.get("$page", "")
        return int(text) if self.method == "GET" and text.isdigit() else 0

    @cached_property
    def path_and_query(self) -> str:
        """Return the path as the log shows it; queries of the identity server stay out, they carry codes and states."""
        if not self.query_string or self.path.startswith("/connect"):
            return self.path
        return f"{self.path}?{self.query_string}"

    def parsed(self) -> Json:
        """Return the JSON object of the body with exact decimals, or refuse it."""
        if "json" not in self.content_type:
            raise RefusedError(2000, "The content type must be application/json.", 400)
        try:
            found = json.loads(self.body, parse_float=Decimal)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise RefusedError(2000, "The body is not valid.", 400)
        return found

    def for_log(self) -> Any:
        """Return the JSON body for the request log, or None when there is none; a file's bytes stay out."""
        if "json" not in self.content_type or not self.body:
            return None
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return {**found, "Data": f"{len(found['Data'])} characters"} if isinstance(found, dict) and found.get("Data") else found


def wire(value: Any, world: World) -> Any:
    """Return the value as JSON has it: doubles for money, and the vendor's way of writing a day."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        shape = {"midnight": "T00:00:00", "date": "", "zulu": "T00:00:00Z"}[world.switches.date_shape]
        return value.isoformat() + shape
    if isinstance(value, dict):
        return {key: wire(inner, world) for key, inner in value.items()}
    return [wire(inner, world) for inner in value] if isinstance(value, list) else value


def json_answer(value: Any, world: World, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """Return an answer with a JSON body."""
    body = json.dumps(wire(value, world), separators=(",", ":"), ensure_ascii=False)
    return Answer(status, body.encode(), headers=tuple(headers))


def error_answer(error: RefusedError, world: World, *headers: tuple[str, str]) -> Answer:
    """Return the error body of the published model."""
    body = {
        "ErrorCode": error.code,
        "DeveloperErrorMessage": error.message,
        "ErrorId": world.guid("error", error.code),
        "Errors": error.errors or [],
    }
    return json_answer(body, world, error.status, *headers)


def html_answer(status: int, title: str) -> Answer:
    """Return the kind of page that wrong addresses and outages give instead of JSON."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, page.encode(), "text/html; charset=utf-8")


def paged(request: Request, world: World, rows: list[Json], fields: Iterable[str]) -> Answer:
    """Return one page of the rows in the envelope, filtered and sorted; a fault may show the list as it shifts."""
    unknown = {name for name in request.query if name.startswith("$")} - PARAMETERS
    if unknown:
        raise RefusedError(6000, f"The query parameter {min(unknown)} is not known.")
    known, mode = frozenset(fields), world.switches.filters
    if "$filter" in request.query:
        test = parse_filter(request.query["$filter"], known, mode)
        rows = [row for row in rows if test(row)]
    if "$orderby" in request.query:
        name, falling = sort_key(request.query["$orderby"], known)
        rows = sorted(rows, key=lambda row: str(row[name]), reverse=falling)
    size = min(_number(request, "$pagesize", DEFAULT_PAGE_SIZE), world.switches.page_size_max)
    page = _number(request, "$page", 1)
    shown = kit.shifted(rows, request.fault, page, size, request.seed)
    total = len(rows) if request.fault == "page_repeated" else len(shown)
    meta = {
        "CurrentPage": page,
        "PageSize": size,
        "TotalNumberOfPages": -(-total // size),
        "TotalNumberOfResults": total,
        "ServerTimeUtc": world.stamp(world.now()),
    }
    return json_answer({"Meta": meta, "Data": shown[(page - 1) * size : page * size]}, world)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if text and (not text.isdigit() or int(text) < 1):
        raise RefusedError(6001, f"The query parameter {name} is not valid.")
    return int(text) if text else default
