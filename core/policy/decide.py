"""The decision: what an invoice is at today, pure, most severe stage first.

Nothing is stored as truth: a missed day heals itself, and a payment takes the stage back by itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from core.claim import Lifecycle
from core.ids import stable_id
from core.law import Law, add_bank_days, next_bank_day
from core.model import DebtorKind, InvoiceKind
from core.money import Money
from core.policy.document import Policy, Step
from core.policy.facts import Action, Decision, Facts, Hold, HoldKind, Mode, Reason, Sent, Stage

__all__ = ["approval_digest", "stage"]

FLOAT_BANK_DAYS: Final = 3
"""Bank days between a deadline and the next step: a payment of the last day is booked by then (facts: bookings)."""

_STAGES: Final = {Action.REMIND: Stage.REMIND, Action.NOTICE: Stage.NOTICE, Action.DEMAND: Stage.DEMAND, Action.HANDOVER: Stage.HANDOVER}
_ENDED: Final = (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)


def stage(facts: Facts, policy: Policy, law: Law, today: date) -> Decision:
    """Return the decision about one invoice; every set of facts has one."""
    return (
        _closed(facts, policy)
        or _handed_over(facts)
        or _left_alone(facts, policy)
        or _held(facts, today)
        or _not_due(facts, policy, today)
        or _stepped(facts, policy, law, today)
    )


def approval_digest(action: Action, invoice_refs: tuple[str, ...], principal: Money, agency: str) -> str:
    """Return what a person's yes is bound to: if invoices, principal or agency change it is asked again."""
    return stable_id("approval", str(action), *sorted(invoice_refs), str(principal), agency)


def _closed(facts: Facts, policy: Policy) -> Decision | None:
    invoice = facts.invoice
    if invoice.open.minor <= 0:
        return _quiet(Stage.CLOSED, Reason("nothing_open"))
    if invoice.open.currency == policy.currency and invoice.open < policy.small_amount:
        return _quiet(Stage.CLOSED, _reason("small_rest", open=invoice.open, limit=policy.small_amount))
    return None


def _handed_over(facts: Facts) -> Decision | None:
    claim = facts.claim
    if claim is None or (claim.lifecycle in _ENDED and claim.reopen_reason):
        return None
    if claim.lifecycle == Lifecycle.WITHDRAWN and not claim.submitted:
        return None  # it was dropped before it left, so the invoice is free
    where = _reason("with_agency", claim=claim.claim_id[:12], agency=claim.agency, lifecycle=claim.lifecycle, phase=claim.phase or "-")
    if claim.lifecycle in _ENDED:
        return _quiet(Stage.HELD, _reason("claim_ended", claim=claim.claim_id[:12], agency=claim.agency, lifecycle=claim.lifecycle))
    return _quiet(Stage.HANDED_OVER, where)


def _left_alone(facts: Facts, policy: Policy) -> Decision | None:
    invoice = facts.invoice
    reasons = [Reason(f"leave_{why}") for why in invoice.leave_alone]
    if invoice.kind != InvoiceKind.INVOICE and not reasons:
        reasons.append(_reason("leave_kind", kind=invoice.kind))
    if invoice.currency != policy.currency:
        reasons.append(_reason("leave_currency", currency=invoice.currency, expected=policy.currency))
    if facts.debtor and facts.debtor.address.country not in ("", policy.country):
        reasons.append(_reason("leave_foreign", country=facts.debtor.address.country))
    return _quiet(Stage.LEFT_ALONE, *reasons) if reasons else None


def _held(facts: Facts, today: date) -> Decision | None:
    """Stop for what a person said; a part dispute lets the undisputed part be reminded of, and stops a handover (see `_gates`)."""
    active = [hold for hold in facts.holds if hold.from_on <= today and (hold.until is None or today <= hold.until) and hold.amount is None]
    if not active:
        return None
    ends = [hold.until for hold in active]
    last = None if None in ends else max(day for day in ends if day) + timedelta(days=1)
    return Decision(Stage.HELD, None, Mode.OFF, tuple(_held_reason(hold) for hold in active), next_on=last, blocked=True)


