"""Whether a claim has died of age, or is about to (facts: law, 3.4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from core.law import NEAR_DAYS, Law, limitation_ends
from core.model import DebtorKind
from core.policy.document import Policy
from core.policy.facts import Facts, Reason
from core.policy.holds import YEAR_MAX

__all__ = ["YOUNG_DAYS", "limitation_near", "time_barred"]

YOUNG_DAYS: Final = 2 * 365
"""No claim dies, or is about to, before it is this old: every country's shortest period is a year longer. Most invoices are younger."""


def time_barred(facts: Facts, policy: Policy, law: Law, today: date) -> Reason | None:
    """Return that the claim may be time-barred: interruptions are not in the books, so a person decides."""
    ended_on = _ends_on(facts, policy, law, today)
    return _told(Reason("time_barred"), ended_on, facts, policy, law) if ended_on and today > ended_on else None


def limitation_near(facts: Facts, policy: Policy, law: Law, today: date) -> Reason | None:
    """Return that the claim dies within `core.law.NEAR_DAYS`: it stops nothing, and a person is told while a summons still saves it."""
    ends_on = _ends_on(facts, policy, law, today)
    near = ends_on is not None and today <= ends_on < today + timedelta(days=NEAR_DAYS)
    return _told(Reason("limitation_near"), ends_on, facts, policy, law) if ends_on and near else None


def _ends_on(facts: Facts, policy: Policy, law: Law, today: date) -> date | None:
    """Return the last day of the claim as the books tell it, None for one that is far from it."""
    invoice = facts.invoice
    first, last = min(invoice.issued_on, invoice.due_on), max(invoice.issued_on, invoice.due_on)
    if last.year > YEAR_MAX or today.year > YEAR_MAX or (today - first).days < YOUNG_DAYS:
        return None
    return limitation_ends(law, _kind(facts), invoice.issued_on, country=policy.country, due_on=invoice.due_on)


def _told(reason: Reason, ends_on: date, facts: Facts, policy: Policy, law: Law) -> Reason:
    row = law.limitation(policy.country, "consumer" if _kind(facts) == DebtorKind.CONSUMER else "general")
    counted_from = facts.invoice.due_on if row.runs_from == "due" else facts.invoice.issued_on
    values = (("ends_on", ends_on), ("counted_from", counted_from))
    return reason._replace(values=values, rule=row.key, statute=row.statute)


def _kind(facts: Facts) -> DebtorKind:
    """Return the kind of debtor; of one that nobody has read, the kind whose debts die first."""
    return facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER
