"""Events in one order that never changes behind a reader.

An item is stored without a position by the transaction that causes it. Positions are given later, by `assign_positions`,
to what has committed, under the lock of the one row in `feed_state`. So a transaction that commits late gets a later
position, however early its item was inserted, and a reader who sees a position sees every one before it:

1. the publisher locks `feed_state` with an UPDATE: there is one publisher at a time, until its commit;
2. only then it looks for items without a position: READ COMMITTED gives each statement a new view, which holds everything
   that earlier publishers did (on SQLite there is one writer at a time anyway);
3. it numbers them without gaps and commits the numbers together with the last one given.

The epoch is part of every cursor. A restored database gets a new one, since positions it gives again mean other events.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from core.errors import InvariantBrokenError
from core.store.database import insert_once
from core.store.feed.claims import SNAPSHOTS, lock_claim, refresh_claim
from core.store.tables import feed_claims, feed_items, feed_state, webhook_sends, webhooks

CURSOR: Final = re.compile(r"1\.([0-9a-f]{8,32})\.(0|[1-9]\d{0,17})", re.ASCII)
BATCH: Final = 500
"""How many positions are given in one transaction: it must stay short (design §9)."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event as an agency sees it: thin, the claim says the rest."""

    id: str
    type: str
    claim_id: str
    sequence: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, and the cursor that goes on after them."""

    events: tuple[FeedEvent, ...]
    cursor: str
    has_more: bool


def publish(connection: Connection, *, key: str, agency: str, tenant: str, type: str, body: bytes, now: datetime) -> str:  # noqa: A002
    """Store an event and the claim in its body, once per key; return the event's id, which is the key.

    A key that comes again with other content is an error: one of the two would be lost.
    """
    snapshot = SNAPSHOTS.validate_json(body)
    digest = hashlib.sha256(f"{agency}\n{tenant}\n{type}\n".encode() + body).hexdigest()
    sequence = lock_claim(connection, agency, tenant, snapshot, now)
    known = connection.execute(select(feed_items.c.digest).where(feed_items.c.id == key)).scalar()
    if known is not None:  # looked for under the lock: a twin that was faster has committed by now
        if known not in ("", digest):  # "" was published before digests were kept
            raise InvariantBrokenError(f"event {key} was published before with other content")
        return key
    refresh_claim(connection, snapshot, now)
    connection.execute(update(feed_claims).where(feed_claims.c.claim_id == snapshot.claim_id).values(sequence=sequence + 1))
    connection.execute(
        insert(feed_items).values(
            id=key, serial=_next_serial(connection), agency=agency, tenant=tenant, type=type, claim_id=snapshot.claim_id,
            sequence=sequence + 1, occurred_at=now, digest=digest,
        )
    )  # fmt: skip
    return key


def find(connection: Connection, key: str) -> str | None:
    """Return the id of the event with this key."""
    return connection.execute(select(feed_items.c.id).where(feed_items.c.id == key)).scalar()


def assign_positions(connection: Connection) -> int:
    """Give the next positions to committed events that have none, queue their webhooks, and return how many there were."""
    last = _lock_state(connection)
    waiting = (
        select(feed_items.c.id, feed_items.c.agency, feed_items.c.occurred_at)
        .where(feed_items.c.position.is_(None))
        .order_by(feed_items.c.serial, feed_items.c.id)
        .limit(BATCH)
    )
    items = connection.execute(waiting).all()
    if not items:
        return 0
    numbered = [{"item": item.id, "given": last + number} for number, item in enumerate(items, 1)]
    position = update(feed_items).where(feed_items.c.id == bindparam("item")).values(position=bindparam("given"))
    connection.execute(position, numbered)
    connection.execute(update(feed_state).values(last_position=last + len(items)))
    listening = set(connection.execute(select(webhooks.c.agency).where(webhooks.c.disabled_at.is_(None))).scalars())
    sends = [
        {"agency": item.agency, "item_id": item.id, "attempts": 0, "next_at": item.occurred_at}
        for item in items if item.agency in listening
    ]  # fmt: skip
    if sends:
        connection.execute(insert(webhook_sends), sends)
    return len(items)


def has_waiting(connection: Connection) -> bool:
    """Tell whether an event waits for its position."""
    return connection.execute(select(feed_items.c.id).where(feed_items.c.position.is_(None)).limit(1)).first() is not None


def list_events(connection: Connection, agency: str, cursor: str, *, limit: int, types: Collection[str] = ()) -> EventPage | None:
    """Return the agency's events after a cursor ("" is the beginning), or None where the cursor is not of this feed's epoch."""
    state = connection.execute(select(feed_state.c.epoch, feed_state.c.last_position)).first()
    after = 0 if cursor == "" else _position(cursor, state.epoch, state.last_position) if state else None
    if after is None:
        return None
    rows = connection.execute(_after(agency, after, types).limit(limit + 1)).all()
    page = rows[:limit]
    events = tuple(FeedEvent(row.id, row.type, row.claim_id, row.sequence, row.occurred_at) for row in page)
    going_on = _cursor(state.epoch, page[-1].position) if state and page else cursor
    return EventPage(events, going_on, has_more=len(rows) > limit)


def new_epoch(connection: Connection) -> None:
    """Make every cursor given so far unknown: after a restore the same positions mean other events."""
    _lock_state(connection)
    connection.execute(update(feed_state).values(epoch=secrets.token_hex(8)))


def _lock_state(connection: Connection) -> int:
    insert_once(connection, feed_state, id=1, epoch=secrets.token_hex(8), last_position=0)
    locked = update(feed_state).values(last_position=feed_state.c.last_position).returning(feed_state.c.last_position)
    return int(connection.execute(locked).scalar_one())


def _next_serial(connection: Connection) -> int:
    """Return a number above every committed one; two transactions side by side may get the same, in which case any order is right."""
    return int(connection.execute(select(func.coalesce(func.max(feed_items.c.serial), 0))).scalar_one()) + 1


def _after(agency: str, position: int, types: Collection[str]) -> Select[tuple[str, str, str, int, datetime, int]]:
    item = feed_items.c
    query = select(item.id, item.type, item.claim_id, item.sequence, item.occurred_at, item.position)
    query = query.where(item.agency == agency, item.position > position).order_by(item.position)
    return query.where(item.type.in_(types)) if types else query


def _cursor(epoch: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"1.{epoch}.{position}".encode()).decode().rstrip("=")


def _position(cursor: str, epoch: str, last_position: int) -> int | None:
    """Read a cursor; one of another epoch, or beyond what this feed has given, is unknown."""
    try:
        found = CURSOR.fullmatch(base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode())
    except (binascii.Error, UnicodeError, ValueError):
        return None
    if found is None or found[1] != epoch or int(found[2]) > last_position:
        return None
    return int(found[2])
