"""Limitation: until when a claim lives, what starts its time anew, and what proof that takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from core.law.months import years_later
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["Interruption", "InterruptionKind", "Limitation", "limitation", "limitation_ends"]

COUNTS: Final = "counts"
LONGER: Final = "recognised"
"""The limitation row of a period that some interruptions make longer, where the country has that."""


class InterruptionKind(StrEnum):
    """What may start limitation anew; each country's row says which of them do."""

    PAYMENT = "payment"
    INTEREST_PAYMENT = "interest_payment"
    ACKNOWLEDGEMENT = "acknowledgement"
    WRITTEN_ACKNOWLEDGEMENT = "written_acknowledgement"
    SETTLEMENT = "settlement"
    REMINDER = "reminder"
    DEMAND = "demand"
    LEGAL_STEP = "legal_step"
    JUDGMENT = "judgment"

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
        ended_on: of a legal step, the day of the decision: the new period starts there.
        pursued: of a legal step, that it was not dropped.
    """

    kind: InterruptionKind
    on: date
    proof_of_receipt: bool = False
    ended_on: date | None = None
    pursued: bool = True


@dataclass(frozen=True, slots=True)
class Limitation:
    """Until when a claim lives.

    Attributes:
        ends_on: its last day.
        rows: the periods it was reckoned with.
        rules: first the period itself, then each interruption in days' order: that it counts, or why not.
    """

    ends_on: date
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]


def limitation(
    law: Law,
    debtor: DebtorKind,
    originated_on: date,
    interruptions: Collection[Interruption] = (),
    *,
    country: str = "SE",
    due_on: date | None = None,
    private_supply: bool = True,
) -> Limitation:
    """Reckon the limitation period; what happens after it has ended changes nothing.

    Args:
        law: the tables.
        debtor: a consumer's debt may live shorter (Sweden).
        originated_on: the day the claim came about.
        interruptions: in any order; those without the proof they need are passed over.
        country: whose law.
        due_on: the due day, from which it runs in Denmark, Norway and Finland; the day the claim came about stands for an unknown one.
        private_supply: False where a consumer owes for something else, or on a negotiable instrument (preskriptionslag 2 § 2 st).
    """
    starts, row = _begins(law, country, debtor, originated_on, due_on, private_supply=private_supply)
    ends = years_later(starts, int(row.value))
    steps = list(_steps(ends, row, law.find_limitation(country, LONGER), interruptions))
    ends = steps[-1].ends_on if steps else ends
    first = law.rule(f"{country}.limitation.ends", until=ends, years=row.value, **{"from": starts})
    told = (
        law.rule(f"{country}.limitation.{step.name}", kind=step.what.kind, on=step.what.on, until=step.ends_on) for step in steps
    )  # fmt: skip
    counted = (step.row for step in steps if step.name == COUNTS)
    return Limitation(ends, tuple(dict.fromkeys((row, *counted))), (first, *told))


def limitation_ends(
    law: Law,
    debtor: DebtorKind,
    originated_on: date,
    interruptions: Collection[Interruption] = (),
    *,
    country: str = "SE",
    due_on: date | None = None,
    private_supply: bool = True,
) -> date:
    """Return the last day of the limitation period, as `limitation` reckons it."""
    starts, row = _begins(law, country, debtor, originated_on, due_on, private_supply=private_supply)
    ends = years_later(starts, int(row.value))
    if not interruptions:  # as nearly always
        return ends
    for step in _steps(ends, row, law.find_limitation(country, LONGER), interruptions):
        ends = step.ends_on
    return ends


@dataclass(frozen=True, slots=True)
class _Step:
    """What one interruption did: the rule's name, the row it was held against, and when the claim ends after it."""

    what: Interruption
    name: str
    row: Row
    ends_on: date


def _begins(
    law: Law, country: str, debtor: DebtorKind, originated_on: date, due_on: date | None, *, private_supply: bool
) -> tuple[date, Row]:
    """Return the day the period runs from, and its row."""
    consumer = debtor is DebtorKind.CONSUMER and private_supply
    row = law.limitation(country, "consumer" if consumer else "general")
    starts = due_on if row.runs_from == "due" and due_on is not None else originated_on
    return starts, row


def _steps(ends: date, row: Row, longer: Row | None, interruptions: Collection[Interruption]) -> Iterator[_Step]:
    """Yield what each interruption did to a claim that would end on this day."""
    for one in sorted(interruptions, key=lambda found: found.on):
        new = longer if longer and one.kind in longer.interrupted_by else row
        name = _outcome(one, new, ends)
        if name == COUNTS:
            ends = max(ends, years_later(one.ended_on or one.on, int(new.value)))
        yield _Step(one, name, new, ends)


def _outcome(one: Interruption, row: Row, ends: date) -> str:
    """Return the name of the rule that says what an interruption does."""
    if one.kind not in row.interrupted_by:
        return "not_counted"
    if one.on > ends:
        return "too_late"
    if one.kind.must_arrive and not one.proof_of_receipt:
        return "no_proof"
    return COUNTS if one.pursued else "not_pursued"
