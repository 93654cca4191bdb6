"""Waiting times and limitation: until when the debtor may pay, and until when the creditor may ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.law.bankdays import add_bank_days, next_bank_day
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["Interruption", "InterruptionKind", "demand_deadline", "limitation_ends"]


class InterruptionKind(StrEnum):
    """What may start limitation anew (preskriptionslag 5 §)."""

    PAYMENT = "payment"
    ACKNOWLEDGEMENT = "acknowledgement"
    REMINDER = "reminder"
    DEMAND = "demand"
    LEGAL_STEP = "legal_step"

    @property
    def must_arrive(self) -> bool:
        """Whether it counts only when the debtor received it, and that can be proved."""
        return self in (InterruptionKind.REMINDER, InterruptionKind.DEMAND)


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that starts limitation anew.

    Attributes:
        on: the day of the payment, acknowledgement or filing, or the day the letter was received.
        proof_of_receipt: asked of reminders and demands; a sent e-mail is none.
        ended_on: of a legal step, the day of the decision: the new period starts there (7 §).
    """

    kind: InterruptionKind
    on: date
    proof_of_receipt: bool = False
    ended_on: date | None = None


def demand_deadline(law: Law, sent_on: date, *, country: str = "SE", receipt_bank_days: int | None = None) -> date:
    """Return the first day that is late enough as a demand's last day to pay or object (inkassolag 5 §; IMY 2023).

    At least 8 days from dispatch, and at least 4 bank days after the presumed receipt, moved on to a bank day.

    Args:
        law: the tables.
        sent_on: the day the letter leaves, the last time if it is sent twice.
        country: whose law and bank days.
        receipt_bank_days: bank days after dispatch on which the letter is presumed received; None is the tables' number
            for ordinary mail (2, our assumption).
    """
    way = law.deadline(country, "presumed_receipt_bank_days") if receipt_bank_days is None else receipt_bank_days
    received_on = add_bank_days(country, sent_on, way)
    by_receipt = add_bank_days(country, received_on, law.deadline(country, "demand_bank_days"))
    by_dispatch = sent_on + timedelta(days=law.deadline(country, "demand_min_days"))
    return next_bank_day(country, max(by_dispatch, by_receipt))


def limitation_ends(
    law: Law,
    debtor: DebtorKind,
    originated_on: date,
    interruptions: Iterable[Interruption] = (),
    *,
    country: str = "SE",
    private_supply: bool = True,
) -> date:
    """Return the last day of the limitation period (preskriptionslag 2, 5-7 §§); what happens after it changes nothing.

    Args:
        law: the tables.
        debtor: a consumer's debt for goods or services lives 3 years, any other 10.
        originated_on: the day the claim came about, not its due day.
        interruptions: in any order; those without the proof they need are passed over.
        country: whose law.
        private_supply: False where a consumer owes for something else, or on a negotiable instrument (2 § 2 st).
    """
    consumer = debtor is DebtorKind.CONSUMER and private_supply
    row = law.limitation(country, "consumer" if consumer else "general")
    years = int(row.value)
    end = _years_later(originated_on, years)
    for one in sorted(interruptions, key=lambda found: found.on):
        counts = one.kind in row.interrupted_by and (one.proof_of_receipt or not one.kind.must_arrive)
        if counts and one.on <= end:
            end = max(end, _years_later(one.ended_on or one.on, years))
    return end


def _years_later(day: date, years: int) -> date:
    """Add years; from 29 February to the 28th where there is none (lag 1930:173 1 §)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
