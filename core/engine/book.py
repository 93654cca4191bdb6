"""Booking what came in: payments of principal to the clearing account, settlements as one voucher, marks on invoices.

Planning is derived: whatever the agency reported and no open or confirmed intent books yet is planned. What is to be planned is
found by reading alone; the writing transactions that follow are short (design: at most 500 rows or 50 ms).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection

from core.claim import Allocation, Component, Lifecycle, Settled
from core.engine import deliver, outcomes, settle, sweep
from core.engine.adjust import expected_open
from core.engine.facts import invoice_subject, payment_subject
from core.engine.reading import read_invoice
from core.engine.run import Run
from core.errors import ConfigError, RejectedError
from core.ids import stable_id
from core.ledger import LedgerAccount, moved
from core.model import Problem
from core.money import Money
from core.states import OPEN_INTENT, IntentState
from core.store import books, claims, people
from core.store.claims import Claim, StoredPayment
from core.store.journal import Intent, Latest, Plan
from core.writes import LOCKED_PERIOD, NOT_LANDED, BookPayment, CreatePaymentMode, MarkInvoice

__all__ = ["go", "principal_parts", "taken_back_posting"]

PAYMENTS: Final = frozenset({"book_payment", "bookkeep_payment"})
OTHERS: Final = frozenset({"book_voucher", "upload_document", "attach_document", "mark_invoice"})
BATCH: Final = 100
"""Intents planned in one writing transaction; each is some three rows."""


def go(run: Run) -> None:
    """Plan and deliver every booking."""
    if not run.tenant.books_confirmed:
        _ask_to_confirm(run)
        return
    _see_taken_back(run)
    _plan_payments(run)
    # A payment on a mode that the books don't have would be refused for good.
    _deliver(run, PAYMENTS if _has_mode(run) else PAYMENTS - {"book_payment"})
    _plan_settlements(run)
    if run.can("books", "mark_invoice"):
        _plan_marks(run)
    _deliver(run, OTHERS)
    for source_ref in sorted(run.touched):
        sweep.save(run, [read_invoice(run, source_ref)])  # the audit compares what the books say now


def _deliver(run: Run, kinds: frozenset[str]) -> None:
    deliver.deliver_planned(run, kinds, _check, lambda _run, _connection, _intent: None)


def principal_parts(paid: StoredPayment) -> dict[str, Money]:
    """Return what a payment pays of each invoice's principal, as the books are to have it."""
    found: dict[str, Money] = {}
    for part in paid.payment.allocations:
        if part.component == Component.PRINCIPAL and part.payee == "creditor":
            found[part.invoice_ref] = found.get(part.invoice_ref, Money.zero(part.amount.currency)) + part.amount
    return found


def taken_back_posting(paid: StoredPayment, invoice_ref: str) -> str:
    """Return the id of the posting that follows a person who took a bounced payment out of the books."""
    return stable_id("taken_back", paid.agency, paid.payment.payment_id, invoice_ref)


def _plan_payments(run: Run) -> None:
    with run.database.read() as connection:
        entered = run.journal.latest_by_subject(connection, "book_payment")
        booked = run.journal.latest_by_subject(connection, "bookkeep_payment")
        plans = [
            plan
            for payments in claims.payments_by_claim(connection, run.tenant.id).values()
            for paid in payments
            if _is_time(run, paid)
            for invoice_ref, amount in principal_parts(paid).items()
            if (plan := _plan_payment(run, connection, paid, invoice_ref, amount, entered, booked)) is not None
        ]
    _write_plans(run, plans)


def _is_time(run: Run, paid: StoredPayment) -> bool:
    """Tell whether this tenant's booking mode books the payment now, when it happened or with its settlement; never what bounced."""
    if paid.payment.reverses or paid.reversed_by:
        return False
    return run.tenant.booking_mode == "on_event" or bool(paid.settlement_id)


def _plan_payment(
    run: Run,
    connection: Connection,
    paid: StoredPayment,
    invoice_ref: str,
    amount: Money,
    entered: Mapping[str, Latest],
    booked: Mapping[str, Latest],
) -> Plan | None:
    """Return what is to be done next about a payment: enter it, or book it once more after a person said that it was not."""
    payment = paid.payment
    subject = payment_subject(paid.agency, payment.payment_id, invoice_ref)
    if _is_known(entered.get(subject)):
        if entered[subject].state != IntentState.CONFIRMED or subject not in booked or not booked[subject].refused_for(NOT_LANDED):
            return None
        intent = run.journal.get(connection, entered[subject].id)
        return outcomes.bookkeeping_of(intent, intent.remote_ref or "")
    setup = run.tenant.books_setup
    write = BookPayment(
        invoice_ref, amount, settle.first_open_day(connection, run.tenant.id, payment.received_on), setup.mode, setup.clearing
    )
    context = {
        "payment_id": payment.payment_id, "amount": amount.text(), "currency": amount.currency,
        "received_on": payment.received_on.isoformat(),
    }  # fmt: skip
    return Plan(
        write=write, subjects=(subject,), channel="books", cause=payment.payment_id, claim_id=paid.claim_id, invoice_ref=invoice_ref,
        context=context,
    )  # fmt: skip


