"""Taking what an agency reports: pull and webhook end here, one transaction a report.

Reports arrive twice, late and out of order. Money counts once by the agency's payment id, a phase only if it is newer than
the one we hold, and a settlement waits for the payments it names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from core.claim import (
    Acknowledged,
    AgencyEvent,
    Closed,
    CloseReason,
    DemandSent,
    DisputeRaised,
    FeeCharged,
    Flag,
    InfoRequested,
    Lifecycle,
    LossProposed,
    PaymentReceived,
    Phase,
    PhaseChanged,
    PlanProposed,
    Rejected,
    Settled,
)
from core.clock import day_in
from core.engine import outcomes, questions, settle
from core.engine.context import Run
from core.engine.crash import point
from core.engine.facts import payment_subject
from core.engine.principal import by_hand_posting, owed_on, principal_parts
from core.errors import ConfigError
from core.ids import stable_id
from core.ledger import agency_payment, fee_charged, released, reverse
from core.model import Problem
from core.states import ClaimEvent, IntentState
from core.store import claims, feed, people
from core.store.claims import Claim, StoredPayment

__all__ = ["go"]

REFUSED: Final = "refused"
"""The outcome of a report that contradicts another: it changes nothing, and a person asks the agency."""


_GIVEN_BACK: Final = (Lifecycle.REJECTED, Lifecycle.WITHDRAWN)
"""Claims the agency must not work on."""


def go(run: Run) -> None:
    """Handle every report that waits; one that needs another is tried once more when the others have been taken."""
    if run.ports.reports is None:
        return
    waiting = [event for event in run.ports.reports.list_events() if not _take(run, event)]
    for event in waiting:
        _take(run, event)


def _take(run: Run, event: AgencyEvent | Problem) -> bool:
    """Handle one report; return whether it is done with for this run."""
    if isinstance(event, Problem):
        with run.database.write() as connection:
            people.add_task(connection, run.tenant.id, "unreadable_report", event.raw_ref, event.message, run.now())
        return True
    with run.database.write() as connection:
        outcome = _handle(run, connection, event)
        if outcome:
            feed.mark_handled(connection, event.agency, event.message_id, outcome, run.now())
        point("listen.before_commit")
    point("listen.after_commit")
    run.summary.events_handled += bool(outcome)
    return bool(outcome)


def _handle(run: Run, connection: Connection, event: AgencyEvent) -> str:
    """Apply one report; return what became of it, or "" to see it again in the next run."""
    if isinstance(event.data, Settled):
        return settle.receive(run, connection, event, event.data)
    try:
        claim = claims.get_claim(connection, event.claim_id)
    except ConfigError:
        return "no such claim"
    outcome = _HANDLERS[type(event.data)](run, connection, claim, event)
    if outcome:
        current = claims.get_claim(connection, claim.id)
        feed.refresh_claim(connection, current.snapshot, run.now())
        name = f"{event.data.kind}_refused" if outcome == REFUSED else event.data.kind
        claims.record_event(connection, current, name, _detail(event), event.occurred_at, run.now())
    return outcome


def _acknowledged(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Acknowledged), "dispatched by type"
    ref = event.data.agency_case_ref
    numbered = replace(claim, snapshot=replace(claim.snapshot, agency_case_ref=ref))
    taken = claims.step_claim(connection, numbered, ClaimEvent.ACKNOWLEDGE, run.now(), agency_case_ref=ref)
    return "acknowledged" if taken else _contradiction(run, connection, claim, event)


def _rejected(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Rejected), "dispatched by type"
    taken_on = claim.lifecycle in (Lifecycle.PAUSED, Lifecycle.NEEDS_INFO) and (claim.agency_case_ref or claim.phase)
    gone = None if taken_on else claims.step_claim(connection, claim, ClaimEvent.REJECT, run.now(), close_reason=CloseReason.INVALID_DATA)
    if gone is None:
        return _contradiction(run, connection, claim, event)
    left = released(claims.list_entries(connection, claim_id=claim.id), run.today, "rejected")
    claims.post(connection, gone, stable_id("rejected", event.message_id), event.message_id, left, run.now())
    fields = ", ".join(event.data.fields) or "no field named"
    text = (
        f"The agency rejected claim {claim.id[:12]} ({event.data.code}: {event.data.text}; {fields}). Correct it in the accounting system, "
        f'then run `kravbro claims resolve {claim.id[:12]} --tenant {run.tenant.id} --again "what was corrected"`.'
    )
    people.add_task(connection, run.tenant.id, "rejected", claim.id, text, run.now())
    questions.close_tasks(run, connection, claim, "the agency has rejected the claim", claim.snapshot.questions)
    return "rejected"


def _asked(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, InfoRequested), "dispatched by type"
    asked = event.data
    known = questions.find(claim, asked.question_id)
    if known is None:
        taken = questions.open_question(run, connection, claim, asked, day_in(run.tenant.country, event.occurred_at))
        return "question" if taken else _contradiction(run, connection, claim, event)
    if questions.is_same(known, asked):
        return "known question"
    text = (
        f'The agency asks "{asked.question}" about claim {claim.id[:12]} as question {asked.question_id}, but that was "{known.question}" '
        f"before. Nothing was changed; ask the agency: each question has an id of its own."
    )
    people.add_task(connection, run.tenant.id, "question_wrong", f"{claim.id}:{asked.question_id}", text, run.now())
    return REFUSED


def _phase(run: Run, connection: Connection, claim: Claim, event: AgencyEvent, phase: Phase, flags: tuple[Flag, ...]) -> str:
    """Move the claim to a phase with the flags that are true now, unless what we hold is newer."""
    if claim.phase_at and event.occurred_at < claim.phase_at:
        return "late"
    moved_on = replace(claim, snapshot=replace(claim.snapshot, phase=phase, flags=flags))
    worked = claims.step_claim(
        connection, moved_on, ClaimEvent.WORK, run.now(), phase=phase, flags=json.dumps(flags), phase_at=event.occurred_at
    )
    return str(phase) if worked else _contradiction(run, connection, claim, event)


def _demand_sent(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, DemandSent), "dispatched by type"
    return _phase(run, connection, claim, event, Phase.AMICABLE, claim.flags)


def _phase_changed(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PhaseChanged), "dispatched by type"
    return _phase(run, connection, claim, event, event.data.phase, tuple(sorted(set(event.data.flags))))


def _payment(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PaymentReceived), "dispatched by type"
    payment = event.data
    known = claims.find_payment(connection, claim.agency, payment.payment_id)
    if known is not None:
        if (known.claim_id, known.payment) == (claim.id, payment):
            return "known payment"
        wrong = f"it was reported before as {known.payment.amount} on claim {known.claim_id[:12]}"
        return _refuse_payment(run, connection, claim, payment, wrong)
    if claim.lifecycle in _GIVEN_BACK:
        _contradiction(run, connection, claim, event)
    if payment.reverses:
        return _reversal(run, connection, claim, event, payment)
    claims.add_payment(connection, claim, payment, event.message_id)
    entries = agency_payment(payment, claims.list_entries(connection, claim_id=claim.id))
    claims.post(connection, claim, _posting(claim, payment), event.message_id, entries, run.now())
    owed = owed_on(connection, claim)
    if owed.minor <= 0:
        people.resolve_task(connection, run.tenant.id, "closed_unpaid", claim.id, "its payments were reported", run.now())
        people.resolve_task(connection, run.tenant.id, "left_unpaid", claim.id, "it was paid", run.now())
    if owed.minor < 0:
        text = f"The agency reports {-owed} more principal on claim {claim.id[:12]} than is owed; ask it before anything is paid back."
        people.add_task(connection, run.tenant.id, "overpaid", payment.payment_id, text, run.now())
    return "payment"


def _reversal(run: Run, connection: Connection, claim: Claim, event: AgencyEvent, payment: PaymentReceived) -> str:
    """Take back a payment that bounced: by a counter-entry here, and where it is in the books already, by a person there."""
    original = claims.find_payment(connection, claim.agency, payment.reverses)
    if original is None:
        if run.now() - event.occurred_at > settle.WAIT_FOR_PAYMENTS:
            text = f"The agency takes back payment {payment.reverses}, which it never reported; ask it."
            people.add_task(connection, run.tenant.id, "reversal_waits", payment.payment_id, text, run.now())
        return ""
    wrong = _wrong_reversal(claim, payment, original)
    if not wrong and not claims.mark_reversed(connection, claim.agency, payment.reverses, payment.payment_id):
        wrong = f"report {original.reversed_by} took it back already"
    if wrong:
        return _refuse_payment(run, connection, claim, payment, wrong)
    claims.add_payment(connection, claim, payment, event.message_id)
    # What was demanded stays demanded: only the payment itself is turned round.
    entries = [entry for entry in agency_payment(original.payment, []) if entry.what == "paid_to_agency"]
    claims.post(connection, claim, _posting(claim, payment), payment.payment_id, reverse(entries, run.today, "bounced"), run.now())
    if not _stop_booking(run, connection, original):
        outcomes.tell_booked(run, connection, payment.reverses)
    if claim.lifecycle == Lifecycle.CLOSED:
        _tell_bounced_after_end(run, connection, claim, payment)
    if original.settlement_id:
        text = (
            f"Payment {payment.reverses} bounced after settlement {original.settlement_id} had paid it out. The agency takes it back with a "
            f"settlement that names {payment.payment_id}; ask for one if none comes."
        )
        people.add_task(connection, run.tenant.id, "clawback", payment.reverses, text, run.now())
    people.resolve_task(connection, run.tenant.id, "reversal_waits", payment.payment_id, "its payment was reported", run.now())
    return "reversal"


def _wrong_reversal(claim: Claim, payment: PaymentReceived, original: StoredPayment) -> str:
    """Tell what a reversal contradicts of the payment it takes back, or ""."""
    if original.claim_id != claim.id:
        return f"payment {payment.reverses} was reported on claim {original.claim_id[:12]}"
    if original.payment.reverses:
        return f"payment {payment.reverses} takes back another one itself"
    if Counter(original.payment.allocations) != Counter(payment.allocations) or original.payment.amount != payment.amount:
        return f"payment {payment.reverses} was reported as {original.payment.amount}, with other parts"
    return ""


def _tell_bounced_after_end(run: Run, connection: Connection, claim: Claim, payment: PaymentReceived) -> None:
    """Give a person what is owed again on a claim that has ended: nobody collects it."""
    owed = owed_on(connection, claim)
    text = (
        f"Payment {payment.reverses} bounced after claim {claim.id[:12]} had ended as {claim.close_reason}: {owed} of it is unpaid, and nobody "
        f"collects it. Ask the agency to go on, or hand it over again once the payment is out of the books "
        f"(`kravbro claims resolve {claim.id[:12]} --tenant {run.tenant.id} --again WHY`)."
    )
    people.resolve_task(connection, run.tenant.id, "left_unpaid", claim.id, "more is unpaid now", run.now())
    people.add_task(connection, run.tenant.id, "left_unpaid", claim.id, text, run.now())


def _stop_booking(run: Run, connection: Connection, original: StoredPayment) -> bool:
    """Cancel the bookings of a payment that are only planned; return False where one is in the books or on its way there."""
    stopped = True
    for invoice_ref in principal_parts(original):
        if claims.is_posted(connection, by_hand_posting(original, invoice_ref)):
            stopped = False
            continue
        subject = payment_subject(original.agency, original.payment.payment_id, invoice_ref)
        kinds = ("book_payment", "bookkeep_payment", "book_voucher")
        entered, booked, advance = (run.journal.latest(connection, kind, subject) for kind in kinds)
        if advance is not None and advance.state == IntentState.PLANNED:
            outcomes.cancelled(run, connection, advance, "the payment bounced")
        elif advance is not None:
            stopped = stopped and advance.state in (IntentState.CANCELLED, IntentState.REFUSED)
        at_once = entered is not None and entered.receipt.get("booked") is True
        if booked is not None and (at_once or booked.state != IntentState.PLANNED):
            stopped = stopped and booked.state in (IntentState.CANCELLED, IntentState.REFUSED)
        elif booked is not None and entered is not None:
            outcomes.cancelled(run, connection, booked, "the payment bounced")
            outcomes.tell_entered(run, connection, entered, entered.remote_ref or "")
        elif entered is not None and entered.state == IntentState.PLANNED:
            outcomes.cancelled(run, connection, entered, "the payment bounced")
    return stopped


def _refuse_payment(run: Run, connection: Connection, claim: Claim, payment: PaymentReceived, wrong: str) -> str:
    what = f"takes back payment {payment.reverses}" if payment.reverses else f"reports payment {payment.payment_id}"
    text = f"The agency {what} on claim {claim.id[:12]} ({payment.amount}), but {wrong}. Nothing was changed; ask the agency."
    amount = -payment.amount if payment.reverses else payment.amount
    params = {"amount": amount.text(), "currency": amount.currency}
    people.add_task(connection, run.tenant.id, "payment_wrong", f"{claim.id}:{payment.payment_id}", text, run.now(), params)
    return REFUSED


def _posting(claim: Claim, payment: PaymentReceived) -> str:
    return stable_id("payment", claim.agency, payment.payment_id)


def _fee(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, FeeCharged), "dispatched by type"
    fee = event.data
    posting = stable_id("fee", claim.agency, fee.fee_id)
    if claims.is_posted(connection, posting):
        known = claims.find_fee(connection, claim.agency, fee.fee_id)
        if known in (None, (claim.id, fee)):
            return "known fee"
        text = (
            f"The agency reports fee {fee.fee_id} on claim {claim.id[:12]} ({fee.amount}), but it was reported before as {known[1].amount} on "
            f"claim {known[0][:12]}. Nothing was changed; ask the agency: each fee has an id of its own."
        )
        params = {"amount": fee.amount.text(), "currency": fee.amount.currency}
        people.add_task(connection, run.tenant.id, "fee_wrong", f"{claim.id}:{fee.fee_id}", text, run.now(), params)
        return REFUSED
    if fee.payer == "debtor":
        entries = fee_charged(fee, claims.list_entries(connection, claim_id=claim.id))
        claims.post(connection, claim, posting, event.message_id, entries, run.now())
    return "fee"


def _plan(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, PlanProposed), "dispatched by type"
    return _phase(run, connection, claim, event, Phase.PAYMENT_PLAN, _with(claim, Flag.PLAN_ACTIVE))


def _with(claim: Claim, flag: Flag) -> tuple[Flag, ...]:
    return tuple(sorted({*claim.flags, flag}))


def _dispute(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, DisputeRaised), "dispatched by type"
    if claim.phase_at is None or event.occurred_at >= claim.phase_at:  # a newer report of the phase says what is true now
        flags = _with(claim, Flag.DISPUTED)
        claims.change_claim(connection, claim, replace(claim.snapshot, flags=flags), flags=json.dumps(flags))
    what = f"{event.data.amount} of it" if event.data.amount else "all of it"
    text = f"The debtor disputes claim {claim.id[:12]} ({what}) at the agency. Send the agency what proves it, or withdraw the claim."
    people.add_task(connection, run.tenant.id, "disputed", claim.id, text, run.now())
    return "disputed"


def _loss(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, LossProposed), "dispatched by type"
    text = (
        f"The agency gives claim {claim.id[:12]} back with {event.data.amount} unpaid. Whether it is a loss is the accountant's to "
        f"decide, and nothing is booked by itself: `kravbro claims write-off {claim.id[:12]} --tenant {run.tenant.id} --reason WHY`, once the claim "
        f"has ended."
    )
    people.add_task(connection, run.tenant.id, "loss_proposed", claim.id, text, run.now())
    return "loss proposed"


def _closed(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    assert isinstance(event.data, Closed), "dispatched by type"
    reason, recovered = event.data.reason, event.data.money_recovered
    ending = replace(claim, snapshot=replace(claim.snapshot, close_reason=reason))
    ended = claims.step_claim(connection, ending, ClaimEvent.CLOSE, run.now(), close_reason=reason, money_recovered=recovered)
    if ended is None:
        return _contradiction(run, connection, claim, event)
    run.summary.claims_closed += 1
    _tell_what_is_left(run, connection, ended)
    return "closed"


def _tell_what_is_left(run: Run, connection: Connection, claim: Claim) -> None:
    """End the tasks a claim's end answers, and ask for what it leaves: money that was not paid, or that was not reported."""
    for kind in ("disputed", "rejected", "loss_proposed", "claim_unreadable", "claim_financed"):
        people.resolve_task(connection, run.tenant.id, kind, claim.id, "the claim has ended", run.now())
    questions.close_tasks(run, connection, claim, "the claim has ended", claim.snapshot.questions)
    owed = owed_on(connection, claim)
    if owed.minor <= 0 or claim.close_reason == CloseReason.WITHDRAWN:
        return  # nothing is left, or the creditor wanted it so
    short, invoices = claim.id[:12], ", ".join(line.invoice_no for line in claim.snapshot.lines)
    if claim.close_reason == CloseReason.PAID:
        text = f"The agency closed claim {short} as paid, but {owed} of its principal was not reported as paid; ask it which payment is missing."
        people.add_task(connection, run.tenant.id, "closed_unpaid", claim.id, text, run.now())
    else:
        again = f"hand it over again (`kravbro claims resolve {short} --tenant {run.tenant.id} --again WHY`), "
        text = (
            f"Claim {short} ended as {claim.close_reason} with {owed} unpaid on invoice {invoices}. Decide: credit it, "
            f"{'' if claim.close_reason == CloseReason.DISPUTE_UPHELD else again}or have the accountant write it off "
            f"(`kravbro claims write-off {short} --tenant {run.tenant.id} --reason WHY`); nothing is booked by itself."
        )
        people.add_task(connection, run.tenant.id, "left_unpaid", claim.id, text, run.now())


