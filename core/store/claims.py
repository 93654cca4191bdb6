"""Claims, their timeline, ledger entries, the agency's money, and the differences the audit found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.claim import AgencyEvent, CloseReason, Component, FeeCharged, Flag, Lifecycle, PaymentReceived, Phase, Settled, Snapshot
from core.errors import ConfigError, InvariantBrokenError
from core.ledger import Entry, LedgerAccount, check_balanced
from core.money import Money
from core.states import CLAIM, ClaimEvent, advance, allows
from core.store.tables import agency_events, agency_payments, claim_events, claim_invoices, claims, differences, entries, settlements

__all__ = [
    "Claim",
    "Difference",
    "Posted",
    "StoredPayment",
    "add_claim",
    "add_payment",
    "add_settlement",
    "agencies_of",
    "change_claim",
    "claims_of_invoice",
    "contradicted_by",
    "end_claim_cover",
    "entries_by_claim",
    "fees_by_claim",
    "find_claim_by_start",
    "find_fee",
    "find_payment",
    "find_payments",
    "find_settlement",
    "get_claim",
    "in_transit",
    "is_posted",
    "list_claims",
    "list_differences",
    "list_entries",
    "list_events",
    "list_posted",
    "list_settlements_by_agency",
    "list_unsettled",
    "mark_reversed",
    "mark_settled",
    "payments_by_claim",
    "post",
    "posted_ids",
    "record_event",
    "replace_differences",
    "settlement_document",
    "step_claim",
]

# Made once: every run asks these again and again, and making a statement takes longer than running it.
_CLAIMS: Final = select(claims).where(claims.c.tenant == bindparam("of")).order_by(claims.c.created_at, claims.c.id)
_PAYMENTS: Final = (
    select(agency_payments)
    .where(agency_payments.c.tenant == bindparam("of"))
    .order_by(agency_payments.c.received_on, agency_payments.c.payment_id)
)
_POSTED: Final = select(entries).where(entries.c.tenant == bindparam("of"), entries.c.what == bindparam("name"), entries.c.minor > 0)

_SNAPSHOT: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)
_PAYMENT: Final[TypeAdapter[PaymentReceived]] = TypeAdapter(PaymentReceived)
_SETTLED: Final[TypeAdapter[Settled]] = TypeAdapter(Settled)
_EVENT: Final[TypeAdapter[AgencyEvent]] = TypeAdapter(AgencyEvent)

_BATCH: Final = 500
"""Ids asked for at once: a database takes only so many parameters."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as stored; `snapshot` is what the agency has or will read."""

    id: str
    tenant: str
    agency: str
    lifecycle: Lifecycle
    phase: Phase | None
    flags: tuple[Flag, ...]
    close_reason: CloseReason | None
    agency_case_ref: str
    version: int
    snapshot: Snapshot
    phase_at: datetime | None
    submitted_at: datetime | None
    closed_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether the claim still covers its invoices."""
        return self.lifecycle not in (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)

    @property
    def was_dropped(self) -> bool:
        """Whether the claim was given up before it left."""
        return self.lifecycle == Lifecycle.WITHDRAWN and self.submitted_at is None


@dataclass(frozen=True, slots=True)
class StoredPayment:
    """A payment as the agency reported it, and what has become of it; "" where nothing has yet."""

    payment: PaymentReceived
    agency: str
    tenant: str
    claim_id: str
    settlement_id: str
    reversed_by: str


@dataclass(frozen=True, slots=True)
class Posted:
    """The debit of a posting about an invoice, with what caused it."""

    posting: str
    claim_id: str
    invoice_ref: str
    cause: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Difference:
    """Where books, ledger and agency disagree, with its size."""

    kind: str
    subject: str
    amount: Money
    text: str
    first_seen_on: date | None = None


def add_claim(connection: Connection, tenant: str, agency: str, debtor_key: str, snapshot: Snapshot, now: datetime) -> None:
    """Store a draft that covers its invoices from now on; an invoice under an active claim is refused by the index."""
    connection.execute(
        insert(claims).values(
            id=snapshot.claim_id, tenant=tenant, agency=agency, debtor_key=debtor_key, currency=snapshot.currency,
            lifecycle=snapshot.lifecycle, version=snapshot.version, snapshot=_SNAPSHOT.dump_json(snapshot).decode(), created_at=now,
        )
    )  # fmt: skip
    try:
        connection.execute(
            insert(claim_invoices),
            [
                {"claim_id": snapshot.claim_id, "invoice_ref": line.invoice_ref, "tenant": tenant, "is_active": True}
                for line in snapshot.lines
            ],
        )
    except IntegrityError:
        raise InvariantBrokenError(f"an invoice of claim {snapshot.claim_id} is in another active claim") from None


def get_claim(connection: Connection, claim_id: str, *, locked: bool = False) -> Claim:
    """Return a claim, an unknown id is a `ConfigError`; `locked` holds its row, so that nobody changes it before the commit."""
    query = select(claims).where(claims.c.id == claim_id)
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise ConfigError(f"claim {claim_id}", "there is no such claim", "See `kravbro claims list`.")
    return _claim(row)


def find_claim_by_start(connection: Connection, tenant: str, text: str) -> Claim:
    """Return the tenant's claim whose id begins with what a person typed."""
    start = claims.c.id.startswith(text, autoescape=True)
    found = connection.execute(select(claims).where(claims.c.tenant == tenant, start)).all() if text else []
    if len(found) != 1:
        wrong = f"there is no such claim of {tenant}" if not found else "this matches more than one claim"
        raise ConfigError(f"claim {text}", wrong, f"See `kravbro claims list --tenant {tenant}`.")
    return _claim(found[0])


