"""What agencies send, and the checks that need the claim."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

from core.claim import (
    Acknowledged,
    Closed,
    Component,
    DemandSent,
    DisputeRaised,
    EventData,
    FeeCharged,
    LossProposed,
    PaymentReceived,
    PhaseChanged,
    PlanProposed,
    Rejected,
    Settled,
    Snapshot,
)
from core.money import Money
from portal.feed.errors import FeedError

__all__ = ["AckBody", "EventBody", "EventOut", "EventsOut", "RejectBody", "SettlementBody", "StoredOut", "check_event", "check_settlement"]

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
LongText = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    occurred_at: AwareDatetime


class AckBody(_Body):
    """The agency takes the claim on."""

    agency_case_ref: Text


class RejectBody(_Body):
    """The agency does not take the claim."""

    code: Text
    text: LongText
    fields: list[Text] = []


class EventBody(_Body):
    """Something happened to a claim."""

    data: Annotated[
        DemandSent | PhaseChanged | PaymentReceived | FeeCharged | PlanProposed | DisputeRaised | LossProposed | Closed,
        Field(discriminator="kind"),
    ]


class StatementBody(BaseModel):
    """The settlement's statement as a file."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^/\\\x00-\x1f]+$")]
    media_type: Literal["application/pdf", "application/json", "text/csv", "text/plain"]
    content_base64: Base64Bytes


class SettlementBody(_Body):
    """A payout with what was kept."""

    data: Settled
    document: StatementBody | None = None


class StoredOut(BaseModel):
    """The report is stored, and takes effect with the next run."""

    message_id: str
    status: Literal["stored"] = "stored"


class EventOut(BaseModel):
    """One event of the feed."""

    id: str
    type: str
    claim_id: str
    sequence: int
    occurred_at: datetime


class EventsOut(BaseModel):
    """A page of events."""

    events: list[EventOut]
    cursor: str
    has_more: bool


def to_event(body: AckBody | RejectBody | EventBody) -> EventData:
    """Return the report a body carries."""
    if isinstance(body, AckBody):
        return Acknowledged(body.agency_case_ref)
    if isinstance(body, RejectBody):
        return Rejected(body.code, body.text, tuple(body.fields))
    return body.data


def check_time(occurred_at: datetime, now: datetime) -> None:
    """Refuse what has not happened yet."""
    if occurred_at > now + timedelta(days=1):
        raise FeedError(422, "invalid", "This lies in the future.", "occurred_at")


def check_event(data: EventData, claim: Snapshot) -> None:
    """Refuse a report that contradicts itself or the claim."""
    if isinstance(data, PaymentReceived):
        _check_payment(data, claim)
    elif isinstance(data, FeeCharged):
        _check_amount(data.amount, claim, "data.amount")
    elif isinstance(data, LossProposed) or (isinstance(data, DisputeRaised) and data.amount):
        assert data.amount is not None, "a dispute without an amount is about all of it"
        _check_amount(data.amount, claim, "data.amount")
    elif isinstance(data, PlanProposed):
        for number, part in enumerate(data.instalments):
            _check_amount(part.amount, claim, f"data.instalments.{number}.amount")


def check_settlement(data: Settled) -> None:
    """Refuse a settlement that does not add up."""
    amounts = [
        data.gross, data.principal, data.interest, data.creditor_fees, data.fees_kept, data.commission, data.vat, data.costs,
        data.carried_in, data.carried_out, data.paid_out, *(line.amount for line in data.lines),
    ]  # fmt: skip
    if any(amount.currency != data.currency for amount in amounts):
        raise FeedError(422, "invalid", "All amounts are in the settlement's currency.", "data.currency")
    total = data.gross + data.carried_in - data.fees_kept - data.commission - data.vat - data.costs - data.carried_out
    if total != data.paid_out:
        raise FeedError(422, "invalid", f"The parts come to {total}, paid_out says {data.paid_out}.", "data.paid_out")
    if data.principal + data.interest + data.creditor_fees + data.fees_kept != data.gross:
        raise FeedError(422, "invalid", "The components do not come to the gross.", "data.gross")
    if not data.lines or Money.sum((line.amount for line in data.lines), data.currency) != data.gross:
        raise FeedError(422, "invalid", "The lines do not come to the gross.", "data.lines")


def _check_payment(data: PaymentReceived, claim: Snapshot) -> None:
    _check_amount(data.amount, claim, "data.amount")
    if any(part.amount.currency != claim.currency or part.amount.minor <= 0 for part in data.allocations):
        raise FeedError(422, "invalid", "Every part is above zero and in the claim's currency.", "data.allocations")
    if Money.sum((part.amount for part in data.allocations), claim.currency) != data.amount:
        raise FeedError(422, "invalid", "The parts do not come to the amount.", "data.allocations")
    known = {line.invoice_ref for line in claim.lines}
    for number, part in enumerate(data.allocations):
        if part.component == Component.PRINCIPAL and part.invoice_ref not in known:
            raise FeedError(422, "invalid", "Principal names an invoice of the claim.", f"data.allocations.{number}.invoice_ref")


def _check_amount(amount: Money, claim: Snapshot, field: str) -> None:
    if amount.currency != claim.currency:
        raise FeedError(422, "invalid", f"The claim is in {claim.currency}.", field)
    if amount.minor <= 0:
        raise FeedError(422, "invalid", "The amount is above zero.", field)
