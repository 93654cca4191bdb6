"""A tenant's past as it was read from the books, kept so that a second backtest reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from core.history import PastInvoice
from core.store.tables import histories

__all__ = ["KeptHistory", "find_history", "save_history"]

_PAST: Final[TypeAdapter[tuple[PastInvoice, ...]]] = TypeAdapter(tuple[PastInvoice, ...])


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """What was read.

    Attributes:
        since: every invoice due from then on is in it, and of those before what was open or changed.
        until: the last day whose payments the books held.
        unreadable: rows of invoices and payments that could not be read and are missing in it.
    """

    since: date
    until: date
    unreadable: int
    invoices: tuple[PastInvoice, ...]
    read_at: datetime


def save_history(connection: Connection, tenant: str, kept: KeptHistory) -> None:
    """Keep a history in place of the one before."""
    connection.execute(delete(histories).where(histories.c.tenant == tenant))
    connection.execute(
        insert(histories).values(
            tenant=tenant, since=kept.since, until=kept.until, unreadable=kept.unreadable, invoices=_PAST.dump_json(kept.invoices).decode(),
            read_at=kept.read_at,
        )
    )  # fmt: skip


def find_history(connection: Connection, tenant: str) -> KeptHistory | None:
    """Return the kept history."""
    row = connection.execute(select(histories).where(histories.c.tenant == tenant)).one_or_none()
    return None if row is None else KeptHistory(row.since, row.until, row.unreadable, _PAST.validate_json(row.invoices), row.read_at)
