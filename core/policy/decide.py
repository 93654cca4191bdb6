"""The decision: what an invoice is at today, pure, most severe stage first.

Nothing is stored as truth: a missed day heals itself, and a payment takes the stage back by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from core.ids import stable_id
from core.law import Law, Rule, Ruling
from core.model import InvoiceKind
from core.money import Money
from core.policy.conditions import ages_out_on
from core.policy.document import Policy, Step
from core.policy.facts import Action, Decision, Facts, Hold, HoldKind, Mode, Reason, Sent, Stage
from core.policy.gates import find_gates, opens_on, postings_wanted
from core.policy.holds import Standing, changes_on, plus, standing, stops_until
from core.policy.lawful import fee_of, letters_that_count, ruling_on
from core.policy.limitation import limitation_near, time_barred
from core.policy.netting import less_credit
from core.policy.steps import LETTERS, Next, in_order, letters_of, next_step, pay_by

__all__ = ["approval_digest", "stage"]

_STAGES: Final = {Action.REMIND: Stage.REMIND, Action.NOTICE: Stage.NOTICE, Action.DEMAND: Stage.DEMAND, Action.HANDOVER: Stage.HANDOVER}
_DONE: Final = Reason("steps_done")
_FORBIDDEN: Final = {
    HoldKind.DISPUTE: "sequence.unfounded", HoldKind.INSOLVENCY: "collect.insolvent", HoldKind.MINOR: "collect.minor",
    HoldKind.DECEASED: "collect.deceased", HoldKind.PROTECTED_IDENTITY: "collect.protected",
}  # fmt: skip
"""What the law, and no person's wish, forbids to collect."""


def stage(facts: Facts, policy: Policy, law: Law, today: date) -> Decision:
    """Return the decision about one invoice; every set of facts has one."""
    decision = _closed(facts, policy, law) or _handed_over(facts) or _left_alone(facts, policy)
    if decision:
        return decision
    stands = less_credit(standing(facts.invoice, facts.holds, today, policy.country, policy.small_amount), facts, policy)
    decision = (
        _held(facts, stands, policy, law, today)
        or _not_due(facts, stands, policy, law, today)
        or _stepped(facts, stands, policy, law, today)
    )
    if facts.holds and not stands.stops and decision.action is None:
        decision = _not_after(decision, changes_on(facts.holds, today, facts.invoice, policy.country))
    told = [Reason.of("plan_missed", amount=late.amount, due_on=late.due_on) for late in stands.missed]
    if stands.disputed and not stands.stops and all(reason.id != "part_disputed" for reason in decision.reasons):
        told += _disputed(facts, stands, policy, law)
    aged = limitation_near(facts, policy, law, today) or time_barred(facts, policy, law, today)
    told += [aged] if aged and aged not in decision.reasons else []
    if decision.next_on == date.max:  # a due day that means "never"
        decision = decision._replace(next_on=None)
    return decision._replace(reasons=(*decision.reasons, *told)) if told else decision


def approval_digest(action: Action, invoice_refs: tuple[str, ...], principal: Money, agency: str, turn: str) -> str:
    """Return what a person's yes is bound to: if invoices, principal or agency change it is asked again.

    `turn` tells a step from the next of its kind, so that one yes lets one letter go and not the letter after it.
    """
    return stable_id("approval", str(action), *sorted(invoice_refs), str(principal), agency, turn)


def _closed(facts: Facts, policy: Policy, law: Law) -> Decision | None:
    invoice = facts.invoice
    if invoice.open.minor <= 0:
        return _quiet(Stage.CLOSED, Reason.of("nothing_open", law=_unfounded(law, policy)))
    if invoice.open.currency == policy.currency and invoice.open < policy.small_amount:
        return _quiet(Stage.CLOSED, Reason.of("small_rest", open=invoice.open, limit=policy.small_amount))
    return None


