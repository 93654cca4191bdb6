"""Marks on invoices that a person sees in eAccounting: a note beside the invoice, or a partner link on it.

An invoice has no field that a partner may write. Nothing is ever deleted: a mark that is taken away says so instead. What is ours is
known by its subject, or by the partner's name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from connectors.visma.answers import NAME
from connectors.visma.client import VismaClient
from connectors.visma.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken
from connectors.visma.mapping.render import clean, json_body
from connectors.visma.mapping.values import Row, UnreadableError, same_id
from core.errors import RejectedError
from core.http import Answer
from core.writes import Delivery, Finding, MarkInvoice, Prepared, Receipt

__all__ = ["LinkInvoices", "NoteInvoices"]

SIGN: Final = "Kravbro"
GONE: Final = "Inte hos inkasso"
"""What stands where a mark was taken away."""
NOTES_READ_MAX: Final = 50
CUSTOMER_INVOICE_NOTE: Final = 1
CUSTOMER_INVOICE_LINK: Final = 3


class _Marks(Kind[MarkInvoice]):
    """What notes and links share: one mark of ours for each invoice, replaced where it is there."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A late first request may put an older mark back, or a second one beside it, until the next one.",
    )
    path: ClassVar[str]
    field: ClassVar[str]
    length: ClassVar[int]

    @override
    def prepare(self, write: MarkInvoice, key: str) -> Prepared:
        """Render the mark in place of ours, or as a new one."""
        ours = next(iter(self._ours(write.invoice_ref)), None)
        if ours is None and not write.text:
            raise RejectedError(NAME, "no_mark", f"invoice {write.invoice_ref} bears no mark of ours, so there is none to take away")
        body = json_body(self._body(write, self._text(write)))
        method, target = ("PUT", f"{self.path}/{ours[0]}") if ours else ("POST", self.path)
        return Prepared(method, target, body, JSON_TYPE)

    @override
    def confirm(self, write: MarkInvoice, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the text that came back."""
        if str(self.echoed(answer).get(self.field)) != self._text(write):
            raise not_taken(f"the mark of invoice {write.invoice_ref}", [self.field])
        return _receipt(write, key)

    @override
    def look_up(self, write: MarkInvoice, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read our mark."""
        stands = any(text == self._text(write) for _, text in self._ours(write.invoice_ref))
        return finding([_receipt(write, key)] if stands else [])

    def _text(self, write: MarkInvoice) -> str:
        return clean(write.text, self.length) or GONE

    @abstractmethod
    def _ours(self, invoice_ref: str) -> Iterator[tuple[str, str]]:
        """Yield id and text of our marks on an invoice."""

    @abstractmethod
    def _body(self, write: MarkInvoice, text: str) -> dict[str, Any]:
        """Return the mark as the vendor takes it."""


class NoteInvoices(_Marks):
    """Marks by a note on the invoice."""

    path = "/v2/notes"
    field = "Text"
    length = 256

    @override
    def _ours(self, invoice_ref: str) -> Iterator[tuple[str, str]]:
        invoice = self.client.get(f"/v2/customerinvoices/{invoice_ref}")
        notes = invoice.get("Notes")
        for ident in (notes if isinstance(notes, list) else [])[-NOTES_READ_MAX:]:
            note = self.client.find(f"/v2/notes/{ident}")
            if note is not None and note.get("Subject") == SIGN:
                yield str(ident), str(note.get("Text"))

    @override
    def _body(self, write: MarkInvoice, text: str) -> dict[str, Any]:
        done = not write.text
        return {"AttachedTo": write.invoice_ref, "DocumentType": CUSTOMER_INVOICE_NOTE, "Subject": SIGN, "Text": text, "IsDone": done}


class LinkInvoices(_Marks):
    """Marks by a partner link on the invoice, which leads to our page about it."""

    path = "/v2/partnerresourcelinks"
    field = "PartnerSystemName"
    length = 100

    def __init__(self, client: VismaClient, link_url: str) -> None:
        super().__init__(client)
        self._link_url = link_url

    @override
    def _ours(self, invoice_ref: str) -> Iterator[tuple[str, str]]:
        for raw in self.client.list_rows(self.path):
            try:
                row = Row(raw)
                ident, of, partner = row.guid("Id"), row.text("ResourceId"), row.text("PartnerCompanyName")
            except UnreadableError:
                continue
            if ident and same_id(of, invoice_ref) and partner == SIGN:
                yield ident, row.text(self.field)

    @override
    def _body(self, write: MarkInvoice, text: str) -> dict[str, Any]:
        number = str(self.client.get(f"/v2/customerinvoices/{write.invoice_ref}").get("InvoiceNumber"))
        return {
            "ResourceId": write.invoice_ref, "ResourceType": CUSTOMER_INVOICE_LINK, "Href": self._link_url.replace("{invoice}", number),
            "PartnerCompanyName": SIGN, "PartnerSystemName": text,
        }  # fmt: skip


def _receipt(write: MarkInvoice, key: str) -> Receipt:
    # An invoice is marked more than once, and receipts name one effect each.
    return Receipt(f"{write.invoice_ref}:{key[:16]}", {"text": write.text})
