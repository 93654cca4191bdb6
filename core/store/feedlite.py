"""The claims feed in the store: what agencies read, in commit order, and what they report, once.

An item is published without a position. One publisher gives positions, under a lock that it takes first, to items whose
transactions have committed by then; so an item whose transaction was slow gets a later position, and never slips in behind a
reader. `serial` orders only items that are given their positions together.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, insert, select, update

from core.claim import AgencyEvent, EventData, Snapshot
from core.clock import Clock
from core.errors import ConfigError, KravbroError
from core.ids import stable_id
from core.model import Problem
from core.ports import OutboxItem
from core.store.database import Database
from core.store.tables import (
    agency_events,
    api_keys,
    claims,
    feed_claims,
    feed_items,
    feed_state,
    idempotency_keys,
    webhook_sends,
    webhooks,
)

__all__ = [
    "SCOPES",
    "CursorExpiredError",
    "FeedKey",
    "Page",
    "StoreOutbox",
    "StoreReports",
    "assign_positions",
    "create_key",
    "find",
    "find_claim",
    "list_events",
    "mark_handled",
    "new_epoch",
    "publish",
    "refresh_claim",
    "remember_answer",
    "remembered_answer",
    "revoke_key",
    "store_report",
    "verify_key",
]

SCOPES: Final = ("claims:read", "claims:write", "documents:read", "settlements:write")

_SNAPSHOT: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)
_DATA: Final[TypeAdapter[EventData]] = TypeAdapter(EventData)


class CursorExpiredError(KravbroError):
    """A reader's cursor is of another epoch or no cursor at all."""

    def __init__(self) -> None:
        super().__init__("This cursor is unknown here; start again without one.")


