"""Writes as the bytes eAccounting takes: JSON with exact numbers, texts within its lengths, our mark where we can find it again."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from core.errors import InvariantBrokenError
from core.money import Money
from core.ports import Document
from core.writes import AttachDocument, BookPayment, BookVoucher, VoucherRow

__all__ = [
    "MARK",
    "clean",
    "is_mark",
    "json_body",
    "mark_of",
    "render_bank_account",
    "render_connection",
    "render_file",
    "render_payment",
    "render_voucher",
    "split_voucher_ref",
    "voucher_text",
]

MARK: Final = re.compile(r"\bkb:[0-9a-f]{16}\b")
PARTIAL, COMPLETE, ROUNDING = 1, 2, 3
"""PaymentType of the vendor's model."""
CASH_ACCOUNT: Final = 2
VOUCHER_DOCUMENT: Final = 3


def clean(text: str, length: int) -> str:
    """Return the text in one line, within a length, without control characters."""
    kept = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())[:length].strip()


def mark_of(key: str) -> str:
    """Return the mark that stands in what we write, so that it can be found again."""
    return f"kb:{key[:16]}"


def is_mark(text: str) -> bool:
    """Tell whether a text holds the mark of one of our intents."""
    return MARK.search(text) is not None


def render_payment(write: BookPayment, key: str, *, bank_account: str, left: Money) -> bytes:
    """Return the body of a payment; it is complete exactly where it pays all that the vendor has left, so that nothing is written off.

    A rest below 1.00 goes as the vendor's rounding: the account for it is the vendor's own. Before our mark in the reference stands the day
    of the event, where a locked period moved the booking.
    """
    amount, kind = write.amount, COMPLETE if write.amount == left else PARTIAL
    if write.write_off is not None:
        amount, kind = write.write_off, ROUNDING
    payment = {
        "CompanyBankAccountId": bank_account,
        "PaymentDate": write.paid_on,
        "Reference": f"avser {write.moved_from} {mark_of(key)}" if write.moved_from else mark_of(key),
        "PaymentAmount": amount,
        "PaymentCurrency": amount.currency,
        "PaymentType": kind,
    }
    return json_body(payment)


def voucher_text(write: BookVoucher, key: str) -> str:
    """Return the text; the day of the event stands in it where a locked period moved the booking, and our mark at the end."""
    moved = "" if write.event_on == write.booked_on else f" (avser {write.event_on})"
    end = f"{moved} {mark_of(key)}"
    return f"{clean(write.text, 1000 - len(end))}{end}".strip()


def render_voucher(write: BookVoucher, key: str, *, series: str) -> bytes:
    """Return the body of a voucher; `series` is "" for the vendor's own."""
    voucher: dict[str, Any] = {
        "VoucherDate": write.booked_on,
        "VoucherText": voucher_text(write, key),
        "Rows": [_voucher_row(row) for row in write.rows],
    }
    return json_body(voucher | ({"NumberSeries": series} if series else {}))


def render_bank_account(name: str, ledger: str) -> bytes:
    """Return the body of a new bank account: of the cash kind, which needs no bank and has no statement."""
    return json_body({"Name": clean(name, 200), "BankAccountType": CASH_ACCOUNT, "LedgerAccountNumber": int(ledger), "IsActive": True})


def render_file(document: Document, key: str) -> tuple[bytes, str]:
    """Return body and file name of an upload, the same bytes for the same key."""
    name = f"{mark_of(key).replace(':', '-')}-{_file_name(document.name)}"
    data = base64.b64encode(document.content).decode()
    return json_body({"ContentType": document.media_type, "FileName": name, "Data": data}), name


def render_connection(write: AttachDocument) -> bytes:
    """Return the body that ties a file to a voucher."""
    _, voucher = split_voucher_ref(write.voucher_ref)
    return json_body({"DocumentId": voucher, "DocumentType": VOUCHER_DOCUMENT, "AttachmentIds": [write.file_ref]})


def split_voucher_ref(ref: str) -> tuple[str, str]:
    """Return number and id of a reference of ours."""
    number, separator, ident = ref.rpartition("/")
    if not separator:
        raise InvariantBrokenError(f"{ref!r} is no voucher reference")
    return number, ident


def json_body(value: Mapping[str, Any]) -> bytes:
    """Return a JSON object as bytes."""
    return _json(value).encode()


def _voucher_row(row: VoucherRow) -> dict[str, Any]:
    side = {"DebitAmount": row.debit} if row.debit else {"CreditAmount": row.credit}
    text = clean(row.text, 60)
    return {"AccountNumber": int(row.account), **side, **({"TransactionText": text} if text else {})}


def _file_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[-60:] or "document"


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