def _held_reason(hold: Hold) -> Reason:
    return _reason(f"held_{hold.kind}", why=hold.reason, until=hold.until or "released")


def _not_due(facts: Facts, policy: Policy, today: date) -> Decision | None:
    due_on = facts.invoice.due_on
    if today > due_on:
        return None
    first = policy.steps[0]
    on = due_on + timedelta(days=first.after_days or 0)
    return Decision(Stage.NOT_DUE, None, first.mode, (_reason("not_due", due_on=due_on),), first.action, on)


def _stepped(facts: Facts, policy: Policy, law: Law, today: date) -> Decision:
    waiting = _letter_under_way(facts)
    if waiting:
        return waiting
    done = {letter.action for letter in facts.sent if letter.state == "confirmed"}
    for step in policy.steps:
        if step.mode == Mode.OFF or step.action in done or (facts.claim and step.action != Action.HANDOVER):
            continue
        return _at_step(facts, policy, law, step, today)
    return _quiet(Stage.WAITING, Reason("steps_done"))


def _letter_under_way(facts: Facts) -> Decision | None:
    if facts.booking_open:
        return _quiet(Stage.WAITING, Reason("booking_open"))
    if any(letter.state == "open" for letter in facts.sent):
        return _quiet(Stage.WAITING, Reason("letter_under_way"))
    return None


def _at_step(facts: Facts, policy: Policy, law: Law, step: Step, today: date) -> Decision:
    on, counted = _step_day(facts, policy, step)
    why = [_line_reason("step", step, action=step.action, on=on), counted]
    if today < on:
        return Decision(Stage.WAITING, None, step.mode, tuple(why), step.action, on)
    blocked = _gates(facts, policy, step)
    if blocked:
        return Decision(_STAGES.get(step.action, Stage.WAITING), None, step.mode, (*why, *blocked), step.action, None, blocked=True)
    rule = _law_reason(law, policy, step.action)
    why += [rule] if rule else []
    fee = _fee(facts, law, policy, step, today)
    digest = approval_digest(step.action, (facts.invoice.source_ref,), facts.invoice.open, facts.agency)
    mode = Mode.AUTO if step.mode == Mode.ASK and digest in facts.approved else step.mode
    if mode == Mode.ASK:
        why.append(Reason("asks_a_person"))
    elif step.mode == Mode.ASK:
        why.append(Reason("approved"))
    pay_by = next_bank_day(policy.country, today + timedelta(days=step.pay_within_days))
    return Decision(
        _STAGES.get(step.action, Stage.WAITING), step.action, mode, tuple(why), _next_action(policy, step), None, fee, pay_by,
        step.announces_collection, digest=digest,
    )  # fmt: skip


def _step_day(facts: Facts, policy: Policy, step: Step) -> tuple[date, Reason]:
    """Return the first day of a step and what it counts from."""
    due_on = facts.invoice.due_on
    if step.after_days is not None:
        return due_on + timedelta(days=step.after_days), _reason("counted_from_due", days=step.after_days, due_on=due_on)
    last = _last_letter(facts)
    if last is None or last.pay_by is None:
        # The step before has not been taken yet; this one can't be reached (steps are walked in order).
        return date.max, Reason("needs_the_step_before")
    ran_out = add_bank_days(policy.country, next_bank_day(policy.country, last.pay_by), FLOAT_BANK_DAYS)
    days = step.after_previous_days or 0
    return ran_out + timedelta(days=days + 1), _reason(
        "letter_ran_out", sent_on=last.sent_on or "-", pay_by=last.pay_by, bank_days=FLOAT_BANK_DAYS
    )