def _handed_over(facts: Facts) -> Decision | None:
    claim = facts.claim
    if claim is None or claim.lets_go:
        return None
    short = claim.claim_id[:12]
    if claim.ended:
        return _quiet(Stage.HELD, Reason.of("claim_ended", claim=short, agency=claim.agency, lifecycle=claim.lifecycle))
    where = Reason.of("with_agency", claim=short, agency=claim.agency, lifecycle=claim.lifecycle, phase=claim.phase or "-")
    return _quiet(Stage.HANDED_OVER, where)


def _left_alone(facts: Facts, policy: Policy) -> Decision | None:
    invoice = facts.invoice
    reasons = [Reason(f"leave_{why}") for why in invoice.leave_alone] if invoice.leave_alone else []
    if invoice.kind != InvoiceKind.INVOICE and not reasons:
        reasons.append(Reason.of("leave_kind", kind=invoice.kind))
    if invoice.currency != policy.currency:
        reasons.append(Reason.of("leave_currency", currency=invoice.currency, expected=policy.currency))
    if facts.debtor and facts.debtor.address.country not in ("", policy.country):
        reasons.append(Reason.of("leave_foreign", country=facts.debtor.address.country))
    return _quiet(Stage.LEFT_ALONE, *reasons) if reasons else None


def _held(facts: Facts, stands: Standing, policy: Policy, law: Law, today: date) -> Decision | None:
    """Stop for what a person said."""
    if not stands.stops:
        return None
    until = stops_until(stands.stops, today, facts.invoice, policy.country)
    next_on = None if until == date.max else plus(until, 1)
    why = (*(_held_reason(hold, policy, law) for hold in stands.stops), *_documents(stands.stops))
    return Decision(Stage.HELD, None, Mode.OFF, why, next_on=next_on, blocked=True)


def _held_reason(hold: Hold, policy: Policy, law: Law) -> Reason:
    name = _FORBIDDEN.get(hold.kind)
    rule = law.rule(f"{policy.country}.{name}") if name else None
    return Reason.of(f"held_{hold.kind}", law=rule, why=hold.reason, until=hold.until or "released")


def _documents(holds: tuple[Hold, ...]) -> list[Reason]:
    """Return what documents were asked for and given in a dispute."""
    return [Reason.of("dispute_documents", asked=hold.asked or "-", given=hold.given or "-") for hold in holds if hold.asked or hold.given]


def _disputed(facts: Facts, stands: Standing, policy: Policy, law: Law) -> list[Reason]:
    """Return which part is disputed and what goes on, and the documents in that dispute."""
    goes_on, told = facts.invoice.open - stands.disputed, stands.dispute_text
    part = Reason.of("part_disputed", law=_unfounded(law, policy), amount=stands.disputed, asks=goes_on, why=told)
    return [part, *_documents(tuple(hold for hold in facts.holds if hold.kind == HoldKind.DISPUTE))]


def _unfounded(law: Law, policy: Policy) -> Rule:
    """Return the rule that forbids collecting what is paid, credited or disputed."""
    return law.rule(f"{policy.country}.sequence.unfounded")


def _not_due(facts: Facts, stands: Standing, policy: Policy, law: Law, today: date) -> Decision | None:
    due_on = facts.invoice.due_on
    if today > due_on:
        return None
    first = next_step(facts, policy, stands.asks, today, letters_that_count(facts, policy, law))
    why = Reason.of("not_due", due_on=due_on)
    mode, overdue_on = first.step.mode if first.step else Mode.OFF, plus(due_on, 1)
    if first.step and first.on == date.max:  # no day will bring the step, which a person is told once it is overdue
        return Decision(Stage.NOT_DUE, None, mode, (why,), next_on=overdue_on)
    action, on = _comes(first)
    return Decision(Stage.NOT_DUE, None, mode, (why,), action, max(on, overdue_on) if on else None)


def _stepped(facts: Facts, stands: Standing, policy: Policy, law: Law, today: date) -> Decision:
    waiting = _letter_under_way(facts)
    if waiting:
        return waiting
    letters = letters_that_count(facts, policy, law)
    found = next_step(facts, policy, stands.asks, today, letters)
    if found.step is None:
        return Decision(Stage.WAITING, None, Mode.OFF, (*found.passed, _DONE), *_comes(found))
    if today < found.on < date.max:
        return Decision(Stage.WAITING, None, found.step.mode, (_step(found.step, found.on), *found.why), *_comes(found))
    return _at_step(facts, stands, policy, law, found.step, found, letters, today)


