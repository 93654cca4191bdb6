"""Late interest: what it comes to, exactly, with part payments at their dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from core.law.bankdays import next_bank_day
from core.law.daycount import DayCount
from core.law.rates import AgreedRate, Rates
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import EXPONENTS, Money, round_half_up

__all__ = [
    "Interest",
    "Paid",
    "PartPayment",
    "Period",
    "Segment",
    "accrued",
    "exact_money",
    "interest",
    "joined",
    "paid_before",
    "periods",
]

ONE_DAY = timedelta(days=1)


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
        return exact_money(self.exact, self.principal.currency)


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
    due_on: date | None = None,
    agreed: AgreedRate | None = None,
) -> Interest:
    """Compute simple interest after one day up to and including another; no statute of ours lets interest bear interest.

    Args:
        law: the tables.
        principal: the base, credits already taken off.
        runs_from: the last day without interest (with `ACT_365F_DUE_DAY` the first day with it).
        until: the last day with interest: the day of payment, or of the question.
        payments: each lowers the base from the day after it was paid.
        day_count: the convention.
        country: whose law.
        debtor: the kind of debtor, where rates differ.
        due_on: the due date, where it is known: what is paid by the next bank day bears nothing, and in Denmark an older margin stays
            with older claims.
        agreed: the rate the parties agreed on, if they did.
    """
    rates = Rates(law, country, debtor, due_on, agreed)
    counted = _counted(payments, min(runs_from, due_on), country, day_count) if due_on else payments
    paid = sorted(counted, key=lambda one: one.paid_on)
    segments: list[Segment] = []
    missing: list[Period] = []
    for period in periods(rates, day_count.start(runs_from), until, paid):
        base = principal - paid_before(paid, period.first, principal.currency)
        row = rates.row(period.first)
        if base.minor <= 0:
            break
        if row is None:
            missing.append(period)
        else:
            segments.append(_segment(period, base, row, day_count))
    if missing:
        return Interest(tuple(segments), None, None, (rates.rule,), joined(missing))
    exact = sum((segment.exact for segment in segments), Fraction(0))
    return Interest(tuple(segments), exact, exact_money(exact, principal.currency), (rates.rule,))


def accrued(law: Law, parts: Sequence[Interest], currency: str, *, country: str = "SE") -> tuple[Money | None, tuple[Rule, ...]]:
    """Return several invoices' interest as one figure, rounded half up once, and its rules.

    There is no figure while a rate is missing, or is one that nobody has confirmed: the rules then say which.
    """
    missing = joined(sorted({period for part in parts for period in part.missing}, key=lambda one: (one.first, one.last)))
    weak = tuple(dict.fromkeys(row.key for part in parts for row in part.rows if row.confidence.weak))
    rules = list(dict.fromkeys(rule for part in parts for rule in part.rules)) or [law.rule(f"{country}.interest.statutory")]
    if missing:
        rules.append(law.rule(f"{country}.interest.no_rate", periods=", ".join(map(str, missing))))
    if weak:
        rules.append(law.rule(f"{country}.interest.unconfirmed_rate", rows=", ".join(weak)))
    if missing or weak:
        return None, tuple(rules)
    return exact_money(sum((part.exact or Fraction(0) for part in parts), Fraction(0)), currency), tuple(rules)


def _counted(payments: Iterable[Paid], last: date, country: str, day_count: DayCount) -> Iterator[Paid]:
    """Yield payments as they count: what comes by the next bank day after the last day to pay bears nothing (lag 1930:173 2 §)."""
    free, in_time = day_count.start(last), next_bank_day(country, last)
    for one in payments:
        yield PartPayment(free, one.amount) if free < one.paid_on <= in_time else one


def paid_before(payments: Iterable[Paid], day: date, currency: str) -> Money:
    """Add up what was paid before a day."""
    return Money.sum((one.amount for one in payments if one.paid_on < day), currency)


def periods(rates: Rates, after: date, until: date, paid: Sequence[Paid]) -> Iterator[Period]:
    """Cut the days after one date up to another where the rate, the base or the year changes."""
    first = after + ONE_DAY
    while first <= until:
        ends = [until, date(first.year, 12, 31), rates.holds_until(first)]
        ends += [one.paid_on for one in paid if one.paid_on >= first]
        last = min(ends)
        yield Period(first, last)
        first = last + ONE_DAY


def _segment(period: Period, base: Money, row: Row, day_count: DayCount) -> Segment:
    days = day_count.days(period.first - ONE_DAY, period.last)
    major = Fraction(base.minor, 10 ** EXPONENTS[base.currency])
    exact = major * Fraction(row.value) / 100 * Fraction(days, day_count.year_base(period.first))
    return Segment(period.first, period.last, days, base, exact, row)


def joined(periods_: Iterable[Period]) -> tuple[Period, ...]:
    """Join periods that follow on or overlap; they come by their first day."""
    found: list[Period] = []
    for period in periods_:
        if found and period.first <= found[-1].last + ONE_DAY:
            found[-1] = Period(found[-1].first, max(found[-1].last, period.last))
        else:
            found.append(period)
    return tuple(found)


def exact_money(exact: Fraction, currency: str) -> Money:
    """Return an exact amount rounded half up, once. The quotient has 28 digits, and no fraction we meet lies that close to half a minor unit."""
    return round_half_up(Decimal(exact.numerator) / Decimal(exact.denominator), currency)
