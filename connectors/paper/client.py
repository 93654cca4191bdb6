"""Requests to the books: one meaning for every answer, lists read to their end, writes put under a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from core.errors import KravbroError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer, HttpClient, redact

__all__ = ["NAME", "Json", "PaperClient"]

Json = dict[str, Any]

NAME: Final = "Paper bookkeeping"
PAGE_SIZE: Final = 200
PAGE_COUNT_MAX: Final = 5_000


class PaperClient:
    """The books of one company."""

    def __init__(self, http: HttpClient, api_key: str) -> None:
        self._http, self._key = http, api_key

    def get(self, path: str, **query: str) -> Json:
        """Return what is there; nothing is a `RejectedError`."""
        found = self.find(path, **query)
        if found is None:
            raise RejectedError(NAME, "404", "there is no such thing")
        return found

    def find(self, path: str, **query: str) -> Json | None:
        """Return what is there, or None."""
        answer = self._read(path, query)
        return None if answer.status == 404 else _object(answer)

    def get_pdf(self, path: str) -> bytes:
        """Return a PDF."""
        answer = self._read(path, {})
        if answer.status == 404:
            raise RejectedError(NAME, "404", "there is no such thing")
        if not answer.content.startswith(b"%PDF"):
            raise RetryLaterError(NAME, "no PDF in the answer")
        return answer.content

    def list_rows(self, path: str, **query: str) -> Iterator[Any]:
        """Yield every row of a list; each page goes on after the last number of the one before, so none can shift."""
        after = ""
        for _ in range(PAGE_COUNT_MAX):
            page = self.get(path, limit=str(PAGE_SIZE), after=after, **query)
            rows = page.get("rows")
            if not isinstance(rows, list):
                raise RetryLaterError(NAME, "no rows in the answer")
            yield from rows
            if not page.get("more"):
                return
            last = str(rows[-1]["no"]) if rows else after
            if last == after:
                break
            after = last
        raise RetryLaterError(NAME, "a list without an end")

    def put(self, key: str, body: bytes) -> str:
        """Write under a key, once, and return the number of what was made.

        Raises:
            RetryLaterError: surely not applied. RejectedError: refused. OutcomeUnknownError: may have been applied.
        """
        headers = self._headers() | {"Content-Type": "application/json"}
        answer = self._http.write("PUT", f"/writes/{key}", data=body, headers=headers)
        if answer.status == 429:
            raise _busy(answer)
        if answer.status >= 500 or answer.status < 200:
            raise OutcomeUnknownError(NAME, f"HTTP {answer.status}")
        if answer.status >= 300:
            raise self._refusal(answer)
        ref = (_parsed(answer) or {}).get("ref")
        if not isinstance(ref, str) or not ref:
            raise OutcomeUnknownError(NAME, "no number in the answer")
        return ref

    def written(self, key: str) -> str | None:
        """Return the number of what was written under a key, or None."""
        found = self.find(f"/writes/{key}")
        return None if found is None else str(found["ref"])

    def _read(self, path: str, query: dict[str, str]) -> Answer:
        params = {name: value for name, value in query.items() if value}
        return self._http.read("GET", path, check=self._check, params=params, headers=self._headers())

    def _check(self, answer: Answer) -> Answer:
        if answer.status == 429 or answer.status >= 500:
            raise _busy(answer)
        # A 404 without the books' own words is another server, never "there is no such invoice".
        if answer.status == 404 and "code" not in (_parsed(answer) or {}):
            raise _busy(answer)
        if answer.status != 404 and not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> KravbroError:
        if answer.status == 401:
            return LoginExpiredError(NAME, "the key is not known", todo="Connect the company again with the right key.")
        said = _parsed(answer) or {}
        return RejectedError(
            NAME, str(said.get("code", answer.status)), redact(str(said.get("text", f"HTTP {answer.status}")), (self._key,))
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}


def _busy(answer: Answer) -> RetryLaterError:
    text = answer.headers.get("Retry-After", "")
    return RetryLaterError(NAME, f"HTTP {answer.status}", after_s=float(text) if text.isdecimal() else None)


def _object(answer: Answer) -> Json:
    found = _parsed(answer)
    if found is None:
        raise RetryLaterError(NAME, "no JSON object in the answer")
    return found


def _parsed(answer: Answer) -> Json | None:
    try:
        found = json.loads(answer.content, parse_float=Decimal)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
