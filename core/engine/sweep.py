"""Reading the books: the open list is the truth, the change filter an optimisation.

1. What changed since the watermark (less the vendor's overlap), then every open invoice, from list pages.
2. An invoice we hold as open that was not seen is fetched by itself before anything is concluded.
3. The bank's last posted day and the locked period; then the watermark, last of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from core.engine.crash import point
from core.engine.reading import read_invoice
from core.engine.run import Run
from core.model import Invoice, Problem
from core.store import books

__all__ = ["go", "save"]

BATCH = 200
"""Rows per writing transaction (design: at most 500 rows or 50 ms)."""


def go(run: Run) -> None:
    """Read the books of this tenant."""
    reads = run.ports.reads
    started = run.now()
    with run.database.read() as connection:
        before = books.get_sweep(connection, run.tenant.id)
        held_open = {invoice.source_ref for invoice in books.list_invoices(connection, run.tenant.id, open_only=True)}
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
        save(run, batch)
        seen |= {row.source_ref if isinstance(row, Invoice) else row.raw_ref for row in batch}
        run.progress("invoices read", len(seen))
        point("sweep.after_page")
    return seen


def save(run: Run, rows: Iterable[Invoice | Problem]) -> None:
    """Store invoices and quarantine problems, in one transaction."""
    now = run.now()
    with run.database.write() as connection:
        quarantined = {raw_ref for source, raw_ref, _ in books.list_quarantined(connection, run.tenant.id) if source == "invoices"}
        for row in rows:
            if isinstance(row, Problem):
                run.summary.quarantined += books.quarantine_row(connection, run.tenant.id, row, run.vault, now)
                continue
            books.save_invoice(connection, run.tenant.id, row, now)
            if row.source_ref in quarantined:
                books.release_row(connection, run.tenant.id, "invoices", row.source_ref, now)
