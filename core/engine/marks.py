"""Marks on invoices: what the newest claim says of each in the accounting system."""

from __future__ import annotations

from collections.abc import Iterable

from core.claim import Lifecycle
from core.engine.context import Run
from core.engine.facts import invoice_subject
from core.engine.planning import is_known, write_plans
from core.engine.words import BookWords, words_of
from core.store import claims
from core.store.claims import Claim
from core.store.journal import Latest, Plan
from core.writes import MarkInvoice

__all__ = ["plan_marks"]


def plan_marks(run: Run) -> None:
    """Plan the marks that say something else than the claims do now; the last state always lands, if need be a run later."""
    with run.database.read() as connection:
        latest = run.journal.latest_by_subject(connection, "mark_invoice")
        wanted = _wanted_marks(claims.list_claims(connection, run.tenant.id), words_of(run.tenant.country))
    plans = [
        Plan(
            write=MarkInvoice(ref, text), subjects=(invoice_subject(ref),), channel="books", cause=claim.id, claim_id=claim.id,
            invoice_ref=ref, context={"text": text}, again_because="the mark says something else now",
        )
        for ref, (claim, text) in wanted.items()
        if not _says(latest.get(invoice_subject(ref)), text)
    ]  # fmt: skip
    write_plans(run, plans)


def _wanted_marks(found: Iterable[Claim], words: BookWords) -> dict[str, tuple[Claim, str]]:
    """Return what each invoice is to be marked with, by the newest claim that has anything to say."""
    wanted: dict[str, tuple[Claim, str]] = {}
    for claim in found:
        if claim.submitted_at is None:
            continue
        if claim.lifecycle in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
            text = ""
        elif claim.lifecycle == Lifecycle.CLOSED:
            text = f"{words.ended} {claim.agency_case_ref}".strip()
        elif claim.agency_case_ref:
            text = f"{words.at_agency} {claim.agency_case_ref}"
        else:
            continue
        wanted |= {line.invoice_ref: (claim, text) for line in claim.snapshot.lines}
    return wanted


def _says(latest: Latest | None, text: str) -> bool:
    """Tell whether an invoice's mark says this, or no mark is there and none is wanted; what was refused for good is not tried again."""
    if not is_known(latest):
        return latest is None and not text
    assert latest is not None, "what is known is there"
    return latest.context.get("text") == text
