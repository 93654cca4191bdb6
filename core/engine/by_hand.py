"""What people did in the books with money that came through an agency, followed in the ledger before anything is concluded from it.

- A bounced payment was taken out: its invoice has that much more open.
- A payment the agency reported was booked by a person, the one we had entered or one of their own on our mode or account: it is in the
  books, so it is booked no more by us, and no agency is told of a direct payment or a credit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from core.claim import Allocation, Component
from core.engine import outcomes
from core.engine.context import Run
from core.engine.facts import payment_subject
from core.engine.paid import find_strange, standing_payments
from core.engine.principal import (
    BY_HAND,
    advanced,
    booked_on_invoices,
    by_hand_posting,
    expected_open,
    principal_parts,
    taken_back_posting,
)
from core.engine.reading import read_payments
from core.ledger import LedgerAccount, moved
from core.model import Payment, Problem
from core.money import Money
from core.states import IntentState
from core.store import books, claims, people
from core.store.claims import StoredPayment
from core.store.journal import Intent, OwnPayment

__all__ = ["Waiting", "go", "list_bounced", "list_waiting"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a payment at an agency pays of an invoice, and no booking of it is known."""

    paid: StoredPayment
    invoice_ref: str
    amount: Money

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return payment_subject(self.paid.agency, self.paid.payment.payment_id, self.invoice_ref)


def go(run: Run) -> None:
    """Follow what people did."""
    _see_taken_back(run)
    by_invoice: dict[str, list[Waiting]] = {}
    ours = _booked_at_once(run)
    for part in list_waiting(run):
        if part.subject not in ours and _is_missing(run, part):
            by_invoice.setdefault(part.invoice_ref, []).append(part)
    for invoice_ref, parts in by_invoice.items():
        _see_booked(run, invoice_ref, parts)


def list_waiting(run: Run) -> list[Waiting]:
    """Return the principal that agencies reported and that is in no book yet, as far as we know; never what bounced."""
    with run.database.read() as connection:
        payments = claims.payments_by_claim(connection, run.tenant.id)
        known = {**booked_on_invoices(run, connection, payments), **advanced(run, connection)}
    parts = [
        Waiting(paid, invoice_ref, amount)
        for paid in (one for own in payments.values() for one in own if not one.payment.reverses and not one.reversed_by)
        for invoice_ref, amount in principal_parts(paid).items()
    ]
    return [part for part in parts if part.subject not in known]


def list_bounced(run: Run, connection: Connection) -> frozenset[str]:
    """Return the invoices on which a payment that bounced at the agency still stands in the books."""
    payments = claims.payments_by_claim(connection, run.tenant.id)
    booked, posted = booked_on_invoices(run, connection, payments), claims.posted_ids(connection, run.tenant.id)
    return frozenset(
        invoice_ref
        for paid in (one for own in payments.values() for one in own if one.reversed_by)
        for invoice_ref in principal_parts(paid)
        if payment_subject(paid.agency, paid.payment.payment_id, invoice_ref) in booked
        and taken_back_posting(paid, invoice_ref) not in posted
    )


def _booked_at_once(run: Run) -> frozenset[str]:
    """Return the payments that the books booked as we entered them, and whose booking `book` is about to read: nobody booked them by hand."""
    with run.database.read() as connection:
        latest = run.journal.latest_by_subject(connection, "bookkeep_payment")
    return frozenset(subject for subject, one in latest.items() if one.state == IntentState.PLANNED and one.context.get("at_once"))


def _is_missing(run: Run, part: Waiting) -> bool:
    """Tell whether less is open on the invoice than the ledger of the payment's claim makes it."""
    with run.database.read() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, part.invoice_ref)
        entries = claims.list_entries(connection, claim_id=part.paid.claim_id)
    return invoice is not None and invoice.open < expected_open(entries, part.invoice_ref, part.amount.currency)


def _see_booked(run: Run, invoice_ref: str, parts: Iterable[Waiting]) -> None:
    found = read_payments(run, invoice_ref)
    if isinstance(found, Problem):
        return
    booked = standing_payments(found)
    with run.database.read() as connection:
        own = run.journal.own_payments(connection, invoice_ref)
        strange = find_strange(run, connection, invoice_ref, booked)
        number = books.number_of(connection, run.tenant.id, invoice_ref)
    left = [part for part in parts if not _take(run, part, _entered_by_us(part, own, booked) or _same(part, strange), strange)]
    if left and len(strange) == 1 and _is_paid_up(run, invoice_ref):  # less than was paid explains a payment only where no more was open
        left = [part for part in left if not _take(run, part, _less(part, strange), strange)]
    for payment in strange:
        text = (
            f"Payment {payment.source_ref} ({payment.amount}) on invoice {number} is booked on our account "
            f"{run.tenant.books_setup.clearing}, and no payment the agency reported explains it. Correct it in the accounting system, or ask "
            f"the agency; if the debtor paid it to you, say `kravbro claims resolve {payment.source_ref} --tenant {run.tenant.id} "
            f"--from-debtor WHY`."
        )
        with run.database.write() as connection:
            people.add_task(connection, run.tenant.id, "booked_by_hand", payment.source_ref, text, run.now(), {"invoice": invoice_ref})


def _entered_by_us(part: Waiting, own: Iterable[OwnPayment], booked: Iterable[Payment]) -> Payment | None:
    refs = {one.ref for one in own if one.subject == part.subject}
    return next((payment for payment in booked if payment.source_ref in refs), None)


def _take(run: Run, part: Waiting, payment: Payment | None, strange: list[Payment]) -> bool:
    """Follow the booking of a payment by one in the books, which then explains no other."""
    if payment is None or not _follow_booked(run, part, payment):
        return False
    if payment in strange:
        strange.remove(payment)
    return True


