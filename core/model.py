"""The books as we see them: companies, debtors, invoices, payments, and rows that could not be read.

Everything is frozen. Days are days in the creditor's zone; moments are aware and in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from core.money import Money

__all__ = [
    "Account",
    "Address",
    "BooksSetup",
    "Company",
    "Debtor",
    "DebtorKind",
    "Invoice",
    "InvoiceKind",
    "Payment",
    "Problem",
    "is_mail_address",
    "without_undone",
]

T = TypeVar("T")

ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS: Final = re.compile(rf"{ATOM}(\.{ATOM})*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+")


def is_mail_address(address: str) -> bool:
    """Tell whether mail can be sent there: one plain ASCII address (a domain with other letters comes as xn--)."""
    return len(address) <= 254 and ADDRESS.fullmatch(address) is not None


class DebtorKind(StrEnum):
    """Who owes, as the law sees it (facts: bookings, "Debtors")."""

    BUSINESS = "business"
    SOLE_TRADER = "sole_trader"
    CONSUMER = "consumer"
    PUBLIC = "public"


class InvoiceKind(StrEnum):
    """What the accounting system's document is; only `INVOICE` is ever collected."""

    INVOICE = "invoice"
    CREDIT = "credit"
    INTEREST = "interest"
    CASH = "cash"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is an ISO 3166 two-letter code, or "" where the books don't say."""

    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""

    @property
    def complete(self) -> bool:
        """Whether a letter could arrive there."""
        return bool((self.line1 or self.line2) and self.postcode and self.city)


@dataclass(frozen=True, slots=True)
class Company:
    """The tenant's company as the accounting system shows it: the creditor of every claim.

    `remote_id` is the vendor's id of the company (Fortnox: DatabaseNumber); `fi_creditor_no` its number at the Danish payment form (FI-kort).
    """

    remote_id: str
    name: str
    org_no: str
    address: Address
    country: str
    currency: str
    email: str = ""
    phone: str = ""
    vat_no: str = ""
    bankgiro: str = ""
    plusgiro: str = ""
    iban: str = ""
    bic: str = ""
    fi_creditor_no: str = ""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes; `identity_no` is digits only and "" when missing or not valid (then `identity_note` says why)."""

    source_ref: str
    name: str
    kind: DebtorKind
    identity_no: str
    address: Address
    email: str = ""
    phone: str = ""
    language: str = "sv"
    e_invoice: bool = False
    active: bool = True
    identity_note: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of the books, in the customer's share (total minus ROT/RUT), in its own currency.

    The fields of the second block are None where only the list row was read.

    Attributes:
        source_ref: the vendor's id.
        debtor_ref: the vendor's id of the customer.
        open: what remains unpaid; negative for a credit, and where more was paid than was owed.
        payment_reference: what the debtor writes on the payment (Swedish OCR).
        leave_alone: reason ids why this invoice is never collected (`financed`, `unsent`, …); empty is collectable.
        vendor_reminders: how many reminders the vendor's own automation counts.
        external_ref: the reference field a person sees, where our mark may stand.
        labels: the names of its labels; None where the accounting system has none or only the list row was read.
    """

    source_ref: str
    number: str
    kind: InvoiceKind
    debtor_ref: str
    debtor_name: str
    total: Money
    open: Money
    issued_on: date
    due_on: date
    payment_reference: str = ""
    final_paid_on: date | None = None
    leave_alone: tuple[str, ...] = ()
    external_ref: str = ""

    detailed: bool = False
    vendor_reminders: int | None = None
    vendor_reminded_on: date | None = None
    credited_by: str = ""
    vat_total: Money | None = None
    tax_reduction: Money | None = None
    debtor_identity_no: str = ""
    debtor_email: str = ""
    labels: tuple[str, ...] | None = None

    @property
    def currency(self) -> str:
        """The invoice's currency."""
        return self.total.currency


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment the books show on an invoice, whoever entered it.

    `source` is "credit" where a credit note was set off, else the vendor's word for where it came from.
    """

    source_ref: str
    invoice_ref: str
    amount: Money
    paid_on: date
    booked: bool
    source: str = ""
    mode: str = ""
    account: str = ""
    written_off: Money | None = None


def without_undone(found: Iterable[T], payment_of: Callable[[T], Payment]) -> list[T]:
    """Return payments without each pair of which one takes the other back: of its own mode and account if it can, rather an earlier one.

    The order is a help, no proof: what takes a payment back may bear an earlier day than it.
    """
    listed = list(enumerate(found))
    gone: set[int] = set()
    for at, one in listed:
        back = payment_of(one)
        equal = [i for i, other in listed if i not in gone and back.amount.minor < 0 and payment_of(other).amount == -back.amount]
        if not equal:
            continue
        ways = {i: (payment_of(listed[i][1]).mode, payment_of(listed[i][1]).account) for i in equal}
        fitting = [i for i in equal if ways[i] == (back.mode, back.account)] or equal
        gone |= {at, max((i for i in fitting if i < at), default=fitting[0])}
    return [one for at, one in listed if at not in gone]


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the chart."""

    number: str
    name: str
    active: bool = True
    vat_code: str = ""


@dataclass(frozen=True, slots=True)
class BooksSetup:
    """Where a tenant's bookings go; proposed from the vendor's predefined accounts, then changed or confirmed by a person.

    Attributes:
        mode: the own mode of payment, tied to `clearing`.
        clearing: money at the agency (BAS 1689 by default).
        loss: established losses (BAS 6351); chosen before the first is written off.
        charges_receivable: fees and interest that were booked when they were demanded; chosen before the first is.
        deductible_pct: the deductible share of input VAT, in per cent.
    """

    mode: str = "KB"
    series: str = "A"
    receivable: str = "1510"
    clearing: str = "1689"
    interest: str = "8313"
    fee: str = "3990"
    cost: str = "6062"
    input_vat: str = "2641"
    rounding: str = "3740"
    feared_loss: str = "6352"
    loss: str = ""
    advance: str = "2420"
    charges_receivable: str = ""
    deductible_pct: int = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something unreadable or contradictory in one row: kept with its raw form, shown, and the sweep goes on.

    Attributes:
        source: which list the row came from, e.g. "invoices".
        raw_ref: the vendor's id of the row, as far as it could be read.
        message: one sentence without personal data: what is wrong, and where it is corrected.
    """

    source: str
    raw_ref: str
    message: str
    raw: bytes = field(default=b"", repr=False, compare=False)
