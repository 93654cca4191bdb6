"""The replay: day by day through a history, each invoice looked at only on the days on which its decision can change.

Those are the days that decisions name, those on which a payment of it is seen, and, where what else its debtor owes is asked
for, those on which the debtor's books change.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from core.backtest.assume import Assumptions
from core.backtest.debtors import Debtors
from core.claim import Lifecycle
from core.history import PastInvoice, in_order
from core.law import Law, next_bank_day
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import Due, Leaving, Policy, leaving, looks_at_debtor, over_limit, posted_pay_by, stage
from core.policy.facts import Action, ClaimFacts, Decision, Facts, Mode, Sent, Stage

__all__ = ["Event", "Replay", "replay"]

_AGENCY = "agency"
_LETTERS = (Action.REMIND, Action.NOTICE, Action.DEMAND)


@dataclass(frozen=True, slots=True)
class Event:
    """One letter or claim that would have gone: what it is about, and what it asks for without the fee.

    `asked` tells that a person would have been asked first. `invoices` are places in the replay's history.
    """

    on: date
    action: Action
    debtor_ref: str
    invoices: tuple[int, ...]
    asks: Money
    fee: Money
    asked: bool
    policy_line: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What would have happened between two days, both counted."""

    policy: str
    since: date
    until: date
    history: tuple[PastInvoice, ...]
    events: tuple[Event, ...]
    decisions: int
    """How many decisions it took."""
    left_out: int
    """Invoices of the period in another currency than the policy's."""


@dataclass(slots=True)
class _Line:
    """An invoice on its way: its policy, what was sent about it so far, how many of its payments are seen, and on which days it may change."""

    past: PastInvoice
    policy: Policy
    """Its questions are answered yes; `asking` are the lines of the steps that ask them."""
    asking: frozenset[int]
    days: list[date]
    sent: tuple[Sent, ...] = ()
    claim: ClaimFacts | None = None
    announced_on: date | None = None
    asked: bool = False
    seen: int = 0
    passed: int = 0
    open: int = field(init=False)

    def __post_init__(self) -> None:
        self.open = self.past.total.minor

    def see(self, posted_until: date) -> None:
        """Take in the payments that are posted by then."""
        payments = self.past.payments
        while self.seen < len(payments) and payments[self.seen].on <= posted_until:
            self.open -= payments[self.seen].amount.minor
            self.seen += 1

    def wakes_on(self, named: date | None, today: date) -> date | None:
        """Return the next day to look at it: the one its decision names, or the next on which what it looks at changes."""
        while self.passed < len(self.days) and self.days[self.passed] <= today:
            self.passed += 1
        tomorrow = today + timedelta(days=1)
        days = [max(named, tomorrow)] if named else []
        if not self.claim and (self.open > 0 or self.seen < len(self.past.payments)):
            days += self.days[self.passed : self.passed + 1]
        return min(days, default=None)


def replay(
    history: Iterable[PastInvoice],
    policy: Policy,
    law: Law,
    since: date,
    until: date,
    assumptions: Assumptions,
    *,
    fee_since: date | None = None,
    policy_of: Callable[[PastInvoice], Policy] | None = None,
) -> Replay:
    """Return what the policy would have done about the invoices that fell due between two days.

    1. Every invoice is decided on its due date, and then on the days on which its decision can change: a quiet one costs nothing.
    2. A handover that cools off is announced, and goes when its days are over.
    3. What would go beyond the policy's limit on one day waits until a person has said yes, on the next bank day.
    4. What acts on one day is put together as a run does it: one letter per debtor and step, one claim per debtor.
    5. A letter that went is a fact of the next decision, as is a claim; payments are those of the history.

    Args:
        history: in any order; the same invoices give the same replay.
        policy: the policy; a step that asks a person counts as answered yes.
        law: the tables.
        since: the first due date that counts.
        until: the last day of the replay.
        assumptions: what is taken for granted.
        fee_since: the date of the first bill for which reminder fees were agreed; None where they were not.
        policy_of: the policy of one invoice, where debtors or invoices are treated otherwise.
    """
    ordered = in_order(history)
    due = [past for past in ordered if since <= past.due_on <= until]
    kept = tuple(past for past in due if past.total.currency == policy.currency)
    world = _World(law, Debtors(ordered), assumptions, fee_since=fee_since, asks_debtor=looks_at_debtor(policy))
    lines = [world.line(past, policy_of(past) if policy_of else policy) for past in kept]
    limits = _Limits(policy)
    days = [(past.due_on, index) for index, past in enumerate(kept)]  # sorted, and so a heap
    events: list[Event] = []
    decisions = 0
    while days and days[0][0] <= until:
        today = days[0][0]
        decided: dict[int, Decision] = {}
        while days and days[0][0] == today:
            _, index = heapq.heappop(days)
            decided[index] = world.decide(lines[index], today)
        decisions += len(decided)
        held_back = limits.held_back(lines, decided, today)
        acting: dict[tuple[object, ...], list[tuple[int, Decision]]] = defaultdict(list)
        for index, decision in decided.items():
            if decision.action is not None and index not in held_back:
                acting[_together(lines[index], index, decision)].append((index, decision))
        acted = [_act(law, lines, group, today) for group in acting.values()]
        world.claimed.update(kept[index].source_ref for event in acted if event.action == Action.HANDOVER for index in event.invoices)
        events += acted
        for index, decision in decided.items():
            named = today + timedelta(days=1) if index in held_back else decision.next_on
            lines[index].asked |= index in held_back
            wakes_on = lines[index].wakes_on(named, today)
            if wakes_on:
                heapq.heappush(days, (wakes_on, index))
    return Replay(policy.name, since, until, kept, tuple(events), decisions, len(due) - len(kept))


