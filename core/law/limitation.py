"""Limitation: until when a claim lives, what starts its time anew, and what proof that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.law.months import years_later
from core.law.rows import Row, Rule
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["Interruption", "InterruptionKind", "Limitation", "limitation", "limitation_ends"]


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
    interruptions: Iterable[Interruption] = (),
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
    consumer = debtor is DebtorKind.CONSUMER and private_supply
    row = law.limitation(country, "consumer" if consumer else "general")
    longer = law.find_limitation(country, "recognised")
    starts = due_on if row.runs_from == "due" and due_on is not None else originated_on
    end, rows, rules = years_later(starts, int(row.value)), [row], []
    for one in sorted(interruptions, key=lambda found: found.on):
        new = longer if longer and one.kind in longer.interrupted_by else row
        problem = _problem(law, country, one, new, end)
        rules.append(problem or law.rule(f"{country}.limitation.counts", kind=one.kind, on=one.on))
        if problem is None:
            end = max(end, years_later(one.ended_on or one.on, int(new.value)))
            rows.append(new)
    first = law.rule(f"{country}.limitation.ends", until=end, years=row.value, **{"from": starts})
    return Limitation(end, tuple(dict.fromkeys(rows)), (first, *rules))


def limitation_ends(
    law: Law,
    debtor: DebtorKind,
    originated_on: date,
    interruptions: Iterable[Interruption] = (),
    *,
    country: str = "SE",
    due_on: date | None = None,
    private_supply: bool = True,
) -> date:
    """Return the last day of the limitation period, as `limitation` reckons it."""
    found = limitation(law, debtor, originated_on, interruptions, country=country, due_on=due_on, private_supply=private_supply)
    return found.ends_on


def _problem(law: Law, country: str, one: Interruption, row: Row, end: date) -> Rule | None:
    if one.kind not in row.interrupted_by:
        return law.rule(f"{country}.limitation.not_counted", kind=one.kind)
    if one.on > end:
        return law.rule(f"{country}.limitation.too_late", kind=one.kind, on=one.on, until=end)
    if one.kind.must_arrive and not one.proof_of_receipt:
        return law.rule(f"{country}.limitation.no_proof", kind=one.kind, on=one.on)
    if not one.pursued:
        return law.rule(f"{country}.limitation.not_pursued", kind=one.kind, on=one.on)
    return None
