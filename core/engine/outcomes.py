"""What a confirmed, refused or cancelled intent causes: written in the transaction that records it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from core.claim import Allocation, Component, Lifecycle
from core.engine.run import Run
from core.errors import RejectedError
from core.ids import stable_id
from core.law import next_bank_day
from core.ledger import LedgerAccount, handover, moved
from core.money import Money
from core.states import ClaimEvent, IntentState
from core.store import books, claims, feed, people
from core.store.journal import Intent, Plan
from core.store.keeping import add_document
from core.writes import (
    LOCKED_PERIOD,
    AdjustClaim,
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    PrintReminder,
    Receipt,
    SendLetter,
    SubmitClaim,
    UploadDocument,
)

__all__ = ["cancelled", "confirmed", "refused", "unsendable"]


def confirmed(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Record that an intent landed, and everything it causes."""
    run.journal.confirm(connection, intent, receipt, run.now())
    people.resolve_task(connection, run.tenant.id, "uncertain", intent.id, "settled by a look-up", run.now())
    people.resolve_task(connection, run.tenant.id, "way_out", intent.channel, "it works again", run.now())
    people.resolve_task(connection, run.tenant.id, f"unsendable_{intent.kind}", intent.subjects[0], "done now", run.now())
    effect = _CONFIRMED.get(intent.kind)
    if effect:
        effect(run, connection, intent, receipt)


