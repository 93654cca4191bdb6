"""Booking what came in: payments of principal to the clearing account, settlements as one voucher, marks on invoices.

Planning is derived: whatever the agency reported and no open or confirmed intent books yet is planned. What is to be planned is
found by reading alone; the writing transactions that follow are short (design: at most 500 rows or 50 ms).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.engine import by_hand, charges, deliver, outcomes, sweep
from core.engine.by_hand import Waiting
from core.engine.context import Run
from core.engine.facts import booking_open
from core.engine.marks import plan_marks
from core.engine.planning import is_known, payments_under_way, write_plans
from core.engine.principal import booked_on_invoices, expected_open, principal_parts
from core.engine.reading import number_of, read_invoice, read_payments
from core.engine.settlements import plan_settlements
from core.engine.words import words_of
from core.errors import ConfigError, RejectedError
from core.model import Problem
from core.money import Money
from core.states import IntentState
from core.store import books, claims, people
from core.store.claims import StoredPayment
from core.store.journal import Intent, Latest, Plan
from core.writes import NOT_LANDED, BookPayment, BookVoucher, CreatePaymentMode, VoucherRow

__all__ = ["go"]

VOUCHERS: Final = frozenset({"book_voucher"})
PAYMENTS: Final = frozenset({"book_payment", "bookkeep_payment"})
OTHERS: Final = frozenset({"book_voucher", "upload_document", "attach_document", "mark_invoice"})


def go(run: Run) -> None:
    """Plan and deliver every booking."""
    if not run.tenant.books_confirmed:
        _ask_to_confirm(run)
        return
    _book_payments(run)
    _plan_advances(run)
    charges.go(run)
    _deliver(run, VOUCHERS)  # a settlement takes from the receivable only what is there
    plan_settlements(run)
    if run.can("books", "mark_invoice"):
        plan_marks(run)
    _deliver(run, OTHERS)
    _read_touched(run)  # the audit compares what the books say now


def _book_payments(run: Run) -> None:
    """Plan and deliver payments as long as any is booked: of several on one invoice each looks at what the one before left open."""
    booked = -1
    while booked != run.summary.payments_booked:
        booked = run.summary.payments_booked
        _plan_payments(run)
        _deliver(run, PAYMENTS)
        _read_touched(run)


def _read_touched(run: Run) -> None:
    for source_ref in sorted(run.touched):
        sweep.save(run, [read_invoice(run, source_ref)])
    run.touched.clear()


def _deliver(run: Run, kinds: frozenset[str]) -> None:
    """Deliver what is planned; what goes by a mode of payment that the books don't have would be refused for good, and waits."""
    setup = run.tenant.books_setup
    by_mode = {"book_payment"} | (VOUCHERS if setup.series == setup.mode else frozenset())
    ready = kinds if not kinds & by_mode or _has_mode(run, by_mode) else kinds - by_mode
    deliver.deliver_planned(run, ready, _check, lambda _run, _connection, _intent: None)


def _plan_payments(run: Run) -> None:
    planner = _Planner(run)
    with run.database.read() as connection:
        newest = {
            line.invoice_ref: one.id
            for one in claims.list_claims(connection, run.tenant.id)
            if one.submitted_at
            for line in one.snapshot.lines
        }
    due = [part for part in by_hand.list_waiting(run) if _is_time(run, part.paid) or newest.get(part.invoice_ref) != part.paid.claim_id]
    write_plans(run, [plan for part in due if (plan := planner.plan(part)) is not None])


def _is_time(run: Run, paid: StoredPayment) -> bool:
    """Tell whether this tenant's booking mode books the payment now: when it happened, or with its settlement.

    What an agency got after its claim was handed over anew is booked at once: by the books the one that has the claim now is told.
    """
    return run.tenant.booking_mode == "on_event" or bool(paid.settlement_id)


