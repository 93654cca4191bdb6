"""Which step of the policy comes next, from which day, and what a letter leaves to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from core.law import Law, letter_deadline, next_bank_day
from core.money import Money
from core.policy.conditions import Applies, applies
from core.policy.document import Policy, Step
from core.policy.facts import Action, Facts, Mode, Reason, Sent
from core.policy.holds import FLOAT_BANK_DAYS, YEAR_MAX, float_ends, plus

__all__ = ["LETTERS", "POST_FRESH", "Next", "in_order", "last_letter", "letters_of", "next_step", "pay_by", "posted_pay_by"]

LETTERS: Final = (Action.REMIND, Action.NOTICE, Action.DEMAND)

POST_FRESH: Final = timedelta(days=3)
"""How old a letter may be when it is printed: its date is that of the day it was written."""


class Next(NamedTuple):
    """The step that comes next.

    Attributes:
        step: None where every step was taken or passed over.
        on: its first day; `date.max` where no day will bring it.
        due_on, last: what that day counts from: the due day, or the letter that went last (None where none did).
        passed: why steps before it do not apply.
        unknown: what its conditions ask and nobody knows.
        woken: a step that was passed over and will apply with age alone, and the first day of it.
    """

    step: Step | None
    on: date
    due_on: date
    last: Sent | None
    passed: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()
    woken: tuple[Step, date] | None = None

    @property
    def why(self) -> tuple[Reason, ...]:
        """What its day counts from, and why the steps before it do not apply."""
        return (self._counted(self.step), *self.passed) if self.step else self.passed

    def _counted(self, step: Step) -> Reason:
        if step.after_days is not None:
            return Reason.of("counted_from_due", days=step.after_days, due_on=self.due_on)
        if self.last is None or self.last.pay_by is None:
            return Reason("needs_the_step_before")
        return Reason.of("letter_ran_out", sent_on=self.last.sent_on or "-", pay_by=self.last.pay_by, bank_days=FLOAT_BANK_DAYS)


def next_step(facts: Facts, policy: Policy, asks: Money, today: date, letters: Sequence[Sent]) -> Next:
    """Return the first step that these letters, the oldest first, have not taken and that applies.

    Each letter takes the next step of its kind, and those before it are passed. Conditions are looked at as they are today, and
    the age as it will be on the step's day.
    """
    passed: list[Reason] = []
    woken: tuple[Step, date] | None = None
    due_on, last = facts.invoice.due_on, _last(letters) if letters else None
    for step in _not_taken(facts, policy, letters):
        on = _day_of(step, due_on, last, policy.country)
        found = applies(step, facts, policy, asks, today if on == date.max or on < today else on)
        if not found.unmet:
            unknown = found.unknown if today >= on or on == date.max else ()
            return Next(step, on, due_on, last, tuple(passed), unknown, woken)
        passed += found.unmet
        woken = _earlier(woken, step, found)
    return Next(None, date.max, due_on, last, tuple(passed), woken=woken)


def letters_of(facts: Facts) -> Sequence[Sent]:
    """Return the letters that went, the oldest first."""
    sent = facts.sent
    if len(sent) > 1:
        return in_order(letter for letter in sent if letter.state == "confirmed")
    return sent if sent and sent[0].state == "confirmed" else ()


def in_order(letters: Iterable[Sent]) -> Sequence[Sent]:
    """Return letters, the oldest first."""
    return sorted(letters, key=lambda letter: letter.sent_on or date.min)


def last_letter(facts: Facts) -> Sent | None:
    """Return the letter that went last."""
    return _last(letters_of(facts)) if facts.sent else None


def _last(letters: Sequence[Sent]) -> Sent | None:
    for letter in reversed(letters):
        if letter.sent_on:
            return letter
    return None


def pay_by(law: Law, policy: Policy, step: Step, today: date) -> date:
    """Return the deadline a letter gives; that of a notice or a demand is never earlier than the law allows."""
    if today.year > YEAR_MAX:
        return date.max
    given = next_bank_day(policy.country, plus(today, step.pay_within_days))
    if step.action not in (Action.NOTICE, Action.DEMAND):
        return given
    return max(given, letter_deadline(law, step.action, today, country=policy.country))


def posted_pay_by(law: Law, country: str, action: Action, given: date, written_on: date) -> date:
    """Return the deadline of a letter by post, from that of the same letter by mail: the debtor has all of its days whenever it is posted.

    Where the law counts bank days, three days later may not be enough for a letter that is three days older.
    """
    if written_on.year > YEAR_MAX:
        return date.max
    days = (written_on + timedelta(days=wait) for wait in range(POST_FRESH.days + 1))
    return max(next_bank_day(country, given + POST_FRESH), *(letter_deadline(law, action, day, country=country) for day in days))


def _not_taken(facts: Facts, policy: Policy, letters: Sequence[Sent]) -> Iterator[Step]:
    steps, taken = policy.steps, 0
    for letter in letters:
        taken = next((at + 1 for at in range(taken, len(steps)) if steps[at].action == letter.action and steps[at].mode != Mode.OFF), taken)
    for step in steps[taken:]:
        if step.mode != Mode.OFF and (facts.claim is None or step.action == Action.HANDOVER):
            yield step


def _day_of(step: Step, due_on: date, last: Sent | None, country: str) -> date:
    """Return the first day of a step, `date.max` where the step before has not been taken yet."""
    if step.after_days is not None:
        return plus(due_on, step.after_days)
    if last is None or last.pay_by is None:
        return date.max
    return plus(float_ends(country, last.pay_by), (step.after_previous_days or 0) + 1)


def _earlier(woken: tuple[Step, date] | None, step: Step, found: Applies) -> tuple[Step, date] | None:
    if found.from_on is None or (woken and woken[1] <= found.from_on):
        return woken
    return step, found.from_on
