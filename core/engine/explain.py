"""Why an invoice is where it is, and what happens next: everything needed to tell it, from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.engine import decide
from core.engine.run import Run
from core.errors import ConfigError
from core.policy import explain, explain_json
from core.store import books, claims
from core.store.tables import intent_subjects, intents

__all__ = ["Explanation", "explain_invoice", "find_invoice_ref"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An invoice's story: what was done, what is decided today and why, and the claim it is in."""

    invoice: dict[str, Any]
    lines: list[str]
    decision: dict[str, Any]
    history: list[dict[str, Any]]
    claim: dict[str, Any] | None


def find_invoice_ref(run: Run, text: str) -> str:
    """Return the invoice that an invoice number or the (start of the) id of a claim names."""
    with run.database.read() as connection:
        if books.find_invoice(connection, run.tenant.id, text):
            return text
        try:
            claim = claims.get_claim(connection, text)
        except ConfigError:
            raise ConfigError(f"{text}", "it is neither an invoice nor a claim of this tenant", "See `kravbro claims list`.") from None
        if claim.tenant != run.tenant.id:
            raise ConfigError(f"{text}", f"this claim is not {run.tenant.id}'s", "Name the right tenant.")
    return claim.snapshot.lines[0].invoice_ref


def explain_invoice(run: Run, source_ref: str, language: str) -> Explanation:
    """Return the explanation of one invoice on the run's day."""
    found = decide.decide_one(run, source_ref)
    if found is None:
        raise ConfigError(f"invoice {source_ref}", "there is no such invoice here", "Run a sweep first: `kravbro run`.")
    facts, decision = found
    invoice = {
        "number": facts.invoice.number, "due_on": facts.invoice.due_on.isoformat(), "open": str(facts.invoice.open),
        "total": str(facts.invoice.total), "debtor": facts.invoice.debtor_name,
    }  # fmt: skip
    return Explanation(invoice, explain(decision, language), explain_json(decision), _history(run, source_ref), _claim(run, source_ref))


def _history(run: Run, source_ref: str) -> list[dict[str, Any]]:
    """Return the letters, handovers and bookings about an invoice, with what made each."""
    with run.database.read() as connection:
        rows = connection.execute(
            select(intents)
            .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
            .where(intents.c.tenant == run.tenant.id)
            .where((intent_subjects.c.subject == f"invoice:{source_ref}") | (intents.c.invoice_ref == source_ref))
            .order_by(intents.c.planned_at, intents.c.id)
            .distinct()
        ).all()
    return [
        {
            "id": row.id[:12], "kind": row.kind, "state": row.state, "planned_on": _iso(row.planned_on), "sent_on": _iso(row.sent_on),
            "cause": row.cause, "note": row.note,
        }
        for row in rows
    ]  # fmt: skip


def _claim(run: Run, source_ref: str) -> dict[str, Any] | None:
    with run.database.read() as connection:
        covering = claims.claims_of_invoice(connection, run.tenant.id, source_ref)
        if not covering:
            return None
        claim = covering[-1]
        timeline = claims.list_events(connection, claim.id)
    return {
        "id": claim.id, "agency": claim.agency, "agency_case_ref": claim.agency_case_ref, "lifecycle": str(claim.lifecycle),
        "phase": str(claim.phase) if claim.phase else None, "close_reason": str(claim.close_reason) if claim.close_reason else None,
        "timeline": [{"at": moment.isoformat(), "event": event, **detail} for moment, event, detail in timeline],
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
