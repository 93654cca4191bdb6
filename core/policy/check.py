"""What the law and good sense say about a policy before it is used: refused, with the rule, or only warned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.law import Law
from core.policy.document import Policy, Step
from core.policy.facts import Action, Mode

__all__ = ["PolicyFinding", "check_policy"]

LETTERS = (Action.REMIND, Action.NOTICE, Action.DEMAND)


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
            found += [*_demand(policy, law, step), *_handover(policy, step, before), *_counting(step, before), *_fees(step, before)]
    return found


def _demand(policy: Policy, law: Law, step: Step) -> Iterator[PolicyFinding]:
    if step.action != Action.DEMAND:
        return
    rule, days = law.rule(f"{policy.country}.sequence.demand"), law.deadline(policy.country, "demand_min_days")
    if step.pay_within_days < days:
        yield PolicyFinding("refused", step.line, rule.id, f"A demand gives at least {days} days ({rule.statute}).")
    if step.mode == Mode.AUTO:
        yield PolicyFinding("refused", step.line, rule.id, f"A demand is released by the creditor itself ({rule.statute}).")


def _handover(policy: Policy, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.action != Action.HANDOVER:
        return
    rule = f"{policy.country}.sequence.handover"
    if not before:
        yield PolicyFinding("warned", step.line, rule, "The claim goes to the agency without any reminder: lawful, but seldom wise.")
    elif not any(one.announces_collection for one in before):
        yield PolicyFinding("warned", step.line, rule, "No letter before it says that the claim will go to an agency.")


def _counting(step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.after_days is None and not before:
        yield PolicyFinding("warned", step.line, "", "It counts from a letter, and every letter before it is off: it will never come.")


def _fees(step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.action == Action.REMIND and step.statutory_fee and any(one.statutory_fee for one in before):
        yield PolicyFinding("warned", step.line, "SE.fee.once", "The reminder fee is charged once per claim: none here.")
