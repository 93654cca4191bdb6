"""The policy as values: its steps, their conditions, and what a debtor or an invoice has otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any, Final, Generic, Literal, TypeVar

from core.claim import Phase
from core.model import DebtorKind
from core.money import Money
from core.policy.facts import Action, Mode

__all__ = ["ALWAYS", "Cover", "Limits", "Override", "Policy", "Range", "Sending", "Step", "When", "as_mapping", "with_override"]

Value = TypeVar("Value", int, Money)


@dataclass(frozen=True, slots=True)
class Range(Generic[Value]):
    """From the least to the most, both included; None is no end."""

    least: Value | None = None
    most: Value | None = None

    def __str__(self) -> str:
        if self.least is None or self.most is None:
            return f"≤ {self.most}" if self.least is None else f"≥ {self.least}"
        return f"{self.least} - {self.most}"


@dataclass(frozen=True, slots=True)
class When:
    """The conditions on which a step applies, all of them together; None and () ask for nothing.

    Attributes:
        amount: what the step would ask for.
        days_overdue: on the day it would be taken.
        unpaid_invoices: the debtor's overdue ones, this one among them.
        mean_days_late: over the debtor's paid invoices that the books show.
        broken_promises: promises to pay and instalment plans.
        insured: whether a credit insurer covers the debtor.
        within_cover: whether all that is open of the debtor is within the cover's limit.
        labels_any, labels_none: labels of the invoice in the accounting system, by their names.
        if_unknown: what an answer that nobody knows is worth: it stops, or counts as no or as yes.
    """

    amount: Range[Money] | None = None
    days_overdue: Range[int] | None = None
    debtor_kinds: tuple[DebtorKind, ...] = ()
    unpaid_invoices: Range[int] | None = None
    mean_days_late: Range[int] | None = None
    broken_promises: Range[int] | None = None
    insured: bool | None = None
    within_cover: bool | None = None
    labels_any: tuple[str, ...] = ()
    labels_none: tuple[str, ...] = ()
    if_unknown: Literal["stop", "no", "yes"] = "stop"


ALWAYS: Final = When()
"""A step without conditions."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What a credit insurer covers of a debtor; without a limit, all of it."""

    insured: bool
    limit: Money | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a policy.

    Attributes:
        number: its place in the document, from 1.
        after_days: days after the due date; None counts from the step before (`after_previous_days`).
        after_previous_days: days after the deadline of the letter before has run out.
        channel: "email" is by mail where the books have an address and by post elsewhere; "print" is always by post.
        line: where it stands in the document.
        statutory_fee: whether the letter asks for a fee: what the law grants on the day, and no more than `fee_agreed` where that is less.
        cooling_off_days: how long before a handover that goes by itself it is announced to the creditor, who may stop it.
    """

    number: int
    action: Action
    mode: Mode
    after_days: int | None
    after_previous_days: int | None
    pay_within_days: int
    channel: Literal["email", "print"]
    minimum: Money
    statutory_fee: bool
    announces_collection: bool
    line: int
    when: When = ALWAYS
    cooling_off_days: int = 0
    fee_agreed: Money | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a kind may leave in one run without a person's yes: letters or handovers, and what they ask for together."""

    letters: int
    handovers: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Sending:
    """When letters may go: on these days of the week (Monday is 0), between these hours of the creditor's day, or only on bank days."""

    weekdays: tuple[int, ...]
    first: time
    last: time
    bank_days_only: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A client's policy, as it applies to one invoice.

    Attributes:
        open_credits: what the debtor has to its credit stops every step, or letters deduct it; a handover it stops always.
        cover: None where nobody said whether the debtor is insured.
    """

    name: str
    country: str
    currency: str
    steps: tuple[Step, ...]
    bundle_by_debtor: bool
    allow_legal: bool
    end_stage: Phase
    small_amount: Money
    limits: Limits
    one_letter_per: Literal["debtor", "invoice"] = "debtor"
    open_credits: Literal["stop", "net"] = "stop"
    fees_left: Literal["waive", "go_on"] = "waive"
    agency_sends_notice: bool = False
    cover: Cover | None = None
    sending: Sending | None = None
    thanks: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What one debtor or one invoice has otherwise; None is as it was.

    Attributes:
        mode, minimum: for every step.
        extra_days: before each step that counts from the due date.
        cooling_off_days: before a handover that goes by itself.
        one_letter_per, one_claim_per: whether what is due together of the debtor goes together.
        open_credits: whether what the debtor has to its credit stops its letters, or is deducted in them.
        fees_left: what of interest and fees once the principal was paid directly.
        insured, insured_limit: the credit insurance of the debtor; a limit alone means that it is insured.
    """

    mode: Mode | None = None
    minimum: str | None = None
    extra_days: int | None = None
    cooling_off_days: int | None = None
    one_letter_per: Literal["debtor", "invoice"] | None = None
    one_claim_per: Literal["debtor", "invoice"] | None = None
    open_credits: Literal["stop", "net"] | None = None
    fees_left: Literal["waive", "go_on"] | None = None
    insured: bool | None = None
    insured_limit: str | None = None


