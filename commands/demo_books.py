"""What the people of a company in `kravbro demo` do in their books, whichever system keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Final, Literal, Protocol

from stdnum.dk import cpr, cvr
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr

from commands.demo_story import COMPANIES, CompanyStory, InvoiceStory
from simulators.economic import Agreement
from simulators.fortnox import Company
from simulators.visma import Company as VismaCompany

__all__ = ["Books", "EconomicBooks", "FortnoxBooks", "VismaBooks", "payout_text"]

STREETS: Final = {"SE": ("Storgatan", "111 22", "Stockholm"), "DK": ("Algade", "5000", "Odense C"), "NO": ("Storgata", "0155", "Oslo")}
PEOPLE: Final = ("Anna Ek", "Bo Lind", "Cecilia Berg", "David Ström", "Eva Holm")
NAMES: Final = {"SE": "Kund {} AB", "DK": "Kunde {} ApS", "NO": "Kunde {} AS"}
PAYOUTS: Final = {"SE": "Utbetalning", "DK": "Udbetaling", "NO": "Utbetaling"}
FORTNOX_ACCOUNTS: Final = {"bank_fee": 6570, "clearing": 1689}
VISMA_ACCOUNTS: Final = {"SE": {"bank_fee": 6570, "clearing": 1689}, "NO": {"bank_fee": 7770, "clearing": 1579}}
ECONOMIC_ACCOUNTS: Final = {"bank_fee": 2220, "clearing": 5690}


class Books(Protocol):
    """One company's books, as its people use them."""

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return the name it goes by there."""
        ...

    def number_of(self, ref: str) -> str:
        """Return the number that stands on an invoice."""
        ...

    def open_of(self, ref: str) -> Decimal:
        """Return what is open on an invoice."""
        ...

    def pay(self, ref: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        ...

    def credit(self, ref: str, amount: Decimal, on: date) -> None:
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

    def number_of(self, ref: str) -> str:
        """Return the number that stands on an invoice, which it goes by."""
        return ref

    def open_of(self, ref: str) -> Decimal:
        """Return what is open on an invoice."""
        return Decimal(str(self.company.invoice(ref)["Balance"]))

    def pay(self, ref: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self.company.pay_invoice(ref, amount, on=on, source="file")

    def credit(self, ref: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        self.company.credit_invoice(ref, amount, on=on)

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        self.company.book_bank(on, text, amount, FORTNOX_ACCOUNTS[against])


class VismaBooks:
    """Books in Visma eAccounting, where an invoice goes by its id."""

    def __init__(self, story: CompanyStory, company: VismaCompany) -> None:
        self.story, self.company = story, company

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return its id."""
        street, postcode, city = STREETS[self.story.country]
        customer = self.company.add_customer(
            _name(self.story, story, index), _identity(self.story, story, index), _email(self.story, story, index, "kund"),
            private=story.consumer, InvoiceAddress1=f"{street} {index + 1}", InvoicePostalCode=postcode, InvoiceCity=city,
        )  # fmt: skip
        return self.company.add_invoice(customer, story.amount, _issued_on(due_on), due_on)

    def number_of(self, ref: str) -> str:
        """Return the number that stands on an invoice."""
        return self.company.number_of(ref)

    def open_of(self, ref: str) -> Decimal:
        """Return what is open on an invoice."""
        return Decimal(str(self.company.invoice(ref)["RemainingAmountInvoiceCurrency"]))

    def pay(self, ref: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self.company.pay_invoice(ref, amount, on)

    def credit(self, ref: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        self.company.credit_invoice(ref, amount, on)

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        self.company.book_bank(on, text, amount, VISMA_ACCOUNTS[self.story.country][against])

    def was_reminded(self, ref: str) -> bool:
        """Look in the product whether it has mailed a reminder of an invoice."""
        return bool(self.company.invoice(ref)["PaymentReminderIssued"])


class EconomicBooks:
    """Books in e-conomic."""

    def __init__(self, story: CompanyStory, agreement: Agreement) -> None:
        self.story, self.agreement = story, agreement

    def add_invoice(self, story: InvoiceStory, index: int, due_on: date) -> str:
        """Enter a story's debtor and invoice; return its number."""
        street, postcode, city = STREETS["DK"]
        customer = self.agreement.add_customer(
            _name(self.story, story, index), _identity(self.story, story, index), _email(self.story, story, index, "kunde"),
            address=f"{street} {index + 1}", zip=postcode, city=city,
        )  # fmt: skip
        return self.agreement.add_invoice(customer, story.amount, _issued_on(due_on), due_on)

    def number_of(self, ref: str) -> str:
        """Return the number that stands on an invoice, which it goes by."""
        return ref

    def open_of(self, ref: str) -> Decimal:
        """Return what is open on an invoice."""
        return Decimal(self.agreement.invoice(ref)["remainder"])

    def pay(self, ref: str, amount: Decimal, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self.agreement.pay(ref, amount, on)

    def credit(self, ref: str, amount: Decimal, on: date) -> None:
        """Credit so much of an invoice."""
        self.agreement.credit(ref, amount, on)

    def book_bank(self, on: date, text: str, amount: Decimal, against: Literal["bank_fee", "clearing"]) -> None:
        """Book a row of the bank statement."""
        self.agreement.book_bank(on, text, amount, ECONOMIC_ACCOUNTS[against])


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
