"""The agency's case workers: they take or reject a case, do what its story has due, and write the reports."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from simulators import kit
from simulators.agency_cases import Case, Cost, Payment, Step
from simulators.agency_law import Country
from simulators.agency_money import Json, money, share, split_evenly
from simulators.agency_stories import DEFAULTS, REJECTIONS, STORIES
from simulators.agency_wire import Message, Outbox, Wire, moment
from simulators.bankdays import working_day


@dataclass(frozen=True)
class Habits:
    """How badly the agency reports: shares of its messages that are doubled, late or out of order."""

    duplicates: float = 0.0
    late: float = 0.0
    disorder: float = 0.0


HOSTILE = Habits(duplicates=0.2, late=0.15, disorder=0.2)


def person_chance(*parts: object) -> random.Random:
    """Return a source of chance that depends on these parts alone."""
    return random.Random(kit.stable_hash(*parts))


def short_id(letter: str, *parts: object) -> str:
    """Return an id that the same parts always give."""
    return f"{letter}-{kit.stable_hash(letter, *parts):016x}"[:14]


class Desk:
    """Works on cases and writes what it does into the outbox; its books change first, the report follows."""

    def __init__(self, wire: Wire, outbox: Outbox, *, slug: str, seed: int, habits: Habits, stories: Mapping[str, str]) -> None:
        """Start without payments or fees."""
        self.wire, self.outbox, self.slug, self.seed, self.habits = wire, outbox, slug, seed, habits
        self.stories = stories
        self.today = date.min
        self.payments: list[Payment] = []
        self.fees: list[Json] = []
        self.outlays: dict[tuple[str, str], int] = {}
        self.laws: dict[str, Country] = {}
        self.rejected_invoices: set[tuple[str, str]] = set()
        self._acts: dict[str, Callable[[Case, Step], None]] = {
            "ask": self._ask,
            "demand": self._demand,
            "enter": self._enter_step,
            "pay": self._pay,
            "pay_charges": self._pay_charges,
            "pay_exactly": self._pay_exactly,
            "pay_undisputed": self._pay_undisputed,
            "plan": self._plan,
            "dispute": self._dispute,
            "propose_loss": self._propose_loss,
            "file": self._file,
            "close": self._close_step,
        }

    # Taking and rejecting

    def choose_story(self, case: Case) -> str:
        """Return the story asked for one of its invoices (`creditor/number`, number or reference), or a seeded one."""
        for line in case.lines:
            for name in (f"{case.creditor}/{line.invoice_no}", line.invoice_no, line.invoice_ref):
                if name in self.stories:
                    return self.stories[name]
        return self.stories.get("*") or self._chance(case, "story").choice(DEFAULTS)

    def _chance(self, case: Case, purpose: str) -> random.Random:
        # The invoices and not the claim id: another claim for the same invoices goes the same way.
        return person_chance(self.seed, case.creditor, sorted(case.invoice_nos), purpose)

    def take(self, case: Case) -> None:
        """Acknowledge a new case and plan its story, or reject it."""
        case.story = case.story or self.choose_story(case)
        reason = self._reason_to_reject(case)
        if reason is not None:
            self.reject(case, *reason)
            return
        self.laws[case.creditor] = case.law
        self.report(case, "acknowledged", {"agency_case_ref": case.case_ref}, path="ack")
        case.state = "open"
        case.demand_on = working_day(self.today + timedelta(days=1), case.law.code)
        if (case.snapshot.get("instructions") or {}).get("send_notice_first"):
            # It goes today, and nothing is charged before it has run out (DK inkassoloven § 10, NO inkassoloven § 9).
            self._enter(case, "notice", "VARSEL")
            case.demand_on = working_day(self.today + timedelta(days=case.law.notice_days + 1), case.law.code)
        case.steps = STORIES[case.story](self._chance(case, "steps"))

    def _reason_to_reject(self, case: Case) -> tuple[str, str, list[str]] | None:
        bad = [row["document_id"] for row in case.snapshot.get("documents") or () if case.documents.get(row["document_id"]) != "ok"]
        if bad:
            ids = [row["document_id"] for row in case.snapshot["documents"]]
            return "document_corrupt", case.law.texts["unreadable"], [f"documents.{ids.index(document_id)}" for document_id in bad]
        if case.principal_left <= 0:
            return "nothing_open", case.law.texts["nothing"], ["lines.0.open"]
        earlier = any((case.creditor, ref) in self.rejected_invoices for ref in (line.invoice_ref for line in case.lines))
        if case.story == "rejects" or (case.story == "rejects_then_takes" and not earlier):
            code, fields = self._chance(case, "rejection").choice(REJECTIONS)
            return code, case.law.texts[code], fields
        return None

    def reject(self, case: Case, code: str, text: str, fields: list[str]) -> None:
        """Send the case back, with what is wrong."""
        self.report(case, "rejected", {"code": code, "text": text, "fields": fields}, path="reject")
        case.state, case.rejected_version = "rejected", case.snapshot.get("version", 0)
        self.rejected_invoices |= {(case.creditor, line.invoice_ref) for line in case.lines}

    # Going on

    def tell(self, case: Case, story: str) -> None:
        """Let the case go on with another story, counted from today; a demand is not sent twice."""
        case.story = story
        if case.state != "open":
            return
        steps = STORIES[story](self._chance(case, "steps"))
        if case.phase:
            case.demand_on, case.shift = self.today, 0
            steps = [step for step in steps if step.act != "demand"]
        case.steps = steps

    def work_on(self, case: Case) -> None:
        """Do every step that is due; nothing while the creditor holds the case."""
        while case.state == "open" and case.held_on is None and case.steps and self._due(case, case.steps[0]) <= self.today:
            step = case.steps.pop(0)
            self._acts[step.act](case, step)
        self._charge_late(case)
        self.close_if_paid(case)

    def hold(self, case: Case) -> None:
        """Start or end the hold that a pause, a dispute or a missing answer at the creditor means, and move the story by its length."""
        held = case.paused or case.waits_for_answer or 0 < case.principal_left <= case.disputed_by_creditor
        if held and case.held_on is None:
            case.held_on = self.today
        elif not held and case.held_on is not None:
            if case.state == "open":
                case.shift += (self.today - case.held_on).days
            case.held_on = None

    def _due(self, case: Case, step: Step) -> date:
        return working_day(case.demand_on + timedelta(days=step.offset + case.shift), case.law.code)

    def close_if_paid(self, case: Case) -> None:
        """End an open case whose principal is covered; what fees are left then is waived."""
        if case.state == "open" and case.principal_left == 0:
            self.close(case, "paid" if case.recovered or case.direct_paid else "credited")

    def close(self, case: Case, reason: str) -> None:
        """End the work on the case and say why."""
        case.state, case.close_reason, case.steps = "closed", reason, []
        case.waived = case.costs_left + case.interest_left(self.today)
        self.report(case, "closed", {"reason": reason, "money_recovered": case.recovered or case.direct_paid > 0})

    def see_direct_payment(self, case: Case) -> None:
        """Mark an open case on which the debtor has paid the creditor."""
        self.close_if_paid(case)
        if case.state == "open" and case.phase:
            case.flags = sorted({*case.flags, "direct_payment_seen"})
            self._enter(case, case.phase, "DIREKTBET")

    # The acts of stories

    def _ask(self, case: Case, step: Step) -> None:
        question_id = short_id("Q", case.claim_id, self.outbox.next_number(f"{case.claim_id} question"))
        case.asked.append(question_id)
        reply_by = str(self.today + timedelta(days=step.args["days"]))
        data = {
            "question_id": question_id,
            "question": case.law.texts[step.args["question"]],
            "documents": step.args["documents"],
            "reply_by": reply_by,
        }
        self.report(case, "info_requested", data)
        self.hold(case)

    def _demand(self, case: Case, _: Step) -> None:
        pay_by = self.today + timedelta(days=case.law.pay_within_days)
        self.report(case, "demand_sent", {"sent_on": str(self.today), "pay_by": str(pay_by)})
        for component, amount, payee in case.demand_charges():
            case.costs.append(Cost(component, payee, amount))
            self._charge(case, component, amount, payee)
        self._enter(case, "amicable", "KRAV")

    def _charge_late(self, case: Case) -> None:
        """Charge once more what a late payer owes where the law grants that: not while a plan is kept."""
        law, demanded = case.law, case.phase in ("amicable", "pre_legal_notice")
        since = case.demand_on + timedelta(days=law.late_days + case.shift)
        if law.late_days and demanded and not case.charged_late and self.today > since and case.held_on is None and case.principal_left:
            amount = sum(
                amount for component, amount, payee in case.law.charges(case.principal_left, consumer=case.is_consumer) if payee == "agency"
            )
            case.charged_late = True
            case.costs.append(Cost("collection_cost", "agency", amount))
            self._charge(case, "collection_cost", amount, "agency")

    def _charge(self, case: Case, component: str, amount: int, payee: str) -> None:
        fee_id = short_id("F", case.claim_id, self.outbox.next_number(f"{case.claim_id} fee"))
        row = {"fee_id": fee_id, "component": component, "charged_on": str(self.today), "payer": "debtor", "payee": payee}
        self.fees.append({"claim_id": case.claim_id, **row, "amount_minor": amount, "currency": case.currency})
        self.report(case, "fee_charged", {**row, "amount": money(amount, case.currency)})

    def _enter_step(self, case: Case, step: Step) -> None:
        if case.may(step.args["phase"]):
            self._enter(case, step.args["phase"], step.args["raw_code"])
        else:
            self._watch(case)

    def _enter(self, case: Case, phase: str, raw_code: str) -> None:
        case.phase = phase
        self.report(case, "phase_changed", {"phase": phase, "raw_code": case.law.codes.get(raw_code, raw_code), "flags": list(case.flags)})

    def _watch(self, case: Case) -> None:
        case.steps = []
        self._enter(case, "surveillance", "EFTERBEV")

    def _file(self, case: Case, step: Step) -> None:
        if case.law.court_limit and case.principal_left > case.law.court_limit:
            self._watch(case)  # what the simple procedure does not take needs a lawyer, and the creditor's yes
        elif case.may("legal_filed"):
            self._enter(case, "legal_filed", "KFM-ANSOKAN")
            self._charge_court_fee(case)
        elif step.args["otherwise"] == "loss":
            self._propose_loss(case, Step(0, "", {"text": "no_court"}))
            case.steps = [Step(step.offset + 7, "close", {"reason": "returned_uncollectible"})]
        else:
            self._watch(case)

    def _charge_court_fee(self, case: Case) -> None:
        fee = case.law.court_fee
        if fee and case.currency == case.law.currency:
            # The agency lays the fee out and takes it from the next payout, so what the debtor pays of it is the creditor's.
            case.costs.append(Cost("legal_cost", "creditor", fee))
            owner = (case.creditor, case.currency)
            self.outlays[owner] = self.outlays.get(owner, 0) + fee
            self._charge(case, "legal_cost", fee, "authority")

    def _pay(self, case: Case, step: Step) -> None:
        payable = case.outstanding(self.today) - case.disputed_by_creditor
        if "principal_per_cent" in step.args:
            payable = min(payable, share(sum(line.start for line in case.lines), step.args["principal_per_cent"]) // 100 * 100)
        elif "per_cent" in step.args:
            payable = share(payable, step.args["per_cent"]) // 100 * 100
        elif case.disputed_by_creditor:
            case.steps.append(Step(step.offset + 14, "pay"))
        self._receive(case, payable)

    def _pay_charges(self, case: Case, _: Step) -> None:
        self._receive(case, case.costs_left + case.interest_left(self.today))

    def _pay_exactly(self, case: Case, step: Step) -> None:
        self._receive(case, min(step.args["amount"], case.outstanding(self.today) - case.disputed_by_creditor))

    def _pay_undisputed(self, case: Case, _: Step) -> None:
        self._receive(case, case.outstanding(self.today) - min(case.own_dispute, case.principal_left))

    def _receive(self, case: Case, amount: int) -> None:
        if amount <= 0:
            return
        payment_id = short_id("P", case.claim_id, self.outbox.next_number(f"{case.claim_id} payment"))
        allocations = case.allocate(amount, self.today)
        self.payments.append(Payment(payment_id, case.claim_id, case.creditor, case.currency, self.today, amount, allocations))
        case.recovered = True
        data = {"payment_id": payment_id, "received_on": str(self.today), "amount": money(amount, case.currency)}
        self.report(case, "payment_received", {**data, "allocations": allocations, "reverses": ""})

    def _plan(self, case: Case, step: Step) -> None:
        parts, every = step.args["parts"], step.args["every_days"]
        amounts = split_evenly(case.outstanding(self.today), parts)
        offsets = [step.offset + every * number for number in range(1, parts + 1)]
        rows = [
            {"due_on": str(self._due(case, Step(offset, ""))), "amount": money(amount, case.currency)}
            for offset, amount in zip(offsets, amounts, strict=True)
        ]
        plan_id = short_id("L", case.claim_id, self.outbox.next_number(f"{case.claim_id} plan"))
        self.report(case, "plan_proposed", {"plan_id": plan_id, "instalments": rows})
        case.flags = sorted({*case.flags, "plan_active"})
        self._enter(case, "payment_plan", "AVBETALNING")
        case.steps = [Step(offset, "pay_exactly", {"amount": amount}) for offset, amount in zip(offsets, amounts, strict=True)][:-1]
        # The last instalment pays the interest that has run since the plan was made.
        case.steps.append(Step(offsets[-1], "pay"))

    def _dispute(self, case: Case, step: Step) -> None:
        case.own_dispute = share(case.principal_left, step.args["per_cent"])
        if step.args["per_cent"] == 100:
            self.report(case, "dispute_raised", {"text": case.law.texts["disputed"]})
            return
        case.own_dispute = max(1, case.own_dispute // 100 * 100)
        amount = money(case.own_dispute, case.currency)
        self.report(case, "dispute_raised", {"text": case.law.texts["part_disputed"], "amount": amount})

    def _propose_loss(self, case: Case, step: Step) -> None:
        self.report(case, "loss_proposed", {"amount": money(case.principal_left, case.currency), "text": case.law.texts[step.args["text"]]})

    def _close_step(self, case: Case, step: Step) -> None:
        self.close(case, step.args["reason"])

    # Reports

    def report(self, case: Case, kind: str, data: Json, *, path: str = "events") -> None:
        """Write a report into the outbox, under a key that stays the same."""
        occurred_at = moment(self.wire.clock.now())
        body = {"occurred_at": occurred_at, "data": {"kind": kind, **data}} if path == "events" else {"occurred_at": occurred_at, **data}
        number = self.outbox.next_number(case.claim_id)
        message = Message(
            key=f"{self.slug}.{kit.stable_hash(case.claim_id):016x}.{number}.{kind}",
            path=f"/v1/claims/{case.claim_id}/{path}",
            body=json.dumps(body, ensure_ascii=False, sort_keys=True).encode(),
            claim_id=case.claim_id,
            tenant=case.creditor,
            kind=kind,
            data=data,
            written_on=self.today,
        )
        self._mistreat(message)
        self.outbox.add(message)

    def _mistreat(self, message: Message) -> None:
        chance = person_chance(self.seed, message.key, "habits")
        late, disorder, days = chance.random(), chance.random(), chance.randint(1, 4)
        if message.kind in ("acknowledged", "payment_received") and disorder < self.habits.disorder:
            message.overtaken = True
        elif message.kind not in ("acknowledged", "rejected", "closed") and late < self.habits.late:
            message.hold_until = self.today + timedelta(days=days)

    def confirm(self, taken: list[Message]) -> None:
        """Mark reported payments, and send some messages once more if that is the agency's habit."""
        reported = {message.data["payment_id"] for message in taken if message.kind == "payment_received" and message.accepted}
        for payment in self.payments:
            payment.reported = payment.reported or payment.payment_id in reported
        for message in taken:
            chance = person_chance(self.seed, message.key, "duplicates")
            same, other, day = chance.random(), chance.random(), self.today + timedelta(days=chance.randint(0, 2))
            if message.duplicate_of or not message.accepted:
                continue
            if same < self.habits.duplicates:
                self.outbox.copy(message, key=message.key, hold_until=day)
            if message.kind == "payment_received" and other < self.habits.duplicates:
                self.outbox.copy(message, key=f"{message.key}.again", hold_until=day)
