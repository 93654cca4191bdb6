"""Planning handovers: the draft of a claim, what it must carry, and the intent that submits it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from core.claim import Credit, DocumentRef, Instructions, Lifecycle, PriorPayment, Snapshot
from core.engine.context import Run, agency_channel
from core.engine.crash import point
from core.engine.documents import invoice_file, keep_invoices, read_pdfs
from core.engine.earlier import paid_at_agencies, unpaid
from core.engine.facts import invoice_subject
from core.engine.interest import claim_rule
from core.engine.letters import asks_of, claim_line, creditor_party, debtor_party, reasons_of
from core.engine.paid import find_strange, standing_payments
from core.engine.sent import fees_of, notices_of, uncarried
from core.ids import stable_id
from core.law import LegalStep
from core.model import Debtor, Invoice, Payment
from core.money import Money
from core.policy.facts import Decision, Facts
from core.states import ClaimEvent
from core.store import books, claims, people
from core.store.journal import Plan
from core.writes import SubmitClaim

__all__ = ["missing_parts", "plan"]


def plan(run: Run, chosen: list[tuple[Facts, Decision]]) -> None:
    """Plan one claim for every debtor whose invoices are to be handed over today."""
    groups: dict[tuple[str, str, str], list[tuple[Facts, Decision]]] = defaultdict(list)
    for facts, decision in chosen:
        assert facts.debtor is not None, "details were read before deciding"
        alone = facts.invoice.source_ref if decision.alone else ""
        groups[_debtor_key(facts.debtor), facts.invoice.currency, alone].append((facts, decision))
    for (debtor_key, _, _), group in groups.items():
        _plan_claim(run, debtor_key, group)


def missing_parts(snapshot: Snapshot, *, noticed: bool) -> list[str]:
    """Return what a claim lacks that it must carry, as paths the agency's reject would name too; `noticed` where the law wants a notice first."""
    debtor = snapshot.debtors[0]
    wanted = {
        "creditor.org_no": snapshot.creditor.org_no,
        "debtors.0.name": debtor.name,
        "debtors.0.identity_no": debtor.identity_no,
        "debtors.0.address": debtor.address.complete,
        "notices": snapshot.notices or snapshot.instructions.send_notice_first or not noticed,
        "documents.invoice": all(
            any(d.kind == "invoice" and d.name == invoice_file(line.invoice_no) for d in snapshot.documents) for line in snapshot.lines
        ),
        "documents.letter": not snapshot.notices or any(document.kind == "letter" for document in snapshot.documents),
        "lines.open": all(line.open.minor > 0 for line in snapshot.lines),
    }
    return [path for path, there in wanted.items() if not there]


def _plan_claim(run: Run, debtor_key: str, group: list[tuple[Facts, Decision]]) -> None:
    invoices = [facts.invoice for facts, _ in group]
    payments = {invoice.source_ref: run.ports.reads.list_payments(invoice.source_ref) for invoice in invoices}
    pdfs = read_pdfs(run, invoices)
    if pdfs is None:
        return
    paid = [payment for found in payments.values() for payment in found if payment.booked]
    through = _through_agency(run, payments)
    if through is None:
        return
    prior, credited = _prior_payments(payments, through), _credits(paid)
    if not _adds_up(run, invoices, prior, credited, through):
        return
    now = run.now()
    subjects = tuple(invoice_subject(invoice.source_ref) for invoice in invoices)
    with run.database.write() as connection:
        if run.journal.is_open(connection, "submit_claim", *subjects):
            return  # a claim without its intent would wait for ever
        files = keep_invoices(run, connection, invoices, pdfs)
        snapshot = _draft(run, connection, _with_open(group, through), prior, credited, files, debtor_key)
        noticed = LegalStep.HANDOVER in run.law.country(run.tenant.country).after_notice
        missing = missing_parts(snapshot, noticed=noticed)
        if missing:
            _ask_for(run, connection, invoices, missing)
            return
        people.resolve_about(connection, run.tenant.id, "incomplete", [one.source_ref for one in invoices], "nothing is missing now", now)
        claims.add_claim(connection, run.tenant.id, run.tenant.agency, debtor_key, snapshot, now)
        claim = claims.get_claim(connection, snapshot.claim_id)
        queued = claims.step_claim(connection, claim, ClaimEvent.QUEUE, now)
        assert queued is not None, "a draft can be queued"
        context = {
            "open": {i.source_ref: i.open.text() for i in invoices}, "asks": asks_of(group), "reasons": reasons_of(group),
            "currency": snapshot.currency, "policy_version": run.policy_version, "digests": [d.digest for _, d in group if d.digest],
            "fees_of": uncarried(connection, run, [invoice.source_ref for invoice in invoices]),
        }  # fmt: skip
        claims.record_event(connection, queued, "queued", {"open": context["open"]}, now, now)
        submitted = replace(queued.snapshot, lifecycle=Lifecycle.SUBMITTED, version=queued.version + 1)
        plan = Plan(
            write=SubmitClaim(submitted), subjects=subjects, channel=agency_channel(run.tenant.agency), cause=f"policy {run.policy_version}",
            claim_id=queued.id, invoice_ref=invoices[0].source_ref, context=context, again_because=_again(group),
        )  # fmt: skip
        planned = run.journal.plan(connection, plan, now, run.today)
        assert planned, "none was open when this transaction began"
        point("plan.before_commit")
    point("plan.after_commit")


