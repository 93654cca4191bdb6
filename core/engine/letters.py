"""Planning reminders: one letter per debtor, currency and step of the policy, rendered and stored before the intent is.

A debtor is one identity number across customer numbers; the letter goes to the first of them that has a mail address.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, Final, Literal

from core.claim import ClaimLine, DebtorParty, Party
from core.engine.context import Run
from core.engine.crash import point
from core.engine.debtors import same_debtor
from core.engine.documents import keep_invoices, read_pdfs
from core.engine.facts import invoice_subject
from core.engine.interest import runs_from
from core.errors import ConfigError
from core.ids import stable_id
from core.law import next_bank_day
from core.model import Company, Debtor, DebtorKind, Invoice, is_mail_address
from core.money import Money
from core.policy import reason_json
from core.policy.facts import Action, Decision, Facts
from core.store import people
from core.store.journal import Plan
from core.store.keeping import add_document
from core.writes import SendLetter

__all__ = ["POST_FRESH", "asks_of", "claim_line", "creditor_party", "debtor_party", "goes_by_mail", "letter_kind", "plan", "reasons_of"]

POST_FRESH: Final = timedelta(days=3)
"""How old a letter may be when it is printed: its date is that of the day it was written."""


def plan(run: Run, chosen: list[tuple[Facts, Decision]]) -> None:
    """Plan one reminder for every debtor and step that is due today: a letter says what its step says, and goes the step's way."""
    groups: dict[tuple[str, str, int | None, bool, str], list[tuple[Facts, Decision]]] = defaultdict(list)
    for facts, decision in chosen:
        assert facts.debtor is not None, "details were read before deciding"
        line = next((reason.policy_line for reason in decision.reasons if reason.policy_line is not None), None)
        alone = facts.invoice.source_ref if decision.alone else ""
        groups[same_debtor(facts.debtor), facts.invoice.currency, line, decision.by_post, alone].append((facts, decision))
    for group in groups.values():
        _plan_letter(run, group)


def creditor_party(company: Company) -> Party:
    """Return the company as the creditor of a letter or a claim."""
    return Party(
        company.name, company.org_no, company.address, company.email, company.phone, company.bankgiro, company.iban, company.plusgiro,
        company.bic, company.vat_no, company.fi_creditor_no,
    )  # fmt: skip


def debtor_party(debtor: Debtor) -> DebtorParty:
    """Return the debtor as a letter or a claim names it."""
    return DebtorParty(debtor.name, debtor.kind, debtor.identity_no, debtor.address, debtor.email, debtor.phone, debtor.language)


def claim_line(run: Run, invoice: Invoice, debtor: DebtorKind, asks: Money | None) -> ClaimLine:
    """Return an invoice as a line of a letter or a claim; what is not asked for of it is disputed."""
    disputed = invoice.open - asks if asks is not None and asks < invoice.open else None
    return ClaimLine(
        invoice.source_ref, invoice.number, invoice.issued_on, invoice.due_on, invoice.total, invoice.open, invoice.payment_reference,
        interest_from=runs_from(run, invoice, debtor).runs_from, disputed=disputed,
    )  # fmt: skip


def letter_kind(action: str) -> Literal["reminder", "notice"]:
    """Return which letter a step of the policy writes: the same for the letter itself and for the claim that names it."""
    return "notice" if action == Action.NOTICE else "reminder"


def asks_of(group: list[tuple[Facts, Decision]]) -> dict[str, str]:
    """Return what is asked for on each invoice, for the check just before it goes."""
    return {facts.invoice.source_ref: (decision.asks or facts.invoice.open).text() for facts, decision in group}


def reasons_of(group: list[tuple[Facts, Decision]]) -> dict[str, list[dict[str, Any]]]:
    """Return why each invoice is acted on, as it was decided, kept with what it causes."""
    return {facts.invoice.source_ref: [reason_json(reason) for reason in decision.reasons] for facts, decision in group}


