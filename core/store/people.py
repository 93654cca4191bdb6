"""What people say: holds, approvals and tasks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from core.errors import ConfigError
from core.ids import stable_id
from core.money import Money
from core.policy.facts import Hold, HoldKind, Instalment
from core.store.database import insert_once
from core.store.tables import approvals, debtors, holds, payment_origins, tasks

__all__ = [
    "Origin",
    "PartDispute",
    "Promise",
    "Refusal",
    "SetQuestion",
    "Stop",
    "Task",
    "add_hold",
    "add_task",
    "approve",
    "approved_digests",
    "ask",
    "customer_numbers",
    "had_task",
    "is_held",
    "list_approvals",
    "list_holds",
    "list_origins",
    "list_part_disputes",
    "list_promises",
    "list_refusals",
    "list_set_questions",
    "list_stops",
    "list_tasks",
    "note_credited",
    "note_documents",
    "release_holds",
    "resolve_about",
    "resolve_task",
    "say_origin",
    "take_back",
    "withdraw_questions",
]


Origin = Literal["agency", "debtor"]
"""Who paid money that stands on our own account in the books."""

# Made once: every run asks these again and again, and making a statement takes longer than running it.
_OPEN_TASKS: Final = (
    select(tasks).where(tasks.c.tenant == bindparam("of"), tasks.c.resolved_at.is_(None)).order_by(tasks.c.created_at, tasks.c.id)
)
_STANDING_HOLDS: Final = (
    select(holds).where(holds.c.tenant == bindparam("of"), holds.c.released_at.is_(None)).order_by(holds.c.created_at, holds.c.id)
)


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person must do or decide."""

    id: str
    kind: str
    subject: str
    text: str
    params: dict[str, Any]
    created_at: datetime

    def is_about(self, invoice_ref: str) -> bool:
        """Tell whether something about this invoice waits for it."""
        return invoice_ref in (self.params.get("invoice"), *self.params.get("invoices", ()))


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise or plan, on what, and when a person ended it."""

    hold: Hold
    ref: str
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question about many invoices at once: what is asked for on each."""

    digest: str
    summary: str
    covers: dict[str, str]
    approved: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A person's no to a question."""

    digest: str
    said_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A hold as it was said and ended, for telling."""

    kind: str
    reason: str
    until: date | None
    said_at: datetime
    released_at: datetime | None
    release_reason: str


@dataclass(frozen=True, slots=True)
class PartDispute:
    """A part dispute as it was said, and what credits have ended of it.

    Attributes:
        credited_before: what was credited on the invoice when a run first saw the dispute; None until one has.
    """

    id: str
    amount: Money
    from_on: date
    credited_before: Money | None
    ended: Money


def add_hold(connection: Connection, tenant: str, hold: Hold, ref: str, now: datetime) -> None:
    """Store a hold on an invoice or a debtor; the same hold twice is one. A plan takes the place of the plans before it."""
    if hold.kind == HoldKind.PLAN:
        older = (
            holds.c.tenant == tenant,
            holds.c.scope == hold.scope,
            holds.c.ref == ref,
            holds.c.kind == hold.kind,
            holds.c.id != hold.id,
        )
        ended = {"released_at": now, "release_reason": "another plan took its place"}
        connection.execute(update(holds).where(*older, holds.c.released_at.is_(None)).values(**ended))
    insert_once(
        connection, holds, id=hold.id, tenant=tenant, scope=hold.scope, ref=ref, kind=hold.kind, reason=hold.reason,
        amount_minor=hold.amount.minor if hold.amount else None, detail=json.dumps(_detail(hold)), from_on=hold.from_on, until=hold.until, created_at=now,
    )  # fmt: skip


def is_held(connection: Connection, tenant: str, invoice_ref: str) -> bool:
    """Tell whether a person holds an invoice until it is released; a hold that ends by its own day is not counted on."""
    here = (holds.c.tenant == tenant, holds.c.scope == "invoice", holds.c.ref == invoice_ref, holds.c.kind == HoldKind.HOLD)
    stands = (holds.c.released_at.is_(None), holds.c.until.is_(None))
    return connection.execute(select(holds.c.id).where(*here, *stands)).first() is not None


def release_holds(
    connection: Connection, tenant: str, scope: str, ref: str, kinds: tuple[HoldKind, ...], reason: str, now: datetime
) -> int:
    """End the holds of these kinds; return how many there were."""
    released = connection.execute(
        update(holds)
        .where(holds.c.tenant == tenant, holds.c.scope == scope, holds.c.ref == ref, holds.c.kind.in_(kinds), holds.c.released_at.is_(None))
        .values(released_at=now, release_reason=reason)
    )
    return released.rowcount


def list_holds(connection: Connection, tenant: str, currency: str) -> dict[tuple[str, str], list[Hold]]:
    """Return the holds nobody has released, by (scope, ref); which are in force on a day is `core.policy.standing`'s to say.

    A hold on a debtor stands at each of its customer numbers; of a part dispute what credits have ended is gone.
    """
    found: dict[tuple[str, str], list[Hold]] = {}
    for row in connection.execute(_STANDING_HOLDS, {"of": tenant}):
        if row.ended_minor and row.amount_minor == row.ended_minor:
            continue
        hold = _hold(row, currency)
        for ref in customer_numbers(connection, tenant, row.ref) if row.scope == "debtor" else [row.ref]:
            found.setdefault((row.scope, ref), []).append(hold)
    return found


def list_part_disputes(connection: Connection, tenant: str, currency: str) -> dict[str, list[PartDispute]]:
    """Return the part disputes nobody has released, by invoice, the oldest first."""
    here = (holds.c.tenant == tenant, holds.c.scope == "invoice", holds.c.kind == HoldKind.DISPUTE)
    query = select(holds).where(*here, holds.c.amount_minor.is_not(None), holds.c.released_at.is_(None))
    found: dict[str, list[PartDispute]] = {}
    for row in connection.execute(query.order_by(holds.c.created_at, holds.c.id)):
        before = None if row.credited_before_minor is None else Money(row.credited_before_minor, currency)
        part = PartDispute(row.id, Money(row.amount_minor, currency), row.from_on, before, Money(row.ended_minor, currency))
        found.setdefault(row.ref, []).append(part)
    return found


def note_credited(connection: Connection, hold_id: str, before: Money, ended: Money) -> None:
    """Store what was credited before a part dispute was first seen, and what credits have ended of it since."""
    connection.execute(update(holds).where(holds.c.id == hold_id).values(credited_before_minor=before.minor, ended_minor=ended.minor))


def _hold(row: Row[Any], currency: str) -> Hold:
    amount = None if row.amount_minor is None else Money(row.amount_minor - row.ended_minor, currency)
    detail = json.loads(row.detail)
    instalments = tuple(Instalment(date.fromisoformat(due_on), Money(minor, currency)) for due_on, minor in detail.get("instalments", ()))
    open_before = Money(detail["open_before"], currency) if "open_before" in detail else None
    return Hold(
        row.id, HoldKind(row.kind), row.scope, row.reason, row.from_on, row.until, amount, instalments, open_before,
        detail.get("asked", ""), detail.get("given", ""),
    )  # fmt: skip


def _detail(hold: Hold) -> dict[str, Any]:
    plan = {"instalments": [(one.due_on.isoformat(), one.amount.minor) for one in hold.instalments]} if hold.instalments else {}
    open_before = {"open_before": hold.open_before.minor} if hold.open_before else {}
    return plan | open_before | {name: said for name, said in (("asked", hold.asked), ("given", hold.given)) if said}


def note_documents(connection: Connection, tenant: str, invoice_ref: str, *, asked: str, given: str) -> bool:
    """Add to an invoice's dispute what documents were asked for or given; return whether there is one."""
    here = (holds.c.tenant == tenant, holds.c.scope == "invoice", holds.c.ref == invoice_ref, holds.c.kind == HoldKind.DISPUTE)
    query = select(holds.c.id, holds.c.detail).where(*here, holds.c.released_at.is_(None)).order_by(holds.c.created_at.desc(), holds.c.id)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return False
    detail = json.loads(row.detail)
    for name, said in (("asked", asked), ("given", given)):
        if said:
            detail[name] = "; ".join(filter(None, (detail.get(name), said)))
    connection.execute(update(holds).where(holds.c.id == row.id).values(detail=json.dumps(detail)))
    return True


