"""Whether a step applies: its conditions, each with what was asked and what is so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from core.money import Money
from core.policy.document import ALWAYS, Policy, Range, Step, When
from core.policy.facts import Facts, Reason
from core.policy.holds import plus

__all__ = ["APPLIES", "Applies", "ages_out_on", "applies", "looks_at_debtor"]


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether a step applies on a day.

    Attributes:
        unmet: the conditions that do not hold; the step is passed over.
        unknown: the conditions of which nobody knows; they stop the step where it is not passed over.
        from_on: the first day on which age alone will make a passed-over step apply, None where it won't.
    """

    unmet: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()
    from_on: date | None = None


APPLIES: Final = Applies()


@dataclass(frozen=True, slots=True)
class _Answer:
    """One condition: what it is about, what is so (None where nobody knows), what is wanted, and whether that holds."""

    what: str
    has: object
    wants: object
    holds: bool


def applies(step: Step, facts: Facts, policy: Policy, asks: Money, on: date) -> Applies:
    """Return whether a step applies, if it is taken on this day and asks for this much."""
    when = step.when
    if when is ALWAYS or when == ALWAYS:
        return APPLIES
    unmet: list[Reason] = []
    unknown: list[Reason] = []
    only_age = True
    for answer in _answers(when, facts, policy, asks, on):
        if answer.has is None and when.if_unknown != "yes":
            where = unmet if when.if_unknown == "no" else unknown
            where.append(Reason.of("condition_unknown", line=step.line, step=step.number, what=answer.what, wants=answer.wants))
        elif answer.has is not None and not answer.holds:
            said = Reason.of("step_passed_over", line=step.line, step=step.number, what=answer.what, has=answer.has, wants=answer.wants)
            unmet.append(said)
            only_age &= answer.what == "days_overdue"
    least = when.days_overdue.least if when.days_overdue else None
    young = bool(unmet) and only_age and least is not None and (on - facts.invoice.due_on).days < least
    return Applies(tuple(unmet), tuple(unknown), _aged_on(facts.invoice.due_on, least) if young else None)


def ages_out_on(step: Step, due_on: date) -> date | None:
    """Return the first day on which an invoice is too old for a step, None where it never is."""
    most = step.when.days_overdue.most if step.when.days_overdue else None
    return None if most is None else _aged_on(due_on, most + 1)


def _aged_on(due_on: date, days: int | None) -> date | None:
    """Return the day on which an invoice is so many days overdue, None where its due day means "never"."""
    on = plus(due_on, days or 0)
    return None if on == date.max else on


def looks_at_debtor(policy: Policy) -> bool:
    """Tell whether any step asks about the debtor's other invoices or its past."""
    return any(
        when.unpaid_invoices or when.mean_days_late or when.broken_promises or when.within_cover is not None
        for when in (step.when for step in policy.steps)
    )


def _answers(when: When, facts: Facts, policy: Policy, asks: Money, on: date) -> Iterator[_Answer]:
    invoice, debtor, history = facts.invoice, facts.debtor, facts.history
    if when.amount:
        yield _in("amount", asks, when.amount)
    if when.days_overdue:
        yield _in("days_overdue", (on - invoice.due_on).days, when.days_overdue)
    if when.debtor_kinds:
        kind = debtor.kind if debtor else None
        yield _Answer("debtor_kind", kind, ", ".join(when.debtor_kinds), kind in when.debtor_kinds)
    if when.unpaid_invoices:
        yield _in("unpaid_invoices", facts.debtor_books.unpaid_invoices if facts.debtor_books else None, when.unpaid_invoices)
    if when.mean_days_late:
        yield _mean("mean_days_late", history.mean_days_late if history else None, when.mean_days_late)
    if when.broken_promises:
        yield _in("broken_promises", history.broken_promises if history else None, when.broken_promises)
    yield from _insured(when, facts, policy)
    if when.labels_any:
        found = invoice.labels is not None and not set(when.labels_any).isdisjoint(invoice.labels)
        yield _Answer("labels", _names(invoice.labels), " / ".join(when.labels_any), found)
    if when.labels_none:
        free = invoice.labels is not None and set(when.labels_none).isdisjoint(invoice.labels)
        yield _Answer("labels", _names(invoice.labels), "≠ " + " / ".join(when.labels_none), free)


def _insured(when: When, facts: Facts, policy: Policy) -> Iterator[_Answer]:
    cover, books = policy.cover, facts.debtor_books
    if when.insured is not None:
        yield _yes_no("insured", cover.insured if cover else None, when.insured)
    if when.within_cover is not None:
        within: bool | None = None
        if cover and not cover.insured:
            within = False
        elif cover and cover.limit is None:
            within = True
        elif cover and cover.limit is not None and books and books.open.currency == cover.limit.currency:
            within = books.open <= cover.limit
        yield _yes_no("within_cover", within, when.within_cover)


def _yes_no(what: str, has: bool | None, wants: bool) -> _Answer:  # noqa: FBT001
    words = {True: "yes", False: "no"}
    return _Answer(what, None if has is None else words[has], words[wants], has == wants)


def _in(what: str, has: int | Money | None, wants: Range[int] | Range[Money]) -> _Answer:
    return _Answer(what, has, wants, has is not None and _within(has, wants))


def _mean(what: str, has: Fraction | None, wants: Range[int]) -> _Answer:
    shown = None if has is None else f"{round(has * 10) / 10:g}"
    return _Answer(what, shown, wants, has is not None and _within(has, wants))


def _within(has: Any, wants: Range[Any]) -> bool:
    return (wants.least is None or has >= wants.least) and (wants.most is None or has <= wants.most)


def _names(labels: tuple[str, ...] | None) -> str | None:
    return None if labels is None else ", ".join(labels) or "-"
