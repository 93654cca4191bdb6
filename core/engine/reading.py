"""Reading single things from the books, so that one that can't be read never stops the others."""

from __future__ import annotations

from core.engine.run import Run
from core.errors import RejectedError
from core.model import Debtor, Invoice, Problem
from core.money import Money

__all__ = ["read_debtor", "read_entered", "read_invoice", "read_pdf"]


def read_invoice(run: Run, source_ref: str) -> Invoice | Problem:
    """Return an invoice with all its details; a refusal (it was deleted, say) is a problem of this row alone."""
    try:
        return run.ports.reads.get_invoice(source_ref)
    except RejectedError as error:
        return Problem("invoices", source_ref, f"Invoice {source_ref} can't be read: {error.reason or error.code}.")


def read_debtor(run: Run, source_ref: str) -> Debtor | Problem:
    """Return a debtor with all its details."""
    try:
        return run.ports.reads.get_debtor(source_ref)
    except RejectedError as error:
        return Problem("customers", source_ref, f"Customer {source_ref} can't be read: {error.reason or error.code}.")


def read_entered(run: Run, invoice: Invoice) -> Money | Problem:
    """Return what lies entered as paid on an invoice and is not booked: its open amount does not show it yet."""
    try:
        found = run.ports.reads.list_payments(invoice.source_ref)
    except RejectedError as error:
        return Problem(
            "invoices", invoice.source_ref, f"The payments of invoice {invoice.source_ref} can't be read: {error.reason or error.code}."
        )
    waiting = (payment.amount for payment in found if not payment.booked and payment.amount.currency == invoice.currency)
    return Money.sum(waiting, invoice.currency)


def read_pdf(run: Run, source_ref: str) -> bytes | Problem:
    """Return an invoice's PDF."""
    try:
        return run.ports.reads.get_invoice_pdf(source_ref)
    except RejectedError as error:
        return Problem("invoices", source_ref, f"The PDF of invoice {source_ref} can't be read: {error.reason or error.code}.")
