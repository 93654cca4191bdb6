"""The decision: what an invoice is at today, pure, most severe stage first.

Nothing is stored as truth: a missed day heals itself, and a payment takes the stage back by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from core.claim import Lifecycle
from core.ids import stable_id
from core.law import Law, demand_deadline, limitation_ends, next_bank_day
from core.model import DebtorKind, InvoiceKind
from core.money import Money
from core.policy.document import Policy, Step
from core.policy.facts import Action, Decision, Facts, Hold, HoldKind, Mode, Reason, Sent, Stage
from core.policy.holds import FLOAT_BANK_DAYS, YEAR_MAX, Standing, float_ends, last_day, plus, standing

__all__ = ["approval_digest", "stage"]

_STAGES: Final = {Action.REMIND: Stage.REMIND, Action.NOTICE: Stage.NOTICE, Action.DEMAND: Stage.DEMAND, Action.HANDOVER: Stage.HANDOVER}
_LETTERS: Final = (Action.REMIND, Action.NOTICE, Action.DEMAND)
_STALE: Final = ("books_not_fresh", "books_never_posted")
_ENDED: Final = (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)


def stage(facts: Facts, policy: Policy, law: Law, today: date) -> Decision:
    """Return the decision about one invoice; every set of facts has one."""
    stands = standing(facts.invoice, facts.holds, today, policy.country)
    return (
        _closed(facts, policy, law)
        or _handed_over(facts)
        or _left_alone(facts, policy)
        or _held(stands, policy, law)
        or _not_due(facts, policy, today)
        or _stepped(facts, stands, policy, law, today)
    )


def approval_digest(action: Action, invoice_refs: tuple[str, ...], principal: Money, agency: str, turn: str) -> str:
    """Return what a person's yes is bound to: if invoices, principal or agency change it is asked again.

    `turn` tells a step from the next of its kind, so that one yes lets one letter go and not the letter after it.
    """
    return stable_id("approval", str(action), *sorted(invoice_refs), str(principal), agency, turn)


def _closed(facts: Facts, policy: Policy, law: Law) -> Decision | None:
    invoice = facts.invoice
    if invoice.open.minor <= 0:
        return _quiet(Stage.CLOSED, _unfounded(law, policy, Reason("nothing_open")))
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


def _held(stands: Standing, policy: Policy, law: Law) -> Decision | None:
    """Stop for what a person said."""
    if not stands.stops:
        return None
    ends = [last_day(hold, policy.country) for hold in stands.stops]
    next_on = None if date.max in ends else plus(max(ends), 1)
    why = tuple(_held_reason(hold, policy, law) for hold in stands.stops)
    return Decision(Stage.HELD, None, Mode.OFF, why, next_on=next_on, blocked=True)


def _held_reason(hold: Hold, policy: Policy, law: Law) -> Reason:
    reason = _reason(f"held_{hold.kind}", why=hold.reason, until=hold.until or "released")
    return _unfounded(law, policy, reason) if hold.kind == HoldKind.DISPUTE else reason


def _unfounded(law: Law, policy: Policy, reason: Reason) -> Reason:
    """Return the reason with the rule that forbids collecting what is paid, credited or disputed."""
    rule = law.rule(f"{policy.country}.sequence.unfounded")
    return replace(reason, rule=rule.id, statute=rule.statute)


def _not_due(facts: Facts, policy: Policy, today: date) -> Decision | None:
    due_on = facts.invoice.due_on
    if today > due_on:
        return None
    first = _next_step(facts, policy)
    on = _step_day(facts, policy, first)[0] if first else date.max
    if first is None or on == date.max:
        return _quiet(Stage.NOT_DUE, _reason("not_due", due_on=due_on))
    return Decision(Stage.NOT_DUE, None, first.mode, (_reason("not_due", due_on=due_on),), first.action, on)


def _stepped(facts: Facts, stands: Standing, policy: Policy, law: Law, today: date) -> Decision:
    waiting = _letter_under_way(facts)
    if waiting:
        return waiting
    step = _next_step(facts, policy)
    if step is None:
        return _quiet(Stage.WAITING, Reason("steps_done"))
    return _at_step(facts, stands, policy, law, step, today)


def _next_step(facts: Facts, policy: Policy) -> Step | None:
    """Return the first step not taken: each letter takes the next step of its kind, and those before it are passed."""
    steps = [step for step in policy.steps if step.mode != Mode.OFF]
    taken = 0
    for letter in _letters(facts):
        taken = next((at + 1 for at in range(taken, len(steps)) if steps[at].action == letter.action), taken)
    return next((step for step in steps[taken:] if not facts.claim or step.action == Action.HANDOVER), None)


def _letter_under_way(facts: Facts) -> Decision | None:
    if facts.booking_open:
        return _quiet(Stage.WAITING, Reason("booking_open"))
    if any(letter.state == "open" for letter in facts.sent):
        return _quiet(Stage.WAITING, Reason("letter_under_way"))
    return None


def _at_step(facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, today: date) -> Decision:
    on, counted = _step_day(facts, policy, step)
    why = [_line_reason("step", step, action=step.action, on=on), counted]
    if on == date.max:  # the letters before it are off, so no day will ever bring it: a person must
        return Decision(Stage.WAITING, None, step.mode, (_line_reason("step_uncounted", step, action=step.action), counted), blocked=True)
    if today < on:
        return Decision(Stage.WAITING, None, step.mode, tuple(why), step.action, on)
    if stands.disputed:
        part = _reason("part_disputed", amount=stands.disputed, asks=stands.asks, why=stands.dispute_text)
        why.append(_unfounded(law, policy, part))
    turn = f"{len(_letters(facts))} letters, {facts.claim.claim_id if facts.claim else 'no claim'}"
    digest = approval_digest(step.action, (facts.invoice.source_ref,), stands.asks, facts.agency, turn)
    blocked = _gates(facts, stands, policy, law, step, today)
    if blocked:
        next_on = _fresh_on(facts, policy, today) if all(reason.id in _STALE for reason in blocked) else None
        return Decision(
            _STAGES.get(step.action, Stage.WAITING), None, step.mode, (*why, *blocked), step.action, next_on, blocked=True, digest=digest
        )
    why.append(_reason("books_fresh", postings_until=facts.postings_until, wanted=_postings_wanted(facts, policy, today)))
    rule = _law_reason(law, policy, step.action)
    why += [rule] if rule else []
    fee = _fee(facts, law, policy, step, today)
    mode, asked = _mode(facts, step, on, digest)
    why += asked
    pay_by = _pay_by(law, policy, step, today)
    after = _after(facts, policy, step, Sent(step.action, "confirmed", today, pay_by))
    return Decision(
        _STAGES.get(step.action, Stage.WAITING), step.action, mode, tuple(why), after[0], after[1] if mode == Mode.AUTO else None,
        stands.asks, fee, pay_by, step.announces_collection, by_post=step.channel == "print", digest=digest,
    )  # fmt: skip


def _mode(facts: Facts, step: Step, on: date, digest: str) -> tuple[Mode, list[Reason]]:
    """Return whether a step goes by itself: one that was due before a restore may have gone, so that a person looks first.

    A handover asks where the invoice was overdue then: the letters before it may have gone earlier than the journal knows.
    """
    due = facts.invoice.due_on if step.action == Action.HANDOVER else on
    forgotten = facts.restored_on is not None and due <= facts.restored_on
    why = [_reason("may_have_gone", restored_on=facts.restored_on)] if forgotten else []
    if not forgotten and step.mode != Mode.ASK:
        return step.mode, why
    if digest in facts.approved:
        return Mode.AUTO, [*why, Reason("approved")]
    return Mode.ASK, [*why, Reason("asks_a_person")]


def _step_day(facts: Facts, policy: Policy, step: Step) -> tuple[date, Reason]:
    """Return the first day of a step and what it counts from."""
    due_on = facts.invoice.due_on
    if step.after_days is not None:
        return plus(due_on, step.after_days), _reason("counted_from_due", days=step.after_days, due_on=due_on)
    last = _last_letter(facts)
    if last is None or last.pay_by is None:
        # The step before has not been taken yet; this one can't be reached (steps are walked in order).
        return date.max, Reason("needs_the_step_before")
    days = step.after_previous_days or 0
    return plus(float_ends(policy.country, last.pay_by), days + 1), _reason(
        "letter_ran_out", sent_on=last.sent_on or "-", pay_by=last.pay_by, bank_days=FLOAT_BANK_DAYS
    )


def _pay_by(law: Law, policy: Policy, step: Step, today: date) -> date:
    """Return the deadline a letter gives; a demand's is never earlier than the law allows."""
    if today.year > YEAR_MAX:
        return date.max
    pay_by = next_bank_day(policy.country, plus(today, step.pay_within_days))
    return max(pay_by, demand_deadline(law, today, country=policy.country)) if step.action == Action.DEMAND else pay_by


