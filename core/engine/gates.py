"""What stops a step until a person does something: one task for each, gone by itself when its cause is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from core.engine.context import Run
from core.policy import render_reason
from core.policy.facts import Decision, Facts, Reason, Stage
from core.store import people

__all__ = ["is_in_details", "may_be_mended", "tell"]

PREFIX: Final = "gate_"

BANK_LATE: Final = timedelta(days=10)
"""So long after the day the bank must be booked until, nobody who books it regularly is still about to."""

GATES: Final[Mapping[str, tuple[str, str]]] = {
    "no_mandate": ("tenant", "Record it: `kravbro tenants mandate {tenant}`."),
    "no_agency": ("tenant", "Choose one: `kravbro tenants choose {tenant} --agency NAME`."),
    "books_not_fresh": ("tenant", "Book the bank's days since then in the accounting system."),
    "books_never_posted": ("tenant", "Book the bank's days in the accounting system, on an account that it knows as the bank's."),
    "step_uncounted": ("tenant", "Give the step its own days in the policy, or switch a letter before it on."),
    "public_debtor": ("debtor", "Hand it over by hand, or write to the debtor yourself."),
    "debtor_inactive": ("debtor", "Find out why, and make the customer active again if it is to be collected."),
    "no_identity": ("debtor", "Correct it in the accounting system."),
    "leave_foreign": ("debtor", "Choose an agency in that country, or write to the debtor yourself."),
    "vendor_reminds": ("invoice", "Switch its reminders off, then say `kravbro claims resolve {invoice} --tenant {tenant} --reminders-known WHY`."),
    "vendor_reminded": ("invoice", "Switch its reminders off, then say `kravbro claims resolve {invoice} --tenant {tenant} --reminders-known WHY`."),
    "condition_unknown": ("debtor", "Say it with `kravbro policy override {tenant}`, or what it is worth with `if_unknown` in the policy."),
    "unlawful": ("invoice", "Have the step that the law wants first in the policy, or do it by hand."),
    "credit_open": ("debtor", "Match it with what it was meant for, or pay it back, in the accounting system."),
    "credit_covers": ("debtor", "Match it with the invoice or with what it was meant for, or pay it back, in the accounting system."),
    "plan_missed": ("invoice", "The steps go on; agree on a new plan with `kravbro claims plan {invoice} --tenant {tenant}` if you want to."),
    "limitation_near": ("invoice", "Have it paid or acknowledged, or take it to court, before that day: ask whoever collects it for you."),
    "no_interest_figure": ("tenant", "Compare the rate with its source, then `kravbro law confirm ROW`; a missing one is added with `kravbro law add NAME`."),
    "time_barred": ("invoice", "If something interrupted it, go on by hand; else write it off in the accounting system."),
}  # fmt: skip
"""Reason id → what one task is for each of, and what to do."""


TOLD: Final = ("plan_missed", "limitation_near", "time_barred")
"""What is told though no step's day has come; the first two stop nothing."""

OLD: Final = ("time_barred", "limitation_near")
"""What is so of a consumer's invoice years before a business's: the debtor is read first."""

CONDITIONS: Final = ("condition_unknown", "step_passed_over")
DETAILS: Final = ("debtor_kind", "labels")
"""What conditions ask that no list row shows; a label may change without any sign in the list."""


def tell(run: Run, decided: Iterable[tuple[Facts, Decision]]) -> None:
    """Give a person what stops these invoices, once each, and take back what no longer does."""
    wanted: dict[tuple[str, str], str] = {}
    for facts, decision in decided:
        for reason in _stopping(facts, decision, run):
            scope, todo = GATES[reason.id]
            about = {"tenant": run.tenant.id, "debtor": facts.invoice.debtor_ref, "invoice": facts.invoice.source_ref}
            waits = "" if reason.id in TOLD else " waits"
            text = f"Invoice {facts.invoice.number}{waits}: {render_reason(reason, 'en')} {todo.format(**about)}"
            wanted.setdefault((PREFIX + reason.id, about[scope]), text)
    now = run.now()
    with run.database.read() as connection:
        known = {(task.kind, task.subject) for task in people.list_tasks(connection, run.tenant.id) if task.kind.startswith(PREFIX)}
    if wanted.keys() == known:
        return
    with run.database.write() as connection:
        for kind, subject in sorted(wanted.keys() - known):
            people.add_task(connection, run.tenant.id, kind, subject, wanted[kind, subject], now)
        for kind, subject in sorted(known - wanted.keys()):
            people.resolve_task(connection, run.tenant.id, kind, subject, "no longer so", now)


def may_be_mended(run: Run, facts: Facts, decision: Decision) -> bool:
    """Tell whether what stops it stands in details of the debtor, which no list shows: they are read again to see."""
    return any(GATES[reason.id][0] == "debtor" for reason in _stopping(facts, decision, run))


def is_in_details(facts: Facts, decision: Decision) -> bool:
    """Tell whether a decision rests on what only the details of invoice and debtor show: a condition, or the kind whose debts die first."""
    if facts.debtor is None and any(reason.id in OLD for reason in decision.reasons):
        return True
    return any(dict(reason.params).get("what") in DETAILS for reason in decision.reasons if reason.id in CONDITIONS)


def _stopping(facts: Facts, decision: Decision, run: Run) -> list[Reason]:
    """Return the reasons that only a person can take away, of a step whose day has come."""
    abroad = decision.stage == Stage.LEFT_ALONE and facts.invoice.due_on < run.today
    stopped = decision.blocked or abroad
    return [reason for reason in decision.reasons if reason.id in TOLD or (stopped and _is_a_persons(reason, run.today))]


def _is_a_persons(reason: Reason, today: date) -> bool:
    """Tell whether only a person takes a reason away: the bank is booked sooner or later, and is told of when that is late."""
    wanted = dict(reason.params).get("wanted")
    return reason.id in GATES and (wanted is None or today > date.fromisoformat(wanted) + BANK_LATE)
