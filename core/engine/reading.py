"""Reading single things from the books, so that one that can't be read never stops the others.

A thing the vendor refuses (an invoice that was deleted, say) is a problem of its own row, and so is one the vendor fails
to give again and again. Several different ones in a row mean that the vendor is down: that ends the run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core.engine.context import Run
from core.errors import RejectedError, RetryLaterError
from core.model import Debtor, Invoice, Payment, Problem
from core.money import Money
from core.store import books

__all__ = ["number_of", "read_debtor", "read_entered", "read_invoice", "read_payments", "read_pdf"]

Read = TypeVar("Read")


def number_of(run: Run, source_ref: str) -> str:
    """Return the number by which people know an invoice, for what is told to them."""
    with run.database.read() as connection:
        return books.number_of(connection, run.tenant.id, source_ref)


def read_invoice(run: Run, source_ref: str) -> Invoice | Problem:
    """Return an invoice with all its details."""
    return _read(run, "invoices", source_ref, "Invoice {}", run.ports.reads.get_invoice)


def read_debtor(run: Run, source_ref: str) -> Debtor | Problem:
    """Return a debtor with all its details."""
    return _read(run, "customers", source_ref, "Customer {}", run.ports.reads.get_debtor)


def read_payments(run: Run, source_ref: str) -> list[Payment] | Problem:
    """Return the payments on an invoice."""
    return _read(run, "invoices", source_ref, "What was paid on invoice {}", run.ports.reads.list_payments)


def read_entered(run: Run, invoice: Invoice) -> Money | Problem:
    """Return what lies entered as paid on an invoice and is not booked: its open amount does not show it yet."""
    found = read_payments(run, invoice.source_ref)
    if isinstance(found, Problem):
        return found
    waiting = (payment.amount for payment in found if not payment.booked and payment.amount.currency == invoice.currency)
    return Money.sum(waiting, invoice.currency)


def read_pdf(run: Run, source_ref: str) -> bytes | Problem:
    """Return an invoice's PDF."""
    return _read(run, "invoices", source_ref, "The PDF of invoice {}", run.ports.reads.get_invoice_pdf)


def _read(run: Run, source: str, ref: str, what: str, get: Callable[[str], Read | Problem]) -> Read | Problem:
    run.keep_lease()
    try:
        found = get(ref)
    except RetryLaterError as error:
        run.bear(what.format(ref), error)
        return Problem(source, ref, f"{_named(run, source, ref, what)} can't be read: {error.reason}.")
    except RejectedError as error:
        found = Problem(source, ref, f"{_named(run, source, ref, what)} can't be read: {error.reason or error.code}.")
    run.unanswered.clear()
    return found


def _named(run: Run, source: str, ref: str, what: str) -> str:
    return what.format(number_of(run, ref) if source == "invoices" else ref)
