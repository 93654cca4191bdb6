"""What was read from the books: snapshots of invoices and debtors, quarantined rows, and how far a sweep came."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select, update

from core.model import Debtor, Invoice, Problem
from core.store.tables import debtors, invoices, quarantine, sweeps
from core.vault import OwnerVault

__all__ = [
    "SweepState",
    "accept_reminders",
    "as_json",
    "find_debtor",
    "find_invoice",
    "get_sweep",
    "list_baselines",
    "list_debtors",
    "list_invoices",
    "list_quarantined",
    "quarantine_row",
    "release_row",
    "save_debtor",
    "save_invoice",
    "save_sweep",
    "vendor_baseline",
]

_INVOICE: Final[TypeAdapter[Invoice]] = TypeAdapter(Invoice)
_DEBTOR: Final[TypeAdapter[Debtor]] = TypeAdapter(Debtor)

_LIST_FIELDS: Final = (
    "number", "kind", "debtor_ref", "total", "open", "issued_on", "due_on", "payment_reference", "final_paid_on", "external_ref",
)  # fmt: skip
"""What a list row shows; while it is unchanged, details that were read stay valid."""


@dataclass(frozen=True, slots=True)
class SweepState:
    """How far the books were read."""

    watermark: datetime | None = None
    full_on: date | None = None
    bank_postings_until: date | None = None
    locked_until: date | None = None


def save_invoice(connection: Connection, tenant: str, seen: Invoice, now: datetime) -> bool:
    """Store what was seen of an invoice; return whether anything changed; no change writes nothing.

    A list row does not forget details that were read before, as long as what the list shows is unchanged.
    """
    row = connection.execute(select(invoices).where(invoices.c.tenant == tenant, invoices.c.source_ref == seen.source_ref)).one_or_none()
    if row is not None and row.detailed and not seen.detailed:
        known = _INVOICE.validate_json(row.data)
        if all(getattr(known, name) == getattr(seen, name) for name in _LIST_FIELDS):
            seen = known
    data = _INVOICE.dump_json(seen)
    digest = hashlib.sha256(data).hexdigest()
    values = {"hash": digest, "data": data.decode(), "is_open": seen.open.minor > 0, "detailed": seen.detailed, "seen_at": now}
    if row is None:
        connection.execute(insert(invoices).values(tenant=tenant, source_ref=seen.source_ref, changed_at=now, **values))
        return True
    here = (invoices.c.tenant == tenant, invoices.c.source_ref == seen.source_ref)
    if row.hash == digest:
        return False
    connection.execute(update(invoices).where(*here).values(changed_at=now, **values))
    return True


def find_invoice(connection: Connection, tenant: str, source_ref: str) -> Invoice | None:
    """Return the snapshot of an invoice."""
    data = connection.execute(
        select(invoices.c.data).where(invoices.c.tenant == tenant, invoices.c.source_ref == source_ref)
    ).scalar_one_or_none()
    return None if data is None else _INVOICE.validate_json(data)


def list_invoices(connection: Connection, tenant: str, *, open_only: bool) -> list[Invoice]:
    """Return snapshots, the longest overdue first."""
    query = select(invoices.c.data).where(invoices.c.tenant == tenant)
    if open_only:
        query = query.where(invoices.c.is_open)
    found = [_INVOICE.validate_json(data) for data in connection.execute(query).scalars()]
    return sorted(found, key=lambda invoice: (invoice.due_on, len(invoice.source_ref), invoice.source_ref))


def vendor_baseline(connection: Connection, tenant: str, source_ref: str, count: int | None = None) -> int | None:
    """Return how many reminders of the vendor's own are known on an invoice, recording `count` the first time."""
    here = (invoices.c.tenant == tenant, invoices.c.source_ref == source_ref)
    known = connection.execute(select(invoices.c.vendor_baseline).where(*here)).scalar_one_or_none()
    if known not in (None, ""):
        return int(known)
    if count is not None:
        connection.execute(update(invoices).where(*here).values(vendor_baseline=str(count)))
    return count


def accept_reminders(connection: Connection, tenant: str, source_ref: str, count: int) -> None:
    """Record that this many reminders of the vendor's own are known: a person accepted them, or we asked for the last."""
    here = (invoices.c.tenant == tenant, invoices.c.source_ref == source_ref)
    connection.execute(update(invoices).where(*here).values(vendor_baseline=str(count)))