def _same(part: Waiting, strange: list[Payment]) -> Payment | None:
    return next((payment for payment in strange if payment.amount == part.amount), None)


def _less(part: Waiting, strange: list[Payment]) -> Payment | None:
    return next((one for one in strange if one.amount.currency == part.amount.currency and one.amount < part.amount), None)


def _is_paid_up(run: Run, invoice_ref: str) -> bool:
    with run.database.read() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, invoice_ref)
    return invoice is not None and invoice.open.minor <= 0


def _follow_booked(run: Run, part: Waiting, payment: Payment) -> bool:
    """Post that a payment is in the books, and book it no more; one whose booking is under way is settled by a look-up instead."""
    with run.database.write() as connection:
        latest = [run.journal.latest(connection, kind, part.subject) for kind in ("book_payment", "bookkeep_payment")]
        if any(one is not None and one.state in (IntentState.SENDING, IntentState.UNCERTAIN) for one in latest):
            return False
        for one in latest:
            if one is None:
                continue
            if one.state == IntentState.PLANNED:
                outcomes.cancelled(run, connection, one, f"a person booked it as payment {payment.source_ref}")
            people.resolve_task(connection, run.tenant.id, f"refused_{one.kind}", one.id, "booked by hand", run.now())
        people.resolve_task(connection, run.tenant.id, "entered_locked", part.subject, "booked by hand", run.now())
        _tell_left_entered(run, connection, part, payment, latest[0])
        claim = claims.get_claim(connection, part.paid.claim_id)
        share = Allocation(Component.PRINCIPAL, payment.amount, "creditor", part.invoice_ref)
        entries = moved(LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING, share, payment.paid_on, BY_HAND)
        claims.post(connection, claim, by_hand_posting(part.paid, part.invoice_ref), payment.source_ref, entries, run.now())
        detail = {"payment_id": part.paid.payment.payment_id, "amount": str(payment.amount), "payment": payment.source_ref}
        claims.record_event(connection, claim, "payment_booked_by_hand", detail, run.now(), run.now())
    return True


def _tell_left_entered(run: Run, connection: Connection, part: Waiting, payment: Payment, entered: Intent | None) -> None:
    """Ask a person to delete what we had entered for a payment that they booked by another: booked too, it would be in the books twice."""
    if entered is None or entered.state != IntentState.CONFIRMED or entered.remote_ref == payment.source_ref:
        return
    number = books.number_of(connection, run.tenant.id, part.invoice_ref)
    text = (
        f"Payment {part.paid.payment.payment_id} was entered by us as payment {entered.remote_ref} on invoice {number} and not booked; "
        f"a person booked it as payment {payment.source_ref}. Delete payment {entered.remote_ref} in the accounting system, and book it never."
    )
    people.add_task(connection, run.tenant.id, "left_entered", entered.remote_ref or entered.id, text, run.now())


def _see_taken_back(run: Run) -> None:
    """Follow in the ledger where a person has taken a bounced payment out of the books: it is gone, or its invoice has that much more open."""
    with run.database.read() as connection:
        payments = claims.payments_by_claim(connection, run.tenant.id)
        bounced = [paid for own in payments.values() for paid in own if paid.reversed_by]
        if not bounced:
            return
        posted = claims.posted_ids(connection, run.tenant.id)
        booked = booked_on_invoices(run, connection, payments)
    for paid in bounced:
        for invoice_ref in principal_parts(paid):
            amount = booked.get(payment_subject(paid.agency, paid.payment.payment_id, invoice_ref))
            if amount is not None and taken_back_posting(paid, invoice_ref) not in posted:
                _follow_taken_back(run, paid, invoice_ref, amount, gone=_is_gone(run, paid, invoice_ref))


def _is_gone(run: Run, paid: StoredPayment, invoice_ref: str) -> bool:
    """Tell whether what booked a payment stands in the books no more: what is open may be as before, if something else was paid since."""
    subject = payment_subject(paid.agency, paid.payment.payment_id, invoice_ref)
    with run.database.read() as connection:
        refs = {one.ref for one in run.journal.own_payments(connection, invoice_ref) if one.subject == subject and one.booked}
        by_hand = by_hand_posting(paid, invoice_ref)
        refs |= {one.cause for one in claims.list_posted(connection, run.tenant.id, BY_HAND) if one.posting == by_hand}
    found = read_payments(run, invoice_ref)
    return bool(refs) and not isinstance(found, Problem) and refs.isdisjoint(one.source_ref for one in standing_payments(found))


def _follow_taken_back(run: Run, paid: StoredPayment, invoice_ref: str, amount: Money, *, gone: bool) -> None:
    with run.database.write() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, invoice_ref)
        entries = claims.list_entries(connection, claim_id=paid.claim_id)
        if invoice is None or not (gone or invoice.open - expected_open(entries, invoice_ref, amount.currency) >= amount):
            return
        claim = claims.get_claim(connection, paid.claim_id)
        part = Allocation(Component.PRINCIPAL, amount, "creditor", invoice_ref)
        back = moved(LedgerAccount.CLEARING, LedgerAccount.IN_TRANSIT, part, run.today, "taken_back")
        claims.post(connection, claim, taken_back_posting(paid, invoice_ref), paid.payment.payment_id, back, run.now())
        detail = {"payment_id": paid.payment.payment_id, "amount": str(amount), "invoice": invoice_ref}
        claims.record_event(connection, claim, "payment_taken_back", detail, run.now(), run.now())
        people.resolve_task(connection, run.tenant.id, "bounced", paid.payment.payment_id, "taken back in the books", run.now())
