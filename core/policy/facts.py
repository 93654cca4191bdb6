"""What a decision is made from, and what it says. All values; nothing here reads, stores or sends.

What is made anew for each decision is a named tuple: it is as frozen as a dataclass, and made in a third of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from fractions import Fraction
from typing import Literal, NamedTuple

from core.claim import Lifecycle, Phase
from core.law import Rule
from core.model import Debtor, Invoice
from core.money import Money

__all__ = [
    "Action",
    "ClaimFacts",
    "DebtorBooks",
    "Decision",
    "Facts",
    "History",
    "Hold",
    "HoldKind",
    "Instalment",
    "Mode",
    "Reason",
    "Sent",
    "Stage",
]


class Action(StrEnum):
    """What a step of a policy does."""

    REMIND = "remind"
    NOTICE = "notice"
    DEMAND = "demand"
    HANDOVER = "handover"
    REPORT_TO_INSURER = "report_to_insurer"
    PROPOSE_WRITE_OFF = "propose_write_off"


class Mode(StrEnum):
    """Who releases a step: the program, a person, or nobody."""

    AUTO = "auto"
    ASK = "ask"
    OFF = "off"


class Stage(StrEnum):
    """Where the policy puts an invoice today; derived, never stored as truth. Listed most severe first."""

    CLOSED = "closed"
    LEFT_ALONE = "left_alone"
    HANDED_OVER = "handed_over"
    HELD = "held"
    HANDOVER = "handover"
    DEMAND = "demand"
    NOTICE = "notice"
    REMIND = "remind"
    WAITING = "waiting"
    NOT_DUE = "not_due"


class HoldKind(StrEnum):
    """Why a person or a rule stops every step."""

    HOLD = "hold"
    DISPUTE = "dispute"
    PROMISE = "promise"
    PLAN = "plan"
    DEFERRAL = "deferral"
    DIRECT_DEBIT = "direct_debit"
    INSOLVENCY = "insolvency"
    MINOR = "minor"
    DECEASED = "deceased"
    PROTECTED_IDENTITY = "protected_identity"

    @property
    def of_person(self) -> bool:
        """Whether it is about the debtor's person, and so about everything it owes."""
        return self in (HoldKind.INSOLVENCY, HoldKind.MINOR, HoldKind.DECEASED, HoldKind.PROTECTED_IDENTITY)


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an instalment plan, and the day it is to be paid."""

    due_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Hold:
    """A stop on an invoice or a debtor; `until` is its last day, None is until released.

    Attributes:
        amount: means a part in a dispute alone; a promise to pay a part is a promise still.
        instalments: of a plan that has a schedule, in the order of their days; it stops as long as the books show them paid.
        open_before: what was open when such a plan was made.
        asked, given: what documents a debtor that disputes has asked for, and was given.
    """

    id: str
    kind: HoldKind
    scope: Literal["invoice", "debtor"]
    reason: str
    from_on: date
    until: date | None = None
    amount: Money | None = None
    instalments: tuple[Instalment, ...] = ()
    open_before: Money | None = None
    asked: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter of ours that covers the invoice.

    `state` is "confirmed" (it went), or "open" (planned, being sent or of unknown outcome: nothing else starts meanwhile).
    `sent_on` is the day of the last send, from which waiting times count; None while nothing went.
    """

    action: Action
    state: Literal["open", "confirmed"]
    sent_on: date | None
    pay_by: date | None
    announces_collection: bool = False
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """The claim that covers the invoice, active or ended."""

    claim_id: str
    agency: str
    lifecycle: Lifecycle
    phase: Phase | None = None
    reopen_reason: str = ""
    submitted: bool = True

    @property
    def lets_go(self) -> bool:
        """Whether the invoice is free of it: it was dropped before it left, or has ended and a person let the invoice go again."""
        if self.lifecycle == Lifecycle.WITHDRAWN and not self.submitted:
            return True
        return self.ended and bool(self.reopen_reason)

    @property
    def ended(self) -> bool:
        """Whether no agency works on it any more."""
        return self.lifecycle in (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class DebtorBooks:
    """What the books show of a debtor today, in the invoice's currency and across its customer numbers.

    Attributes:
        unpaid_invoices: how many of its invoices are overdue and not paid.
        open: what is open on all of its invoices, due or not.
        credits: what credit notes and payments beyond what was owed have left to be set off or paid back.
        share: what of `credits` falls on this invoice, shared over what may be asked of the debtor; None where nothing does.
    """

    unpaid_invoices: int
    open: Money
    credits: Money | None = None
    share: Money | None = None


@dataclass(frozen=True, slots=True)
class History:
    """How a debtor has paid so far, across its customer numbers.

    Attributes:
        paid_invoices: how many paid invoices of it we know.
        days_late: how many days late they were paid, all together; one that was paid in time adds none.
        broken_promises: promises and instalment plans that it did not keep.
    """

    paid_invoices: int
    days_late: int
    broken_promises: int

    @property
    def mean_days_late(self) -> Fraction | None:
        """How late it pays; None where we know no paid invoice of it."""
        return Fraction(self.days_late, self.paid_invoices) if self.paid_invoices else None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the decision about one invoice may look at.

    Attributes:
        postings_until: the last day whose bank postings the books hold; None where nothing shows it.
        mandate_missing: what the tenant lacks before a handover, as ids (`contract`, `signatory`, …); empty is complete.
        vendor_reminders_known: the vendor's reminder count when the tenant went live; a rise since then is not ours.
        booking_open: a booking of ours on this invoice is under way.
        approved: digests of what a person has approved (see `core.policy.approval_digest`).
        agency: the agency a handover would go to, "" when none is chosen.
        reminder_fee_agreed: reminder fees were agreed when the invoice's debt arose, and that is recorded.
        entered: what lies entered in the books as paid and is not booked yet; None where nobody looked or nothing does.
        at_agency: what an agency has reported as paid on it and is in no book yet; below nothing where it bounced and still is in one.
        restored_on: the day the database came back from a backup; what was due by then may have gone already, unknown to us.
        debtor_books: what else is open of the debtor; None where nobody looked.
        history: how the debtor has paid so far; None where nobody looked.
        mail_returned_on: the day a letter came back from the debtor's mail address; None where none did, or letters go by post instead.
        at: the time of the creditor's day at which something may go by itself; None where nothing does, as for a letter that a person posts.
        announced_on: the day a handover to `agency` was announced to the creditor; None where none stands announced.
    """

    invoice: Invoice
    debtor: Debtor | None
    sent: tuple[Sent, ...] = ()
    holds: tuple[Hold, ...] = ()
    claim: ClaimFacts | None = None
    postings_until: date | None = None
    mandate_missing: tuple[str, ...] = ()
    vendor_reminders_known: int = 0
    booking_open: bool = False
    approved: frozenset[str] = frozenset()
    agency: str = ""
    reminder_fee_agreed: bool = False
    live_from: date | None = None
    entered: Money | None = None
    at_agency: Money | None = None
    restored_on: date | None = None
    debtor_books: DebtorBooks | None = None
    history: History | None = None
    announced_on: date | None = None
    mail_returned_on: date | None = None
    at: time | None = None


class Reason(NamedTuple):
    """Why, as an id with its parameters; the words are found late, in the reader's language.

    Attributes:
        values: the parameters as they are known, by name. Few reasons are ever read, so that none is put in words before it is.
        rule: a row of the law's tables, `statute` its statute, and `policy_line` the line of the policy document.
    """

    id: str
    values: tuple[tuple[str, object], ...] = ()
    rule: str = ""
    statute: str = ""
    policy_line: int | None = None

    @staticmethod
    def of(id_: str, /, *, line: int | None = None, law: Rule | None = None, **params: object) -> Reason:
        """Return a reason with its parameters, the policy line and the legal rule it rests on."""
        if law is None:
            return Reason(id_, tuple(params.items()), "", "", line)
        return Reason(id_, tuple(params.items()), law.id, law.statute, line)

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """The parameters as text, by name."""
        return tuple((name, str(value)) for name, value in self.values)


class Decision(NamedTuple):
    """What an invoice is at today, what to do now, and when that can next change by itself.

    Attributes:
        action: what to do now; None when nothing.
        mode: `AUTO` to do it, `ASK` to wait for a person; meaningless without an action.
        asks: what the step asks the debtor for, without the fee: what is open less what is disputed of it and what is netted.
        fee: the reminder fee the letter asks for.
        by_post: the letter goes by post even where there is a mail address.
        pay_by: the deadline a letter gives.
        next_action: what comes next if nothing changes, and `next_on` the day; both None when nothing will.
        alone: the invoice goes in a letter or a claim of its own, whatever else of its debtor is due.
        fees_left: what of interest and fees once the principal of a claim was paid to the creditor directly.
        announce: a handover is to be announced to the creditor today; it goes on `next_on` unless stopped.
        blocked: the step's day has come, but a gate or a hold stops it (`reasons` say which).
        netted: what of the debtor's credit the letter deducts.
    """

    stage: Stage
    action: Action | None
    mode: Mode
    reasons: tuple[Reason, ...]
    next_action: Action | None = None
    next_on: date | None = None
    asks: Money | None = None
    fee: Money | None = None
    pay_by: date | None = None
    announces_collection: bool = False
    by_post: bool = False
    alone: bool = False
    fees_left: Literal["waive", "go_on"] = "waive"
    announce: bool = False
    blocked: bool = False
    digest: str = ""
    netted: Money | None = None