def _through_agency(run: Run, payments: Mapping[str, list[Payment]]) -> list[Payment] | None:
    """Return what an agency paid that we have forgotten, as after a restore; None while nobody has said whose money it is.

    It is no payment before this handover: the agency reports it on the claim, and until then the claim asks for it too.
    """
    with run.database.write() as connection:
        strange = [one for ref, found in payments.items() for one in find_strange(run, connection, ref, standing_payments(found))]
        origins = people.list_origins(connection, run.tenant.id)
        unsaid = [one for one in strange if one.source_ref not in origins]
        for one in unsaid:
            number = books.number_of(connection, run.tenant.id, one.invoice_ref)
            answer = f"`kravbro claims resolve {one.source_ref} --tenant {run.tenant.id}"
            text = (
                f"Payment {one.source_ref} ({one.amount}) on invoice {number} stands on our account {run.tenant.books_setup.clearing}, "
                f"and nothing here says where it came from; the invoice is not handed over. If an agency paid it, as after a restore, say "
                f"{answer} --through-agency WHY`; if the debtor paid it to you, {answer} --from-debtor WHY`."
            )
            people.add_task(connection, run.tenant.id, "whose_payment", one.source_ref, text, run.now(), {"invoice": one.invoice_ref})
    return None if unsaid else strange


def _with_open(group: list[tuple[Facts, Decision]], through: list[Payment]) -> list[tuple[Facts, Decision]]:
    """Return what is handed over with what the agency is to report of it, which the books show as paid."""
    found = []
    for facts, decision in group:
        invoice = facts.invoice
        more = Money.sum((one.amount for one in through if one.invoice_ref == invoice.source_ref), invoice.currency)
        asks = decision.asks + more if decision.asks is not None else None
        found.append((replace(facts, invoice=replace(invoice, open=invoice.open + more)), decision._replace(asks=asks)))
    return found


def _prior_payments(payments: Mapping[str, list[Payment]], through: list[Payment]) -> tuple[PriorPayment, ...]:
    return tuple(
        PriorPayment(payment.invoice_ref, payment.amount, payment.paid_on, payment.source_ref)
        for found in payments.values()
        for payment in standing_payments(found)
        if payment.amount and payment not in through
    )


def _credits(paid: list[Payment]) -> tuple[Credit, ...]:
    """Return what the creditor has credited, or written off with a payment: the debtor no longer owes either."""
    noted = [(payment, payment.amount) for payment in paid if payment.source == "credit"]
    noted += [(payment, payment.written_off) for payment in paid if payment.written_off]
    return tuple(Credit(payment.invoice_ref, amount, payment.paid_on) for payment, amount in noted)


