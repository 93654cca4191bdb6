"""Deciding: pure policy on gathered facts, then intents for what is to be done.

1. Every open invoice gets its decision from the list's facts.
2. What would act is read in detail (invoice and debtor), and decided again.
3. What goes by itself after that is held against the policy's limits.
4. Letters are planned per debtor, handovers per claim; what waits for a person is asked once.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Final

from core.engine import addresses, cooling_off, disputes, gates, handover, letters, limits, sweep, vendor_reminders
from core.engine.context import Run
from core.engine.facts import Gathered, gather
from core.engine.reading import read_debtor, read_entered, read_invoice
from core.engine.waiting import waits_for
from core.model import Invoice, Problem
from core.policy import Policy, looks_at_debtor, parse_override, stage, with_override
from core.policy.facts import Action, Decision, Facts, Mode
from core.store import books, people, tenants

__all__ = ["decide_one", "go", "policy_for", "read_details", "read_payments", "read_position"]

DEBTOR_AGE: Final = timedelta(hours=12)
"""How old a debtor's data may be when something is decided on it."""


def go(run: Run) -> None:
    """Decide every open invoice, and plan what is to be done."""
    _know_debtors(run)
    addresses.refresh(run)
    disputes.go(run)
    with run.database.read() as connection:
        gathered = gather(run, connection)
        invoices = books.list_invoices(connection, run.tenant.id, open_only=True)
        overrides = tenants.spread_overrides(connection, run.tenant.id)
    closer = [_closer(run, gathered, invoice, policy_for(run, invoice, overrides)) for invoice in invoices]
    # Details may let more go than the list showed, so that the limits are for what was decided last.
    limited = limits.check_limits(run, gathered, closer)
    decided = [(facts, limited.apply(decision)) for facts, decision in closer]
    acting: dict[Action, list[tuple[Facts, Decision]]] = defaultdict(list)
    for facts, decision in decided:
        run.decisions[facts.invoice.source_ref] = decision
        if decision.action is not None:
            acting[decision.action].append((facts, decision))
    run.summary.waiting = sum(decision.blocked for _, decision in decided)
    run.summary.waits_for = waits_for(decided)
    if not run.dry_run:
        gates.tell(run, decided)
        cooling_off.go(run, decided)
        _withdraw_questions(run, {decision.digest for _, decision in decided} | limited.digests)
    for action, chosen in acting.items():
        _plan(run, action, chosen)


def _know_debtors(run: Run) -> None:
    """Read the debtors whose identity number is asked for before anything acts: by it, one debtor is known at all its customer numbers.

    Those are the held ones, those with an override and those with a credit; where the policy asks what else a debtor owes, or nets a credit, all with something open.
    """
    with run.database.read() as connection:
        holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
        known = books.list_debtors(connection, run.tenant.id)
        open_ = books.list_positions(connection, run.tenant.id)
        overridden = tenants.list_overrides(connection, run.tenant.id)
    wanted = {ref for scope, ref in holds if scope == "debtor"}
    wanted |= {one.debtor_ref for one in open_ if ("debtor", one.debtor_ref) in overridden}
    crediting = {one.debtor_ref for one in open_ if one.open.minor < 0}
    everyone = looks_at_debtor(run.policy) or (crediting and run.policy.open_credits == "net")
    wanted |= {one.debtor_ref for one in open_} if everyone else crediting
    for ref in sorted(wanted - known.keys()):
        debtor = read_debtor(run, ref)
        with run.database.write() as connection:
            if isinstance(debtor, Problem):
                books.quarantine_row(connection, run.tenant.id, debtor, run.vault, run.now())
            else:
                books.save_debtor(connection, run.tenant.id, debtor, run.now())


def policy_for(run: Run, invoice: Invoice, overrides: dict[tuple[str, str], str]) -> Policy:
    """Return the policy of one invoice: tenant < debtor < invoice."""
    debtor = overrides.get(("debtor", invoice.debtor_ref), "")
    own = overrides.get(("invoice", invoice.source_ref), "")
    if not debtor and not own:
        return run.policy
    return with_override(run.policy, parse_override(debtor) if debtor else None, parse_override(own) if own else None)


def decide_one(run: Run, source_ref: str, gathered: Gathered | None = None) -> tuple[Facts, Decision] | None:
    """Return the decision about one invoice from what is stored now (or from what was gathered)."""
    with run.database.read() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, source_ref)
        if invoice is None:
            return None
        gathered = gathered or gather(run, connection, only=invoice)
        overrides = tenants.spread_overrides(connection, run.tenant.id)
    return _decide(run, gathered, invoice, policy_for(run, invoice, overrides))


def read_position(run: Run, source_ref: str) -> bool:
    """Read an invoice or a credit that something else rests on, and store it; tell whether that could be done."""
    found = read_invoice(run, source_ref)
    sweep.save(run, [found])
    return not isinstance(found, Problem)


def read_details(run: Run, source_ref: str) -> Invoice | None:
    """Read an invoice and its debtor from the books and store both; None where one can't be read."""
    invoice = read_invoice(run, source_ref)
    sweep.save(run, [invoice])
    if isinstance(invoice, Problem):
        return None
    with run.database.write() as connection:
        books.vendor_baseline(connection, run.tenant.id, source_ref, _known_reminders(run, invoice))
        known = books.find_debtor(connection, run.tenant.id, invoice.debtor_ref)
    if known is None or known[1] < run.now() - DEBTOR_AGE:
        debtor = read_debtor(run, invoice.debtor_ref)
        with run.database.write() as connection:
            if isinstance(debtor, Problem):
                books.quarantine_row(connection, run.tenant.id, debtor, run.vault, run.now())
                return None
            books.save_debtor(connection, run.tenant.id, debtor, run.now())
            books.release_row(connection, run.tenant.id, "customers", debtor.source_ref, run.now())
    return invoice


