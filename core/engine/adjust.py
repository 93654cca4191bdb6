"""What an agency must be told about a claim it has: direct payments, credits, disputes, stops and withdrawals, and what of it was undone.

Everything is derived from the books, the ledger and what people said, so that a missed day heals itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from core.claim import Component, Credit, Lifecycle, PriorPayment
from core.engine import by_hand, sweep
from core.engine.by_hand import Waiting
from core.engine.changes import Change, find_change
from core.engine.context import Run, agency_channel
from core.engine.crash import point
from core.engine.facts import booking_open, holds_of
from core.engine.interest import restate
from core.engine.principal import advanced, expected_open
from core.engine.reading import read_invoice, read_payments
from core.ids import stable_id
from core.ledger import Entry, claimed, direct_payment, reduced, reverse
from core.model import Invoice, Payment, Problem
from core.money import Money
from core.policy import Standing, standing
from core.policy.facts import HoldKind
from core.store import books, claims, people
from core.store.claims import Claim
from core.store.journal import Plan
from core.writes import AdjustClaim, AdjustmentKind

__all__ = ["KNOWS_OF_MONEY", "TOLD", "plan"]

TOLD: Final = (Lifecycle.SUBMITTED, Lifecycle.ACCEPTED, Lifecycle.ACTIVE, Lifecycle.NEEDS_INFO, Lifecycle.PAUSED)
"""Claims whose agency is told what changes."""

KNOWS_OF_MONEY: Final = (*TOLD, Lifecycle.CLOSING)
"""Claims whose agency is told of money: one that was taken back still has its end to come, and the account that goes with it."""


def plan(run: Run) -> None:
    """Plan what every active claim needs said."""
    _take_for_agencies(run)
    by_hand.go(run)
    waiting = by_hand.list_waiting(run)
    with run.database.read() as connection:
        active = [claim for claim in claims.list_claims(connection, run.tenant.id) if claim.lifecycle in KNOWS_OF_MONEY]
    unreadable = _unreadable(run, active)
    with run.database.read() as connection:
        invoices = books.find_invoices(connection, run.tenant.id, {line.invoice_ref for claim in active for line in claim.snapshot.lines})
        holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
        unsure = booking_open(connection, run.tenant.id) | unreadable.keys()
        ledger = claims.entries_by_claim(connection, run.tenant.id)
        asked = {(task.kind, task.subject) for task in people.list_tasks(connection, run.tenant.id)}
    for claim in active:
        own = {line.invoice_ref: invoices[line.invoice_ref] for line in claim.snapshot.lines if line.invoice_ref in invoices}
        _tell_books(run, claim, {ref: one for ref, one in own.items() if ref not in unsure}, ledger.get(claim.id, []), waiting)
        if claim.lifecycle not in TOLD:
            continue
        stands = {
            ref: standing(one, holds_of(holds, one), run.today, run.tenant.country, run.policy.small_amount)
            for ref, one in own.items()
            if one.open.minor > 0
        }
        gone = [unreadable[line.invoice_ref] for line in claim.snapshot.lines if line.invoice_ref in unreadable]
        sold = ", ".join(one.number for one in own.values() if "financed" in one.leave_alone)
        if gone or ("claim_unreadable", claim.id) in asked:
            _ask(run, claim, "claim_unreadable", f"{' '.join(gone)} Mend it in the accounting system" if gone else "")
        if sold or ("claim_financed", claim.id) in asked:
            _ask(run, claim, "claim_financed", f"invoice {sold} was sold or pledged to a financier. Take that back" if sold else "")
        _tell_people(run, claim, stands, _doubts(own.values(), gone))
        _tell_dispute(run, claim, stands)


def _take_for_agencies(run: Run) -> None:
    """Take out of the claims what a person first called the debtor's payment and then an agency's."""
    with run.database.read() as connection:
        theirs = {ref for ref, origin in people.list_origins(connection, run.tenant.id).items() if origin == "agency"}
        active = claims.list_claims(connection, run.tenant.id) if theirs else []
    for claim in (one for one in active if one.lifecycle in KNOWS_OF_MONEY):
        for told in (*claim.snapshot.payments, *claim.snapshot.direct_payments):
            if told.payment_ref in theirs:
                with run.database.write() as connection:
                    current = claims.get_claim(connection, claim.id, locked=True)
                    if told in (*current.snapshot.payments, *current.snapshot.direct_payments):  # a person may have changed it since
                        _undo_payment(run, connection, current, told)


def _tell_books(run: Run, claim: Claim, invoices: Mapping[str, Invoice], entries: list[Entry], waiting: Sequence[Waiting]) -> None:
    """Report what moved between debtor and creditor, and what of it was undone, invoice by invoice.

    `invoices` are those whose balance says something: while a booking of ours is open it may be that one.
    """
    for invoice in invoices.values():
        expected = expected_open(entries, invoice.source_ref, claim.snapshot.currency)
        if invoice.open == expected:
            continue
        paid = read_payments(run, invoice.source_ref)
        if isinstance(paid, Problem):
            sweep.save(run, [paid])  # shown, and tried again tomorrow
            continue
        amounts = [part.amount for part in waiting if part.invoice_ref == invoice.source_ref]
        with run.database.write() as connection:
            current = claims.get_claim(connection, claim.id, locked=True)  # a person may have changed it since
            _report(run, connection, current, invoice, find_change(run, connection, current, invoice, paid, expected, amounts))
            point("plan.before_commit")
        point("plan.after_commit")


def _report(run: Run, connection: Connection, claim: Claim, invoice: Invoice, change: Change) -> None:
    for undone in change.undone:
        claim = _undo_payment(run, connection, claim, undone)
    for payment in change.direct:
        claim = _report_payment(run, connection, claim, payment, "")
    for payment, through in change.former:
        claim = _report_payment(run, connection, claim, payment, through)
    if change.credited.minor > 0:
        claim = _report_credit(run, connection, claim, invoice, change.credited)
    elif change.credited.minor < 0:
        claim = _undo_credit(run, connection, claim, invoice, -change.credited)
    if change.above.minor > 0:
        text = f"The books show {change.above} more paid on invoice {invoice.number} than was open; check for an overpayment to pay back."
        people.add_task(connection, run.tenant.id, "overpaid", invoice.source_ref, text, run.now())
    for payment in change.unclear:
        text = (
            f"Payment {payment.source_ref} ({payment.amount}) on invoice {invoice.number} may be the debtor's own, or the money an agency "
            f"has reported and we have not booked. If it is the agency's, book it with mode {run.tenant.books_setup.mode} instead; if it "
            f"is not, the agency is told of it once its own payment is in the books."
        )
        people.add_task(connection, run.tenant.id, "unclear_payment", payment.source_ref, text, run.now())


def _report_payment(run: Run, connection: Connection, claim: Claim, payment: Payment, through: str) -> Claim:
    """Tell of principal that was paid: to the creditor, or through the claim `through` that an agency had before."""
    told = PriorPayment(payment.invoice_ref, payment.amount, payment.paid_on, payment.source_ref)
    claim = claims.change_claim(connection, claim, replace(claim.snapshot, direct_payments=(*claim.snapshot.direct_payments, told)))
    entries = direct_payment(payment.amount, payment.paid_on, payment.invoice_ref)
    if through:
        entries = [replace(entry, what="paid_through_former") for entry in entries]
    claims.post(connection, claim, _posting("direct", claim), f"payment {payment.source_ref}", entries, run.now())
    people.resolve_task(connection, run.tenant.id, "unclear_payment", payment.source_ref, "it was told", run.now())
    claim = restate(run, connection, claim, f"payment {payment.source_ref}")
    if through:  # it came through an agency, perhaps this one: no direct payment, which may cost commission
        _plan(run, connection, claim, "updated", _subject(claim), reason=f"payment {payment.source_ref} came through claim {through[:12]}")
    else:
        _plan(run, connection, claim, "direct_payment", _subject(claim), payment=told)
    return claim


def _undo_payment(run: Run, connection: Connection, claim: Claim, undone: PriorPayment) -> Claim:
    """Take back a payment: one to the creditor since the handover, or one known at the handover, of which that much more was open then."""
    entries = reverse(direct_payment(undone.amount, undone.paid_on, undone.invoice_ref), run.today, "undone")
    if undone in claim.snapshot.direct_payments:
        changed = replace(claim.snapshot, direct_payments=tuple(one for one in claim.snapshot.direct_payments if one != undone))
    else:
        lines = tuple(
            replace(line, open=line.open + undone.amount) if line.invoice_ref == undone.invoice_ref else line
            for line in claim.snapshot.lines
        )
        changed = replace(claim.snapshot, payments=tuple(one for one in claim.snapshot.payments if one != undone), lines=lines)
        demanded = claimed(Component.PRINCIPAL, undone.amount, run.today, invoice_ref=undone.invoice_ref)
        entries = [replace(entry, what="undone") for entry in demanded]
    claim = claims.change_claim(connection, claim, changed)
    held = [amount for subject, amount in advanced(run, connection).items() if subject.endswith(f":{undone.invoice_ref}")]
    if held:
        number = books.number_of(connection, run.tenant.id, undone.invoice_ref)
        text = (
            f"Payment {undone.payment_ref} on invoice {number} was undone, and {Money.sum(held, undone.amount.currency)} that was paid at "
            f"an agency stands as an advance from the customer: use it for the invoice instead of paying it back."
        )
        people.add_task(connection, run.tenant.id, "advance_pays", undone.payment_ref, text, run.now())
    claims.post(connection, claim, _posting("undone", claim), f"payment {undone.payment_ref}", entries, run.now())
    claim = restate(run, connection, claim, f"payment {undone.payment_ref}")
    _plan(run, connection, claim, "updated", _subject(claim), reason=f"payment {undone.payment_ref} was undone")
    return claim


def _report_credit(run: Run, connection: Connection, claim: Claim, invoice: Invoice, amount: Money) -> Claim:
    credit = Credit(invoice.source_ref, amount, run.today)
    claim = claims.change_claim(connection, claim, replace(claim.snapshot, credits=(*claim.snapshot.credits, credit)))
    entries = reduced(Component.PRINCIPAL, amount, run.today, "credited", invoice_ref=invoice.source_ref)
    claims.post(connection, claim, _posting("credit", claim), f"invoice {invoice.source_ref}", entries, run.now())
    claim = restate(run, connection, claim, f"invoice {invoice.source_ref}")
    _plan(run, connection, claim, "updated", _subject(claim), reason="credited")
    return claim


def _undo_credit(run: Run, connection: Connection, claim: Claim, invoice: Invoice, amount: Money) -> Claim:
    """Take back what was told of credits, the newest first."""
    left, kept = amount, list(claim.snapshot.credits)
    for credit in reversed(claim.snapshot.credits):
        if credit.invoice_ref != invoice.source_ref or not left:
            continue
        taken = min(left, credit.amount)
        where = len(kept) - 1 - kept[::-1].index(credit)
        kept[where : where + 1] = [replace(credit, amount=credit.amount - taken)] if taken < credit.amount else []
        left -= taken
    claim = claims.change_claim(connection, claim, replace(claim.snapshot, credits=tuple(kept)))
    entries = reverse(reduced(Component.PRINCIPAL, amount, run.today, "credited", invoice_ref=invoice.source_ref), run.today, "undone")
    claims.post(connection, claim, _posting("undone", claim), f"invoice {invoice.source_ref}", entries, run.now())
    claim = restate(run, connection, claim, f"invoice {invoice.source_ref}")
    _plan(run, connection, claim, "updated", _subject(claim), reason=f"a credit of {amount} was undone")
    return claim


def _posting(what: str, claim: Claim) -> str:
    """Return the id of a posting that goes with a change of the claim, which gave it the version it has now."""
    return stable_id(what, claim.id, claim.version)


def _subject(claim: Claim) -> str:
    return f"claim:{claim.id}:books:{claim.version}"


def _unreadable(run: Run, active: Sequence[Claim]) -> dict[str, str]:
    """Return the invoices of claims that can't be read, each tried once more by itself, with what is wrong."""
    covered = {line.invoice_ref for claim in active for line in claim.snapshot.lines}
    with run.database.read() as connection:
        doubtful = [ref for source, ref, _ in books.list_quarantined(connection, run.tenant.id) if source == "invoices" and ref in covered]
    found = {ref: read_invoice(run, ref) for ref in doubtful}
    sweep.save(run, found.values())
    return {ref: row.message for ref, row in found.items() if isinstance(row, Problem)}


