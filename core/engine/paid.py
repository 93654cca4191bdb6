"""What the payments on an invoice in the books are: standing or taken back, and whose money stands on our own account."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from core.engine.context import Run
from core.engine.principal import BY_HAND
from core.model import BooksSetup, Payment, without_undone
from core.store import claims, people

__all__ = ["find_strange", "is_on_our_account", "standing_payments"]


def standing_payments(found: Iterable[Payment]) -> list[Payment]:
    """Return the booked payments, without credits and without each pair of which one takes the other back."""
    return without_undone((one for one in found if one.booked and one.source != "credit"), lambda one: one)


def is_on_our_account(payment: Payment, setup: BooksSetup) -> bool:
    """Tell whether a payment in the books is money at the agency: on our own mode, or on the clearing account."""
    return payment.mode == setup.mode or payment.account == setup.clearing


def find_strange(run: Run, connection: Connection, invoice_ref: str, standing: Iterable[Payment]) -> list[Payment]:
    """Return what stands on our own account though neither we nor a person for us booked it, and nobody called it the debtor's."""
    known = {one.ref for one in run.journal.own_payments(connection, invoice_ref)}
    known |= {one.cause for one in claims.list_posted(connection, run.tenant.id, BY_HAND)}
    known |= {ref for ref, origin in people.list_origins(connection, run.tenant.id).items() if origin == "debtor"}
    setup = run.tenant.books_setup
    return [one for one in standing if one.amount.minor > 0 and one.source_ref not in known and is_on_our_account(one, setup)]
