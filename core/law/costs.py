"""What comes with late payment whatever was written: the fixed compensation, and what an agency may charge the debtor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from core.law.deadlines import letter_deadline
from core.law.fees import FeeFacts, FeeLine, Refusal, amount_of, fixed_problems, no_row
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import EXPONENTS, Money

__all__ = ["absorb", "agency_cost", "compensation"]

COMPENSATION = "compensation"
AGENCY_COST = "agency_cost"


def compensation(law: Law, facts: FeeFacts) -> FeeLine | Refusal:
    """Return the fixed compensation for late payment, or why there is none."""
    country = facts.country
    day = facts.due_on if law.country(country).compensation_day == "due" else facts.claimed_on
    row = law.fee(country, COMPENSATION, day, facts.debtor)
    problem = next(_compensation_problems(law, facts), None)
    if problem is not None:
        return Refusal(COMPENSATION, None, problem)
    if row is None:
        return Refusal(COMPENSATION, None, law.rule(f"{country}.compensation.no_row", on=day))
    return FeeLine(COMPENSATION, None, amount_of(row), law.rule(f"{country}.compensation"), row)


def agency_cost(law: Law, facts: FeeFacts, on: date) -> FeeLine | Refusal | None:
    """Return the most an agency may charge the debtor by a day, without VAT; None while no agency collects.

    The notice before collection must have gone where the country asks for one, and its time have run out unpaid.
    """
    start = facts.agency_from
    if start is None or start > on:
        return None
    row = law.fee(facts.country, AGENCY_COST, start, facts.debtor, facts.principal(start))
    problem = next(fixed_problems(law, facts, AGENCY_COST), None) or (row and next(_agency_problems(law, facts, row, on), None))
    if row is None or problem:
        return Refusal(AGENCY_COST, start, problem or no_row(law, facts, AGENCY_COST, start))
    amount = _agency_amount(law, facts, row, min(on, facts.settled_on or on))
    rule = law.rule(f"{facts.country}.fee.{AGENCY_COST}", claim=facts.principal(start), cap=amount)
    return FeeLine(AGENCY_COST, start, amount, rule, row)


def absorb(law: Law, paid: FeeLine, lines: Sequence[FeeLine]) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...]]:
    """Take the fees into the compensation: only what they exceed it by together is owed (lag 1981:739 5 § 2 st and its sisters)."""
    kept: list[FeeLine] = []
    taken: list[Refusal] = []
    room = paid.amount
    for line in lines:
        part = min(room, line.amount)
        room = room - part
        if part:
            rule = law.rule(f"{line.row.country}.compensation.absorbs", absorbed=part, kind=line.kind, on=line.on)
            taken.append(Refusal(line.kind, line.on, rule))
        if line.amount > part:
            kept.append(replace(line, amount=line.amount - part))
    return tuple(kept), tuple(taken)


def _compensation_problems(law: Law, facts: FeeFacts) -> Iterator[Rule]:
    country = facts.country
    if not law.fee_concerns(country, COMPENSATION, facts.debtor):
        yield law.rule(f"{country}.compensation.debtor", debtor=facts.debtor)
    if not facts.goods_or_services:
        yield law.rule(f"{country}.compensation.not_goods")
    if facts.disputed:
        yield law.rule(f"{country}.compensation.disputed")
    if not facts.late:
        yield law.rule(f"{country}.compensation.not_late")
    yield from fixed_problems(law, facts, COMPENSATION)


def _agency_problems(law: Law, facts: FeeFacts, row: Row, on: date) -> Iterator[Rule]:
    kind = row.terms.needs_before
    sent_on = min((day for one, day in facts.letters if one == kind), default=None)
    ends = letter_deadline(law, kind, sent_on, country=facts.country) if sent_on and kind else None
    if kind and (ends is None or on <= ends or (facts.settled_on is not None and facts.settled_on <= ends)):
        yield law.rule(f"{facts.country}.fee.agency_cost.no_notice")
    if facts.settled_on is not None and facts.agency_from is not None and facts.settled_on < facts.agency_from:
        yield law.rule(f"{facts.country}.fee.paid", on=facts.agency_from)


def _agency_amount(law: Law, facts: FeeFacts, row: Row, on: date) -> Money:
    """Reckon the cap: the band's amount, more for traders or after a long delay, and a share of what lies above the last band."""
    start, terms = facts.agency_from or on, row.terms
    amount = row.value * (Decimal(1) if facts.debtor is DebtorKind.CONSUMER else terms.others_factor)
    if terms.late_days:
        waited = law.deadline(facts.country, "demand_min_days") + terms.late_days
        amount *= 2 if on > start + timedelta(days=waited) else 1
    amount += (facts.principal(start) - (row.over or 0)) * terms.percent / 100
    return Money.parse(amount.quantize(Decimal(1).scaleb(-EXPONENTS[row.unit]), ROUND_DOWN), row.unit)
