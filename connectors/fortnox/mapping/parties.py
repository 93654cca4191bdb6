"""Customers and the company itself: names, addresses, countries and identity numbers that are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from stdnum import luhn
from stdnum.dk import cpr, cvr
from stdnum.fi import ytunnus
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr

from connectors.fortnox.mapping.values import Row, UnreadableError, digits, readable
from core.model import Address, Company, Debtor, DebtorKind, Problem

__all__ = [
    "country_code",
    "identity_of",
    "is_company_number",
    "is_same_number",
    "parse_company",
    "parse_database_number",
    "parse_debtor",
]

COUNTRIES: Final[Mapping[str, str]] = {
    name: code
    for code, names in {
        "SE": "sverige sweden", "NO": "norge norway", "DK": "danmark denmark", "FI": "finland", "IS": "island iceland",
        "AX": "åland", "DE": "tyskland germany", "GB": "storbritannien england united\u00a0kingdom great\u00a0britain",
        "IE": "irland ireland", "NL": "nederländerna netherlands", "BE": "belgien belgium", "LU": "luxemburg luxembourg",
        "FR": "frankrike france", "ES": "spanien spain", "PT": "portugal", "IT": "italien italy", "AT": "österrike austria",
        "CH": "schweiz switzerland", "PL": "polen poland", "CZ": "tjeckien czechia czech\u00a0republic", "SK": "slovakien slovakia",
        "HU": "ungern hungary", "EE": "estland estonia", "LV": "lettland latvia", "LT": "litauen lithuania",
        "GR": "grekland greece", "RO": "rumänien romania", "BG": "bulgarien bulgaria", "HR": "kroatien croatia",
        "SI": "slovenien slovenia", "MT": "malta", "CY": "cypern cyprus",
        "US": "usa united\u00a0states united\u00a0states\u00a0of\u00a0america",
    }.items()
    for name in (word.replace("\u00a0", " ") for word in names.split(" "))
}  # fmt: skip
"""Country names as Fortnox shows them (Swedish) and as clients write them (English); it takes names as free text."""

LANGUAGES: Final[Mapping[str, str]] = {"": "sv", "SE": "sv", "AX": "sv", "DK": "da", "NO": "no"}

CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], Callable[[str], bool] | None]]] = {
    "DK": (cvr.is_valid, cpr.is_valid),
    "NO": (no_orgnr.is_valid, fodselsnummer.is_valid),
    "FI": (ytunnus.is_valid, None),
}
"""Company and person check by country; a Finnish personal number holds letters and can't be kept as digits."""


def parse_debtor(raw: object) -> Debtor | Problem:
    """Return a debtor from a customer's detail."""
    return readable("customers", "CustomerNumber", raw, _debtor)


def parse_company(raw: object) -> Company | Problem:
    """Return the company from /3/settings/company."""
    return readable("company", "DatabaseNumber", raw, _company)


def parse_database_number(raw: object) -> str:
    """Return the TenantId from /3/companyinformation, "" if it is not there; an int here, text in the settings."""
    try:
        number = Row(raw).reference("DatabaseNumber")
    except UnreadableError:
        return ""
    return number if number.isdecimal() else ""


def is_same_number(one: str, other: str) -> bool:
    """Tell whether two identity numbers are the same, with or without century and dash."""
    return bool(digits(one)) and _short(digits(one)) == _short(digits(other))


def is_company_number(text: str) -> bool:
    """Tell whether this is a Swedish organisation number, which is public, and no person's."""
    short = _short(digits(text))
    return orgnr.is_valid(short) and int(short[2]) >= 2


def country_code(code: str, name: str) -> str:
    """Return the two-letter code, from the name where the code is missing, "" where neither tells."""
    if re.fullmatch(r"[A-Za-z]{2}", code):
        return code.upper()
    folded = " ".join(name.lower().split())
    return folded.upper() if re.fullmatch(r"[a-z]{2}", folded) else COUNTRIES.get(folded, "")


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


def _debtor(row: Row) -> Debtor:
    ref, name = row.text("CustomerNumber"), row.text("Name")
    if not ref or not name:
        raise UnreadableError("has no customer number" if name else "has no name")
    country = country_code(row.text("CountryCode"), row.text("Country"))
    private = row.text("Type").upper() == "PRIVATE"
    kind, identity_no, note = identity_of(row.text("OrganisationNumber"), country, private=private)
    return Debtor(
        source_ref=ref,
        name=name,
        kind=kind,
        identity_no=identity_no,
        address=_address(row, country),
        email=row.text("EmailInvoice") or row.text("Email"),
        phone=row.text("Phone1") or row.text("Phone2"),
        language=LANGUAGES.get(country, "en"),
        e_invoice=row.row("DefaultDeliveryTypes").text("Invoice").upper() == "ELECTRONICINVOICE",
        active=row.flag("Active") if "Active" in row else True,
        identity_note=note,
    )


def _address(row: Row, country: str) -> Address:
    lines = row.text("Address1"), row.text("Address2")
    return Address(lines[0], lines[1], row.text("ZipCode"), row.text("City"), country)


def _company(row: Row) -> Company:
    name, remote_id = row.text("Name"), row.reference("DatabaseNumber")
    if not name or not remote_id:
        raise UnreadableError("has no company name" if remote_id else "has no DatabaseNumber")
    country = country_code(row.text("CountryCode"), row.text("Country")) or "SE"
    return Company(
        remote_id=remote_id,
        name=name,
        org_no=digits(row.text("OrganizationNumber")),
        address=Address(row.text("Address"), "", row.text("ZipCode"), row.text("City"), country),
        country=country,
        currency="SEK",
        email=row.text("Email"),
        phone=row.text("Phone1"),
        vat_no=row.text("VATNumber"),
        bankgiro=row.text("BG"),
        plusgiro=row.text("PG"),
        iban=row.text("IBAN"),
        bic=row.text("BIC"),
    )
