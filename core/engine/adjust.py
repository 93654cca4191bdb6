"""What an agency must be told about a claim it has: direct payments, credits, disputes, stops and withdrawals.

Everything is derived from the books, the ledger and what people said, so that a missed day heals itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from core.claim import Component, Credit, Lifecycle, PriorPayment
from core.engine import sweep
from core.engine.crash import point
from core.engine.facts import booking_open, holds_of
from core.engine.interest import restate
from core.engine.reading import read_payments
from core.engine.run import Run, agency_channel
from core.ids import stable_id
from core.ledger import Entry, LedgerAccount, balance, direct_payment, reduced
from core.model import Invoice, Payment, Problem
from core.money import Money
from core.policy import Standing, standing
from core.policy.facts import HoldKind
from core.store import books, claims, people
from core.store.claims import Claim
from core.store.journal import Plan
from core.writes import AdjustClaim, AdjustmentKind

__all__ = ["expected_open", "plan"]

TOLD: Final = (Lifecycle.SUBMITTED, Lifecycle.ACCEPTED, Lifecycle.ACTIVE, Lifecycle.PAUSED)
"""Claims whose agency is told what changes."""


def plan(run: Run) -> None:
    """Plan what every active claim needs said."""
    with run.database.read() as connection:
        active = [claim for claim in claims.list_claims(connection, run.tenant.id) if claim.lifecycle in TOLD]
        invoices = books.find_invoices(connection, run.tenant.id, {line.invoice_ref for claim in active for line in claim.snapshot.lines})
        holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
        booked_now = booking_open(connection, run.tenant.id)
        ledger = claims.entries_by_claim(connection, run.tenant.id)
    for claim in active:
        own = {line.invoice_ref: invoices[line.invoice_ref] for line in claim.snapshot.lines if line.invoice_ref in invoices}
        _tell_books(run, claim, {ref: one for ref, one in own.items() if ref not in booked_now}, ledger.get(claim.id, []))
        stands = {ref: standing(one, holds_of(holds, one), run.today, run.tenant.country) for ref, one in own.items() if one.open.minor > 0}
        _tell_people(run, claim, stands)
        _tell_dispute(run, claim, stands)


def expected_open(entries: list[Entry], invoice_ref: str, currency: str) -> Money:
    """Return what the books should show open on an invoice of a claim: what is owed, and what is not booked yet."""
    own = [entry for entry in entries if entry.invoice_ref == invoice_ref]
    owed = balance(own, LedgerAccount.DEBTOR, currency, Component.PRINCIPAL)
    return owed + balance(own, LedgerAccount.IN_TRANSIT, currency, Component.PRINCIPAL)


@dataclass(frozen=True, slots=True)
class _Change:
    direct: tuple[Payment, ...]
    credited: Money


def _tell_books(run: Run, claim: Claim, invoices: Mapping[str, Invoice], entries: list[Entry]) -> None:
    """Report money that reached the creditor directly, and credits, invoice by invoice."""
    for invoice in invoices.values():
        expected = expected_open(entries, invoice.source_ref, claim.snapshot.currency)
        if invoice.open >= expected:
            continue  # more open than expected is the audit's to report
        with run.database.read() as connection:
            ours = run.journal.taken_refs(connection, "book_payment", "")
        paid = read_payments(run, invoice.source_ref)
        if isinstance(paid, Problem):
            sweep.save(run, [paid])  # shown, and tried again tomorrow
            continue
        with run.database.write() as connection:
            current = claims.get_claim(connection, claim.id, locked=True)  # a person may have changed it since
            _report(run, connection, current, invoice, _explain_drop(current, invoice, paid, expected, ours))
            point("plan.before_commit")
        point("plan.after_commit")


def _explain_drop(claim: Claim, invoice: Invoice, paid: Iterable[Payment], expected: Money, ours: frozenset[str]) -> _Change:
    """Tell which payments in the books are the debtor's own and new; what they don't explain is a credit."""
    known = {p.payment_ref for p in (*claim.snapshot.payments, *claim.snapshot.direct_payments) if p.invoice_ref == invoice.source_ref}
    direct = tuple(
        payment
        for payment in paid
        if payment.booked and payment.source != "credit" and payment.amount.minor > 0 and payment.source_ref not in ours | known
    )
    explained = Money.sum((payment.amount for payment in direct), expected.currency)
    return _Change(direct, expected - invoice.open - explained)


def _report(run: Run, connection: Connection, claim: Claim, invoice: Invoice, change: _Change) -> None:
    for payment in change.direct:
        told = PriorPayment(invoice.source_ref, payment.amount, payment.paid_on, payment.source_ref)
        snapshot = replace(claim.snapshot, direct_payments=(*claim.snapshot.direct_payments, told))
        claim = claims.change_claim(connection, claim, snapshot)
        entries = direct_payment(payment.amount, payment.paid_on, invoice.source_ref)
        claims.post(
            connection, claim, stable_id("direct", claim.id, payment.source_ref), f"payment {payment.source_ref}", entries, run.now()
        )
        claim = restate(run, connection, claim, f"payment {payment.source_ref}")
        _plan(run, connection, claim, "direct_payment", f"claim:{claim.id}:direct:{payment.source_ref}", payment=told)
    if change.credited.minor > 0:
        credit = Credit(invoice.source_ref, change.credited, run.today)
        claim = claims.change_claim(connection, claim, replace(claim.snapshot, credits=(*claim.snapshot.credits, credit)))
        entries = reduced(Component.PRINCIPAL, change.credited, run.today, "credited", invoice_ref=invoice.source_ref)
        serial = len(claim.snapshot.credits)
        claims.post(connection, claim, stable_id("credit", claim.id, serial), f"invoice {invoice.source_ref}", entries, run.now())
        claim = restate(run, connection, claim, f"invoice {invoice.source_ref}")
        _plan(run, connection, claim, "updated", f"claim:{claim.id}:credit:{serial}", reason="credited")
    elif change.credited.minor < 0:
        text = (
            f"The books show {-change.credited} more paid on invoice {invoice.number} than was open; check for an overpayment to pay back."
        )
        people.add_task(connection, run.tenant.id, "overpaid", invoice.source_ref, text, run.now())


def _tell_people(run: Run, claim: Claim, stands: Mapping[str, Standing]) -> None:
    """Report a stop by a person, its end, and a withdrawal; a dispute about some invoices alone stops those, not the claim."""
    all_disputed = bool(stands) and not any(one.asks for one in stands.values())
    kinds = [hold.kind for one in stands.values() for hold in one.stops if hold.kind != HoldKind.DISPUTE or all_disputed]
    if claim.snapshot.withdraw_reason:
        _plan_alone(run, claim, "withdrawn", claim.snapshot.withdraw_reason)
    elif kinds and claim.lifecycle in (Lifecycle.SUBMITTED, Lifecycle.ACCEPTED, Lifecycle.ACTIVE):
        _plan_alone(run, claim, "paused", str(kinds[0]))
    elif not kinds and claim.lifecycle == Lifecycle.PAUSED:
        _plan_alone(run, claim, "resumed", "the hold has ended")


def _tell_dispute(run: Run, claim: Claim, stands: Mapping[str, Standing]) -> None:
    """Report what is disputed at the creditor when it changes, and when it ends."""
    disputed = {ref: one.disputed for ref, one in stands.items() if one.disputed}
    if disputed == {line.invoice_ref: line.disputed for line in claim.snapshot.lines if line.disputed}:
        return
    subject = f"claim:{claim.id}:dispute"
    total = Money.sum(disputed.values(), claim.snapshot.currency)
    text = "; ".join(one.dispute_text for one in stands.values() if one.disputed)
    with run.database.write() as connection:
        if run.journal.is_open(connection, "adjust_claim", subject):
            return  # what was said last is still on its way
        claim = claims.get_claim(connection, claim.id, locked=True)
        lines = tuple(replace(line, disputed=disputed.get(line.invoice_ref)) for line in claim.snapshot.lines)
        claim = claims.change_claim(connection, claim, replace(claim.snapshot, lines=lines, disputed=total or None, dispute_text=text))
        claim = restate(run, connection, claim, "dispute")
        _plan(run, connection, claim, "updated", subject, reason="disputed" if total else "the dispute has ended")


def _plan_alone(run: Run, claim: Claim, change: AdjustmentKind, reason: str) -> None:
    with run.database.write() as connection:
        claim = claims.get_claim(connection, claim.id, locked=True)
        _plan(run, connection, claim, change, f"claim:{claim.id}:{change}", reason=reason)


def _plan(
    run: Run,
    connection: Connection,
    claim: Claim,
    change: AdjustmentKind,
    subject: str,
    *,
    reason: str = "",
    payment: PriorPayment | None = None,
) -> None:
    write = AdjustClaim(change, claim.snapshot, payment, reason)
    plan = Plan(
        write=write, subjects=(subject,), channel=agency_channel(claim.agency), cause=reason or change, claim_id=claim.id,
        again_because="" if payment or reason == "credited" else "it changed again",
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)
