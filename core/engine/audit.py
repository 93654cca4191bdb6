"""Comparing books, ledger and agency, and reporting every difference with its size and age.

- every posting balances, and so does the whole ledger;
- per invoice of an active claim: open in the books = owed in the ledger + in transit;
- the clearing balance in the ledger is exactly what is booked and not settled yet;
- nothing stays in transit that no booking is under way for.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from core.claim import Component
from core.engine.adjust import TOLD, expected_open
from core.engine.facts import gather
from core.engine.run import Run
from core.ledger import Entry, LedgerAccount, balance, check_balanced
from core.money import Money
from core.states import IntentState
from core.store import books, claims
from core.store.claims import Claim, Difference

__all__ = ["differences", "go"]


def go(run: Run) -> None:
    """Store today's differences and count what is uncertain."""
    with run.database.write() as connection:
        found = differences(run, connection)
        claims.replace_differences(connection, run.tenant.id, found, run.today)
        run.summary.uncertain = len(run.journal.keys_in(connection, IntentState.UNCERTAIN))
    run.summary.differences = len(found)


def differences(run: Run, connection: Connection) -> list[Difference]:
    """Return every difference that stands now."""
    booking_open = gather(run, connection).booking_open
    found: list[Difference] = []
    ledger = claims.entries_by_claim(connection, run.tenant.id)
    check_balanced(entry for entries in ledger.values() for entry in entries)
    for claim in claims.list_claims(connection, run.tenant.id):
        entries = ledger.get(claim.id, [])
        if claim.lifecycle in TOLD:
            found += _open_amounts(run, connection, claim, entries, booking_open)
        found += _stuck_in_transit(run, claim, entries, booking_open)
        found += _settled_twice(claim, entries)
    return found


def _open_amounts(run: Run, connection: Connection, claim: Claim, entries: list[Entry], booking_open: frozenset[str]) -> list[Difference]:
    found = []
    for line in claim.snapshot.lines:
        invoice = books.find_invoice(connection, run.tenant.id, line.invoice_ref)
        if invoice is None or line.invoice_ref in booking_open:
            continue
        expected = expected_open(entries, line.invoice_ref, claim.snapshot.currency)
        if invoice.open != expected:
            text = f"Invoice {invoice.number}: {invoice.open} open in the books, {expected} by our ledger."
            found.append(Difference("open_amount", line.invoice_ref, invoice.open - expected, text))
    return found


def _stuck_in_transit(run: Run, claim: Claim, entries: list[Entry], booking_open: frozenset[str]) -> list[Difference]:
    """Principal the agency reported, that is not booked, and that nothing is under way to book."""
    by_invoice: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_invoice[entry.invoice_ref].append(entry)
    found = []
    for invoice_ref, own in by_invoice.items():
        waiting = balance(own, LedgerAccount.IN_TRANSIT, claim.snapshot.currency, Component.PRINCIPAL)
        if waiting and invoice_ref not in booking_open and run.tenant.booking_mode == "on_event":
            text = f"{waiting} was paid to the agency on invoice {invoice_ref} and is in no book."
            found.append(Difference("in_transit", f"{claim.id}:{invoice_ref}", waiting, text))
    return found


def _settled_twice(claim: Claim, entries: list[Entry]) -> list[Difference]:
    currency = claim.snapshot.currency
    found = []
    for account in (LedgerAccount.CLEARING, LedgerAccount.IN_TRANSIT):
        left = balance(entries, account, currency)
        if left < Money.zero(currency):
            text = f"Claim {claim.id[:12]}: {-left} more was settled from {account} than ever came in."
            found.append(Difference(f"{account}_negative", claim.id, left, text))
    return found