def list_claims(connection: Connection, tenant: str) -> list[Claim]:
    """Return every claim of a tenant, oldest first."""
    return [_claim(row) for row in connection.execute(_CLAIMS, {"of": tenant})]


def claims_of_invoice(connection: Connection, tenant: str, invoice_ref: str) -> list[Claim]:
    """Return the claims that cover or covered an invoice, the newest last."""
    query = (
        select(claims)
        .join(claim_invoices, claim_invoices.c.claim_id == claims.c.id)
        .where(claim_invoices.c.tenant == tenant, claim_invoices.c.invoice_ref == invoice_ref)
        .order_by(claims.c.created_at, claims.c.id)
    )
    return [_claim(row) for row in connection.execute(query)]


def agencies_of(connection: Connection, tenant: str) -> list[str]:
    """Return the agencies that have or had claims of a tenant."""
    return sorted(connection.execute(select(claims.c.agency).where(claims.c.tenant == tenant).distinct()).scalars())


def contradicted_by(connection: Connection, claim: Claim) -> str:
    """Return what the agency reported last on a claim it has given back, where that is not its end; "" where it is."""
    if claim.lifecycle not in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
        return ""
    event = agency_events.c
    query = select(event.kind).where(event.agency == claim.agency, event.claim_id == claim.id).order_by(event.serial.desc()).limit(1)
    last = connection.execute(query).scalar() or ""
    return "" if last in ("rejected", "closed") else last


def step_claim(connection: Connection, claim: Claim, event: ClaimEvent, now: datetime, **changes: Any) -> Claim | None:
    """Advance a claim's lifecycle, the only place that does; return None where the event can't happen in its state."""
    if not allows(CLAIM, claim.lifecycle, event):
        return None
    after = advance(CLAIM, claim.lifecycle, event)
    ended = after in (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)
    if event == ClaimEvent.SUBMIT:
        changes["submitted_at"] = now
    if ended:
        changes["closed_at"] = now
    stepped = _save(connection, claim, replace(claim.snapshot, lifecycle=after), lifecycle=after, **changes)
    if ended:
        end_claim_cover(connection, claim.id)
    return stepped


def change_claim(connection: Connection, claim: Claim, snapshot: Snapshot, **changes: Any) -> Claim:
    """Store what changed of a claim without touching its lifecycle."""
    return _save(connection, claim, snapshot, **changes)


def end_claim_cover(connection: Connection, claim_id: str) -> None:
    """Let the claim's invoices go."""
    connection.execute(update(claim_invoices).where(claim_invoices.c.claim_id == claim_id).values(is_active=False))


def record_event(connection: Connection, claim: Claim, event: str, detail: Mapping[str, Any], occurred_at: datetime, now: datetime) -> None:
    """Add a line to the claim's timeline."""
    connection.execute(
        insert(claim_events).values(
            tenant=claim.tenant, claim_id=claim.id, event=event, detail=json.dumps(dict(detail)), occurred_at=occurred_at, recorded_at=now
        )
    )