class _Planner:
    """Plans payments one after the other; each takes what it books of what is open on its invoice."""

    def __init__(self, run: Run) -> None:
        self._run = run
        with run.database.read() as connection:
            self._entered = run.journal.latest_by_subject(connection, "book_payment")
            self._booked = run.journal.latest_by_subject(connection, "bookkeep_payment")
            self._doubtful = {ref for source, ref, _ in books.list_quarantined(connection, run.tenant.id) if source == "invoices"}
            self._booking_open = booking_open(connection, run.tenant.id)
            self._asked_about = {
                str(task.params["invoice"]) for task in people.list_tasks(connection, run.tenant.id) if task.kind == "booked_by_hand"
            }
            self._locked_until = books.get_sweep(connection, run.tenant.id).locked_until
            self._bounced = by_hand.list_bounced(run, connection)
        self._open: dict[str, Money] = {}

    def plan(self, part: Waiting) -> Plan | None:
        """Return what is to be done next about a payment: enter it, or book what was entered."""
        entered = self._entered.get(part.subject)
        if is_known(entered):
            assert entered is not None, "what is known is there"
            return self._book_entered(part, entered)
        if part.invoice_ref in self._doubtful and not self._read_again(part.invoice_ref):
            return None
        amount = self._bookable(part)
        if amount is None or amount.minor <= 0 or self._is_unexplained(part.invoice_ref):
            return None
        return self._enter(part, amount)

    def _is_unexplained(self, invoice_ref: str) -> bool:
        """Tell whether a person was asked about a payment on our own account: until it is explained it may be this one."""
        return invoice_ref in self._asked_about

    def _book_entered(self, part: Waiting, entered: Latest) -> Plan | None:
        """Book what was entered once more: a person said that it was not, it could not even be sent, or its period is open again."""
        run, booked = self._run, self._booked.get(part.subject)
        if entered.state != IntentState.CONFIRMED or booked is None or is_known(booked):
            return None
        with run.database.read() as connection:
            intent = run.journal.get(connection, entered.id)
        assert isinstance(intent.write, BookPayment), "a payment was entered"
        if booked.refused_for(NOT_LANDED) or self._locked_until is None or intent.write.paid_on > self._locked_until:
            return outcomes.bookkeeping_of(intent, intent.remote_ref or "")
        found = read_payments(run, part.invoice_ref)
        if not isinstance(found, Problem) and intent.remote_ref not in {payment.source_ref for payment in found}:
            return replace(self._enter(part, intent.write.amount), again_because="a person deleted what was entered in a locked period")
        return None  # a person was asked when it was refused

    def _bookable(self, part: Waiting) -> Money | None:
        """Return what of a payment its invoice can take; None where nobody can tell, as something unexplained was paid on it."""
        run = self._run
        with run.database.read() as connection:
            invoice = books.find_invoice(connection, run.tenant.id, part.invoice_ref)
            entries = claims.list_entries(connection, claim_id=part.paid.claim_id)
            claim = claims.get_claim(connection, part.paid.claim_id)
        if invoice is None or part.amount.currency != invoice.currency:
            return part.amount
        left = self._open.get(part.invoice_ref, invoice.open)
        if part.amount > left and part.invoice_ref in self._booking_open:
            return None  # what is under way decides what is open
        if part.amount > left and claim.is_active and invoice.open != expected_open(entries, part.invoice_ref, part.amount.currency):
            return None
        amount = min(part.amount, max(left, Money.zero(left.currency)))
        self._open[part.invoice_ref] = left - amount
        return amount

    def advance(self, part: Waiting, booked: Money | None) -> Plan | None:
        """Return the voucher of what a payment was too much: what its booking left over, or all of it where nothing is open."""
        if booked is None and (is_known(self._entered.get(part.subject)) or self._bookable(part) != Money.zero(part.amount.currency)):
            return None
        if part.invoice_ref in self._bounced:
            return None  # it pays the invoice once the payment that bounced is out of the books
        rest = part.amount - (booked or Money.zero(part.amount.currency))
        if rest.minor <= 0 or rest.currency != self._run.tenant.currency:
            return None
        setup, payment, zero = self._run.tenant.books_setup, part.paid.payment, Money.zero(rest.currency)
        words = words_of(self._run.tenant.country)
        text = f"{words.overpaid} {words.collection} {payment.payment_id}"
        rows = (VoucherRow(setup.clearing, rest, zero, text), VoucherRow(setup.advance, zero, rest, text))
        with self._run.database.read() as connection:
            booked_on = books.first_open_day(connection, self._run.tenant.id, payment.received_on)
        return Plan(
            write=BookVoucher(setup.series, booked_on, payment.received_on, text, rows), subjects=(part.subject,), channel="books",
            cause=payment.payment_id, claim_id=part.paid.claim_id, invoice_ref=part.invoice_ref, context=_context(part, rest),
        )  # fmt: skip

    def _read_again(self, invoice_ref: str) -> bool:
        """Tell whether an invoice that could not be read can be now: else it is not known what it can take."""
        invoice = read_invoice(self._run, invoice_ref)
        sweep.save(self._run, [invoice])
        if not isinstance(invoice, Problem):
            self._doubtful.discard(invoice_ref)
        return not isinstance(invoice, Problem)

    def _enter(self, part: Waiting, amount: Money) -> Plan:
        run, payment, setup = self._run, part.paid.payment, self._run.tenant.books_setup
        with run.database.read() as connection:
            paid_on = books.first_open_day(connection, run.tenant.id, payment.received_on)
            invoice = books.find_invoice(connection, run.tenant.id, part.invoice_ref)
        known = {"open": invoice.open.text()} if invoice else {}
        return Plan(
            write=BookPayment(part.invoice_ref, amount, paid_on, setup.mode, setup.clearing, event_on=payment.received_on),
            subjects=(part.subject,), channel="books", cause=payment.payment_id, claim_id=part.paid.claim_id,
            invoice_ref=part.invoice_ref, context=_context(part, amount) | known,
        )  # fmt: skip


