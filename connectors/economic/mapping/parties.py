"""Customers and the company itself: names, addresses, countries, and CVR numbers that are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from stdnum import iban as iban_number
from stdnum.dk import cpr, cvr
from stdnum.fi import ytunnus
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr as se_orgnr

from connectors.economic.mapping.values import Row, UnreadableError, readable
from core.model import Address, Company, Debtor, DebtorKind, Problem, is_mail_address

__all__ = ["agreement_of", "country_code", "is_company_number", "is_developers", "is_same_number", "parse_company", "parse_debtor"]

COUNTRIES: Final[Mapping[str, str]] = {
    name: code
    for code, names in {
        "DK": "danmark denmark", "SE": "sverige sweden", "NO": "norge norway", "FI": "finland", "IS": "island iceland",
        "FO": "færøerne faroe\u00a0islands", "GL": "grønland greenland", "DE": "tyskland germany deutschland",
        "GB": "storbritannien england united\u00a0kingdom great\u00a0britain", "IE": "irland ireland", "NL": "holland nederlandene netherlands",
        "BE": "belgien belgium", "LU": "luxembourg", "FR": "frankrig france", "ES": "spanien spain", "PT": "portugal", "IT": "italien italy",
        "AT": "østrig austria", "CH": "schweiz switzerland", "PL": "polen poland", "CZ": "tjekkiet czechia", "EE": "estland estonia",
        "LV": "letland latvia", "LT": "litauen lithuania", "GR": "grækenland greece", "US": "usa united\u00a0states",
    }.items()
    for name in (word.replace("\u00a0", " ") for word in names.split(" "))
}  # fmt: skip
"""Country names as Danish clients write them, and in English; the vendor takes them as free text."""

LANGUAGES: Final[Mapping[str, str]] = {"": "da", "DK": "da", "FO": "da", "GL": "da", "SE": "sv", "NO": "no", "FI": "fi"}
DOMESTIC: Final = 1
"""The VAT zone of customers in the agreement's own country."""

FOREIGN: Final[Mapping[str, Callable[[str], bool]]] = {"SE": se_orgnr.is_valid, "NO": no_orgnr.is_valid, "FI": ytunnus.is_valid}
AGREEMENTS: Final[Mapping[str, str]] = {"danmark": "DK", "denmark": "DK", "sverige": "SE", "sweden": "SE", "norge": "NO", "norway": "NO"}


def parse_debtor(raw: object) -> Debtor | Problem:
    """Return a debtor from a customer."""
    return readable("customers", "customerNumber", raw, _debtor)


def parse_company(raw: object) -> Company | Problem:
    """Return the company from /self."""
    return readable("company", "agreementNumber", raw, _company)


def agreement_of(raw: object) -> str:
    """Return the agreement's number from /self, "" if it is not there."""
    try:
        return Row(raw).text("agreementNumber")
    except UnreadableError:
        return ""


def is_developers(raw: object) -> bool:
    """Tell whether /self is of a developer agreement, which holds no books."""
    try:
        return Row(raw).text("companyAffiliation").lower() == "developer"
    except UnreadableError:
        return False


def is_same_number(one: str, other: str) -> bool:
    """Tell whether two organisation numbers are the same, with or without country and blanks."""
    return bool(_digits(one)) and _digits(one) == _digits(other)


def is_company_number(text: str) -> bool:
    """Tell whether this is a CVR number, which is public, and no person's."""
    return bool(cvr.is_valid(_digits(text)))


def country_code(name: str) -> str:
    """Return the two-letter code of a country written as free text, "" where it is not known."""
    folded = " ".join(name.lower().split())
    return folded.upper() if re.fullmatch(r"[a-z]{2}", folded) else COUNTRIES.get(folded, "")


def _debtor(row: Row) -> Debtor:
    ref, name = row.text("customerNumber"), row.text("name")
    if not ref or not name:
        raise UnreadableError("has no customer number" if name else "has no name")
    country = country_code(row.text("country"))
    if not row.text("country") and row.row("vatZone").whole("vatZoneNumber") == DOMESTIC:
        country = "DK"
    kind, identity_no, note = _identity(row.text("corporateIdentificationNumber"), country, ean=row.text("ean"))
    return Debtor(
        source_ref=ref,
        name=name,
        kind=kind,
        identity_no=identity_no,
        address=_address(row, country),
        email=next((word for word in re.split(r"[\s;,]+", row.text("email")) if is_mail_address(word)), ""),
        phone=row.text("mobilePhone") or row.text("telephoneAndFaxNumber"),
        language=LANGUAGES.get(country, "en"),
        e_invoice=bool(row.text("ean")) and not row.flag("eInvoicingDisabledByDefault"),
        active=not row.flag("barred"),
        identity_note=note,
    )


def _identity(text: str, country: str, *, ean: str) -> tuple[DebtorKind, str, str]:
    """Return kind, identity number and a note on why there is none.

    Without a number it is nobody's business that we know of, so the law that protects consumers is kept. An EAN number is a
    public body's until a person says otherwise; a personal (CPR) number in the field makes a consumer.
    """
    number = _digits(text)
    cautious = DebtorKind.PUBLIC if ean else DebtorKind.CONSUMER
    if not number:
        return cautious, "", "no identity number on the customer"
    if country in ("", "DK", "FO", "GL"):
        if cvr.is_valid(number):
            return (DebtorKind.PUBLIC if ean else DebtorKind.BUSINESS), number, ""
        if len(number) == 10 and cpr.is_valid(number):
            return DebtorKind.CONSUMER, number, ""
        return cautious, "", "the identity number on the customer is not valid"
    check = FOREIGN.get(country)
    if check is None:
        return DebtorKind.BUSINESS, "", f"identity numbers of {country} are not checked here"
    return (DebtorKind.BUSINESS, number, "") if check(number) else (cautious, "", "the identity number on the customer is not valid")


def _address(row: Row, country: str) -> Address:
    lines = [line.strip() for line in row.text("address").splitlines() if line.strip()]
    return Address(lines[0] if lines else "", ", ".join(lines[1:]), row.text("zip"), row.text("city"), country)


def _company(row: Row) -> Company:
    own, bank, number = row.row("company"), row.row("bankInformation"), row.text("agreementNumber")
    if not own.text("name") or not number:
        raise UnreadableError("has no company name" if number else "has no agreement number")
    currency = row.row("settings").text("baseCurrency").upper()
    if not currency:
        raise UnreadableError("has no base currency")
    country = country_code(own.text("country")) or AGREEMENTS.get(row.row("agreementType").text("name").lower(), "DK")
    return Company(
        remote_id=number,
        name=own.text("name"),
        org_no=_digits(own.text("companyIdentificationNumber")),
        address=Address(own.text("addressLine1"), own.text("addressLine2"), own.text("zip"), own.text("city"), country),
        country=country,
        currency=currency,
        email=own.text("email"),
        phone=own.text("phoneNumber"),
        vat_no=own.text("vatNumber"),
        bankgiro=bank.text("bankGiroNumber"),
        iban=_danish_iban(bank) if country == "DK" else "",
    )


def _danish_iban(bank: Row) -> str:
    """Return the IBAN of a Danish account: registration number and account number, filled up, behind their check digits."""
    sort_code, account = _digits(bank.text("bankSortCode")), _digits(bank.text("bankAccountNumber"))
    if len(sort_code) != 4 or not 1 <= len(account) <= 10:
        return ""
    bare = f"DK00{sort_code}{account:0>10}"
    return f"DK{iban_number.calc_check_digits(bare)}{bare[4:]}"


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
