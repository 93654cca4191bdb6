"""Requests to both hosts of the e-conomic API: tokens, pages with a ceiling, and one meaning for every answer.

What would book or delete other people's work is never sent: see `FORBIDDEN`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.economic.answers import NAME, AnswerReader, parse_json
from connectors.economic.governor import Governor
from connectors.economic.settings import Settings
from core.errors import InvariantBrokenError, RetryLaterError
from core.http import Answer, HttpClient

__all__ = ["EconomicClient", "Json", "service"]

Json = dict[str, Any]

PAGE_SIZE: Final = 1_000
"""The largest the vendor gives."""
PAGE_COUNT_MAX: Final = 1_000
KEYS_MAX: Final = 3
"""How many Idempotency-Keys one write may need: a key may go on replaying an old error of the server's for an hour."""

FORBIDDEN: Final = (
    re.compile(r"POST .*/journals/\d+/book(WithDateInterval)?/?"),
    re.compile(r"POST .*/entries/draft/.*"),
    re.compile(r"DELETE (?!.*/draft-entries/\d+$).*"),
    re.compile(r"(PUT|PATCH) .*/(customers|self)\b.*", re.IGNORECASE),
)
"""Books or deletes whatever stands in a journal, deletes every draft invoice, or replaces a customer as a whole."""


def service(name: str) -> str:
    """Return how a path of a service is written before its version is known: `{journalsapi}`."""
    return "{" + name + "}"


