"""Fees of letters: what a reminder, a notice, a demand or a plan adds, and the conditions on which it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.law.bankdays import next_bank_day
from core.law.months import months_later
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import Money

__all__ = ["FEE_KINDS", "FeeFacts", "FeeLine", "Refusal", "cap", "fees", "letter_fee"]

FEE_KINDS = ("reminder", "notice", "demand", "plan", "extension", "handover")


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


class FeeFacts(NamedTuple):
    """What the fees of one claim depend on.

    Attributes:
        owed: (first day, principal) from the first of all days and after each payment, in days' order: what a fee's band is told by.
        letters: (kind, day) of each letter so far.
        charged: kinds already charged elsewhere: one message or one case may cover several invoices.
        settled_on: the day the principal was fully paid, or None.
        late: whether there is a right to late interest.
        disputed: whether the whole claim is.
        creditor_delay: whether the creditor caused the delay.
        plan_broken_on: the day an instalment plan was broken, or None.
        enforceable: whether the claim can be enforced without a judgment.
        abroad: the debtor's country where it is not the law's, else "".
        claimed_on: the day the compensation is claimed.
        agency_from: the day an agency began to collect, or None.
    """

    country: str
    debtor: DebtorKind
    currency: str
    due_on: date
    owed: tuple[tuple[date, Decimal], ...]
    letters: tuple[tuple[str, date], ...]
    reminder_fee_agreed: bool
    charged: tuple[str, ...]
    settled_on: date | None
    late: bool
    goods_or_services: bool
    disputed: bool
    creditor_delay: bool
    plan_broken_on: date | None
    enforceable: bool
    abroad: str
    claimed_on: date
    agency_from: date | None

    def principal(self, day: date) -> Decimal:
        """Return what was owed on a day, in major units."""
        return next(amount for first, amount in reversed(self.owed) if first <= day)


def fees(law: Law, facts: FeeFacts) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...]]:
    """Return the fees that may be claimed, each at its cap, and those that may not, letter by letter."""
    granted: list[FeeLine] = []
    refused: list[Refusal] = []
    letters = sorted(facts.letters, key=lambda letter: (letter[1], FEE_KINDS.index(letter[0])))
    for number, (kind, day) in enumerate(letters):
        row = _row(law, facts, kind, day)
        refusal = next(fixed_problems(law, facts, kind), None)
        if refusal is None and row is not None:
            refusal = next(_problems(law, facts, row, letters[: number + 1], granted), None)
        if row is None or refusal is not None:
            refused.append(Refusal(kind, day, refusal or no_row(law, facts, kind, day)))
        else:
            granted.append(_line(law, row, kind, day, _charged(facts, row, kind, day, granted)))
    return tuple(granted), tuple(refused)


def letter_fee(
    law: Law, kind: str, on: date, before: Iterable[tuple[str, date]], *, country: str, debtor: DebtorKind, principal: Money, due_on: date,
    plan_broken_on: date | None = None,
) -> Money | None:  # fmt: skip
    """Return the fee of a letter on the day it goes, None where it bears none: the same that `claimable` grants it.

    Args:
        law: the tables.
        kind: the kind of letter.
        on: the day it goes.
        before: (kind, day) of the letters before it, in any order.
        country: whose law.
        debtor: the kind of debtor.
        principal: what is owed and undisputed; nothing was paid of it, and the fee was agreed on in time where that is asked for.
        due_on: the due day.
        plan_broken_on: the day an instalment plan was broken, or None.
    """
    facts = FeeFacts(
        country=country, debtor=debtor, currency=principal.currency, due_on=due_on, owed=((date.min, principal.amount),),
        letters=(*(letter for letter in before if letter[1] <= on), (kind, on)), reminder_fee_agreed=True, charged=(),
        settled_on=None if principal.minor > 0 else due_on, late=on > due_on, goods_or_services=True, disputed=False,
        creditor_delay=False, plan_broken_on=plan_broken_on, enforceable=False, abroad="", claimed_on=on, agency_from=None,
    )  # fmt: skip
    granted, _, _ = cap(law, facts, fees(law, facts)[0])
    return next((line.amount for line in reversed(granted) if line.on == on and line.kind == kind), None)


def cap(law: Law, facts: FeeFacts, lines: Sequence[FeeLine]) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...], Row | None]:
    """Cut what the fees exceed their common cap by, the last letter's first, and return the cap's row where the country has one."""
    if not lines:
        return (), (), None
    row = law.fee(facts.country, "total_cap", facts.due_on, facts.debtor, facts.principal(facts.due_on))
    if row is None:
        return tuple(lines), (), None
    limit = amount_of(row)
    room, kept, refused = limit, [], []
    for line in lines:
        part = min(room, line.amount)
        room = room - part
        if part:
            kept.append(replace(line, amount=part))
        if part < line.amount:
            rule = law.rule(f"{facts.country}.fee.total_cap", cap=limit, cut=line.amount - part, kind=line.kind, on=line.on)
            refused.append(Refusal(line.kind, line.on, rule))
    return tuple(kept), tuple(refused), row


def fixed_problems(law: Law, facts: FeeFacts, kind: str) -> Iterator[Rule]:
    """Yield what stands against any fixed amount: another currency, a debtor abroad, the creditor's own delay, a dispute of the whole."""
    home = law.country(facts.country).currency
    if not law.has_fee(facts.country, kind):
        yield law.rule(f"{facts.country}.fee.other", kind=kind)
    if facts.currency != home:
        yield law.rule(f"{facts.country}.fee.currency", law_currency=home, currency=facts.currency)
    if facts.abroad:
        yield law.rule(f"{facts.country}.fee.foreign", abroad=facts.abroad)
    if facts.creditor_delay:
        yield law.rule(f"{facts.country}.fee.creditor_delay")
    if facts.disputed:
        yield law.rule(f"{facts.country}.fee.disputed")


