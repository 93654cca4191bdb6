"""The legal sequence: which step towards a debtor is lawful on a day, from which day it will be, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from core.law.bankdays import next_bank_day
from core.law.deadlines import letter_deadline
from core.law.months import months_later
from core.law.rows import Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import Money

__all__ = ["LegalStep", "Letter", "Ruling", "SequenceFacts", "is_waited_for", "may"]

ONE_DAY = timedelta(days=1)


class LegalStep(StrEnum):
    """What may be done towards a debtor, mildest first."""

    REMINDER = "reminder"
    NOTICE = "notice"
    DEMAND = "demand"
    HANDOVER = "handover"
    LEGAL = "legal"


class Letter(NamedTuple):
    """A letter that went: what it was, and the last day it gave; a reminder that is also the notice is two of them."""

    kind: LegalStep
    sent_on: date
    pay_by: date


class SequenceFacts(NamedTuple):
    """What the legal sequence asks about one claim.

    Attributes:
        letters: those that went, in any order, whoever sent them.
        open_principal: what is still owed and undisputed.
        pay_by: the last day that the letter asked about would give; None is as much as the law wants.
        threatens: the reminder asked about threatens court, enforcement or a payment remark.
        released_by_creditor: the creditor's own role lets the demand go.
        agency_sends_notice: the agency is ordered to send the notice first and to charge nothing before it has run out.
        at_risk: recovery is at imminent risk, or the debtor evades; a person answers for that.
        objection: the debtor objects to the claim, whole or part.
        by_person: a person takes the step.
    """

    country: str
    debtor: DebtorKind
    due_on: date
    open_principal: Money
    letters: tuple[Letter, ...] = ()
    pay_by: date | None = None
    threatens: bool = False
    released_by_creditor: bool = False
    agency_sends_notice: bool = False
    at_risk: bool = False
    objection: bool = False
    by_person: bool = False


class Ruling(NamedTuple):
    """Whether a step is lawful.

    Attributes:
        rules: what it rests on, or what forbids it.
        lawful: whether it may be taken on the day asked about.
        from_day: where only time is lacking, the first day on which it will be lawful.
        orders: what must be told to whoever takes the step.
    """

    rules: tuple[Rule, ...]
    lawful: bool
    from_day: date | None = None
    orders: tuple[Rule, ...] = ()


def may(law: Law, step: LegalStep, facts: SequenceFacts, on: date) -> Ruling:
    """Return whether a step may be taken on a day.

    1. Nothing before the claim is overdue, and nothing while nothing is owed.
    2. A letter gives at least the law's time; a reminder that threatens court must be a demand where the law says so.
    3. What waits for a notice before collection (Denmark: handover; Norway: demand and handover) waits until it has run out. A Danish
       handover may instead order the agency to send it.
    4. Court waits for a demand (Denmark: the notice, which is one) to run out without objection, and is a person's.
    """
    return _early(law, facts, on) or _ASKED[step](law, facts, on)


def is_waited_for(law: Law, country: str, due_on: date, letter: Letter) -> bool:
    """Tell whether what waits for a letter waits for this one: it went when the claim was due, and gave the law's time."""
    return letter.sent_on > due_on and not _gave_too_little(law, country, letter)


def _gave_too_little(law: Law, country: str, letter: Letter) -> bool:
    row = law.find_deadline(country, f"{letter.kind}_min_days")
    return row is not None and letter.pay_by < letter.sent_on + timedelta(days=int(row.value))


def _early(law: Law, facts: SequenceFacts, on: date) -> Ruling | None:
    if facts.open_principal.minor <= 0:
        return _no(_rule(law, facts, "unfounded"))
    last = next_bank_day(facts.country, facts.due_on)
    if on <= last:
        return _no(_rule(law, facts, "not_due", due=facts.due_on, last=last), from_day=last + ONE_DAY)
    return None


