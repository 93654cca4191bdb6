"""Requests to the eAccounting API: login, pages with a ceiling, one meaning for every answer, temporary files.

The login is renewed once when the API refuses it with 401: a read is then repeated, and so is a write, since a refused one
was surely not applied. The limit is 600 requests a minute per client and address
(https://developer.vismaonline.com/docs/rate-limits-copy). Whether an address with another id in it is another one, and whether a
client's companies share the limit, is not said: so all addresses of one resource, and all companies of a client, share it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from connectors.visma.answers import NAME, AnswerReader, is_missing, parse_json
from connectors.visma.settings import Settings, is_plain_address
from core.clock import Clock
from core.errors import LoginExpiredError, RejectedError, RetryLaterError
from core.http import Answer, HttpClient, Limit
from core.ports import Budget, Token, TokenStore

__all__ = ["Json", "Page", "VismaClient"]

Json = dict[str, Any]

PAGE_SIZE: Final = 1000
"""The largest the vendor is said to give; a smaller page that comes is followed by its own numbers."""
PAGE_COUNT_MAX: Final = 2_000
RENEW_AHEAD: Final = timedelta(seconds=60)
JSON_HEADERS: Final = {"Accept": "application/json"}
PER_MINUTE: Final = 600
FILE_BYTES_MAX: Final = 30_000_000
QUERY_CODES: Final = ("6000", "6001")
"""Refusals of a filter."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list in the vendor's envelope."""

    rows: list[Any]
    number: int
    size: int
    total_pages: int
    total_rows: int
    server_time: datetime