@dataclass(frozen=True, slots=True)
class FeedKey:
    """An agency's key, as far as a request may know it."""

    key_id: str
    agency: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of events with the cursor that follows it."""

    events: list[dict[str, Any]]
    cursor: str
    has_more: bool


def publish(connection: Connection, key: str, agency: str, tenant: str, type_: str, body: bytes, now: datetime) -> str:
    """Publish an event with the claim's new snapshot, once per key; return the event's id."""
    if find(connection, key):
        return key
    snapshot = _SNAPSHOT.validate_json(body)
    known = connection.execute(select(feed_claims).where(feed_claims.c.claim_id == snapshot.claim_id)).one_or_none()
    sequence = 1 if known is None else known.sequence + 1
    values = {"version": snapshot.version, "body": body.decode(), "sequence": sequence, "updated_at": now}
    if known is None:
        connection.execute(insert(feed_claims).values(claim_id=snapshot.claim_id, agency=agency, tenant=tenant, **values))
    else:
        connection.execute(update(feed_claims).where(feed_claims.c.claim_id == snapshot.claim_id).values(**values))
    serial = connection.execute(select(func.coalesce(func.max(feed_items.c.serial), 0))).scalar_one() + 1
    connection.execute(
        insert(feed_items).values(
            id=key, serial=serial, agency=agency, tenant=tenant, type=type_, claim_id=snapshot.claim_id, sequence=sequence, occurred_at=now
        )
    )
    return key


def refresh_claim(connection: Connection, snapshot: Snapshot, now: datetime) -> None:
    """Renew what the agency reads of a claim it has, without an event: its own report changed it."""
    connection.execute(
        update(feed_claims)
        .where(feed_claims.c.claim_id == snapshot.claim_id)
        .values(version=snapshot.version, body=_SNAPSHOT.dump_json(snapshot).decode(), updated_at=now)
    )


def find(connection: Connection, key: str) -> str | None:
    """Return the id of the event published under a key."""
    return connection.execute(select(feed_items.c.id).where(feed_items.c.id == key)).scalar_one_or_none()


def assign_positions(connection: Connection) -> int:
    """Give every committed item without one the next position; the one publisher at a time. Return how many."""
    # Writing the row first is the lock: on PostgreSQL other publishers wait here, and see what this one committed.
    connection.execute(update(feed_state).where(feed_state.c.id == 1).values(last_position=feed_state.c.last_position))
    last = connection.execute(select(feed_state.c.last_position).where(feed_state.c.id == 1)).scalar_one()
    query = (
        select(feed_items.c.id, feed_items.c.agency).where(feed_items.c.position.is_(None)).order_by(feed_items.c.serial, feed_items.c.id)
    )
    waiting = connection.execute(query).all()
    hooked = set(connection.execute(select(webhooks.c.agency).where(webhooks.c.disabled_at.is_(None))).scalars())
    for position, row in enumerate(waiting, start=last + 1):
        connection.execute(update(feed_items).where(feed_items.c.id == row.id).values(position=position))
        if row.agency in hooked:
            connection.execute(insert(webhook_sends).values(agency=row.agency, item_id=row.id, attempts=0))
    if waiting:
        connection.execute(update(feed_state).where(feed_state.c.id == 1).values(last_position=last + len(waiting)))
    return len(waiting)


def new_epoch(connection: Connection) -> None:
    """Make every cursor invalid, after a restore: positions may have been given to other events since the backup."""
    connection.execute(update(feed_state).where(feed_state.c.id == 1).values(epoch=secrets.token_hex(4)))


def list_events(connection: Connection, agency: str, cursor: str, limit: int, types: Sequence[str] = ()) -> Page:
    """Return an agency's events after a cursor, in the order of their positions.

    Raises:
        CursorExpiredError: the cursor is of another epoch, or none.
    """
    epoch = connection.execute(select(feed_state.c.epoch).where(feed_state.c.id == 1)).scalar_one()
    after = _position(cursor, epoch) if cursor else 0
    query = (
        select(feed_items)
        .where(feed_items.c.agency == agency, feed_items.c.position > after)
        .order_by(feed_items.c.position)
        .limit(limit + 1)
    )
    if types:
        query = query.where(feed_items.c.type.in_(types))
    rows = connection.execute(query).all()
    page = rows[:limit]
    last = page[-1].position if page else after
    events = [
        {"id": row.id, "type": row.type, "claim_id": row.claim_id, "sequence": row.sequence, "occurred_at": row.occurred_at.isoformat()}
        for row in page
    ]
    return Page(events, _cursor(epoch, last), len(rows) > limit)


def find_claim(connection: Connection, agency: str, claim_id: str) -> tuple[str, Snapshot] | None:
    """Return the tenant and the claim as its agency reads it now; another agency's is not there."""
    row = connection.execute(select(feed_claims).where(feed_claims.c.claim_id == claim_id, feed_claims.c.agency == agency)).one_or_none()
    return None if row is None else (row.tenant, _SNAPSHOT.validate_json(row.body))


def create_key(connection: Connection, agency: str, scopes: Sequence[str], now: datetime) -> str:
    """Make a feed key and return it whole, this once; 32 random bytes need no slow hash."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    connection.execute(
        insert(api_keys).values(key_id=key_id, agency=agency, hash=_hash(secret), scopes=" ".join(sorted(scopes)), created_at=now)
    )
    return f"kb_{key_id}_{secret}"


def verify_key(connection: Connection, text: str) -> FeedKey | None:
    """Return the key a request carries, if it is one of ours and not revoked."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))).one_or_none()
    stored = row.hash if row is not None else _hash("")
    if not hmac.compare_digest(stored, _hash(secret)) or row is None or prefix != "kb":
        return None
    return FeedKey(row.key_id, row.agency, frozenset(row.scopes.split()))


def revoke_key(connection: Connection, key_id: str, now: datetime) -> None:
    """Make a key worthless; an unknown one is a `ConfigError`."""
    if connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(revoked_at=now)).rowcount != 1:
        raise ConfigError(f"key {key_id}", "there is no such key", "Its id is the part between the two underscores.")


