"""What was read from the books: snapshots of invoices and debtors, quarantined rows, and how far a sweep came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from core.model import Debtor, Invoice, InvoiceKind, Problem
from core.money import Money
from core.store.tables import debtors, invoices, quarantine, sweeps
from core.vault import OwnerVault

__all__ = [
    "Position",
    "SweepState",
    "accept_reminders",
    "as_json",
    "changed_invoices",
    "find_debtor",
    "find_invoice",
    "find_invoices",
    "find_ref",
    "get_sweep",
    "has_debtor",
    "list_baselines",
    "list_closed_since",
    "list_debtors",
    "list_invoices",
    "list_positions",
    "list_quarantined",
    "number_of",
    "open_refs",
    "quarantine_row",
    "release_row",
    "save_debtor",
    "save_invoices",
    "save_sweep",
    "vendor_baseline",
]

_INVOICE: Final[TypeAdapter[Invoice]] = TypeAdapter(Invoice)
_DEBTOR: Final[TypeAdapter[Debtor]] = TypeAdapter(Debtor)

# Made once: every run asks these again and again, and making a statement takes longer than running it.
_QUARANTINED: Final = (
    select(quarantine.c.source, quarantine.c.raw_ref, quarantine.c.message)
    .where(quarantine.c.tenant == bindparam("of"), quarantine.c.resolved_at.is_(None))
    .order_by(quarantine.c.source, quarantine.c.raw_ref)
)
_SWEEP: Final = select(sweeps).where(sweeps.c.tenant == bindparam("of"))

_LIST_FIELDS: Final = (
    "number", "kind", "debtor_ref", "total", "open", "issued_on", "due_on", "payment_reference", "final_paid_on", "external_ref",
)  # fmt: skip
"""What a list row shows; while it is unchanged, details that were read stay valid."""

ARGUMENTS: Final = 500
"""How many ids are asked for in one statement."""


@dataclass(frozen=True, slots=True)
class SweepState:
    """How far the books were read."""

    watermark: datetime | None = None
    full_on: date | None = None
    bank_postings_until: date | None = None
    locked_until: date | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where one invoice or credit stands, for questions about many: `open` is negative for a credit, and where more was paid than owed."""

    source_ref: str
    debtor_ref: str
    kind: InvoiceKind
    open: Money
    due_on: date
    paid_on: date | None


def changed_invoices(connection: Connection, tenant: str, seen: Sequence[Invoice]) -> list[Invoice]:
    """Return those that differ from what is stored, as they are to be stored.

    A list row does not forget details that were read before, as long as what the list shows is unchanged.
    """
    query = select(invoices.c.source_ref, invoices.c.hash, invoices.c.detailed, invoices.c.data)
    stored = {row.source_ref: row for row in _of_invoices(connection, query, tenant, [invoice.source_ref for invoice in seen])}
    changed = []
    for invoice in seen:
        row = stored.get(invoice.source_ref)
        if row is not None and row.detailed and not invoice.detailed:
            known = _INVOICE.validate_json(row.data)
            if all(getattr(known, name) == getattr(invoice, name) for name in _LIST_FIELDS):
                continue
        if row is None or row.hash != _digest(_INVOICE.dump_json(invoice)):
            changed.append(invoice)
    return changed


def save_invoices(connection: Connection, tenant: str, changed: Iterable[Invoice], now: datetime) -> None:
    """Store invoices in place of what was known of them."""
    rows = [_invoice_row(tenant, invoice, now) for invoice in changed]
    if not rows:
        return
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    fresh = insert(invoices)
    replaced = {name: fresh.excluded[name] for name in rows[0] if name not in ("tenant", "source_ref")}
    connection.execute(fresh.on_conflict_do_update(index_elements=["tenant", "source_ref"], set_=replaced), rows)


def _invoice_row(tenant: str, invoice: Invoice, now: datetime) -> dict[str, object]:
    data = _INVOICE.dump_json(invoice)
    paid = invoice.open.minor <= 0 and invoice.kind == InvoiceKind.INVOICE and not invoice.leave_alone
    return {
        "tenant": tenant, "source_ref": invoice.source_ref, "hash": _digest(data), "data": data.decode(), "is_open": invoice.open.minor > 0,
        "detailed": invoice.detailed, "debtor_ref": invoice.debtor_ref, "kind": invoice.kind, "currency": invoice.currency,
        "open_minor": 0 if "cancelled" in invoice.leave_alone else invoice.open.minor, "due_on": invoice.due_on,
        "paid_on": invoice.final_paid_on if paid else None, "seen_at": now, "changed_at": now,
    }  # fmt: skip


def list_positions(
    connection: Connection, tenant: str, *, debtor_refs: Collection[str] | None = None, paid_too: bool = False
) -> list[Position]:
    """Return the invoices and credits with something open, of all debtors or of these, and with `paid_too` the paid invoices."""
    wanted = invoices.c.open_minor != 0
    if paid_too:
        wanted |= invoices.c.paid_on.is_not(None)
    columns = (invoices.c.source_ref, invoices.c.debtor_ref, invoices.c.kind, invoices.c.currency, invoices.c.open_minor,
               invoices.c.due_on, invoices.c.paid_on)  # fmt: skip
    query = select(*columns).where(invoices.c.tenant == tenant, wanted)
    if debtor_refs is not None:
        query = query.where(invoices.c.debtor_ref.in_(debtor_refs))
    return [
        Position(row.source_ref, row.debtor_ref, InvoiceKind(row.kind), Money(row.open_minor, row.currency), row.due_on, row.paid_on)
        for row in connection.execute(query)
    ]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _of_invoices(connection: Connection, query: Select[Any], tenant: str, refs: Collection[str]) -> Iterator[Row[Any]]:
    """Select rows of these invoices alone, in pieces that every database takes as arguments."""
    wanted = sorted(refs)
    for start in range(0, len(wanted), ARGUMENTS):
        piece = wanted[start : start + ARGUMENTS]
        yield from connection.execute(query.where(invoices.c.tenant == tenant, invoices.c.source_ref.in_(piece)))