def _letters(facts: Facts) -> list[Sent]:
    return sorted((letter for letter in facts.sent if letter.state == "confirmed"), key=lambda letter: letter.sent_on or date.min)


def _last_letter(facts: Facts) -> Sent | None:
    return next((letter for letter in reversed(_letters(facts)) if letter.sent_on), None)


def _gates(facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, today: date) -> list[Reason]:
    """Return what stops a step whose day has come (facts: bookings, "Before anything is sent")."""
    found = [*_freshness(facts, policy, today), *_vendor_reminders(facts), *_limitation(facts, policy, law, today)]
    # A part lets a reminder go, but what is handed over must be right to the öre.
    if facts.entered and (step.action == Action.HANDOVER or facts.entered >= stands.asks):
        found.append(_reason("payment_entered", entered=facts.entered))
    if stands.asks < step.minimum:
        found.append(_line_reason("below_minimum", step, open=stands.asks, minimum=step.minimum))
    if facts.at_agency:
        found.append(_reason("paid_at_agency", amount=facts.at_agency))
    if step.action == Action.HANDOVER:
        found += _handover_gates(facts)
    return found


def _freshness(facts: Facts, policy: Policy, today: date) -> list[Reason]:
    wanted = _postings_wanted(facts, policy, today)
    if facts.postings_until is None:
        return [_reason("books_never_posted", wanted=wanted)]
    return [] if facts.postings_until >= wanted else [_reason("books_not_fresh", postings_until=facts.postings_until, wanted=wanted)]


