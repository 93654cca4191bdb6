"""How money gets to the creditor, as people and bank apps write it: accounts, references and the payment QR code."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Final

import segno

from letters.letter import Letter

__all__ = ["bankgiro_text", "grouped_iban", "is_ocr", "payment_qr", "plusgiro_text", "qr_payload"]

NAME_LENGTH_MAX: Final = 60
PAYLOAD_LENGTH_MAX: Final = 300
"""More makes the code too dense to scan; the payer's bank shows its own name for the account anyway."""


def bankgiro_text(number: str) -> str:
    """Return a bankgiro number as 5050-1055 or 505-1055; anything else as it stands."""
    digits = _digits(number)
    return f"{digits[:-4]}-{digits[-4:]}" if len(digits) in (7, 8) else number.strip()


def plusgiro_text(number: str) -> str:
    """Return a plusgiro number as 12 34 56-7; anything else as it stands."""
    digits = _digits(number)
    if not 2 <= len(digits) <= 8:
        return number.strip()
    body = digits[:-1]
    head = len(body) % 2
    groups = ([body[:head]] if head else []) + [body[index : index + 2] for index in range(head, len(body), 2)]
    return f"{' '.join(groups)}-{digits[-1]}"


def grouped_iban(number: str) -> str:
    """Return an IBAN in groups of four."""
    bare = re.sub(r"\s", "", number).upper()
    return " ".join(bare[index : index + 4] for index in range(0, len(bare), 4))


def is_ocr(reference: str) -> bool:
    """Tell whether a reference is a Swedish OCR number: 2 to 25 digits ending in their modulo-10 check digit."""
    if not re.fullmatch(r"[0-9]{2,25}", reference):
        return False
    doubled = (int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(reference)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def qr_payload(letter: Letter) -> str:
    """Return what the "UsingQR" code says (version 1), or "" where one code can't pay the letter.

    It needs kronor, a giro number, and one reference for everything the letter asks for.
    """
    kind, account = ("BG", letter.creditor.bankgiro) if letter.creditor.bankgiro else ("PG", letter.creditor.plusgiro)
    references = {line.pays_with for line in letter.lines}
    if letter.fee.currency != "SEK" or not account or len(references) != 1:
        return ""
    first = letter.lines[0]
    who = {
        "uqr": 1,
        "tp": 1,
        "nme": letter.creditor.name[:NAME_LENGTH_MAX],
        "cid": letter.creditor.org_no,
        "iref": first.pays_with,
        "idt": f"{first.issued_on:%Y%m%d}",
        "ddt": f"{letter.pay_by:%Y%m%d}",
    }
    where = {"cc": "SE", "cur": "SEK", "pt": kind, "acc": bankgiro_text(account) if kind == "BG" else plusgiro_text(account)}
    # The amount is a JSON number and goes in as its exact text: json would only write it from a float.
    payload = f'{_json(who)[:-1]},"due":{letter.to_pay.text()},{_json(where)[1:]}'
    return payload if len(payload) <= PAYLOAD_LENGTH_MAX else ""


def payment_qr(letter: Letter) -> str:
    """Return the payment code as SVG, or "" where one code can't pay the letter."""
    payload = qr_payload(letter)
    if not payload:
        return ""
    out = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(out, kind="svg", xmldecl=False, border=0, omitsize=True)
    return out.getvalue().decode()


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number) if re.fullmatch(r"[0-9\s-]+", number) else ""