def _letter_under_way(facts: Facts) -> Decision | None:
    if facts.booking_open:
        return _quiet(Stage.WAITING, Reason("booking_open"))
    if facts.sent and any(letter.state == "open" for letter in facts.sent):
        return _quiet(Stage.WAITING, Reason("letter_under_way"))
    return None


def _comes(found: Next) -> tuple[Action | None, date | None]:
    """Return what comes next by itself, and its day."""
    if found.woken and found.woken[1] <= found.on:  # it stands before this one
        return found.woken[0].action, found.woken[1]
    return (found.step.action, found.on) if found.step else (None, None)


def _another_on(found: Next, step: Step, due_on: date) -> date | None:
    """Return the day on which age alone brings another step in the place of this one: one before it, or the one after it."""
    days = (found.woken[1] if found.woken else None, ages_out_on(step, due_on))
    return min((day for day in days if day), default=None)


def _not_after(decision: Decision, day: date | None) -> Decision:
    """Return a decision that is looked at again no later than on a day; what comes then is not known yet."""
    if day is None or (decision.next_on and decision.next_on <= day):
        return decision
    return decision._replace(next_action=decision.next_action if decision.blocked else None, next_on=day)


def _step(step: Step, on: date) -> Reason:
    return Reason("step", (("action", step.action), ("on", on)), policy_line=step.line)


def _at_step(
    facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, found: Next, letters: Sequence[Sent], today: date
) -> Decision:
    """Decide on a step whose day has come."""
    on, at = found.on, _STAGES.get(step.action, Stage.WAITING)
    if stands.netted and step.action not in LETTERS:  # what is handed over agrees with the books, which show the credit unmatched
        stands = stands._replace(asks=stands.asks + stands.netted, netted=None)
    if on == date.max:  # the letters before it are off or passed over, so no day will ever bring it: a person must
        lost = (Reason.of("step_uncounted", line=step.line, action=step.action), *found.why)
        return Decision(Stage.WAITING, None, step.mode, lost, next_on=_another_on(found, step, facts.invoice.due_on), blocked=True)
    why = [_step(step, on), *found.why]
    why += _disputed(facts, stands, policy, law) if stands.disputed else []
    turn = f"{len(letters_of(facts))} letters, {facts.claim.claim_id if facts.claim else 'no claim'}"
    digest = approval_digest(step.action, (facts.invoice.source_ref,), stands.asks, facts.agency, turn)
    until = pay_by(law, policy, step, today)
    ruling = ruling_on(facts, stands, policy, law, step, pay_by=until, today=today)
    blocked = [*found.unknown, *find_gates(facts, stands, policy, law, step, today)]
    covered = any(gate.id == "credit_covers" for gate in blocked)
    blocked += [] if covered else _forbidden(ruling)  # that nothing is owed is said once
    if stands.netted and facts.debtor_books and not covered:
        why.append(Reason.of("credit_netted", amount=stands.netted, credits=facts.debtor_books.credits, asks=stands.asks))
    if blocked:
        next_on = opens_on(blocked, facts, policy, today)
        stopped = Decision(at, None, step.mode, (*why, *blocked), step.action, next_on, blocked=True, digest=digest)
        return _not_after(stopped, _another_on(found, step, facts.invoice.due_on))
    why.append(Reason.of("books_fresh", postings_until=facts.postings_until, wanted=postings_wanted(facts, policy, today)))
    why += [_law(rule) for rule in (*ruling.rules, *ruling.orders)] if ruling else []
    mode, asked = _mode(facts, stands, step, on, digest, letters)
    why += asked
    if mode == Mode.AUTO and not asked:
        cooling = _cooling_off(facts, step, today, at, why, digest)
        if cooling:
            return cooling if cooling.announce else _not_after(cooling, _another_on(found, step, facts.invoice.due_on))
    next_action, next_on = _after(facts, stands, policy, step, letters, Sent(step.action, "confirmed", today, until))
    return Decision(
        at, step.action, mode, tuple(why), next_action, next_on if mode == Mode.AUTO else None, stands.asks,
        fee_of(facts, stands, policy, law, step, today), until, step.announces_collection or step.action == Action.NOTICE, by_post=step.channel == "print", digest=digest,
        alone=not policy.bundle_by_debtor if step.action == Action.HANDOVER else policy.one_letter_per == "invoice", fees_left=policy.fees_left,
        netted=stands.netted,
    )  # fmt: skip


