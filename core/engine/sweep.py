"""Reading the books: the open list is the truth, the change filter an optimisation.

1. What changed since the watermark (less the vendor's overlap), then every open invoice, from list pages.
2. An invoice we hold as open that was not seen is fetched by itself before anything is concluded.
3. The bank's last posted day and the locked period; then the watermark, last of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Connection

from core.engine.context import Run
from core.engine.crash import point
from core.engine.reading import read_invoice
from core.model import Invoice, InvoiceKind, Problem
from core.store import books, people

__all__ = ["go", "save"]

BATCH = 500
"""Rows that are compared, and at most written, at once: a writing transaction stays short."""


def go(run: Run) -> None:
    """Read the books of this tenant."""
    reads = run.ports.reads
    started = run.now()
    with run.database.read() as connection:
        before = books.get_sweep(connection, run.tenant.id)
        held_open = books.open_refs(connection, run.tenant.id)
    if before.watermark is not None:
        _save_all(run, reads.list_changed_invoices(before.watermark - reads.overlap))
    seen = _save_all(run, reads.list_open_invoices())
    for source_ref in sorted(held_open - seen):
        save(run, [read_invoice(run, source_ref)])
    after = books.SweepState(started, run.today, reads.bank_postings_until(run.today), reads.locked_until())
    with run.database.write() as connection:
        books.save_sweep(connection, run.tenant.id, after)
    run.summary.invoices_seen = len(seen)


def _save_all(run: Run, rows: Iterable[Invoice | Problem]) -> set[str]:
    """Store rows in batches; return the ids that were seen, readable or not."""
    seen: set[str] = set()
    pages = iter(rows)
    while batch := list(islice(pages, BATCH)):
        run.keep_lease()
        save(run, batch)
        seen |= {row.source_ref if isinstance(row, Invoice) else row.raw_ref for row in batch}
        run.progress("invoices read", len(seen))
        point("sweep.after_page")
    return seen


def save(run: Run, rows: Iterable[Invoice | Problem]) -> None:
    """Store what changed of these invoices and quarantine the problems, in one transaction; no change is no write."""
    known = list(rows)
    problems = [row for row in known if isinstance(row, Problem)]
    good = [row for row in known if isinstance(row, Invoice)]
    with run.database.read() as connection:
        held_back = {ref for source, ref, _ in books.list_quarantined(connection, run.tenant.id) if source == "invoices"}
        changed = books.changed_invoices(connection, run.tenant.id, good)
    released = [invoice.source_ref for invoice in good if invoice.source_ref in held_back]
    if not (problems or changed or released):
        return
    now = run.now()
    with run.database.write() as connection:
        books.save_invoices(connection, run.tenant.id, changed, now)
        for problem in problems:
            run.summary.quarantined += books.quarantine_row(connection, run.tenant.id, problem, run.vault, now)
        for source_ref in released:
            books.release_row(connection, run.tenant.id, "invoices", source_ref, now)
        _tell_overpaid(run, connection, changed)


def _tell_overpaid(run: Run, connection: Connection, changed: Iterable[Invoice]) -> None:
    """Ask a person to pay back what was paid on an invoice beyond what was owed, while that stands."""
    known = {task.subject for task in people.list_tasks(connection, run.tenant.id) if task.kind == "overpaid_invoice"}
    for invoice in changed:
        if invoice.kind == InvoiceKind.INVOICE and invoice.open.minor < 0:
            text = f"Invoice {invoice.number} is paid {-invoice.open} too much. Pay it back, or match it with what it was meant for."
            people.add_task(connection, run.tenant.id, "overpaid_invoice", invoice.source_ref, text, run.now())
        elif invoice.source_ref in known:
            people.resolve_task(connection, run.tenant.id, "overpaid_invoice", invoice.source_ref, "no longer so", run.now())
