"""Vouchers, and the documents that belong to them.

https://apps.fortnox.se/apidocs, Vouchers, Inbox and VoucherFileConnections. A voucher can be neither changed nor deleted
through the API; it is named by series, number and the id of its financial year.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Final

from typing_extensions import override

from connectors.fortnox.answers import NAME
from connectors.fortnox.client import FortnoxClient
from connectors.fortnox.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken
from connectors.fortnox.mapping import books, files
from connectors.fortnox.mapping.render import file_mark, mark_of, render_connection, render_file, render_voucher, voucher_ref
from core.errors import InvariantBrokenError, OutcomeUnknownError, RejectedError
from core.http import Answer
from core.ports import DocumentStore
from core.writes import AttachDocument, BookVoucher, Delivery, Finding, Prepared, Receipt, UploadDocument

__all__ = ["AttachDocuments", "BookVouchers", "UploadDocuments", "Years"]

FOLDER: Final = "inbox_v"
"""The static inbox folder for vouchers; written Inbox_v in the vendor's file, lower case elsewhere."""


class Years:
    """The financial years, read anew for each use: a missing one is created while we wait."""

    def __init__(self, client: FortnoxClient) -> None:
        self._client = client

    def id_of(self, on: date) -> str:
        """Return the id of the year of a day; without it a voucher would land in whatever year is preselected."""
        found = books.years_between(self.read(), on, on)
        if not found:
            raise RejectedError(NAME, "no_financial_year", f"there is no financial year for {on}: it must be created in Fortnox")
        return found[0]

    def read(self) -> list[Any]:
        """Return every year: the parameter for one day is `Date` in the vendor's file and `date` in its guide."""
        return list(self._client.list_rows("/3/financialyears", "FinancialYears"))


class BookVouchers(Kind[BookVoucher]):
    """Books a voucher, our mark in its comments."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A first request that lands later than absent_after makes a second voucher; the audit shows it by its mark.",
    )

    def __init__(self, client: FortnoxClient, years: Years) -> None:
        super().__init__(client)
        self._years = years

    @override
    def prepare(self, write: BookVoucher, key: str) -> Prepared:
        """Render the voucher for the financial year of its day."""
        year = self._years.id_of(write.booked_on)
        return Prepared("POST", f"/3/vouchers?financialyear={year}", render_voucher(write, key), JSON_TYPE, {"year": year})

    @override
    def confirm(self, write: BookVoucher, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the voucher that was made with the one that was sent."""
        echo = self.echoed(answer, "Voucher")
        found = books.voucher_key(echo)
        if found is None:
            raise OutcomeUnknownError(NAME, "a voucher without a number came back")
        if differing := books.voucher_differences(write, echo, key):
            raise not_taken(f"voucher {voucher_ref(*found)}", differing)
        return _voucher_receipt(found)

    @override
    def look_up(self, write: BookVoucher, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark among the vouchers of the series, from the event to the booking: in list rows first, then in details."""
        rows = self._rows(write, prepared.evidence["year"])
        marked = [found for raw in rows if mark_of(key) in books.voucher_comments(raw) and (found := books.voucher_key(raw))]
        # A list row may leave its comments out, so nothing is absent before the details were read.
        marked = marked or [found for raw in rows if (found := books.voucher_key(raw)) and self._has_mark(found, key)]
        receipts = [_voucher_receipt(found) for found in marked]
        return finding([receipt for receipt in receipts if receipt.remote_ref not in taken])

    def _rows(self, write: BookVoucher, year: str) -> list[Any]:
        # From the day of the event: a locked period may have moved the booking since it was made, as after a restore.
        first, last = sorted((write.event_on, write.booked_on))
        rows = self.client.list_rows("/3/vouchers", "Vouchers", financialyear=year, fromdate=first.isoformat(), todate=last.isoformat())
        return [raw for raw in rows if (found := books.voucher_key(raw)) and found[0] == write.series]

    def _has_mark(self, found: tuple[str, str, str], key: str) -> bool:
        raw = self.client.find(f"/3/vouchers/{found[0]}/{found[1]}", "Voucher", financialyear=found[2])
        return mark_of(key) in books.voucher_comments(raw)


class UploadDocuments(Kind[UploadDocument]):
    """Puts a document into the inbox folder for vouchers, our mark in its file name."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A copy that lands late stays in the inbox, tied to nothing.",
    )

    def __init__(self, client: FortnoxClient, documents: DocumentStore) -> None:
        super().__init__(client)
        self._documents = documents

    @override
    def prepare(self, write: UploadDocument, key: str) -> Prepared:
        """Render the upload from the stored bytes."""
        document = self._documents.get(write.document_id)
        if hashlib.sha256(document.content).hexdigest() != write.sha256:
            raise InvariantBrokenError(f"document {write.document_id} is not the one that was to be sent")
        body, media_type, name = render_file(document, key)
        evidence = {"name": name, "size": len(document.content)}
        return Prepared("POST", "/3/inbox?path=Inbox_v", body, (("Content-Type", media_type),), evidence)

    @override
    def confirm(self, write: UploadDocument, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare name and size of the file that arrived."""
        file = files.parse_file(self.echoed(answer, "File"))
        if file is None:
            raise OutcomeUnknownError(NAME, "a file without an id came back")
        if differing := file.differs_from(prepared.evidence["name"], prepared.evidence["size"]):
            raise not_taken(f"file {file.ref}", differing)
        return Receipt(file.ref, {"name": file.name})

    @override
    def look_up(self, write: UploadDocument, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark in the names of the folder."""
        folder = self.client.get("/3/inbox", "Folder", path="Inbox_v")
        if not files.is_folder(folder, FOLDER):
            folder = self.client.get(f"/3/inbox/{FOLDER}", "Folder")
        found = [file for file in files.parse_files(folder) if file_mark(key) in file.name and file.ref not in taken]
        return finding([Receipt(file.ref, {"name": file.name}) for file in found])


class AttachDocuments(Kind[AttachDocument]):
    """Ties an uploaded file to a voucher; a file has one connection at most."""

    delivery: ClassVar[Delivery] = Delivery("look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: a file is tied once.")

    @override
    def prepare(self, write: AttachDocument, key: str) -> Prepared:
        """Render the connection."""
        return Prepared("POST", "/3/voucherfileconnections", render_connection(write), JSON_TYPE)

    @override
    def confirm(self, write: AttachDocument, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the voucher the file was tied to."""
        if not files.ties(self.echoed(answer, "VoucherFileConnection"), write.file_ref, write.voucher_ref):
            raise not_taken(f"the connection of file {write.file_ref}", ["voucher"])
        return Receipt(write.file_ref, {"voucher": write.voucher_ref})

    @override
    def look_up(self, write: AttachDocument, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the file's connection; one to another voucher is for a person."""
        raw = self.client.find(f"/3/voucherfileconnections/{write.file_ref}", "VoucherFileConnection")
        if raw is None:
            return finding([])
        tied = files.ties(raw, write.file_ref, write.voucher_ref)
        receipts = [Receipt(write.file_ref, {"voucher": write.voucher_ref})] if tied else []
        return finding(receipts, [] if tied else [write.file_ref])


def _voucher_receipt(found: tuple[str, str, str]) -> Receipt:
    series, number, year = found
    return Receipt(voucher_ref(*found), {"series": series, "number": number, "year": year})
