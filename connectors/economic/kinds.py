"""What every kind of write shares: sending the prepared bytes, and distrusting a good status.

Unknown and read-only properties are dropped by the vendor without a word, and a booking answers with nothing at all, so each kind
reads back what it made and compares it with what was sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final, Generic, TypeVar

from connectors.economic.answers import NAME
from connectors.economic.client import EconomicClient
from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from core.model import Problem
from core.writes import Delivery, Finding, Prepared, Receipt

__all__ = ["ABSENT_AFTER_S", "JSON_TYPE", "AnyKind", "Kind", "finding", "good", "not_taken", "read_back"]

T = TypeVar("T")
W = TypeVar("W")

ABSENT_AFTER_S: Final = 120.0
"""Longer than both time-outs of `core.http` together: after that a lost request is believed not to land any more."""

JSON_TYPE: Final = (("Content-Type", "application/json"),)


class Kind(ABC, Generic[W]):
    """One kind of write at e-conomic."""

    delivery: ClassVar[Delivery]

    def __init__(self, client: EconomicClient) -> None:
        self.client = client

    @abstractmethod
    def prepare(self, write: W, key: str) -> Prepared:
        """Render the request and gather what a look-up needs."""

    @abstractmethod
    def send(self, write: W, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once, read back what they made, and return the receipt."""

    @abstractmethod
    def look_up(self, write: W, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the write landed."""

    def write(self, prepared: Prepared, key: str) -> Answer:
        """Send the prepared request."""
        return self.client.write(prepared.method, prepared.target, prepared.body, dict(prepared.headers), key)


def read_back(read: Callable[[], T]) -> T:
    """Read after a write that was answered well; if that fails the outcome is open, for the write may have been applied."""
    try:
        return read()
    except (RetryLaterError, LoginExpiredError, RejectedError) as error:
        raise OutcomeUnknownError(NAME, f"written, but not readable afterwards: {error.reason}") from None


def not_taken(what: str, differing: Collection[str]) -> RejectedError:
    """Return the error for what stands there with other values than were sent."""
    return RejectedError(NAME, "not_taken", f"{what} came back with another {', '.join(sorted(differing))} than was sent")


def finding(receipts: list[Receipt], unclear: Collection[str] = ()) -> Finding:
    """Return what a look-up means: one match is it, none is absent, anything else a person must tell apart."""
    refs = tuple(dict.fromkeys(receipt.remote_ref for receipt in receipts))
    if len(refs) == 1 and not unclear:
        return Finding("found", receipts[0])
    return Finding("ambiguous", candidates=(*refs, *unclear)) if refs or unclear else Finding("absent")


def good(found: T | Problem) -> T:
    """Return what was read, or refuse: where the engine asked for this one thing, a `Problem` can't stand in for it."""
    if isinstance(found, Problem):
        raise RejectedError(NAME, "unreadable", found.message)
    return found


AnyKind = Kind[Any]
