"""How money gets to the creditor: one account, the reference, and what a bank can read from paper (QR codes, payment lines, bar code).

Formats: "UsingQR" version 1 (Swedish bankgiro and plusgiro, kronor); EPC069-12 version 2 (an IBAN, euros); FI-kort type 71 (Denmark);
Finance Finland's "Pankkiviivakoodi" versions 4 and 5, as the digits people type. A code is left out rather than made doubtful.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import segno
from segno import helpers

from letters.letter import Letter
from letters.numbers import (
    bankgiro_text,
    bare_iban,
    check_accounts,
    danish_account,
    fi_line,
    grouped_iban,
    grouped_reference,
    is_finnish_reference,
    is_kid,
    is_ocr,
    norwegian_account,
    plusgiro_text,
    rf_of,
)
from letters.texts import clean, home_of

__all__ = ["Ways", "bar_code", "payment_qr", "qr_payload", "reference_label", "ways_to_pay"]

NAME_LENGTH_MAX: Final = 60
PAYLOAD_LENGTH_MAX: Final = 300
"""More makes the code too dense to scan; the payer's bank shows its own name for the account anyway."""
BAR_CODE_MINOR_MAX: Final = 999_999_99
EPC_TEXT_LENGTH_MAX: Final = 140
DOMESTIC: Final = frozenset({"SE", "DK", "NO"})
"""Countries whose people pay each other by other numbers than the IBAN; elsewhere it is all they need."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How a letter is paid; each pair is a label of the words and its value.

    Attributes:
        accounts: one account, so that nobody has to choose, and its bank; empty where the books name none.
        lines: what is typed or read as a whole and holds account, reference and perhaps the amount.
        qr: the payment code as SVG, or "".
    """

    accounts: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    qr: str


def ways_to_pay(letter: Letter) -> Ways:
    """Return how a letter is paid, or raise `ConfigError` for an account that is none."""
    check_accounts(letter.creditor, letter.fi_creditor_no)
    lines = (("fi_line", _fi_line(letter)), ("barcode", bar_code(letter)))
    return Ways(_accounts(letter), tuple((label, value) for label, value in lines if value), payment_qr(letter))


def reference_label(letter: Letter) -> str:
    """Return what the reference is called: a bank app refuses one that lacks its scheme's check digit, so only a checked one gets its name."""
    references = [line.payment_reference.strip() for line in letter.lines]
    home = home_of(letter.creditor.address)
    if all(map(_is_international, references)) or (home == "FI" and all(map(is_finnish_reference, references))):
        return "creditor_reference"
    if home == "NO" and all(map(is_kid, references)):
        return "kid"
    if home == "DK" and all(fi_line(reference, letter.fi_creditor_no) for reference in references):
        return "payment_id"
    return "ocr" if home == "SE" and all(map(is_ocr, references)) else "message"


def reference_text(letter: Letter, reference: str) -> str:
    """Return a reference as it is grouped where it is called by its scheme's name."""
    return grouped_reference(reference) if reference_label(letter) == "creditor_reference" else reference


def bar_code(letter: Letter) -> str:
    """Return the 54 digits of the Finnish virtual bar code, or "" where it can't say this payment."""
    payment, account = letter.next_payment, bare_iban(letter.creditor.iban)
    reference = _one_reference(letter)
    if payment.amount.currency != "EUR" or not account.startswith("FI") or not 0 < payment.amount.minor <= BAR_CODE_MINOR_MAX:
        return ""
    if is_finnish_reference(reference):
        version, digits = "4", f"000{re.sub(r'[^0-9]', '', reference):0>20}"
    elif re.fullmatch(r"RF[0-9]{4,23}", rf := rf_of(reference)):
        version, digits = "5", f"{rf[2:4]}{rf[4:]:0>21}"
    else:
        return ""
    return f"{version}{account[2:]}{payment.amount.minor:08}{digits}{payment.due_on:%y%m%d}"


