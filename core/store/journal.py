"""The journal: nothing leaves the program except through an intent that was committed before its first byte.

    planned   → sending | cancelled
    sending   → confirmed | refused | uncertain | planned
    uncertain → confirmed | refused | sending | cancelled

Every change is a compare-and-set on state and version that also carries the run's epoch, so that a process that lost its
lease can't record anything. Outcomes are recorded in the caller's transaction, together with what they cause.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from core.errors import InvariantBrokenError
from core.ids import intent_id
from core.money import Money
from core.states import INTENT, OPEN_INTENT, IntentEvent, IntentState, advance
from core.store import leases
from core.store.tables import intent_subjects, intents
from core.vault import OwnerVault
from core.writes import WRITES, Prepared, Receipt, Write

__all__ = ["Intent", "Journal", "Latest", "OwnPayment", "Plan", "was_booked"]

_BOOKINGS: Final = ("book_payment", "bookkeep_payment", "book_voucher")

_PREPARED: Final[TypeAdapter[Prepared]] = TypeAdapter(Prepared)

# Made once: every run asks these again and again, and making a statement takes longer than running it.
_LATEST_BY_SUBJECT: Final = (
    select(intent_subjects.c.subject, intents.c.id, intents.c.state, intents.c.note, intents.c.context)
    .join(intents, intents.c.id == intent_subjects.c.intent_id)
    .where(intent_subjects.c.tenant == bindparam("of"), intent_subjects.c.kind == bindparam("this"))
    .order_by(intents.c.ordinal)
)
_DUE: Final = (
    select(intents.c.id)
    .where(
        intents.c.tenant == bindparam("of"),
        intents.c.state == IntentState.PLANNED,
        intents.c.kind.in_(bindparam("kinds", expanding=True)),
        or_(intents.c.not_before.is_(None), intents.c.not_before <= bindparam("now", type_=intents.c.not_before.type)),
        intents.c.channel.not_in(bindparam("resting", expanding=True)),
    )
    .order_by(intents.c.planned_at, intents.c.id)
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall leave, and about what.

    Attributes:
        subjects: what it is about, in the books' or the agency's own words (`invoice:17`, `payment:nord:P1`).
        channel: which way out it takes: "books", "mail" or an agency's ("agency:nord").
        cause: what made it (a decision, a report), for the timeline.
        context: facts the decision was made from, kept for explaining.
        again_because: the reason for doing the same once more after it was confirmed.
    """

    write: Write
    subjects: tuple[str, ...]
    channel: str
    cause: str
    claim_id: str | None = None
    invoice_ref: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    again_because: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One row of the journal, with its write opened."""

    id: str
    kind: str
    channel: str
    state: IntentState
    version: int
    ordinal: int
    subjects: tuple[str, ...]
    write: Write
    prepared: Prepared | None
    claim_id: str | None
    invoice_ref: str | None
    cause: str
    context: dict[str, Any]
    planned_on: date
    planned_at: datetime
    not_before: datetime | None
    first_sent_at: datetime | None
    sent_at: datetime | None
    sent_on: date | None
    deadline: datetime | None
    attempts: int
    remote_ref: str | None
    receipt: dict[str, Any]
    note: str


@dataclass(frozen=True, slots=True)
class Latest:
    """How an intent stands."""

    id: str
    state: IntentState
    note: str
    context: dict[str, Any]

    def refused_for(self, *codes: str) -> bool:
        """Tell whether it was refused with one of these codes."""
        return self.state == IntentState.REFUSED and self.note.partition(":")[0] in codes


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """A payment that we entered in the books: its number there, what it is about, and whether we booked it too."""

    ref: str
    claim_id: str
    subject: str
    amount: Money
    booked: bool


class Journal:
    """The intents of one tenant, as one run may change them."""

    def __init__(self, tenant: str, vault: OwnerVault, epoch: int) -> None:
        self.tenant, self._vault, self._epoch = tenant, vault, epoch

    def plan(self, connection: Connection, plan: Plan, now: datetime, today: date) -> str | None:
        """Insert an intent; return its id, or None where one is already open for a subject.

        Raises:
            InvariantBrokenError: a subject has a confirmed one already and no reason was given to do it again.
        """
        self._fence(connection)
        rows = self._rows_of(connection, plan.write.kind, plan.subjects)
        if any(row.is_open for row in rows):
            return None
        if any(row.state == IntentState.CONFIRMED for row in rows) and not plan.again_because:
            raise InvariantBrokenError(f"{plan.write.kind} for {', '.join(plan.subjects)} was done already and no reason was given")
        ordinal = 1 + max((row.ordinal for row in rows), default=0)
        key = intent_id(self.tenant, plan.write.kind, plan.subjects, ordinal)
        context = dict(plan.context) | ({"again_because": plan.again_because} if plan.again_because else {})
        connection.execute(
            insert(intents).values(
                id=key, tenant=self.tenant, kind=plan.write.kind, channel=plan.channel, ordinal=ordinal, state=IntentState.PLANNED,
                version=1, epoch=self._epoch, claim_id=plan.claim_id, invoice_ref=plan.invoice_ref, cause=plan.cause,
                write=self._vault.seal(f"write {key}", WRITES.dump_json(plan.write)), context=json.dumps(context),
                planned_at=now, planned_on=today, not_before=plan.not_before,
            )
        )  # fmt: skip
        connection.execute(
            insert(intent_subjects),
            [
                {"intent_id": key, "subject": subject, "tenant": self.tenant, "kind": plan.write.kind, "ordinal": ordinal, "is_open": True}
                for subject in plan.subjects
            ],
        )
        return key

    def get(self, connection: Connection, key: str) -> Intent:
        """Return one intent."""
        return self._intent(connection, connection.execute(select(intents).where(intents.c.id == key)).one())

    def find(self, connection: Connection, key: str) -> Intent | None:
        """Return one intent of this tenant, or None where there is none of that id."""
        row = connection.execute(select(intents).where(intents.c.id == key, intents.c.tenant == self.tenant)).one_or_none()
        return None if row is None else self._intent(connection, row)

    def latest(self, connection: Connection, kind: str, subject: str) -> Intent | None:
        """Return the newest intent of this kind for a subject, if there ever was one."""
        query = (
            select(intents)
            .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
            .where(intent_subjects.c.tenant == self.tenant, intent_subjects.c.kind == kind, intent_subjects.c.subject == subject)
            .order_by(intents.c.ordinal.desc())
            .limit(1)
        )
        row = connection.execute(query).one_or_none()
        return None if row is None else self._intent(connection, row)

    def latest_by_subject(self, connection: Connection, kind: str) -> dict[str, Latest]:
        """Return how the newest intent of this kind stands for every subject, without opening what was written."""
        rows = connection.execute(_LATEST_BY_SUBJECT, {"of": self.tenant, "this": kind})
        return {row.subject: Latest(row.id, IntentState(row.state), row.note, json.loads(row.context)) for row in rows}

    def list_standing(self, connection: Connection, kind: str) -> list[Latest]:
        """Return how every intent of this kind stands, the oldest first, without opening what was written."""
        query = select(intents.c.id, intents.c.state, intents.c.note, intents.c.context).where(
            intents.c.tenant == self.tenant, intents.c.kind == kind
        )
        rows = connection.execute(query.order_by(intents.c.planned_at, intents.c.ordinal, intents.c.id))
        return [Latest(row.id, IntentState(row.state), row.note, json.loads(row.context)) for row in rows]

    def list_in(self, connection: Connection, *states: IntentState) -> list[Intent]:
        """Return the intents in these states, oldest first; each is opened, so this is for the few that need somebody's care."""
        return [self.get(connection, key) for key in self.keys_in(connection, *states)]

    def keys_in(self, connection: Connection, *states: IntentState) -> list[str]:
        """Return the ids of the intents in these states, oldest first."""
        query = select(intents.c.id).where(intents.c.tenant == self.tenant, intents.c.state.in_(states))
        return list(connection.execute(query.order_by(intents.c.planned_at, intents.c.id)).scalars())

    def due_keys(self, connection: Connection, kinds: Collection[str], now: datetime, resting: Collection[str] = ()) -> list[str]:
        """Return the ids of the planned intents of these kinds that may go now by a way out that does not rest, oldest first."""
        asked = {"of": self.tenant, "kinds": list(kinds), "now": now, "resting": list(resting)}
        return list(connection.execute(_DUE, asked).scalars())

    def planned_keys(self, connection: Connection, channel: str) -> list[str]:
        """Return the ids of the intents that wait for one way out, oldest first."""
        query = select(intents.c.id).where(
            intents.c.tenant == self.tenant, intents.c.state == IntentState.PLANNED, intents.c.channel == channel
        )
        return list(connection.execute(query.order_by(intents.c.planned_at, intents.c.id)).scalars())

    def is_planned(self, connection: Connection, kind: str) -> bool:
        """Tell whether any write of this kind waits to be sent."""
        query = select(intents.c.id).where(intents.c.tenant == self.tenant, intents.c.state == IntentState.PLANNED, intents.c.kind == kind)
        return connection.execute(query.limit(1)).first() is not None

    def is_confirmed(self, connection: Connection, kind: str, subject: str) -> bool:
        """Tell whether a write of this kind was ever done for a subject."""
        return any(row.state == IntentState.CONFIRMED for row in self._rows_of(connection, kind, (subject,)))

    def is_open(self, connection: Connection, kind: str, *subjects: str) -> bool:
        """Tell whether a write of this kind for one of the subjects is planned, under way or of unknown outcome."""
        return any(row.is_open for row in self._rows_of(connection, kind, subjects))

    def digests_open(self, connection: Connection) -> set[str]:
        """Return the approvals that open intents rest on."""
        query = select(intents.c.context).where(intents.c.tenant == self.tenant, intents.c.state.in_(OPEN_INTENT))
        return {digest for context in connection.execute(query).scalars() for digest in json.loads(context).get("digests", ())}

    def taken_refs(self, connection: Connection, kind: str, except_id: str) -> frozenset[str]:
        """Return the remote ids that other intents of this kind hold."""
        query = select(intents.c.remote_ref).where(
            intents.c.tenant == self.tenant, intents.c.kind == kind, intents.c.remote_ref.is_not(None), intents.c.id != except_id
        )
        return frozenset(str(ref) for ref in connection.execute(query).scalars())

    def own_payments(self, connection: Connection, invoice_ref: str) -> list[OwnPayment]:
        """Return the payments we entered on an invoice, whatever became of them since."""
        done = (intents.c.tenant == self.tenant, intents.c.invoice_ref == invoice_ref, intents.c.state == IntentState.CONFIRMED)
        query = (
            select(intents.c.kind, intents.c.remote_ref, intents.c.claim_id, intents.c.context, intent_subjects.c.subject)
            .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
            .where(*done, intents.c.kind.in_(["book_payment", "bookkeep_payment"]), intents.c.remote_ref.is_not(None))
        )
        rows = connection.execute(query).all()
        booked = {row.remote_ref for row in rows if row.kind == "bookkeep_payment"}
        return [
            OwnPayment(row.remote_ref, row.claim_id, row.subject, _amount(json.loads(row.context)), row.remote_ref in booked)
            for row in rows
            if row.kind == "book_payment"
        ]

    def claims_with_open(self, connection: Connection, kind: str) -> frozenset[str]:
        """Return the claims about which a write of this kind is planned, under way or of unknown outcome."""
        query = select(intents.c.claim_id).where(
            intents.c.tenant == self.tenant, intents.c.kind == kind, intents.c.state.in_(OPEN_INTENT), intents.c.claim_id.is_not(None)
        )
        return frozenset(connection.execute(query).scalars())

    def start_sending(
        self, connection: Connection, intent: Intent, prepared: Prepared, *, now: datetime, today: date, deadline: datetime
    ) -> Intent:
        """Move to `sending` with the bytes that will go; the first byte may follow once this is committed."""
        event = IntentEvent.SEND if intent.state == IntentState.PLANNED else IntentEvent.SEND_AGAIN
        first = intent.first_sent_at or now
        self._change(
            connection, intent, event,
            prepared=self._vault.seal(f"prepared {intent.id}", _PREPARED.dump_json(prepared)),
            first_sent_at=first, sent_at=now, sent_on=today, deadline=deadline, attempts=intent.attempts + 1, epoch=self._epoch,
        )  # fmt: skip
        return replace(
            intent, state=IntentState.SENDING, version=intent.version + 1, prepared=prepared, first_sent_at=first, sent_at=now,
            sent_on=today, deadline=deadline, attempts=intent.attempts + 1,
        )  # fmt: skip

    def confirm(self, connection: Connection, intent: Intent, receipt: Receipt, now: datetime) -> None:
        """Record that it landed, with the remote's id."""
        self._close(connection, intent, IntentEvent.CONFIRM, now, remote_ref=receipt.remote_ref or None, receipt=json.dumps(receipt.data))

    def refuse(self, connection: Connection, intent: Intent, note: str, now: datetime) -> None:
        """Record that the remote refused it."""
        self._close(connection, intent, IntentEvent.REFUSE, now, note=note)

    def cancel(self, connection: Connection, intent: Intent, note: str, now: datetime) -> None:
        """Record that it will not be sent, because the facts changed."""
        self._close(connection, intent, IntentEvent.CANCEL, now, note=note)

    def lose(self, connection: Connection, intent: Intent, note: str) -> None:
        """Record that nobody knows whether it landed."""
        self._change(connection, intent, IntentEvent.LOSE, note=note)

    def postpone(self, connection: Connection, intent: Intent, note: str, not_before: datetime | None) -> None:
        """Record that it surely was not applied, and goes later."""
        self._change(connection, intent, IntentEvent.POSTPONE, note=note, not_before=not_before)

    def note(self, connection: Connection, intent: Intent, note: str, not_before: datetime | None = None) -> None:
        """Say more about an intent whose state stays, and when it may go at the earliest."""
        self._fence(connection)
        connection.execute(update(intents).where(intents.c.id == intent.id).values(note=note, not_before=not_before))

    def _close(self, connection: Connection, intent: Intent, event: IntentEvent, now: datetime, **values: Any) -> None:
        self._change(connection, intent, event, closed_at=now, **values)
        connection.execute(update(intent_subjects).where(intent_subjects.c.intent_id == intent.id).values(is_open=False))

    def _change(self, connection: Connection, intent: Intent, event: IntentEvent, **values: Any) -> None:
        self._fence(connection)
        after = advance(INTENT, intent.state, event)
        changed = connection.execute(
            update(intents)
            .where(intents.c.id == intent.id, intents.c.state == intent.state, intents.c.version == intent.version)
            .values(state=after, version=intent.version + 1, **values)
        )
        if changed.rowcount != 1:
            raise InvariantBrokenError(f"intent {intent.id} was changed by somebody else")

    def _fence(self, connection: Connection) -> None:
        leases.check(connection, self.tenant, self._epoch)

    def _rows_of(self, connection: Connection, kind: str, subjects: Sequence[str]) -> list[Row[Any]]:
        query = (
            select(intent_subjects.c.subject, intent_subjects.c.ordinal, intent_subjects.c.is_open, intents.c.state)
            .join(intents, intents.c.id == intent_subjects.c.intent_id)
            .where(intent_subjects.c.tenant == self.tenant, intent_subjects.c.kind == kind, intent_subjects.c.subject.in_(subjects))
        )
        return list(connection.execute(query))

    def _intent(self, connection: Connection, row: Row[Any]) -> Intent:
        subjects = connection.execute(
            select(intent_subjects.c.subject).where(intent_subjects.c.intent_id == row.id).order_by(intent_subjects.c.subject)
        ).scalars()
        prepared = None if row.prepared is None else _PREPARED.validate_json(self._vault.open(f"prepared {row.id}", row.prepared))
        return Intent(
            id=row.id, kind=row.kind, channel=row.channel, state=IntentState(row.state), version=row.version, ordinal=row.ordinal,
            subjects=tuple(subjects), write=WRITES.validate_json(self._vault.open(f"write {row.id}", row.write)), prepared=prepared,
            claim_id=row.claim_id, invoice_ref=row.invoice_ref, cause=row.cause, context=json.loads(row.context),
            planned_on=row.planned_on, planned_at=row.planned_at, not_before=row.not_before, first_sent_at=row.first_sent_at,
            sent_at=row.sent_at, sent_on=row.sent_on, deadline=row.deadline, attempts=row.attempts, remote_ref=row.remote_ref,
            receipt=json.loads(row.receipt), note=row.note,
        )  # fmt: skip


def _amount(context: Mapping[str, Any]) -> Money:
    return Money.parse(context["amount"], context["currency"])


def was_booked(connection: Connection, tenant: str) -> bool:
    """Tell whether anything was booked in the tenant's books, or is about to be, be it by the accounting system's own reminder."""
    by_vendor = intents.c.context.contains('"fee_booked": true')
    query = select(intents.c.id).where(
        intents.c.tenant == tenant,
        or_(intents.c.kind.in_(_BOOKINGS), by_vendor),
        intents.c.state.in_([*OPEN_INTENT, IntentState.CONFIRMED]),
    )
    return connection.execute(query.limit(1)).first() is not None


assert {IntentState.PLANNED, IntentState.SENDING, IntentState.UNCERTAIN} == OPEN_INTENT, "the partial index knows these as open"