def _postings_wanted(facts: Facts, policy: Policy, today: date) -> date:
    """Return how far the bank must be posted: past the last deadline the debtor had, whoever gave it, and its bank days."""
    last = _last_letter(facts)
    deadline = float_ends(policy.country, last.pay_by if last and last.pay_by else facts.invoice.due_on)
    return max([deadline, *(end for hold in facts.holds if (end := last_day(hold, policy.country)) < today)])


def _limitation(facts: Facts, policy: Policy, law: Law, today: date) -> list[Reason]:
    """Return that the claim may be time-barred: interruptions are not in the books, so a person decides."""
    kind = facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER
    if facts.invoice.issued_on.year > YEAR_MAX:
        return []
    ended_on = limitation_ends(law, kind, facts.invoice.issued_on, country=policy.country)
    if today <= ended_on:
        return []
    row = law.limitation(policy.country, "consumer" if kind == DebtorKind.CONSUMER else "general")
    return [replace(_reason("time_barred", ended_on=ended_on, issued_on=facts.invoice.issued_on), rule=row.key, statute=row.statute)]


def _fresh_on(facts: Facts, policy: Policy, today: date) -> date:
    """Return the first day on which a routine posting of the bank can let the step go."""
    return max(plus(today, 1), _postings_wanted(facts, policy, today))


def _vendor_reminders(facts: Facts) -> list[Reason]:
    """Return whether the vendor reminds beside us: by its count, or by its date where it gives none.

    The known count is first read when something is about to go; a reminder between going live and that day is not taken for known
    then (`core.store.books.vendor_baseline`), and a person who accepts the vendor's reminders makes their count known.
    """
    count, on = facts.invoice.vendor_reminders, facts.invoice.vendor_reminded_on
    if count is not None and count > facts.vendor_reminders_known:
        return [_reason("vendor_reminds", count=count, known=facts.vendor_reminders_known)]
    if on and not count and facts.live_from and on > facts.live_from:
        return [_reason("vendor_reminded", on=on, live_from=facts.live_from)]
    return []


def _handover_gates(facts: Facts) -> list[Reason]:
    found = [_reason("no_mandate", missing=", ".join(facts.mandate_missing))] if facts.mandate_missing else []
    if not facts.agency:
        found.append(Reason("no_agency"))
    debtor = facts.debtor
    if debtor and debtor.kind == DebtorKind.PUBLIC:
        found.append(Reason("public_debtor"))
    if debtor and not debtor.active:
        found.append(Reason("debtor_inactive"))
    if debtor and not debtor.identity_no:
        found.append(_reason("no_identity", why=debtor.identity_note or "missing"))
    return found


def _fee(facts: Facts, law: Law, policy: Policy, step: Step, today: date) -> Money:
    """Return the fee a letter asks for: 0 unless the policy wants it and the agreement is recorded (lag 1981:739 2 §)."""
    zero = Money.zero(facts.invoice.currency)
    if not step.statutory_fee or not facts.reminder_fee_agreed or step.action != Action.REMIND:
        return zero
    # A reminder of the vendor's own counts as one with a fee (facts: bookings, "Two automations"): its text is not ours to see.
    charged = bool(facts.invoice.vendor_reminders) or any(letter.fee for letter in facts.sent if letter.state == "confirmed")
    kind = facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER
    row = law.fee(policy.country, "reminder", today, kind)
    return zero if charged or row is None else Money.parse(row.value, facts.invoice.currency)


def _law_reason(law: Law, policy: Policy, action: Action) -> Reason | None:
    """Return the legal rule a step rests on, by its row in the law's tables."""
    name = {Action.REMIND: "reminder", Action.NOTICE: "reminder", Action.HANDOVER: "handover", Action.DEMAND: "demand"}.get(action)
    if name is None:
        return None
    rule = law.rule(f"{policy.country}.sequence.{name}")
    return Reason("law", (("says", rule.sentence), *rule.params), rule=rule.id, statute=rule.statute)


def _after(facts: Facts, policy: Policy, step: Step, letter: Sent) -> tuple[Action | None, date | None]:
    """Return the step that follows this one, and its day if the letter goes today."""
    if step.action not in _LETTERS:
        return None, None
    sent = replace(facts, sent=(*facts.sent, letter))
    later = _next_step(sent, policy)
    on = _step_day(sent, policy, later)[0] if later else date.max
    return (later.action, on) if later and on != date.max else (None, None)


def _quiet(where: Stage, *reasons: Reason) -> Decision:
    return Decision(where, None, Mode.OFF, reasons)


def _reason(id_: str, **params: object) -> Reason:
    return Reason(id_, tuple((name, str(value)) for name, value in params.items()))


def _line_reason(id_: str, step: Step, **params: object) -> Reason:
    return Reason(id_, tuple((name, str(value)) for name, value in params.items()), policy_line=step.line)
