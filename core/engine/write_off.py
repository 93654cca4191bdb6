"""Losses: what a person approves of an ended claim is written off in the books and in the ledger, and nothing by itself.

The write is a payment of nothing with a write-off part (facts: bookings, "loss, established" and "rest below 1.00"), so it goes the
way of every payment: entered, then booked. The VAT of a loss is the accountant's to correct.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from core.claim import Component, Lifecycle
from core.engine.context import Run
from core.errors import ConfigError
from core.ledger import LedgerAccount, balance
from core.model import Invoice
from core.money import Money
from core.store import books, claims
from core.store.journal import Plan
from core.writes import BookPayment

__all__ = ["plan"]

SMALL: Final = 100
"""A rest below this, in the minor unit, is rounding (BAS 3740); more is a loss."""


def plan(run: Run, connection: Connection, invoice_ref: str, reason: str) -> tuple[Invoice, str]:
    """Plan to write off what is left of an invoice whose claim has ended; return the invoice and the account it goes to.

    Raises:
        ConfigError: nothing of it can be written off, or the account for it is not chosen.
    """
    invoice = books.find_invoice(connection, run.tenant.id, invoice_ref)
    covering = [claim for claim in claims.claims_of_invoice(connection, run.tenant.id, invoice_ref) if claim.submitted_at]
    where = f"invoice {invoice.number if invoice else invoice_ref}"
    if invoice is None or not covering or covering[-1].lifecycle != Lifecycle.CLOSED:
        raise ConfigError(where, "no claim about it has ended at an agency", "Only what an agency gave back is written off here.")
    claim = covering[-1]
    entries = [e for e in claims.list_entries(connection, claim_id=claim.id) if e.invoice_ref == invoice_ref]
    owed = balance(entries, LedgerAccount.DEBTOR, invoice.currency, Component.PRINCIPAL)
    if invoice.open.minor <= 0 or owed != invoice.open:
        todo = "Let a run read the books, and see `kravbro reconcile`."
        raise ConfigError(where, f"{invoice.open} is open in the books and {owed} by our ledger", todo)
    account = _account(run, invoice.open)
    write = BookPayment(
        invoice_ref, Money.zero(invoice.currency), books.first_open_day(connection, run.tenant.id, run.today),
        run.tenant.books_setup.mode, run.tenant.books_setup.clearing, invoice.open, account,
    )  # fmt: skip
    context = {
        "payment_id": "", "amount": "0.00", "currency": invoice.currency, "received_on": run.today.isoformat(),
        "written_off": invoice.open.text(), "reason": reason,
    }  # fmt: skip
    planned = run.journal.plan(
        connection,
        Plan(
            write=write, subjects=(f"write_off:{invoice_ref}",), channel="books", cause=reason, claim_id=claim.id, invoice_ref=invoice_ref,
            context=context, again_because="more of it was left",
        ),
        run.now(), run.today,
    )  # fmt: skip
    if planned is None:
        raise ConfigError(where, "it is being written off already", "Run the tenant: `kravbro run`.")
    return invoice, account


def _account(run: Run, amount: Money) -> str:
    name = "rounding" if amount.minor < SMALL else "loss"
    account = str(getattr(run.tenant.books_setup, name))
    if not account:
        todo = f"Choose it: `kravbro tenants accounts {run.tenant.id} --set {name}=6351 --confirm`."
        raise ConfigError(f"accounts of {run.tenant.id}", f"there is none for {name}", todo)
    return account
