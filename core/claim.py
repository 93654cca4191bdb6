"""The claim: what we hand to an agency, what it says back, and the words both share.

A claim has one creditor, one debtor (an identity number), one currency and one or more invoices. `Snapshot` is the whole
claim as the agency reads it from the feed; `AgencyEvent` is one thing the agency reports. Both are plain frozen values
that pydantic turns into JSON, in the store and on the feed alike (amounts as decimal strings with their currency).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from core.model import Address, DebtorKind
from core.money import Money

__all__ = [
    "Acknowledged",
    "AgencyEvent",
    "Allocation",
    "ClaimLine",
    "CloseReason",
    "Closed",
    "Component",
    "Credit",
    "DebtorParty",
    "DemandSent",
    "DisputeRaised",
    "DocumentRef",
    "EventData",
    "FeeCharged",
    "Flag",
    "InfoRequested",
    "Instalment",
    "Instructions",
    "InterestPart",
    "InterestRule",
    "Lifecycle",
    "LossProposed",
    "Notice",
    "Party",
    "PaymentReceived",
    "Phase",
    "PhaseChanged",
    "PlanProposed",
    "PriorPayment",
    "Question",
    "Rejected",
    "Settled",
    "SettlementLine",
    "Snapshot",
]


class Lifecycle(StrEnum):
    """Where the claim is between us and the agency; the transitions stand in `core.states`."""

    DRAFT = "draft"
    QUEUED = "queued"
    SUBMITTED = "submitted"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSING = "closing"
    CLOSED = "closed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Phase(StrEnum):
    """How far the agency has come with the debtor."""

    REMINDER = "reminder"
    NOTICE = "notice"
    AMICABLE = "amicable"
    PAYMENT_PLAN = "payment_plan"
    PRE_LEGAL_NOTICE = "pre_legal_notice"
    LEGAL_FILED = "legal_filed"
    CONTESTED_COURT = "contested_court"
    TITLE_OBTAINED = "title_obtained"
    ENFORCEMENT = "enforcement"
    SURVEILLANCE = "surveillance"
    FOREIGN_AGENT = "foreign_agent"


class Flag(StrEnum):
    """What is true of the claim beside its phase."""

    DISPUTED = "disputed"
    PLAN_ACTIVE = "plan_active"
    INSOLVENCY = "insolvency"
    DECEASED = "deceased"
    DEBT_RELIEF = "debt_relief"
    ADDRESS_UNKNOWN = "address_unknown"
    ACTION_REQUIRED = "action_required"
    DIRECT_PAYMENT_SEEN = "direct_payment_seen"


class CloseReason(StrEnum):
    """Why a claim ended."""

    PAID = "paid"
    PAID_PARTIAL_SETTLED = "paid_partial_settled"
    PAID_BEFORE_HANDOVER = "paid_before_handover"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"
    RETURNED_UNCOLLECTIBLE = "returned_uncollectible"
    INSOLVENT = "insolvent"
    DECEASED = "deceased"
    UNTRACEABLE = "untraceable"
    TIME_BARRED = "time_barred"
    DISPUTE_UPHELD = "dispute_upheld"
    UNECONOMIC = "uneconomic"
    DECLINED_BY_AGENCY = "declined_by_agency"
    INVALID_DATA = "invalid_data"


class Component(StrEnum):
    """What an amount of a claim is; never rolled into another."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    REMINDER_FEE = "reminder_fee"
    COMPENSATION = "compensation"
    COLLECTION_COST = "collection_cost"
    LEGAL_COST = "legal_cost"
    OVERPAYMENT = "overpayment"


Payer = Literal["debtor", "creditor", "insurer"]
Payee = Literal["creditor", "agency", "authority"]


@dataclass(frozen=True, slots=True)
class Party:
    """The creditor: who is owed, where it is reached, and the accounts it is paid on."""

    name: str
    org_no: str
    address: Address
    email: str = ""
    phone: str = ""
    bankgiro: str = ""
    iban: str = ""
    plusgiro: str = ""
    bic: str = ""
    vat_no: str = ""
    fi_creditor_no: str = ""


@dataclass(frozen=True, slots=True)
class DebtorParty:
    """Who owes, with the identity number checked."""

    name: str
    kind: DebtorKind
    identity_no: str
    address: Address
    email: str = ""
    phone: str = ""
    language: str = "sv"
    role: Literal["principal", "co_debtor", "guarantor"] = "principal"


