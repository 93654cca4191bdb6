"""The principal of payments at an agency, on its way into the books: what of it belongs to which invoice, and what is there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection

from core.claim import Component
from core.engine.context import Run
from core.engine.facts import payment_subject
from core.ids import stable_id
from core.ledger import Entry, LedgerAccount, balance
from core.money import Money
from core.states import IntentState
from core.store import claims
from core.store.claims import Claim, StoredPayment

__all__ = [
    "BY_HAND",
    "advanced",
    "booked_on_invoices",
    "by_hand_posting",
    "expected_open",
    "owed_on",
    "principal_parts",
    "taken_back_posting",
]

BY_HAND: Final = "booked_by_hand"
"""What the ledger calls money from the agency that a person booked."""


def principal_parts(paid: StoredPayment) -> dict[str, Money]:
    """Return what a payment pays of each invoice's principal, as the books are to have it."""
    found: dict[str, Money] = {}
    for part in paid.payment.allocations:
        if part.component == Component.PRINCIPAL and part.payee == "creditor":
            found[part.invoice_ref] = found.get(part.invoice_ref, Money.zero(part.amount.currency)) + part.amount
    return found


def owed_on(connection: Connection, claim: Claim) -> Money:
    """Return the principal that is owed on a claim now, below nothing where more was paid."""
    entries = claims.list_entries(connection, claim_id=claim.id)
    return balance(entries, LedgerAccount.DEBTOR, claim.snapshot.currency, Component.PRINCIPAL)


def expected_open(entries: Iterable[Entry], invoice_ref: str, currency: str) -> Money:
    """Return what the books should show open on an invoice of a claim: what is owed, and what is not booked yet."""
    own = [entry for entry in entries if entry.invoice_ref == invoice_ref]
    owed = balance(own, LedgerAccount.DEBTOR, currency, Component.PRINCIPAL)
    return owed + balance(own, LedgerAccount.IN_TRANSIT, currency, Component.PRINCIPAL)


def booked_on_invoices(run: Run, connection: Connection, payments: Mapping[str, list[StoredPayment]]) -> dict[str, Money]:
    """Return what of each payment's principal is booked on its invoice, by us or by a person, as the journal names it."""
    journal = run.journal.latest_by_subject(connection, "bookkeep_payment")
    found = {
        subject: Money.parse(latest.context["amount"], latest.context["currency"])
        for subject, latest in journal.items()
        if latest.state == IntentState.CONFIRMED
    }
    by_hand = {one.posting: one.amount for one in claims.list_posted(connection, run.tenant.id, BY_HAND)}
    for paid in (one for own in payments.values() for one in own) if by_hand else ():
        for invoice_ref in principal_parts(paid):
            amount = by_hand.get(by_hand_posting(paid, invoice_ref))
            if amount is not None:
                found[payment_subject(paid.agency, paid.payment.payment_id, invoice_ref)] = amount
    return found


def advanced(run: Run, connection: Connection) -> dict[str, Money]:
    """Return what of each payment's principal was too much and is booked as an advance from the customer, as the journal names it."""
    return {
        subject: Money.parse(latest.context["amount"], latest.context["currency"])
        for subject, latest in run.journal.latest_by_subject(connection, "book_voucher").items()
        if latest.state == IntentState.CONFIRMED and "payment_id" in latest.context
    }


def by_hand_posting(paid: StoredPayment, invoice_ref: str) -> str:
    """Return the id of the posting that follows a person who booked what a payment pays of an invoice."""
    return stable_id(BY_HAND, paid.agency, paid.payment.payment_id, invoice_ref)


def taken_back_posting(paid: StoredPayment, invoice_ref: str) -> str:
    """Return the id of the posting that follows a person who took a bounced payment out of the books."""
    return stable_id("taken_back", paid.agency, paid.payment.payment_id, invoice_ref)
