"""Letters that count no more, since they came back from the mail or were taken back, and the mail addresses they came back from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, exists, select, update

from core.store.database import insert_once
from core.store.tables import intent_subjects, voided_letters, withdrawn_letters

__all__ = [
    "Returned", "Voided", "find_voided", "find_withdrawn", "is_withdrawn", "list_returned", "mail_again", "posts_instead", "select_voided",
    "select_withdrawn",     "void_letter", "withdraw_letter",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of a mail address that letters came back from: since when, and whether they go by post instead."""

    address: str
    since: datetime
    by_post: bool


@dataclass(frozen=True, slots=True)
class Voided:
    """Why a letter came back, and since when it counts no more."""

    detail: str
    voided_at: datetime


def void_letter(
    connection: Connection, tenant: str, intent_id: str, now: datetime, *, address: str = "", detail: str = "", by_post: bool = False,
) -> bool:  # fmt: skip
    """Let a letter that came back count no more; return False where it didn't already."""
    return insert_once(
        connection, voided_letters, tenant=tenant, intent_id=intent_id, address=address, detail=detail, by_post=by_post,
        voided_at=now,
    )  # fmt: skip


def select_voided(tenant: str | BindParameter[str]) -> Select[tuple[str]]:
    """Select the letters of a tenant that came back."""
    return select(voided_letters.c.intent_id).where(voided_letters.c.tenant == tenant)


def select_withdrawn(tenant: str) -> Select[tuple[str, str]]:
    """Select the letters of a tenant that were taken back, each with the subject it was taken back for."""
    return select(withdrawn_letters.c.intent_id, withdrawn_letters.c.subject).where(withdrawn_letters.c.tenant == tenant)


def find_voided(connection: Connection, tenant: str, intent_id: str) -> Voided | None:
    """Return why a letter came back; None for one that did not."""
    here = (voided_letters.c.tenant == tenant, voided_letters.c.intent_id == intent_id)
    row = connection.execute(select(voided_letters).where(*here)).one_or_none()
    return None if row is None else Voided(row.detail, row.voided_at)


def withdraw_letter(connection: Connection, tenant: str, intent_id: str, subject: str, now: datetime) -> None:
    """Let a letter count no more for one of its subjects."""
    insert_once(connection, withdrawn_letters, tenant=tenant, intent_id=intent_id, subject=subject, withdrawn_at=now)


def find_withdrawn(connection: Connection, tenant: str, intent_id: str, subject: str) -> datetime | None:
    """Return when a letter was taken back for one of its subjects; None where it was not."""
    here = (withdrawn_letters.c.tenant == tenant, withdrawn_letters.c.intent_id == intent_id, withdrawn_letters.c.subject == subject)
    return connection.execute(select(withdrawn_letters.c.withdrawn_at).where(*here)).scalar_one_or_none()


def is_withdrawn() -> ColumnElement[bool]:
    """Ask of a row of `intent_subjects` whether its letter was taken back for it."""
    return exists().where(
        withdrawn_letters.c.tenant == intent_subjects.c.tenant, withdrawn_letters.c.intent_id == intent_subjects.c.intent_id,
        withdrawn_letters.c.subject == intent_subjects.c.subject,
    )  # fmt: skip


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
