"""Requests to the Fortnox API: login, pages with a ceiling, and one meaning for every answer.

The login is renewed once when the API refuses it with 401: a read is then repeated, and so is a write, since a refused one
was surely not applied. The limit is 25 requests in 5 seconds per client and company
(https://www.fortnox.se/developer/guides-and-good-to-know/rate-limits-for-fortnox-api).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from connectors.fortnox.answers import NAME, AnswerReader, parse_json
from connectors.fortnox.settings import Settings
from core.clock import Clock
from core.errors import LoginExpiredError, RetryLaterError
from core.http import Answer, HttpClient, Limit
from core.ports import Token, TokenStore

__all__ = ["FortnoxClient", "Json", "Page", "limit_of"]

Json = dict[str, Any]

PAGE_SIZE: Final = 500
"""The largest the vendor gives."""
PAGE_COUNT_MAX: Final = 2_000
RENEW_AHEAD: Final = timedelta(seconds=60)
JSON_HEADERS: Final = {"Accept": "application/json"}


def limit_of(settings: Settings) -> Limit:
    """Return the vendor's rate limit; more tokens for the same company do not help."""
    return Limit(f"fortnox:{settings.client_id}:{settings.tenant_id}", 25, 5.0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; the totals are None where the answer has no MetaInformation."""

    rows: list[Any]
    total_rows: int | None
    total_pages: int | None
    number: int | None


class FortnoxClient:
    """The API of one company."""

    def __init__(
        self,
        http: HttpClient,
        reader: AnswerReader,
        tokens: TokenStore,
        *,
        renew: Callable[[Token | None], Token],
        clock: Clock,
    ) -> None:
        self._http, self._reader, self._tokens, self._renew, self._clock = http, reader, tokens, renew, clock

    def get(self, path: str, key: str, /, **query: str) -> Json:
        """Return the object under `key`; a missing resource is a `RejectedError`."""
        answer = self._read(path, query)
        if answer.status == 404:
            raise self._reader.refusal(answer, is_write=False)
        return self._object(answer, key)

    def find(self, path: str, key: str, /, **query: str) -> Json | None:
        """Return the object under `key`, or None if the vendor says that there is none."""
        answer = self._read(path, query)
        return None if answer.status == 404 else self._object(answer, key)

    def get_pdf(self, path: str) -> bytes:
        """Return a PDF; the vendor's file gives errors of these addresses a PDF type, so the first bytes decide."""
        answer = self._read(path, {}, {"Accept": "application/pdf"})
        if answer.status == 404:
            raise self._reader.refusal(answer, is_write=False)
        if not answer.content.startswith(b"%PDF"):
            raise self._reader.not_readable(answer, "PDF")
        return answer.content

    def list_rows(self, path: str, key: str, /, **query: str) -> Iterator[Any]:
        """Yield every row of a list; raises `RetryLaterError` for a list that can't be whole.

        1. Ask for page after page until the stated last one.
        2. A page that is another than asked for, the one before again, or short before the end, raises.
        3. So does a list that ends before the stated total, or never.
        """
        seen = 0
        before: list[Any] = []
        for number in range(1, PAGE_COUNT_MAX + 1):
            page = self.get_page(path, key, page=str(number), limit=str(PAGE_SIZE), **query)
            if page.rows and page.rows == before:
                raise _broken(path, f"page {number} holds the rows of the page before")
            yield from page.rows
            before = page.rows
            seen += len(page.rows)
            if page.number not in (None, number):
                raise _broken(path, f"page {page.number} came for page {number}")
            if page.total_pages is None or page.total_rows is None:
                if len(page.rows) < PAGE_SIZE:
                    return
            elif number >= page.total_pages:
                if seen < page.total_rows:
                    raise _broken(path, f"{seen} of {page.total_rows} rows came")
                return
            elif len(page.rows) != PAGE_SIZE:
                raise _broken(path, f"page {number} of {page.total_pages} has {len(page.rows)} rows")
        raise _broken(path, f"more than {PAGE_COUNT_MAX} pages")

    def get_page(self, path: str, key: str, /, **query: str) -> Page:
        """Return one page of a list."""
        answer = self._read(path, query)
        if answer.status == 404:
            raise self._reader.refusal(answer, is_write=False)
        body = parse_json(answer.content)
        rows = body.get(key) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise self._reader.not_readable(answer, key)
        meta = body.get("MetaInformation")
        totals = meta if isinstance(meta, dict) else {}
        return Page(
            rows,
            _whole(totals.get("@TotalResources")),
            _whole(totals.get("@TotalPages")),
            _whole(totals.get("@CurrentPage")),
        )

    def write(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send these bytes once and return the good answer, else raise what became of them."""

        def send(token: Token) -> Answer:
            return self._http.write(method, target, data=body, headers={**JSON_HEADERS, **headers, **_bearer(token)})

        return self._reader.check_write(self._logged_in(send))

    def object_in(self, answer: Answer, key: str) -> Json | None:
        """Return the object a write answered with, or None if it answered with something else or nothing."""
        body = parse_json(answer.content)
        inner = body.get(key) if isinstance(body, dict) else None
        return inner if isinstance(inner, dict) else None

    def _read(self, path: str, query: Mapping[str, str], headers: Mapping[str, str] = JSON_HEADERS) -> Answer:
        def send(token: Token) -> Answer:
            return self._http.read("GET", path, check=self._reader.check_read, params=dict(query), headers={**headers, **_bearer(token)})

        return self._logged_in(send)

    def _logged_in(self, send: Callable[[Token], Answer]) -> Answer:
        """Send with the stored token; renew it before it runs out, and once when the API refuses it."""
        token = self._tokens.get()
        if token is None or token.expires_at <= self._clock.now() + RENEW_AHEAD:
            token = self._tokens.renew(self._renew, stale=token)
        answer = send(token)
        if answer.status != 401:
            return answer
        answer = send(self._tokens.renew(self._renew, stale=token))
        if answer.status == 401:
            raise LoginExpiredError(NAME, "HTTP 401 with a new token")
        return answer

    def _object(self, answer: Answer, key: str) -> Json:
        found = self.object_in(answer, key)
        if found is None:
            raise self._reader.not_readable(answer, key)
        return found


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.access}"}


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _broken(path: str, what: str) -> RetryLaterError:
    return RetryLaterError(NAME, f"the list {path} is not whole: {what}")