def list_events(connection: Connection, claim_id: str) -> list[tuple[datetime, str, dict[str, Any]]]:
    """Return the claim's timeline."""
    query = select(claim_events).where(claim_events.c.claim_id == claim_id).order_by(claim_events.c.id)
    return [(row.occurred_at, row.event, json.loads(row.detail)) for row in connection.execute(query)]


def post(connection: Connection, claim: Claim, posting: str, cause: str, lines: Iterable[Entry], now: datetime) -> None:
    """Post a balanced set of entries once: the posting's id is what caused it."""
    rows = list(lines)
    check_balanced(rows)
    if not rows:
        return
    connection.execute(
        insert(entries),
        [
            {
                "posting": posting, "row": number, "tenant": claim.tenant, "claim_id": claim.id, "account": entry.account,
                "component": entry.component, "minor": entry.amount.minor, "currency": entry.amount.currency, "payer": entry.payer,
                "payee": entry.payee, "invoice_ref": entry.invoice_ref, "what": entry.what, "cause": cause,
                "occurred_on": entry.occurred_on, "posted_at": now,
            }
            for number, entry in enumerate(rows)
        ],
    )  # fmt: skip


def list_entries(connection: Connection, *, claim_id: str | None = None, tenant: str | None = None) -> list[Entry]:
    """Return the ledger of a claim or of a tenant."""
    query = select(entries).order_by(entries.c.posted_at, entries.c.posting, entries.c.row)
    query = query.where(entries.c.claim_id == claim_id) if claim_id else query.where(entries.c.tenant == tenant)
    return [_entry(row) for row in connection.execute(query)]


def entries_by_claim(connection: Connection, tenant: str) -> dict[str, list[Entry]]:
    """Return a tenant's whole ledger, by claim."""
    query = select(entries).where(entries.c.tenant == tenant).order_by(entries.c.posted_at, entries.c.posting, entries.c.row)
    found: dict[str, list[Entry]] = {}
    for row in connection.execute(query):
        found.setdefault(row.claim_id, []).append(_entry(row))
    return found


def in_transit(connection: Connection, tenant: str) -> dict[str, Money]:
    """Return the principal that agencies reported and that is in no book yet, by invoice; below nothing where it bounced and still is in one."""
    here = (entries.c.tenant == tenant, entries.c.account == LedgerAccount.IN_TRANSIT, entries.c.component == Component.PRINCIPAL)
    total = func.sum(entries.c.minor)
    query = (
        select(entries.c.invoice_ref, entries.c.currency, total.label("minor"))
        .where(*here)
        .group_by(entries.c.invoice_ref, entries.c.currency)
    )
    return {row.invoice_ref: Money(int(row.minor), row.currency) for row in connection.execute(query.having(total != 0))}


def add_payment(connection: Connection, claim: Claim, payment: PaymentReceived, message_id: str) -> None:
    """Store a payment the agency reports; its id is told once."""
    connection.execute(
        insert(agency_payments).values(
            agency=claim.agency, payment_id=payment.payment_id, tenant=claim.tenant, claim_id=claim.id, message_id=message_id,
            minor=payment.amount.minor, currency=payment.amount.currency, received_on=payment.received_on,
            data=_PAYMENT.dump_json(payment).decode(),
        )
    )  # fmt: skip


def find_payment(connection: Connection, agency: str, payment_id: str) -> StoredPayment | None:
    """Return a payment by the agency's id."""
    return find_payments(connection, agency, [payment_id]).get(payment_id)


def find_payments(connection: Connection, agency: str, payment_ids: Sequence[str]) -> dict[str, StoredPayment]:
    """Return those of an agency's payments that are known, by its ids."""
    found: dict[str, StoredPayment] = {}
    for start in range(0, len(payment_ids), _BATCH):
        batch = payment_ids[start : start + _BATCH]
        query = select(agency_payments).where(agency_payments.c.agency == agency, agency_payments.c.payment_id.in_(batch))
        found |= {row.payment_id: _stored_payment(row) for row in connection.execute(query)}
    return found


