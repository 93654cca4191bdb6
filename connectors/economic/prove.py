"""The guided check of what nobody documents: one payment of 1.00 on a trial agreement, booked and read back.

1. An open invoice in the books' own currency is chosen, and a person says yes.
2. A draft of 1.00 is entered with the sign that is set, and booked by its number.
3. The booked entry tells on which side of the customer's account it stands, and whether it was matched; the invoice, what is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.economic.answers import NAME
from connectors.economic.client import EconomicClient
from connectors.economic.journals import JOURNALS
from connectors.economic.kinds import JSON_TYPE, good
from connectors.economic.ledger import BOOKED, Ledger
from connectors.economic.mapping.entries import Draft, Entry, mark_in
from connectors.economic.mapping.invoices import parse_invoice, parse_invoice_rows
from connectors.economic.mapping.render import render_booking, render_match
from core.errors import OutcomeUnknownError, RejectedError
from core.model import Invoice
from core.money import Money

__all__ = ["ONE", "Proof", "book_and_look", "choose_invoice"]

ONE: Final = "1.00"
OTHER: Final = {"minus": "plus", "plus": "minus"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What the check found: whether the sign that is set is right, and what is to be told, one sentence each."""

    right: bool
    says: tuple[str, ...]


def choose_invoice(client: EconomicClient, currency: str) -> Invoice:
    """Return the open invoice with the least open that takes the payment."""
    rows = parse_invoice_rows(client.list_rows("/invoices/unpaid", sort="bookedInvoiceNumber"))
    fitting = [one for one in rows if isinstance(one, Invoice) and one.currency == currency and not one.leave_alone]
    owed = [one for one in fitting if one.open >= Money.parse(ONE, currency)]
    if not owed:
        raise RejectedError(NAME, "no_invoice", f"no invoice has {ONE} {currency} open: book one in e-conomic first")
    return min(owed, key=lambda one: (one.open.minor, int(one.number)))


def book_and_look(client: EconomicClient, ledger: Ledger, invoice: Invoice, payment_ref: str, key: str, *, sign: str) -> Proof:
    """Book the draft of a payment that was entered, and tell what came of it."""
    drafts = ledger.list_drafts(lambda draft: mark_in(draft.text) == payment_ref)
    if not drafts:
        raise OutcomeUnknownError(NAME, "the draft that was made is not in the list")
    _book(client, drafts, key)
    entry = _booked(ledger, invoice, payment_ref)
    if entry.amount.minor > 0:
        wrong = f"The sign is wrong: payment {payment_ref} raised what the customer owes. Set payment_sign={OTHER[sign]}."
        return Proof(right=False, says=(wrong, "Take the payment back by a counter-entry and match the two, or leave the trial agreement."))
    says = [f"The sign is right: with payment_sign={sign} a payment lowers what the customer owes."]
    if entry.open:
        debt = ledger.find_invoice(invoice.number, invoice.debtor_ref)
        client.write("POST", f"{BOOKED}/match", render_match([debt.number, entry.number]), dict(JSON_TYPE), f"{key}-m")
        says.append("Payments are not matched by being booked; Kravbro matches them, and this one was.")
    else:
        says.append("Payments are matched with their invoice by being booked.")
    after = good(parse_invoice(client.get(f"/invoices/booked/{invoice.number}"))).open
    fell = after == invoice.open - Money.parse(ONE, invoice.currency)
    says.append(f"Invoice {invoice.number} had {invoice.open} open and has {after} now{'' if fell else ', which is not 1.00 less'}.")
    return Proof(fell, tuple(says))


def _book(client: EconomicClient, drafts: list[Draft], key: str) -> None:
    target = f"{JOURNALS}/{drafts[0].journal}/bookdraftentries"
    client.write("POST", target, render_booking([draft.number for draft in drafts]), dict(JSON_TYPE), f"{key}-b")


def _booked(ledger: Ledger, invoice: Invoice, mark: str) -> Entry:
    entries = ledger.list_of_customer(invoice.debtor_ref, invoice.issued_on, control=invoice.number)
    ours = [entry for entry in entries if mark_in(entry.text) == mark and entry.open is not None]
    if not ours:
        raise OutcomeUnknownError(NAME, "what was booked is not in the ledger")
    return ours[0]