def goes_by_mail(run: Run, debtor: Debtor, decision: Decision) -> bool:
    """Tell whether a letter goes by mail: where a server is set, the step does not say post, and the debtor takes no e-invoices."""
    there = bool(run.tenant.mail.get("host")) and is_mail_address(debtor.email)
    return there and not debtor.e_invoice and not decision.by_post


def _plan_letter(run: Run, group: list[tuple[Facts, Decision]]) -> None:
    company, decision = run.tenant.company, group[0][1]
    debtors = [facts.debtor for facts, _ in group if facts.debtor is not None]
    assert company is not None, "it was read when the tenant was connected"
    debtor = next((one for one in debtors if goes_by_mail(run, one, decision)), debtors[0])
    invoices = [facts.invoice for facts, _ in group]
    pay_by = max(decision.pay_by for _, decision in group if decision.pay_by)
    by_mail = goes_by_mail(run, debtor, decision)
    if not by_mail:  # it may wait so long to be printed, and the debtor has all of its days then too
        pay_by = next_bank_day(run.tenant.country, pay_by + POST_FRESH)
    lines = tuple(claim_line(run, facts.invoice, debtor.kind, one.asks) for facts, one in group)
    fee = max((one.fee for _, one in group if one.fee), default=Money.zero(invoices[0].currency), key=lambda fee: fee.minor)
    reference = stable_id(run.tenant.id, "letter", *(invoice.source_ref for invoice in invoices), str(run.today))[:12].upper()
    kind = letter_kind(str(decision.action))
    try:
        rendered = run.ports.letters.render_letter(
            kind, creditor=creditor_party(company), debtor=debtor_party(debtor), lines=lines, fee=fee, written_on=run.today,
            pay_by=pay_by, announces_collection=decision.announces_collection, reference=reference,
        )  # fmt: skip
    except ConfigError as error:  # a wrong account or a missing name stops this letter, not the run
        with run.database.write() as connection:
            text = f"The letter about invoice {invoices[0].number} can't be written: {error}"
            people.add_task(connection, run.tenant.id, "letter_unwritten", invoices[0].source_ref, text, run.now())
        return
    pdfs = read_pdfs(run, invoices)
    if pdfs is None:
        return
    now = run.now()
    subjects = tuple(invoice_subject(invoice.source_ref) for invoice in invoices)
    with run.database.write() as connection:
        if run.journal.is_open(connection, "send_letter", *subjects):
            return
        stored = [add_document(connection, run.tenant.id, run.vault, kind="letter", name=rendered.name, media_type="application/pdf",
                               content=rendered.pdf, now=now)]  # fmt: skip
        stored += keep_invoices(run, connection, invoices, pdfs)
        assert decision.action is not None, "only acting decisions are planned"
        write = SendLetter(
            letter_kind=kind, channel="email" if by_mail else "print", recipient=debtor.email if by_mail else debtor.name,
            subject=rendered.subject, text=rendered.text, html=rendered.html, document_ids=tuple(ref.document_id for ref in stored),
            covers=tuple(invoice.source_ref for invoice in invoices), fee=fee, pay_by=pay_by,
            announces_collection=decision.announces_collection,
        )  # fmt: skip
        context = {
            "action": str(decision.action), "pay_by": pay_by.isoformat(), "announces_collection": decision.announces_collection,
            "fee": fee.text(), "currency": fee.currency, "policy_version": run.policy_version,
            "open": {invoice.source_ref: invoice.open.text() for invoice in invoices}, "asks": asks_of(group), "channel": write.channel,
            "documents": list(write.document_ids),
            "reasons": reasons_of(group), "digests": [one.digest for _, one in group if one.digest],
        }  # fmt: skip
        plan = Plan(
            write=write, subjects=subjects, channel=write.way, cause=f"policy {run.policy_version}", invoice_ref=invoices[0].source_ref,
            context=context, again_because="the policy's next reminder" if any(facts.sent for facts, _ in group) else "",
        )  # fmt: skip
        planned = run.journal.plan(connection, plan, now, run.today)
        assert planned, "none was open when this transaction began"
        people.resolve_task(connection, run.tenant.id, "letter_unwritten", invoices[0].source_ref, "it was written", now)
        point("plan.before_commit")
    point("plan.after_commit")
