"""Amounts, days, addresses and names as one locale writes them, and text from the books made safe for one line."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from core.model import Address
from core.money import Money
from letters.words import HOME, Words

__all__ = ["address_lines", "clean", "day_text", "home_of", "money_text", "rate_text", "short_day", "slug"]


def money_text(money: Money, words: Words) -> str:
    """Return an amount as the locale writes it, never broken over two lines."""
    text = format_currency(money.amount, money.currency, locale=words.locale)
    return re.sub(r"(?<=[A-Za-z])(?=[0-9])", "\u00a0", text)  # Babel leaves out the space CLDR wants in "SEK 12.00"


def rate_text(rate: Decimal, words: Words) -> str:
    """Return a rate in per cent a year, e.g. "10,50 %"."""
    number = format_decimal(rate, format="#,##0.00", locale=words.locale)
    return f"{number}%" if words.lang == "en" else f"{number}\u00a0%"


def day_text(day: date, words: Words) -> str:
    """Return a day with its month in words, kept together on one line like the amounts."""
    return format_date(day, "long", locale=words.locale).replace(" ", "\u00a0")


def short_day(day: date, words: Words) -> str:
    """Return a day as it fits into a table."""
    return format_date(day, "medium", locale=words.locale).replace(" ", "\u00a0")


def address_lines(address: Address, home: str, words: Words) -> tuple[str, ...]:
    """Return an address line by line, as the post of its country wants it."""
    postcode = clean(address.postcode)
    country = address.country.upper()
    if re.fullmatch(r"[0-9]{5}", postcode) and (country or home) == "SE":
        postcode = f"{postcode[:3]} {postcode[3:]}"
    # The post office wants the country in capitals, in the sender's language, and none at home.
    abroad = Locale.parse(words.locale).territories.get(country, country).upper() if country not in ("", home) else ""
    lines = (clean(address.line1), clean(address.line2), f"{postcode} {clean(address.city)}".strip(), clean(abroad))
    return tuple(line for line in lines if line)


def home_of(address: Address) -> str:
    """Return the country a creditor sits in."""
    return address.country.upper() or HOME


def slug(text: str) -> str:
    """Return text as a part of a file's name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:60] or "1"


def clean(text: str) -> str:
    """Return text from the books on one line, without control characters and marks that turn the writing direction."""
    kept = (char if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for char in text)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))
