"""What the law says about a step on a day: whether it may be taken, and which fee its letter may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.law import Law, LegalStep, Letter, Ruling, SequenceFacts, is_waited_for, letter_fee, may
from core.model import DebtorKind
from core.money import Money
from core.policy.document import Policy, Step
from core.policy.facts import Action, Facts, Sent
from core.policy.holds import YEAR_MAX, Standing
from core.policy.steps import letters_of

__all__ = ["fee_kind", "fee_of", "letters_that_count", "ruling_on"]

_STEPS = {
    Action.REMIND: LegalStep.REMINDER,
    Action.NOTICE: LegalStep.NOTICE,
    Action.DEMAND: LegalStep.DEMAND,
    Action.HANDOVER: LegalStep.HANDOVER,
}
_FEES = (Action.REMIND, Action.NOTICE, Action.DEMAND)


def ruling_on(facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, *, pay_by: date, today: date) -> Ruling | None:
    """Return whether the law lets a step be taken today; None for what is no legal act.

    That a demand waits for the creditor's own yes, and a public body for a person, is seen to elsewhere.
    """
    legal = _STEPS.get(step.action)
    if legal is None or today.year > YEAR_MAX or facts.invoice.due_on.year > YEAR_MAX:
        return None
    letters = tuple(seen for letter in letters_of(facts) if (seen := _as_law_sees(letter)))
    about = SequenceFacts(
        country=policy.country, debtor=_kind(facts), due_on=facts.invoice.due_on, open_principal=stands.asks, letters=letters, pay_by=pay_by,
        released_by_creditor=True, agency_sends_notice=policy.agency_sends_notice, by_person=True,
    )  # fmt: skip
    return may(law, legal, about, today)


def fee_of(facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, today: date) -> Money:
    """Return the fee a letter asks for: what the law grants it, if the policy wants it, and of a reminder if the agreement is recorded."""
    zero = Money.zero(facts.invoice.currency)
    # A reminder of the vendor's own counts as one with a fee (facts: bookings, "Two automations"): its text is not ours to see.
    agreed = step.action == Action.DEMAND or (facts.reminder_fee_agreed and not facts.invoice.vendor_reminders)
    kind = fee_kind(law, policy.country, step.action)
    if not step.statutory_fee or not agreed or step.action not in _FEES or not law.has_fee(policy.country, kind) or today.year > YEAR_MAX:
        return zero
    row = law.fee(policy.country, kind, today, _kind(facts), stands.asks.amount)
    if row is None or row.confidence.weak:  # what nobody has confirmed is not demanded
        return zero
    # A letter without a fee is counted only where the law wants days between letters.
    before = (
        (fee_kind(law, policy.country, letter.action), letter.sent_on)
        for letter in letters_of(facts)
        if letter.sent_on and (letter.fee or row.terms.spacing_days)
    )
    granted = letter_fee(
        law, kind, today, before, country=policy.country, debtor=_kind(facts), principal=stands.asks, due_on=facts.invoice.due_on,
        plan_broken_on=min((late.due_on for late in stands.missed), default=None),
    )  # fmt: skip
    if not granted or granted.currency != zero.currency:
        return zero
    return min(granted, step.fee_agreed) if step.fee_agreed is not None else granted


def letters_that_count(facts: Facts, policy: Policy, law: Law) -> Sequence[Sent]:
    """Return the letters that went, the oldest first, without notices that the law does not wait for where it wants one: they go again.

    Such a notice gave too little time, or went before what is the due day now.
    """
    letters = letters_of(facts)
    if not letters or not law.country(policy.country).after_notice:
        return letters
    return [letter for letter in letters if not _is_idle_notice(letter, facts, policy, law)]


def fee_kind(law: Law, country: str, action: Action) -> str:
    """Return which of the law's fees a letter may bear: a demand its own, and a notice its own where the country knows one."""
    if action == Action.DEMAND:
        return "demand"
    return "notice" if action == Action.NOTICE and law.has_fee(country, "notice") else "reminder"


def _as_law_sees(letter: Sent) -> Letter | None:
    """Return a letter as the law sees it, None where it is none of its letters or has no day."""
    kind = _STEPS.get(letter.action)
    return Letter(kind, letter.sent_on, letter.pay_by) if kind and letter.sent_on and letter.pay_by else None


def _is_idle_notice(letter: Sent, facts: Facts, policy: Policy, law: Law) -> bool:
    seen = _as_law_sees(letter)
    return seen is not None and seen.kind is LegalStep.NOTICE and not is_waited_for(law, policy.country, facts.invoice.due_on, seen)


def _kind(facts: Facts) -> DebtorKind:
    return facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER
