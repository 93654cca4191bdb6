"""What is lawful in a policy and seldom meant: values that look like a slip of the hand, each with the key it stands at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.claim import Phase
from core.law import Law
from core.policy.document import Policy, Step
from core.policy.facts import Action, Mode

__all__ = ["Unwise", "unwise"]

PAY_DAYS_MIN: Final = 5
"""Fewer days a letter by post, and a payment from bank to bank, hardly get through in (our own margin)."""

REMIND_AFTER_MIN: Final = 3
HANDOVER_AFTER_MIN: Final = 14
"""Days after the due date: what is paid late is mostly paid within two weeks (our own margin)."""

_COURT: Final = (Phase.LEGAL_FILED, Phase.CONTESTED_COURT, Phase.TITLE_OBTAINED, Phase.ENFORCEMENT)

Unwise = tuple[tuple[str | int, ...], str]
"""Where it stands in the document, and the sentence about it."""


def unwise(policy: Policy, law: Law) -> Iterator[Unwise]:
    """Yield what is probably not meant, steps that are off left out."""
    yield from _of_document(policy, law)
    for index, step in enumerate(policy.steps):
        if step.mode != Mode.OFF:
            for key, text in _of_step(step):
                yield ("step", index, key), text


def _of_document(policy: Policy, law: Law) -> Iterator[Unwise]:
    home = law.country(policy.country).currency
    if policy.currency != home:
        yield (
            ("currency",),
            f"The law of {policy.country} has its amounts in {home}: no fee can be charged on invoices in {policy.currency}.",
        )
    if not policy.small_amount:
        yield ("small_amount",), f"Rests of a few {'öre' if policy.currency in ('SEK', 'DKK', 'NOK') else 'cents'} would be chased."
    for key, count in (("letters", policy.limits.letters), ("handovers", policy.limits.handovers)):
        if not count:
            yield ("limits", key), "None of them ever goes by itself: a person is asked about each run's."
    if policy.cover and not policy.cover.insured and policy.cover.limit is not None:
        yield ("insurance", "limit"), "Nothing is insured, so the limit says nothing."
    if policy.end_stage in _COURT and not policy.allow_legal:
        yield ("handover", "end_stage"), f"The agency may go as far as {policy.end_stage}, but not to court (allow_legal)."


def _of_step(step: Step) -> Iterator[tuple[str, str]]:
    letter = step.action in (Action.REMIND, Action.NOTICE, Action.DEMAND)
    if letter and step.pay_within_days < PAY_DAYS_MIN:
        yield "pay_within_days", f"A letter that gives {step.pay_within_days} days hardly leaves time for a payment to arrive."
    if letter and step.after_days is not None and step.after_days < REMIND_AFTER_MIN:
        yield "after_days", f"A payment of the due date is often still under way {step.after_days} days after it."
    if step.action == Action.HANDOVER and step.after_days is not None and step.after_days < HANDOVER_AFTER_MIN:
        yield (
            "after_days",
            f"The claim goes to the agency {step.after_days} days after the due date, when most who pay late have not paid yet.",
        )
    if step.action == Action.HANDOVER and not step.minimum:
        yield "minimum", "Without a minimum every small claim goes to the agency, whatever it costs to collect."
