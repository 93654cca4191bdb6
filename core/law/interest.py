"""Late interest: when it starts, and what it comes to, exactly, with part payments at their dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from core.law.daycount import DayCount
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import EXPONENTS, Money, round_half_up

__all__ = [
    "DueBasis",
    "Interest",
    "InterestStart",
    "Paid",
    "PartPayment",
    "Period",
    "Segment",
    "accrued",
    "default_basis",
    "interest",
    "interest_start",
    "missing_rates",
    "paid_before",
]

ONE_DAY = timedelta(days=1)


class DueBasis(StrEnum):
    """How the due date came about: agreed in advance, or only printed on the bill (räntelag 3 and 4 §§)."""

    AGREED = "agreed"
    UNILATERAL = "unilateral"


class Paid(Protocol):
    """Anything that says how much was paid when: `PartPayment`, or a payment of `core.model` or `core.claim`."""

    @property
    def paid_on(self) -> date:
        """The day it was paid (booked); that day still bears interest on it."""
        ...

    @property
    def amount(self) -> Money:
        """How much of it goes to the principal."""
        ...


@dataclass(frozen=True, slots=True)
class PartPayment:
    """A payment on the principal."""

    paid_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of one rate and one principal; `interest` is rounded for show, only `exact` is added up."""

    first: date
    last: date
    days: int
    principal: Money
    exact: Fraction
    row: Row

    @property
    def rate_pct(self) -> Decimal:
        """The late rate, in per cent a year."""
        return self.row.value

    @property
    def interest(self) -> Money:
        """The segment's interest, rounded on its own: such figures need not add up to the total."""
        return _rounded(self.exact, self.principal.currency)


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest over a period; `exact` and `rounded` are None while a rate is missing.

    Attributes:
        exact: in major units, never rounded.
        rounded: in minor units, rounded half up once.
        missing: the days for which the tables have no rate.
    """

    segments: tuple[Segment, ...]
    exact: Fraction | None
    rounded: Money | None
    rules: tuple[Rule, ...]
    missing: tuple[Period, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rates it was computed with."""
        return tuple(segment.row for segment in self.segments)


@dataclass(frozen=True, slots=True)
class InterestStart:
    """The day from which interest runs, None where it doesn't or can't be told, and why."""

    runs_from: date | None
    rule: Rule


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
    debtor: DebtorKind = DebtorKind.BUSINESS,
    country: str = "SE",
    interest_notice: bool = True,
) -> InterestStart:
    """Return the day from which interest runs (räntelag 3 and 4 §§); never before the due day the creditor gave.

    A public body is the exception: a longer time than 30 days can't be agreed with it (2 a §).

    Args:
        law: the tables.
        due_on: the due day, agreed or printed.
        basis: how the due day came about; None is `default_basis`.
        sent_on: when the bill or demand was sent.
        received_on: when it was received, if that was later than the interest would start.
        issued_on: the bill's own date, which stands for the day it was sent where nobody knows that.
        debtor: the kind of debtor.
        country: whose law.
        interest_notice: whether the bill says that non-payment costs interest; asked of a consumer's bill only.
    """
    billed_on = sent_on or issued_on
    if (basis or default_basis(debtor)) is DueBasis.AGREED:
        return _from_due(law, due_on, billed_on, debtor, country)
    if debtor is DebtorKind.CONSUMER and not interest_notice:
        return InterestStart(None, law.rule(f"{country}.interest.no_notice"))
    if billed_on is None:
        return InterestStart(None, law.rule(f"{country}.interest.sent_unknown"))
    days = law.deadline(country, "interest_start_days")
    starts = max(due_on, billed_on + timedelta(days=days), received_on or billed_on)
    name = "from_bill" if sent_on else "from_bill_date"
    return InterestStart(starts, law.rule(f"{country}.interest.{name}", sent=billed_on, days=days, **{"from": starts}))


def _from_due(law: Law, due_on: date, billed_on: date | None, debtor: DebtorKind, country: str) -> InterestStart:
    days = law.deadline(country, "term_max_days")
    if debtor is DebtorKind.PUBLIC and billed_on is not None and billed_on + timedelta(days=days) < due_on:
        ends = billed_on + timedelta(days=days)
        return InterestStart(ends, law.rule(f"{country}.interest.public_term", due=due_on, sent=billed_on, days=days, **{"from": ends}))
    return InterestStart(due_on, law.rule(f"{country}.interest.from_due", due=due_on))


