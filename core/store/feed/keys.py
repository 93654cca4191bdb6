"""API keys of agencies: shown once, stored as a hash, and compared in constant time.

The secret is 32 random bytes, so that a plain SHA-256 can't be guessed back; a slow password hash would only slow down
every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from core.errors import ConfigError
from core.store.tables import agencies, api_keys

SCOPES: Final = ("claims:read", "claims:write", "documents:read", "settlements:write")
KEY: Final = re.compile(r"kb_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown: everything but its secret."""

    key_id: str
    agency: str
    scopes: frozenset[str]
    created_at: datetime = field(compare=False)
    revoked_at: datetime | None = None


def create_key(connection: Connection, agency: str, scopes: Collection[str], now: datetime) -> str:
    """Store a new key's hash and return the key, which is never seen again.

    Raises:
        ConfigError: there is no such agency, or a scope is unknown or missing.
    """
    if connection.execute(select(agencies.c.id).where(agencies.c.id == agency)).first() is None:
        raise ConfigError(f"agency {agency}", "there is no such agency", "See `kravbro agencies`.")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ConfigError("scopes", "they are missing or unknown", f"Choose from {', '.join(SCOPES)}.")
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    connection.execute(
        insert(api_keys).values(key_id=key_id, agency=agency, hash=_hash(secret), scopes=" ".join(sorted(set(scopes))), created_at=now)
    )
    return f"kb_{key_id}_{secret}"


def find_key(connection: Connection, key: str) -> ApiKey | None:
    """Return what a key may do, or None where it is unknown, wrong or revoked."""
    found = KEY.fullmatch(key)
    if found is None:
        return None
    row = connection.execute(select(api_keys).where(api_keys.c.key_id == found[1])).first()
    matches = hmac.compare_digest(row.hash if row else "", _hash(found[2]))
    if row is None or not matches or row.revoked_at is not None:
        return None
    return ApiKey(row.key_id, row.agency, frozenset(row.scopes.split()), row.created_at)


def list_keys(connection: Connection, agency: str) -> list[ApiKey]:
    """Return an agency's keys, revoked ones too, oldest first."""
    rows = connection.execute(select(api_keys).where(api_keys.c.agency == agency).order_by(api_keys.c.created_at, api_keys.c.key_id))
    return [ApiKey(row.key_id, row.agency, frozenset(row.scopes.split()), row.created_at, row.revoked_at) for row in rows]


def revoke_key(connection: Connection, key_id: str, now: datetime) -> None:
    """End a key at once; an unknown one is a `ConfigError`, one that was ended before stays as it is."""
    mine = api_keys.c.key_id == key_id
    if connection.execute(select(api_keys.c.key_id).where(mine)).first() is None:
        raise ConfigError(f"key {key_id}", "there is no such key", "Its id is the part between the two underscores.")
    connection.execute(update(api_keys).where(mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
