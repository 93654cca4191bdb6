"""Vouchers, and the documents that belong to them.

A voucher can be neither changed nor deleted through the API, only turned by another; a file is uploaded as an attachment and then
linked to it (https://developer.vismaonline.com, Vouchers, Attachments and AttachmentLinks).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar

from typing_extensions import override

from connectors.visma.answers import NAME
from connectors.visma.client import Json, VismaClient
from connectors.visma.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken
from connectors.visma.mapping import books
from connectors.visma.mapping.render import mark_of, render_connection, render_file, render_voucher, split_voucher_ref
from connectors.visma.mapping.values import Row, UnreadableError, same_id
from core.errors import InvariantBrokenError, OutcomeUnknownError, RejectedError
from core.http import Answer
from core.ports import DocumentStore
from core.writes import AttachDocument, BookVoucher, Delivery, Finding, Prepared, Receipt, UploadDocument

__all__ = ["AttachDocuments", "BookVouchers", "UploadDocuments", "Years"]


class Years:
    """The fiscal years, read anew for each use: a missing one is created, or a year locked, while we wait."""

    def __init__(self, client: VismaClient) -> None:
        self._client = client

    def id_of(self, on: date) -> str:
        """Return the id of the year of a day; accounts exist per year, and without one nothing can be booked."""
        found = books.year_of(self.read(), on)
        if not found:
            raise RejectedError(NAME, "no_fiscal_year", f"there is no fiscal year for {on}: it must be created in eAccounting")
        return found

    def read(self) -> list[Any]:
        """Return every year."""
        return list(self._client.list_rows("/v2/fiscalyears"))


class BookVouchers(Kind[BookVoucher]):
    """Books a voucher, our mark at the end of its text."""

    waits_for_rights = True
    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A first request that lands later than absent_after makes a second voucher; the audit shows it by its mark.",
    )

    def __init__(self, client: VismaClient, years: Years) -> None:
        super().__init__(client)
        self._years = years

    @override
    def prepare(self, write: BookVoucher, key: str) -> Prepared:
        """Render the voucher; amounts are final, so the vendor is to add no VAT of its own."""
        self._years.id_of(write.booked_on)
        series = "" if write.series in ("", books.DEFAULT_SERIES) else write.series
        default = "false" if series else "true"
        target = f"/v2/vouchers?useAutomaticVatCalculation=false&useDefaultVatCodes=true&useDefaultVoucherSeries={default}"
        return Prepared("POST", target, render_voucher(write, key, series=series), JSON_TYPE)

    @override
    def confirm(self, write: BookVoucher, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the voucher that was made with the one that was sent."""
        echo = self.echoed(answer)
        ref = books.voucher_key(echo)
        if not ref:
            raise OutcomeUnknownError(NAME, "a voucher without an id came back")
        if differing := books.voucher_differences(write, echo, key):
            raise not_taken(f"voucher {ref}", differing)
        return Receipt(ref, {"number": ref.partition("/")[0]})

    @override
    def look_up(self, write: BookVoucher, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark among the vouchers from the event to the booking: a locked period may have moved it since."""
        first, last = sorted((write.event_on, write.booked_on))
        days = f"VoucherDate ge {first}T00:00:00Z and VoucherDate le {last}T23:59:59Z"
        rows = self.client.list_still("/v2/vouchers", _filter=days)
        refs = [ref for raw in rows if mark_of(key) in books.voucher_words(raw) and (ref := books.voucher_key(raw))]
        return finding([Receipt(ref, {"number": ref.partition("/")[0]}) for ref in refs if ref not in taken])


class UploadDocuments(Kind[UploadDocument]):
    """Uploads a document as an attachment, our mark in its file name."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A copy that lands late stays among the unmatched attachments, tied to nothing.",
    )

    def __init__(self, client: VismaClient, documents: DocumentStore) -> None:
        super().__init__(client)
        self._documents = documents

    @override
    def prepare(self, write: UploadDocument, key: str) -> Prepared:
        """Render the upload from the stored bytes."""
        document = self._documents.get(write.document_id)
        if hashlib.sha256(document.content).hexdigest() != write.sha256:
            raise InvariantBrokenError(f"document {write.document_id} is not the one that was to be sent")
        body, name = render_file(document, key)
        return Prepared("POST", "/v2/attachments", body, JSON_TYPE, {"name": name})

    @override
    def confirm(self, write: UploadDocument, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the name of the file that arrived."""
        ref, name = _attachment(self.echoed(answer))
        if not ref:
            raise OutcomeUnknownError(NAME, "an attachment without an id came back")
        if name != prepared.evidence["name"]:
            raise not_taken(f"attachment {ref}", ["FileName"])
        return Receipt(ref, {"name": name})

    @override
    def look_up(self, write: UploadDocument, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the name among the attachments, linked or not."""
        name = prepared.evidence["name"]
        found = [_attachment(raw) for raw in self.client.list_still("/v2/attachments", includeMatched="true")]
        return finding([Receipt(ref, {"name": name}) for ref, given in found if given == name and ref and ref not in taken])


class AttachDocuments(Kind[AttachDocument]):
    """Links an uploaded file to a voucher; an attachment has one document."""

    delivery: ClassVar[Delivery] = Delivery("look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: an attachment is linked once.")

    @override
    def prepare(self, write: AttachDocument, key: str) -> Prepared:
        """Render the link."""
        return Prepared("POST", "/v2/attachmentlinks", render_connection(write), JSON_TYPE)

    @override
    def confirm(self, write: AttachDocument, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the voucher the file was linked to."""
        _, voucher = split_voucher_ref(write.voucher_ref)
        if not same_id(str(self.echoed(answer).get("DocumentId")), voucher):
            raise not_taken(f"the link of attachment {write.file_ref}", ["DocumentId"])
        return Receipt(write.file_ref, {"voucher": write.voucher_ref})

    @override
    def look_up(self, write: AttachDocument, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the attachment's document; another voucher's is for a person."""
        raw = self.client.find(f"/v2/attachments/{write.file_ref}")
        linked = _document(raw) if raw else ""
        if not linked:
            return finding([])
        tied = same_id(linked, split_voucher_ref(write.voucher_ref)[1])
        receipts = [Receipt(write.file_ref, {"voucher": write.voucher_ref})] if tied else []
        return finding(receipts, [] if tied else [write.file_ref])


def _attachment(raw: object) -> tuple[str, str]:
    try:
        row = Row(raw)
        return row.guid("Id"), row.text("FileName")
    except UnreadableError:
        return "", ""


def _document(raw: Json) -> str:
    try:
        return Row(raw).guid("DocumentId")
    except UnreadableError:
        return ""