@dataclass(frozen=True, slots=True)
class InterestPart:
    """Late interest of one period at one rate, as a letter states it; `rate` is per cent a year, both days bear interest."""

    base: Money
    rate: Decimal
    first_day: date
    last_day: date
    amount: Money


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One invoice of a claim, or of a letter.

    Attributes:
        open: principal alone, whole.
        disputed: what of `open` the debtor disputes: it is not demanded while that stands; None where nothing is.
        interest_from: the day interest runs from, as the statute says it; the first day that bears any is the next one.
    """

    invoice_ref: str
    invoice_no: str
    issued_on: date
    due_on: date
    original: Money
    open: Money
    payment_reference: str = ""
    interest_from: date | None = None
    disputed: Money | None = None

    @property
    def asks(self) -> Money:
        """What is asked for of this invoice."""
        return self.open - self.disputed if self.disputed else self.open

    @property
    def pays_with(self) -> str:
        """What the debtor writes on the payment: the reference, or the invoice number where the books have none."""
        return self.payment_reference.strip() or self.invoice_no


@dataclass(frozen=True, slots=True)
class InterestRule:
    """How interest runs: a rule the agency can compute with, not only a sum.

    Attributes:
        margin_pp: what is added to the reference rate, in percentage points.
        claimed: what had accrued on all lines until `claimed_until`, the day of the handover, rounded once, and is owed beside
            the principal; None where a rate is missing or not confirmed, or it was withdrawn since.
        why: the rules behind the days and the figure, each a sentence with its statute.
    """

    kind: Literal["statutory", "agreed", "none"]
    statute: str
    margin_pp: str
    claimed: Money | None = None
    claimed_until: date | None = None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A reminder or demand the debtor has been sent before the handover."""

    kind: Literal["reminder", "notice", "demand"]
    sent_on: date
    channel: Literal["email", "print"]
    fee: Money


@dataclass(frozen=True, slots=True)
class PriorPayment:
    """What the debtor had paid on an invoice before the handover, or pays the creditor directly after it.

    `payment_ref` is the books' number of the payment, which tells two equal ones apart.
    """

    invoice_ref: str
    amount: Money
    paid_on: date
    payment_ref: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """What the creditor has credited on an invoice."""

    invoice_ref: str
    amount: Money
    credited_on: date


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document of the claim, fetched by its id."""

    document_id: str
    kind: Literal["invoice", "letter", "answer"]
    media_type: str
    sha256: str
    size: int
    name: str


AskedDocument = Literal["invoice", "letter", "contract", "delivery", "correspondence", "other"]


@dataclass(frozen=True, slots=True)
class Question:
    """What the agency has asked about the claim, and the creditor's answer; "" while there is none.

    Attributes:
        documents: the kinds of document that are asked for.
        answer_documents: what came with the answer, by the ids of the claim's documents.
    """

    question_id: str
    question: str
    asked_on: date
    documents: tuple[AskedDocument, ...] = ()
    reply_by: date | None = None
    answer: str = ""
    answered_on: date | None = None
    answer_documents: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return not self.answer


@dataclass(frozen=True, slots=True)
class Instructions:
    """How far the agency may go; `fees_left`: what of interest and fees once the principal was paid to the creditor directly.

    `send_notice_first`: the notice before collection has not gone; the agency sends it and charges nothing before it has run out.
    """

    allow_legal: bool = False
    end_stage: Phase = Phase.PRE_LEGAL_NOTICE
    fees_left: Literal["waive", "go_on"] = "waive"
    send_notice_first: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole claim as the agency sees it; `version` rises with every change.

    `disputed` is what the creditor knows to be disputed, all lines together; what the debtor tells the agency is the agency's report.
    """

    claim_id: str
    version: int
    lifecycle: Lifecycle
    creditor: Party
    debtors: tuple[DebtorParty, ...]
    currency: str
    lines: tuple[ClaimLine, ...]
    interest: InterestRule
    fees: tuple[tuple[Component, Money], ...] = ()
    notices: tuple[Notice, ...] = ()
    payments: tuple[PriorPayment, ...] = ()
    direct_payments: tuple[PriorPayment, ...] = ()
    credits: tuple[Credit, ...] = ()
    instructions: Instructions = Instructions()
    documents: tuple[DocumentRef, ...] = ()
    disputed: Money | None = None
    dispute_text: str = ""
    phase: Phase | None = None
    flags: tuple[Flag, ...] = ()
    agency_case_ref: str = ""
    close_reason: CloseReason | None = None
    withdraw_reason: str = ""
    reopen_reason: str = ""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a payment: what it pays, and who keeps it."""

    component: Component
    amount: Money
    payee: Payee = "creditor"
    invoice_ref: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The agency has taken the claim on."""

    agency_case_ref: str
    kind: Literal["acknowledged"] = "acknowledged"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The agency does not take the claim; `fields` names what is wrong in the snapshot."""

    code: str
    text: str
    fields: tuple[str, ...] = ()
    kind: Literal["rejected"] = "rejected"


@dataclass(frozen=True, slots=True)
class InfoRequested:
    """The agency lacks something and waits for the creditor's answer; `question_id` tells one question from another."""

    question_id: str
    question: str
    documents: tuple[AskedDocument, ...] = ()
    reply_by: date | None = None
    kind: Literal["info_requested"] = "info_requested"


