"""Ids that exist before the first byte is sent and never change on a retry."""

from __future__ import annotations

import hashlib
from typing import Final

__all__ = ["KEY_VERSION", "intent_id", "stable_id"]

KEY_VERSION: Final = 1
"""Part of every intent's id. Changing it makes every open intent look new, so that it could be sent again: don't."""


def stable_id(*parts: str | int) -> str:
    """Return the same 32 hexadecimal digits for the same parts, whatever they contain."""
    raws = [str(part).encode() for part in parts]
    return hashlib.sha256(b"".join([len(raw).to_bytes(4, "big") + raw for raw in raws])).hexdigest()[:32]


def intent_id(tenant: str, kind: str, subjects: tuple[str, ...], ordinal: int) -> str:
    """Return the id, idempotency key and remote mark of an intent."""
    return stable_id(KEY_VERSION, tenant, kind, *sorted(subjects), ordinal)
