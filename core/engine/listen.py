"""Taking what an agency reports: pull and webhook end here, one transaction a report.

Reports arrive twice, late and out of order. Money counts once by the agency's payment id, a phase only if it is newer than
the one we hold, and a settlement waits for the payments it names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from core.claim import (
    Acknowledged,
    AgencyEvent,
    Closed,
    CloseReason,
    Component,
    DemandSent,
    DisputeRaised,
    FeeCharged,
    Flag,
    Lifecycle,
    LossProposed,
    PaymentReceived,
    Phase,
    PhaseChanged,
    PlanProposed,
    Rejected,
    Settled,
)
from core.engine import settle
from core.engine.crash import point
from core.engine.run import Run
from core.errors import ConfigError
from core.ids import stable_id
from core.ledger import LedgerAccount, agency_payment, balance, claimed, reverse
from core.model import Problem
from core.states import ClaimEvent
from core.store import claims, feed, people
from core.store.claims import Claim
from core.store.journal import Plan
from core.writes import MarkInvoice

__all__ = ["go"]


_GIVEN_BACK: Final = (Lifecycle.REJECTED, Lifecycle.WITHDRAWN)
"""Claims the agency must not work on."""


def go(run: Run) -> None:
    """Handle every report that waits."""
    if run.ports.reports is None:
        return
    for event in run.ports.reports.list_events():
        if isinstance(event, Problem):
            with run.database.write() as connection:
                people.add_task(connection, run.tenant.id, "unreadable_report", event.raw_ref, event.message, run.now())
            continue
        with run.database.write() as connection:
            outcome = _handle(run, connection, event)
            if outcome:
                feed.mark_handled(connection, event.agency, event.message_id, outcome, run.now())
            point("listen.before_commit")
        point("listen.after_commit")
        run.summary.events_handled += bool(outcome)


def _handle(run: Run, connection: Connection, event: AgencyEvent) -> str:
    """Apply one report; return what became of it, or "" to see it again in the next run."""
    if isinstance(event.data, Settled):
        return settle.receive(run, connection, event, event.data)
    try:
        claim = claims.get_claim(connection, event.claim_id)
    except ConfigError:
        return "no such claim"
    outcome = _HANDLERS[type(event.data)](run, connection, claim, event)
    current = claims.get_claim(connection, claim.id)
    feed.refresh_claim(connection, current.snapshot, run.now())
    claims.record_event(connection, current, event.data.kind, _detail(event), event.occurred_at, run.now())
    return outcome


def _acknowledged(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Acknowledged), "dispatched by type"
    ref = event.data.agency_case_ref
    taken = claims.step_claim(connection, claim, ClaimEvent.ACKNOWLEDGE, run.now(), agency_case_ref=ref)
    if taken is None:
        return _contradiction(run, connection, claim, event)
    claim = claims.change_claim(connection, taken, replace(taken.snapshot, agency_case_ref=ref))
    _mark(run, connection, claim, f"Inkasso {ref}")
    return "acknowledged"


def _rejected(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Rejected), "dispatched by type"
    taken_on = claim.lifecycle == Lifecycle.PAUSED and (claim.agency_case_ref or claim.phase)
    gone = None if taken_on else claims.step_claim(connection, claim, ClaimEvent.REJECT, run.now(), close_reason=CloseReason.INVALID_DATA)
    if gone is None:
        return _contradiction(run, connection, claim, event)
    owed = [
        entry
        for entry in claims.list_entries(connection, claim_id=claim.id)
        if entry.account in (LedgerAccount.DEBTOR, LedgerAccount.CREDITOR)
    ]
    claims.post(
        connection, gone, stable_id("rejected", event.message_id), event.message_id, reverse(owed, run.today, "rejected"), run.now()
    )
    fields = ", ".join(event.data.fields) or "no field named"
    text = (
        f"The agency rejected claim {claim.id[:12]} ({event.data.code}: {event.data.text}; {fields}). Correct it in the accounting system, "
        f'then run `kravbro claims resolve {claim.id[:12]} --again "what was corrected"`.'
    )
    people.add_task(connection, run.tenant.id, "rejected", claim.id, text, run.now())
    return "rejected"


def _phase(run: Run, connection: Connection, claim: Claim, event: AgencyEvent, phase: Phase, flags: tuple[Flag, ...]) -> str:
    """Move the claim to a phase, unless what we hold is newer."""
    if claim.phase_at and event.occurred_at < claim.phase_at:
        return "late"
    merged = tuple(sorted({*claim.flags, *flags}))
    worked = claims.step_claim(
        connection, claim, ClaimEvent.WORK, run.now(), phase=phase, flags=json.dumps(merged), phase_at=event.occurred_at
    )
    if worked is None:
        return _contradiction(run, connection, claim, event)
    claims.change_claim(connection, worked, replace(worked.snapshot, phase=phase, flags=merged))
    return str(phase)


def _demand_sent(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, DemandSent), "dispatched by type"
    return _phase(run, connection, claim, event, Phase.AMICABLE, ())


def _phase_changed(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PhaseChanged), "dispatched by type"
    return _phase(run, connection, claim, event, event.data.phase, event.data.flags)


def _payment(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PaymentReceived), "dispatched by type"
    payment = event.data
    if not claims.add_payment(connection, claim, payment, event.message_id):
        return "known payment"
    if claim.lifecycle in _GIVEN_BACK:
        _contradiction(run, connection, claim, event)
    known = claims.list_entries(connection, claim_id=claim.id)
    posting = stable_id("payment", claim.agency, payment.payment_id)
    if payment.reverses:
        return _reversal(run, connection, claim, payment, posting)
    claims.post(connection, claim, posting, event.message_id, agency_payment(payment, known), run.now())
    owed = balance(claims.list_entries(connection, claim_id=claim.id), LedgerAccount.DEBTOR, payment.amount.currency, Component.PRINCIPAL)
    if owed.minor < 0:
        text = f"The agency reports {-owed} more principal on claim {claim.id[:12]} than is owed; ask it before anything is paid back."
        people.add_task(connection, run.tenant.id, "overpaid", payment.payment_id, text, run.now())
    return "payment"


def _reversal(run: Run, connection: Connection, claim: Claim, payment: PaymentReceived, posting: str) -> str:
    """Take back a payment that bounced: by a counter-entry here, by a person in the books."""
    original = claims.find_payment(connection, claim.agency, payment.reverses)
    if original is None:
        text = f"The agency takes back payment {payment.reverses}, which it never reported."
    else:
        # What was demanded stays demanded: only the payment itself is turned round.
        entries = [entry for entry in agency_payment(original, []) if entry.what == "paid_to_agency"]
        claims.post(connection, claim, posting, payment.payment_id, reverse(entries, run.today, "bounced"), run.now())
        text = f"Payment {payment.reverses} bounced at the agency. If it is booked in the accounting system, take it back there by hand."
    people.add_task(connection, run.tenant.id, "bounced", payment.payment_id, text, run.now())
    return "reversal"


def _fee(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, FeeCharged), "dispatched by type"
    fee = event.data
    posting = stable_id("fee", claim.agency, fee.fee_id)
    if claims.is_posted(connection, posting):
        return "known fee"
    if fee.payer == "debtor":
        claims.post(
            connection, claim, posting, event.message_id, claimed(fee.component, fee.amount, fee.charged_on, payee=fee.payee), run.now()
        )
    return "fee"


def _plan(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PlanProposed), "dispatched by type"
    return _phase(run, connection, claim, event, Phase.PAYMENT_PLAN, (Flag.PLAN_ACTIVE,))


def _dispute(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, DisputeRaised), "dispatched by type"
    flags = tuple(sorted({*claim.flags, Flag.DISPUTED}))
    claims.change_claim(connection, claim, replace(claim.snapshot, flags=flags), flags=json.dumps(flags))
    what = f"{event.data.amount} of it" if event.data.amount else "all of it"
    text = f"The debtor disputes claim {claim.id[:12]} ({what}) at the agency. Send the agency what proves it, or withdraw the claim."
    people.add_task(connection, run.tenant.id, "disputed", claim.id, text, run.now())
    return "disputed"


def _loss(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, LossProposed), "dispatched by type"
    text = (
        f"The agency gives claim {claim.id[:12]} back with {event.data.amount} unpaid. Whether it is a loss is the accountant's to "
        f"decide; nothing is booked by itself."
    )
    people.add_task(connection, run.tenant.id, "loss_proposed", claim.id, text, run.now())
    return "loss proposed"


def _closed(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Closed), "dispatched by type"
    reason = event.data.reason
    snapshot = replace(claim.snapshot, close_reason=reason)
    claim = claims.change_claim(connection, claim, snapshot)
    ended = claims.step_claim(
        connection, claim, ClaimEvent.CLOSE, run.now(), close_reason=reason, money_recovered=event.data.money_recovered
    )
    if ended is None:
        return _contradiction(run, connection, claim, event)
    run.summary.claims_closed += 1
    _mark(run, connection, ended, f"Inkasso avslutat {ended.agency_case_ref}")
    return "closed"


def _contradiction(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    if claim.lifecycle == Lifecycle.CLOSED or (claim.lifecycle in _GIVEN_BACK and isinstance(event.data, Rejected | Closed)):
        return "late"
    if claim.lifecycle in _GIVEN_BACK and claim.snapshot.reopen_reason:
        # Who said it may be handed over again did not know this yet.
        claims.change_claim(connection, claim, replace(claim.snapshot, reopen_reason=""))
    text = f"The agency reports {event.data.kind} on claim {claim.id[:12]}, which is {claim.lifecycle}; ask what it means."
    people.add_task(connection, run.tenant.id, "contradiction", event.message_id, text, run.now())
    return "contradiction"


def _mark(run: Run, connection: Connection, claim: Claim, text: str) -> None:
    """Leave a mark that a person sees on each invoice of the claim."""
    if not run.can("books", "mark_invoice"):
        return
    for line in claim.snapshot.lines:
        write = MarkInvoice(line.invoice_ref, text.strip())
        plan = Plan(
            write=write, subjects=(f"invoice:{line.invoice_ref}",), channel="books", cause=claim.id, claim_id=claim.id,
            invoice_ref=line.invoice_ref, again_because="the mark says something else now",
        )  # fmt: skip
        run.journal.plan(connection, plan, run.now(), run.today)


def _detail(event: AgencyEvent) -> dict[str, Any]:
    """Return what a timeline shows of a report."""
    data = event.data
    shown: dict[str, Any] = {"message": event.message_id}
    for name in (
        "agency_case_ref",
        "phase",
        "code",
        "payment_id",
        "fee_id",
        "reason",
        "amount",
        "received_on",
        "sent_on",
        "pay_by",
        "plan_id",
    ):
        value = getattr(data, name, None)
        if value not in (None, ""):
            shown[name] = str(value)
    return shown


_HANDLERS: Final[dict[type, Callable[[Run, Connection, Claim, AgencyEvent], str]]] = {
    Acknowledged: _acknowledged,
    Rejected: _rejected,
    DemandSent: _demand_sent,
    PhaseChanged: _phase_changed,
    PaymentReceived: _payment,
    FeeCharged: _fee,
    PlanProposed: _plan,
    DisputeRaised: _dispute,
    LossProposed: _loss,
    Closed: _closed,
}
