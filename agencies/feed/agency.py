"""The feed as a way out: a claim is handed over when its event is in our own store, once per intent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pydantic import TypeAdapter

from core.claim import AgencyEvent, Snapshot
from core.errors import InvariantBrokenError
from core.model import Problem
from core.ports import Outbox, OutboxItem, Reports, Setting
from core.writes import AdjustClaim, Delivery, Finding, Prepared, Receipt, SubmitClaim, Write

__all__ = ["SETTINGS", "FeedAgency", "build"]

SETTINGS: Final[tuple[Setting, ...]] = ()
"""The feed needs none: keys are made with `kravbro agencies key`."""

ONCE: Final = Delivery("idempotency_key", ttl_s=None, remains="Nothing: the event's id is the intent's, and our store keeps it for ever.")

DELIVERIES: Final[Mapping[str, Delivery]] = {"submit_claim": ONCE, "adjust_claim": ONCE}

_SNAPSHOT: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)


class FeedAgency:
    """Publishes claims on the feed and takes the agency's reports; implements `Channel` and `Reports`."""

    name = "the claims feed"
    deliveries = DELIVERIES

    def __init__(self, outbox: Outbox, reports: Reports) -> None:
        self._outbox, self._reports = outbox, reports

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the claim as the agency will read it."""
        claim = _claim_write(write)
        return Prepared("PUBLISH", _event_type(claim), _SNAPSHOT.dump_json(claim.snapshot))

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Publish the prepared snapshot under the intent's key."""
        item = OutboxItem(key, prepared.target, _claim_write(write).snapshot.claim_id, prepared.body)
        return Receipt(self._outbox.publish(item))

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the event is in the store."""
        found = self._outbox.find(key)
        return Finding("absent") if found is None else Finding("found", Receipt(found))

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield reports that were not handled yet."""
        return self._reports.list_events()


def build(*, outbox: Outbox, reports: Reports) -> FeedAgency:
    """Return the adapter."""
    return FeedAgency(outbox, reports)


def _claim_write(write: Write) -> SubmitClaim | AdjustClaim:
    if not isinstance(write, SubmitClaim | AdjustClaim):
        raise InvariantBrokenError(f"the claims feed can't send {write.kind}")
    return write


def _event_type(write: SubmitClaim | AdjustClaim) -> str:
    return "claim.submitted" if isinstance(write, SubmitClaim) else f"claim.{write.change}"
