"""What is credited of a part dispute ends that much of it, so that the undisputed rest is asked for whole.

A dispute is compared with what was credited on its invoice when a run first saw it: what the books show beyond that was credited since.
Two cases are a person's, and the dispute stands meanwhile: a credit of the dispute's day or later that was there at first sight, and less
open than payments and credits explain.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from core.engine.context import Run
from core.engine.reading import read_payments
from core.model import Invoice, Payment, Problem
from core.money import Money
from core.store import books, people
from core.store.people import PartDispute

__all__ = ["go"]


def go(run: Run) -> None:
    """Compare every part dispute with what was credited."""
    with run.database.read() as connection:
        disputed = people.list_part_disputes(connection, run.tenant.id, run.tenant.currency)
        invoices = books.find_invoices(connection, run.tenant.id, set(disputed))
        asked = [task.subject for task in people.list_tasks(connection, run.tenant.id) if task.kind == "dispute_credited"]
    standing = {one.id for parts in disputed.values() for one in parts}
    for gone in (subject for subject in asked if subject not in standing):
        with run.database.write() as connection:
            people.resolve_task(connection, run.tenant.id, "dispute_credited", gone, "the dispute has ended", run.now())
    for ref, parts in disputed.items():
        invoice = invoices.get(ref)
        if invoice is not None and invoice.open.minor > 0 and invoice.currency == run.tenant.currency:
            _follow(run, invoice, parts)


def _follow(run: Run, invoice: Invoice, parts: Sequence[PartDispute]) -> None:
    """Note what credits have ended of an invoice's disputes, the newest first: it can't have been ended by what was credited before it."""
    found = read_payments(run, invoice.source_ref)
    if isinstance(found, Problem):
        return  # what was noted last stands until they can be read
    payments = [one for one in found if one.booked and one.amount.currency == invoice.currency]
    least, most = _credited(invoice, payments)
    taken = Money.zero(invoice.currency)
    with run.database.write() as connection:
        _ask_what_explains(run, connection, invoice, most - least)
        for part in reversed(parts):
            before = most if part.credited_before is None else part.credited_before
            ended = min(part.amount, max(least - before - taken, Money.zero(invoice.currency)))
            taken += ended
            if part.credited_before is None and any(one.source == "credit" and one.paid_on >= part.from_on for one in payments):
                _ask_which_came_first(run, connection, invoice, part)
            if (before, ended) != (part.credited_before, part.ended):
                people.note_credited(connection, part.id, before, ended)


def _credited(invoice: Invoice, payments: Sequence[Payment]) -> tuple[Money, Money]:
    """Return the least and the most that may be credited or written off: what says so, and what no payment explains of what is not open."""
    noted = [one.amount for one in payments if one.source == "credit"] + [one.written_off for one in payments if one.written_off]
    paid = Money.sum((one.amount for one in payments if one.source != "credit"), invoice.currency)
    either = (Money.sum(noted, invoice.currency), max(invoice.total - invoice.open - paid, Money.zero(invoice.currency)))
    return min(either), max(either)


def _ask_what_explains(run: Run, connection: Connection, invoice: Invoice, unexplained: Money) -> None:
    if not unexplained:
        people.resolve_task(connection, run.tenant.id, "dispute_unclear", invoice.source_ref, "it is explained now", run.now())
        return
    text = (
        f"What is open on disputed invoice {invoice.number} differs by {unexplained} from what its payments and credits make it, so nobody can "
        f"tell whether its dispute has ended. Look in the accounting system; {_say_again(run, invoice)}"
    )
    people.add_task(connection, run.tenant.id, "dispute_unclear", invoice.source_ref, text, run.now())


def _ask_which_came_first(run: Run, connection: Connection, invoice: Invoice, part: PartDispute) -> None:
    text = (
        f"Invoice {invoice.number} was credited about when its dispute of {part.amount} was recorded, so nobody can tell whether that ended "
        f"it; {part.amount} is still not asked for. If less is disputed now, {_say_again(run, invoice)}"
    )
    people.add_task(connection, run.tenant.id, "dispute_credited", part.id, text, run.now())


def _say_again(run: Run, invoice: Invoice) -> str:
    return (
        f"`kravbro claims release {invoice.source_ref} --tenant {run.tenant.id} --reason WHY` ends the dispute, and `kravbro claims dispute "
        f"{invoice.source_ref} --tenant {run.tenant.id} --reason WHAT --amount LEFT` records what is left of it."
    )