def refused(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> None:
    """Record that the remote refused an intent, and give it to a person."""
    run.journal.refuse(connection, intent, f"{error.code}: {error.reason}", run.now())
    run.summary.refused += 1
    if isinstance(intent.write, SendLetter) and intent.write.channel == "email":
        _print_instead(run, connection, intent)
    if isinstance(intent.write, SubmitClaim):
        _drop_claim(run, connection, intent, ClaimEvent.REJECT)
    if error.code != LOCKED_PERIOD:
        text = f"{intent.kind} for {', '.join(intent.subjects)} was refused: {error.reason or error.code}."
        people.add_task(connection, run.tenant.id, f"refused_{intent.kind}", intent.id, text, run.now())


def cancelled(run: Run, connection: Connection, intent: Intent, why: str) -> None:
    """Record that a planned intent will not go, and undo what planning it had begun."""
    assert intent.state == IntentState.PLANNED, "only what was not sent can be cancelled"
    run.journal.cancel(connection, intent, why, run.now())
    if isinstance(intent.write, SubmitClaim):
        _drop_claim(run, connection, intent, ClaimEvent.DROP)


def unsendable(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> None:
    """Record that an intent can't even be rendered; a letter goes by post instead, the rest is planned anew and told to a person."""
    cancelled(run, connection, intent, str(error))
    if isinstance(intent.write, SendLetter) and intent.write.channel == "email":
        _print_instead(run, connection, intent)
        return
    text = f"{intent.kind} for {', '.join(intent.subjects)} can't be done: {error.reason or error.code}."
    people.add_task(connection, run.tenant.id, f"unsendable_{intent.kind}", intent.subjects[0], text, run.now())


def _letter_sent(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    run.summary.letters_sent += 1


def _reminder_printed(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Send the vendor's reminder as a letter; where its PDF was lost, a later run sends our own (see `core.engine.vendor_reminders`)."""
    assert isinstance(intent.write, PrintReminder), "a reminder was printed"
    _know_reminder(run, connection, intent.write.invoice_ref, receipt)
    if not receipt.content:
        return
    pdf = add_document(
        connection, run.tenant.id, run.vault, kind="letter", name=intent.write.name, media_type="application/pdf", content=receipt.content,
        now=run.now(),
    )  # fmt: skip
    pay_by = next_bank_day(run.tenant.country, run.today + timedelta(days=intent.write.pay_within_days))
    letter = replace(intent.write.letter, document_ids=(pdf.document_id, *intent.write.letter.document_ids), pay_by=pay_by)
    context = intent.context | {"documents": list(letter.document_ids), "pay_by": pay_by.isoformat(), "printed_by": intent.id}
    plan = Plan(
        write=letter, subjects=intent.subjects, channel="mail", cause=intent.id, invoice_ref=intent.invoice_ref, context=context,
        again_because=intent.context.get("again_because", ""),
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)


def _know_reminder(run: Run, connection: Connection, invoice_ref: str, receipt: Receipt) -> None:
    """Make the vendor's count of the reminder we asked for known, if it counted it; a person who saw it there saw it counted."""
    known = books.vendor_baseline(connection, run.tenant.id, invoice_ref) or 0
    if receipt.data.get("reminders", known + 1) == known + 1:
        books.accept_reminders(connection, run.tenant.id, invoice_ref, known + 1)


def _claim_submitted(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert isinstance(intent.write, SubmitClaim) and intent.claim_id, "a claim was submitted"
    claim = claims.get_claim(connection, intent.claim_id)
    now = run.now()
    stepped = claims.step_claim(connection, claim, ClaimEvent.SUBMIT, now)
    assert stepped is not None, "a queued claim can be submitted"
    entries = handover(intent.write.snapshot, run.today)
    claims.post(connection, stepped, stable_id("handover", intent.id), intent.id, entries, now)
    claims.record_event(connection, stepped, "submitted", {"intent": intent.id}, now, now)
    feed.refresh_claim(connection, stepped.snapshot, now)
    run.summary.claims_handed_over += 1


def _claim_adjusted(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert isinstance(intent.write, AdjustClaim) and intent.claim_id, "a claim was adjusted"
    claim = claims.get_claim(connection, intent.claim_id)
    now = run.now()
    event = {"paused": ClaimEvent.PAUSE, "resumed": ClaimEvent.RESUME, "withdrawn": ClaimEvent.WITHDRAW}.get(intent.write.change)
    stepped = claims.step_claim(connection, claim, event, now) if event else None
    if stepped:
        feed.refresh_claim(connection, stepped.snapshot, now)
    claims.record_event(connection, claim, f"told_{intent.write.change}", {"reason": intent.write.reason}, now, now)
    run.summary.adjustments_sent += 1
    run.summary.direct_payments_reported += intent.write.change == "direct_payment"


def _payment_entered(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert isinstance(intent.write, BookPayment), "a payment was entered"
    run.journal.plan(
        connection,
        Plan(
            write=BookkeepPayment(receipt.remote_ref, intent.write.invoice_ref), subjects=intent.subjects, channel="books", cause=intent.id,
            claim_id=intent.claim_id, invoice_ref=intent.invoice_ref, context=intent.context,
        ),
        run.now(), run.today,
    )  # fmt: skip


def _payment_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert intent.claim_id and intent.invoice_ref, "a payment is on an invoice of a claim"
    claim = claims.get_claim(connection, intent.claim_id)
    amount = Money.parse(intent.context["amount"], intent.context["currency"])
    part = Allocation(Component.PRINCIPAL, amount, "creditor", intent.invoice_ref)
    on = date.fromisoformat(intent.context["received_on"])
    entries = moved(LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING, part, on, "booked")
    claims.post(connection, claim, stable_id("booked", intent.id), intent.id, entries, run.now())
    detail = {"payment_id": intent.context["payment_id"], "amount": str(amount), "invoice": intent.invoice_ref}
    claims.record_event(connection, claim, "payment_booked", detail, run.now(), run.now())
    run.summary.payments_booked += 1
    run.touched.add(intent.invoice_ref)


def _voucher_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert isinstance(intent.write, BookVoucher), "a voucher was booked"
    run.summary.vouchers_booked += 1
    run.summary.fees_booked += int(intent.context.get("fee_rows", 0))
    on = intent.write.event_on
    for claim_id, parts in intent.context["settles"].items():
        claim = claims.get_claim(connection, claim_id)
        entries = [entry for part in parts for entry in _settled(part, intent.context["currency"], on)]
        claims.post(connection, claim, stable_id("settled", intent.id, claim_id), intent.id, entries, run.now())
    document = intent.context.get("document")
    if document and run.can("books", "upload_document"):
        _plan_next(run, connection, intent, UploadDocument(**document), {"voucher_ref": receipt.remote_ref})


def _settled(part: dict[str, Any], currency: str, on: date) -> list[Any]:
    source = LedgerAccount.CLEARING if part["component"] == Component.PRINCIPAL else LedgerAccount.IN_TRANSIT
    allocation = Allocation(Component(part["component"]), Money.parse(part["amount"], currency), "creditor", part["invoice_ref"])
    return moved(source, LedgerAccount.SETTLED, allocation, on, "settled")


def _document_uploaded(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    if run.can("books", "attach_document"):
        _plan_next(run, connection, intent, AttachDocument(receipt.remote_ref, intent.context["voucher_ref"]), {})


def _plan_next(run: Run, connection: Connection, intent: Intent, write: Any, more: dict[str, Any]) -> None:
    plan = Plan(write=write, subjects=intent.subjects, channel="books", cause=intent.id, context={**intent.context, **more})
    run.journal.plan(connection, plan, run.now(), run.today)


def _print_instead(run: Run, connection: Connection, intent: Intent) -> None:
    """Send a letter whose mail was refused by post: a missing notice is worse than a second copy."""
    assert isinstance(intent.write, SendLetter), "a letter was refused"
    write = replace(intent.write, channel="print")
    plan = Plan(
        write=write, subjects=intent.subjects, channel="mail", cause=intent.id, invoice_ref=intent.invoice_ref,
        context=intent.context | {"channel": "print"},
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)


def _drop_claim(run: Run, connection: Connection, intent: Intent, event: ClaimEvent) -> None:
    assert intent.claim_id, "a handover belongs to a claim"
    claim = claims.get_claim(connection, intent.claim_id)
    if claim.lifecycle in (Lifecycle.DRAFT, Lifecycle.QUEUED):
        claims.step_claim(connection, claim, event, run.now())
        claims.record_event(connection, claim, "not_sent", {}, run.now(), run.now())


_CONFIRMED: Final[dict[str, Callable[[Run, Connection, Intent, Receipt], None]]] = {
    "print_reminder": _reminder_printed,
    "send_letter": _letter_sent,
    "submit_claim": _claim_submitted,
    "adjust_claim": _claim_adjusted,
    "book_payment": _payment_entered,
    "bookkeep_payment": _payment_booked,
    "book_voucher": _voucher_booked,
    "upload_document": _document_uploaded,
}
