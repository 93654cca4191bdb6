"""Booking what came in: payments of principal to the clearing account, settlements as one voucher, marks on invoices.

Planning is derived: whatever the agency reported and no open or confirmed intent books yet is planned.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from core.claim import Allocation, Component, PaymentReceived
from core.engine import deliver, settle, sweep
from core.engine.reading import read_invoice
from core.engine.run import Run
from core.errors import ConfigError
from core.model import Problem
from core.states import OPEN_INTENT, IntentState
from core.store import claims, people
from core.store.journal import Intent, Plan
from core.store.tables import intent_subjects, intents
from core.writes import LOCKED_PERIOD, BookPayment, CreatePaymentMode

__all__ = ["go"]

KINDS: Final = frozenset({"book_payment", "bookkeep_payment", "book_voucher", "upload_document", "attach_document", "mark_invoice"})


def go(run: Run) -> None:
    """Plan and deliver every booking."""
    if not run.tenant.books_confirmed:
        _ask_to_confirm(run)
        return
    _plan_payments(run)
    _plan_settlements(run)
    # A payment on a mode that the books don't have would be refused for good.
    kinds = KINDS if _has_mode(run) else KINDS - {"book_payment"}
    deliver.deliver_planned(run, kinds, _check, lambda _run, _connection, _intent: None)
    for source_ref in sorted(run.touched):
        sweep.save(run, [read_invoice(run, source_ref)])  # the audit compares what the books say now


def _plan_payments(run: Run) -> None:
    with run.database.write() as connection:
        found = claims.payments_by_claim(connection, run.tenant.id)
        by_id = {claim.id: claim for claim in claims.list_claims(connection, run.tenant.id)} if found else {}
        for claim_id, payments in found.items():
            taken_back = {payment.reverses for payment in payments}
            for payment in payments:
                if payment.reverses or payment.payment_id in taken_back or not _is_time(run, connection, by_id[claim_id].agency, payment):
                    continue
                for part in payment.allocations:
                    if part.component == Component.PRINCIPAL and part.payee == "creditor":
                        _plan_payment(run, connection, by_id[claim_id], payment, part)


def _has_mode(run: Run) -> bool:
    """Tell whether our own mode of payment is in the books, creating it when the first payment waits for it."""
    setup, subject = run.tenant.books_setup, f"mode:{run.tenant.books_setup.mode}"
    with run.database.read() as connection:
        waiting = any(intent.kind == "book_payment" for intent in run.journal.list_in(connection, IntentState.PLANNED))
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
    deliver.deliver_planned(run, frozenset({"create_payment_mode"}), _check, lambda _run, _connection, _intent: None)
    with run.database.read() as connection:
        return run.journal.is_confirmed(connection, "create_payment_mode", subject)


def _is_time(run: Run, connection: Connection, agency: str, payment: PaymentReceived) -> bool:
    """Tell whether this tenant's booking mode books the payment now: when it happened, or with its settlement."""
    return run.tenant.booking_mode == "on_event" or claims.is_settled(connection, agency, payment.payment_id)


def _plan_payment(run: Run, connection: Connection, claim: claims.Claim, payment: PaymentReceived, part: Allocation) -> None:
    subject = f"payment:{claim.agency}:{payment.payment_id}:{part.invoice_ref}"
    if _is_known(connection, run.tenant.id, "book_payment", subject):
        return
    setup = run.tenant.books_setup
    paid_on = settle.first_open_day(connection, run.tenant.id, payment.received_on)
    write = BookPayment(part.invoice_ref, part.amount, paid_on, setup.mode, setup.clearing)
    context = {
        "payment_id": payment.payment_id, "amount": part.amount.text(), "currency": part.amount.currency,
        "received_on": payment.received_on.isoformat(),
    }  # fmt: skip
    plan = Plan(
        write=write, subjects=(subject,), channel="books", cause=payment.payment_id, claim_id=claim.id, invoice_ref=part.invoice_ref,
        context=context,
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)


def _plan_settlements(run: Run) -> None:
    with run.database.write() as connection:
        for agency, settled in claims.list_settlements_by_agency(connection, run.tenant.id):
            subject = f"settlement:{agency}:{settled.settlement_id}"
            if _is_known(connection, run.tenant.id, "book_voucher", subject) or _payments_open(
                connection, run.tenant.id, agency, settled.settlement_id
            ):
                continue
            voucher = settle.render_voucher(run, connection, agency, settled)
            if voucher.vat_note:
                text = f"Settlement {settled.settlement_id}: {voucher.vat_note}."
                people.add_task(connection, run.tenant.id, "vat", settled.settlement_id, text, run.now())
            context = {
                "settlement_id": settled.settlement_id, "currency": settled.currency, "settles": voucher.settles,
                "fee_rows": voucher.fee_rows, "document": voucher.document,
            }  # fmt: skip
            plan = Plan(write=voucher.write, subjects=(subject,), channel="books", cause=settled.settlement_id, context=context)
            run.journal.plan(connection, plan, run.now(), run.today)


def _payments_open(connection: Connection, tenant: str, agency: str, settlement_id: str) -> bool:
    """Tell whether a payment of the settlement is still on its way into the books: the voucher comes after them."""
    for payment_id in claims.payments_of_settlement(connection, agency, settlement_id):
        query = (
            select(intents.c.state)
            .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
            .where(intent_subjects.c.tenant == tenant, intent_subjects.c.subject.like(f"payment:{agency}:{payment_id}:%"))
            .where(intents.c.state.in_(OPEN_INTENT), intents.c.kind.in_(("book_payment", "bookkeep_payment")))
        )
        if connection.execute(query).first():
            return True
    return False


def _is_known(connection: Connection, tenant: str, kind: str, subject: str) -> bool:
    """Tell whether an intent is open or confirmed for the subject, or was refused for good.

    A refusal for a locked period is not for good: the booking is planned again, for the first open day.
    """
    query = (
        select(intents.c.state, intents.c.note)
        .join(intent_subjects, intent_subjects.c.intent_id == intents.c.id)
        .where(intent_subjects.c.tenant == tenant, intent_subjects.c.kind == kind, intent_subjects.c.subject == subject)
    )
    rows = connection.execute(query).all()
    return any(
        row.state in OPEN_INTENT
        or row.state == IntentState.CONFIRMED
        or (row.state == IntentState.REFUSED and not row.note.startswith(LOCKED_PERIOD))
        for row in rows
    )


def _check(run: Run, intent: Intent) -> str | None:
    """Read the invoice again before a payment is entered on it: it must still have that much open."""
    if not isinstance(intent.write, BookPayment):
        return None
    invoice = read_invoice(run, intent.write.invoice_ref)
    if isinstance(invoice, Problem):
        return None
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
