"""Values that tests of the feed share: a claim, and well-formed reports on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from core.claim import ClaimLine, DebtorParty, InterestRule, Lifecycle, Party, Snapshot
from core.model import Address, DebtorKind
from core.money import Money

NOW = datetime(2025, 4, 15, 8, tzinfo=UTC)
PERSON = "198112189876"


def sek(amount):
    return {"amount": amount, "currency": "SEK"}


def snapshot(claim_id="c1", **changes):
    line = ClaimLine("17", "F17", date(2025, 2, 1), date(2025, 3, 3), Money(12_500_00, "SEK"), Money(12_500_00, "SEK"), "1701")
    address = Address("Storgatan 1", "", "11122", "Stockholm", "SE")
    claim = Snapshot(
        claim_id, 1, Lifecycle.SUBMITTED, Party("Björks Bageri AB", "5566778899", address),
        (DebtorParty("Anna Ek", DebtorKind.CONSUMER, PERSON, address),), "SEK", (line,), InterestRule("statutory", "6 § räntelagen", "8"),
    )  # fmt: skip
    return replace(claim, **changes)


def ack(**changes):
    return {"agency_case_ref": "A-1001", "occurred_at": "2025-04-15T07:30:00Z", **changes}


def event(kind, **data):
    return {"occurred_at": "2025-04-15T07:30:00Z", "data": {"kind": kind, **data}}


def payment(payment_id="P1", amount="100.00", **changes):
    parts = [{"component": "principal", "amount": sek(amount), "invoice_ref": "17"}]
    return event(
        "payment_received",
        **{"payment_id": payment_id, "received_on": "2025-04-14", "amount": sek(amount), "allocations": parts, **changes},
    )


def settlement(*claim_ids, **changes):
    zero = dict.fromkeys(("interest", "creditor_fees", "fees_kept", "vat", "costs", "carried_in", "carried_out"), sek("0.00"))
    lines = [{"claim_id": claim_id, "payment_id": f"P-{claim_id}", "amount": sek("100.00")} for claim_id in claim_ids or ("c1",)]
    gross = sek(f"{100 * len(lines)}.00")
    data = {
        "settlement_id": "S1", "settled_on": "2025-04-14", "currency": "SEK", "gross": gross, "principal": gross, **zero,
        "commission": sek("10.00"), "paid_out": sek(f"{100 * len(lines) - 10}.00"), "lines": lines, **changes,
    }  # fmt: skip
    return {"occurred_at": "2025-04-15T07:30:00Z", "data": data}


EVENTS = {
    "info_requested": {"question_id": "Q1", "question": "What was ordered?", "documents": ["contract"], "reply_by": "2025-04-30"},
    "demand_sent": {"sent_on": "2025-04-14", "pay_by": "2025-04-25"},
    "phase_changed": {"phase": "amicable", "raw_code": "AM", "flags": ["plan_active"]},
    "payment_received": payment()["data"],
    "fee_charged": {"fee_id": "F1", "component": "collection_cost", "amount": sek("180.00"), "charged_on": "2025-04-14"},
    "plan_proposed": {"plan_id": "L1", "instalments": [{"due_on": "2025-05-30", "amount": sek("500.00")}]},
    "dispute_raised": {"text": "The goods never came."},
    "loss_proposed": {"amount": sek("12500.00"), "text": "Bankrupt."},
    "closed": {"reason": "paid", "money_recovered": True},
}
