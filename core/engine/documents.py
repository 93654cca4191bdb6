"""The invoices' PDFs that go along with a letter or a claim."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from core.claim import DocumentRef
from core.engine import sweep
from core.engine.context import Run
from core.engine.reading import read_pdf
from core.model import Invoice, Problem
from core.store.keeping import add_document

__all__ = ["invoice_file", "keep_invoices", "read_pdfs"]


def invoice_file(number: str) -> str:
    """Return the name of an invoice's PDF."""
    return f"Faktura {number}.pdf"


def read_pdfs(run: Run, invoices: Sequence[Invoice]) -> dict[str, bytes] | None:
    """Read every invoice's PDF; None where one can't be read: that is shown, and tried again with the next run."""
    found: dict[str, bytes] = {}
    for invoice in invoices:
        content = read_pdf(run, invoice.source_ref)
        if isinstance(content, Problem):
            sweep.save(run, [content])
            return None
        found[invoice.source_ref] = content
    return found


def keep_invoices(run: Run, connection: Connection, invoices: Sequence[Invoice], pdfs: dict[str, bytes]) -> list[DocumentRef]:
    """Store the invoices' PDFs."""
    return [
        add_document(
            connection, run.tenant.id, run.vault, kind="invoice", name=invoice_file(invoice.number), media_type="application/pdf",
            content=pdfs[invoice.source_ref], now=run.now(),
        )
        for invoice in invoices
    ]  # fmt: skip
