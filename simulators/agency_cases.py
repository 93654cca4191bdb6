"""The agency's own book of one case: what is owed, what has been paid, and how a payment is divided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from simulators.agency_law import Charge, Country, law_of
from simulators.agency_money import Json, interest, money, parse_money

LEGAL_PHASES = ("legal_filed", "contested_court", "title_obtained", "enforcement")
PHASES = ("reminder", "notice", "amicable", "payment_plan", "pre_legal_notice", *LEGAL_PHASES, "surveillance", "foreign_agent")
COST_ORDER = ("legal_cost", "collection_cost", "reminder_fee", "compensation")
OWN_COSTS = ("legal_cost", "collection_cost")
"""Costs the agency adds itself; what a later snapshot says of them is an echo of its own reports."""


@dataclass(frozen=True)
class Step:
    """One thing to do so many days after the demand."""

    offset: int
    act: str
    args: Json = field(default_factory=dict)


@dataclass
class Line:
    """One invoice of the case; `base` is its principal before the payments known at the handover."""

    invoice_ref: str
    invoice_no: str
    due_on: date
    first_interest_day: date
    base: int
    prior: list[tuple[date, int]]
    credits_before: int
    direct_before: int
    credited: int = 0
    direct: list[tuple[date, int]] = field(default_factory=list)
    received: list[tuple[date, int]] = field(default_factory=list)
    interest_paid: int = 0

    @property
    def reductions(self) -> list[tuple[date, int]]:
        """Every payment on principal, whoever received it."""
        return [*self.prior, *self.direct, *self.received]

    @property
    def start(self) -> int:
        """Principal at the handover."""
        return self.base - sum(amount for _, amount in self.prior)

    @property
    def left(self) -> int:
        """Principal that is still owed."""
        return max(0, self.base - self.credited - sum(amount for _, amount in self.reductions))


@dataclass
class Cost:
    """A fee or cost on top of the principal, and how much of it is paid."""

    component: str
    payee: str
    amount: int
    paid: int = 0


@dataclass
class Payment:
    """Money the debtor paid to the agency, divided."""

    payment_id: str
    claim_id: str
    creditor: str
    currency: str
    received_on: date
    amount: int
    allocations: list[Json]
    reported: bool = False
    settlement_id: str = ""

    def part(self, *components: str) -> int:
        """Return what of the payment is these components."""
        return sum(parse_money(row["amount"]) for row in self.allocations if row["component"] in components)


@dataclass
class Case:
    """One claim in the agency's hands.

    Attributes:
        state: new, rejected, open or closed.
        own_dispute: how much of the principal the debtor disputes at the agency.
        documents: what came of comparing each document with its hash: ok, wrong or missing.
        seen_on: the day the claim was first read.
        charged_late: what the law grants for late payers is charged already.
        held_on: since when nothing is done, because the creditor said so or has not answered; None when work goes on.
        asked: the questions put to the creditor, by their ids.
        shift: days that holds have moved the story.
    """

    claim_id: str
    creditor: str
    currency: str
    case_ref: str
    lines: list[Line]
    costs: list[Cost] = field(default_factory=list)
    snapshot: Json = field(default_factory=dict)
    state: str = "new"
    story: str = ""
    steps: list[Step] = field(default_factory=list)
    demand_on: date = date.max
    held_on: date | None = None
    shift: int = 0
    paused: bool = False
    asked: list[str] = field(default_factory=list)
    own_dispute: int = 0
    recovered: bool = False
    phase: str = ""
    flags: list[str] = field(default_factory=list)
    close_reason: str = ""
    waived: int = 0
    sequence: int = 0
    pause_sequence: int = -1
    documents: dict[str, str] = field(default_factory=dict)
    rejected_version: int = 0
    seen_on: date = date.min
    charged_late: bool = False

    @classmethod
    def from_snapshot(cls, snapshot: Json, case_ref: str) -> Case:
        """Open a case from the claim as the feed shows it."""
        lines = [_line(row, snapshot) for row in snapshot["lines"]]
        case = cls(snapshot["claim_id"], snapshot["creditor"]["org_no"], snapshot["currency"], case_ref, lines)
        # A demand fee the creditor has charged already is the creditor's, and the only one (lag 1981:739 3 §).
        case.costs = [Cost("collection_cost", "creditor", a) for c, a in _fees(snapshot) if c == "collection_cost"]
        case.update(snapshot)
        return case

    def update(self, snapshot: Json) -> None:
        """Take over what the creditor changed: credits, direct payments, its own fees."""
        self.snapshot = snapshot
        known = {line.invoice_ref for line in self.lines}
        self.lines += [_line(row, snapshot) for row in snapshot["lines"] if row["invoice_ref"] not in known]
        for line in self.lines:
            line.credited = max(0, _total(snapshot, "credits", line.invoice_ref) - line.credits_before)
            line.direct = _after(_dated(snapshot, "direct_payments", line.invoice_ref), line.direct_before)
        for component, amount in _fees(snapshot):
            if component not in OWN_COSTS:
                self._set_cost(component, amount)

    def _set_cost(self, component: str, amount: int) -> None:
        for cost in self.costs:
            if cost.component == component:
                cost.amount = amount
                return
        self.costs.append(Cost(component, "creditor", amount))

    @property
    def invoice_nos(self) -> list[str]:
        """The numbers of its invoices."""
        return [line.invoice_no for line in self.lines]

    @property
    def principal_left(self) -> int:
        """Principal that is still owed on all its invoices."""
        return sum(line.left for line in self.lines)

    @property
    def costs_left(self) -> int:
        """Fees and costs that are still owed."""
        return sum(max(0, cost.amount - cost.paid) for cost in self.costs)

    @property
    def direct_paid(self) -> int:
        """What the debtor has paid to the creditor since the handover."""
        return sum(amount for line in self.lines for _, amount in line.direct)

    @property
    def disputed_by_creditor(self) -> int:
        """How much the creditor calls disputed; the echo of a dispute the agency raised itself does not count."""
        disputed = self.snapshot.get("disputed")
        return parse_money(disputed) if disputed and not self.own_dispute else 0

    def interest_left(self, day: date) -> int:
        """Return the unpaid interest up to and with this day."""
        return sum(self.line_interest(line, day) for line in self.lines)

    def line_interest(self, line: Line, day: date) -> int:
        """Return the unpaid interest of one invoice: what the creditor claims of it, and what has run since or by the rule alone."""
        rule = self.snapshot.get("interest") or {}
        if rule.get("kind", "statutory") == "none":
            return 0
        accrued = self._run_up(line, line.first_interest_day, day)
        if rule.get("claimed"):
            until = date.fromisoformat(rule["claimed_until"])
            first = max(line.first_interest_day, until + timedelta(days=1))
            accrued = self._claimed_of(line, parse_money(rule["claimed"]), until) + self._run_up(line, first, day)
        return max(0, accrued - line.interest_paid)

    def _run_up(self, line: Line, first: date, last: date) -> int:
        """Compute an invoice's interest by the rule; a credit lowers its base from the start."""
        margin = int(Decimal((self.snapshot.get("interest") or {}).get("margin_pp") or "8") * 100)
        base = line.base - line.credited
        return interest(base, line.reductions, first_day=first, until=last, currency=self.currency, margin=margin)

    def _claimed_of(self, line: Line, claimed: int, until: date) -> int:
        """Divide the creditor's figure by what each invoice has run up; the largest takes what the rounding leaves."""
        parts = {one.invoice_ref: self._run_up(one, one.first_interest_day, until) for one in self.lines}
        largest = max(parts, key=lambda ref: parts[ref])
        parts[largest] += claimed - sum(parts.values())
        return parts[line.invoice_ref]

    @property
    def waits_for_answer(self) -> bool:
        """Whether the creditor has not answered everything that was asked."""
        answered = {row["question_id"] for row in self.snapshot.get("questions") or () if row["answer"]}
        return not answered.issuperset(self.asked)

    def outstanding(self, day: date) -> int:
        """Return everything the debtor owes on this day."""
        return self.costs_left + self.interest_left(day) + self.principal_left

    def may(self, phase: str) -> bool:
        """Whether the creditor's instructions allow this phase."""
        instructions = self.snapshot.get("instructions") or {}
        if phase not in LEGAL_PHASES:
            return True
        end_stage = instructions.get("end_stage") or "pre_legal_notice"
        return bool(instructions.get("allow_legal")) and PHASES.index(phase) <= PHASES.index(end_stage)

    @property
    def law(self) -> Country:
        """The law of the creditor's country."""
        return law_of(((self.snapshot.get("creditor") or {}).get("address") or {}).get("country") or "SE")

    @property
    def is_consumer(self) -> bool:
        """Whether the debtor is a consumer."""
        return any(debtor.get("kind") == "consumer" for debtor in self.snapshot.get("debtors") or ())

    def demand_charges(self) -> list[Charge]:
        """Return what the demand may add: in the law's currency alone, and nothing twice.

        In Sweden, beside the compensation between traders, only what exceeds it (lag 1981:739 5 § 2 st).
        """
        if self.currency != self.law.currency:
            return []
        amounts = {cost.component: cost.amount for cost in self.costs}
        found = []
        for component, amount, payee in self.law.charges(sum(line.start for line in self.lines), consumer=self.is_consumer):
            room = amount
            if self.law.code == "SE" and amounts.get("compensation"):
                room = min(amount, max(0, amount + amounts.get("reminder_fee", 0) - amounts["compensation"]))
            found += [(component, room, payee)] if room and component not in amounts else []
        return found

    def allocate(self, amount: int, day: date) -> list[Json]:
        """Divide a payment and book it: costs first, then interest, then principal, oldest invoice first (HB 9:5)."""
        rows: list[Json] = []
        for cost in sorted(self.costs, key=_cost_rank):
            paid = min(amount, max(0, cost.amount - cost.paid))
            cost.paid, amount = cost.paid + paid, amount - paid
            self._add(rows, cost.component, paid, cost.payee, "")
        by_age = sorted(self.lines, key=lambda line: (line.due_on, line.invoice_no))
        due = [(line, self.line_interest(line, day)) for line in by_age]
        for line, owed in due:
            paid = min(amount, owed)
            line.interest_paid, amount = line.interest_paid + paid, amount - paid
            self._add(rows, "interest", paid, "creditor", line.invoice_ref)
        for line in by_age:
            paid = min(amount, line.left)
            amount -= paid
            if paid:
                line.received.append((day, paid))
            self._add(rows, "principal", paid, "creditor", line.invoice_ref)
        self._add(rows, "overpayment", amount, "creditor", "")
        return rows

    def _add(self, rows: list[Json], component: str, amount: int, payee: str, invoice_ref: str) -> None:
        if amount:
            row = {"component": component, "amount": money(amount, self.currency), "payee": payee}
            rows.append({**row, "invoice_ref": invoice_ref})


