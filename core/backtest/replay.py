"""The replay: day by day through a history, each invoice looked at only on the days on which its decision can change."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from core.backtest.assume import Assumptions
from core.claim import Lifecycle
from core.history import PastInvoice, in_order
from core.law import Law
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import Policy, stage
from core.policy.facts import Action, ClaimFacts, Decision, Facts, Mode, Sent

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
    """An invoice on its way: what was sent about it so far, and how many of its payments are seen."""

    past: PastInvoice
    policy: Policy
    sent: tuple[Sent, ...] = ()
    claim: ClaimFacts | None = None
    seen: int = 0
    open: int = field(init=False)

    def __post_init__(self) -> None:
        self.open = self.past.total.minor

    def see(self, posted_until: date) -> None:
        """Take in the payments that are posted by then."""
        payments = self.past.payments
        while self.seen < len(payments) and payments[self.seen].on <= posted_until:
            self.open -= payments[self.seen].amount.minor
            self.seen += 1


def replay(
    history: Iterable[PastInvoice],
    policy: Policy,
    law: Law,
    since: date,
    until: date,
    assumptions: Assumptions,
    *,
    fee_agreed: bool = False,
    policy_of: Callable[[PastInvoice], Policy] | None = None,
) -> Replay:
    """Return what the policy would have done about the invoices that fell due between two days.

    1. Every invoice is decided on its due date, and then on the days its decision names (`next_on`): a quiet one costs nothing.
    2. What acts on one day is put together as a run does it: one letter per debtor and step, one claim per debtor.
    3. A letter that went is a fact of the next decision, as is a claim; payments are those of the history.

    Args:
        history: in any order; the same invoices give the same replay.
        policy: the policy; a step that asks a person counts as answered yes.
        law: the tables.
        since: the first due date that counts.
        until: the last day of the replay.
        assumptions: what is taken for granted.
        fee_agreed: whether reminder fees were agreed.
        policy_of: the policy of one invoice, where debtors or invoices are treated otherwise.
    """
    due = [past for past in in_order(history) if since <= past.due_on <= until]
    kept = tuple(past for past in due if past.total.currency == policy.currency)
    lines = [_Line(past, _answered(policy_of(past) if policy_of else policy)) for past in kept]
    asking = frozenset(step.line for step in policy.steps if step.mode == Mode.ASK)
    days = [(past.due_on, index) for index, past in enumerate(kept)]  # sorted, and so a heap
    events: list[Event] = []
    decisions = 0
    while days and days[0][0] <= until:
        today = days[0][0]
        acting: dict[tuple[object, ...], list[tuple[int, Decision]]] = defaultdict(list)
        while days and days[0][0] == today:
            _, index = heapq.heappop(days)
            decision = _decide(lines[index], law, today, assumptions, fee_agreed=fee_agreed)
            decisions += 1
            if decision.action is not None:
                acting[_together(lines[index], index, decision, policy)].append((index, decision))
            if decision.next_on is not None:
                heapq.heappush(days, (max(decision.next_on, today + timedelta(days=1)), index))
        events += [_act(lines, group, today, asking) for group in acting.values()]
    return Replay(policy.name, since, until, kept, tuple(events), decisions, len(due) - len(kept))


@lru_cache(maxsize=256)
def _answered(policy: Policy) -> Policy:
    """Return the policy with every question answered yes."""
    return replace(policy, steps=tuple(replace(step, mode=Mode.AUTO) if step.mode == Mode.ASK else step for step in policy.steps))


def _decide(line: _Line, law: Law, today: date, assumptions: Assumptions, *, fee_agreed: bool) -> Decision:
    posted_until = today - timedelta(days=assumptions.posting_days)
    line.see(posted_until)
    past = line.past
    invoice = Invoice(
        past.source_ref, past.number, InvoiceKind.INVOICE, past.debtor_ref, "", past.total, Money(line.open, past.total.currency),
        past.issued_on, past.due_on, leave_alone=past.leave_alone,
    )  # fmt: skip
    facts = Facts(
        invoice, _debtor(past.debtor_ref, past.debtor_kind, past.country), line.sent, claim=line.claim, postings_until=posted_until,
        agency=_AGENCY, reminder_fee_agreed=fee_agreed,
    )  # fmt: skip
    return stage(facts, line.policy, law, today)


@lru_cache(maxsize=65536)
def _debtor(ref: str, kind: DebtorKind | None, country: str) -> Debtor | None:
    """Return the debtor as far as the history knows it; the identity number is taken for granted."""
    return None if kind is None else Debtor(ref, "", kind, "assumed", Address(country=country))


def _together(line: _Line, index: int, decision: Decision, policy: Policy) -> tuple[object, ...]:
    """Return what tells one letter or claim of the day from another."""
    past = line.past
    if decision.action in _LETTERS:
        return decision.action, past.debtor_ref, _policy_line(decision), decision.by_post
    return decision.action, past.debtor_ref, "" if policy.bundle_by_debtor else index


def _act(lines: Sequence[_Line], group: list[tuple[int, Decision]], today: date, asking: frozenset[int]) -> Event:
    """Let a letter or a claim go, and keep it as a fact about each of its invoices."""
    first = group[0][1]
    assert first.action is not None, "only acting decisions are put together"
    currency = lines[group[0][0]].past.total.currency
    asks = Money.sum((decision.asks for _, decision in group if decision.asks), currency)
    fee = max((decision.fee for _, decision in group if decision.fee), default=Money.zero(currency), key=lambda one: one.minor)
    pay_by = max((decision.pay_by for _, decision in group if decision.pay_by), default=None)
    for index, _ in group:
        line = lines[index]
        if first.action in _LETTERS:
            line.sent = (*line.sent, Sent(first.action, "confirmed", today, pay_by, first.announces_collection, fee))
        elif first.action == Action.HANDOVER:
            line.claim = ClaimFacts(f"claim of {group[0][0]}", _AGENCY, Lifecycle.ACTIVE)
    where = _policy_line(first)
    return Event(
        today, first.action, lines[group[0][0]].past.debtor_ref, tuple(index for index, _ in group), asks, fee, where in asking, where
    )


def _policy_line(decision: Decision) -> int | None:
    return next((reason.policy_line for reason in decision.reasons if reason.policy_line is not None), None)