def list_promises(connection: Connection, tenant: str, currency: str) -> list[Promise]:
    """Return every promise and plan there ever was, released or not."""
    query = select(holds).where(holds.c.tenant == tenant, holds.c.kind.in_([HoldKind.PROMISE, HoldKind.PLAN]))
    return [Promise(_hold(row, currency), row.ref, row.released_at) for row in connection.execute(query.order_by(holds.c.created_at))]


def list_stops(connection: Connection, tenant: str, invoice_ref: str, debtor_ref: str) -> list[Stop]:
    """Return every stop there ever was on an invoice or its debtor, the oldest first."""
    everywhere = customer_numbers(connection, tenant, debtor_ref)
    either = ((holds.c.scope == "invoice") & (holds.c.ref == invoice_ref)) | ((holds.c.scope == "debtor") & holds.c.ref.in_(everywhere))
    query = select(holds).where(holds.c.tenant == tenant, either).order_by(holds.c.created_at, holds.c.id)
    return [Stop(row.kind, row.reason, row.until, row.created_at, row.released_at, row.release_reason) for row in connection.execute(query)]


def customer_numbers(connection: Connection, tenant: str, debtor_ref: str) -> list[str]:
    """Return every customer number of a debtor: one debtor is one identity number, as far as debtors were read."""
    own = select(debtors.c.identity_no).where(debtors.c.tenant == tenant, debtors.c.source_ref == debtor_ref, debtors.c.identity_no != "")
    same = select(debtors.c.source_ref).where(debtors.c.tenant == tenant, debtors.c.identity_no.in_(own))
    return sorted({debtor_ref, *connection.execute(same).scalars()})


