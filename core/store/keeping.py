"""What adapters lean on, kept in the store: documents, tokens and budgets."""

from __future__ import annotations

import hashlib
import json
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from core.claim import DocumentRef
from core.clock import Clock
from core.errors import RetryLaterError
from core.ports import Document, Token
from core.store.database import Database, insert_once
from core.store.tables import budgets, documents, secrets
from core.vault import OwnerVault

__all__ = [
    "StoreBudget",
    "StoreDocuments",
    "StoreTokens",
    "add_document",
    "save_token",
]

TOKEN_LEASE: Final = timedelta(seconds=90)
"""Longer than the whole HTTP time-out of a refresh (10 s to connect, 30 s to read, some to spare)."""


_REFERRED: Final[Mapping[str, Literal["letter", "answer"]]] = {"letter": "letter", "answer": "answer"}
"""Kinds of document that a claim names as such; every other is the invoice."""


def add_document(
    connection: Connection, tenant: str, vault: OwnerVault, *, kind: str, name: str, media_type: str, content: bytes, now: datetime
) -> DocumentRef:
    """Store a document sealed; the same bytes under the same name are one document."""
    sha256 = hashlib.sha256(content).hexdigest()
    document_id = hashlib.sha256(f"{kind}|{name}|{sha256}".encode()).hexdigest()[:32]
    insert_once(
        connection, documents, tenant=tenant, document_id=document_id, kind=kind, name=name, media_type=media_type, sha256=sha256,
        size=len(content), sealed=vault.seal(f"document {document_id}", content), created_at=now,
    )  # fmt: skip
    return DocumentRef(document_id, _REFERRED.get(kind, "invoice"), media_type, sha256, len(content), name)


class StoreDocuments:
    """A tenant's documents by id."""

    def __init__(self, database: Database, tenant: str, vault: OwnerVault) -> None:
        self._database, self._tenant, self._vault = database, tenant, vault

    def get(self, document_id: str) -> Document:
        """Return a document with its bytes."""
        with self._database.read() as connection:
            here = (documents.c.tenant == self._tenant, documents.c.document_id == document_id)
            row = connection.execute(select(documents).where(*here)).one()
        content = self._vault.open(f"document {document_id}", row.sealed)
        return Document(document_id, row.name, row.media_type, row.sha256, content)


class StoreTokens:
    """A tenant's token, renewed by one call at a time, whichever thread or process makes it.

    The lease is a compare-and-set on the token's row and outlasts the HTTP time-out; no transaction is open while the
    vendor is asked, and the new token is stored by the very next statement. A token is sealed with its version, so that
    an old one put back does not open.
    """

    def __init__(self, database: Database, owner: str, vault: OwnerVault, clock: Clock) -> None:
        self._database, self._owner, self._vault, self._clock = database, owner, vault, clock

    def get(self) -> Token | None:
        """Return the stored token."""
        with self._database.read() as connection:
            row = connection.execute(_READ_TOKEN, {"of": self._owner}).one_or_none()
        return None if row is None else self._opened(row.sealed, row.version)

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        """Renew the token unless another process has replaced `stale` meanwhile."""
        lease = random.token_hex(8)
        version, current = self._take_lease(lease)
        try:
            if current is not None and (stale is None or current.access != stale.access):
                return current
            fresh = renew(current)
            if self._store(fresh, version):
                return fresh
        finally:
            self._release(lease)
        # The answer came after the lease had ended, and somebody else has stored a newer token meanwhile.
        newer = self.get()
        if newer is None:
            raise RetryLaterError("the token store", "the login was taken away meanwhile")
        return newer

    def forget(self) -> None:
        """Take the token away."""
        with self._database.write() as connection:
            connection.execute(secrets.delete().where(*self._here))

    @property
    def _here(self) -> tuple[ColumnElement[bool], ...]:
        return (secrets.c.owner == self._owner, secrets.c.kind == "token")

    def _take_lease(self, lease: str) -> tuple[int, Token | None]:
        """Take the lease, waiting for the one who has it; return the version and the token that are there."""
        for _ in range(20):
            now = self._clock.now()
            with self._database.write() as connection:
                insert_once(connection, secrets, owner=self._owner, kind="token", version=0, sealed=b"")
                row = connection.execute(select(secrets).where(*self._here)).one()
                free = not row.lease_owner or row.lease_until <= now
                seen = (secrets.c.version == row.version, secrets.c.lease_owner == row.lease_owner)
                taken = update(secrets).where(*self._here, *seen).values(lease_owner=lease, lease_until=now + TOKEN_LEASE)
                if free and connection.execute(taken).rowcount == 1:
                    return row.version, self._opened(row.sealed, row.version)
            self._clock.sleep(5)
        raise RetryLaterError("the token store", "another process is renewing the login")

    def _store(self, token: Token, version: int) -> bool:
        """Store the token that follows `version`; return False where another one follows it already.

        The lease is not asked for: once the vendor has answered, the token before is used up, and this one is the newest
        even where it came late.
        """
        sealed = _sealed(token, self._vault, version + 1)
        with self._database.write() as connection:
            stored = update(secrets).where(*self._here, secrets.c.version == version).values(sealed=sealed, version=version + 1)
            return connection.execute(stored).rowcount == 1

    def _release(self, lease: str) -> None:
        with self._database.write() as connection:
            mine = update(secrets).where(*self._here, secrets.c.lease_owner == lease)
            connection.execute(mine.values(lease_owner="", lease_until=None))

    def _opened(self, sealed: bytes, version: int) -> Token | None:
        if version == 0:
            return None  # nobody has consented yet
        plain = json.loads(self._vault.open("token", sealed, version))
        return Token(plain["access"], plain["refresh"], datetime.fromisoformat(plain["expires_at"]), plain["scope"])


