"""What a confirmed, refused or cancelled intent causes: written in the transaction that records it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from core.claim import Allocation, Component, Lifecycle
from core.engine import addresses, charges, settle
from core.engine.context import Run
from core.engine.letters import again_because
from core.engine.principal import owed_on
from core.errors import RejectedError
from core.ids import stable_id
from core.law import next_bank_day
from core.ledger import Entry, LedgerAccount, balance, handover, moved, too_much, written_off
from core.money import Money
from core.policy.facts import Hold, HoldKind
from core.states import ClaimEvent, IntentState
from core.store import books, claims, feed, people, tenants
from core.store.claims import Claim
from core.store.journal import Intent, Plan
from core.store.keeping import add_document
from core.writes import (
    LOCKED_PERIOD,
    MAIL_UNSENDABLE,
    NOT_LANDED,
    RECIPIENT_REFUSED,
    AdjustClaim,
    AdjustmentKind,
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    PrintReminder,
    Receipt,
    SendLetter,
    SendNote,
    SubmitClaim,
    UploadDocument,
)

__all__ = [
    "bookkeeping_of",
    "cancelled",
    "confirmed",
    "not_landed",
    "print_instead",
    "refused",
    "tell_booked",
    "tell_entered",
    "unsendable",
]

Effect = Callable[[Run, Connection, Intent, Receipt], None]
"""What is written in the transaction that records a receipt."""


def confirmed(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Record that an intent landed, and everything it causes."""
    run.journal.confirm(connection, intent, receipt, run.now())
    people.resolve_task(connection, run.tenant.id, "uncertain", intent.id, "settled by a look-up", run.now())
    people.resolve_task(connection, run.tenant.id, "way_out", intent.channel, "it works again", run.now())
    people.resolve_task(connection, run.tenant.id, f"unsendable_{intent.kind}", intent.subjects[0], "done now", run.now())
    if not isinstance(intent.write, PrintReminder):  # the letter that follows it rests on the same yes
        people.take_back(connection, run.tenant.id, intent.context.get("digests", ()), run.now())
    effect = _effect(intent)
    if effect:
        effect(run, connection, intent, receipt)


