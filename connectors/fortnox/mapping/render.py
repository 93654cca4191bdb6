"""Writes as the bytes Fortnox takes: JSON with exact numbers, texts within its character list and lengths."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from connectors.fortnox.mapping.invoices import HOME_CURRENCY
from core.errors import InvariantBrokenError
from core.ids import stable_id
from core.money import Money
from core.ports import Document
from core.writes import AttachDocument, BookPayment, BookVoucher, CreatePaymentMode, VoucherRow

__all__ = [
    "BLANK",
    "clean",
    "file_mark",
    "is_mark",
    "mark_of",
    "render_connection",
    "render_file",
    "render_mode",
    "render_payment",
    "render_voucher",
    "split_voucher_ref",
    "voucher_ref",
    "voucher_text",
]

BLANK: Final = "API_BLANK"
"""Empties a field; an empty string in a PUT is ignored (VCR/invoices/save_old_with_empty_comments.yml)."""

MARK: Final = "kb:"

PUNCTUATION: Final = frozenset(" \u2013:.`\u00b4\u2019\\,;^¤#%§£$€¢¥©™°&/()=+-*_!?²³®½@\n")
"""Taken beside letters and digits (https://www.fortnox.se/developer/guides-and-good-to-know/formats-and-encoding)."""

REPLACED: Final = str.maketrans(
    {
        **dict.fromkeys("\"'\u2018\u201c\u201d\u00ab\u00bb", "\u2019"),
        **dict.fromkeys("[{<", "("),
        **dict.fromkeys("]}>", ")"),
        **dict.fromkeys("\t\u00a0\u202f", " "),
        "\u2014": "\u2013",
        "|": "/",
        "~": "-",
        "\r": None,
        "\u2026": "...",
    }
)
"""Quotation marks, brackets and the like: refused characters with a look-alike that is taken."""


def clean(text: str, length: int, *, line: bool = True) -> str:
    """Return the text in characters and a length the vendor takes; others are refused as a whole (2000359, 2000107)."""
    swapped = unicodedata.normalize("NFC", text).translate(REPLACED)
    kept = "".join(char for char in swapped if char.isalpha() or char in "0123456789" or char in PUNCTUATION)
    return (" ".join(kept.split()) if line else kept.strip())[:length].strip()


def mark_of(key: str) -> str:
    """Return the mark that stands in what we write, so that it can be found again."""
    return f"{MARK}{key[:16]}"


def is_mark(text: str) -> bool:
    """Tell whether a text is the mark of one of our intents."""
    return text.startswith(MARK)


def file_mark(key: str) -> str:
    """Return the mark as it stands in a file name."""
    return mark_of(key).replace(":", "-")


def render_payment(write: BookPayment, key: str, *, write_off_sign: str) -> bytes:
    """Return the body of a new, unbooked payment; only a write-off has a field for our mark."""
    amount = "Amount" if write.amount.currency == HOME_CURRENCY else "AmountCurrency"
    payment: dict[str, Any] = {
        "InvoiceNumber": int(write.invoice_ref),
        amount: write.amount,
        "PaymentDate": write.paid_on,
        "ModeOfPayment": write.mode,
        "ModeOfPaymentAccount": int(write.account),
    }
    if write.write_off is not None:
        payment["WriteOffs"] = [
            {
                "Amount": write.write_off if write_off_sign == "plus" else -write.write_off,
                "AccountNumber": int(write.write_off_account),
                "Description": clean(write.text, 200),
                "TransactionInformation": mark_of(key),
            }
        ]
    return _body({"InvoicePayment": payment})


def voucher_text(write: BookVoucher) -> str:
    """Return the description; the day of the event stands in it where a locked period moved the booking."""
    suffix = "" if write.event_on == write.booked_on else f" (avser {write.event_on})"
    return f"{clean(write.text, 200 - len(suffix))}{suffix}".strip()


def render_voucher(write: BookVoucher, key: str) -> bytes:
    """Return the body of a voucher, our mark in its comments; Year is read-only whatever the vendor's file says."""
    voucher = {
        "Description": voucher_text(write),
        "TransactionDate": write.booked_on,
        "VoucherSeries": write.series,
        "Comments": mark_of(key),
        "VoucherRows": [_voucher_row(row) for row in write.rows],
    }
    return _body({"Voucher": voucher})


def render_connection(write: AttachDocument) -> bytes:
    """Return the body that ties a file to a voucher; the voucher's number is text here."""
    series, number, year = split_voucher_ref(write.voucher_ref)
    connection = {"FileId": write.file_ref, "VoucherSeries": series, "VoucherNumber": number, "VoucherYear": int(year)}
    return _body({"VoucherFileConnection": connection})


def render_mode(write: CreatePaymentMode) -> bytes:
    """Return the body of a new mode of payment; the account is text here."""
    mode = {"Code": write.code, "Description": clean(write.text, 100), "AccountNumber": write.account}
    return _body({"ModeOfPayment": mode})


def render_file(document: Document, key: str) -> tuple[bytes, str, str]:
    """Return body, content type and file name of an upload, the same bytes for the same key."""
    boundary = stable_id("fortnox", "boundary", key)
    name = f"{file_mark(key)}-{_file_name(document.name)}"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {document.media_type}\r\n\r\n'
    body = head.encode() + document.content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}", name


def voucher_ref(series: str, number: str, year: str) -> str:
    """Return our reference of a voucher: its number alone is not unique, it starts again each year and series."""
    return f"{series}/{number}/{year}"


def split_voucher_ref(ref: str) -> tuple[str, str, str]:
    """Return series, number and year id of a reference of ours."""
    parts = ref.split("/")
    if len(parts) != 3 or not parts[1].isdecimal() or not parts[2].isdecimal():
        raise InvariantBrokenError(f"{ref!r} is no voucher reference")
    return parts[0], parts[1], parts[2]


def _voucher_row(row: VoucherRow) -> dict[str, Any]:
    side = {"Debit": row.debit} if row.debit else {"Credit": row.credit}
    text = clean(row.text, 100)
    return {"Account": int(row.account), **side, **({"TransactionInformation": text} if text else {})}


def _file_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[-60:] or "document"


def _body(value: Mapping[str, Any]) -> bytes:
    return _json(value).encode()


def _json(value: Any) -> str:
    """Return JSON text in which amounts are plain decimals: the standard encoder knows only floats."""
    if isinstance(value, Money):
        return value.text()
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)
