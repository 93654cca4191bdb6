"""When late interest starts: from a due date agreed in advance, or some days after the bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["DueBasis", "InterestStart", "default_basis", "interest_start"]


class DueBasis(StrEnum):
    """How the due date came about: agreed in advance, or only printed on the bill (räntelag 3 and 4 §§)."""

    AGREED = "agreed"
    UNILATERAL = "unilateral"


@dataclass(frozen=True, slots=True)
class InterestStart:
    """The day from which interest runs, None where it doesn't or can't be told, why, and the rows it was reckoned with."""

    runs_from: date | None
    rule: Rule
    rows: tuple[Row, ...] = ()


def default_basis(debtor: DebtorKind) -> DueBasis:
    """Return what is presumed where nobody said: towards consumers, that the due date was not agreed."""
    return DueBasis.UNILATERAL if debtor is DebtorKind.CONSUMER else DueBasis.AGREED


def interest_start(
    law: Law,
    due_on: date,
    *,
    basis: DueBasis | None = None,
    sent_on: date | None = None,
    received_on: date | None = None,
    issued_on: date | None = None,
    assessable_on: date | None = None,
    debtor: DebtorKind = DebtorKind.BUSINESS,
    country: str = "SE",
    interest_notice: bool = True,
    electronic_only: bool = False,
    creditor_delay: bool = False,
) -> InterestStart:
    """Return the day from which interest runs; never before the due day the creditor gave.

    A public body is the exception: a longer time than the law's can't be agreed with it.

    Args:
        law: the tables.
        due_on: the due day, agreed or printed.
        basis: how the due day came about; None is `default_basis`.
        sent_on: when the bill or demand was sent.
        received_on: when it was received, if that was later than the interest would start.
        issued_on: the bill's own date, which stands for the day it was sent where nobody knows that.
        assessable_on: when the debtor could judge the claim, if that was after the bill (renteloven § 3 stk. 3).
        debtor: the kind of debtor.
        country: whose law.
        interest_notice: whether the bill says that non-payment costs interest; asked of a consumer's bill in Sweden.
        electronic_only: the bill went by e-mail and the like only, and the debtor had not accepted that (asked in Norway).
        creditor_delay: the delay is the creditor's own doing.
    """
    if not law.has_rates(country, debtor):
        return InterestStart(None, law.rule(f"{country}.interest.debtor", debtor=debtor))
    if creditor_delay:
        return InterestStart(None, law.rule(f"{country}.interest.creditor_delay"))
    billed_on = sent_on or issued_on
    if (basis or default_basis(debtor)) is DueBasis.AGREED:
        return _from_due(law, due_on, billed_on, debtor, country)
    home = law.country(country)
    if home.consumer_notice and debtor is DebtorKind.CONSUMER and not interest_notice:
        return InterestStart(None, law.rule(f"{country}.interest.no_notice"))
    if electronic_only and not home.accepts_electronic:
        return InterestStart(None, law.rule(f"{country}.interest.electronic"))
    if billed_on is None:
        return InterestStart(None, law.rule(f"{country}.interest.sent_unknown"))
    row = law.deadline_row(country, "interest_start_days")
    days = int(row.value)
    counted_from = max(billed_on, assessable_on or billed_on)
    starts = max(due_on, counted_from + timedelta(days=days), received_on or billed_on)
    name = "from_bill" if sent_on else "from_bill_date"
    rule = law.rule(f"{country}.interest.{name}", sent=billed_on, days=days, **{"from": starts})
    return InterestStart(starts, rule, (row,))


def _from_due(law: Law, due_on: date, billed_on: date | None, debtor: DebtorKind, country: str) -> InterestStart:
    row = law.find_deadline(country, "public_term_max_days")
    if debtor is DebtorKind.PUBLIC and row and billed_on is not None:
        days = int(row.value)
        ends = billed_on + timedelta(days=days)
        if ends < due_on:
            rule = law.rule(f"{country}.interest.public_term", due=due_on, sent=billed_on, days=days, **{"from": ends})
            return InterestStart(ends, rule, (row,))
    return InterestStart(due_on, law.rule(f"{country}.interest.from_due", due=due_on))
