"""What the law and good sense say about a policy before it is used: refused, with the rule, or only warned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from core.law import Law, Row, Rule
from core.model import DebtorKind
from core.policy.document import ALWAYS, Policy, Step
from core.policy.facts import Action, Mode
from core.policy.lawful import fee_kind
from core.policy.lines import line_of
from core.policy.unwise import unwise

__all__ = ["PolicyFinding", "check_policy"]

LETTERS: Final = (Action.REMIND, Action.NOTICE, Action.DEMAND)


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """Something about a policy.

    Attributes:
        line: the step's, or where its document was given, the key's own.
        rule: an id of the law's tables, "" where it is sense and not law.
        key: what it is about, "" for a step as a whole.
    """

    level: Literal["refused", "warned"]
    line: int
    rule: str
    text: str
    key: str = ""


def check_policy(policy: Policy, law: Law, document: str = "") -> list[PolicyFinding]:
    """Return what is unlawful or unwise about a policy: first by its steps, then the values that are probably not meant."""
    if policy.country not in law.countries:
        return [PolicyFinding("refused", 1, "", f"There are no tables for the law of {policy.country}.", "country")]
    found = list(_order(policy, law, document))
    for index, step in enumerate(policy.steps):
        if step.mode != Mode.OFF:
            before = [one for one in policy.steps[:index] if one.mode != Mode.OFF and one.action in LETTERS]
            found += [
                *_letter(policy, law, step, before),
                *_handover(policy, law, step, before),
                *_counting(step, before),
                *_fees(policy, law, step, before),
            ]
    found = [_placed(one, policy, document) for one in found]
    return [
        *found,
        *(PolicyFinding("warned", _line(path, policy, document), "", text, str(path[-1])) for path, text in unwise(policy, law)),
    ]


def _placed(finding: PolicyFinding, policy: Policy, document: str) -> PolicyFinding:
    """Return a finding about a step's key with the line of that key."""
    index = next((at for at, step in enumerate(policy.steps) if step.line == finding.line), None)
    if not finding.key or index is None:
        return finding
    return replace(finding, line=_line(("step", index, finding.key), policy, document))


def _line(path: tuple[str | int, ...], policy: Policy, document: str) -> int:
    if document:
        return line_of(document, path)
    return policy.steps[int(path[1])].line if path[0] == "step" else 1


def _order(policy: Policy, law: Law, document: str) -> Iterator[PolicyFinding]:
    """Say where the law knows no order to the agency to send the notice first."""
    if policy.agency_sends_notice and not law.country(policy.country).agency_sends_notice:
        rule, line = law.rule(f"{policy.country}.sequence.handover"), _line(("handover", "agency_sends_notice"), policy, document)
        text = f"The law of {policy.country} has no order to the agency to send the notice first. {rule.sentence}"
        yield PolicyFinding("refused", line, rule.id, text, "agency_sends_notice")


