"""What every kind of write shares: sending the prepared bytes, and comparing what came back with what was sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Final, Generic, TypeVar

from connectors.visma.answers import NAME, RightLackingError, request_id
from connectors.visma.client import Json, VismaClient
from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from core.model import Problem
from core.writes import Delivery, Finding, Prepared, Receipt

__all__ = ["ABSENT_AFTER_S", "JSON_TYPE", "Kind", "finding", "good", "not_taken", "read_back"]

T = TypeVar("T")
W = TypeVar("W")

ABSENT_AFTER_S: Final = 120.0
"""Longer than both time-outs of `core.http` together: after that a lost request is believed not to land any more."""

JSON_TYPE: Final = (("Content-Type", "application/json"),)


class Kind(ABC, Generic[W]):
    """One kind of write at eAccounting.

    Attributes:
        waits_for_rights: whether a right that is lost for a while holds it back, instead of having it refused for good.
    """

    delivery: ClassVar[Delivery]
    waits_for_rights: ClassVar[bool] = False

    def __init__(self, client: VismaClient) -> None:
        self.client = client

    @abstractmethod
    def prepare(self, write: W, key: str) -> Prepared:
        """Render the request and gather what a look-up needs."""

    @abstractmethod
    def confirm(self, write: W, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Return the receipt for a good answer, or raise `RejectedError` if the vendor took something else."""

    @abstractmethod
    def look_up(self, write: W, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the write landed."""

    def send(self, write: W, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once and check what came back."""
        try:
            answer = self.client.write(prepared.method, prepared.target, prepared.body, dict(prepared.headers))
        except RightLackingError as error:
            if not self.waits_for_rights:
                raise
            raise RetryLaterError(NAME, f"code {error.code}: {error.reason}", todo=error.todo, request_id=error.request_id) from None
        return self.confirm(write, prepared, key, answer)

    def echoed(self, answer: Answer) -> Json:
        """Return what a write answered with; a good status without it leaves the outcome open."""
        found = self.client.object_in(answer)
        if found is None:
            raise OutcomeUnknownError(NAME, f"HTTP {answer.status} without an object", request_id=request_id(answer))
        return found


def read_back(read: Callable[[], T]) -> T:
    """Read after a write that was answered well; if that fails the outcome is open, for the write may have been applied."""
    try:
        return read()
    except (RetryLaterError, LoginExpiredError, RejectedError) as error:
        raise OutcomeUnknownError(NAME, f"written, but not readable afterwards: {error.reason}") from None


def not_taken(what: str, differing: Collection[str]) -> RejectedError:
    """Return the error for an answer that shows other values than were sent."""
    return RejectedError(NAME, "not_taken", f"{what} came back with another {', '.join(sorted(differing))} than was sent")


def finding(receipts: list[Receipt], unclear: Collection[str] = ()) -> Finding:
    """Return what a look-up means: one match is it, none is absent, anything else a person must tell apart.

    A list that shifts while it is read may show the same row twice; that is still one match.
    """
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
