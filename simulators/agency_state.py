"""What an auditor may know of the agency: its cases, money and posted reports, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulators.agency_cases import Case, Payment
from simulators.agency_desk import Desk
from simulators.agency_money import Json
from simulators.agency_settle import Cashier
from simulators.agency_wire import Message, Outbox


def describe(cases: Iterable[Case], desk: Desk, cashier: Cashier, outbox: Outbox) -> Json:
    """Return everything an auditor compares; no names and no identity numbers."""
    accepted = {message.data["settlement_id"]: message for message in outbox.posted if message.kind == "settled"}
    return {
        "claims": [claim_row(case) for case in cases],
        "payments": [_payment_row(payment) for payment in desk.payments],
        "fees": list(desk.fees),
        "settlements": [{**row, "accepted": row["settlement_id"] in accepted} for row in cashier.settlements],
        "events": [_message_row(message) for message in outbox.posted],
        "refused": [_message_row(message) for message in outbox.refused],
        "waiting": outbox.waiting,
    }


def claim_row(case: Case) -> Json:
    """Return one case: who, how it stands, and each invoice's principal at the handover and now."""
    return {
        "claim_id": case.claim_id,
        "case_ref": case.case_ref,
        "creditor": case.creditor,
        "currency": case.currency,
        "state": case.state,
        "active": case.state == "open",
        "held": case.held_on is not None,
        "story": case.story,
        "phase": case.phase,
        "close_reason": case.close_reason,
        "version": case.snapshot.get("version"),
        "next_step": case.steps[0].act if case.steps else "",
        "costs_left_minor": case.costs_left,
        "waived_minor": case.waived,
        "direct_minor": case.direct_paid,
        "country": case.law.code,
        "consumer": case.is_consumer,
        "seen_on": str(case.seen_on),
        "notice_ordered": bool((case.snapshot.get("instructions") or {}).get("send_notice_first")),
        "letters": [{"kind": one["kind"], "sent_on": one["sent_on"], "fee": one["fee"]} for one in case.snapshot.get("notices") or ()],
        "costs": [{"component": cost.component, "payee": cost.payee, "amount_minor": cost.amount} for cost in case.costs],
        "invoices": [_invoice_row(line) for line in case.lines],
    }


def _invoice_row(line: Any) -> Json:
    return {
        "invoice_ref": line.invoice_ref,
        "invoice_no": line.invoice_no,
        "principal_start_minor": line.start,
        "principal_left_minor": line.left,
        "credited_minor": line.credited,
        "direct_minor": sum(amount for _, amount in line.direct),
        "received_minor": sum(amount for _, amount in line.received),
        "interest_paid_minor": line.interest_paid,
    }


def _payment_row(payment: Payment) -> Json:
    return {
        "payment_id": payment.payment_id,
        "claim_id": payment.claim_id,
        "creditor": payment.creditor,
        "currency": payment.currency,
        "received_on": str(payment.received_on),
        "amount_minor": payment.amount,
        "allocations": payment.allocations,
        "reported": payment.reported,
        "settlement_id": payment.settlement_id,
    }


def _message_row(message: Message) -> Json:
    return {
        "t": round(message.posted_at, 6),
        "message_key": message.key,
        "message_id": message.message_id,
        "claim_id": message.claim_id,
        "creditor": message.tenant,
        "kind": message.kind,
        "status": message.answer_status,
        "duplicate_of": message.duplicate_of,
        "written_on": str(message.written_on),
        "data": message.data,
    }