def _letter(policy: Policy, law: Law, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    """Say what is unlawful about a notice or a demand: too little time, one that nobody releases, or no notice where the law wants one."""
    if step.action not in (Action.NOTICE, Action.DEMAND):
        return
    least, rule = law.find_deadline(policy.country, f"{step.action}_min_days"), law.rule(f"{policy.country}.sequence.{step.action}")
    if least is not None and step.pay_within_days < least.value:
        yield PolicyFinding(
            "refused", step.line, rule.id, f"A {step.action} gives at least {least.value} days ({least.statute}).", "pay_within_days"
        )
    if step.action == Action.DEMAND and step.mode == Mode.AUTO:
        yield PolicyFinding("refused", step.line, rule.id, f"A demand is released by the creditor itself ({rule.statute}).", "mode")
    if step.action in law.country(policy.country).after_notice:
        yield from _noticed(step, before, law.rule(f"{policy.country}.sequence.notice_missing"))


def _handover(policy: Policy, law: Law, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.action != Action.HANDOVER:
        return
    rule = law.rule(f"{policy.country}.sequence.handover")
    home = law.country(policy.country)
    needed = step.action in home.after_notice
    ordered = policy.agency_sends_notice and home.agency_sends_notice
    lacking = list(_noticed(step, before, rule)) if needed and not ordered else []
    if lacking:
        yield from lacking
    elif not before:
        if not needed:
            yield PolicyFinding("warned", step.line, rule.id, "The claim goes to the agency without any reminder: lawful, but seldom wise.")
    elif not any(one.announces_collection or one.action == Action.NOTICE for one in before):
        yield PolicyFinding("warned", step.line, rule.id, "No letter before it says that the claim will go to an agency.")


def _noticed(step: Step, before: list[Step], rule: Rule) -> Iterator[PolicyFinding]:
    """Say where a step that waits for a notice before collection has none before it, or none towards some debtors."""
    notices = [one for one in before if one.action == Action.NOTICE]
    if not notices:
        yield PolicyFinding("refused", step.line, rule.id, f"No notice of collection goes before it. {rule.sentence}")
    elif all(one.when != ALWAYS for one in notices):
        yield PolicyFinding(
            "warned", step.line, rule.id, "Where the notice before it does not apply, it waits for ever: the law wants one."
        )


def _counting(step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    if step.after_days is not None:
        return
    if not before:
        yield PolicyFinding("warned", step.line, "", "It counts from a letter, and every letter before it is off: it will never come.")
    elif all(one.when != ALWAYS for one in before):
        yield PolicyFinding("warned", step.line, "", "It counts from a letter; where none before it applies, it waits for a person.")


def _fees(policy: Policy, law: Law, step: Step, before: list[Step]) -> Iterator[PolicyFinding]:
    """Say what the law makes of a letter's fee: charged once only, or at most so much."""
    if not step.statutory_fee or step.action not in LETTERS:
        return
    kind = fee_kind(law, policy.country, step.action)
    caps = {
        debtor: row for debtor in step.when.debtor_kinds or DebtorKind if (row := law.highest_fee(policy.country, kind, date.max, debtor))
    }
    yield from _fixed(policy, law, step, kind, caps)
    most = max((row.terms.count_max for row in caps.values()), default=0)
    counted = {kind, *(code for row in caps.values() for code in row.terms.counted_with)}
    if most and sum(one.statutory_fee and fee_kind(law, policy.country, one.action) in counted for one in before) >= most:
        once = law.rule(f"{policy.country}.fee.once")
        text = f"The {'demand' if step.action == Action.DEMAND else 'reminder'} fee is charged {'once' if most == 1 else f'{most} times'} per claim: none here."
        yield PolicyFinding("warned", step.line, once.id, text, "fee")


def _fixed(policy: Policy, law: Law, step: Step, kind: str, caps: Mapping[DebtorKind, Row]) -> Iterator[PolicyFinding]:
    """Say where an agreed fee is above the law's: refused where it is so for every debtor of the step, else cut when it is charged."""
    agreed = step.fee_agreed
    if agreed is None:
        return
    home = law.country(policy.country).currency
    if policy.currency != home or not caps:
        name = "currency" if policy.currency != home else "unknown"
        rule = law.rule(f"{policy.country}.fee.{name}", law_currency=home, currency=policy.currency, kind=kind, on="-")
        yield PolicyFinding("refused", step.line, rule.id, rule.sentence, "fee")
        return
    rule = law.rule(f"{policy.country}.fee.{kind}")
    above = [(debtor, row) for debtor, row in caps.items() if agreed.amount > row.value]
    if len(above) == len(caps):
        highest = max(row.value for row in caps.values())
        yield PolicyFinding(
            "refused", step.line, rule.id, f"A {kind} fee is at most {highest} {home}, whatever was agreed ({rule.statute}).", "fee"
        )
    elif above:
        cut = ", ".join(f"{row.value} {home} towards {debtor}" for debtor, row in above)
        yield PolicyFinding(
            "warned", step.line, rule.id, f"The fee is above the law's for some of the debtors, and is cut to {cut}.", "fee"
        )