def _adds_up(
    run: Run, invoices: list[Invoice], prior: tuple[PriorPayment, ...], credited: tuple[Credit, ...], through: list[Payment]
) -> bool:
    """Tell whether each invoice's total is paid, credited and open; what does not add up is asked about, not demanded."""
    right = True
    for invoice in invoices:
        known = [part.amount for part in prior if part.invoice_ref == invoice.source_ref]
        known += [part.amount for part in credited if part.invoice_ref == invoice.source_ref]
        known += [part.amount for part in through if part.invoice_ref == invoice.source_ref]
        explained = Money.sum(known, invoice.currency) + invoice.open
        with run.database.write() as connection:
            if explained == invoice.total:
                people.resolve_task(connection, run.tenant.id, "unexplained", invoice.source_ref, "it adds up now", run.now())
                continue
            text = (
                f"Invoice {invoice.number} is {invoice.total}, but its payments, credits and {invoice.open} open make {explained}; it is "
                f"not handed over. Look in the accounting system what {invoice.total - explained} of it is."
            )
            people.add_task(connection, run.tenant.id, "unexplained", invoice.source_ref, text, run.now(), {"invoice": invoice.source_ref})
            right = False
    return right


def _draft(
    run: Run,
    connection: Connection,
    group: list[tuple[Facts, Decision]],
    prior: tuple[PriorPayment, ...],
    credited: tuple[Credit, ...],
    files: list[DocumentRef],
    debtor_key: str,
) -> Snapshot:
    company, debtor, invoices = run.tenant.company, group[0][0].debtor, [facts.invoice for facts, _ in group]
    assert company is not None and debtor is not None, "details were read before deciding"
    refs = [invoice.source_ref for invoice in invoices]
    earlier = sum(len(claims.claims_of_invoice(connection, run.tenant.id, ref)) for ref in refs)
    notices, letters = notices_of(connection, run, refs)
    currency = invoices[0].currency
    paid = paid_at_agencies(connection, run.tenant.id, refs, currency)
    lines = tuple(claim_line(run, facts.invoice, debtor.kind, one.asks) for facts, one in group)
    disputed = Money.sum((line.disputed for line in lines if line.disputed), currency)
    objections = [dict(reason.params)["why"] for _, one in group for reason in one.reasons if reason.id == "part_disputed"]
    return Snapshot(
        claim_id=stable_id(run.tenant.id, "claim", debtor_key, *sorted(refs), earlier), version=1, lifecycle=Lifecycle.DRAFT,
        creditor=creditor_party(company), debtors=(debtor_party(debtor),), currency=currency, lines=lines,
        interest=claim_rule(run, debtor.kind, invoices, lines, prior, paid),
        fees=unpaid(fees_of(notices, currency), paid), notices=notices, payments=prior, credits=credited,
        instructions=Instructions(run.policy.allow_legal, run.policy.end_stage, _fees_left(group), _orders_notice(group)), documents=(*files, *letters),
        disputed=disputed or None, dispute_text="; ".join(objections),
    )  # fmt: skip


def _fees_left(group: list[tuple[Facts, Decision]]) -> Literal["waive", "go_on"]:
    """Return what a claim says of fees that are left; one of several invoices goes on for them only if each of its invoices does."""
    return "waive" if any(decision.fees_left == "waive" for _, decision in group) else "go_on"


def _orders_notice(group: list[tuple[Facts, Decision]]) -> bool:
    """Tell whether the law lets a claim go only with the order to the agency to send the notice first."""
    return any(reason.rule.endswith(".sequence.agency_sends") for _, decision in group for reason in decision.reasons)


def _ask_for(run: Run, connection: Connection, invoices: list[Invoice], missing: list[str]) -> None:
    numbers = ", ".join(invoice.number for invoice in invoices)
    text = f"Invoice {numbers} can't be handed over: {', '.join(missing)} is missing. Complete it in the accounting system."
    about = {"missing": missing, "invoices": [invoice.source_ref for invoice in invoices]}
    people.add_task(connection, run.tenant.id, "incomplete", invoices[0].source_ref, text, run.now(), about)


def _again(group: list[tuple[Facts, Decision]]) -> str:
    return next((facts.claim.reopen_reason for facts, _ in group if facts.claim and facts.claim.reopen_reason), "")


def _debtor_key(debtor: Debtor) -> str:
    """One debtor is one identity number across customer numbers; without one, the customer number stands alone."""
    return stable_id("identity", debtor.identity_no) if debtor.identity_no else stable_id("customer", debtor.source_ref)
