"""Mail addresses that letters came back from: the letter counts no more, a person is told, and another address in the books ends it.

The next letter to such an address waits (`core.policy.gates`) until the books have another, or a person says that it goes by post. Where the
mail server refused the address at once, the letter goes by post by itself, and so does the next.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from core.engine.context import Run
from core.engine.reading import read_debtor
from core.model import Debtor, Problem
from core.store import books, claims, people
from core.store.journal import Intent
from core.store.voided import void_letter
from core.writes import SendLetter, SendNote

__all__ = ["TASK", "came_back", "debtor_at", "refresh"]

TASK: Final = "address_unknown"
"""The kind of the task; its subject is the customer number, its parameter `address` the mail address."""


def came_back(run: Run, connection: Connection, intent: Intent, why: str, *, by_post: bool = False) -> bool:
    """Note that a letter's mail came back; return False where that was known. With `by_post` it goes by post by itself."""
    write = intent.write
    assert isinstance(write, SendLetter | SendNote), "only letters go to debtors"
    address = write.recipient
    if not void_letter(connection, run.tenant.id, intent.id, run.now(), address=address, detail=why, by_post=by_post):
        return False
    invoice = books.find_invoice(connection, run.tenant.id, write.covers[0])
    assert invoice is not None, "a letter is planned for an invoice that was read"
    debtor = debtor_at(connection, run, invoice.debtor_ref, address)
    if debtor is not None:
        text = _told(connection, run, intent, debtor, write.covers[0], why, by_post=by_post)
        people.add_task(connection, run.tenant.id, TASK, debtor.source_ref, text, run.now(), {"address": address})
    return True


def debtor_at(connection: Connection, run: Run, debtor_ref: str, address: str) -> Debtor | None:
    """Return the debtor whose mail address this is in the books, under any of its customer numbers; None where it is another by now."""
    numbers = people.customer_numbers(connection, run.tenant.id, debtor_ref)
    found = books.list_debtors(connection, run.tenant.id, numbers)
    return next((debtor for debtor in found.values() if debtor.email == address), None)


def refresh(run: Run) -> None:
    """Read the debtors again whose address is unknown, since no list shows an address; end the tasks of those that have another."""
    with run.database.read() as connection:
        open_ = [task for task in people.list_tasks(connection, run.tenant.id) if task.kind == TASK]
    for task in open_:
        debtor = read_debtor(run, task.subject)
        if isinstance(debtor, Problem):
            continue
        with run.database.write() as connection:
            books.save_debtor(connection, run.tenant.id, debtor, run.now())
            if debtor.email != task.params["address"] and not run.dry_run:
                people.resolve_task(connection, run.tenant.id, TASK, task.subject, "the books have another address", run.now())


def _told(connection: Connection, run: Run, intent: Intent, debtor: Debtor, invoice_ref: str, why: str, *, by_post: bool) -> str:
    known = [
        claim for claim in claims.claims_of_invoice(connection, run.tenant.id, invoice_ref) if claim.is_active and not claim.was_dropped
    ]
    told = f" Claim {known[-1].id[:12]} names this letter: tell its agency." if known else ""
    waits = "it goes by post" if by_post else "the next letter waits"
    numbers = ", ".join(books.number_of(connection, run.tenant.id, ref) for ref in _covers(intent))
    return (
        f"Address unknown: the mail to customer {debtor.source_ref} about invoice {numbers} did not arrive ({why}); {waits}. "
        f"Correct the mail address in the accounting system, or say `kravbro letters returned {invoice_ref} --tenant {run.tenant.id} --by-post`."
        f"{told}"
    )


def _covers(intent: Intent) -> tuple[str, ...]:
    assert isinstance(intent.write, SendLetter | SendNote), "only letters go to debtors"
    return intent.write.covers
