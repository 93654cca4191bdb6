"""The letters that went to a debtor and still count, as claims name them and demands add them up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from core.claim import Component, DocumentRef, Lifecycle, Notice
from core.engine.context import Run
from core.engine.facts import fee_on, invoice_subject
from core.money import Money
from core.policy.facts import Action
from core.states import OPEN_INTENT, IntentState
from core.store.tables import claims as claims_table
from core.store.tables import documents, intent_subjects, intents
from core.store.voided import is_withdrawn, select_voided, select_withdrawn
from core.writes import StepLetter

__all__ = [
    "FeeLetter",
    "carriers",
    "fees_of",
    "letter_kind",
    "letters_with_fee",
    "notices_of",
    "select_lettered",
    "sent_letters",
    "uncarried",
]


def letter_kind(action: str) -> StepLetter:
    """Return which letter a step of the policy writes: the same for the letter itself and for the claim that names it."""
    kinds: dict[str, StepLetter] = {Action.NOTICE: "notice", Action.DEMAND: "demand"}
    return kinds.get(action, "reminder")


def fees_of(notices: Sequence[Notice], currency: str) -> tuple[tuple[Component, Money], ...]:
    """Return what letters have cost the debtor: a demand's fee is a cost of collection, any other's a reminder fee."""
    fees = {
        Component.REMINDER_FEE: Money.sum((one.fee for one in notices if one.kind != "demand"), currency),
        Component.COLLECTION_COST: Money.sum((one.fee for one in notices if one.kind == "demand"), currency),
    }
    return tuple((component, fee) for component, fee in fees.items() if fee)


def notices_of(connection: Connection, run: Run, refs: Sequence[str]) -> tuple[tuple[Notice, ...], list[DocumentRef]]:
    """Return the letters that covered these invoices, each once, and their PDFs; a fee that another claim carries is not claimed again."""
    ours = uncarried(connection, run, refs)
    notices: list[Notice] = []
    found: list[DocumentRef] = []
    for row in sent_letters(connection, run, refs):
        context: dict[str, Any] = json.loads(row.context)
        notice = _notice(context, row.sent_on, refs)
        notices.append(notice if row.id in ours else replace(notice, fee=Money.zero(notice.fee.currency)))
        found += _stored_letters(connection, run, context["documents"])
    return tuple(notices), found


def sent_letters(connection: Connection, run: Run, refs: Sequence[str]) -> Sequence[Row[Any, Any, Any]]:
    """Return id, day and context of the letters that covered these invoices, each once, the oldest first."""
    query = (
        select(intents.c.id, intents.c.sent_on, intents.c.context)
        .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
        .where(intents.c.tenant == run.tenant.id, intents.c.kind == "send_letter", intents.c.state == IntentState.CONFIRMED)
        .where(intents.c.id.not_in(select_voided(run.tenant.id)), ~is_withdrawn())
        .where(intent_subjects.c.subject.in_([invoice_subject(ref) for ref in refs]))
        .order_by(intents.c.sent_on, intents.c.id)
        .distinct()
    )
    return connection.execute(query).all()


@dataclass(frozen=True, slots=True)
class FeeLetter:
    """A letter that went with a fee, and the invoices it still counts for: none once it came back."""

    id: str
    sent_on: date
    context: Mapping[str, Any]
    counts_for: tuple[str, ...]


def letters_with_fee(connection: Connection, run: Run) -> list[FeeLetter]:
    """Return every letter of the tenant that went with a fee, the oldest first.

    The accounting system's own reminder whose letter was lost counts for nothing, but for the fee that was booked with it.
    """
    kinds = ("send_letter", "print_reminder")
    asked = (intents.c.tenant == run.tenant.id, intents.c.kind.in_(kinds), intents.c.state.in_([*OPEN_INTENT, IntentState.CONFIRMED]))
    query = select(intents.c.id, intents.c.kind, intents.c.state, intents.c.sent_on, intents.c.context, intents.c.receipt).where(*asked)
    found = [(row, json.loads(row.context)) for row in connection.execute(query.order_by(intents.c.sent_on, intents.c.id))]
    lettered = {context.get("printed_by") for row, context in found if row.kind == "send_letter"}
    charged = [
        (row, context | {"fee_booked": bool(context.get("fee_booked")) and not _is_on_invoice(context, json.loads(row.receipt))})
        for row, context in found
        if row.state == IntentState.CONFIRMED and row.id not in lettered and Money.parse(context["fee"], context["currency"])
    ]
    if not charged:
        return []
    voided = {row.id for row, _ in charged if row.kind == "print_reminder"} | set(
        connection.execute(select_voided(run.tenant.id)).scalars()
    )
    withdrawn = {(row.intent_id, row.subject) for row in connection.execute(select_withdrawn(run.tenant.id))}
    return [
        FeeLetter(
            row.id, row.sent_on, context,
            () if row.id in voided else tuple(ref for ref in context["open"] if (row.id, invoice_subject(ref)) not in withdrawn),
        )
        for row, context in charged
    ]  # fmt: skip


def _is_on_invoice(context: Mapping[str, Any], receipt: Mapping[str, Any]) -> bool:
    """Tell whether a fee was added to what the invoice leaves open, as the receipt has it: then it was booked as principal, and a person takes it off."""
    before = sum(Decimal(amount) for amount in context["open"].values())
    return "open" in receipt and Decimal(receipt["open"]) > before


def carriers(connection: Connection, run: Run) -> dict[str, str]:
    """Return the newest claim that carries each letter's fee, or is about to."""
    query = (
        select(intents.c.context, intents.c.claim_id)
        .where(intents.c.tenant == run.tenant.id, intents.c.kind == "submit_claim")
        .where(intents.c.state.in_([*OPEN_INTENT, IntentState.CONFIRMED]))
        .order_by(intents.c.planned_at)
    )
    return {letter: str(row.claim_id) for row in connection.execute(query) for letter in json.loads(row.context).get("fees_of", ())}


