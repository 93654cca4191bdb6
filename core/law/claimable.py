"""What may be claimed on a day: principal, interest, fees and compensation, each with its rule, and what may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.law.daycount import DayCount
from core.law.fees import FEE_KINDS, FeeFacts, FeeLine, Refusal, absorb, compensation, fees
from core.law.interest import DueBasis, Interest, InterestStart, Paid, Period, interest, interest_start, paid_before
from core.law.rows import Confidence, Row, Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import Money

__all__ = ["Case", "CreditNote", "Quote", "claimable"]

ONE_DAY = timedelta(days=1)


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
        interest_notice: whether the bill says that non-payment costs interest (asked of a consumer's bill).
        payments: on the principal; interest and fees paid are not among them.
        reminders, demands, plans: the days they were sent.
        fees_charged: kinds already charged elsewhere, where one message or case covers several invoices.
        compensation: whether the creditor claims it.
    """

    country: str
    debtor: DebtorKind
    principal: Money
    due_on: date
    basis: DueBasis | None = None
    sent_on: date | None = None
    received_on: date | None = None
    interest_notice: bool = True
    payments: tuple[Paid, ...] = ()
    credits: tuple[CreditNote, ...] = ()
    reminders: tuple[date, ...] = ()
    demands: tuple[date, ...] = ()
    plans: tuple[date, ...] = ()
    fees_charged: tuple[str, ...] = ()
    reminder_fee_agreed: bool = False
    compensation: bool = False
    goods_or_services: bool = True
    day_count: DayCount = DayCount.ACT_365F


@dataclass(frozen=True, slots=True)
class Quote:
    """What may be claimed on a day.

    Attributes:
        runs_from: the day from which interest runs by statute; None where it doesn't or can't be told.
        interest_from: the first day that bears interest in the day count used.
        notes: rules that explain a line without being a figure's own.
    """

    case: Case
    on: date
    open_principal: Money
    runs_from: date | None
    interest: Interest
    fees: tuple[FeeLine, ...]
    compensation: FeeLine | None
    refused: tuple[Refusal, ...]
    notes: tuple[Rule, ...]

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
        return tuple(dict.fromkeys((*self.interest.rows, *(line.row for line in lines))))

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

    1. Credits come off the principal, as if it had never been higher; payments from the day after each.
    2. Interest runs from the due date or the bill (räntelag 3, 4 §§) until the day itself.
    3. Each letter gives its fee or the reason why not (lag 1981:739 2-4 §§).
    4. The compensation, if claimed and owed, takes in the fees or adds to them, as the country says.
    """
    base = _base(case, on)
    paid = tuple(one for one in case.payments if one.paid_on <= on)
    open_principal = max(base - paid_before(paid, on + ONE_DAY, base.currency), Money.zero(base.currency))
    start = interest_start(
        law, case.due_on, basis=case.basis, sent_on=case.sent_on, received_on=case.received_on, debtor=case.debtor,
        country=case.country, interest_notice=case.interest_notice,
    )  # fmt: skip
    facts = _facts(case, on, base, paid, start)
    granted, refused = fees(law, facts)
    owed = compensation(law, facts)
    claimed = owed if isinstance(owed, FeeLine) and case.compensation else None
    if isinstance(owed, Refusal) and case.compensation:
        refused = (*refused, owed)
    if claimed and law.country(case.country).compensation == "absorbs":
        granted, taken = absorb(law, claimed, granted)
        refused = (*refused, *taken)
    accrued, no_interest = _accrued(law, case, on, base=base, paid=paid, start=start)
    return Quote(
        case, on, open_principal, start.runs_from, accrued, granted, claimed, (*no_interest, *refused),
        _notes(law, case, start, paid, None if claimed else owed),
    )  # fmt: skip


def _base(case: Case, on: date) -> Money:
    credited = Money.sum((one.amount for one in case.credits if one.credited_on <= on), case.principal.currency)
    return max(case.principal - credited, Money.zero(case.principal.currency))


def _facts(case: Case, on: date, base: Money, paid: tuple[Paid, ...], start: InterestStart) -> FeeFacts:
    days = dict(zip(FEE_KINDS, (case.reminders, case.demands, case.plans), strict=True))
    settled_on = _settled_on(base, paid, case.due_on)
    runs_from = start.runs_from
    late = runs_from is not None and runs_from < on and (settled_on is None or settled_on > runs_from)
    return FeeFacts(
        country=case.country,
        debtor=case.debtor,
        currency=base.currency,
        due_on=case.due_on,
        letters=tuple((kind, day) for kind, sent in days.items() for day in sent if day <= on),
        reminder_fee_agreed=case.reminder_fee_agreed,
        charged=case.fees_charged,
        settled_on=settled_on,
        late=late,
        goods_or_services=case.goods_or_services,
    )


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
    rules = (law.rule(f"{case.country}.interest.statutory"),)
    runs_from = start.runs_from
    if runs_from is None and start.rule.id.endswith("sent_unknown") and on > case.due_on:
        unknown = (Period(case.due_on + ONE_DAY, on),)
        return Interest((), None, None, rules, unknown), (Refusal("interest", None, start.rule),)
    if runs_from is None or on < case.day_count.start(runs_from) + ONE_DAY:
        none = start.rule if runs_from is None else law.rule(f"{case.country}.interest.not_late", **{"from": runs_from})
        return interest(law, Money.zero(base.currency), on, on, country=case.country), (Refusal("interest", None, none),)
    accrued = interest(law, base, runs_from, on, paid, day_count=case.day_count, country=case.country, debtor=case.debtor)
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