class VismaClient:
    """The API of one company."""

    def __init__(
        self,
        settings: Settings,
        reader: AnswerReader,
        tokens: TokenStore,
        *,
        renew: Callable[[Token | None], Token],
        clock: Clock,
        budget: Budget,
        session: requests.Session | None,
    ) -> None:
        self._settings, self._reader, self._tokens, self._renew = settings, reader, tokens, renew
        self._clock, self._budget, self._session = clock, budget, session
        self._by_resource: dict[str, HttpClient] = {}

    @property
    def clock(self) -> Clock:
        """The clock everything here goes by."""
        return self._clock

    def get(self, path: str, /, **query: str) -> Json:
        """Return an object; a missing one is a `RejectedError`."""
        answer = self._read(path, query)
        if is_missing(answer):
            raise self._reader.refusal(answer, is_write=False)
        return self._object(answer)

    def find(self, path: str, /, **query: str) -> Json | None:
        """Return an object, or None if the vendor says that there is none."""
        answer = self._read(path, query)
        return None if is_missing(answer) else self._object(answer)

    def list_rows(self, path: str, /, **query: str) -> Iterator[Any]:
        """Yield every row of a list; raises `RetryLaterError` for a list that can't be whole.

        1. Ask for page after page until the stated last one.
        2. A page that is another than asked for, the one before again, or short before the end, raises.
        3. So does a list that ends before the stated total, or never.
        """
        seen = 0
        before: list[Any] = []
        for number in range(1, PAGE_COUNT_MAX + 1):
            page = self.get_page(path, number=number, size=PAGE_SIZE, **query)
            if page.rows and page.rows == before:
                raise _broken(path, f"page {number} holds the rows of the page before")
            yield from page.rows
            before = page.rows
            seen += len(page.rows)
            if page.number != number:
                raise _broken(path, f"page {page.number} came for page {number}")
            if number >= page.total_pages:
                if seen < page.total_rows:
                    raise _broken(path, f"{seen} of {page.total_rows} rows came")
                return
            if len(page.rows) != page.size:
                raise _broken(path, f"page {number} of {page.total_pages} has {len(page.rows)} rows")
        raise _broken(path, f"no end after {PAGE_COUNT_MAX} pages")

    def list_still(self, path: str, /, **query: str) -> list[Any]:
        """Return every row of a list in which nothing is missing, for whoever takes what is not there for absent.

        A row that leaves the list moves the first one of the next page to the page before, where nobody asks for it any more: so a list of
        several pages counts where a second reading gives the same, else `RetryLaterError`.
        """
        first = self.get_page(path, number=1, size=PAGE_SIZE, **query)
        if first.total_pages <= 1 and first.number == 1 and len(first.rows) == first.total_rows:
            return first.rows
        rows, again = list(self.list_rows(path, **query)), list(self.list_rows(path, **query))
        if rows != again:
            raise _broken(path, "it changed while it was read")
        return rows

    def list_filtered(self, path: str, wanted: str, certain: str = "", *, still: bool = False) -> list[Any]:
        """Return the rows of a list that fit a filter; `still` is for what must miss none (see `list_still`).

        Which fields may be filtered by is not published, and some may be ignored. So the caller looks at the rows itself, and where the
        filter is refused, `certain` (known to work; "" for none) is asked for instead.
        """
        read = self.list_still if still else self.list_rows
        try:
            return list(read(path, _filter=wanted))
        except RejectedError as error:
            if error.code not in QUERY_CODES:
                raise
        return list(read(path, _filter=certain))

    def find_filtered(self, path: str, wanted: str) -> list[Any] | None:
        """Return all rows of a list that fit a filter, or None where the company's product, a module or our scopes have no such list."""
        try:
            return self.list_filtered(path, wanted, still=True)
        except _LackingError:
            return None

    def get_page(self, path: str, /, *, number: int = 1, size: int = 1, **query: str) -> Page:
        """Return one page of a list."""
        given = {name.replace("_", "$", 1) if name.startswith("_") else name: value for name, value in query.items() if value}
        answer = self._read(path, {"$page": str(number), "$pagesize": str(size), **given}, of_list=True)
        if is_missing(answer):
            raise self._reader.refusal(answer, is_write=False)
        body = parse_json(answer.content)
        meta, rows = (body.get("Meta"), body.get("Data")) if isinstance(body, dict) else (None, None)
        page = _page(meta, rows) if isinstance(meta, dict) and isinstance(rows, list) else None
        if page is None:
            raise self._reader.not_readable(answer, "envelope {Meta, Data}")
        return page

    def get_file(self, url: str) -> bytes:
        """Return a temporary file of the vendor's: fetched at once and without our token, which is not for that host."""
        parts = urlsplit(url)
        plain = is_plain_address(url) and is_plain_address(self._settings.api_url)
        if not parts.hostname or not (parts.scheme == "https" or plain):
            raise RetryLaterError(NAME, "the address of the file is no https address")
        http = HttpClient(NAME, "", clock=self._clock, session=self._session)
        answer = http.read("GET", url, check=self._check_file)
        if not answer.content.startswith(b"%PDF") or len(answer.content) > FILE_BYTES_MAX:
            raise self._reader.not_readable(answer, "PDF")
        return answer.content

    def write(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send these bytes once and return the good answer, else raise what became of them."""

        def send(token: Token) -> Answer:
            return self._http(target).write(method, target, data=body, headers={**JSON_HEADERS, **headers, **_bearer(token)})

        return self._reader.check_write(self._logged_in(send))

    def object_in(self, answer: Answer) -> Json | None:
        """Return the object a write answered with, or None if it answered with something else or nothing."""
        body = parse_json(answer.content)
        return body if isinstance(body, dict) and body else None

    def _read(self, path: str, query: Mapping[str, str], *, of_list: bool = False) -> Answer:
        def check(answer: Answer) -> Answer:
            if of_list and not 200 <= answer.status < 300 and answer.status != 401 and self._reader.lacks_feature(answer):
                raise _LackingError(self._reader.refusal(answer, is_write=False))
            return self._reader.check_read(answer)

        def send(token: Token) -> Answer:
            return self._http(path).read("GET", path, check=check, params=dict(query), headers={**JSON_HEADERS, **_bearer(token)})

        return self._logged_in(send)

    def _check_file(self, answer: Answer) -> Answer:
        if answer.status != 200:
            raise RetryLaterError(NAME, f"HTTP {answer.status} for a temporary file")
        return answer

    def _http(self, path: str) -> HttpClient:
        """Return the client that keeps the limit of a path's resource."""
        resource = path.removeprefix("/v2/").partition("/")[0].partition("?")[0]
        if resource not in self._by_resource:
            limit = Limit(f"visma:{self._settings.client_id}:{resource}", PER_MINUTE, 60.0)
            self._by_resource[resource] = HttpClient(
                NAME, self._settings.api_url, clock=self._clock, budget=self._budget, limit=limit, session=self._session
            )
        return self._by_resource[resource]

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

    def _object(self, answer: Answer) -> Json:
        found = self.object_in(answer)
        if found is None:
            raise self._reader.not_readable(answer, "object")
        return found


class _LackingError(LoginExpiredError):
    """A list that this company has not; whoever can do without it catches this, for the rest it stops the company."""

    def __init__(self, refusal: Exception) -> None:
        known = refusal if isinstance(refusal, LoginExpiredError) else LoginExpiredError(NAME, str(refusal))
        super().__init__(known.remote, known.reason, todo=known.todo, request_id=known.request_id)


def _page(meta: Mapping[str, Any], rows: list[Any]) -> Page | None:
    """Return a page whose numbers are all there; another vendor's envelope, or one made up, is none."""
    names = ("CurrentPage", "PageSize", "TotalNumberOfPages", "TotalNumberOfResults")
    numbers = [meta.get(name) for name in names]
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers):
        return None
    try:
        server_time = datetime.fromisoformat(str(meta.get("ServerTimeUtc")))
    except ValueError:
        return None
    server_time = server_time.replace(tzinfo=server_time.tzinfo or UTC)
    current, size, pages, total = (int(number) for number in numbers if number is not None)
    return Page(rows, current, size, pages, total, server_time)


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.access}"}


def _broken(path: str, what: str) -> RetryLaterError:
    return RetryLaterError(NAME, f"the list {path} is not whole: {what}")