def save_debtor(connection: Connection, tenant: str, debtor: Debtor, now: datetime) -> None:
    """Store a debtor as read now."""
    here = (debtors.c.tenant == tenant, debtors.c.source_ref == debtor.source_ref)
    connection.execute(delete(debtors).where(*here))
    connection.execute(
        insert(debtors).values(
            tenant=tenant,
            source_ref=debtor.source_ref,
            identity_no=debtor.identity_no,
            data=_DEBTOR.dump_json(debtor).decode(),
            read_at=now,
        )
    )


def find_debtor(connection: Connection, tenant: str, source_ref: str) -> tuple[Debtor, datetime] | None:
    """Return a debtor and when it was read."""
    row = connection.execute(select(debtors).where(debtors.c.tenant == tenant, debtors.c.source_ref == source_ref)).one_or_none()
    return None if row is None else (_DEBTOR.validate_json(row.data), row.read_at)


def quarantine_row(connection: Connection, tenant: str, problem: Problem, vault: OwnerVault, now: datetime) -> bool:
    """Keep a row that can't be read, with its raw form sealed; return whether it is new or reads differently."""
    here = (quarantine.c.tenant == tenant, quarantine.c.source == problem.source, quarantine.c.raw_ref == problem.raw_ref)
    row = connection.execute(select(quarantine).where(*here)).one_or_none()
    if row is not None and row.message == problem.message and row.resolved_at is None:
        connection.execute(update(quarantine).where(*here).values(last_seen_at=now))
        return False
    connection.execute(delete(quarantine).where(*here))
    connection.execute(
        insert(quarantine).values(
            tenant=tenant, source=problem.source, raw_ref=problem.raw_ref, message=problem.message,
            raw=vault.seal("quarantine", problem.raw), first_seen_at=row.first_seen_at if row else now, last_seen_at=now,
        )
    )  # fmt: skip
    return True


def release_row(connection: Connection, tenant: str, source: str, raw_ref: str, now: datetime) -> None:
    """Note that a row which was quarantined can be read again."""
    connection.execute(
        update(quarantine)
        .where(
            quarantine.c.tenant == tenant,
            quarantine.c.source == source,
            quarantine.c.raw_ref == raw_ref,
            quarantine.c.resolved_at.is_(None),
        )
        .values(resolved_at=now)
    )


def list_quarantined(connection: Connection, tenant: str) -> list[tuple[str, str, str]]:
    """Return source, reference and message of every row in quarantine."""
    query = (
        select(quarantine.c.source, quarantine.c.raw_ref, quarantine.c.message)
        .where(quarantine.c.tenant == tenant, quarantine.c.resolved_at.is_(None))
        .order_by(quarantine.c.source, quarantine.c.raw_ref)
    )
    return [(row.source, row.raw_ref, row.message) for row in connection.execute(query)]


def list_debtors(connection: Connection, tenant: str) -> dict[str, Debtor]:
    """Return every debtor that was read, by the vendor's id."""
    query = select(debtors.c.source_ref, debtors.c.data).where(debtors.c.tenant == tenant)
    return {row.source_ref: _DEBTOR.validate_json(row.data) for row in connection.execute(query)}


def list_baselines(connection: Connection, tenant: str) -> dict[str, int]:
    """Return how many reminders of the vendor's own are known, by invoice."""
    query = select(invoices.c.source_ref, invoices.c.vendor_baseline).where(invoices.c.tenant == tenant, invoices.c.vendor_baseline != "")
    return {row.source_ref: int(row.vendor_baseline) for row in connection.execute(query)}


def get_sweep(connection: Connection, tenant: str) -> SweepState:
    """Return how far the books were read."""
    row = connection.execute(select(sweeps).where(sweeps.c.tenant == tenant)).one_or_none()
    if row is None:
        return SweepState()
    return SweepState(row.watermark, row.full_on, row.bank_postings_until, row.locked_until)


def save_sweep(connection: Connection, tenant: str, state: SweepState) -> None:
    """Store how far the books were read."""
    connection.execute(delete(sweeps).where(sweeps.c.tenant == tenant))
    connection.execute(
        insert(sweeps).values(
            tenant=tenant, watermark=state.watermark, full_on=state.full_on, bank_postings_until=state.bank_postings_until,
            locked_until=state.locked_until,
        )
    )  # fmt: skip


def as_json(invoice: Invoice) -> dict[str, object]:
    """Return the invoice as plain JSON values, for a decision's facts."""
    return json.loads(_INVOICE.dump_json(invoice))  # type: ignore[no-any-return]
