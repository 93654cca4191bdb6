"""Reading a company's past from the books, once: invoices and payments from list pages, and the debtors nobody has read yet."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Final

from core.clock import day_in, zone_of
from core.engine.context import Run
from core.engine.facts import gather
from core.engine.reading import read_debtor
from core.history import PastInvoice, PastLetter, past_invoices, with_debtors, with_events
from core.model import Invoice, Payment, Problem
from core.store import books, claims
from core.store.history import KeptHistory, find_history, save_history

__all__ = ["kept_history", "read_history", "with_what_happened"]

TERMS_MAX: Final = timedelta(days=120)
"""So long before its due date an invoice may have been made; it was changed last no earlier than that."""


def kept_history(run: Run, since: date) -> KeptHistory | None:
    """Return the history that was read before, if it goes back as far."""
    with run.database.read() as connection:
        kept = find_history(connection, run.tenant.id)
    return kept if kept is not None and kept.since <= since else None


def read_history(run: Run, since: date) -> KeptHistory:
    """Read what fell due since a day, and keep it.

    1. Invoices and payments that changed since then, less the time an invoice may have to be paid; and whatever is open, however old.
    2. Debtors of what fell due that were not read before, whose kind the law asks for; one that can't be read stays unknown.
    """
    reads = run.ports.reads
    changed_since = datetime.combine(since - TERMS_MAX, time(), zone_of(run.tenant.country))
    invoices: dict[str, Invoice] = {}
    payments: list[Payment] = []
    unreadable: set[tuple[str, str]] = set()
    for row in chain(reads.list_open_invoices(), reads.list_changed_invoices(changed_since)):
        if isinstance(row, Problem):
            unreadable.add((row.source, row.raw_ref))
        else:
            invoices[row.source_ref] = row
            run.progress("invoices read", len(invoices))
    for paid in reads.list_changed_payments(changed_since):
        if isinstance(paid, Problem):
            unreadable.add((paid.source, paid.raw_ref))
        else:
            payments.append(paid)
            run.progress("payments read", len(payments))
    past = past_invoices(invoices.values(), payments)
    _read_debtors(run, [one for one in past if one.due_on >= since])
    until = reads.bank_postings_until(run.today) or run.today - timedelta(days=1)
    kept = KeptHistory(since, until, len(unreadable), tuple(past), run.now())
    with run.database.write() as connection:
        save_history(connection, run.tenant.id, kept)
    return kept


def with_what_happened(run: Run, kept: KeptHistory) -> list[PastInvoice]:
    """Return a history with what is known of its debtors, and with our own letters and handovers."""
    with run.database.read() as connection:
        debtors = books.list_debtors(connection, run.tenant.id)
        sent = gather(run, connection).sent
        submitted = [claim for claim in claims.list_claims(connection, run.tenant.id) if claim.submitted_at]
    letters = {ref: [PastLetter(one.sent_on, one.announces_collection) for one in found if one.sent_on] for ref, found in sent.items()}
    handed_over: dict[str, date] = {}
    for claim in submitted:
        assert claim.submitted_at is not None, "only those were taken"
        for line in claim.snapshot.lines:
            on = day_in(run.tenant.country, claim.submitted_at)
            handed_over[line.invoice_ref] = min(on, handed_over.get(line.invoice_ref, on))
    return with_events(with_debtors(kept.invoices, debtors), letters, handed_over)


def _read_debtors(run: Run, past: list[PastInvoice]) -> None:
    with run.database.read() as connection:
        known = books.list_debtors(connection, run.tenant.id).keys()
    for number, ref in enumerate(sorted({one.debtor_ref for one in past} - known), 1):
        debtor = read_debtor(run, ref)
        run.progress("debtors read", number)
        if not isinstance(debtor, Problem):
            with run.database.write() as connection:
                books.save_debtor(connection, run.tenant.id, debtor, run.now())