@dataclass(frozen=True, slots=True)
class _World:
    """What all decisions of a replay share."""

    law: Law
    debtors: Debtors
    assumptions: Assumptions
    fee_since: date | None
    asks_debtor: bool
    claimed: set[str] = field(default_factory=set)
    """The invoices that went to the agency."""

    def line(self, past: PastInvoice, policy: Policy) -> _Line:
        """Return an invoice as it is at the beginning."""
        behind = self.assumptions.posting_days
        if self.asks_debtor or self.debtors.overpaid(past):
            return _Line(past, *_answered(policy), self.debtors.days_of(past, behind))
        return _Line(past, *_answered(policy), sorted(paid.on + timedelta(days=behind) for paid in past.payments))

    def decide(self, line: _Line, today: date) -> Decision:
        """Decide one invoice as the books would have shown it, and keep since when its handover stands announced."""
        posted_until = today - timedelta(days=self.assumptions.posting_days)
        line.see(posted_until)
        past, currency = line.past, line.past.total.currency
        invoice = Invoice(
            past.source_ref, past.number, InvoiceKind.INVOICE, past.debtor_ref, "", past.total, Money(line.open, currency),
            past.issued_on, past.due_on, leave_alone=past.leave_alone,
        )  # fmt: skip
        facts = Facts(
            invoice, _debtor(past.debtor_ref, past.debtor_kind, past.country), line.sent, claim=line.claim, postings_until=posted_until,
            agency=_AGENCY, reminder_fee_agreed=self.fee_since is not None and self.fee_since <= past.issued_on, announced_on=line.announced_on,
            debtor_books=self.debtors.books_of(past, today, posted_until, self.claimed) if line.open > 0 else None,
            history=self.debtors.history_of(past, posted_until) if self.asks_debtor else None,
        )  # fmt: skip
        decision = stage(facts, line.policy, self.law, today)
        if decision.announce:
            line.announced_on = today
        elif decision.stage != Stage.HANDOVER:
            line.announced_on = None
        return decision


class _Limits:
    """What may leave on one day; above it a person is asked, and says yes on the next bank day to all that waits by then."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._yes_on: dict[Leaving, date] = {}

    def held_back(self, lines: Sequence[_Line], decided: Mapping[int, Decision], today: date) -> set[int]:
        """Return the invoices that wait for a yes today."""
        waiting: set[int] = set()
        for kind in Leaving:
            due = {
                index: decision.asks
                for index, decision in decided.items()
                if decision.asks is not None and leaving(decision) == kind and _policy_line(decision) not in lines[index].asking
            }
            counted = [Due(_counted_with(lines[index], index, decided[index]), asks) for index, asks in due.items()]
            if over_limit(self._policy.limits, kind, counted) is None:
                self._yes_on.pop(kind, None)
            elif today >= self._yes_on.setdefault(kind, next_bank_day(self._policy.country, today + timedelta(days=1))):
                del self._yes_on[kind]
            else:
                waiting |= due.keys()
        return waiting


def _counted_with(line: _Line, index: int, decision: Decision) -> str:
    return f"invoice {index}" if decision.alone else line.past.debtor_key


@lru_cache(maxsize=256)
def _answered(policy: Policy) -> tuple[Policy, frozenset[int]]:
    """Return the policy with every question answered yes, and the lines of the steps that ask them."""
    steps = tuple(replace(step, mode=Mode.AUTO) if step.mode == Mode.ASK else step for step in policy.steps)
    return replace(policy, steps=steps), frozenset(step.line for step in policy.steps if step.mode == Mode.ASK)


@lru_cache(maxsize=65536)
def _debtor(ref: str, kind: DebtorKind | None, country: str) -> Debtor | None:
    """Return the debtor as far as the history knows it; the identity number is taken for granted."""
    return None if kind is None else Debtor(ref, "", kind, "assumed", Address(country=country))


def _together(line: _Line, index: int, decision: Decision) -> tuple[object, ...]:
    """Return what tells one letter or claim of the day from another."""
    key, alone = line.past.debtor_key, index if decision.alone else None
    if decision.action in _LETTERS:
        return decision.action, key, _policy_line(decision), decision.by_post, alone
    return decision.action, key, alone


def _act(law: Law, lines: Sequence[_Line], group: list[tuple[int, Decision]], today: date) -> Event:
    """Let a letter or a claim go, and keep it as a fact about each of its invoices."""
    first = group[0][1]
    assert first.action is not None, "only acting decisions are put together"
    currency = lines[group[0][0]].past.total.currency
    asks = Money.sum((decision.asks for _, decision in group if decision.asks), currency)
    fee = max((decision.fee for _, decision in group if decision.fee), default=Money.zero(currency), key=lambda one: one.minor)
    where = _policy_line(first)
    pay_by = max((decision.pay_by for _, decision in group if decision.pay_by), default=None)
    if pay_by and first.by_post:
        pay_by = posted_pay_by(law, lines[group[0][0]].policy.country, first.action, pay_by, today)
    asked = any(lines[index].asked or where in lines[index].asking for index, _ in group)
    for index, decision in group:
        line = lines[index]
        line.asked = False
        if first.action in _LETTERS:
            line.sent = (*line.sent, Sent(first.action, "confirmed", today, pay_by, first.announces_collection, decision.fee))
        elif first.action == Action.HANDOVER:
            line.announced_on = None
            line.claim = ClaimFacts(f"claim of {group[0][0]}", _AGENCY, Lifecycle.ACTIVE)
    return Event(today, first.action, lines[group[0][0]].past.debtor_ref, tuple(index for index, _ in group), asks, fee, asked, where)


def _policy_line(decision: Decision) -> int | None:
    return next((reason.policy_line for reason in decision.reasons if reason.policy_line is not None), None)
