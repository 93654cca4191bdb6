"""What changes for invoices when one policy takes the place of another: the same facts, decided twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.law import Law
from core.policy.decide import stage
from core.policy.document import Policy
from core.policy.facts import Decision, Facts, Reason
from core.policy.reasons import reason_json

__all__ = ["Change", "Move", "changes", "move_json", "moves"]


@dataclass(frozen=True, slots=True)
class Change:
    """What two documents say differently: the key, and its value in each; "" where one does not say it."""

    what: str
    before: str
    after: str


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


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two policies as they are written (TOML, read), in the order of the first.

    Steps of one action are compared with each other in their order; of one that the other policy lacks, `steps` tells.
    """
    one, other = _flat(before), _flat(after)
    alone = _steps(before).keys() ^ _steps(after).keys()
    keys = [key for key in one | other if not any(key.startswith(f"{step}.") for step in alone)]
    return [Change(key, one.get(key, ""), other.get(key, "")) for key in keys if one.get(key) != other.get(key)]


def _steps(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the steps by their action, and from the second of it on its number."""
    found: dict[str, Mapping[str, Any]] = {}
    for step in document.get("step", ()):
        times = sum(other["action"] == step["action"] for other in found.values()) + 1
        found[f"step {step['action']}" if times == 1 else f"step {step['action']} {times}"] = step
    return found


def _flat(document: Mapping[str, Any]) -> dict[str, str]:
    """Return every value by its path, e.g. "handover.end_stage", as text."""
    steps = _steps(document)
    rest = {key: value for key, value in document.items() if key != "step"}
    named = ", ".join(name.removeprefix("step ") for name in steps)
    return {path: text for key, value in (rest | {"steps": named} | steps).items() for path, text in _leaves(key, value)}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves(f"{path}.{key}", one)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


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
