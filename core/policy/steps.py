"""Which step of the policy comes next, from which day, and what a letter leaves to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from core.law import Law, letter_deadline, next_bank_day
from core.money import Money
from core.policy.conditions import Applies, applies
from core.policy.document import Policy, Step
from core.policy.facts import Action, Facts, Mode, Reason, Sent
from core.policy.holds import FLOAT_BANK_DAYS, YEAR_MAX, float_ends, plus

__all__ = ["LETTERS", "Next", "last_letter", "letters_of", "next_step", "pay_by"]

LETTERS: Final = (Action.REMIND, Action.NOTICE, Action.DEMAND)


@dataclass(frozen=True, slots=True)
class Next:
    """The step that comes next.

    Attributes:
        step: None where every step was taken or passed over.
        on: its first day; `date.max` where no day will bring it.
        counted: what that day counts from; None where there is no step.
        passed: why steps before it do not apply.
        unknown: what its conditions ask and nobody knows.
        woken: a step that was passed over and will apply with age alone, and the first day of it.
    """

    step: Step | None
    on: date = date.max
    counted: Reason | None = None
    passed: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()
    woken: tuple[Step, date] | None = None

    @property
    def why(self) -> tuple[Reason, ...]:
        """What its day counts from, and why the steps before it do not apply."""
        return (*((self.counted,) if self.counted else ()), *self.passed)


def next_step(facts: Facts, policy: Policy, asks: Money, today: date) -> Next:
    """Return the first step not taken that applies.

    Each letter takes the next step of its kind, and those before it are passed. Conditions are looked at as they are today, and
    the age as it will be on the step's day.
    """
    passed: list[Reason] = []
    woken: tuple[Step, date] | None = None
    for step in _not_taken(facts, policy):
        on, counted = _day_of(facts, policy, step)
        found = applies(step, facts, policy, asks, today if on == date.max else max(today, on))
        if not found.unmet:
            unknown = found.unknown if today >= on or on == date.max else ()
            return Next(step, on, counted, tuple(passed), unknown, woken)
        passed += found.unmet
        woken = _earlier(woken, step, found)
    return Next(None, passed=tuple(passed), woken=woken)


def letters_of(facts: Facts) -> list[Sent]:
    """Return the letters that went, the oldest first."""
    return sorted((letter for letter in facts.sent if letter.state == "confirmed"), key=lambda letter: letter.sent_on or date.min)


def last_letter(facts: Facts) -> Sent | None:
    """Return the letter that went last."""
    return next((letter for letter in reversed(letters_of(facts)) if letter.sent_on), None)


def pay_by(law: Law, policy: Policy, step: Step, today: date) -> date:
    """Return the deadline a letter gives; that of a notice or a demand is never earlier than the law allows."""
    if today.year > YEAR_MAX:
        return date.max
    given = next_bank_day(policy.country, plus(today, step.pay_within_days))
    if step.action not in (Action.NOTICE, Action.DEMAND):
        return given
    return max(given, letter_deadline(law, step.action, today, country=policy.country))


def _not_taken(facts: Facts, policy: Policy) -> list[Step]:
    steps = [step for step in policy.steps if step.mode != Mode.OFF]
    taken = 0
    for letter in letters_of(facts):
        taken = next((at + 1 for at in range(taken, len(steps)) if steps[at].action == letter.action), taken)
    return [step for step in steps[taken:] if not facts.claim or step.action == Action.HANDOVER]


def _day_of(facts: Facts, policy: Policy, step: Step) -> tuple[date, Reason]:
    """Return the first day of a step and what it counts from."""
    due_on = facts.invoice.due_on
    if step.after_days is not None:
        return plus(due_on, step.after_days), Reason.of("counted_from_due", days=step.after_days, due_on=due_on)
    last = last_letter(facts)
    if last is None or last.pay_by is None:
        # The step before has not been taken yet; this one can't be reached (steps are walked in order).
        return date.max, Reason("needs_the_step_before")
    days = step.after_previous_days or 0
    return plus(float_ends(policy.country, last.pay_by), days + 1), Reason.of(
        "letter_ran_out", sent_on=last.sent_on or "-", pay_by=last.pay_by, bank_days=FLOAT_BANK_DAYS
    )


def _earlier(woken: tuple[Step, date] | None, step: Step, found: Applies) -> tuple[Step, date] | None:
    if found.from_on is None or (woken and woken[1] <= found.from_on):
        return woken
    return step, found.from_on
