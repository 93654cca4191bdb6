"""Which letters and claims would go today under a policy, from the store alone: nothing is read from the books, written or sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.engine import limits
from core.engine.context import Run
from core.engine.decide import policy_for
from core.engine.facts import gather
from core.engine.waiting import waits_for
from core.money import Money
from core.policy import Policy, stage
from core.policy.facts import Action, Decision, Facts, Mode
from core.store import books, people, tenants

__all__ = ["Going", "would_go"]


@dataclass(frozen=True, slots=True)
class Going:
    """One letter or one claim.

    Attributes:
        asked: a person is asked first.
        netted: what it deducts for the debtor's credit.
        stopped: the tasks that it waited for when a run last tried.
    """

    action: Action
    debtor: str
    invoices: tuple[str, ...]
    asks: Money
    fee: Money
    asked: bool
    netted: Money
    stopped: tuple[str, ...]


def would_go(run: Run, policy: Policy) -> tuple[list[Going], int, list[dict[str, Any]]]:
    """Return what would go today, put together as a run does it; how many invoices are due and wait for something, and for what."""
    run = replace(run, policy=policy)
    with run.database.read() as connection:
        gathered = gather(run, connection)
        invoices = books.list_invoices(connection, run.tenant.id, open_only=True)
        overrides = tenants.spread_overrides(connection, run.tenant.id)
        tasks = people.list_tasks(connection, run.tenant.id)
    facts = [gathered.facts(run, invoice) for invoice in invoices]
    listed = [(one, stage(one, policy_for(run, one.invoice, overrides), run.law, run.today)) for one in facts]
    limited = limits.check_limits(run, gathered, listed)
    groups: dict[tuple[object, ...], list[tuple[Facts, Decision]]] = defaultdict(list)
    for one, found in listed:
        decision = limited.apply(found)
        if decision.action is not None:
            line = next((reason.policy_line for reason in decision.reasons if reason.policy_line is not None), None)
            alone = one.invoice.source_ref if decision.alone else ""
            key = gathered.others.key(one.invoice)
            groups[decision.action, key, one.invoice.currency, line, decision.by_post, alone, decision.mode].append((one, decision))
    return [_going(group, tasks) for group in groups.values()], sum(decision.blocked for _, decision in listed), waits_for(listed)


def _going(group: list[tuple[Facts, Decision]], tasks: Sequence[people.Task]) -> Going:
    (first, decision), currency = group[0], group[0][0].invoice.currency
    assert decision.action is not None, "only what acts is put together"
    fee = max((one.fee for _, one in group if one.fee), default=Money.zero(currency), key=lambda fee: fee.minor)
    return Going(
        decision.action, first.invoice.debtor_name, tuple(one.invoice.number for one, _ in group),
        Money.sum((one.asks for _, one in group if one.asks), currency), fee, decision.mode == Mode.ASK,
        Money.sum((one.netted for _, one in group if one.netted), currency),
        tuple(task.text for task in tasks if any(task.is_about(facts.invoice.source_ref) for facts, _ in group)),
    )  # fmt: skip