def payments_by_claim(connection: Connection, tenant: str) -> dict[str, list[StoredPayment]]:
    """Return every payment at the agency, by claim, in the order of their days."""
    found: dict[str, list[StoredPayment]] = {}
    for row in connection.execute(_PAYMENTS, {"of": tenant}):
        found.setdefault(row.claim_id, []).append(_stored_payment(row))
    return found


def list_unsettled(connection: Connection, tenant: str, until: date) -> list[StoredPayment]:
    """Return what agencies received up to that day, did not take back and have in no settlement, the oldest first."""
    open_ = (agency_payments.c.settlement_id.is_(None), agency_payments.c.reversed_by.is_(None))
    query = select(agency_payments).where(agency_payments.c.tenant == tenant, agency_payments.c.received_on <= until, *open_)
    rows = connection.execute(query.order_by(agency_payments.c.received_on, agency_payments.c.payment_id))
    return [stored for stored in map(_stored_payment, rows) if not stored.payment.reverses]


def fees_by_claim(connection: Connection, tenant: str) -> dict[str, list[FeeCharged]]:
    """Return every fee the agency reported and a run has taken, by claim: what it reported again or otherwise was not taken."""
    found: dict[str, list[FeeCharged]] = {}
    for claim_id, fee in _fees_taken(connection, agency_events.c.tenant == tenant):
        found.setdefault(claim_id, []).append(fee)
    return found


def find_fee(connection: Connection, agency: str, fee_id: str) -> tuple[str, FeeCharged] | None:
    """Return the claim a fee was charged on and the fee, as an agency reported it first."""
    taken = _fees_taken(connection, agency_events.c.agency == agency)
    return next(((claim_id, fee) for claim_id, fee in taken if fee.fee_id == fee_id), None)


def _fees_taken(connection: Connection, whose: ColumnElement[bool]) -> Iterator[tuple[str, FeeCharged]]:
    taken = (whose, agency_events.c.kind == "fee_charged", agency_events.c.outcome == "fee")
    for row in connection.execute(select(agency_events.c.claim_id, agency_events.c.body).where(*taken).order_by(agency_events.c.serial)):
        data = _EVENT.validate_json(row.body).data
        assert isinstance(data, FeeCharged), "the kind says so"
        yield row.claim_id, data


def mark_reversed(connection: Connection, agency: str, payment_id: str, reversed_by: str) -> bool:
    """Note which report takes a payment back; return False where another has."""
    here = (agency_payments.c.agency == agency, agency_payments.c.payment_id == payment_id, agency_payments.c.reversed_by.is_(None))
    return connection.execute(update(agency_payments).where(*here).values(reversed_by=reversed_by)).rowcount == 1


def mark_settled(connection: Connection, agency: str, payment_id: str, settlement_id: str) -> bool:
    """Tie a payment to the settlement that pays it out; return False where it is unknown or settled by another."""
    changed = connection.execute(
        update(agency_payments)
        .where(agency_payments.c.agency == agency, agency_payments.c.payment_id == payment_id, agency_payments.c.settlement_id.is_(None))
        .values(settlement_id=settlement_id)
    )
    return changed.rowcount == 1


def add_settlement(connection: Connection, tenant: str, agency: str, settled: Settled, document_id: str | None) -> None:
    """Store a settlement; its id is told once."""
    connection.execute(
        insert(settlements).values(
            agency=agency, settlement_id=settled.settlement_id, tenant=tenant, data=_SETTLED.dump_json(settled).decode(),
            document_id=document_id, settled_on=settled.settled_on,
        )
    )  # fmt: skip


def find_settlement(connection: Connection, agency: str, settlement_id: str) -> Settled | None:
    """Return a settlement as the agency reported it first."""
    here = (settlements.c.agency == agency, settlements.c.settlement_id == settlement_id)
    data = connection.execute(select(settlements.c.data).where(*here)).scalar_one_or_none()
    return None if data is None else _SETTLED.validate_json(data)


def settlement_document(connection: Connection, agency: str, settlement_id: str) -> str | None:
    """Return the id of the settlement's statement, if the agency sent one."""
    here = (settlements.c.agency == agency, settlements.c.settlement_id == settlement_id)
    return connection.execute(select(settlements.c.document_id).where(*here)).scalar_one_or_none()


