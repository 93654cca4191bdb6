"""Customers and the company itself: names, addresses, and identity numbers that are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final

from stdnum import luhn
from stdnum.dk import cpr, cvr
from stdnum.fi import ytunnus
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr

from connectors.visma.mapping.values import Row, UnreadableError, digits, readable
from core.model import Address, Company, Debtor, DebtorKind, Problem

__all__ = ["ACTIVE", "BOOKKEEPING", "identity_of", "is_company_number", "is_same_number", "label_names", "parse_company", "parse_debtor"]

LANGUAGES: Final[Mapping[str, str]] = {"SE": "sv", "AX": "sv", "DK": "da", "NO": "no", "FI": "fi", "NL": "en"}
SPOKEN: Final = frozenset({"sv", "da", "no", "fi", "en"})
ACTIVE: Final = 1
"""CompanyStatus; 0 is inactive, 2 read-only."""
BOOKKEEPING: Final = 3
"""ProductVariant without invoices."""

CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], Callable[[str], bool] | None]]] = {
    "DK": (cvr.is_valid, cpr.is_valid),
    "NO": (no_orgnr.is_valid, fodselsnummer.is_valid),
    "FI": (ytunnus.is_valid, None),
}
"""Company and person check by country; a Finnish personal number holds letters and can't be kept as digits."""


def parse_debtor(raw: object, home: str) -> Debtor | Problem:
    """Return a debtor from a customer; one without a country is in `home`, the company's own."""
    return readable("customers", "Id", raw, partial(_debtor, home=home))


def parse_company(raw: object) -> Company | Problem:
    """Return the company from its settings, which have no id of their own: its identifier, else its organisation number, is one."""
    return readable("company", "CompanyIdentifier", raw, _company)


def label_names(raw: object) -> tuple[str, ...]:
    """Return the names of a customer's labels; a variant without labels has none."""
    try:
        return tuple(name for label in Row(raw).rows("CustomerLabels") if (name := label.text("Name")))
    except UnreadableError:
        return ()


def is_same_number(one: str, other: str) -> bool:
    """Tell whether two identity numbers are the same, with or without century and dash."""
    return bool(digits(one)) and _short(digits(one)) == _short(digits(other))


def is_company_number(text: str) -> bool:
    """Tell whether this is a Swedish organisation number, which is public, and no person's."""
    short = _short(digits(text))
    return orgnr.is_valid(short) and int(short[2]) >= 2


def identity_of(text: str, country: str, *, private: bool) -> tuple[DebtorKind, str, str]:
    """Return kind, identity number and a note on why there is none.

    A Swedish personal number is kept with ten digits, so that one person is one debtor however it was written.
    """
    cautious = DebtorKind.CONSUMER if private else DebtorKind.BUSINESS
    number = digits(text)
    if not number:
        return cautious, "", "no identity number on the customer"
    if country not in ("", "SE"):
        return (cautious, *_foreign(number, country, private=private))
    return _swedish(number, cautious, private=private)


def _swedish(number: str, cautious: DebtorKind, *, private: bool) -> tuple[DebtorKind, str, str]:
    short = _short(number)
    if _is_person(short, number):
        return (DebtorKind.CONSUMER if private else DebtorKind.SOLE_TRADER), short, ""
    if not orgnr.is_valid(short) or int(short[2]) < 2:
        return cautious, "", "the identity number on the customer is not valid"
    if private:
        return cautious, "", "a private customer with an organisation number"
    return (DebtorKind.PUBLIC if short[0] == "2" else DebtorKind.BUSINESS), short, ""


def _short(number: str) -> str:
    """Return ten digits: 16 stands before organisation numbers, a century before personal ones."""
    return number[2:] if len(number) == 12 and number[:2] in ("16", "18", "19", "20") else number


def _is_person(short: str, number: str) -> bool:
    """Tell whether this is a personal or coordination number (day + 60), without asking what year it is today."""
    if len(short) != 10 or (number[:2] == "16" and len(number) == 12) or not luhn.is_valid(short):
        return False
    centuries = (number[:2],) if len(number) == 12 else ("19", "20")
    day = int(short[4:6])
    return any(_is_date(century + short[:4], day - 60 if day > 60 else day) for century in centuries)


def _is_date(year_and_month: str, day: int) -> bool:
    try:
        date(int(year_and_month[:4]), int(year_and_month[4:6]), day)
    except ValueError:
        return False
    return True


def _foreign(number: str, country: str, *, private: bool) -> tuple[str, str]:
    checks = CHECKS.get(country)
    check = checks[1 if private else 0] if checks else None
    if check is None:
        return "", f"identity numbers of {country} are not checked here"
    return (number, "") if check(number) else ("", "the identity number on the customer is not valid")


def _debtor(row: Row, *, home: str) -> Debtor:
    ref, name = row.guid("Id"), row.text("Name")
    if not ref or not name:
        raise UnreadableError("has no id" if name else "has no name")
    country = _country(row, "InvoiceCountryCode")
    private = row.flag("IsPrivatePerson")
    kind, identity_no, note = identity_of(row.text("CorporateIdentityNumber"), country or home, private=private)
    spoken = row.text("SalesDocumentLanguage").lower()
    others = row.texts("EmailAddresses")
    return Debtor(
        source_ref=ref,
        name=name,
        kind=kind,
        identity_no=identity_no,
        address=_address(row, "Invoice", country),
        email=row.text("EmailAddress") or (others[0] if others else ""),
        phone=row.text("MobilePhone") or row.text("Telephone"),
        language=spoken if spoken in SPOKEN else LANGUAGES.get(country or home, "en"),
        e_invoice=bool(row.text("ElectronicAddress")),
        active=row.flag("IsActive"),
        identity_note=note,
    )


def _company(row: Row) -> Company:
    name, org_no = row.text("Name"), digits(row.text("CorporateIdentityNumber"))
    country, currency = _country(row, "CountryCode"), row.text("CurrencyCode").upper()
    if not name or not country:
        raise UnreadableError("has no company name" if country else "has no country")
    home = {"SE": "SEK", "NO": "NOK", "FI": "EUR", "NL": "EUR", "DK": "DKK"}.get(country, "")
    return Company(
        remote_id=row.text("CompanyIdentifier") or org_no or name,
        name=name,
        org_no=org_no,
        address=Address(row.text("Address1"), row.text("Address2"), row.text("PostalCode"), row.text("City"), country),
        country=country,
        currency=currency or home,
        email=row.text("Email"),
        phone=row.text("Phone"),
        vat_no=row.text("VatCode"),
        bankgiro=row.text("BankgiroNumberPrint") or row.text("BankGiro"),
        plusgiro=row.text("PlusGiro"),
        iban=row.text("Iban"),
    )


def _address(row: Row, prefix: str, country: str) -> Address:
    lines = row.text(f"{prefix}Address1"), row.text(f"{prefix}Address2")
    return Address(lines[0], lines[1], row.text(f"{prefix}PostalCode"), row.text(f"{prefix}City"), country)


def _country(row: Row, name: str) -> str:
    code = row.text(name).upper()
    return code if re.fullmatch(r"[A-Z]{2}", code) else ""
