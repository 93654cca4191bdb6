"""Two policies on the same books: what every open invoice would be at under each."""

from __future__ import annotations

from dataclasses import replace

from core.engine.context import Run
from core.engine.decide import policy_for
from core.engine.facts import gather
from core.policy import Policy
from core.policy.diff import Move, moves
from core.store import books, tenants

__all__ = ["compare"]


def compare(run: Run, before: Policy, after: Policy) -> tuple[int, list[Move]]:
    """Return how many open invoices were looked at, and those that move, from the store alone; overrides hold under both."""
    with run.database.read() as connection:
        gathered = gather(run, connection)
        invoices = books.list_invoices(connection, run.tenant.id, open_only=True)
        overrides = tenants.spread_overrides(connection, run.tenant.id)
    first, second = replace(run, policy=before), replace(run, policy=after)
    lines = (
        (gathered.facts(run, invoice), policy_for(first, invoice, overrides), policy_for(second, invoice, overrides))
        for invoice in invoices
    )
    return len(invoices), moves(lines, run.law, run.today)