def list_settlements_by_agency(connection: Connection, tenant: str) -> list[tuple[str, Settled]]:
    """Return a tenant's settlements with their agency, oldest first."""
    query = select(settlements).where(settlements.c.tenant == tenant).order_by(settlements.c.settled_on, settlements.c.settlement_id)
    return [(row.agency, _SETTLED.validate_json(row.data)) for row in connection.execute(query)]


def is_posted(connection: Connection, posting: str) -> bool:
    """Tell whether something was posted already."""
    return connection.execute(select(entries.c.row).where(entries.c.posting == posting).limit(1)).first() is not None


def posted_ids(connection: Connection, tenant: str) -> frozenset[str]:
    """Return the id of every posting of a tenant."""
    return frozenset(connection.execute(select(entries.c.posting).where(entries.c.tenant == tenant).distinct()).scalars())


def list_posted(connection: Connection, tenant: str, what: str) -> list[Posted]:
    """Return what was posted under this name, each posting by its debits."""
    rows = connection.execute(_POSTED, {"of": tenant, "name": what})
    return [Posted(row.posting, row.claim_id, row.invoice_ref, row.cause, Money(row.minor, row.currency)) for row in rows]


def replace_differences(connection: Connection, tenant: str, found: Iterable[Difference], today: date) -> None:
    """Store what the audit found today: known ones keep their first day, those that are gone are resolved."""
    known = {(row.kind, row.subject): row for row in connection.execute(select(differences).where(differences.c.tenant == tenant))}
    for one in found:
        row = known.pop((one.kind, one.subject), None)
        here = (differences.c.tenant == tenant, differences.c.kind == one.kind, differences.c.subject == one.subject)
        connection.execute(delete(differences).where(*here))
        first = row.first_seen_on if row is not None and row.resolved_on is None else today
        connection.execute(
            insert(differences).values(
                tenant=tenant, kind=one.kind, subject=one.subject, minor=one.amount.minor, currency=one.amount.currency, text=one.text,
                first_seen_on=first, last_seen_on=today,
            )
        )  # fmt: skip
    for kind, subject in (key for key, row in known.items() if row.resolved_on is None):
        connection.execute(
            update(differences)
            .where(differences.c.tenant == tenant, differences.c.kind == kind, differences.c.subject == subject)
            .values(resolved_on=today)
        )


def list_differences(connection: Connection, tenant: str) -> list[Difference]:
    """Return the differences that stand, the oldest first."""
    query = (
        select(differences)
        .where(differences.c.tenant == tenant, differences.c.resolved_on.is_(None))
        .order_by(differences.c.first_seen_on, differences.c.kind, differences.c.subject)
    )
    return [
        Difference(row.kind, row.subject, Money(row.minor, row.currency), row.text, row.first_seen_on) for row in connection.execute(query)
    ]


def _save(connection: Connection, claim: Claim, snapshot: Snapshot, **changes: Any) -> Claim:
    version = claim.version + 1
    snapshot = replace(snapshot, version=version)
    saved = connection.execute(
        update(claims)
        .where(claims.c.id == claim.id, claims.c.version == claim.version)
        .values(version=version, snapshot=_SNAPSHOT.dump_json(snapshot).decode(), **changes)
        .returning(claims)
    ).one_or_none()
    if saved is None:
        raise InvariantBrokenError(f"claim {claim.id} was changed by somebody else")
    return _claim(saved)


def _stored_payment(row: Row[Any]) -> StoredPayment:
    return StoredPayment(
        _PAYMENT.validate_json(row.data), row.agency, row.tenant, row.claim_id, row.settlement_id or "", row.reversed_by or ""
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        LedgerAccount(row.account), Component(row.component), Money(row.minor, row.currency), row.occurred_on, row.what,
        row.invoice_ref, row.payer, row.payee,
    )  # fmt: skip


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        id=row.id, tenant=row.tenant, agency=row.agency, lifecycle=Lifecycle(row.lifecycle), phase=Phase(row.phase) if row.phase else None,
        flags=tuple(Flag(flag) for flag in json.loads(row.flags)), close_reason=CloseReason(row.close_reason) if row.close_reason else None,
        agency_case_ref=row.agency_case_ref, version=row.version, snapshot=_SNAPSHOT.validate_json(row.snapshot), phase_at=row.phase_at,
        submitted_at=row.submitted_at, closed_at=row.closed_at,
    )  # fmt: skip
