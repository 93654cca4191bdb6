"""How much may leave in one run: above it nothing of that kind goes by itself, so that a bad import is no thousand letters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.money import Money
from core.policy.document import Limits
from core.policy.facts import Action, Decision, Mode, Reason

__all__ = ["Due", "Leaving", "leaving", "over_limit"]


class Leaving(StrEnum):
    """What is counted together."""

    LETTERS = "letters"
    HANDOVERS = "handovers"


@dataclass(frozen=True, slots=True)
class Due:
    """One invoice that a run would act on by itself: what is counted once for each (a debtor's letter, a claim), and what is asked for."""

    together: str
    asks: Money


def leaving(decision: Decision) -> Leaving | None:
    """Return as what a decision counts; None where nothing leaves by itself, or a person has said yes to just this."""
    if decision.mode != Mode.AUTO or any(reason.id == "approved" for reason in decision.reasons):
        return None
    if decision.action in (Action.REMIND, Action.NOTICE, Action.DEMAND):
        return Leaving.LETTERS
    return Leaving.HANDOVERS if decision.action == Action.HANDOVER else None


def over_limit(limits: Limits, kind: Leaving, due: Collection[Due]) -> Reason | None:
    """Return why a person is asked before these go, None where the policy lets so many go."""
    count = len({one.together for one in due})
    amount = Money.sum((one.asks for one in due), limits.amount.currency)
    count_max = limits.letters if kind == Leaving.LETTERS else limits.handovers
    if count <= count_max and amount <= limits.amount:
        return None
    return Reason.of("over_limit", count=count, what=kind, amount=amount, count_max=count_max, amount_max=limits.amount)