def open_refs(connection: Connection, tenant: str) -> set[str]:
    """Return the ids of the invoices we hold as open."""
    return set(connection.execute(select(invoices.c.source_ref).where(invoices.c.tenant == tenant, invoices.c.is_open)).scalars())


def find_invoices(connection: Connection, tenant: str, refs: Collection[str]) -> dict[str, Invoice]:
    """Return the snapshots of these invoices, by id."""
    query = select(invoices.c.source_ref, invoices.c.data)
    return {row.source_ref: _INVOICE.validate_json(row.data) for row in _of_invoices(connection, query, tenant, refs)}


def find_invoice(connection: Connection, tenant: str, source_ref: str) -> Invoice | None:
    """Return the snapshot of an invoice."""
    data = connection.execute(
        select(invoices.c.data).where(invoices.c.tenant == tenant, invoices.c.source_ref == source_ref)
    ).scalar_one_or_none()
    return None if data is None else _INVOICE.validate_json(data)


def number_of(connection: Connection, tenant: str, source_ref: str) -> str:
    """Return the number by which people know an invoice, its id where it was never read."""
    invoice = find_invoice(connection, tenant, source_ref)
    return invoice.number if invoice else source_ref


def find_ref(connection: Connection, tenant: str, text: str) -> str:
    """Return the invoice that its id names, or a number that is no other's; "" where neither does."""
    if find_invoice(connection, tenant, text):
        return text
    numbered = [one.source_ref for one in list_invoices(connection, tenant, open_only=False) if one.number == text]
    return numbered[0] if len(numbered) == 1 else ""


def list_invoices(connection: Connection, tenant: str, *, open_only: bool) -> list[Invoice]:
    """Return snapshots, the longest overdue first."""
    query = select(invoices.c.data).where(invoices.c.tenant == tenant)
    if open_only:
        query = query.where(invoices.c.is_open)
    found = [_INVOICE.validate_json(data) for data in connection.execute(query).scalars()]
    return sorted(found, key=lambda invoice: (invoice.due_on, len(invoice.source_ref), invoice.source_ref))


def list_closed_since(connection: Connection, tenant: str, since: datetime, among: Select[tuple[str]]) -> list[Invoice]:
    """Return the invoices with nothing open that were seen to change since a moment, of those whose ids are selected."""
    here = (invoices.c.tenant == tenant, ~invoices.c.is_open, invoices.c.changed_at >= since)
    query = select(invoices.c.data).where(*here, invoices.c.source_ref.in_(among))
    return [_INVOICE.validate_json(data) for data in connection.execute(query.order_by(invoices.c.source_ref)).scalars()]


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


def has_debtor(connection: Connection, tenant: str, source_ref: str) -> bool:
    """Tell whether a debtor, or an invoice of it, was ever read."""
    owes = select(invoices.c.source_ref).where(invoices.c.tenant == tenant, invoices.c.debtor_ref == source_ref)
    read = select(debtors.c.source_ref).where(debtors.c.tenant == tenant, debtors.c.source_ref == source_ref)
    return any(connection.execute(query.limit(1)).first() for query in (owes, read))


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
    return [(row.source, row.raw_ref, row.message) for row in connection.execute(_QUARANTINED, {"of": tenant})]


def list_debtors(connection: Connection, tenant: str, only: Collection[str] | None = None) -> dict[str, Debtor]:
    """Return the debtors that were read, all or only these, by the vendor's id."""
    query = select(debtors.c.source_ref, debtors.c.data).where(debtors.c.tenant == tenant)
    if only is not None:
        query = query.where(debtors.c.source_ref.in_(only))
    return {row.source_ref: _DEBTOR.validate_json(row.data) for row in connection.execute(query)}


def list_baselines(connection: Connection, tenant: str, only: Collection[str] | None = None) -> dict[str, int]:
    """Return how many reminders of the vendor's own are known, by invoice, for all or only for these."""
    query = select(invoices.c.source_ref, invoices.c.vendor_baseline).where(invoices.c.tenant == tenant, invoices.c.vendor_baseline != "")
    if only is not None:
        query = query.where(invoices.c.source_ref.in_(only))
    return {row.source_ref: int(row.vendor_baseline) for row in connection.execute(query)}


def get_sweep(connection: Connection, tenant: str) -> SweepState:
    """Return how far the books were read."""
    row = connection.execute(_SWEEP, {"of": tenant}).one_or_none()
    if row is None:
        return SweepState()
    return SweepState(row.watermark, row.full_on, row.bank_postings_until, row.locked_until)


def first_open_day(connection: Connection, tenant: str, on: date) -> date:
    """Return the day itself, or the first day after the locked period."""
    locked = get_sweep(connection, tenant).locked_until
    return on if locked is None or on > locked else locked + timedelta(days=1)


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
