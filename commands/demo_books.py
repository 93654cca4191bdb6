"""What the people of a company in `kravbro demo` do in their books, whichever system keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Final, Literal, Protocol

from stdnum import luhn
from stdnum.dk import cpr, cvr
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr

from commands.demo_story import COMPANIES, CompanyStory, InvoiceStory
from simulators.fortnox import Company
from simulators.paper import PaperCompany

__all__ = ["Books", "FortnoxBooks", "PaperBooks", "payout_text"]

STREETS: Final = {"SE": ("Storgatan", "111 22", "Stockholm"), "DK": ("Algade", "5000", "Odense C"), "NO": ("Storgata", "0155", "Oslo")}
PEOPLE: Final = ("Anna Ek", "Bo Lind", "Cecilia Berg", "David Ström", "Eva Holm")
NAMES: Final = {"SE": "Kund {} AB", "DK": "Kunde {} ApS", "NO": "Kunde {} AS"}
PAYOUTS: Final = {"SE": "Utbetalning", "DK": "Udbetaling", "NO": "Utbetaling"}
FORTNOX_ACCOUNTS: Final = {"bank_fee": 6570, "clearing": 1689}
REFERENCE_LENGTH: Final = {"DK": 14, "NO": 8}
"""Digits before the check digit: of a Danish payment id of card type 71, and of the KIDs the Norwegian company agreed with its bank."""


class Books(Protocol):
    """One company's books, as its people use them."""

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return its number."""
        ...

    def open_of(self, number: str) -> Decimal:
        """Return what is open on an invoice."""
        ...

    def pay(self, number: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        ...

    def credit(self, number: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        ...

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        ...


class FortnoxBooks:
    """Books in Fortnox."""

    def __init__(self, story: CompanyStory, company: Company) -> None:
        self.story, self.company = story, company

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return its number."""
        street, postcode, city = STREETS["SE"]
        customer = self.company.add_customer(
            _name(self.story, story, index), _identity(self.story, story, index), _email(self.story, story, index, "kund"),
            type="PRIVATE" if story.consumer else "COMPANY", address=f"{street} {index + 1}", zip_code=postcode, city=city,
        )  # fmt: skip
        return self.company.add_invoice(customer, story.amount, _issued_on(due_on), due_on)

    def open_of(self, number: str) -> Decimal:
        """Return what is open on an invoice."""
        return Decimal(str(self.company.invoice(number)["Balance"]))

    def pay(self, number: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self.company.pay_invoice(number, amount, on=on, source="file")

    def credit(self, number: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        self.company.credit_invoice(number, amount, on=on)

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        self.company.book_bank(on, text, amount, FORTNOX_ACCOUNTS[against])


class PaperBooks:
    """Books kept by hand."""

    def __init__(self, story: CompanyStory, company: PaperCompany) -> None:
        self.story, self.company = story, company

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return its number."""
        street, postcode, city = STREETS[self.story.country]
        debtor = self.company.add_debtor(
            _name(self.story, story, index), _identity(self.story, story, index), _email(self.story, story, index, "kunde"),
            kind="consumer" if story.consumer else "business", line1=f"{street} {index + 1}", postcode=postcode, city=city,
        )  # fmt: skip
        reference = f"{self.story.number + index:0{REFERENCE_LENGTH[self.story.country]}}"
        reference += luhn.calc_check_digit(reference)
        return self.company.add_invoice(debtor, story.amount, _issued_on(due_on), due_on, reference=reference)

    def open_of(self, number: str) -> Decimal:
        """Return what is open on an invoice."""
        return self.company.open_of(number)

    def pay(self, number: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self.company.pay_invoice(number, amount, on=on)

    def credit(self, number: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        self.company.credit_invoice(number, amount, on=on)

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        self.company.book_bank(on, text, amount, self.company.account(against))


def payout_text(country: str, settlement_id: str) -> str:
    """Return what the bank statement says of a payout."""
    return f"{PAYOUTS[country]} {settlement_id}"


def _issued_on(due_on: date) -> date:
    return date.fromordinal(due_on.toordinal() - 30)


def _name(company: CompanyStory, story: InvoiceStory, index: int) -> str:
    return PEOPLE[index % len(PEOPLE)] if story.consumer else NAMES[company.country].format(index + 1)


def _email(company: CompanyStory, story: InvoiceStory, index: int, word: str) -> str:
    return "" if story.by_post else f"{word}{index}@{company.domain}"


def _identity(company: CompanyStory, story: InvoiceStory, index: int) -> str:
    """Return a well-formed test identity number: an organisation number, or a person's."""
    serial = COMPANIES.index(company) * 100 + index
    if company.country == "SE":
        return _luhn(f"{700101 + serial % 28:06}{238 + serial % 100:03}"[:9]) if story.consumer else _luhn(f"5566{serial:05}")
    check, first = TEST_NUMBERS[company.country, story.consumer]
    return next(number for start in count(serial * 20) if check(number := f"{first + start:0{len(str(first))}}"))


TEST_NUMBERS: Final[dict[tuple[str, bool], tuple[Callable[[str], bool], int]]] = {
    ("DK", False): (cvr.is_valid, 20_000_000),
    ("DK", True): (cpr.is_valid, 10_01_70_2000),
    ("NO", False): (no_orgnr.is_valid, 820_000_000),
    ("NO", True): (fodselsnummer.is_valid, 10_01_70_20000),
}
"""By country and whether of a person: the check, and where test numbers begin (people were born on 10 January 1970)."""


def _luhn(nine: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(nine))
    return f"{nine[:6]}-{nine[6:]}{-total % 10}"