def refused(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> None:
    """Record that the remote refused an intent, and give it to a person."""
    run.journal.refuse(connection, intent, f"{error.code}: {error.reason}", run.now())
    run.summary.refused += 1
    returned = _mail_refused(run, connection, intent, error)
    if isinstance(intent.write, SubmitClaim):
        _drop_claim(run, connection, intent, ClaimEvent.REJECT)
    if error.code != LOCKED_PERIOD and not returned:
        why = (error.reason or error.code).rstrip(".")
        text = f"{intent.kind} for {about(run, connection, intent.subjects)} was refused: {why}."
        if charges.is_charge(intent):
            text = charges.refusal(run, intent, why)
        people.add_task(connection, run.tenant.id, f"refused_{intent.kind}", intent.id, text, run.now(), {"about": intent.subjects[0]})
    elif isinstance(intent.write, BookPayment | BookVoucher) and intent.ordinal > 1:
        _tell_unseen_lock(run, connection, intent, error)
    elif isinstance(intent.write, BookkeepPayment):
        number = books.number_of(connection, run.tenant.id, intent.write.invoice_ref)
        text = (
            f"Payment {intent.write.payment_ref} on invoice {number} was entered, and its period was locked before it was "
            f"booked. Open the period, or delete the payment in the accounting system: then it is entered for the first open day."
        )
        people.add_task(connection, run.tenant.id, "entered_locked", intent.subjects[0], text, run.now())


def about(run: Run, connection: Connection, subjects: Iterable[str]) -> str:
    """Name what a write is about for a person: by invoices' numbers, where the books have ids of another kind."""
    parts = (subject.rpartition(":") for subject in subjects)
    return ", ".join(f"{before}{colon}{books.number_of(connection, run.tenant.id, ref)}" for before, colon, ref in parts)


def _tell_unseen_lock(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> None:
    """Ask a person about a lock that the books don't show: what is planned for a day we think is open is refused each time."""
    assert isinstance(intent.write, BookPayment | BookVoucher), "it is booked on a day"
    on = intent.write.paid_on if isinstance(intent.write, BookPayment) else intent.write.booked_on
    until = books.get_sweep(connection, run.tenant.id).locked_until
    if until is None or on > until:
        text = (
            f"{intent.kind} for {about(run, connection, intent.subjects)} is refused again, since {on} is locked ({error.reason or error.code}), and the "
            f"accounting system shows no lock there. Open that day, or lock the whole period: then it is booked on the first open day."
        )
        people.add_task(connection, run.tenant.id, f"unsendable_{intent.kind}", intent.subjects[0], text, run.now())


def not_landed(run: Run, connection: Connection, intent: Intent) -> None:
    """Record a person's word that an uncertain intent was not done; what is still due is planned again by itself, and a note here."""
    run.journal.refuse(connection, intent, f"{NOT_LANDED}: looked up by hand: it was not done", run.now())
    if isinstance(intent.write, SubmitClaim):
        _drop_claim(run, connection, intent, ClaimEvent.DROP)
    if isinstance(intent.write, SendNote):
        again = Plan(
            write=intent.write, subjects=intent.subjects, channel=intent.channel, cause=intent.id, invoice_ref=intent.invoice_ref,
            context=intent.context, again_because="it was not done",
        )  # fmt: skip
        run.journal.plan(connection, again, run.now(), run.today)


def cancelled(run: Run, connection: Connection, intent: Intent, why: str) -> None:
    """Record that an intent will not go (again), and undo what planning it had begun."""
    assert intent.state in (IntentState.PLANNED, IntentState.UNCERTAIN), "what is under way can't be cancelled"
    run.journal.cancel(connection, intent, why, run.now())
    if isinstance(intent.write, SubmitClaim):
        _drop_claim(run, connection, intent, ClaimEvent.DROP)
    if isinstance(intent.write, SendNote) and intent.write.letter_kind != "thanks":
        kind, invoices = intent.write.letter_kind.replace("_", " "), about(run, connection, intent.write.covers)
        did_not = "may have gone, and does not go again" if intent.attempts else "did not go"
        text = f"The letter ({kind}) about invoice {invoices} {did_not}: {why}. Say it anew if it is still wanted."
        people.add_task(connection, run.tenant.id, "note_unsent", intent.id, text, run.now())


def unsendable(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> None:
    """Record that an intent can't even be rendered; a letter goes by post instead, the rest is planned anew and told to a person."""
    by_mail = isinstance(intent.write, SendLetter | SendNote) and intent.write.channel == "email"
    cancelled(run, connection, intent, f"{MAIL_UNSENDABLE}: {error}" if by_mail else str(error))
    if by_mail:
        _post_instead(run, connection, intent)
        return
    text = f"{intent.kind} for {about(run, connection, intent.subjects)} can't be done: {error.reason or error.code}."
    people.add_task(connection, run.tenant.id, f"unsendable_{intent.kind}", intent.subjects[0], text, run.now())


def _letter_sent(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    if isinstance(intent.write, SendLetter) and intent.channel == "books":
        _know_reminder(run, connection, intent.write.covers[0], receipt)
        _see_fee(run, connection, intent, receipt)
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
        write=letter, subjects=intent.subjects, channel=letter.way, cause=intent.id, invoice_ref=intent.invoice_ref, context=context,
        again_because=again_because(run, connection, letter.kind, intent.subjects),
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)


def _know_reminder(run: Run, connection: Connection, invoice_ref: str, receipt: Receipt) -> None:
    """Make the vendor's count of the reminder we asked for known, if it counted it; a person who saw it there saw it counted."""
    known = books.vendor_baseline(connection, run.tenant.id, invoice_ref) or 0
    if receipt.data.get("reminders", known + 1) == known + 1:
        books.accept_reminders(connection, run.tenant.id, invoice_ref, known + 1)


def _see_fee(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Stop where a fee that was given along was added to what the invoice leaves open: it would be demanded as principal, and once more."""
    assert isinstance(intent.write, SendLetter), "a letter was sent"
    (ref,) = intent.write.covers
    before, says = Money.parse(intent.context["open"][ref], intent.write.fee.currency), run.tenant.vendor_reminder
    after = Money.parse(receipt.data.get("open", before.text()), before.currency)
    if not intent.write.fee_along or after <= before or says is None:
        return
    run.tenant = replace(run.tenant, vendor_reminder=replace(says, fee_along=False, fee_booked=False))
    tenants.change_tenant(connection, run.tenant.id, vendor_reminder=run.tenant.vendor_reminder)
    reason = f"the reminder's fee was added to what is open: {after} instead of {before}"
    hold = Hold(stable_id(intent.id, "fee on invoice"), HoldKind.HOLD, "invoice", reason, run.today)
    people.add_hold(connection, run.tenant.id, hold, ref, run.now())
    number = books.number_of(connection, run.tenant.id, ref)
    text = (
        f"The reminder about invoice {number} added its fee to the invoice: {after} is open, it was {before}. No fee is given along any more. "
        f"Take it off the invoice in the accounting system, then `kravbro claims release {number} --reason WHY`."
    )
    people.add_task(connection, run.tenant.id, "fee_on_invoice", ref, text, run.now())


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
    event = _told(claim, intent.write.change)
    stepped = claims.step_claim(connection, claim, event, now) if event else None
    if stepped:
        feed.refresh_claim(connection, stepped.snapshot, now)
    claims.record_event(connection, claim, f"told_{intent.write.change}", {"reason": intent.write.reason}, now, now)
    run.summary.adjustments_sent += 1
    run.summary.direct_payments_reported += intent.write.change == "direct_payment"


def _told(claim: Claim, change: AdjustmentKind) -> ClaimEvent | None:
    """Return what happens to a claim once its agency is told; after a pause or an answer it goes on where it was."""
    taken_on = bool(claim.agency_case_ref or claim.phase)
    asked = any(question.is_open for question in claim.snapshot.questions)
    match change:
        case "paused":
            return ClaimEvent.PAUSE
        case "withdrawn":
            return ClaimEvent.WITHDRAW
        case "resumed" if asked:
            return ClaimEvent.RESUME_ASKED
        case "resumed":
            return ClaimEvent.RESUME if taken_on else ClaimEvent.RESUME_WAITING
        case "answered" if not asked:
            return ClaimEvent.ANSWER if taken_on else ClaimEvent.ANSWER_WAITING
    return None


def _payment_entered(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Plan the booking of what was entered, unless the agency has taken the payment back meanwhile.

    Where the books book at once what is entered, it is in them all the same: then it is followed there, and a person takes it back.
    """
    assert isinstance(intent.write, BookPayment) and intent.claim_id, "a payment was entered"
    claim = claims.get_claim(connection, intent.claim_id)
    paid = claims.find_payment(connection, claim.agency, intent.context["payment_id"])
    bounced, at_once = paid is not None and bool(paid.reversed_by), receipt.data.get("booked") is True
    if bounced and not at_once:
        tell_entered(run, connection, intent, receipt.remote_ref)
        return
    if bounced:
        tell_booked(run, connection, intent.context["payment_id"])
    booking = bookkeeping_of(intent, receipt.remote_ref)
    run.journal.plan(connection, replace(booking, context={**booking.context, "at_once": at_once}), run.now(), run.today)


def bookkeeping_of(intent: Intent, payment_ref: str) -> Plan:
    """Return the plan that books the payment an intent has entered."""
    assert isinstance(intent.write, BookPayment), "a payment was entered"
    return Plan(
        write=BookkeepPayment(payment_ref, intent.write.invoice_ref, intent.write), subjects=intent.subjects, channel="books", cause=intent.id,
        claim_id=intent.claim_id, invoice_ref=intent.invoice_ref, context=intent.context,
        again_because=intent.context.get("again_because", ""),
    )  # fmt: skip


def tell_entered(run: Run, connection: Connection, intent: Intent, payment_ref: str) -> None:
    """Ask a person to take away a payment that was entered and will not be booked, because it bounced."""
    number = books.number_of(connection, run.tenant.id, _invoice_of(intent))
    text = (
        f"Payment {intent.context['payment_id']} bounced at the agency. It was entered as payment {payment_ref} on invoice "
        f"{number} and not booked: delete it in the accounting system."
    )
    people.add_task(connection, run.tenant.id, "bounced_entered", intent.context["payment_id"], text, run.now())


def tell_booked(run: Run, connection: Connection, payment_id: str) -> None:
    """Ask a person to take back in the books a payment that bounced."""
    text = f"Payment {payment_id} bounced at the agency. It is booked in the accounting system: take it back there by hand."
    people.add_task(connection, run.tenant.id, "bounced", payment_id, text, run.now())


def _payment_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    claim = _post_booked(run, connection, intent, _to_clearing(intent))
    run.touched.add(_invoice_of(intent))
    people.resolve_task(connection, run.tenant.id, "entered_locked", intent.subjects[0], "it is booked", run.now())
    detail = {"payment_id": intent.context["payment_id"], "amount": str(_amount(intent)), "invoice": intent.invoice_ref}
    claims.record_event(connection, claim, "payment_booked", detail, run.now(), run.now())
    run.summary.payments_booked += 1


def _loss_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Take what was written off from what the debtor owes; a person's question what to do with it is answered."""
    lost = _amount(intent, "written_off")
    claim = _post_booked(run, connection, intent, written_off(lost, _received_on(intent), _invoice_of(intent)))
    run.touched.add(_invoice_of(intent))
    owed = owed_on(connection, claim)
    for kind in ("loss_proposed", "left_unpaid") if owed.minor <= 0 else ():
        people.resolve_task(connection, run.tenant.id, kind, claim.id, intent.context["reason"], run.now())


def _post_booked(run: Run, connection: Connection, intent: Intent, entries: Sequence[Entry]) -> Claim:
    """Post what a booking on an invoice moves in the ledger of its claim."""
    assert intent.claim_id, "it is booked for a claim"
    claim = claims.get_claim(connection, intent.claim_id)
    claims.post(connection, claim, stable_id("booked", intent.id), intent.id, entries, run.now())
    return claim


def _to_clearing(intent: Intent) -> list[Entry]:
    """Return the entries of an agency's payment that is in the books now."""
    part = Allocation(Component.PRINCIPAL, _amount(intent), "creditor", _invoice_of(intent))
    return moved(LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING, part, _received_on(intent), "booked")


def _invoice_of(intent: Intent) -> str:
    assert intent.invoice_ref, "it is booked on an invoice"
    return intent.invoice_ref


def _amount(intent: Intent, name: str = "amount") -> Money:
    return Money.parse(intent.context[name], intent.context["currency"])


def _received_on(intent: Intent) -> date:
    return date.fromisoformat(intent.context["received_on"])


def _voucher_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    assert isinstance(intent.write, BookVoucher), "a voucher was booked"
    run.summary.vouchers_booked += 1
    run.summary.fees_booked += int(intent.context.get("fee_rows", 0))
    if charges.is_charge(intent):
        charges.booked(run, connection, intent)
    settle.settle_claims(run, connection, intent.id, intent.context["settles"], intent.context["currency"], intent.write.event_on)
    document = intent.context.get("document")
    if document and run.can("books", "upload_document"):
        _plan_next(run, connection, intent, UploadDocument(**document), {"voucher_ref": receipt.remote_ref})
    elif document and run.can("books", "attach_document"):
        # Books without an inbox take the document with its voucher, from our own store.
        _plan_next(run, connection, intent, AttachDocument(document["document_id"], receipt.remote_ref), {})


def _advance_booked(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    """Post what was paid beyond the invoice: it is at the agency like the rest, and the debtor's own, no payment of the claim."""
    run.summary.vouchers_booked += 1
    amount = _amount(intent)
    own = too_much(amount, _received_on(intent), _invoice_of(intent))
    claim = _post_booked(run, connection, intent, [*_to_clearing(intent), *own])
    payment_id = intent.context["payment_id"]
    claims.record_event(connection, claim, "advance_booked", {"payment_id": payment_id, "amount": str(amount)}, run.now(), run.now())
    lost = balance(claims.list_entries(connection, claim_id=claim.id), LedgerAccount.WRITTEN_OFF, amount.currency, Component.PRINCIPAL)
    todo = (
        f"{lost} was written off on the claim: have the accountant book it as recovered, with its VAT (BAS 3950), before anything is paid back."
        if lost
        else "Pay it back."
    )
    number = books.number_of(connection, run.tenant.id, _invoice_of(intent))
    text = (
        f"Payment {payment_id} at the agency was {amount} more than was open on invoice {number}; that is booked as an advance "
        f"from the customer. {todo}"
    )
    people.add_task(connection, run.tenant.id, "refund", f"{payment_id}:{intent.invoice_ref}", text, run.now())


def _document_uploaded(run: Run, connection: Connection, intent: Intent, receipt: Receipt) -> None:
    if run.can("books", "attach_document"):
        _plan_next(run, connection, intent, AttachDocument(receipt.remote_ref, intent.context["voucher_ref"]), {})


def _plan_next(run: Run, connection: Connection, intent: Intent, write: Any, more: dict[str, Any]) -> None:
    plan = Plan(write=write, subjects=intent.subjects, channel="books", cause=intent.id, context={**intent.context, **more})
    run.journal.plan(connection, plan, run.now(), run.today)


def _mail_refused(run: Run, connection: Connection, intent: Intent, error: RejectedError) -> bool:
    """Let a letter whose mail was refused go by post; tell whether it is the address that its server does not take mail for."""
    if not isinstance(intent.write, SendLetter | SendNote) or intent.write.channel != "email":
        return False
    _post_instead(run, connection, intent)
    why = f"the mail server refuses it: {error.code}"
    return error.reason == RECIPIENT_REFUSED and addresses.came_back(run, connection, intent, why, by_post=True)


def _post_instead(run: Run, connection: Connection, intent: Intent) -> None:
    """Let a letter go by post: a note as it is; a step's letter is written anew by the next run, with the days that post wants."""
    if isinstance(intent.write, SendNote):
        print_instead(run, connection, intent, "its mail was refused")


def print_instead(run: Run, connection: Connection, intent: Intent, why: str) -> None:
    """Send a note by post that could not go by mail."""
    assert isinstance(intent.write, SendNote), "a step's letter is written anew"
    write = replace(intent.write, channel="print", recipient=_debtor_name(run, connection, intent))
    plan = Plan(
        write=write, subjects=intent.subjects, channel=write.way, cause=intent.id, invoice_ref=intent.invoice_ref,
        context=intent.context | {"channel": "print"}, again_because=why,
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)


def _debtor_name(run: Run, connection: Connection, intent: Intent) -> str:
    assert isinstance(intent.write, SendNote), "a note covers invoices"
    invoice = books.find_invoice(connection, run.tenant.id, intent.write.covers[0])
    assert invoice is not None, "a letter is planned for an invoice that was read"
    return invoice.debtor_name


def _drop_claim(run: Run, connection: Connection, intent: Intent, event: ClaimEvent) -> None:
    assert intent.claim_id, "a handover belongs to a claim"
    claim = claims.get_claim(connection, intent.claim_id)
    if claim.lifecycle in (Lifecycle.DRAFT, Lifecycle.QUEUED):
        claims.step_claim(connection, claim, event, run.now())
        claims.record_event(connection, claim, "not_sent", {}, run.now(), run.now())


def _effect(intent: Intent) -> Effect | None:
    """Return what a confirmed intent causes: a loss is booked like a payment, an advance like a settlement's voucher."""
    if intent.kind == "bookkeep_payment" and "written_off" in intent.context:
        return _loss_booked
    if intent.kind == "book_voucher" and "payment_id" in intent.context:
        return _advance_booked
    return _CONFIRMED.get(intent.kind)


_CONFIRMED: Final[dict[str, Effect]] = {
    "print_reminder": _reminder_printed,
    "send_letter": _letter_sent,
    "send_note": _letter_sent,
    "submit_claim": _claim_submitted,
    "adjust_claim": _claim_adjusted,
    "book_payment": _payment_entered,
    "bookkeep_payment": _payment_booked,
    "book_voucher": _voucher_booked,
    "upload_document": _document_uploaded,
}