def _write_plans(run: Run, plans: list[Plan]) -> None:
    for start in range(0, len(plans), BATCH):
        with run.database.write() as connection:
            for plan in plans[start : start + BATCH]:
                run.journal.plan(connection, plan, run.now(), run.today)


def _is_known(latest: Latest | None) -> bool:
    """Tell whether a booking is open or confirmed, or was refused for good.

    Neither a locked period is for good (it is planned again, for the first open day) nor a person's word that it was not done.
    """
    if latest is None or latest.state == IntentState.CANCELLED:
        return False
    return not latest.refused_for(LOCKED_PERIOD, NOT_LANDED)


def _see_taken_back(run: Run) -> None:
    """Follow in the ledger where a person has taken a bounced payment out of the books: its invoice has that much more open."""
    with run.database.read() as connection:
        bounced = {
            claim_id: [paid for paid in payments if paid.reversed_by]
            for claim_id, payments in claims.payments_by_claim(connection, run.tenant.id).items()
        }
        posted = claims.posted_ids(connection, run.tenant.id) if any(bounced.values()) else frozenset()
        booked = run.journal.latest_by_subject(connection, "bookkeep_payment")
    for paid in (paid for payments in bounced.values() for paid in payments):
        for invoice_ref, amount in principal_parts(paid).items():
            subject = payment_subject(paid.agency, paid.payment.payment_id, invoice_ref)
            in_books = subject in booked and booked[subject].state == IntentState.CONFIRMED
            if in_books and taken_back_posting(paid, invoice_ref) not in posted:
                _follow_taken_back(run, paid, invoice_ref, amount)


def _follow_taken_back(run: Run, paid: StoredPayment, invoice_ref: str, amount: Money) -> None:
    with run.database.write() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, invoice_ref)
        entries = claims.list_entries(connection, claim_id=paid.claim_id)
        if invoice is None or invoice.open - expected_open(entries, invoice_ref, amount.currency) < amount:
            return
        claim = claims.get_claim(connection, paid.claim_id)
        part = Allocation(Component.PRINCIPAL, amount, "creditor", invoice_ref)
        back = moved(LedgerAccount.CLEARING, LedgerAccount.IN_TRANSIT, part, run.today, "taken_back")
        claims.post(connection, claim, taken_back_posting(paid, invoice_ref), paid.payment.payment_id, back, run.now())
        detail = {"payment_id": paid.payment.payment_id, "amount": str(amount), "invoice": invoice_ref}
        claims.record_event(connection, claim, "payment_taken_back", detail, run.now(), run.now())
        people.resolve_task(connection, run.tenant.id, "bounced", paid.payment.payment_id, "taken back in the books", run.now())


def _has_mode(run: Run) -> bool:
    """Tell whether our own mode of payment is in the books, creating it when the first payment waits for it."""
    setup, subject = run.tenant.books_setup, f"mode:{run.tenant.books_setup.mode}"
    with run.database.read() as connection:
        waiting = run.journal.is_planned(connection, "book_payment")
        made = run.journal.is_confirmed(connection, "create_payment_mode", subject)
    if made or not waiting:
        return made
    tied_to = run.ports.onboards.find_payment_mode(setup.mode)
    if tied_to is not None:
        if tied_to.number != setup.clearing:
            raise ConfigError(
                f"mode of payment {setup.mode}",
                f"it is tied to account {tied_to.number}, not {setup.clearing}",
                f"Choose another: `kravbro tenants accounts {run.tenant.id} --set mode=…`.",
            )
        return True
    write = CreatePaymentMode(setup.mode, "Inkasso (Kravbro)", setup.clearing)
    with run.database.write() as connection:
        plan = Plan(write=write, subjects=(subject,), channel="books", cause="first booking")
        run.journal.plan(connection, plan, run.now(), run.today)
    _deliver(run, frozenset({"create_payment_mode"}))
    with run.database.read() as connection:
        return run.journal.is_confirmed(connection, "create_payment_mode", subject)


def _plan_settlements(run: Run) -> None:
    """Plan the voucher of each settlement whose payments are in the books; what has nothing to book is settled here at once."""
    with run.database.read() as connection:
        known = run.journal.latest_by_subject(connection, "book_voucher")
        under_way = frozenset(
            subject
            for kind in ("book_payment", "bookkeep_payment")
            for subject, latest in run.journal.latest_by_subject(connection, kind).items()
            if latest.state in OPEN_INTENT
        )
        waiting = [
            (subject, settled, settle.render_voucher(run, connection, agency, settled))
            for agency, settled in claims.list_settlements_by_agency(connection, run.tenant.id)
            if not _is_known(known.get(subject := settle.settlement_subject(agency, settled.settlement_id)))
            and not _payments_open(connection, under_way, agency, settled)
        ]
        posted = claims.posted_ids(connection, run.tenant.id) if waiting else frozenset()
    for subject, settled, voucher in waiting:
        done = posted & {settle.posting_of(subject, claim_id) for claim_id in voucher.settles}
        if voucher.write.rows or (voucher.settles and not done):
            _plan_settlement(run, subject, settled, voucher)


