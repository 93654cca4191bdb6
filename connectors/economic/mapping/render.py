"""Writes as the bytes e-conomic takes: JSON with exact numbers and nothing that is unset, multipart for documents."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from core.errors import InvariantBrokenError
from core.ids import stable_id
from core.money import Money
from core.ports import Document
from core.writes import BookPayment, BookVoucher, CreatePaymentMode

__all__ = [
    "TEXT_MAX",
    "clean",
    "mark_of",
    "render_booking",
    "render_contact",
    "render_document",
    "render_journal",
    "render_match",
    "render_payment",
    "render_voucher",
    "split_voucher_ref",
    "voucher_ref",
]

TEXT_MAX: Final = 80
"""Characters before our mark: far below the 250 a draft may have, for nobody says how much of it a booked entry keeps."""
FLAGS: Final = (
    "balancingBehavior", "autoApprove", "isStandingJournal", "requireAdminApproval", "lockVatCodes", "allowPartialBooking", "repeatText",
)  # fmt: skip
"""All false in our own journal; with `requireBalancePerVoucherId`, which is true, they are the eight that must be given."""


def mark_of(key: str) -> str:
    """Return the mark that stands in what we write, so that it can be found again after a key is forgotten."""
    return f"kb-{key[:16]}"


def clean(text: str, length: int) -> str:
    """Return a text on one line, without control characters, no longer than this."""
    shown = "".join(char if char.isprintable() else " " for char in unicodedata.normalize("NFC", text))
    return " ".join(shown.split())[:length].strip()


def render_payment(write: BookPayment, key: str, *, journal: int, customer: str, sign: str) -> bytes:
    """Return the drafts of a payment: what was paid against the money at the agency, and what is written off against its account."""
    moved = f" (vedr. {write.moved_from})" if write.moved_from else ""
    parts = [(write.amount, write.account, f"Inkasso: indbetaling faktura {write.invoice_ref}{moved}")]
    if write.write_off is not None:
        parts.append((write.write_off, write.write_off_account, write.text or f"Afskrevet, faktura {write.invoice_ref}"))
    entries = [
        {
            "entryTypeNumber": 2, "journalNumber": journal, "date": _moment(write.paid_on), "currency": amount.currency,
            "amount": amount if sign == "plus" else -amount, "customerNumber": int(customer), "customerInvoiceNumber": write.invoice_ref,
            "contraAccountNumber": int(account), "text": _marked(text, key),
        }
        for amount, account, text in parts
        if amount
    ]  # fmt: skip
    return _body({"entries": entries})


def render_voucher(write: BookVoucher, key: str, *, journal: int, voucher: int) -> bytes:
    """Return the drafts of a voucher, one for each row, all under one number so that they balance together.

    A voucher has no text of its own here: each row begins with it, so that the ledger names the settlement and its day.
    """
    moved = write.event_on != write.booked_on and str(write.event_on) not in write.text
    head = f"{write.text} (vedr. {write.event_on})" if moved else write.text
    entries = [
        {
            "entryTypeNumber": 5, "journalNumber": journal, "date": _moment(write.booked_on), "currency": row.debit.currency,
            "amount": row.debit - row.credit, "accountNumber": int(row.account), "voucherNumber": voucher,
            "text": _marked(head if row.text in ("", write.text) else f"{head}: {row.text}", key),
        }
        for row in write.rows
        if row.debit != row.credit
    ]  # fmt: skip
    return _body({"entries": entries})


def render_booking(numbers: list[int]) -> bytes:
    """Return the body that books exactly these drafts."""
    return _body({"entryNumbers": sorted(numbers)})


def render_match(numbers: list[int]) -> bytes:
    """Return the body that matches these entries."""
    return _body({"entryIds": sorted(numbers)})


def render_journal(name: str, write: CreatePaymentMode) -> bytes:
    """Return the body of our own journal: nothing stays in it after booking, and every voucher must balance."""
    flags = {**dict.fromkeys(FLAGS, False), "requireBalancePerVoucherId": True}
    return _body({"name": name[:50], "customerContraAccount": int(write.account), "allowedEntryType": 0, **flags})


def render_contact(contact: Mapping[str, Any]) -> bytes:
    """Return the body of a contact."""
    return _body(contact)


def render_document(document: Document, voucher: str, year: str, key: str) -> tuple[bytes, str]:
    """Return body and content type of an attachment, the same bytes for the same key; it fails where one is attached already."""
    boundary = stable_id("economic", "boundary", key)
    fields = {"voucherNumber": voucher, "accountingYear": year, "note": mark_of(key), "onConflict": "1"}
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )  # fmt: skip
    name = _file_name(document.name)
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {document.media_type}\r\n\r\n'
    body = (head + file).encode() + document.content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def voucher_ref(voucher: int, year: str) -> str:
    """Return our reference of a voucher: its number alone starts again each year."""
    return f"{voucher}@{year}"


def split_voucher_ref(ref: str) -> tuple[str, str]:
    """Return number and accounting year of a reference of ours."""
    number, separator, year = ref.partition("@")
    if not separator or not number.isdecimal() or not year:
        raise InvariantBrokenError(f"{ref!r} is no voucher reference")
    return number, year


def _marked(text: str, key: str) -> str:
    mark = mark_of(key)
    return f"{clean(text, TEXT_MAX)} {mark}".strip()


def _moment(on: date) -> str:
    """Return a day as the services declare it; the time says nothing."""
    return f"{on.isoformat()}T00:00:00Z"


def _file_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[-60:] or "document"


def _body(value: Mapping[str, Any]) -> bytes:
    return _json(value).encode()


def _json(value: Any) -> str:
    """Return JSON text in which amounts are plain decimals: the standard encoder knows only floats."""
    if isinstance(value, Money):
        return value.text()
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)
