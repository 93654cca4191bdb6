"""Booking what came in: payments of principal to the clearing account, settlements as one voucher, marks on invoices.

Planning is derived: whatever the agency reported and no open or confirmed intent books yet is planned. What is to be planned is
found by reading alone; the writing transactions that follow are short (design: at most 500 rows or 50 ms).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from core.claim import Lifecycle, Settled
from core.engine import by_hand, charges, deliver, outcomes, settle, sweep
from core.engine.by_hand import Waiting
from core.engine.context import Run
from core.engine.facts import booking_open, invoice_subject
from core.engine.principal import advanced, booked_on_invoices, expected_open, principal_parts
from core.engine.reading import number_of, read_invoice, read_payments
from core.engine.words import BookWords, words_of
from core.errors import ConfigError, RejectedError
from core.model import Problem
from core.money import Money
from core.states import OPEN_INTENT, IntentState
from core.store import books, claims, people
from core.store.claims import Claim, StoredPayment
from core.store.journal import Intent, Latest, Plan
from core.writes import LOCKED_PERIOD, NOT_LANDED, BookPayment, BookVoucher, CreatePaymentMode, MarkInvoice, VoucherRow

__all__ = ["go"]

VOUCHERS: Final = frozenset({"book_voucher"})
PAYMENTS: Final = frozenset({"book_payment", "bookkeep_payment"})
OTHERS: Final = frozenset({"book_voucher", "upload_document", "attach_document", "mark_invoice"})
BATCH: Final = 100
"""Intents planned in one writing transaction; each is some three rows."""


def go(run: Run) -> None:
    """Plan and deliver every booking."""
    if not run.tenant.books_confirmed:
        _ask_to_confirm(run)
        return
    _book_payments(run)
    _plan_advances(run)
    charges.go(run)
    _deliver(run, VOUCHERS)  # a settlement takes from the receivable only what is there
    _plan_settlements(run)
    if run.can("books", "mark_invoice"):
        _plan_marks(run)
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
    _write_plans(run, [plan for part in due if (plan := planner.plan(part)) is not None])


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
        if _is_known(entered):
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
        if entered.state != IntentState.CONFIRMED or booked is None or _is_known(booked):
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
        if booked is None and (_is_known(self._entered.get(part.subject)) or self._bookable(part) != Money.zero(part.amount.currency)):
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
        under_way = _payments_under_way(run, connection)
    planner, plans = _Planner(run), []
    for paid in (
        one for own in payments.values() for one in own if _is_time(run, one) and not one.payment.reverses and not one.reversed_by
    ):
        for invoice_ref, amount in principal_parts(paid).items():
            part = Waiting(paid, invoice_ref, amount)
            if _is_known(known.get(part.subject)) or part.subject in under_way:
                continue
            plan = planner.advance(part, booked.get(part.subject))
            plans += [plan] if plan else []
    _write_plans(run, plans)


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


def _plan_settlements(run: Run) -> None:
    """Plan the voucher of each settlement whose payments are in the books; what has nothing to book is settled here at once."""
    with run.database.read() as connection:
        known = run.journal.latest_by_subject(connection, "book_voucher")
        stored = [
            (agency, settled)
            for agency, settled in claims.list_settlements_by_agency(connection, run.tenant.id)
            if not _is_known(known.get(settle.settlement_subject(agency, settled.settlement_id)))
        ]
        posted = claims.posted_ids(connection, run.tenant.id) if stored else frozenset()
        in_books = _in_books(run, connection) if stored else {}
        under_way = _payments_under_way(run, connection)
    for agency, settled in stored:
        with run.database.read() as connection:
            missing = _missing_parts(connection, in_books, agency, settled)
            voucher = None if missing else _render_voucher(run, connection, agency, settled)
        subject = settle.settlement_subject(agency, settled.settlement_id)
        if voucher is None:
            if missing and not any(part.subject in under_way for part in missing):
                _tell_missing(run, settled, missing)
            continue
        done = posted & {settle.posting_of(subject, claim_id) for claim_id in voucher.settles}
        if voucher.write.rows or (voucher.settles and not done):
            _plan_settlement(run, subject, settled, voucher)


def _render_voucher(run: Run, connection: Connection, agency: str, settled: Settled) -> settle.Voucher | None:
    """Return a settlement's voucher; None while it is open what stands on the receivable it takes from."""
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    taken = charges.take(run, connection, paid.values())
    return None if taken is None else settle.render_voucher(run, connection, agency, settled, taken)


