"""What travels: the bodies of reports and of answers, as pydantic models around the frozen values of `core.claim`.

The models are strict and know no other fields, and pydantic carries that into the dataclasses in them: a misspelt
`reverses` must be refused, since without it a bounced payment would count as a second one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.claim import (
    Closed,
    DemandSent,
    DisputeRaised,
    FeeCharged,
    InfoRequested,
    LossProposed,
    PaymentReceived,
    PhaseChanged,
    PlanProposed,
    Settled,
)

EVENT_TYPES: Final = (
    "claim.submitted",
    "claim.updated",
    "claim.direct_payment",
    "claim.paused",
    "claim.resumed",
    "claim.withdrawn",
    "claim.answered",
)


def _written_out(value: Any) -> Any:
    """Refuse 1649367553 and "1649367553", which pydantic would read as seconds since 1970."""
    if not isinstance(value, str) or "-" not in value:
        raise PydanticCustomError("datetime_type", "not a written moment")
    return value


OccurredAt = Annotated[
    AwareDatetime,
    Field(strict=False, description="When it happened, with its time zone."),  # after the check below it is text in any case
    BeforeValidator(_written_out),
]
BASE64: Final = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
"""Written out, since a decoder that skips what it doesn't know would keep another file than was sent."""

Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]

Data = Annotated[
    InfoRequested | DemandSent | PhaseChanged | PaymentReceived | FeeCharged | PlanProposed | DisputeRaised | LossProposed | Closed,
    Field(discriminator="kind"),
]


class Body(BaseModel):
    """What every report has."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    occurred_at: OccurredAt


class AckBody(Body):
    """The agency takes the claim on, in the version it read."""

    agency_case_ref: Line
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class RejectBody(Body):
    """The agency does not take the claim; `fields` names what is wrong in it."""

    code: Code
    text: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""
    fields: Annotated[tuple[Line, ...], Field(max_length=100)] = ()


class EventBody(Body):
    """Something that happened on the claim."""

    data: Data


class StatementBody(BaseModel):
    """The settlement statement as a file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Line
    media_type: Literal["application/pdf", "application/json", "application/xml", "text/xml", "text/csv", "text/plain"]
    content_base64: Annotated[str, Field(min_length=4, pattern=BASE64)]


class SettlementBody(Body):
    """A payout, and its statement."""

    data: Settled
    document: StatementBody | None = None


class Event(BaseModel):
    """One event: thin, the claim says the rest."""

    id: str
    type: str
    claim_id: str
    sequence: int
    occurred_at: datetime


class Page(BaseModel):
    """Events in the order in which they were published, and the cursor that goes on after them."""

    events: list[Event]
    cursor: str
    has_more: bool


class Accepted(BaseModel):
    """The report is stored and takes effect with the next run."""

    message_id: str
    status: Literal["stored"]


class Health(BaseModel):
    """The feed answers and reaches its database."""

    status: Literal["ok"]
