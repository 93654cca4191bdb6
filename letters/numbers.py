"""Accounts and references as people write them, with their check digits; an account whose check digit is wrong is refused.

References are only ever called by the name of a scheme (OCR, KID, viitenumero) whose check digit they bear. Sources: Bankgirot, "OCR-kontroll"
(modulus 10); Mastercard Payment Services Norway, "KID" (modulus 10 or 11, a minus for 10); FI-kort types 71 and 75 (modulus 10, 15 digits);
Finance Finland, "viitenumero" (7-3-1); ISO 11649; ISO 13616.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import iban, iso11649, luhn
from stdnum.iso7064 import mod_97_10
from stdnum.no import kontonr

from core.claim import Party
from core.errors import ConfigError

__all__ = [
    "bankgiro_text",
    "bare_iban",
    "check_accounts",
    "danish_account",
    "fi_line",
    "grouped_iban",
    "grouped_reference",
    "is_finnish_reference",
    "is_kid",
    "is_ocr",
    "norwegian_account",
    "plusgiro_text",
    "rf_of",
]

FI_CARD: Final = "71"
FI_ID_LENGTH: Final = 15


def bankgiro_text(number: str) -> str:
    """Return a bankgiro number as 5050-1055 or 505-1055; anything else as it stands."""
    digits = _digits(number)
    return f"{digits[:-4]}-{digits[-4:]}" if len(digits) in (7, 8) else number.strip()


def plusgiro_text(number: str) -> str:
    """Return a plusgiro number as 12 34 56-6; anything else as it stands."""
    digits = _digits(number)
    if not 2 <= len(digits) <= 8:
        return number.strip()
    body = digits[:-1]
    head = len(body) % 2
    groups = ([body[:head]] if head else []) + [body[index : index + 2] for index in range(head, len(body), 2)]
    return f"{' '.join(groups)}-{digits[-1]}"


def bare_iban(number: str) -> str:
    """Return an IBAN without blanks, in capitals."""
    return re.sub(r"\s", "", number).upper()


def grouped_iban(number: str) -> str:
    """Return an IBAN in groups of four."""
    bare = bare_iban(number)
    return " ".join(bare[index : index + 4] for index in range(0, len(bare), 4))


def norwegian_account(number: str) -> str:
    """Return the domestic account of a Norwegian IBAN as 8601.11.17947, or ""."""
    bare = bare_iban(number)
    bban = bare[4:]
    return f"{bban[:4]}.{bban[4:6]}.{bban[6:]}" if bare.startswith("NO") and kontonr.is_valid(bban) else ""


def danish_account(number: str) -> str:
    """Return the domestic account of a Danish IBAN as its bank's four digits and the number, or ""."""
    bare = bare_iban(number)
    return f"{bare[4:8]} {bare[8:]}" if re.fullmatch(r"DK[0-9]{16}", bare) else ""


def is_ocr(reference: str) -> bool:
    """Tell whether a reference is a Swedish OCR number: 2 to 25 digits ending in their modulo-10 check digit."""
    return re.fullmatch(r"[0-9]{2,25}", reference) is not None and luhn.is_valid(reference)


def is_kid(reference: str) -> bool:
    """Tell whether a reference is a Norwegian KID: 2 to 25 characters ending in the check digit of modulo 10 or modulo 11."""
    if not re.fullmatch(r"[0-9]{1,24}[0-9-]", reference):
        return False
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(reference[:-1])))
    rest = (11 - weighted % 11) % 11
    return reference[-1] == ("-" if rest == 10 else str(rest)) or (reference.isdecimal() and luhn.is_valid(reference))


def is_finnish_reference(reference: str) -> bool:
    """Tell whether a reference is a Finnish viitenumero: 4 to 20 digits, the last from the weights 7-3-1."""
    bare = re.sub(r"\s", "", reference)
    if not re.fullmatch(r"[0-9]{4,20}", bare):
        return False
    weighted = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(bare[:-1])))
    return int(bare[-1]) == -weighted % 10


def rf_of(reference: str) -> str:
    """Return a reference as ISO 11649 (RF…) where it is one or is a Finnish one, which becomes one; else ""."""
    bare = re.sub(r"\s", "", reference).upper()
    if iso11649.is_valid(bare):
        return bare
    if not is_finnish_reference(bare):
        return ""
    body = bare.lstrip("0")
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"


def grouped_reference(reference: str) -> str:
    """Return a Finnish reference in groups of five from the right, an RF one in groups of four from the left."""
    bare = re.sub(r"\s", "", reference).upper()
    if bare.startswith("RF"):
        return grouped_iban(bare)
    head = len(bare) % 5
    return " ".join(([bare[:head]] if head else []) + [bare[index : index + 5] for index in range(head, len(bare), 5)])


def fi_line(reference: str, creditor_no: str) -> str:
    """Return the line a Danish bank reads (card type 71), or "" where the reference has no check digit or too many of them."""
    bare = reference.strip()
    if not creditor_no or not re.fullmatch(rf"[0-9]{{2,{FI_ID_LENGTH}}}", bare) or not luhn.is_valid(bare):
        return ""
    return f"+{FI_CARD}<{bare:0>{FI_ID_LENGTH}}+{creditor_no.strip()}<"


def check_accounts(creditor: Party, fi_creditor_no: str = "") -> None:
    """Raise `ConfigError` for an account whose form or check digit is wrong: nobody can pay to it, or the money goes elsewhere."""
    giros = (("bankgiro", creditor.bankgiro, 7), ("plusgiro", creditor.plusgiro, 2))
    for name, number, length_min in giros:
        digits = _digits(number)
        if number.strip() and not (length_min <= len(digits) <= 8 and luhn.is_valid(digits)):
            raise _wrong(name, number)
    if creditor.iban.strip() and not iban.is_valid(creditor.iban):
        raise _wrong("IBAN", creditor.iban)
    if fi_creditor_no.strip() and not re.fullmatch(r"8[0-9]{7}", fi_creditor_no.strip()):
        raise _wrong("FI creditor number", fi_creditor_no)


def _wrong(name: str, number: str) -> ConfigError:
    todo = "Correct it in the accounting system and connect the company again: nobody could pay a letter that names it."
    return ConfigError(f"the company's {name}", f"{number.strip()!r} is none, its digits or its check digit are wrong", todo)


def _digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number) if re.fullmatch(r"[0-9\s-]+", number) else ""
