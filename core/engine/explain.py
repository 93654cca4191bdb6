"""Why an invoice is where it is, and what happens next: everything needed to tell it, from the store alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from core.clock import day_in
from core.engine import decide
from core.engine.context import Run
from core.engine.timeline import Line, timeline
from core.engine.timeline_words import say
from core.errors import ConfigError
from core.policy import Leaving, explain, explain_json
from core.policy.facts import Decision
from core.store import books, claims, people, tenants

__all__ = ["Explanation", "explain_invoice", "find_invoice_ref"]

COMMAND: Final = re.compile("`[^`]+`")


@dataclass(frozen=True, slots=True)
class Explanation:
    """An invoice's story: what happened and why, what is decided on a day and why, and the claim it is in.

    `as_of` is the day decided on, and `known_on` the day of the facts.
    """

    as_of: str
    known_on: str
    invoice: dict[str, Any]
    lines: list[str]
    decision: dict[str, Any]
    timeline: list[Line]
    claim: dict[str, Any] | None


def find_invoice_ref(run: Run, text: str) -> str:
    """Return the invoice that an invoice number or the (start of the) id of a claim names."""
    with run.database.read() as connection:
        # Where the books name invoices by another id than the number on the paper, a person has the number.
        if ref := books.find_ref(connection, run.tenant.id, text):
            return ref
        try:
            claim = claims.find_claim_by_start(connection, run.tenant.id, text)
        except ConfigError:
            todo = f"List what can be explained: `kravbro claims list --invoices --tenant {run.tenant.id}`."
            raise ConfigError(text or "''", "it is neither an invoice that was read nor a claim of this tenant", todo) from None
    return claim.snapshot.lines[0].invoice_ref


def explain_invoice(run: Run, source_ref: str, language: str) -> Explanation:
    """Return the explanation of one invoice on the run's day, which need not be today: the facts are today's."""
    found = decide.decide_one(run, source_ref)
    if found is None:
        raise ConfigError(
            f"invoice {source_ref}", "there is no such invoice here", f"Read the books first: `kravbro run --tenant {run.tenant.id}`."
        )
    facts, decision = found
    invoice = {
        "number": facts.invoice.number, "due_on": facts.invoice.due_on.isoformat(), "open": str(facts.invoice.open),
        "total": str(facts.invoice.total), "debtor": facts.invoice.debtor_name,
    }  # fmt: skip
    with run.database.read() as connection:
        covering = claims.claims_of_invoice(connection, run.tenant.id, source_ref)
        claim = covering[-1] if covering else None
        unreadable = [
            text for source, ref, text in books.list_quarantined(connection, run.tenant.id) if (source, ref) == ("invoices", source_ref)
        ]
        questions = [one for kind in Leaving for one in people.list_set_questions(connection, run.tenant.id, kind)
                     if source_ref in one.covers and not one.approved]  # fmt: skip
        refused = people.list_refusals(connection, run.tenant.id, {decision.digest, *(one.digest for one in questions)})
        asked = [one.summary for one in questions]
        asked += [task.text for task in people.list_tasks(connection, run.tenant.id) if task.is_about(source_ref)]
        happened = timeline(connection, run.tenant, facts.invoice, claim, language)
        agency = tenants.get_agency(connection, claim.agency).name if claim else ""
    lines = [_typed(line, facts.invoice.number, run.tenant.id) for line in explain(_naming(decision, agency), language)]
    told = [*unreadable, *lines, *asked]
    told += [
        say("said_no", language, day=day_in(run.tenant.country, one.said_at).isoformat(), by=one.by, id=one.digest[:12]) for one in refused
    ]
    today = day_in(run.tenant.country, run.now())
    days = run.today.isoformat(), today.isoformat()
    if run.today != today:
        told = [say("about_day", language, day=days[0], today=days[1]), *told]
    return Explanation(*days, invoice, told, explain_json(decision), happened, _claim(claim, agency) if claim else None)


def _naming(decision: Decision, agency: str) -> Decision:
    """Return a decision whose reasons name the agency, and not its id."""
    reasons = (
        reason._replace(values=tuple((name, agency if name == "agency" and agency else value) for name, value in reason.values))
        for reason in decision.reasons
    )
    return decision._replace(reasons=tuple(reasons))


def _typed(line: str, number: str, tenant_id: str) -> str:
    """Return a line whose commands name the invoice and the tenant."""
    return COMMAND.sub(lambda found: found[0].replace("INVOICE", number).replace("TENANT", tenant_id), line)


def _claim(claim: claims.Claim, agency: str) -> dict[str, Any]:
    return {
        "id": claim.id, "agency": claim.agency, "agency_name": agency, "agency_case_ref": claim.agency_case_ref, "lifecycle": str(claim.lifecycle),
        "phase": str(claim.phase) if claim.phase else None, "close_reason": str(claim.close_reason) if claim.close_reason else None,
    }  # fmt: skip