def _last_letter(facts: Facts) -> Sent | None:
    sent = [letter for letter in facts.sent if letter.state == "confirmed" and letter.sent_on]
    return max(sent, key=lambda letter: letter.sent_on or date.min, default=None)


def _gates(facts: Facts, policy: Policy, step: Step) -> list[Reason]:
    """Return what stops a step whose day has come (facts: bookings, "Before anything is sent")."""
    found = [*_freshness(facts, policy), *_vendor_reminders(facts)]
    if facts.invoice.open < step.minimum:
        found.append(_line_reason("below_minimum", step, open=facts.invoice.open, minimum=step.minimum))
    if step.action == Action.HANDOVER:
        found += _handover_gates(facts)
    return found


def _freshness(facts: Facts, policy: Policy) -> list[Reason]:
    last = _last_letter(facts)
    deadline = next_bank_day(policy.country, last.pay_by if last and last.pay_by else facts.invoice.due_on)
    wanted = add_bank_days(policy.country, deadline, FLOAT_BANK_DAYS)
    if facts.postings_until is not None and facts.postings_until >= wanted:
        return []
    return [_reason("books_not_fresh", postings_until=facts.postings_until or "nothing", wanted=wanted)]


def _vendor_reminders(facts: Facts) -> list[Reason]:
    count = facts.invoice.vendor_reminders
    if count is None or count <= facts.vendor_reminders_known:
        return []
    return [_reason("vendor_reminds", count=count, known=facts.vendor_reminders_known)]


def _handover_gates(facts: Facts) -> list[Reason]:
    found = [_reason("no_mandate", missing=", ".join(facts.mandate_missing))] if facts.mandate_missing else []
    if not facts.agency:
        found.append(Reason("no_agency"))
    debtor = facts.debtor
    if debtor and debtor.kind == DebtorKind.PUBLIC:
        found.append(Reason("public_debtor"))
    if debtor and not debtor.identity_no:
        found.append(_reason("no_identity", why=debtor.identity_note or "missing"))
    disputed = [hold for hold in facts.holds if hold.kind == HoldKind.DISPUTE and hold.amount]
    found += [_reason("part_disputed", amount=hold.amount) for hold in disputed]
    return found


def _fee(facts: Facts, law: Law, policy: Policy, step: Step, today: date) -> Money:
    """Return the fee a letter asks for: 0 unless the policy wants it and the agreement is recorded (lag 1981:739 2 §)."""
    zero = Money.zero(facts.invoice.currency)
    if not step.statutory_fee or not facts.reminder_fee_agreed or step.action != Action.REMIND:
        return zero
    charged = any(letter.fee for letter in facts.sent if letter.state == "confirmed")
    kind = facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER
    row = law.fee(policy.country, "reminder", today, kind)
    return zero if charged or row is None else Money.parse(row.value, facts.invoice.currency)


def _law_reason(law: Law, policy: Policy, action: Action) -> Reason | None:
    """Return the legal rule a step rests on, by its row in the law's tables."""
    name = {Action.REMIND: "reminder", Action.NOTICE: "reminder", Action.HANDOVER: "handover", Action.DEMAND: "demand"}.get(action)
    if name is None:
        return None
    rule = law.rule(f"{policy.country}.sequence.{name}")
    return Reason("law", (("says", rule.sentence),), rule=rule.id, statute=rule.statute)


def _next_action(policy: Policy, step: Step) -> Action | None:
    later = policy.steps[policy.steps.index(step) + 1 :]
    return later[0].action if later else None


def _quiet(where: Stage, *reasons: Reason) -> Decision:
    return Decision(where, None, Mode.OFF, reasons)


def _reason(id_: str, **params: object) -> Reason:
    return Reason(id_, tuple((name, str(value)) for name, value in params.items()))


def _line_reason(id_: str, step: Step, **params: object) -> Reason:
    return Reason(id_, tuple((name, str(value)) for name, value in params.items()), policy_line=step.line)
