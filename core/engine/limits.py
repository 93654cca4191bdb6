"""The limit on how much leaves in one run: one question to a person for all of it, bound to what it was asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.engine.context import Run
from core.engine.facts import Gathered
from core.ids import stable_id
from core.policy import Due, Leaving, leaving, over_limit, render_reason
from core.policy.facts import Decision, Facts, Mode, Reason
from core.store import people

__all__ = ["Limited", "check_limits"]

SHOWN: Final = 5
"""How many invoices a question names."""


@dataclass(frozen=True, slots=True)
class Limited:
    """What goes beyond the policy's limit today.

    Attributes:
        why: by kind, why it waits for a person.
        digests: the questions that today's facts ask, answered or not.
    """

    why: dict[Leaving, Reason]
    digests: frozenset[str]

    def apply(self, decision: Decision) -> Decision:
        """Return a decision as it is under the limit: what goes beyond it waits for a person."""
        kind = leaving(decision)
        if kind is None or kind not in self.why:
            return decision
        return decision._replace(mode=Mode.ASK, reasons=(*decision.reasons, self.why[kind]), next_on=None)


def check_limits(run: Run, gathered: Gathered, decided: list[tuple[Facts, Decision]]) -> Limited:
    """Return what may not go by itself today, and ask a person about it.

    A yes is to the invoices and amounts that were asked about: it covers what is left of them, as after a run that was killed, and
    nothing beside them.
    """
    why: dict[Leaving, Reason] = {}
    digests: set[str] = set()
    if run.tenant.live_from is None:
        return Limited(why, frozenset())
    for kind in Leaving:
        due = [(facts, decision) for facts, decision in decided if leaving(decision) == kind and decision.asks is not None]
        reason = over_limit(run.policy.limits, kind, [_due(gathered, facts, decision) for facts, decision in due])
        if reason is None:
            continue
        covers = {facts.invoice.source_ref: f"{decision.asks} {run.tenant.agency}" for facts, decision in due}
        asked = _standing(run, kind, covers)
        if asked is None or not asked.approved:
            why[kind] = reason
        if asked is not None:
            digests.add(asked.digest)
        elif not run.dry_run:
            digests.add(_ask(run, kind, reason, due, covers))
    return Limited(why, frozenset(digests))


def _due(gathered: Gathered, facts: Facts, decision: Decision) -> Due:
    assert decision.asks is not None, "only what asks for something is counted"
    return Due(facts.invoice.source_ref if decision.alone else gathered.others.key(facts.invoice), decision.asks)


def _standing(run: Run, kind: Leaving, covers: dict[str, str]) -> people.SetQuestion | None:
    """Return the question that covers all of this, if one stands."""
    with run.database.read() as connection:
        standing = people.list_set_questions(connection, run.tenant.id, kind)
    return next((one for one in standing if covers.items() <= one.covers.items()), None)


def _ask(run: Run, kind: Leaving, reason: Reason, due: list[tuple[Facts, Decision]], covers: dict[str, str]) -> str:
    numbers = [facts.invoice.number for facts, _ in due]
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    text = f"{render_reason(reason, 'en').rstrip('.')}: invoices {', '.join(numbers[:SHOWN])}{more}"
    digest = stable_id("limit", kind, *(f"{ref} {asks}" for ref, asks in sorted(covers.items())))
    with run.database.write() as connection:
        run.summary.asked += people.ask(connection, run.tenant.id, digest, kind, text, run.now(), covers)
    return digest