def ask(
    connection: Connection, tenant: str, digest: str, action: str, summary: str, now: datetime, covers: Mapping[str, str] | None = None
) -> bool:
    """Put a question to a person, once; return whether it is new. One that was taken back is asked anew, whatever was said then.

    One about many says what it covers: invoice → what is asked for.
    """
    here = (approvals.c.tenant == tenant, approvals.c.digest == digest)
    if connection.execute(select(approvals.c.digest).where(*here, approvals.c.declined_at.is_(None))).first():
        return False
    connection.execute(delete(approvals).where(*here))
    return insert_once(connection, approvals, tenant=tenant, digest=digest, action=action, summary=summary, asked_at=now,
                       covers=json.dumps(dict(covers or {})))  # fmt: skip


def withdraw_questions(connection: Connection, tenant: str, still_asked: Collection[str], now: datetime) -> None:
    """Take back every question that is asked no more, answered or not: what was said of other facts says nothing of these."""
    query = select(approvals.c.digest).where(approvals.c.tenant == tenant, approvals.c.declined_at.is_(None))
    take_back(connection, tenant, set(connection.execute(query).scalars()).difference(still_asked), now)


def take_back(connection: Connection, tenant: str, digests: Collection[str], now: datetime) -> None:
    """Let questions stand no more, nor what was said to them."""
    for digest in sorted(digests):
        here = (approvals.c.tenant == tenant, approvals.c.digest == digest, approvals.c.declined_at.is_(None))
        connection.execute(update(approvals).where(*here).values(declined_at=now))


def approve(connection: Connection, tenant: str, digest_start: str, by: str, now: datetime, *, yes: bool = True) -> str:
    """Record a person's yes or no and return what it was about; the start of the digest is enough where it is unique."""
    query = select(approvals).where(
        approvals.c.tenant == tenant, approvals.c.digest.startswith(digest_start, autoescape=True), approvals.c.declined_at.is_(None)
    )
    found = connection.execute(query).all()
    if len(found) != 1 or not digest_start:
        wrong = "there is no such question" if not found else "this matches more than one question"
        raise ConfigError(f"approval {digest_start}", wrong, "List them with `kravbro claims approve --list`.")
    here = (approvals.c.tenant == tenant, approvals.c.digest == found[0].digest)
    connection.execute(
        update(approvals).where(*here).values(approved_at=now if yes else None, refused_at=None if yes else now, approved_by=by)
    )
    return str(found[0].summary)


def approved_digests(connection: Connection, tenant: str) -> frozenset[str]:
    """Return what a person has approved."""
    stands = (approvals.c.approved_at.is_not(None), approvals.c.declined_at.is_(None))
    query = select(approvals.c.digest).where(approvals.c.tenant == tenant, *stands)
    return frozenset(connection.execute(query).scalars())


