"""What stops a step whose day has come (facts: bookings, "Before anything is sent")."""

from __future__ import annotations

from datetime import date, time
from typing import Final

from core.law import Law, accrued, interest, is_bank_day
from core.model import DebtorKind
from core.policy.document import Policy, Sending, Step
from core.policy.facts import Action, Facts, Reason
from core.policy.holds import YEAR_MAX, Standing, days_passed, float_ends, plus
from core.policy.limitation import time_barred
from core.policy.steps import LETTERS, last_letter

__all__ = ["find_gates", "opens_on", "postings_wanted", "sends_on"]

_STALE: Final = ("books_not_fresh", "books_never_posted")
"""What a routine posting of the bank takes away."""


def find_gates(facts: Facts, stands: Standing, policy: Policy, law: Law, step: Step, today: date) -> list[Reason]:
    """Return what stops a step whose day has come."""
    barred = time_barred(facts, policy, law, today)
    found = [*_freshness(facts, policy, today), *_vendor_reminders(facts), *([barred] if barred else [])]
    # A part lets a reminder go, but what is handed over must be right to the öre.
    if facts.entered and (step.action == Action.HANDOVER or facts.entered >= stands.asks):
        found.append(Reason.of("payment_entered", entered=facts.entered))
    found += [*_credit(facts, policy, step), *_too_little(stands, policy, step)]
    if facts.at_agency and facts.at_agency.minor > 0:
        found.append(Reason.of("paid_at_agency", amount=facts.at_agency))
    elif facts.at_agency:
        found.append(Reason.of("bounced_at_agency", amount=-facts.at_agency))
    if facts.mail_returned_on and step.channel != "print":
        found.append(Reason.of("address_unknown", on=facts.mail_returned_on))
    if step.action == Action.HANDOVER:
        found += _handover(facts)
    if step.action == Action.DEMAND:
        found += _interest(facts, stands, policy, law, today)
    opens = sends_on(policy, facts.at, today) if step.action in LETTERS and step.channel != "print" else None
    if opens:
        found.append(Reason.of("not_sending_now", line=step.line, on=opens))
    return found


def sends_on(policy: Policy, at: time | None, today: date) -> date | None:
    """Return the day on which letters go next, None where they may go now."""
    sending = policy.sending
    if sending is None or at is None or today.year > YEAR_MAX:
        return None
    open_today = _is_sending_day(sending, policy.country, today)
    if open_today and sending.first <= at <= sending.last:
        return None
    first = today if open_today and at < sending.first else plus(today, 1)
    return next(day for day in (plus(first, ahead) for ahead in range(400)) if _is_sending_day(sending, policy.country, day))


def _is_sending_day(sending: Sending, country: str, day: date) -> bool:
    return day.weekday() in sending.weekdays and (not sending.bank_days_only or is_bank_day(country, day))


def opens_on(gates: list[Reason], facts: Facts, policy: Policy, today: date) -> date | None:
    """Return the first day on which these can be gone without a person, None where only a person takes them away."""
    if any(gate.id not in (*_STALE, "not_sending_now", "unlawful_yet") for gate in gates):
        return None
    stale = any(gate.id in _STALE for gate in gates)
    posted_on = max(plus(today, 1), postings_wanted(facts, policy, today)) if stale else today
    lawful_on = max((date.fromisoformat(dict(gate.params)["lawful_on"]) for gate in gates if gate.id == "unlawful_yet"), default=today)
    return max(posted_on, lawful_on, sends_on(policy, facts.at, today) or posted_on)


def postings_wanted(facts: Facts, policy: Policy, today: date) -> date:
    """Return how far the bank must be posted: past the last deadline the debtor had, whoever gave it, and its bank days."""
    last = last_letter(facts)
    deadline = float_ends(policy.country, last.pay_by if last and last.pay_by else facts.invoice.due_on)
    if not facts.holds:
        return deadline
    return max([deadline, *(end for hold in facts.holds for end in days_passed(hold, today, policy.country))])


def _freshness(facts: Facts, policy: Policy, today: date) -> list[Reason]:
    wanted = postings_wanted(facts, policy, today)
    if facts.postings_until is None:
        return [Reason.of("books_never_posted", wanted=wanted)]
    return [] if facts.postings_until >= wanted else [Reason.of("books_not_fresh", postings_until=facts.postings_until, wanted=wanted)]


def _vendor_reminders(facts: Facts) -> list[Reason]:
    """Return whether the vendor reminds beside us: by its count, or by its date where it gives none.

    The known count is first read when something is about to go; a reminder between going live and that day is not taken for known
    then (`core.store.books.vendor_baseline`), and a person who accepts the vendor's reminders makes their count known.
    """
    count, on = facts.invoice.vendor_reminders, facts.invoice.vendor_reminded_on
    if count is not None and count > facts.vendor_reminders_known:
        return [Reason.of("vendor_reminds", count=count, known=facts.vendor_reminders_known)]
    if on and not count and facts.live_from and on > facts.live_from:
        return [Reason.of("vendor_reminded", on=on, live_from=facts.live_from)]
    return []


def _credit(facts: Facts, policy: Policy, step: Step) -> list[Reason]:
    """Return whether what the debtor has to its credit stops a step: what is handed over agrees with the books, which have it unmatched."""
    credits_ = facts.debtor_books.credits if facts.debtor_books else None
    nets = policy.open_credits == "net" and step.action in LETTERS
    if not credits_ or credits_ < policy.small_amount or nets:
        return []
    return [Reason.of("credit_open", amount=credits_)]


def _too_little(stands: Standing, policy: Policy, step: Step) -> list[Reason]:
    if stands.netted and (not stands.asks or stands.asks < policy.small_amount):
        return [Reason.of("credit_covers", amount=stands.netted, left=stands.asks)]
    if stands.asks < step.minimum:
        return [Reason.of("below_minimum", line=step.line, open=stands.asks, minimum=step.minimum)]
    return []


def _interest(facts: Facts, stands: Standing, policy: Policy, law: Law, today: date) -> list[Reason]:
    """Return the rates without which a demand can't state its interest, as it must (inkassolagen 5 § and its sisters)."""
    kind, due_on = facts.debtor.kind if facts.debtor else DebtorKind.CONSUMER, facts.invoice.due_on
    if today.year > YEAR_MAX:
        return []
    late = interest(law, stands.asks, due_on, today, country=policy.country, debtor=kind, due_on=due_on)
    figure, rules = accrued(law, [late], stands.asks.currency, country=policy.country)
    if figure is not None:
        return []
    return [Reason("no_interest_figure", (("says", rules[-1].sentence), *rules[-1].params), rules[-1].id, rules[-1].statute)]


def _handover(facts: Facts) -> list[Reason]:
    found = [Reason.of("no_mandate", missing=", ".join(facts.mandate_missing))] if facts.mandate_missing else []
    if not facts.agency:
        found.append(Reason("no_agency"))
    debtor = facts.debtor
    if debtor and debtor.kind == DebtorKind.PUBLIC:
        found.append(Reason("public_debtor"))
    if debtor and not debtor.active:
        found.append(Reason("debtor_inactive"))
    if debtor and not debtor.identity_no:
        found.append(Reason.of("no_identity", why=debtor.identity_note or "missing"))
    return found
