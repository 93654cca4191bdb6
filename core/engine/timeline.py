"""What happened to an invoice, day by day: what left and why, what the agency reported, and where each part of the money went.

Told from three stores that cannot say different things of one event: the journal (what left, with the reasons it was decided
on), the claim's reports, and the ledger (every amount, by component and by who keeps it).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select

from core.claim import Component, Lifecycle
from core.clock import day_in
from core.engine.facts import invoice_subject
from core.engine.notes import subjects_of
from core.engine.timeline_words import knows, say
from core.ledger import Entry, LedgerAccount, balance
from core.model import Invoice
from core.money import Money
from core.policy import parse_reason, render_reason, render_said, render_state, value_in
from core.states import IntentState
from core.store import claims, people
from core.store.claims import Claim
from core.store.tables import intent_subjects, intents
from core.store.tenants import Tenant
from core.store.voided import find_voided, find_withdrawn
from core.words import ENGLISH, known_language

__all__ = ["Line", "timeline"]

_LEDGER: Final = {
    "paid_to_agency": (LedgerAccount.IN_TRANSIT, LedgerAccount.KEPT),
    "paid_to_creditor": (LedgerAccount.DIRECT,),
    "paid_through_former": (LedgerAccount.DIRECT,),
    "undone": (LedgerAccount.DEBTOR,),
    "settled": (LedgerAccount.SETTLED,),
    "credited": (LedgerAccount.CREDITOR,),
    "bounced": (LedgerAccount.DEBTOR,),
    "written_off": (LedgerAccount.WRITTEN_OFF,),
}
"""What moved money → the accounts whose entries say how much, by component."""

_QUIET: Final = frozenset({"queued", "submitted", "payment_received", "payment_booked", "not_sent"})
"""Reports and events that the journal or the ledger tells better."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        what: its id, for programs.
        text: the same in words.
        why: the reasons it was decided on, as `core.policy.reason_json` gives them.
        facts: ids and amounts.
    """

    on: date
    what: str
    text: str
    why: tuple[dict[str, Any], ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


def timeline(connection: Connection, tenant: Tenant, invoice: Invoice, claim: Claim | None, language: str) -> list[Line]:
    """Return what happened to an invoice, oldest first."""
    invoice_ref, country = invoice.source_ref, tenant.country
    lines = [*_said(connection, tenant, invoice, language), *_left(connection, tenant, invoice_ref, language)]
    lines += _charges(connection, tenant, invoice_ref, language)
    if claim:  # on one day: what left, then money, then what the agency says of it
        entries = claims.list_entries(connection, claim_id=claim.id)
        lines += _paid_before(claim, invoice_ref, language)
        lines += _money(entries, invoice_ref, language)
        lines += _reported(connection, country, claim, language)
        lines += _left_unpaid(claim, entries, country, language)
    return sorted(lines, key=lambda line: line.on)


def _said(connection: Connection, tenant: Tenant, invoice: Invoice, language: str) -> Iterator[Line]:
    """Tell what people stopped and let go, and why."""
    for one in people.list_stops(connection, tenant.id, invoice.source_ref, invoice.debtor_ref):
        until = say("until", language, until=str(one.until)) if one.until else ""
        yield Line(
            day_in(tenant.country, one.said_at),
            "stopped",
            say("stopped", language, kind=render_state(one.kind, language), reason=render_said(one.reason, language), until=until),
        )
        if one.released_at:
            yield Line(day_in(tenant.country, one.released_at), "released", say("released", language, reason=one.release_reason))


def _left(connection: Connection, tenant: Tenant, invoice_ref: str, language: str) -> Iterator[Line]:
    """Tell what left the program about the invoice, or was meant to."""
    shown = (intents.c.id, intents.c.kind, intents.c.state, intents.c.planned_on, intents.c.sent_on, intents.c.cause, intents.c.note,
             intents.c.context, intents.c.remote_ref, intents.c.claim_id, intents.c.planned_at)  # fmt: skip
    about = select(intent_subjects.c.intent_id).where(
        intent_subjects.c.tenant == tenant.id, intent_subjects.c.subject.in_([invoice_subject(invoice_ref), *subjects_of(invoice_ref)])
    )
    query = select(*shown).where(intents.c.tenant == tenant.id, intents.c.id.in_(about) | (intents.c.invoice_ref == invoice_ref))
    for row in connection.execute(query.order_by(intents.c.planned_at, intents.c.id)):
        line = _intent_line(row, invoice_ref, language)
        if line:
            yield line
        if line and row.state == IntentState.CONFIRMED:
            yield from _counts_no_more(connection, tenant, row.id, invoice_ref, language)


def _charges(connection: Connection, tenant: Tenant, invoice_ref: str, language: str) -> Iterator[Line]:
    """Tell what was booked of fees and interest as they were demanded, by its letters and claims, and what was taken back."""
    about = select(intent_subjects.c.intent_id).where(
        intent_subjects.c.tenant == tenant.id,
        intent_subjects.c.subject == invoice_subject(invoice_ref),
        intent_subjects.c.kind == "send_letter",
    )
    keys = {*connection.execute(about).scalars(), *(claim.id for claim in claims.claims_of_invoice(connection, tenant.id, invoice_ref))}
    booked = (intents.c.tenant == tenant.id, intents.c.kind == "book_voucher", intents.c.state == IntentState.CONFIRMED)
    query = select(intents.c.sent_on, intents.c.context).where(*booked).order_by(intents.c.planned_at, intents.c.id)
    for row in connection.execute(query):
        context = json.loads(row.context)
        for one in context.get("charges", ()) if "settlement_id" not in context else ():
            amount = Money.parse(one["amount"], context["currency"])
            if one["key"] in keys:
                what = f"charge_{'booked' if amount.minor > 0 else 'waived'}_{one['kind']}"
                facts = {"amount": str(amount if amount.minor > 0 else -amount), "account": str(context["accounts"][0])}
                yield Line(row.sent_on, what, say(what, language, **facts), facts=facts)


def _counts_no_more(connection: Connection, tenant: Tenant, intent_id: str, invoice_ref: str, language: str) -> Iterator[Line]:
    """Tell that a letter came back, or was taken back for this invoice."""
    back = find_voided(connection, tenant.id, intent_id)
    if back:
        yield Line(day_in(tenant.country, back.voided_at), "letter_returned", say("letter_returned", language, detail=back.detail))
    withdrawn_at = find_withdrawn(connection, tenant.id, intent_id, invoice_subject(invoice_ref))
    if withdrawn_at:
        yield Line(day_in(tenant.country, withdrawn_at), "letter_withdrawn", say("letter_withdrawn", language))


def _intent_line(row: Any, invoice_ref: str, language: str) -> Line | None:
    context: dict[str, Any] = json.loads(row.context)
    on, done = row.sent_on or row.planned_on, row.state == IntentState.CONFIRMED
    what = f"{row.kind}_{context['channel']}" if row.kind in ("send_letter", "send_note") else row.kind
    if not knows(what) or (row.state == IntentState.CANCELLED and not row.note):
        return None
    currency = context.get("currency", "")
    facts = {
        "claim": (row.claim_id or "")[:12], "payment": row.remote_ref or "", "pay_by": context.get("pay_by", ""),
        "asks": _amount(context.get("asks", {}).get(invoice_ref) or context.get("amount"), currency),
        "fee": _fee(context.get("fee"), currency, language), "state": str(row.state), "note": row.note,
        "letter": say(f"letter_{context['action']}", language) if row.kind in ("send_letter", "send_note") else "",
    }  # fmt: skip
    why = tuple(_reasons(context.get("reasons"), invoice_ref, language))
    waits = row.state == IntentState.PLANNED and what in ("send_letter_print", "send_note_print")
    text = (
        say("to_print", language, letter=facts["letter"])
        if waits
        else say(what, language, **facts)
        if done
        else say("not_done", language, act=say(f"{row.kind}_name", language), **facts | {"state": render_state(row.state, language)})
    )
    return Line(
        on,
        what if done else f"{what}_{row.state}",
        text.strip(),
        why,
        {name: value for name, value in facts.items() if value and name != "letter"},
    )


def _reasons(stored: Mapping[str, list[dict[str, Any]]] | None, invoice_ref: str, language: str) -> Iterator[dict[str, Any]]:
    for raw in (stored or {}).get(invoice_ref, ()):
        yield {**raw, "text": render_reason(parse_reason(raw), language)}


def _reported(connection: Connection, country: str, claim: Claim, language: str) -> Iterator[Line]:
    """Tell what the agency reported and what it was told."""
    for moment, event, detail in claims.list_events(connection, claim.id):
        if event in _QUIET:
            continue
        facts = {name: str(value) for name, value in detail.items() if name not in ("message", "intent")}
        words = {
            name: render_state(facts.get(name, ""), language)
            for name in ("agency_case_ref", "question_id", "question", "reason", "phase", "pay_by", "code")
        }
        words["amount"] = facts.get("amount") or say("all_of_it", language)
        text = say(event, language, **words) if knows(event) else say("reported", language, event=event.replace("_", " "))
        yield Line(day_in(country, moment), event, " ".join(text.split()), facts=facts)


def _money(entries: Iterable[Entry], invoice_ref: str, language: str) -> Iterator[Line]:
    """Tell what moved, by day and by what moved it: each component with who keeps it."""
    moved: dict[tuple[date, str], list[Entry]] = {}
    for entry in entries:
        if entry.account in _LEDGER.get(entry.what, ()) and entry.invoice_ref in ("", invoice_ref) and entry.amount.minor > 0:
            moved.setdefault((entry.occurred_on, entry.what), []).append(entry)
    for (on, what), parts in moved.items():
        total = Money.sum((part.amount for part in parts), parts[0].amount.currency)
        shares = ", ".join(_share(part, language) for part in parts)
        yield Line(on, what, say(what, language, total=str(total), shares=shares), facts={"total": total.text(), "shares": shares})


def _paid_before(claim: Claim, invoice_ref: str, language: str) -> Iterator[Line]:
    """Tell what the debtor had paid the creditor when the claim was handed over."""
    for one in claim.snapshot.payments:
        if one.invoice_ref == invoice_ref:
            facts = {"total": one.amount.text(), "payment": one.payment_ref}
            yield Line(
                one.paid_on, "paid_before", say("paid_before", language, total=str(one.amount), payment=one.payment_ref), facts=facts
            )


def _left_unpaid(claim: Claim, entries: list[Entry], country: str, language: str) -> Iterator[Line]:
    """Tell what of interest, fees and costs an ended claim leaves unpaid: never a new claim for fees alone."""
    if claim.closed_at is None or claim.lifecycle != Lifecycle.CLOSED:
        return
    left = {
        part: balance(entries, LedgerAccount.DEBTOR, claim.snapshot.currency, part) for part in Component if part != Component.PRINCIPAL
    }
    shares = ", ".join(
        f"{say(f'component_{part}', language)} {_beside(amount, language)}" for part, amount in left.items() if amount.minor > 0
    )
    if shares:
        yield Line(day_in(country, claim.closed_at), "left_unpaid", say("left_unpaid", language, shares=shares), facts={"shares": shares})


def _share(part: Entry, language: str) -> str:
    kept = f" ({say('kept', language)})" if part.account == LedgerAccount.KEPT else ""
    return f"{say(f'component_{Component(part.component)}', language)} {_beside(part.amount, language)}{kept}"


def _beside(amount: Money, language: str) -> str:
    """Return one of several amounts in the same currency, which English names once."""
    return amount.text() if known_language(language) == ENGLISH else value_in(str(amount), language)


def _fee(text: str | None, currency: str, language: str) -> str:
    if text is None:
        return ""
    fee = Money.parse(text, currency)
    return say("fee_of", language, fee=str(fee)) if fee else say("no_fee", language)


def _amount(text: str | None, currency: str) -> str:
    return f"{text} {currency}".strip() if text else ""