def _known_reminders(run: Run, invoice: Invoice) -> int | None:
    """Return how many reminders of the vendor's own there were when we went live; one of a later day is not taken for known."""
    live_from, last_on = run.tenant.live_from, invoice.vendor_reminded_on
    return 0 if live_from and last_on and last_on > live_from else invoice.vendor_reminders


def _decide(run: Run, gathered: Gathered, invoice: Invoice, policy: Policy) -> tuple[Facts, Decision]:
    facts = gathered.facts(run, invoice)
    return facts, stage(facts, policy, run.law, run.today)


def _closer(run: Run, gathered: Gathered, invoice: Invoice, policy: Policy) -> tuple[Facts, Decision]:
    """Decide from the list; what acts, or waits for details, is decided again in detail."""
    facts, decision = _decide(run, gathered, invoice, policy)
    acts = (
        decision.action is not None or decision.announce
    ) and decision.mode != Mode.ASK  # a question is asked from the list, and read once it is a yes
    if acts or gates.may_be_mended(run, facts, decision) or gates.is_in_details(facts, decision):
        return _decide_in_detail(run, gathered, invoice, policy)
    return facts, decision


def _decide_in_detail(run: Run, gathered: Gathered, invoice: Invoice, policy: Policy) -> tuple[Facts, Decision]:
    """Decide again on what the books say in detail; what can't be read is not acted on."""
    detailed = read_details(run, invoice.source_ref)
    if detailed is None:
        facts, decision = _decide(run, gathered, invoice, policy)
        return facts, decision._replace(action=None, announce=False, blocked=True)
    with run.database.read() as connection:
        known = books.find_debtor(connection, run.tenant.id, detailed.debtor_ref)
        baseline = books.vendor_baseline(connection, run.tenant.id, detailed.source_ref)
        policy = policy_for(run, detailed, tenants.spread_overrides(connection, run.tenant.id))  # the debtor was perhaps read just now
    if known is not None:
        gathered.debtors[detailed.debtor_ref] = known[0]
        gathered.others.know(known[0])
    gathered.baselines[detailed.source_ref] = baseline or 0
    facts, decision = _decide(run, gathered, detailed, policy)
    if decision.action is None and not decision.announce:
        return facts, decision
    if not read_payments(run, gathered, detailed):
        return facts, decision._replace(action=None, announce=False, blocked=True)
    return _decide(run, gathered, detailed, policy)


def read_payments(run: Run, gathered: Gathered, invoice: Invoice) -> bool:
    """Add to what was gathered what is entered as paid and not booked; tell whether that could be read."""
    entered = read_entered(run, invoice)
    if isinstance(entered, Problem):
        sweep.save(run, [entered])
        return False
    gathered.entered[invoice.source_ref] = entered
    return True


def _plan(run: Run, action: Action, chosen: list[tuple[Facts, Decision]]) -> None:
    for _, decision in chosen:
        if decision.mode == Mode.AUTO and run.tenant.live_from is None and not run.dry_run:
            run.summary.messages.append(
                f"{run.tenant.id} is not live yet: nothing is sent. Go live with `kravbro tenants live {run.tenant.id}`."
            )
            return
    automatic = [(facts, decision) for facts, decision in chosen if decision.mode == Mode.AUTO]
    for facts, decision in chosen:
        run.summary.planned.append({"invoice": facts.invoice.number, "action": str(action), "mode": str(decision.mode)})
        if decision.mode == Mode.ASK and all(reason.id != "over_limit" for reason in decision.reasons):
            _ask(run, action, facts, decision)
    if run.dry_run or not automatic:
        return
    if action in (Action.REMIND, Action.NOTICE):
        letters.plan(run, vendor_reminders.plan(run, automatic))
    elif action == Action.DEMAND:
        letters.plan(run, automatic)
    elif action == Action.HANDOVER:
        handover.plan(run, automatic)
    else:
        _leave_to_a_person(run, action, automatic)


def _ask(run: Run, action: Action, facts: Facts, decision: Decision) -> None:
    if run.dry_run:
        return
    what = f"{action} invoice {facts.invoice.number}, {facts.invoice.open} open, due {facts.invoice.due_on}"
    if decision.netted:
        what += f", {decision.netted} to its credit deducted"
    if any(reason.id == "may_have_gone" for reason in decision.reasons):
        what += "; it may have gone before the restore"
    if any(reason.id == "plan_missed_unheard" for reason in decision.reasons):
        what += "; it missed an instalment and has heard nothing since: tell it first"
    with run.database.write() as connection:
        run.summary.asked += people.ask(connection, run.tenant.id, decision.digest, str(action), what, run.now())


def _withdraw_questions(run: Run, asked_today: set[str]) -> None:
    """Take back the questions that today's facts do not ask; what an open intent rests on stays, until that is done."""
    with run.database.write() as connection:
        resting = run.journal.digests_open(connection)
        people.withdraw_questions(connection, run.tenant.id, asked_today | resting, run.now())


def _leave_to_a_person(run: Run, action: Action, chosen: list[tuple[Facts, Decision]]) -> None:
    """Give a person what no adapter here can do (a report to an insurer, a proposed loss)."""
    for facts, _ in chosen:
        text = f"The policy's step `{action}` is due for invoice {facts.invoice.number}; this is yours to do."
        with run.database.write() as connection:
            people.add_task(connection, run.tenant.id, str(action), facts.invoice.source_ref, text, run.now())
