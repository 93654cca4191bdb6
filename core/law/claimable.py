"""What may be claimed on a day: principal, interest, fees and compensation, each with its rule, and what may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from core.law.bankdays import next_bank_day
from core.law.bars import Bar, bars
from core.law.case import Case
from core.law.costs import absorb, agency_cost, compensation
from core.law.fees import FeeFacts, FeeLine, Refusal, cap, fees
from core.law.interest import Interest, Paid, Period, interest, paid_before
from core.law.rates import Rates
from core.law.rows import Confidence, Row, Rule
from core.law.start import InterestStart, interest_start
from core.law.tables import Law
from core.money import Money

__all__ = ["Quote", "claimable"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quote:
    """What may be claimed on a day.

    Attributes:
        open_principal: what is owed and undisputed.
        start: the day from which interest runs by statute, None where it doesn't or can't be told, and why.
        interest_from: the first day that bears interest in the day count used.
        bars: what stands against collecting at all.
        notes: rules that explain a line without being a figure's own.
        cap: the row of a cap on all fees together, where there is one.
    """

    case: Case
    on: date
    open_principal: Money
    start: InterestStart
    interest: Interest
    fees: tuple[FeeLine, ...]
    compensation: FeeLine | None
    refused: tuple[Refusal, ...]
    bars: tuple[Bar, ...]
    notes: tuple[Rule, ...]
    cap: Row | None = None

    @property
    def runs_from(self) -> date | None:
        """The day from which interest runs by statute."""
        return self.start.runs_from

    @property
    def collectable(self) -> bool:
        """Whether nothing forbids to collect this now."""
        return not any(bar.forbids for bar in self.bars)

    @property
    def interest_from(self) -> date | None:
        """The first day that bears interest."""
        return None if self.runs_from is None else self.case.day_count.start(self.runs_from) + ONE_DAY

    @property
    def fees_total(self) -> Money:
        """Fees and compensation together."""
        lines = (*self.fees, self.compensation) if self.compensation else self.fees
        return Money.sum((line.amount for line in lines), self.open_principal.currency)

    @property
    def total(self) -> Money | None:
        """Everything that may be claimed; None while the interest has no figure."""
        if self.interest.rounded is None:
            return None
        return self.open_principal + self.interest.rounded + self.fees_total

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row a figure was taken from, once."""
        lines = (*self.fees, self.compensation) if self.compensation else self.fees
        cap_row = (self.cap,) if self.cap else ()
        return tuple(dict.fromkeys((*self.interest.rows, *self._start_rows, *(line.row for line in lines), *cap_row)))

    @property
    def _start_rows(self) -> tuple[Row, ...]:
        return self.start.rows if self.interest.segments else ()

    @property
    def confidence(self) -> Confidence | None:
        """How sure the least sure figure is; None where no figure comes from the tables."""
        return max((row.confidence for row in self.rows), key=lambda one: one.weakness, default=None)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Keys of the rows an operator must confirm before these figures leave the program."""
        return tuple(row.key for row in self.rows if row.confidence.weak)

    @property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """(line, rule) of each figure and of the way it was reached."""
        figures = [("interest", rule) for rule in self.interest.rules]
        figures += [(line.kind, line.rule) for line in self.fees]
        figures += [(self.compensation.kind, self.compensation.rule)] if self.compensation else []
        return (*figures, *(("note", rule) for rule in self.notes))


def claimable(law: Law, case: Case, on: date) -> Quote:
    """Return what may be claimed on a day; whatever in the case lies after that day is not looked at.

    1. Credits and what is disputed come off the principal, as if it had never been higher; payments from the day after each.
    2. Interest runs from the due date or the bill until the day itself.
    3. Each letter gives its fee or the reason why not; an agency its costs; a common cap cuts them.
    4. The compensation, if claimed and owed, takes in the fees or adds to them, as the country says.
    5. What stands against collecting at all is listed beside the figures.
    """
    base, whole = _base(case, on)
    paid = tuple(one for one in case.payments if one.paid_on <= on)
    open_principal = max(base - paid_before(paid, on + ONE_DAY, base.currency), Money.zero(base.currency))
    start = _start(law, case)
    granted, refused, cap_row, owed = _charges(law, case, on, _facts(case, on, base, paid, start))
    claimed = owed if isinstance(owed, FeeLine) and case.compensation else None
    accrued, no_interest = _accrued(law, case, on, base=base, paid=paid, start=start)
    still = max(whole - paid_before(paid, on + ONE_DAY, base.currency), Money.zero(base.currency))
    against = bars(law, case.country, case.debtor, case.circumstances, open_principal=still, on=on, due_on=case.due_on)
    return Quote(
        case, on, open_principal, start, accrued, granted, claimed, (*no_interest, *refused), against,
        _notes(law, case, start, paid, None if claimed else owed), cap_row,
    )  # fmt: skip


def _start(law: Law, case: Case) -> InterestStart:
    return interest_start(
        law, case.due_on, basis=case.basis, sent_on=case.sent_on, received_on=case.received_on, assessable_on=case.assessable_on,
        debtor=case.debtor, country=case.country, interest_notice=case.interest_notice, electronic_only=case.electronic_only,
        creditor_delay=case.circumstances.creditor_delay,
    )  # fmt: skip


def _charges(
    law: Law, case: Case, on: date, facts: FeeFacts
) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...], Row | None, FeeLine | Refusal | None]:
    """Return the fees that are granted and those that are not, the row of a common cap, and what the compensation comes to."""
    granted, refused = fees(law, facts)
    granted, refused = _with_agency(law, facts, on, granted, refused)
    granted, cut, cap_row = cap(law, facts, granted)
    owed = compensation(law, facts)
    refused = (*refused, *cut, *((owed,) if isinstance(owed, Refusal) and case.compensation else ()))
    if isinstance(owed, FeeLine) and case.compensation and law.country(case.country).compensation == "absorbs":
        granted, taken = absorb(law, owed, granted)
        refused = (*refused, *taken)
    return granted, refused, cap_row, owed


def _base(case: Case, on: date) -> tuple[Money, Money]:
    """Return the principal that may be claimed, and the one with the disputed part still in it."""
    none = Money.zero(case.principal.currency)
    credited = Money.sum((one.amount for one in case.credits if one.credited_on <= on), case.principal.currency)
    whole = max(case.principal - credited, none)
    return max(whole - (case.circumstances.disputed or none), none), whole


def _with_agency(
    law: Law, facts: FeeFacts, on: date, granted: tuple[FeeLine, ...], refused: tuple[Refusal, ...]
) -> tuple[tuple[FeeLine, ...], tuple[Refusal, ...]]:
    found = agency_cost(law, facts, on)
    if isinstance(found, FeeLine):
        return (*granted, found), refused
    return granted, (*refused, *((found,) if found else ()))


def _facts(case: Case, on: date, base: Money, paid: tuple[Paid, ...], start: InterestStart) -> FeeFacts:
    settled_on = _settled_on(base, paid, case.due_on)
    in_time = _in_time(case, start)
    late = in_time is not None and in_time < on and (settled_on is None or settled_on > in_time)
    return FeeFacts(
        country=case.country,
        debtor=case.debtor,
        currency=base.currency,
        due_on=case.due_on,
        owed=_owed(base, paid),
        letters=tuple((kind, day) for kind, day in case.letters if day <= on),
        reminder_fee_agreed=case.reminder_fee_agreed,
        charged=case.fees_charged,
        settled_on=settled_on,
        late=late,
        goods_or_services=case.goods_or_services,
        disputed=bool(case.circumstances.disputed) and base.minor <= 0,
        creditor_delay=case.circumstances.creditor_delay,
        plan_broken_on=case.plan_broken_on,
        enforceable=case.enforceable,
        abroad=case.debtor_country if case.debtor_country not in ("", case.country) else "",
        claimed_on=case.claimed_on or on,
        agency_from=case.agency_from,
    )


def _in_time(case: Case, start: InterestStart) -> date | None:
    """Return the last day on which a payment costs no interest, None where there is no interest: a due day moves on to a bank day."""
    runs_from = start.runs_from
    return None if runs_from is None else max(runs_from, next_bank_day(case.country, min(runs_from, case.due_on)))


def _owed(base: Money, paid: Iterable[Paid]) -> tuple[tuple[date, Decimal], ...]:
    """Return what was owed from the beginning, and from the day after each payment."""
    steps, left = [(date.min, base.amount)], base
    for one in sorted(paid, key=lambda found: found.paid_on):
        left = max(left - one.amount, Money.zero(base.currency))
        steps.append((one.paid_on + ONE_DAY, left.amount))
    return tuple(steps)


def _settled_on(base: Money, paid: Iterable[Paid], due_on: date) -> date | None:
    """Return the day nothing of the principal was left; the due date where credits alone did it."""
    left = base
    if left.minor <= 0:
        return due_on
    for one in sorted(paid, key=lambda found: found.paid_on):
        left = left - one.amount
        if left.minor <= 0:
            return one.paid_on
    return None


def _accrued(
    law: Law, case: Case, on: date, *, base: Money, paid: tuple[Paid, ...], start: InterestStart
) -> tuple[Interest, tuple[Refusal, ...]]:
    """Return the interest and, where there is none or no figure, the rule that says so."""
    rules = (Rates(law, case.country, case.debtor, case.due_on, case.agreed_rate).rule,)
    runs_from, in_time = start.runs_from, _in_time(case, start)
    if runs_from is None and start.rule.id.endswith("sent_unknown") and on > case.due_on:
        unknown = (Period(case.due_on + ONE_DAY, on),)
        return Interest((), None, None, rules, unknown), (Refusal("interest", None, start.rule),)
    if runs_from is None or in_time is None or on <= in_time:
        none = start.rule if runs_from is None else law.rule(f"{case.country}.interest.not_late", **{"from": runs_from})
        return Interest((), Fraction(0), Money.zero(base.currency), rules), (Refusal("interest", None, none),)
    accrued = interest(
        law, base, runs_from, on, paid, day_count=case.day_count, country=case.country, debtor=case.debtor, due_on=case.due_on,
        agreed=case.agreed_rate,
    )  # fmt: skip
    if not accrued.missing:
        return accrued, ()
    first, periods = case.day_count.start(runs_from) + ONE_DAY, ", ".join(map(str, accrued.missing))
    as_rule = law.rule(f"{case.country}.interest.missing_rate", periods=periods, **{"from": first})
    return replace(accrued, rules=(as_rule,)), ()


def _notes(law: Law, case: Case, start: InterestStart, paid: tuple[Paid, ...], offer: FeeLine | Refusal | None) -> tuple[Rule, ...]:
    notes = [start.rule] if start.runs_from else []
    if paid:
        notes.append(law.rule(f"{case.country}.payment.principal_first"))
    if isinstance(offer, FeeLine):
        notes.append(law.rule(f"{case.country}.compensation.possible", amount=offer.amount))
    return tuple(notes)