def _ask(run: Run, claim: Claim, kind: str, what: str) -> None:
    """Give a person what a claim waits for at its agency, while it stands; "" is nothing."""
    with run.database.write() as connection:
        if not what:
            people.resolve_task(connection, run.tenant.id, kind, claim.id, "it is no longer so", run.now())
            return
        text = (
            f"Claim {claim.id[:12]} waits at the agency: {what}, or take the claim back: "
            f"`kravbro claims withdraw {claim.id[:12]} --tenant {run.tenant.id} --reason WORDS`."
        )
        people.add_task(connection, run.tenant.id, kind, claim.id, text, run.now())


def _doubts(found: Collection[Invoice], gone: Sequence[str]) -> list[str]:
    """Return why nobody can say now what may be asked for on a claim."""
    doubts = {
        "an invoice can't be read in the accounting system": bool(gone),
        "an invoice is overpaid": any(invoice.open.minor < 0 for invoice in found),
        "an invoice is sold or pledged": any("financed" in invoice.leave_alone for invoice in found),
    }
    return [text for text, holds in doubts.items() if holds]


def _tell_people(run: Run, claim: Claim, stands: Mapping[str, Standing], doubts: Sequence[str]) -> None:
    """Report a stop by a person or by the books, its end, and a withdrawal; a dispute about some invoices alone stops those, not the claim."""
    all_disputed = bool(stands) and not any(one.asks for one in stands.values())
    kinds = [str(hold.kind) for one in stands.values() for hold in one.stops if hold.kind != HoldKind.DISPUTE or all_disputed]
    kinds += doubts
    if claim.snapshot.withdraw_reason:
        _plan_alone(run, claim, "withdrawn", claim.snapshot.withdraw_reason)
    elif kinds and claim.lifecycle in TOLD and claim.lifecycle != Lifecycle.PAUSED:
        _plan_alone(run, claim, "paused", kinds[0])
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
        again_because="it changed again",
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)