def payment_qr(letter: Letter) -> str:
    """Return the payment code as SVG, or "" where one code can't pay the letter."""
    if payload := qr_payload(letter):
        return _svg(segno.make(payload, error="m", micro=False))
    return _epc_qr(letter)


def qr_payload(letter: Letter) -> str:
    """Return what the "UsingQR" code says (version 1), or "" where one code can't pay the letter.

    It needs kronor, a giro number, and one reference for everything the letter asks for.
    """
    kind, account = ("BG", letter.creditor.bankgiro) if letter.creditor.bankgiro else ("PG", letter.creditor.plusgiro)
    payment, reference = letter.next_payment, _one_reference(letter)
    if payment.amount.currency != "SEK" or not account or not reference or not letter.asks:
        return ""
    who = {
        "uqr": 1,
        "tp": 1,
        "nme": letter.creditor.name[:NAME_LENGTH_MAX],
        "cid": letter.creditor.org_no,
        "iref": reference,
        "idt": f"{letter.lines[0].issued_on:%Y%m%d}",
        "ddt": f"{payment.due_on:%Y%m%d}",
    }
    where = {"cc": "SE", "cur": "SEK", "pt": kind, "acc": bankgiro_text(account) if kind == "BG" else plusgiro_text(account)}
    # The amount is a JSON number and goes in as its exact text: json would only write it from a float.
    payload = f'{_json(who)[:-1]},"due":{payment.amount.text()},{_json(where)[1:]}'
    return payload if len(payload) <= PAYLOAD_LENGTH_MAX else ""


def _epc_qr(letter: Letter) -> str:
    payment, account, name = letter.next_payment, bare_iban(letter.creditor.iban), clean(letter.creditor.name)[:NAME_LENGTH_MAX]
    reference = _one_reference(letter)
    if payment.amount.currency != "EUR" or not account or not name or not reference or not letter.asks:
        return ""
    # Only ISO 11649 goes into the field of that name; anything else is a text to the payee.
    said = {"reference": rf_of(reference)} if rf_of(reference) else {"text": reference[:EPC_TEXT_LENGTH_MAX]}
    return _svg(helpers.make_epc_qr(name, account, payment.amount.amount, bic=letter.creditor.bic.strip() or None, **said))


def _accounts(letter: Letter) -> tuple[tuple[str, str], ...]:
    """Name one account; a payer abroad gets the IBAN too, since a domestic one is out of reach."""
    creditor = letter.creditor
    domestic = (
        ("bankgiro", bankgiro_text(creditor.bankgiro)),
        ("plusgiro", plusgiro_text(creditor.plusgiro)),
        ("account_NO", norwegian_account(creditor.iban)),
        ("account_DK", danish_account(creditor.iban)),
    )
    accounts = [(label, clean(number)) for label, number in domestic if number][:1]
    abroad = letter.debtor.address.country.upper() not in ("", home_of(creditor.address))
    if creditor.iban.strip() and (abroad or not accounts):
        accounts.append(("iban", clean(grouped_iban(creditor.iban))))
        needs_bank = abroad or home_of(creditor.address) in DOMESTIC
        accounts += [("bic", clean(creditor.bic))] if needs_bank and creditor.bic.strip() else []
    return tuple(accounts)


def _fi_line(letter: Letter) -> str:
    return fi_line(_one_reference(letter), letter.fi_creditor_no)


def _one_reference(letter: Letter) -> str:
    references = {line.pays_with for line in letter.lines}
    return references.pop() if len(references) == 1 else ""


def _is_international(reference: str) -> bool:
    return reference.upper().startswith("RF") and bool(rf_of(reference))


def _svg(code: segno.QRCode) -> str:
    out = io.BytesIO()
    code.save(out, kind="svg", xmldecl=False, border=0, omitsize=True)
    return out.getvalue().decode()


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
