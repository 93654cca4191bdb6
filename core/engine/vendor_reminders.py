"""Reminders that the accounting system writes itself, for a tenant whose accountant confirmed what they say.

1. The intent `print_reminder` has the books write it, one invoice each; while it is open nothing else starts on the invoice.
2. Its confirmation stores the PDF and plans the ordinary `send_letter` with it (`core.engine.outcomes`), so that whatever counts,
   dates or hands over letters knows no difference.

Our own letter goes wherever the vendor's would say what must not be said, and on an invoice for which one was lost or refused.
"""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import select

from core.engine.context import Run
from core.engine.crash import point
from core.engine.documents import keep_invoices, read_pdfs
from core.engine.facts import invoice_subject
from core.engine.letters import again_because, asks_of, creditor_party, debtor_party, goes_by_mail, reasons_of
from core.law import next_bank_day
from core.money import Money
from core.policy.facts import Decision, Facts
from core.states import OPEN_INTENT, IntentState
from core.store.journal import Plan
from core.store.tables import intent_subjects, intents
from core.store.tenants import VendorReminder
from core.writes import PrintReminder, SendLetter

__all__ = ["plan"]


def plan(run: Run, chosen: list[tuple[Facts, Decision]]) -> list[tuple[Facts, Decision]]:
    """Plan the reminders that the vendor writes, and return those that are left to our own letters."""
    says = run.tenant.vendor_reminder
    if says is None or not run.can("books", "print_reminder"):
        return chosen
    ours = []
    for facts, decision in chosen:
        if _fits(says, facts, decision) and not _failed_before(run, facts):
            _plan_print(run, says, facts, decision)
        else:
            ours.append((facts, decision))
    return ours


def _fits(says: VendorReminder, facts: Facts, decision: Decision) -> bool:
    """Tell whether the vendor's text says what ours would have to.

    It asks for all that is open, announces collection where the step does, and takes a fee only where it is agreed and not taken yet.
    """
    if decision.asks is not None and decision.asks != facts.invoice.open:
        return False
    if decision.announces_collection and not says.announces_collection:
        return False
    fee_taken = any(letter.fee for letter in facts.sent)
    return not says.fee or (facts.reminder_fee_agreed and not fee_taken and says.fee.currency == facts.invoice.currency)


def _failed_before(run: Run, facts: Facts) -> bool:
    """Tell whether a reminder was asked for that never became a letter: asking again could bring the vendor's next level."""
    query = (
        select(intents.c.id, intents.c.kind, intents.c.state, intents.c.context)
        .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
        .where(intents.c.tenant == run.tenant.id, intent_subjects.c.subject == invoice_subject(facts.invoice.source_ref))
        .where(intents.c.kind.in_(("print_reminder", "send_letter")))
    )
    with run.database.read() as connection:
        rows = connection.execute(query).all()
    asked = {row.id for row in rows if row.kind == "print_reminder" and row.state in (IntentState.CONFIRMED, IntentState.REFUSED)}
    went = [row for row in rows if row.kind == "send_letter" and row.state in (*OPEN_INTENT, IntentState.CONFIRMED)]
    return bool(asked - {json.loads(row.context).get("printed_by") for row in went})


def _plan_print(run: Run, says: VendorReminder, facts: Facts, decision: Decision) -> None:
    invoice, company, debtor = facts.invoice, run.tenant.company, facts.debtor
    assert company is not None and debtor is not None and decision.action is not None, "details were read before deciding"
    pdfs = read_pdfs(run, [invoice])
    if pdfs is None:
        return
    cover = run.ports.letters.render_cover(creditor=creditor_party(company), debtor=debtor_party(debtor), invoice_no=invoice.number)
    pay_by = next_bank_day(run.tenant.country, run.today + timedelta(days=says.pay_within_days))
    by_mail = goes_by_mail(run, debtor, by_post=decision.by_post)
    fee = says.fee or Money.zero(invoice.currency)
    now = run.now()
    with run.database.write() as connection:
        (stored,) = keep_invoices(run, connection, [invoice], pdfs)
        letter = SendLetter(
            letter_kind="reminder", channel="email" if by_mail else "print", recipient=debtor.email if by_mail else debtor.name,
            subject=cover.subject, text=cover.text, html=cover.html, document_ids=(stored.document_id,), covers=(invoice.source_ref,),
            fee=fee, pay_by=pay_by, announces_collection=says.announces_collection,
        )  # fmt: skip
        context = {
            "action": str(decision.action), "pay_by": pay_by.isoformat(), "announces_collection": says.announces_collection,
            "fee": fee.text(), "currency": fee.currency, "policy_version": run.policy_version, "channel": letter.channel,
            "open": {invoice.source_ref: invoice.open.text()}, "asks": asks_of([(facts, decision)]),
            "documents": list(letter.document_ids), "reasons": reasons_of([(facts, decision)]),
            "digests": [decision.digest] if decision.digest else [], "fee_booked": bool(fee) and says.fee_booked,
        }  # fmt: skip
        run.journal.plan(
            connection,
            Plan(
                write=PrintReminder(invoice.source_ref, letter, cover.name, says.pay_within_days),
                subjects=(invoice_subject(invoice.source_ref),), channel="books", cause=f"policy {run.policy_version}",
                invoice_ref=invoice.source_ref, context=context, again_because=again_because(run, connection, "print_reminder", [invoice_subject(invoice.source_ref)]),
            ),
            now, run.today,
        )  # fmt: skip
        point("plan.before_commit")
    point("plan.after_commit")
