"""Letters that count no more, since they came back from the mail or were taken back, and the mail addresses they came back from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Select, select, update

from core.store.database import insert_once
from core.store.tables import voided_letters

__all__ = ["Returned", "Voided", "find_voided", "list_returned", "mail_again", "posts_instead", "select_voided", "void_letter"]


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of a mail address that letters came back from: since when, and whether they go by post instead."""

    address: str
    since: datetime
    by_post: bool


@dataclass(frozen=True, slots=True)
class Voided:
    """Why a letter counts no more, and since when."""

    why: Literal["returned", "withdrawn"]
    detail: str
    voided_at: datetime


def void_letter(
    connection: Connection, tenant: str, intent_id: str, why: Literal["returned", "withdrawn"], now: datetime, *,
    address: str = "", detail: str = "", by_post: bool = False,
) -> bool:  # fmt: skip
    """Let a letter count no more; return False where it didn't already."""
    return insert_once(
        connection, voided_letters, tenant=tenant, intent_id=intent_id, why=why, address=address, detail=detail, by_post=by_post,
        voided_at=now,
    )  # fmt: skip


def select_voided(tenant: str) -> Select[tuple[str]]:
    """Select the letters of a tenant that count no more."""
    return select(voided_letters.c.intent_id).where(voided_letters.c.tenant == tenant)


def find_voided(connection: Connection, tenant: str, intent_id: str) -> Voided | None:
    """Return why a letter counts no more; None for one that does."""
    here = (voided_letters.c.tenant == tenant, voided_letters.c.intent_id == intent_id)
    row = connection.execute(select(voided_letters).where(*here)).one_or_none()
    return None if row is None else Voided(row.why, row.detail, row.voided_at)


def list_returned(connection: Connection, tenant: str) -> dict[str, Returned]:
    """Return the mail addresses that letters came back from; one word that they go by post is enough."""
    query = select(voided_letters).where(voided_letters.c.tenant == tenant, voided_letters.c.address != "")
    found: dict[str, Returned] = {}
    for row in connection.execute(query.order_by(voided_letters.c.voided_at)):
        known = found.get(row.address)
        found[row.address] = Returned(row.address, row.voided_at, row.by_post or (known is not None and known.by_post))
    return found


def posts_instead(connection: Connection, tenant: str, address: str) -> None:
    """Store that letters for this address go by post."""
    here = (voided_letters.c.tenant == tenant, voided_letters.c.address == address)
    connection.execute(update(voided_letters).where(*here).values(by_post=True))


def mail_again(connection: Connection, tenant: str, address: str) -> None:
    """Store that mail goes to this address again; the letters that came back stay so."""
    here = (voided_letters.c.tenant == tenant, voided_letters.c.address == address)
    connection.execute(update(voided_letters).where(*here).values(address="", by_post=False))