def list_refusals(connection: Connection, tenant: str, digests: Collection[str]) -> list[Refusal]:
    """Return the answers "no" that stand to these questions, the oldest first."""
    stands = (approvals.c.refused_at.is_not(None), approvals.c.declined_at.is_(None), approvals.c.digest.in_(digests))
    query = select(approvals).where(approvals.c.tenant == tenant, *stands).order_by(approvals.c.refused_at)
    return [Refusal(row.digest, row.refused_at, row.approved_by) for row in connection.execute(query)]


def list_approvals(connection: Connection, tenant: str) -> list[dict[str, str]]:
    """Return the open questions, oldest first."""
    unanswered = (approvals.c.approved_at.is_(None), approvals.c.refused_at.is_(None), approvals.c.declined_at.is_(None))
    query = select(approvals).where(approvals.c.tenant == tenant, *unanswered).order_by(approvals.c.asked_at)
    return [{"id": row.digest[:12], "action": row.action, "what": row.summary} for row in connection.execute(query)]


def list_set_questions(connection: Connection, tenant: str, action: str) -> list[SetQuestion]:
    """Return the questions about many that stand, answered or not, the approved ones first."""
    query = select(approvals).where(approvals.c.tenant == tenant, approvals.c.action == action, approvals.c.covers != "{}")
    rows = connection.execute(query.where(approvals.c.declined_at.is_(None)).order_by(approvals.c.asked_at)).all()
    found = [SetQuestion(row.digest, row.summary, json.loads(row.covers), row.approved_at is not None) for row in rows]
    return sorted(found, key=lambda one: not one.approved)


def say_origin(connection: Connection, tenant: str, payment_ref: str, origin: Origin, reason: str, now: datetime) -> None:
    """Store where a payment on our own account came from; what was said last counts."""
    connection.execute(delete(payment_origins).where(payment_origins.c.tenant == tenant, payment_origins.c.payment_ref == payment_ref))
    connection.execute(insert(payment_origins).values(tenant=tenant, payment_ref=payment_ref, origin=origin, reason=reason, said_at=now))


def list_origins(connection: Connection, tenant: str) -> dict[str, str]:
    """Return what was said of payments on our own account, by their number in the books."""
    query = select(payment_origins.c.payment_ref, payment_origins.c.origin).where(payment_origins.c.tenant == tenant)
    return {row.payment_ref: row.origin for row in connection.execute(query)}


def add_task(
    connection: Connection, tenant: str, kind: str, subject: str, text: str, now: datetime, params: Mapping[str, Any] | None = None
) -> bool:
    """Give a person something to do; return False where the same task is open already."""
    id_ = stable_id(tenant, kind, subject, now.isoformat())
    return insert_once(
        connection,
        tasks,
        id=id_,
        tenant=tenant,
        kind=kind,
        subject=subject,
        text=text,
        params=json.dumps(dict(params or {})),
        created_at=now,
    )


def resolve_task(connection: Connection, tenant: str, kind: str, subject: str, resolution: str, now: datetime) -> None:
    """Note that a task is done or no longer needed."""
    connection.execute(
        update(tasks)
        .where(tasks.c.tenant == tenant, tasks.c.kind == kind, tasks.c.subject == subject, tasks.c.resolved_at.is_(None))
        .values(resolved_at=now, resolution=resolution)
    )


def resolve_about(connection: Connection, tenant: str, kind: str, invoice_refs: Collection[str], resolution: str, now: datetime) -> None:
    """Note of every task of a kind about one of these invoices that it is done."""
    for task in list_tasks(connection, tenant):
        if task.kind == kind and any(task.is_about(ref) for ref in invoice_refs):
            resolve_task(connection, tenant, kind, task.subject, resolution, now)


def had_task(connection: Connection, tenant: str, kind: str, subject: str) -> bool:
    """Tell whether there ever was such a task, open or not."""
    here = (tasks.c.tenant == tenant, tasks.c.kind == kind, tasks.c.subject == subject)
    return connection.execute(select(tasks.c.id).where(*here).limit(1)).first() is not None


def list_tasks(connection: Connection, tenant: str) -> list[Task]:
    """Return the open tasks, oldest first."""
    rows = connection.execute(_OPEN_TASKS, {"of": tenant})
    return [Task(r.id, r.kind, r.subject, r.text, json.loads(r.params), r.created_at) for r in rows]