# Made once: it runs before every request, and making it takes longer than running it.
_READ_TOKEN: Final = select(secrets.c.sealed, secrets.c.version).where(secrets.c.owner == bindparam("of"), secrets.c.kind == "token")


def save_token(connection: Connection, owner: str, vault: OwnerVault, token: Token) -> None:
    """Store the token of a new consent, whatever was there; what is being renewed meanwhile does not replace it."""
    here = (secrets.c.owner == owner, secrets.c.kind == "token")
    insert_once(connection, secrets, owner=owner, kind="token", version=0, sealed=b"")
    version = 1 + connection.execute(select(secrets.c.version).where(*here).with_for_update()).scalar_one()
    connection.execute(update(secrets).where(*here).values(sealed=_sealed(token, vault, version), version=version))


def _sealed(token: Token, vault: OwnerVault, version: int) -> bytes:
    return vault.seal("token", json.dumps(asdict(token) | {"expires_at": token.expires_at.isoformat()}).encode(), version)


PARTS: Final = 24
"""Into how many parts a long window is cut."""


class StoreBudget:
    """A sliding window per bucket, shared by every process on the database.

    A place is occupied from before the request until `window` after its answer, so that the vendor, who counts when the
    request arrives, never sees more than the limit in any window.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._taken: dict[str, list[float]] = {}

    def take(self, bucket: str, limit: int, window_s: float) -> None:
        """Wait until a request fits the window, then occupy a place."""
        while (wait_s := self._try(bucket, limit, window_s)) > 0:
            self._clock.sleep(wait_s)

    def done(self, bucket: str) -> None:
        """Free the place a window after now."""
        mark = self._taken[bucket].pop(0)
        now = self._clock.monotonic()
        with self._database.write(durable=False) as connection:
            places = _places(connection, bucket)
            if mark in places:
                places[places.index(mark)] = now
            _save_places(connection, bucket, places)

    def count(self, bucket: str, limit: int, window_s: float) -> None:
        """Wait until a request fits a long window, then count it: a place for each of 50,000 requests would be a long list."""
        while (wait_s := self._try_count(bucket, limit, window_s)) > 0:
            self._clock.sleep(wait_s)

    def _try_count(self, bucket: str, limit: int, window_s: float) -> float:
        """Count a request and return 0, or return how many seconds to wait; what was counted in a part is free a window after the part's end."""
        now, part_s = self._clock.monotonic(), window_s / PARTS
        begun = now // part_s * part_s
        with self._database.write(durable=False) as connection:
            parts = {start: count for start, count in _places(connection, bucket) if start + part_s + window_s > now}
            if sum(parts.values()) >= limit:
                return max(0.001, float(min(parts)) + part_s + window_s - now)
            parts[begun] = parts.get(begun, 0) + 1
            _save_places(connection, bucket, list(parts.items()))
        return 0.0

    def _try(self, bucket: str, limit: int, window_s: float) -> float:
        """Occupy a place and return 0, or return how many seconds to wait for one.

        A place whose process died before its answer frees itself, like the others, a window after the request could have
        arrived at the latest.
        """
        now = self._clock.monotonic()
        with self._database.write(durable=False) as connection:
            places = [place for place in _places(connection, bucket) if place > now - window_s]
            if len(places) >= limit:
                return max(0.001, float(min(places)) + window_s - now)
            mark = max([now, *places]) + 0.000001
            _save_places(connection, bucket, [*places, mark])
            self._taken.setdefault(bucket, []).append(mark)
        return 0.0


# Made once: they run twice a request, and making them takes longer than running them.
_BUCKET: Final = budgets.c.bucket == bindparam("of")
_READ_PLACES: Final = select(budgets.c.places).where(_BUCKET).with_for_update()
_WRITE_PLACES: Final = update(budgets).where(_BUCKET).values(places=bindparam("now"))


def _places(connection: Connection, bucket: str) -> list[Any]:
    """Return what is kept of a bucket: when each place was taken, or when each part of its window began and what was counted in it."""
    found = connection.execute(_READ_PLACES, {"of": bucket}).scalar_one_or_none()
    if found is None:  # somebody else may make it at the same moment
        insert_once(connection, budgets, bucket=bucket, places="[]")
        found = connection.execute(_READ_PLACES, {"of": bucket}).scalar_one()
    return list(json.loads(found))


def _save_places(connection: Connection, bucket: str, places: list[Any]) -> None:
    connection.execute(_WRITE_PLACES, {"of": bucket, "now": json.dumps(places)})
