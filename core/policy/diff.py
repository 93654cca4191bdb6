"""What changes for invoices when one policy takes the place of another: the same facts, decided twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.law import Law
from core.policy.decide import stage
from core.policy.document import Policy
from core.policy.facts import Decision, Facts, Reason
from core.policy.reasons import reason_json

__all__ = ["Move", "move_json", "moves"]


@dataclass(frozen=True, slots=True)
class Move:
    """An invoice that stands elsewhere, or goes on another day, under the second policy."""

    facts: Facts
    before: Decision
    after: Decision

    @property
    def why_before(self) -> tuple[Reason, ...]:
        """The reasons that only the first policy gives."""
        return _only_in(self.before, self.after)

    @property
    def why_after(self) -> tuple[Reason, ...]:
        """The reasons that only the second policy gives."""
        return _only_in(self.after, self.before)


def moves(lines: Iterable[tuple[Facts, Policy, Policy]], law: Law, today: date) -> list[Move]:
    """Return the invoices whose stage, action, release or day differ, each with its facts and its policy before and after."""
    decided = (Move(facts, stage(facts, before, law, today), stage(facts, after, law, today)) for facts, before, after in lines)
    return [move for move in decided if _where(move.before) != _where(move.after)]


def move_json(move: Move, today: date) -> dict[str, Any]:
    """Return a move as plain values; `on` is the day of the action, None where nothing brings one."""
    invoice = move.facts.invoice
    return {
        "invoice": invoice.number, "debtor": invoice.debtor_name, "open": str(invoice.open), "due_on": invoice.due_on.isoformat(),
        "before": _decision_json(move.before, move.why_before, today), "after": _decision_json(move.after, move.why_after, today),
    }  # fmt: skip


def _where(decision: Decision) -> tuple[object, ...]:
    mode = decision.mode if decision.action or decision.next_action else None
    return decision.stage, decision.action, mode, decision.next_action, decision.next_on, decision.blocked


def _only_in(one: Decision, other: Decision) -> tuple[Reason, ...]:
    known = {(reason.id, reason.params) for reason in other.reasons}
    return tuple(reason for reason in one.reasons if (reason.id, reason.params) not in known)


def _decision_json(decision: Decision, why: tuple[Reason, ...], today: date) -> dict[str, Any]:
    action, on = (decision.action, today) if decision.action else (decision.next_action, decision.next_on)
    return {
        "stage": str(decision.stage), "action": str(action) if action else None, "mode": str(decision.mode) if action else None,
        "on": on.isoformat() if on else None, "blocked": decision.blocked, "reasons": [reason_json(reason) for reason in why],
    }  # fmt: skip