def select_lettered(tenant: str) -> Select[tuple[str]]:
    """Select the invoices that a letter was ever about."""
    ref = func.substr(intent_subjects.c.subject, len(invoice_subject("")) + 1)
    return select(ref).where(intent_subjects.c.tenant == tenant, intent_subjects.c.kind == "send_letter")


def uncarried(connection: Connection, run: Run, refs: Sequence[str]) -> list[str]:
    """Return the letters whose fee these invoices bear and no claim about others carries: one letter, one fee, in the first claim."""
    query = (
        select(intents.c.context, intents.c.id)
        .join(claims_table, claims_table.c.id == intents.c.claim_id)
        .where(intents.c.tenant == run.tenant.id, intents.c.kind == "submit_claim")
        .where(intents.c.state.in_([*OPEN_INTENT, IntentState.CONFIRMED]))
        .where(claims_table.c.lifecycle.not_in([Lifecycle.REJECTED, Lifecycle.WITHDRAWN]))
        .where(intents.c.id.not_in(select(intent_subjects.c.intent_id).where(
            intent_subjects.c.tenant == run.tenant.id, intent_subjects.c.subject.in_([invoice_subject(ref) for ref in refs]),
        )))
    )  # fmt: skip
    carried = {letter for row in connection.execute(query) for letter in json.loads(row.context).get("fees_of", ())}
    return [row.id for row in sent_letters(connection, run, refs) if row.id not in carried and _bear(row.context, refs)]


def _bear(stored: str, refs: Sequence[str]) -> bool:
    context: dict[str, Any] = json.loads(stored)
    return bool(fee_on(context, refs, context["currency"]))


def _notice(context: dict[str, Any], sent_on: date, refs: Sequence[str]) -> Notice:
    return Notice(letter_kind(context["action"]), sent_on, context["channel"], fee_on(context, refs, context["currency"]))


def _stored_letters(connection: Connection, run: Run, document_ids: list[str]) -> list[DocumentRef]:
    query = select(documents).where(
        documents.c.tenant == run.tenant.id, documents.c.document_id.in_(document_ids), documents.c.kind == "letter"
    )
    return [DocumentRef(row.document_id, "letter", row.media_type, row.sha256, row.size, row.name) for row in connection.execute(query)]
