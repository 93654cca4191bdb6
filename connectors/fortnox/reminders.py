"""Fortnox's own reminder of one invoice: a GET that acts, so it goes out as a write, once.

https://apps.fortnox.se/apidocs, Invoices: `printreminder` answers with a PDF and nothing else. Text, level, fee and deadline come
from settings that no call shows; whether it raises `Reminders` and `LastRemindDate` is not documented.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar
from urllib.parse import quote

from typing_extensions import override

from connectors.fortnox.answers import NAME, request_id
from connectors.fortnox.kinds import Kind
from connectors.fortnox.mapping.invoices import reminder_count
from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from core.writes import Delivery, Finding, Prepared, PrintReminder, Receipt

__all__ = ["PrintReminders"]


class PrintReminders(Kind[PrintReminder]):
    """Has Fortnox write its reminder of an invoice; it reaches nobody before we send it."""

    delivery: ClassVar[Delivery] = Delivery(
        "at_most_once", remains="A lost answer takes the PDF with it: a person settles it, and our own letter goes instead."
    )

    @override
    def prepare(self, write: PrintReminder, key: str) -> Prepared:
        """Render the request."""
        return Prepared("GET", f"/3/invoices/{quote(write.invoice_ref, safe='')}/printreminder", b"", (("Accept", "application/pdf"),))

    @override
    def confirm(self, write: PrintReminder, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Return the PDF, and the count it left behind; the vendor's file gives errors of this address a PDF type, so the first bytes decide."""
        if not answer.content.startswith(b"%PDF"):
            raise OutcomeUnknownError(NAME, f"HTTP {answer.status} without a PDF", request_id=request_id(answer))
        return Receipt("", {"reminders": self._count(write.invoice_ref)}, answer.content)

    def _count(self, invoice_ref: str) -> int | None:
        """Return how many reminders Fortnox counts now; the PDF is here, so that a failed read must not lose it."""
        try:
            return reminder_count(self.client.get(f"/3/invoices/{quote(invoice_ref, safe='')}", "Invoice"))
        except (RetryLaterError, LoginExpiredError, RejectedError):
            return None

    @override
    def look_up(self, write: PrintReminder, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """A count that rose could show that it landed, one that did not shows nothing, and neither brings the PDF back."""
        return Finding("ambiguous")
