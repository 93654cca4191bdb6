"""One invoice as the law sees it: what the question about it is asked with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from core.law.bars import Circumstances
from core.law.daycount import DayCount
from core.law.interest import Paid
from core.law.rates import AgreedRate
from core.law.start import DueBasis
from core.model import DebtorKind
from core.money import Money

__all__ = ["Case", "CreditNote"]

NOTHING_KNOWN: Final = Circumstances()


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit: it lowers the interest base from the due date, whenever it was given."""

    credited_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Case:
    """One invoice as the law sees it.

    Attributes:
        principal: what was invoiced, in the customer's share.
        basis: how the due date came about; None is unilateral towards a consumer, agreed towards others.
        assessable_on: when the debtor could judge the claim, if that was after the bill.
        interest_notice: whether the bill says that non-payment costs interest (asked of a consumer's bill in Sweden).
        electronic_only: the bill went electronically to a debtor who had not accepted that expressly.
        agreed_rate: the rate of interest agreed on, if one was.
        payments: on the principal; interest and fees paid are not among them.
        reminders, notices, demands, plans, extensions: the days they were sent.
        handovers: the days a fee for asking another to collect is charged for (Denmark).
        agency_from: the day an agency began to collect and to charge its own costs.
        plan_broken_on: the day an instalment plan was broken.
        fees_charged: kinds already charged elsewhere, where one message or case covers several invoices.
        compensation: whether the creditor claims it; `claimed_on` is when, the day asked about unless said.
        enforceable: whether the claim can be enforced without a judgment.
        debtor_country: where the debtor lives, if not under this law.
        circumstances: disputes, the debtor's person, limitation.
    """

    country: str
    debtor: DebtorKind
    principal: Money
    due_on: date
    basis: DueBasis | None = None
    sent_on: date | None = None
    received_on: date | None = None
    assessable_on: date | None = None
    interest_notice: bool = True
    electronic_only: bool = False
    agreed_rate: AgreedRate | None = None
    payments: tuple[Paid, ...] = ()
    credits: tuple[CreditNote, ...] = ()
    reminders: tuple[date, ...] = ()
    notices: tuple[date, ...] = ()
    demands: tuple[date, ...] = ()
    plans: tuple[date, ...] = ()
    extensions: tuple[date, ...] = ()
    handovers: tuple[date, ...] = ()
    agency_from: date | None = None
    plan_broken_on: date | None = None
    fees_charged: tuple[str, ...] = ()
    reminder_fee_agreed: bool = False
    compensation: bool = False
    claimed_on: date | None = None
    goods_or_services: bool = True
    enforceable: bool = False
    debtor_country: str = ""
    day_count: DayCount = DayCount.ACT_365F
    circumstances: Circumstances = NOTHING_KNOWN

    @property
    def letters(self) -> tuple[tuple[str, date], ...]:
        """(kind, day) of every letter."""
        days = {
            "reminder": self.reminders,
            "notice": self.notices,
            "demand": self.demands,
            "plan": self.plans,
            "extension": self.extensions,
            "handover": self.handovers,
        }
        return tuple((kind, day) for kind, sent in days.items() for day in sent)