def _context(part: Waiting, amount: Money) -> dict[str, str]:
    payment = part.paid.payment
    return {
        "payment_id": payment.payment_id, "amount": amount.text(), "currency": amount.currency,
        "received_on": payment.received_on.isoformat(),
    }  # fmt: skip


def _plan_advances(run: Run) -> None:
    """Plan a voucher for what payments were beyond what was open on their invoice: it is the debtor's, who gets it back."""
    with run.database.read() as connection:
        payments = claims.payments_by_claim(connection, run.tenant.id)
        booked = booked_on_invoices(run, connection, payments)
        known = run.journal.latest_by_subject(connection, "book_voucher")
        under_way = payments_under_way(run, connection)
    planner, plans = _Planner(run), []
    for paid in (
        one for own in payments.values() for one in own if _is_time(run, one) and not one.payment.reverses and not one.reversed_by
    ):
        for invoice_ref, amount in principal_parts(paid).items():
            part = Waiting(paid, invoice_ref, amount)
            if is_known(known.get(part.subject)) or part.subject in under_way:
                continue
            plan = planner.advance(part, booked.get(part.subject))
            plans += [plan] if plan else []
    write_plans(run, plans)


def _has_mode(run: Run, by_mode: Iterable[str]) -> bool:
    """Tell whether our own mode of payment is in the books, creating it when the first write that goes by it waits."""
    setup, subject = run.tenant.books_setup, f"mode:{run.tenant.books_setup.mode}"
    with run.database.read() as connection:
        waiting = any(run.journal.is_planned(connection, kind) for kind in by_mode)
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
    write = CreatePaymentMode(setup.mode, f"{words_of(run.tenant.country).at_agency} (Kravbro)", setup.clearing)
    with run.database.write() as connection:
        plan = Plan(write=write, subjects=(subject,), channel="books", cause="first booking")
        run.journal.plan(connection, plan, run.now(), run.today)
    _deliver(run, frozenset({"create_payment_mode"}))
    with run.database.read() as connection:
        return run.journal.is_confirmed(connection, "create_payment_mode", subject)


def _check(run: Run, intent: Intent) -> str | None:
    """Read the invoice again before a payment is entered on it: what is open must be what it was, else the next run looks and plans anew.

    So it does while another payment on it is uncertain: where books show no single payment, only the balance tells whether that one landed.
    """
    if not isinstance(intent.write, BookPayment):
        return None
    with run.database.read() as connection:
        lost = run.journal.list_in(connection, IntentState.UNCERTAIN)
    if any(one.kind == intent.kind and one.invoice_ref == intent.invoice_ref for one in lost):
        return "nobody knows yet whether another payment on the invoice was entered"
    try:
        invoice = run.ports.reads.get_invoice(intent.write.invoice_ref)
    except RejectedError:
        return None  # the books refuse the payment too, and that is recorded
    if isinstance(invoice, Problem):
        return f"invoice {number_of(run, intent.write.invoice_ref)} can't be read: {invoice.message}"
    if intent.write.write_off and invoice.open != intent.write.write_off:
        return "another amount is open than was approved to be written off"
    if intent.write.write_off and any(part.invoice_ref == intent.write.invoice_ref for part in by_hand.list_waiting(run)):
        return "an agency has reported a payment on it since"
    if invoice.open.text() != intent.context.get("open", invoice.open.text()):
        return f"{invoice.open} is open, it was {intent.context['open']} when this was planned: a person may have booked the payment"
    return "less is open than was paid" if invoice.open < intent.write.amount else None


def _ask_to_confirm(run: Run) -> None:
    text = f"Nothing is booked before the accounts are confirmed: run `kravbro tenants accounts {run.tenant.id}` and look at them."
    with run.database.write() as connection:
        people.add_task(connection, run.tenant.id, "confirm_books", run.tenant.id, text, run.now())