def _contradiction(run: Run, connection: Connection, claim: Claim, event: AgencyEvent) -> str:
    if claim.lifecycle == Lifecycle.CLOSED or (claim.lifecycle in _GIVEN_BACK and isinstance(event.data, Rejected | Closed)):
        return "late"
    if claim.lifecycle in _GIVEN_BACK and claim.snapshot.reopen_reason:
        # Who said it may be handed over again did not know this yet.
        claims.change_claim(connection, claim, replace(claim.snapshot, reopen_reason=""))
    text = f"The agency reports {event.data.kind} on claim {claim.id[:12]}, which is {claim.lifecycle}; ask what it means."
    people.add_task(connection, run.tenant.id, "contradiction", event.message_id, text, run.now())
    return "contradiction"


def _detail(event: AgencyEvent) -> dict[str, Any]:
    """Return what a timeline shows of a report."""
    data = event.data
    shown: dict[str, Any] = {"message": event.message_id}
    for name in (
        "agency_case_ref",
        "question_id",
        "question",
        "reply_by",
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
    InfoRequested: _asked,
    DemandSent: _demand_sent,
    PhaseChanged: _phase_changed,
    PaymentReceived: _payment,
    FeeCharged: _fee,
    PlanProposed: _plan,
    DisputeRaised: _dispute,
    LossProposed: _loss,
    Closed: _closed,
}