def with_override(policy: Policy, debtor: Override | None, invoice: Override | None) -> Policy:
    """Return the policy of one invoice: what the tenant has, then the debtor's, then the invoice's own."""
    given = [override for override in (invoice, debtor) if override is not None]
    if not given:
        return policy
    merged = Override(*(next((had for one in given if (had := getattr(one, name.name)) is not None), None) for name in fields(Override)))
    steps = tuple(_overridden(step, merged, policy.currency) for step in policy.steps)
    return replace(
        policy, steps=steps, cover=_cover(policy, merged), one_letter_per=merged.one_letter_per or policy.one_letter_per,
        fees_left=merged.fees_left or policy.fees_left, open_credits=merged.open_credits or policy.open_credits,
        bundle_by_debtor=policy.bundle_by_debtor if merged.one_claim_per is None else merged.one_claim_per == "debtor",
    )  # fmt: skip


def _overridden(step: Step, override: Override, currency: str) -> Step:
    """Return a step with an override; none turns on a step that is off, nor releases a demand (inkassolag 2 §)."""
    days = step.after_days if step.after_days is None or override.extra_days is None else step.after_days + override.extra_days
    minimum = step.minimum if override.minimum is None else Money.parse(override.minimum, currency)
    fixed = step.mode == Mode.OFF or (step.action == Action.DEMAND and override.mode == Mode.AUTO)
    cooling_off = step.cooling_off_days if override.cooling_off_days is None else override.cooling_off_days
    return replace(
        step, mode=step.mode if fixed else override.mode or step.mode, minimum=minimum, after_days=days,
        cooling_off_days=cooling_off if step.action == Action.HANDOVER else 0,
    )  # fmt: skip


def _cover(policy: Policy, override: Override) -> Cover | None:
    if override.insured is None and override.insured_limit is None:
        return policy.cover
    limit = Money.parse(override.insured_limit, policy.currency) if override.insured_limit else None
    return Cover(override.insured is not False, limit)


def as_mapping(policy: Policy) -> Mapping[str, Any]:
    """Return a policy as plain values, for listings."""
    return {
        "name": policy.name, "country": policy.country, "currency": policy.currency,
        "steps": [
            {"line": s.line, "action": str(s.action), "mode": str(s.mode), "after_days": s.after_days, "after_previous_days": s.after_previous_days,
             "channel": s.channel, "minimum": s.minimum.text(), "pay_within_days": s.pay_within_days, "when": _as_conditions(s.when)}
            for s in policy.steps
        ],
    }  # fmt: skip


def _as_conditions(when: When) -> dict[str, Any]:
    asked = {one.name: getattr(when, one.name) for one in fields(when) if getattr(when, one.name) != getattr(ALWAYS, one.name)}
    return {
        name: value if isinstance(value, bool) else list(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in asked.items()
    }