def _in_books(run: Run, connection: Connection) -> dict[str, Money]:
    """Return what of each payment's principal is in the books, on its invoice and as an advance together."""
    found = booked_on_invoices(run, connection, claims.payments_by_claim(connection, run.tenant.id))
    for subject, amount in advanced(run, connection).items():
        found[subject] = found.get(subject, Money.zero(amount.currency)) + amount
    return found


def _payments_under_way(run: Run, connection: Connection) -> frozenset[str]:
    return frozenset(
        subject
        for kind in ("book_payment", "bookkeep_payment", "book_voucher")
        for subject, latest in run.journal.latest_by_subject(connection, kind).items()
        if latest.state in OPEN_INTENT
    )


def _missing_parts(connection: Connection, in_books: Mapping[str, Money], agency: str, settled: Settled) -> list[Waiting]:
    """Return what of a settlement's payments is not, or not wholly, in the books: the voucher comes after it. What bounced never will be."""
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    parts = [
        Waiting(one, invoice_ref, amount)
        for one in paid.values()
        if not one.payment.reverses and not one.reversed_by
        for invoice_ref, amount in principal_parts(one).items()
    ]
    return [part for part in parts if in_books.get(part.subject) != part.amount]


def _tell_missing(run: Run, settled: Settled, missing: list[Waiting]) -> None:
    names = ", ".join(f"{part.paid.payment.payment_id} ({part.amount} on invoice {number_of(run, part.invoice_ref)})" for part in missing)
    text = f"Settlement {settled.settlement_id} waits for its voucher: payment {names} is not in the books. Book it, or ask the agency."
    with run.database.write() as connection:
        people.add_task(connection, run.tenant.id, "settlement_unbooked", settled.settlement_id, text, run.now())


def _plan_settlement(run: Run, subject: str, settled: Settled, voucher: settle.Voucher) -> None:
    with run.database.write() as connection:
        people.resolve_task(connection, run.tenant.id, "settlement_unbooked", settled.settlement_id, "its payments are booked", run.now())
        for kind, text in _settlement_tasks(settled, voucher).items():
            people.add_task(connection, run.tenant.id, kind, settled.settlement_id, text, run.now())
        if not voucher.write.rows:
            settle.settle_claims(run, connection, subject, voucher.settles, settled.currency, settled.settled_on)
            return
        context = {
            "settlement_id": settled.settlement_id, "currency": settled.currency, "settles": voucher.settles, "fee_rows": voucher.fee_rows,
            "document": voucher.document, "charges": voucher.charges,
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


def _plan_marks(run: Run) -> None:
    """Plan the marks that say something else than the claims do now; the last state always lands, if need be a run later."""
    with run.database.read() as connection:
        latest = run.journal.latest_by_subject(connection, "mark_invoice")
        wanted = _wanted_marks(claims.list_claims(connection, run.tenant.id), words_of(run.tenant.country))
    plans = [
        Plan(
            write=MarkInvoice(ref, text), subjects=(invoice_subject(ref),), channel="books", cause=claim.id, claim_id=claim.id,
            invoice_ref=ref, context={"text": text}, again_because="the mark says something else now",
        )
        for ref, (claim, text) in wanted.items()
        if not _says(latest.get(invoice_subject(ref)), text)
    ]  # fmt: skip
    _write_plans(run, plans)


def _wanted_marks(found: Iterable[Claim], words: BookWords) -> dict[str, tuple[Claim, str]]:
    """Return what each invoice is to be marked with, by the newest claim that has anything to say."""
    wanted: dict[str, tuple[Claim, str]] = {}
    for claim in found:
        if claim.submitted_at is None:
            continue
        if claim.lifecycle in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
            text = ""
        elif claim.lifecycle == Lifecycle.CLOSED:
            text = f"{words.ended} {claim.agency_case_ref}".strip()
        elif claim.agency_case_ref:
            text = f"{words.at_agency} {claim.agency_case_ref}"
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