def _reminder(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    if facts.threatens and law.country(facts.country).threat_is_demand:
        return _no(_rule(law, facts, "threat"))
    return _yes(_rule(law, facts, "reminder"))


def _notice(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    days = law.find_deadline(facts.country, "notice_min_days")
    if days is None:  # no legal act where the law asks for none: it is a reminder that says what comes next
        return _reminder(law, facts, on)
    until = letter_deadline(law, "notice", on, country=facts.country)
    return _short(law, facts, LegalStep.NOTICE, on, until) or _yes(_rule(law, facts, "notice", days=days.value, until=until))


def _demand(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    if not facts.released_by_creditor:
        return _no(_rule(law, facts, "demand_release"))
    waits = _notice_wait(law, facts, LegalStep.DEMAND, on)
    until = letter_deadline(law, "demand", on, country=facts.country)
    return waits or _short(law, facts, LegalStep.DEMAND, on, until) or _yes(_rule(law, facts, "demand"))


def _handover(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    home, rests_on = law.country(facts.country), _rule(law, facts, "handover")
    if facts.debtor is DebtorKind.PUBLIC and not facts.by_person:
        return _no(_rule(law, facts, "public"))
    if home.handover_by_person and not facts.by_person:
        return _no(rests_on)
    waits = _notice_wait(law, facts, LegalStep.HANDOVER, on)
    if waits is None:
        return _yes(rests_on, *(_gone(law, facts, letter) for letter in _run_out(law, facts, ("notice",), on)[:1]))
    if _hasty(law, facts, LegalStep.HANDOVER):
        return _yes(rests_on, _rule(law, facts, "at_risk"))
    if facts.agency_sends_notice and home.agency_sends_notice:
        return Ruling((rests_on,), lawful=True, orders=(_rule(law, facts, "agency_sends"),))
    return waits


def _legal(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    if not facts.by_person:
        return _no(_rule(law, facts, "court_by_person"))
    if facts.objection:
        return _no(_rule(law, facts, "objection"))
    limit = law.limit(facts.country, "simple_procedure", on)
    if limit and facts.open_principal.amount > limit.value:
        return _no(_rule(law, facts, "above_limit", claim=facts.open_principal, limit=f"{limit.value} {limit.unit}"))
    if _hasty(law, facts, LegalStep.LEGAL):
        return _yes(_rule(law, facts, "at_risk"))
    return _court(law, facts, on)


def _court(law: Law, facts: SequenceFacts, on: date) -> Ruling:
    """Let court wait until a demand, or what stands for one, has run out and is not too old."""
    kinds = law.country(facts.country).before_court
    valid, done = law.find_deadline(facts.country, "demand_valid_months"), _run_out(law, facts, kinds, on)
    fresh = [letter for letter in done if not valid or on <= months_later(letter.sent_on, int(valid.value))]
    if fresh:
        return _yes(_rule(law, facts, "legal", on=fresh[-1].sent_on, until=_until(law, facts, fresh[-1])))
    running = [letter for letter in _valid(law, facts, kinds) if letter not in done]
    if running:
        until = _until(law, facts, running[0])
        return _no(_rule(law, facts, "demand_running", on=running[0].sent_on, until=until), from_day=until + ONE_DAY)
    if done and valid:
        return _no(_rule(law, facts, "demand_old", on=done[-1].sent_on, months=valid.value))
    return _no(_rule(law, facts, "demand_missing"))


def _notice_wait(law: Law, facts: SequenceFacts, step: LegalStep, on: date) -> Ruling | None:
    """Return what keeps a step from being taken before the notice has run out, or None."""
    if step not in law.country(facts.country).after_notice or _run_out(law, facts, ("notice",), on):
        return None
    running = _valid(law, facts, ("notice",))
    if not running:
        short = [letter for letter in facts.letters if letter.kind is LegalStep.NOTICE and _gave_too_little(law, facts.country, letter)]
        if short:
            return _no(_rule(law, facts, "notice_short", on=short[-1].sent_on, pay_by=short[-1].pay_by))
        return _no(_rule(law, facts, "notice_missing"))
    until = min(_until(law, facts, letter) for letter in running)
    return _no(_rule(law, facts, "notice_running", on=running[0].sent_on, until=until), from_day=until + ONE_DAY)


def _run_out(law: Law, facts: SequenceFacts, kinds: Iterable[str], on: date) -> list[Letter]:
    return [letter for letter in _valid(law, facts, kinds) if _until(law, facts, letter) < on]


def _valid(law: Law, facts: SequenceFacts, kinds: Iterable[str]) -> list[Letter]:
    """Return the letters of these kinds that went when the claim was due and gave the law's time, the oldest first."""
    found = sorted((letter for letter in facts.letters if letter.kind in kinds), key=lambda letter: letter.sent_on)
    return [letter for letter in found if is_waited_for(law, facts.country, facts.due_on, letter)]


def _until(law: Law, facts: SequenceFacts, letter: Letter) -> date:
    """Return the last day to pay in time: the letter's own or the law's, whichever is later, moved on to a bank day."""
    return next_bank_day(facts.country, max(letter.pay_by, letter_deadline(law, letter.kind, letter.sent_on, country=facts.country)))


def _gone(law: Law, facts: SequenceFacts, letter: Letter) -> Rule:
    return _rule(law, facts, "handover_notice", on=letter.sent_on, until=_until(law, facts, letter))


def _short(law: Law, facts: SequenceFacts, kind: LegalStep, on: date, until: date) -> Ruling | None:
    if facts.pay_by is None or facts.pay_by >= until:
        return None
    return _no(_rule(law, facts, "short", kind=kind, on=on, pay_by=facts.pay_by, until=until))


def _hasty(law: Law, facts: SequenceFacts, step: LegalStep) -> bool:
    return facts.at_risk and facts.by_person and step in law.country(facts.country).haste


_ASKED: Final[Mapping[LegalStep, Callable[[Law, SequenceFacts, date], Ruling]]] = {
    LegalStep.REMINDER: _reminder,
    LegalStep.NOTICE: _notice,
    LegalStep.DEMAND: _demand,
    LegalStep.HANDOVER: _handover,
    LegalStep.LEGAL: _legal,
}


def _rule(law: Law, facts: SequenceFacts, name: str, **params: object) -> Rule:
    return law.rule(f"{facts.country}.sequence.{name}", **params)


def _yes(*rules: Rule) -> Ruling:
    return Ruling(rules, lawful=True)


def _no(rule: Rule, *, from_day: date | None = None) -> Ruling:
    return Ruling((rule,), lawful=False, from_day=from_day)
