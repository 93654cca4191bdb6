"""Fees and compensation: what a reminder, a demand or a plan adds, once, and what the compensation takes in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.law.bankdays import next_bank_day
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import Money

__all__ = ["FEE_KINDS", "FeeFacts", "FeeLine", "Refusal", "absorb", "compensation", "fees"]

FEE_KINDS = ("reminder", "demand", "plan")
COMPENSATION = "compensation"


@dataclass(frozen=True, slots=True)
class FeeLine:
    """An amount that may be claimed; `on` is the day of the letter, None for the compensation."""

    kind: str
    on: date | None
    amount: Money
    rule: Rule
    row: Row


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that may not be claimed, and the rule that says so."""

    kind: str
    on: date | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class FeeFacts:
    """What the fees of one claim depend on.

    Attributes:
        letters: (kind, day) of each reminder, demand and plan so far.
        charged: kinds already charged elsewhere: one message or one case may cover several invoices.
        settled_on: the day the principal was fully paid, or None.
        late: whether there is a right to late interest.
    """

    country: str
    debtor: DebtorKind
    currency: str
    due_on: date
    letters: tuple[tuple[str, date], ...]
    reminder_fee_agreed: bool
    charged: tuple[str, ...] = ()
    settled_on: date | None = None
    late: bool = False
    goods_or_services: bool = True


def fees(law: Law, facts: FeeFacts) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...]]:
    """Return the fees that may be claimed, each at its cap, and those that may not (lag 1981:739 2-4 §§)."""
    granted: list[FeeLine] = []
    refused: list[Refusal] = []
    for kind, day in sorted(facts.letters, key=lambda letter: (letter[1], FEE_KINDS.index(letter[0]))):
        count = sum(line.kind == kind for line in granted) + facts.charged.count(kind)
        row = law.fee(facts.country, kind, day, facts.debtor)
        refusal = _why_no_fee(law, facts, kind, day, count)
        if row is None or refusal is not None:
            refused.append(Refusal(kind, day, refusal or _no_row(law, facts, kind, day)))
        else:
            granted.append(_line(law, facts, kind, day, row))
    return tuple(granted), tuple(refused)


def compensation(law: Law, facts: FeeFacts) -> FeeLine | Refusal:
    """Return the fixed compensation for late payment, or why there is none (lag 1981:739 4 a §)."""
    country, row = facts.country, law.fee(facts.country, COMPENSATION, facts.due_on, facts.debtor)
    problem = _why_no_compensation(law, facts)
    if problem is not None:
        return Refusal(COMPENSATION, None, problem)
    if row is None:
        return Refusal(COMPENSATION, None, law.rule(f"{country}.compensation.too_old", due=facts.due_on))
    return FeeLine(COMPENSATION, None, _amount(row), law.rule(f"{country}.compensation"), row)


def absorb(law: Law, paid: FeeLine, lines: Sequence[FeeLine]) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...]]:
    """Take the fees into the compensation: only what they exceed it by together is owed (lag 1981:739 5 § 2 st)."""
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


def _why_no_fee(law: Law, facts: FeeFacts, kind: str, day: date, count: int) -> Rule | None:
    return next(_fee_problems(law, facts, kind, day, count), None)


def _fee_problems(law: Law, facts: FeeFacts, kind: str, day: date, count: int) -> Iterator[Rule]:
    row = law.fee(facts.country, kind, day, facts.debtor)
    yield from _wrong_currency(law, facts)
    if row is None:
        return
    if row.needs_agreement and not facts.reminder_fee_agreed:
        yield law.rule(f"{facts.country}.fee.{kind}.not_agreed")
    last = next_bank_day(facts.country, facts.due_on)
    if day <= last:
        yield law.rule(f"{facts.country}.fee.early", on=day, due=facts.due_on, last=last)
    if facts.settled_on is not None and facts.settled_on < day:
        yield law.rule(f"{facts.country}.fee.paid", on=day)
    if row.count_max and count >= row.count_max:
        yield law.rule(f"{facts.country}.fee.once", kind=kind)


def _no_row(law: Law, facts: FeeFacts, kind: str, day: date) -> Rule:
    if law.fee_of_others(facts.country, kind, day):
        return law.rule(f"{facts.country}.fee.debtor", kind=kind, debtor=facts.debtor)
    return law.rule(f"{facts.country}.fee.unknown", kind=kind, on=day)


def _why_no_compensation(law: Law, facts: FeeFacts) -> Rule | None:
    country = facts.country
    if law.fee(country, COMPENSATION, facts.due_on, facts.debtor) is None and law.fee_of_others(country, COMPENSATION, facts.due_on):
        return law.rule(f"{country}.compensation.debtor", debtor=facts.debtor)
    if not facts.goods_or_services:
        return law.rule(f"{country}.compensation.not_goods")
    if not facts.late:
        return law.rule(f"{country}.compensation.not_late")
    return next(_wrong_currency(law, facts), None)


def _wrong_currency(law: Law, facts: FeeFacts) -> Iterator[Rule]:
    home = law.country(facts.country).currency
    if facts.currency != home:
        yield law.rule(f"{facts.country}.fee.currency", law_currency=home, currency=facts.currency)


def _line(law: Law, facts: FeeFacts, kind: str, day: date, row: Row) -> FeeLine:
    amount = _amount(row)
    return FeeLine(kind, day, amount, law.rule(f"{facts.country}.fee.{kind}", on=day, cap=amount), row)


def _amount(row: Row) -> Money:
    return Money.parse(row.value, row.unit)
