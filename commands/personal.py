"""What looks like a personal number in words that somebody types, which are kept and shown as they are."""

from __future__ import annotations

from datetime import date
from typing import Final

from stdnum import luhn
from stdnum.dk import cpr
from stdnum.fi import hetu
from stdnum.no import fodselsnummer

from core.http import PERSONAL

__all__ = ["has_personal_number"]

CENTURIES: Final = ("18", "19", "20")


def has_personal_number(text: str) -> bool:
    """Tell whether a text holds a Swedish, Danish, Norwegian or Finnish personal number, by its date and, where it has them, check digits."""
    return any(_is_personal(found[0]) for found in PERSONAL.finditer(text.upper()))


def _is_personal(number: str) -> bool:
    digits = "".join(char for char in number if char.isdigit())
    if len(digits) == 11:
        return bool(fodselsnummer.is_valid(digits))
    return bool(hetu.is_valid(number)) or (len(digits) in (10, 12) and (_is_swedish(digits) or _is_danish(number, digits)))


def _is_swedish(digits: str) -> bool:
    """Take a coordination number too: its day is 60 more (Skatteverket SKV 704). An organisation number has no month there."""
    short, day = digits[-10:], int(digits[-6:-4])
    centuries = (digits[:2],) if len(digits) == 12 else CENTURIES
    return bool(luhn.is_valid(short)) and any(_is_date(century + short[:4], day - 60 if day > 60 else day) for century in centuries)


def _is_danish(number: str, digits: str) -> bool:
    """Go by the date alone where it is written as a CPR number is: since 2007 some have no valid check digit."""
    return len(digits) == 10 and bool(cpr.is_valid(digits)) and (not number.isdigit() or cpr.checksum(digits) == 0)


def _is_date(year_and_month: str, day: int) -> bool:
    try:
        date(int(year_and_month[:4]), int(year_and_month[4:]), day)
    except ValueError:
        return False
    return True