def _cost_rank(cost: Cost) -> int:
    return COST_ORDER.index(cost.component) if cost.component in COST_ORDER else len(COST_ORDER)


def _line(row: Json, snapshot: Json) -> Line:
    ref, due_on = row["invoice_ref"], date.fromisoformat(row["due_on"])
    prior = _dated(snapshot, "payments", ref)
    credited, direct = _total(snapshot, "credits", ref), _total(snapshot, "direct_payments", ref)
    explained = parse_money(row["original"]) - credited - sum(amount for _, amount in prior)
    # The first snapshot seen may already show direct payments; its open amount tells whether they are taken off.
    direct_before = direct if direct and parse_money(row["open"]) <= explained - direct else 0
    base = parse_money(row["open"]) + sum(amount for _, amount in prior)
    first_day = due_on + timedelta(days=1)
    if row.get("interest_from"):  # the statute's day; a public body's may lie before the due date it was given
        first_day = date.fromisoformat(row["interest_from"]) + timedelta(days=1)
    return Line(ref, row["invoice_no"], due_on, first_day, base, prior, credited, direct_before)


def _dated(snapshot: Json, key: str, ref: str) -> list[tuple[date, int]]:
    rows: Iterable[Any] = snapshot.get(key) or ()
    return [(date.fromisoformat(row["paid_on"]), parse_money(row["amount"])) for row in rows if row["invoice_ref"] == ref]


def _after(payments: list[tuple[date, int]], before: int) -> list[tuple[date, int]]:
    """Leave out the payments that the opening balance already contains."""
    rest = []
    for day, amount in payments:
        counted = min(before, amount)
        before -= counted
        if amount > counted:
            rest.append((day, amount - counted))
    return rest


def _total(snapshot: Json, key: str, ref: str) -> int:
    return sum(parse_money(row["amount"]) for row in snapshot.get(key) or () if row["invoice_ref"] == ref)


def _fees(snapshot: Json) -> list[tuple[str, int]]:
    return [(component, parse_money(amount)) for component, amount in snapshot.get("fees") or ()]
