"""Requests to Bokhylla: its settings, one meaning for every answer, lists read to their end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import ConfigError, KravbroError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer, HttpClient, redact
from core.ports import Setting

__all__ = ["NAME", "SETTINGS", "Client", "Json", "read_settings"]

Json = dict[str, Any]

NAME: Final = "Bokhylla"
PAGE_SIZE: Final = 200
PAGE_COUNT_MAX: Final = 5_000

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("api_url", "Where the API answers: https, or http on this machine.", required=True, fixed=True),
    Setting("api_key", "The key of the company's books.", required=True, secret=True),
    Setting("payment_mode", "Code of our own way of payment.", default="KB", fixed=True),
)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def read_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with their defaults; raises `ConfigError` for the first that is missing or wrong."""
    values = {one.name: one.default for one in SETTINGS}
    for name, value in given.items():
        if name not in values:
            raise ConfigError(f"bokhylla.{name}", "is no setting of this connector", f"Known are {', '.join(values)}.")
        values[name] = value.strip()
    for one in SETTINGS:
        if one.required and not values[one.name]:
            raise ConfigError(f"bokhylla.{one.name}", "is missing", one.help)
    parts = urlsplit(values["api_url"])
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ConfigError("bokhylla.api_url", "is no https address", "Write it like https://books.example.")
    return values


class Client:
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
        answer = self.read(path, query)
        return None if answer.status == 404 else _object(answer)

    def read(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the answer to a read, a 404 too; every other failure is an error."""
        return self._http.read("GET", path, check=self._check, params=dict(query), headers=self._headers())

    def list_rows(self, path: str, **query: str) -> Iterator[Json]:
        """Yield every row of a list; a list that does not end, or repeats itself, is a `RetryLaterError`."""
        after = ""
        for _ in range(PAGE_COUNT_MAX):
            page = self.get(path, limit=str(PAGE_SIZE), after=after, **query)
            yield from page["rows"]
            if not page["next"]:
                return
            if page["next"] == after:
                break
            after = page["next"]
        raise RetryLaterError(NAME, "a list without an end")

    def write(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Json:
        """Send a write once and return what it was answered with.

        Raises:
            RetryLaterError: surely not applied. RejectedError: refused. OutcomeUnknownError: may have been applied.
        """
        answer = self._http.write(method, path, data=body, headers={**self._headers(), **headers})
        if answer.status == 429:
            raise _busy(answer)
        if not 200 <= answer.status < 500:
            raise OutcomeUnknownError(NAME, f"HTTP {answer.status}")
        if answer.status >= 300:
            raise self._refusal(answer)
        found = _parsed(answer)
        if found is None:
            raise OutcomeUnknownError(NAME, "no JSON object in the answer")
        return found

    def _check(self, answer: Answer) -> Answer:
        if answer.status == 429 or answer.status >= 500:
            raise _busy(answer)
        if answer.status != 404 and not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> KravbroError:
        """Return what a refusal means: the vendor's own codes belong here, each with its class."""
        if answer.status == 401:
            return LoginExpiredError(NAME, "the key is not known", todo="Connect the company again with the right key.")
        said = _parsed(answer) or {}
        reason = redact(str(said.get("text", f"HTTP {answer.status}")), (self._key,))
        return RejectedError(NAME, str(said.get("code", answer.status)), reason)

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
        found = json.loads(answer.content, parse_float=Decimal)  # money is never a float
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
