"""The claim as its agency reads it now, and the documents that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, or_, select, update

from core.claim import Snapshot
from core.errors import InvariantBrokenError
from core.store.database import insert_once
from core.store.tables import agency_events, documents, feed_claims

SNAPSHOTS: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)


@dataclass(frozen=True, slots=True)
class ReadableClaim:
    """A claim on the feed, and whose books it comes from."""

    tenant: str
    snapshot: Snapshot


def find_claim(connection: Connection, agency: str, claim_id: str) -> ReadableClaim | None:
    """Return a claim of this agency, or None where it has no such claim."""
    mine = (feed_claims.c.claim_id == claim_id, feed_claims.c.agency == agency)
    row = connection.execute(select(feed_claims.c.tenant, feed_claims.c.body).where(*mine)).first()
    return None if row is None else ReadableClaim(row.tenant, SNAPSHOTS.validate_json(row.body))


def snapshots_of(connection: Connection, tenant: str) -> dict[str, Snapshot]:
    """Return every claim of a tenant's that is on the feed, as its agency reads it."""
    query = select(feed_claims.c.claim_id, feed_claims.c.body).where(feed_claims.c.tenant == tenant)
    return {row.claim_id: SNAPSHOTS.validate_json(row.body) for row in connection.execute(query)}


def refresh_claim(connection: Connection, snapshot: Snapshot, now: datetime) -> None:
    """Show a published claim as it is now, without an event; an older version never replaces a newer one."""
    connection.execute(
        update(feed_claims)
        .where(feed_claims.c.claim_id == snapshot.claim_id, feed_claims.c.version <= snapshot.version)
        .values(version=snapshot.version, body=SNAPSHOTS.dump_json(snapshot).decode(), updated_at=now)
    )


def lock_claim(connection: Connection, agency: str, tenant: str, snapshot: Snapshot, now: datetime) -> int:
    """Hold the claim's row until the commit, made if missing, and return the last sequence given.

    What is published about one claim is thereby one after the other, so that sequences follow the order of commits.
    """
    insert_once(
        connection, feed_claims, claim_id=snapshot.claim_id, agency=agency, tenant=tenant, sequence=0, updated_at=now,
        version=snapshot.version, body=SNAPSHOTS.dump_json(snapshot).decode(),
    )  # fmt: skip
    held = update(feed_claims).where(feed_claims.c.claim_id == snapshot.claim_id).values(sequence=feed_claims.c.sequence)
    row = connection.execute(held.returning(feed_claims.c.agency, feed_claims.c.tenant, feed_claims.c.sequence)).one()
    if (row.agency, row.tenant) != (agency, tenant):
        # Its first agency could go on reading it; a second placement is a new claim.
        raise InvariantBrokenError(f"claim {snapshot.claim_id} is already published to another agency or for another tenant")
    return int(row.sequence)


def has_acknowledged(connection: Connection, agency: str, claim_id: str) -> bool:
    """Tell whether the last of the agency's acknowledgements and rejections, handled or not, takes the claim on."""
    event = agency_events.c
    query = (
        select(event.kind)
        .where(event.agency == agency, event.claim_id == claim_id, or_(event.kind == "acknowledged", event.kind == "rejected"))
        .order_by(event.serial.desc(), event.message_id)
        .limit(1)
    )
    return connection.execute(query).scalar() == "acknowledged"


def find_document(connection: Connection, tenant: str, document_id: str) -> Row[Any] | None:
    """Return a document's row, still sealed (as `document_kind(document_id)`), or None."""
    return connection.execute(select(documents).where(documents.c.tenant == tenant, documents.c.document_id == document_id)).first()