def remembered_answer(connection: Connection, agency: str, key: str) -> tuple[str, int, str] | None:
    """Return the request's hash, status and body that were answered under an idempotency key."""
    here = (idempotency_keys.c.agency == agency, idempotency_keys.c.key == key)
    row = connection.execute(select(idempotency_keys).where(*here)).one_or_none()
    return None if row is None else (row.request_hash, row.status, row.body)


def remember_answer(connection: Connection, agency: str, key: str, request_hash: str, status: int, body: str, now: datetime) -> None:
    """Keep an answer under its idempotency key, in the transaction that made it true."""
    connection.execute(
        insert(idempotency_keys).values(agency=agency, key=key, request_hash=request_hash, status=status, body=body, created_at=now)
    )


def store_report(connection: Connection, event: AgencyEvent, tenant: str, now: datetime) -> None:
    """Store what an agency reports, to be handled by the tenant's next run; a message id counts once, for ever."""
    here = (agency_events.c.agency == event.agency, agency_events.c.message_id == event.message_id)
    if connection.execute(select(agency_events.c.message_id).where(*here)).first():
        return
    serial = connection.execute(select(func.coalesce(func.max(agency_events.c.serial), 0))).scalar_one() + 1
    body = json.dumps({"data": json.loads(_DATA.dump_json(event.data)), "document_id": event.document_id})
    connection.execute(
        insert(agency_events).values(
            agency=event.agency, message_id=event.message_id, tenant=tenant, claim_id=event.claim_id, kind=event.data.kind, serial=serial,
            body=body, occurred_at=event.occurred_at, received_at=now,
        )
    )  # fmt: skip


def mark_handled(connection: Connection, agency: str, message_id: str, outcome: str, now: datetime) -> None:
    """Note what became of a report."""
    connection.execute(
        update(agency_events)
        .where(agency_events.c.agency == agency, agency_events.c.message_id == message_id)
        .values(handled_at=now, outcome=outcome)
    )


class StoreOutbox:
    """Publishes one tenant's claims to one agency; implements `core.ports.Outbox`."""

    def __init__(self, database: Database, clock: Clock, agency: str, tenant: str) -> None:
        self._database, self._clock, self._agency, self._tenant = database, clock, agency, tenant

    def publish(self, item: OutboxItem) -> str:
        """Store the item unless its key is there already, then give positions; return its id."""
        now = self._clock.now()
        with self._database.write() as connection:
            id_ = publish(connection, item.key, self._agency, self._tenant, item.type, item.body, now)
        with self._database.write() as connection:
            assign_positions(connection)
        return id_

    def find(self, key: str) -> str | None:
        """Return the id of the item with this key."""
        with self._database.read() as connection:
            return find(connection, key)


class StoreReports:
    """What agencies have reported to one tenant and no run has handled; implements `core.ports.Reports`."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database, self._tenant = database, tenant

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield reports in the order in which they arrived."""
        query = select(agency_events).where(agency_events.c.tenant == self._tenant, agency_events.c.handled_at.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(agency_events.c.serial, agency_events.c.message_id)).all()
        for row in rows:
            body = json.loads(row.body)
            try:
                data = _DATA.validate_python(body["data"])
            except ValidationError:
                yield Problem("reports", row.message_id, f"Report {row.message_id[:12]} ({row.kind}) can't be read.", row.body.encode())
                continue
            yield AgencyEvent(row.agency, row.message_id, row.claim_id, row.occurred_at, data=data, document_id=body["document_id"])


def message_id(agency: str, idempotency_key: str) -> str:
    """Return the id under which a report is stored for ever."""
    return stable_id("report", agency, idempotency_key)


def tenant_of_claim(connection: Connection, agency: str, claim_id: str) -> str | None:
    """Return the tenant of a claim this agency has."""
    return connection.execute(select(claims.c.tenant).where(claims.c.id == claim_id, claims.c.agency == agency)).scalar_one_or_none()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _cursor(epoch: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{epoch}:{position}".encode()).decode().rstrip("=")


def _position(cursor: str, epoch: str) -> int:
    try:
        found, _, position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        if found == epoch and position.isdecimal() and len(position) < 19:
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise CursorExpiredError