def no_row(law: Law, facts: FeeFacts, kind: str, day: date) -> Rule:
    """Return why there is no row: only others owe such a fee, or the tables have no amount for the day."""
    if law.fee_concerns(facts.country, kind, facts.debtor):
        return law.rule(f"{facts.country}.fee.unknown", kind=kind, on=day)
    return law.rule(f"{facts.country}.fee.debtor", kind=kind, debtor=facts.debtor)


def amount_of(row: Row, factor: Decimal = Decimal(1)) -> Money:
    """Return a row's amount, or a part of it."""
    return Money.parse(row.value * factor, row.unit)


def _row(law: Law, facts: FeeFacts, kind: str, day: date) -> Row | None:
    lower = f"{kind}_enforceable"
    code = lower if facts.enforceable and law.has_fee(facts.country, lower) else kind
    return law.fee(facts.country, code, day, facts.debtor, facts.principal(day))


def _problems(law: Law, facts: FeeFacts, row: Row, letters: Sequence[tuple[str, date]], granted: Sequence[FeeLine]) -> Iterator[Rule]:
    """Yield what stands against the fee of the last of these letters; the lines are those of the letters before it."""
    *before, (kind, day) = letters
    country, terms = facts.country, row.terms
    if terms.needs_agreement and not facts.reminder_fee_agreed:
        yield law.rule(f"{country}.fee.{kind}.not_agreed")
    last = next_bank_day(country, facts.due_on)
    if terms.earliest_days:
        last = max(last, facts.due_on + timedelta(days=terms.earliest_days - 1))
    if day <= last:
        yield law.rule(f"{country}.fee.early", on=day, due=facts.due_on, last=last)
    if facts.settled_on is not None and facts.settled_on < day:
        yield law.rule(f"{country}.fee.paid", on=day)
    if kind == "reminder" and facts.plan_broken_on is not None and facts.plan_broken_on <= day:
        yield from _broken_plan(law, country, kind, day)
    if terms.needs_before and terms.needs_before not in {one for one, _ in before}:
        yield law.rule(f"{country}.fee.needs_before", kind=kind, before=terms.needs_before, on=day)
    yield from _spacing(law, facts, row, letters, granted)
    if terms.count_max and _charged(facts, row, kind, day, granted) >= terms.count_max:
        yield law.rule(f"{country}.fee.once", kind=kind, count=terms.count_max)


def _broken_plan(law: Law, country: str, kind: str, day: date) -> Iterator[Rule]:
    if law.country(country).no_reminder_fee_after_broken_plan:
        yield law.rule(f"{country}.fee.broken_plan", on=day, kind=kind)


def _spacing(law: Law, facts: FeeFacts, row: Row, letters: Sequence[tuple[str, date]], granted: Sequence[FeeLine]) -> Iterator[Rule]:
    if not row.terms.spacing_days:
        return
    *before, (kind, day) = letters
    kinds, apart = row.terms.spaced_from or (kind,), timedelta(days=row.terms.spacing_days)
    with_fee = [(line.kind, line.on) for line in granted if line.on]
    others = with_fee if law.country(facts.country).spacing_from == "fees" else before
    last = max((on for one, on in others if one in kinds), default=None)
    if last is not None and last + apart > day:
        yield law.rule(f"{facts.country}.fee.spacing", on=day, days=apart.days, before=last, kind=kind)


def _charged(facts: FeeFacts, row: Row, kind: str, day: date, granted: Sequence[FeeLine]) -> int:
    """Count the fees that share this one's count, since the last pause that was long enough to start anew."""
    if not granted and not facts.charged:
        return 0
    kinds, months = (kind, *row.terms.counted_with), row.terms.reset_months
    days = [line.on for line in granted if line.kind in kinds and line.on]
    count = 0
    for one, following in zip(days, [*days[1:], day], strict=False):  # none for none
        count = 0 if months and months_later(one, months) <= following else count + 1
    return sum(map(facts.charged.count, kinds)) + count


def _line(law: Law, row: Row, kind: str, day: date, count: int) -> FeeLine:
    amount = amount_of(row, row.terms.later_factor if count else Decimal(1))
    return FeeLine(kind, day, amount, law.rule(f"{row.country}.fee.{kind}", on=day, cap=amount), row)