@dataclass(frozen=True, slots=True)
class DemandSent:
    """The agency has sent its statutory demand (inkassolagen 5 §)."""

    sent_on: date
    pay_by: date
    kind: Literal["demand_sent"] = "demand_sent"


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The agency is somewhere else with the debtor; `raw_code` is its own word for it."""

    phase: Phase
    raw_code: str = ""
    flags: tuple[Flag, ...] = ()
    kind: Literal["phase_changed"] = "phase_changed"


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """The debtor has paid the agency; `reverses` names an earlier payment that bounced."""

    payment_id: str
    received_on: date
    amount: Money
    allocations: tuple[Allocation, ...]
    reverses: str = ""
    kind: Literal["payment_received"] = "payment_received"


@dataclass(frozen=True, slots=True)
class FeeCharged:
    """The agency or an authority has added a cost to the claim."""

    fee_id: str
    component: Component
    amount: Money
    charged_on: date
    payer: Payer = "debtor"
    payee: Payee = "agency"
    kind: Literal["fee_charged"] = "fee_charged"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a payment plan."""

    due_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class PlanProposed:
    """The agency has agreed a payment plan with the debtor; it binds the creditor."""

    plan_id: str
    instalments: tuple[Instalment, ...]
    kind: Literal["plan_proposed"] = "plan_proposed"


@dataclass(frozen=True, slots=True)
class DisputeRaised:
    """The debtor objects, to all of it where `amount` is None."""

    text: str
    amount: Money | None = None
    kind: Literal["dispute_raised"] = "dispute_raised"


@dataclass(frozen=True, slots=True)
class LossProposed:
    """The agency gives the claim back as a loss; nothing is booked before the accountant approves."""

    amount: Money
    text: str
    kind: Literal["loss_proposed"] = "loss_proposed"


@dataclass(frozen=True, slots=True)
class Closed:
    """The agency has ended its work on the claim."""

    reason: CloseReason
    money_recovered: bool
    kind: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One payment in a settlement."""

    claim_id: str
    payment_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Settled:
    """A payout: gross + carried in - fees kept - commission - VAT - costs - carried out = paid out.

    Attributes:
        principal, interest, creditor_fees: what of `gross` is the creditor's, by component.
        fees_kept: what of `gross` the agency keeps as pay (statutory collection fees).
        document: the settlement statement, by its document id in the feed.
    """

    settlement_id: str
    settled_on: date
    currency: str
    gross: Money
    principal: Money
    interest: Money
    creditor_fees: Money
    fees_kept: Money
    commission: Money
    vat: Money
    costs: Money
    carried_in: Money
    carried_out: Money
    paid_out: Money
    lines: tuple[SettlementLine, ...]
    agency_vat_no: str = ""
    invoice_no: str = ""
    bank_reference: str = ""
    kind: Literal["settled"] = "settled"


EventData = (
    Acknowledged
    | Rejected
    | InfoRequested
    | DemandSent
    | PhaseChanged
    | PaymentReceived
    | FeeCharged
    | PlanProposed
    | DisputeRaised
    | LossProposed
    | Closed
    | Settled
)


@dataclass(frozen=True, slots=True)
class AgencyEvent:
    """One thing an agency reports, as stored on arrival.

    Attributes:
        message_id: unique for the agency, for ever.
        claim_id: ours; "" for a settlement, which covers many claims.
        occurred_at: when it happened at the agency.
        document_id: the settlement's statement, stored with it.
    """

    agency: str
    message_id: str
    claim_id: str
    occurred_at: datetime
    data: EventData = field(kw_only=True)
    document_id: str | None = field(default=None, kw_only=True)
