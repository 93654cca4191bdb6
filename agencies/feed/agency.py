"""The feed as an agency adapter: a write is published through our own store, and reports come from there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pydantic import TypeAdapter

from core.claim import AgencyEvent, Snapshot
from core.errors import InvariantBrokenError
from core.model import Problem
from core.ports import Outbox, OutboxItem, Reports
from core.writes import AdjustClaim, Delivery, Finding, Prepared, Receipt, SubmitClaim, Write

ONCE: Final = Delivery(
    "idempotency_key",
    ttl_s=None,
    remains="Nothing: the event and its key are one row of our own database, so a repeat finds the row.",
)
_SNAPSHOTS: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)


class FeedAgency:
    """A `Channel` and `Reports` for an agency that reads our feed.

    Args:
        outbox: publishes to this agency's feed, once per key.
        reports: what the agency has reported, from the store.
    """

    name = "Claims feed"
    deliveries: Mapping[str, Delivery] = {"submit_claim": ONCE, "adjust_claim": ONCE}

    def __init__(self, outbox: Outbox, reports: Reports) -> None:
        self._outbox, self._reports = outbox, reports

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the claim as the agency will read it."""
        claim = _claim(write)
        return Prepared("PUBLISH", _event_type(claim), _SNAPSHOTS.dump_json(claim.snapshot))

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Publish the prepared bytes; a key that is known is not published again."""
        claim_id = _claim(write).snapshot.claim_id
        return Receipt(self._outbox.publish(OutboxItem(key, prepared.target, claim_id, prepared.body)))

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Ask our own store for the key."""
        found = self._outbox.find(key)
        return Finding("absent") if found is None else Finding("found", Receipt(found))

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield the agency's reports that were not handled yet, oldest first."""
        return self._reports.list_events()


def build(*, outbox: Outbox, reports: Reports) -> FeedAgency:
    """Return the adapter for one tenant and its agency."""
    return FeedAgency(outbox, reports)


def _claim(write: Write) -> SubmitClaim | AdjustClaim:
    if not isinstance(write, SubmitClaim | AdjustClaim):
        raise InvariantBrokenError(f"the claims feed was given a {write.kind}, which it declares no delivery for")
    return write


def _event_type(write: SubmitClaim | AdjustClaim) -> str:
    return "claim.submitted" if isinstance(write, SubmitClaim) else f"claim.{write.change}"
