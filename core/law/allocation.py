"""What a payment goes to: the debtor's own word first, else costs, interest and principal in the country's order, the oldest debt first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.law.rows import Rule
from core.law.tables import Law
from core.money import Money

__all__ = ["Allocation", "Debt", "Share", "allocate"]


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed on one invoice; the parts are in one currency."""

    ref: str
    due_on: date
    cost: Money
    interest: Money
    principal: Money


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment goes to one component ("cost", "interest", "principal") of one debt."""

    ref: str
    component: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment goes: the shares add up to it together with what is too much."""

    shares: tuple[Share, ...]
    too_much: Money
    rules: tuple[Rule, ...]


def allocate(law: Law, country: str, payment: Money, debts: Iterable[Debt], designated: Sequence[str] = ()) -> Allocation:
    """Share a payment out.

    Args:
        law: the tables.
        country: whose law.
        payment: what came in.
        debts: what is owed, in any order.
        designated: refs of the debts the debtor said it is for: they come first, in this order.
    """
    order = law.country(country).allocation
    ranked = sorted(debts, key=lambda debt: (_place(debt.ref, designated), debt.due_on, debt.ref))
    left, shares = payment, []
    for debt in ranked:
        for component in order:
            part = min(left, _owed(debt, component))
            left = left - part
            if part:
                shares.append(Share(debt.ref, component, part))
    rules = [law.rule(f"{country}.payment.designated")] if designated else []
    rules.append(law.rule(f"{country}.payment.order", order=", then ".join(order)))
    if left:
        rules.append(law.rule(f"{country}.payment.overpaid"))
    return Allocation(tuple(shares), left, tuple(rules))


def _place(ref: str, designated: Sequence[str]) -> int:
    return designated.index(ref) if ref in designated else len(designated)


def _owed(debt: Debt, component: str) -> Money:
    parts = {"cost": debt.cost, "interest": debt.interest, "principal": debt.principal}
    return max(parts[component], Money.zero(debt.principal.currency))