def interest(
    law: Law,
    principal: Money,
    runs_from: date,
    until: date,
    payments: Iterable[Paid] = (),
    *,
    day_count: DayCount = DayCount.ACT_365F,
    country: str = "SE",
    debtor: DebtorKind = DebtorKind.BUSINESS,
) -> Interest:
    """Compute simple interest after one day up to and including another (räntelag 6 and 9 §§).

    Args:
        law: the tables.
        principal: the base, credits already taken off.
        runs_from: the last day without interest (with `ACT_365F_DUE_DAY` the first day with it).
        until: the last day with interest: the day of payment, or of the question.
        payments: each lowers the base from the day after it was paid.
        day_count: the convention.
        country: whose law.
        debtor: the kind of debtor, where rates differ.
    """
    paid = sorted(payments, key=lambda one: one.paid_on)
    segments: list[Segment] = []
    missing: list[Period] = []
    for period in _periods(law, day_count.start(runs_from), until, paid, country=country, debtor=debtor):
        base = principal - paid_before(paid, period.first, principal.currency)
        row = law.rate(country, debtor, period.first)
        if base.minor <= 0:
            break
        if row is None:
            missing.append(period)
        else:
            segments.append(_segment(period, base, row, day_count))
    rule = law.rule(f"{country}.interest.statutory")
    if missing:
        return Interest(tuple(segments), None, None, (rule,), _joined(missing))
    exact = sum((segment.exact for segment in segments), Fraction(0))
    return Interest(tuple(segments), exact, _rounded(exact, principal.currency), (rule,))


def accrued(law: Law, parts: Sequence[Interest], currency: str, *, country: str = "SE") -> tuple[Money | None, tuple[Rule, ...]]:
    """Return several invoices' interest as one figure, rounded half up once, and its rules.

    There is no figure while a rate is missing, or is one that nobody has confirmed: the rules then say which.
    """
    missing = _joined(sorted({period for part in parts for period in part.missing}, key=lambda one: (one.first, one.last)))
    weak = tuple(dict.fromkeys(row.key for part in parts for row in part.rows if row.confidence.weak))
    rules = [law.rule(f"{country}.interest.statutory")]
    if missing:
        rules.append(law.rule(f"{country}.interest.no_rate", periods=", ".join(map(str, missing))))
    if weak:
        rules.append(law.rule(f"{country}.interest.unconfirmed_rate", rows=", ".join(weak)))
    if missing or weak:
        return None, tuple(rules)
    return _rounded(sum((part.exact or Fraction(0) for part in parts), Fraction(0)), currency), tuple(rules)


def missing_rates(law: Law, first: date, last: date, *, country: str, debtor: DebtorKind) -> tuple[Period, ...]:
    """Return the days of a period for which the tables have no rate, joined."""
    periods = _periods(law, first - ONE_DAY, last, (), country=country, debtor=debtor)
    return _joined([period for period in periods if law.rate(country, debtor, period.first) is None])


def paid_before(payments: Iterable[Paid], day: date, currency: str) -> Money:
    """Add up what was paid before a day."""
    return Money.sum((one.amount for one in payments if one.paid_on < day), currency)


def _periods(law: Law, after: date, until: date, paid: Sequence[Paid], *, country: str, debtor: DebtorKind) -> Iterator[Period]:
    """Cut the days after one date up to another where the rate, the base or the year changes."""
    first = after + ONE_DAY
    while first <= until:
        ends = [until, date(first.year, 12, 31), law.rate_holds_until(country, debtor, first)]
        ends += [one.paid_on for one in paid if one.paid_on >= first]
        last = min(ends)
        yield Period(first, last)
        first = last + ONE_DAY


def _segment(period: Period, base: Money, row: Row, day_count: DayCount) -> Segment:
    days = day_count.days(period.first - ONE_DAY, period.last)
    major = Fraction(base.minor, 10 ** EXPONENTS[base.currency])
    exact = major * Fraction(row.value) / 100 * Fraction(days, day_count.year_base(period.first))
    return Segment(period.first, period.last, days, base, exact, row)


def _joined(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Join periods that follow on or overlap; they come by their first day."""
    joined: list[Period] = []
    for period in periods:
        if joined and period.first <= joined[-1].last + ONE_DAY:
            joined[-1] = Period(joined[-1].first, max(joined[-1].last, period.last))
        else:
            joined.append(period)
    return tuple(joined)


def _rounded(exact: Fraction, currency: str) -> Money:
    """Round once. The quotient has 28 digits, and no fraction we meet lies that close to half a minor unit."""
    return round_half_up(Decimal(exact.numerator) / Decimal(exact.denominator), currency)