class EconomicClient:
    """The API of one agreement."""

    def __init__(self, settings: Settings, rest: HttpClient, apis: HttpClient, reader: AnswerReader, governor: Governor) -> None:
        self._settings, self._rest, self._apis, self._reader, self._governor = settings, rest, apis, reader, governor

    def get(self, path: str, /, **query: str) -> Json:
        """Return an object; a missing resource is a `RejectedError`."""
        answer = self._read(path, query)
        if answer.status == 404:
            raise self._reader.refusal(answer)
        return self._object(answer)

    def find(self, path: str, /, **query: str) -> Json | None:
        """Return an object, or None if the vendor says that there is none."""
        answer = self._read(path, query)
        return None if answer.status == 404 else self._object(answer)

    def get_pdf(self, path: str) -> bytes:
        """Return a PDF; its first bytes decide whether it is one."""
        answer = self._read(path, {}, "application/pdf")
        if answer.status == 404:
            raise self._reader.refusal(answer)
        if not answer.content.startswith(b"%PDF"):
            raise self._reader.not_readable(answer, "PDF")
        return answer.content

    def list_rows(self, path: str, /, **query: str) -> Iterator[Any]:
        """Yield every row of a list of the old host; raises `RetryLaterError` for a list that can't be whole.

        A page that is short before the stated last one, or the one before again, raises; so does a list that never ends.
        """
        seen, before = 0, None
        for number in range(PAGE_COUNT_MAX):
            answer = self._read(path, {**query, "skippages": str(number), "pagesize": str(PAGE_SIZE)})
            body = self._object(answer)
            rows, paging = body.get("collection"), body.get("pagination")
            total = paging.get("results") if isinstance(paging, dict) else None
            if not isinstance(rows, list) or not isinstance(total, int):
                raise self._reader.not_readable(answer, "list")
            if rows and rows == before:
                raise _broken(path, f"page {number} holds the rows of the page before")
            yield from rows
            seen, before = seen + len(rows), rows
            if seen >= total:
                return
            if len(rows) != PAGE_SIZE:
                raise _broken(path, f"{seen} of {total} rows came")
        raise _broken(path, f"more than {PAGE_COUNT_MAX} pages")

    def list_items(self, path: str, filter_: str = "") -> Iterator[Any]:
        """Yield every item of a list of a service, by its cursor, which is absent at the end and never stands still."""
        query = {"filter": filter_} if filter_ else {}
        seen: set[str] = set()
        for _ in range(PAGE_COUNT_MAX):
            body = self.get(path, **query)
            items, cursor = body.get("items"), body.get("cursor")
            if not isinstance(items, list):
                raise _broken(path, "it has no items")
            yield from items
            if not cursor:
                return
            if str(cursor) in seen:
                raise _broken(path, f"its cursor {str(cursor)[:20]!r} came twice")
            seen.add(str(cursor))
            query["cursor"] = str(cursor)
        raise _broken(path, f"more than {PAGE_COUNT_MAX} pages")

    def first_items(self, path: str, filter_: str, sort: str) -> list[Any]:
        """Return the first items of a sorted list of a service; only its paged twin sorts."""
        query = {"filter": filter_} if filter_ else {}
        answer = self._read(f"{path}/paged", {**query, "sort": sort, "pageSize": "20", "skipPages": "0"})
        body = parse_json(answer.content)
        if answer.status == 404 or not isinstance(body, list):
            raise self._reader.not_readable(answer, "list")
        return body

    def count(self, path: str, filter_: str = "") -> int:
        """Return how many items a list of a service has."""
        answer = self._read(f"{path}/count", {"filter": filter_} if filter_ else {})
        body = parse_json(answer.content)
        if isinstance(body, bool) or not isinstance(body, int):
            raise self._reader.not_readable(answer, "count")
        return body

    def write(self, method: str, target: str, body: bytes, headers: Mapping[str, str], key: str) -> Answer:
        """Send these bytes once and return the good answer, else raise what became of them.

        A key that replays an old error did nothing now: what the journal sends again was looked up before, or surely not
        applied, so it goes under the next key.
        """
        self._refuse_forbidden(method, target)
        for number in range(KEYS_MAX):
            # What a key gives with another body is not documented, so other bytes go under another key.
            mark = hashlib.sha256(body).hexdigest()[:8]
            answer = self._send(method, target, body, {**headers, "Idempotency-Key": f"{key}-{mark}-{number}"})
            if not (answer.status >= 400 and answer.headers.get("X-ResultFromCache")):
                break
        return self._reader.check_write(answer)

    def object_in(self, answer: Answer) -> Json | None:
        """Return the object a write answered with, or None if it answered with something else or nothing."""
        body = parse_json(answer.content)
        return body if isinstance(body, dict) else None

    def _refuse_forbidden(self, method: str, target: str) -> None:
        if any(rule.fullmatch(f"{method} {target}") for rule in FORBIDDEN):
            raise InvariantBrokenError(f"e-conomic was to be sent {method} {target}, which touches what is not ours")

    def _send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        http, path = self._address(target)
        answer = http.write(method, path, data=body, headers={**self._tokens("application/json"), **headers})
        self._governor.after(answer)
        return answer

    def _read(self, path: str, query: Mapping[str, str], accept: str = "application/json") -> Answer:
        http, address = self._address(path)

        def check(answer: Answer) -> Answer:
            self._governor.after(answer)
            return self._reader.check_read(answer)

        return http.read("GET", address, check=check, params=dict(query), headers=self._tokens(accept))

    def _address(self, target: str) -> tuple[HttpClient, str]:
        """Return the host of a target and its path there: `{journalsapi}/journals` is a service's, in the version that is set."""
        match = re.match(r"\{(\w+)\}", target)
        if match is None:
            return self._rest, target
        return self._apis, f"/{match[1]}/{self._settings.versions[match[1]]}{target[match.end() :]}"

    def _tokens(self, accept: str) -> dict[str, str]:
        own = self._settings
        return {
            "Accept": accept, "Content-Type": "application/json", "X-AppSecretToken": own.app_secret_token,
            "X-AgreementGrantToken": own.grant_token,
        }  # fmt: skip

    def _object(self, answer: Answer) -> Json:
        found = self.object_in(answer)
        if found is None:
            raise self._reader.not_readable(answer, "object")
        return found


def _broken(path: str, what: str) -> RetryLaterError:
    return RetryLaterError(NAME, f"the list {path} is not whole: {what}")
