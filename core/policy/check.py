"""What the law and good sense say about a policy before it is used: refused, with the rule, or only warned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from core.law import Law
from core.model import DebtorKind
from core.policy.document import ALWAYS, Policy, Step
from core.policy.facts import Action, Mode

__all__ = ["PolicyFinding", "check_policy"]

LETTERS: Final = (Action.REMIND, Action.NOTICE, Action.DEMAND)
ORDERS: Final = ("DK",)
"""Countries where a handover may order the agency to send the notice first (facts: bookings, "Legal sequence")."""


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """Something about a policy; `rule` is an id of the law's tables, "" where it is sense and not law."""

    level: Literal["refused", "warned"]
    line: int
    rule: str
    text: str


def check_policy(policy: Policy, law: Law) -> list[PolicyFinding]:
    """Return what is unlawful or unwise about a policy, in the order of its steps."""
    if policy.country not in law.countries:
        return [PolicyFinding("refused", 1, "", f"There are no tables for the law of {policy.country}.")]
    found: list[PolicyFinding] = []
    for index, step in enumerate(policy.steps):
        if step.mode != Mode.OFF:
            before = [one for one in policy.steps[:index] if one.mode != Mode.OFF and one.action in LETTERS]
            found += [
                *_letter(policy, law, step),
                *_handover(policy, law, step, before),
                *_counting(step, before),
                *_fees(policy, law, step, before),
            ]
    return found


def _letter(policy: Policy, law: Law, step: Step) -> Iterator[PolicyFinding]:
    """Say what is unlawful about a notice or a demand: too little time, or one that nobody releases."""
    if step.action not in (Action.NOTICE, Action.DEMAND):
        return
    least, rule = law.find_deadline(policy.country, f"{step.action}_min_days"), law.rule(f"{policy.country}.sequence.{step.action}")
    if least is not None and step.pay_within_days < least.value:
        yield PolicyFinding("refused", step.line, rule.id, f"A {step.action} gives at least {least.value} days ({least.statute}).")
    if step.action == Action.DEMAND and step.mode == Mode.AUTO:
        yield PolicyFinding("refused", step.line, rule.id, f"A demand is released by the creditor itself ({rule.statute}).")


def _handover(policy: Policy, law: Law, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.action != Action.HANDOVER:
        return
    rule = law.rule(f"{policy.country}.sequence.handover")
    notices = [one for one in before if one.action == Action.NOTICE]
    needed = "handover" in law.countries[policy.country].after_notice
    ordered = policy.agency_sends_notice and policy.country in ORDERS
    if needed and not notices and not ordered:
        yield PolicyFinding("refused", step.line, rule.id, f"No notice of collection goes before it. {rule.sentence}")
    elif needed and not ordered and all(one.when != ALWAYS for one in notices):
        yield PolicyFinding(
            "warned", step.line, rule.id, "Where the notice before it does not apply, it waits for ever: the law wants one."
        )
    elif not before:
        if not needed:
            yield PolicyFinding("warned", step.line, rule.id, "The claim goes to the agency without any reminder: lawful, but seldom wise.")
    elif not any(one.announces_collection or one.action == Action.NOTICE for one in before):
        yield PolicyFinding("warned", step.line, rule.id, "No letter before it says that the claim will go to an agency.")


def _counting(step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.after_days is not None:
        return
    if not before:
        yield PolicyFinding("warned", step.line, "", "It counts from a letter, and every letter before it is off: it will never come.")
    elif all(one.when != ALWAYS for one in before):
        yield PolicyFinding("warned", step.line, "", "It counts from a letter; where none before it applies, it waits for a person.")


def _fees(policy: Policy, law: Law, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if not step.statutory_fee or step.action not in (Action.REMIND, Action.NOTICE):
        return
    rows = [law.fee(policy.country, "reminder", date.max, kind) for kind in DebtorKind]
    most = max((row.terms.count_max for row in rows if row), default=0)
    if most and sum(one.statutory_fee for one in before) >= most:
        text = f"The reminder fee is charged {'once' if most == 1 else f'{most} times'} per claim: none here."
        yield PolicyFinding("warned", step.line, f"{policy.country}.fee.once", text)