def _mode(facts: Facts, stands: Standing, step: Step, on: date, digest: str, letters: Sequence[Sent]) -> tuple[Mode, list[Reason]]:
    """Return whether a step goes by itself: one that was due before a restore may have gone, so that a person looks first.

    A handover asks where the invoice was overdue then: the letters before it may have gone earlier than the journal knows. It asks too where
    the debtor has heard nothing since it missed an instalment: the plan's letter says that we get in touch first.
    """
    due = facts.invoice.due_on if step.action == Action.HANDOVER else on
    forgotten = facts.restored_on is not None and due <= facts.restored_on
    why = [Reason.of("may_have_gone", restored_on=facts.restored_on)] if forgotten else []
    unheard = step.action == Action.HANDOVER and any(_heard_nothing(letters, late.due_on) for late in stands.missed)
    why += [Reason("plan_missed_unheard")] if unheard else []
    if not why and step.mode != Mode.ASK:
        return step.mode, why
    if digest in facts.approved:
        return Mode.AUTO, [*why, Reason("approved")]
    return Mode.ASK, [*why, Reason("asks_a_person")]


def _heard_nothing(letters: Sequence[Sent], since: date) -> bool:
    """Tell whether no letter went after a day."""
    return not any(letter.sent_on and letter.sent_on > since for letter in letters)


def _cooling_off(facts: Facts, step: Step, today: date, at: Stage, why: list[Reason], digest: str) -> Decision | None:
    """Let a handover that goes by itself wait until it has been announced for so many days."""
    if not step.cooling_off_days or step.action != Action.HANDOVER:
        return None
    since = facts.announced_on or today
    goes_on = plus(since, step.cooling_off_days)
    if facts.announced_on and today >= goes_on:
        return None
    told = Reason.of("cooling_off", line=step.line, since=since, goes_on=goes_on)
    return Decision(
        at, None, Mode.AUTO, (*why, told), step.action, goes_on, announce=facts.announced_on is None, digest=digest
    )  # fmt: skip


def _law(rule: Rule) -> Reason:
    """Return a legal rule that a step rests on."""
    return Reason("law", (("says", rule), *rule.values), rule=rule.id, statute=rule.statute)


def _forbidden(ruling: Ruling | None) -> list[Reason]:
    """Return the rules that forbid a step, for good or until a day."""
    if ruling is None or ruling.lawful:
        return []
    if ruling.from_day:
        lawful_on = ("lawful_on", ruling.from_day)  # a rule's own sentence may speak of another day `on`
        return [Reason("unlawful_yet", (("says", rule), *rule.values, lawful_on), rule.id, rule.statute) for rule in ruling.rules]
    return [Reason("unlawful", (("says", rule), *rule.values), rule.id, rule.statute) for rule in ruling.rules]


def _after(
    facts: Facts, stands: Standing, policy: Policy, step: Step, letters: Sequence[Sent], letter: Sent
) -> tuple[Action | None, date | None]:
    """Return the step that follows this one, and its day if the letter goes today."""
    if step.action not in LETTERS:
        return None, None
    assert letter.sent_on is not None, "it goes today"
    later = next_step(facts, policy, stands.asks, letter.sent_on, in_order((*letters, letter)))
    return _comes(later) if later.on != date.max or later.woken else (None, None)


def _quiet(where: Stage, *reasons: Reason) -> Decision:
    return Decision(where, None, Mode.OFF, reasons)