def _plan_settlement(run: Run, subject: str, settled: Settled, voucher: settle.Voucher) -> None:
    with run.database.write() as connection:
        for kind, text in _settlement_tasks(settled, voucher).items():
            people.add_task(connection, run.tenant.id, kind, settled.settlement_id, text, run.now())
        if not voucher.write.rows:
            settle.settle_claims(run, connection, subject, voucher.settles, settled.currency, settled.settled_on)
            return
        context = {
            "settlement_id": settled.settlement_id, "currency": settled.currency, "settles": voucher.settles, "fee_rows": voucher.fee_rows,
            "document": voucher.document,
        }  # fmt: skip
        plan = Plan(write=voucher.write, subjects=(subject,), channel="books", cause=settled.settlement_id, context=context)
        run.journal.plan(connection, plan, run.now(), run.today)


def _settlement_tasks(settled: Settled, voucher: settle.Voucher) -> dict[str, str]:
    tasks = {"vat": f"Settlement {settled.settlement_id}: {voucher.vat_note}."} if voucher.vat_note else {}
    if voucher.overpaid.minor > 0:
        tasks["refund"] = (
            f"Settlement {settled.settlement_id} pays out {voucher.overpaid} that debtors have paid too much; it is booked as an advance "
            f"from customers. Pay it back."
        )
    return tasks


def _payments_open(connection: Connection, under_way: frozenset[str], agency: str, settled: Settled) -> bool:
    """Tell whether a payment of the settlement is still on its way into the books: the voucher comes after them."""
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    return any(
        payment_subject(agency, payment_id, invoice_ref) in under_way
        for payment_id, one in paid.items()
        for invoice_ref in principal_parts(one)
    )


def _plan_marks(run: Run) -> None:
    """Plan the marks that say something else than the claims do now; the last state always lands, if need be a run later."""
    with run.database.read() as connection:
        latest = run.journal.latest_by_subject(connection, "mark_invoice")
        wanted = _wanted_marks(claims.list_claims(connection, run.tenant.id))
    plans = [
        Plan(
            write=MarkInvoice(ref, text), subjects=(invoice_subject(ref),), channel="books", cause=claim.id, claim_id=claim.id,
            invoice_ref=ref, context={"text": text}, again_because="the mark says something else now",
        )
        for ref, (claim, text) in wanted.items()
        if not _says(latest.get(invoice_subject(ref)), text)
    ]  # fmt: skip
    _write_plans(run, plans)


def _wanted_marks(found: Iterable[Claim]) -> dict[str, tuple[Claim, str]]:
    """Return what each invoice is to be marked with, by the newest claim that has anything to say."""
    wanted: dict[str, tuple[Claim, str]] = {}
    for claim in found:
        if claim.submitted_at is None:
            continue
        if claim.lifecycle in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
            text = ""
        elif claim.lifecycle == Lifecycle.CLOSED:
            text = f"Inkasso avslutat {claim.agency_case_ref}".strip()
        elif claim.agency_case_ref:
            text = f"Inkasso {claim.agency_case_ref}"
        else:
            continue
        wanted |= {line.invoice_ref: (claim, text) for line in claim.snapshot.lines}
    return wanted


def _says(latest: Latest | None, text: str) -> bool:
    """Tell whether an invoice's mark says this, or no mark is there and none is wanted; what was refused for good is not tried again."""
    if not _is_known(latest):
        return latest is None and not text
    assert latest is not None, "what is known is there"
    return latest.context.get("text") == text


def _check(run: Run, intent: Intent) -> str | None:
    """Read the invoice again before a payment is entered on it: it must still have that much open."""
    if not isinstance(intent.write, BookPayment):
        return None
    try:
        invoice = run.ports.reads.get_invoice(intent.write.invoice_ref)
    except RejectedError:
        return None  # the books refuse the payment too, and that is recorded
    if isinstance(invoice, Problem):
        return f"invoice {intent.write.invoice_ref} can't be read: {invoice.message}"
    if invoice.open < intent.write.amount:
        text = (
            f"Invoice {invoice.number} has {invoice.open} open, but the agency received {intent.write.amount} for it "
            f"(payment {intent.context['payment_id']}). Book the rest as an advance from the customer and pay it back, or ask the agency."
        )
        with run.database.write() as connection:
            people.add_task(connection, run.tenant.id, "overpaid", intent.context["payment_id"], text, run.now())
        return "less is open than was paid"
    return None


def _ask_to_confirm(run: Run) -> None:
    text = f"Nothing is booked before the accounts are confirmed: run `kravbro tenants accounts {run.tenant.id}` and look at them."
    with run.database.write() as connection:
        people.add_task(connection, run.tenant.id, "confirm_books", run.tenant.id, text, run.now())
