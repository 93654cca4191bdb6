"""One company in the Fortnox simulator, with what its own people and bank routine do outside the API."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

from simulators import fortnox_chart as chart
from simulators.fortnox_books import Books, entry
from simulators.fortnox_invoicing import InvoiceRecord, Invoicing
from simulators.fortnox_payments import Payments
from simulators.fortnox_wire import url, wire
from simulators.fortnox_world import Json, RefusedError, World, day, money

ALL_LICENCES = frozenset({"integration", "invoicing", "bookkeeping", "filing"})
Method = TypeVar("Method", bound=Callable[..., Any])


def _locked(method: Method) -> Method:
    """Run a method of a company between two requests, never beside one."""

    @functools.wraps(method)
    def inside(self: Company, *args: Any, **kwargs: Any) -> Any:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return cast("Method", inside)


@dataclass
class CustomerRecord:
    """One customer: its detail, its list row and when it changed."""

    detail: Json
    row: Json
    modified: float


@dataclass
class Company:
    """A tenant: registers, customers, invoices, payments, books and files."""

    world: World
    database_number: int
    name: str
    org_no: str
    bankgiro: str
    email: str
    accounting_method: str
    licences: frozenset[str]
    years: Iterable[int] = (2024, 2025, 2026)
    customers: dict[str, CustomerRecord] = field(default_factory=dict)
    labels: list[Json] = field(default_factory=list)
    files: dict[str, Json] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    connections: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    sendings: list[Json] = field(default_factory=list)
    """What the unsafe GETs sent or printed: {"invoice", "kind", "t"}."""
    bank_booked_until: date | None = None
    """Until which day its people have booked the bank, where they do so every bank day by themselves."""

    def __post_init__(self) -> None:
        """Set up the standard books."""
        self.books = Books(self.world, self.years, self.accounting_method)
        self.invoicing = Invoicing(self.world, self.books)
        self.payments = Payments(self.world, self.books, self.invoicing)

    @_locked
    def add_customer(
        self,
        name: str,
        org_no: str = "",
        email: str = "",
        *,
        type: str = "COMPANY",  # noqa: A002 - the vendor's own word
        address: str = "Storgatan 1",
        zip_code: str = "111 22",
        city: str = "Stockholm",
        country_code: str = "SE",
        **vendor_fields: Any,
    ) -> str:
        """Add a customer and return its number."""
        last = max((int(number) for number in self.customers if number.isdigit()), default=0)
        number = str(vendor_fields.pop("CustomerNumber", last + 1))
        given = {
            "Name": name,
            "OrganisationNumber": org_no,
            "Email": email,
            "EmailInvoice": email,
            "Type": type,
            "Address1": address,
            "ZipCode": zip_code,
            "City": city,
            "CountryCode": country_code,
            "Country": chart.COUNTRIES.get(country_code),
        }
        detail = {
            "@url": url("customers", number),
            **chart.empty_customer(),
            "CustomerNumber": number,
            **given,
            **vendor_fields,
        }
        self.customers[number] = CustomerRecord(detail, customer_row(detail), self.world.now())
        return number

    @_locked
    def set_customer(self, number: str, **vendor_fields: Any) -> None:
        """Change a customer's fields in the vendor's own pages."""
        record = self.customers[number]
        record.detail.update(vendor_fields)
        record.row, record.modified = customer_row(record.detail), self.world.now()

    @_locked
    def add_invoice(
        self,
        customer_number: str,
        total: Decimal | str,
        invoice_date: date | str,
        due_date: date | str,
        *,
        currency: str = "SEK",
        booked: bool = True,
        sent: bool = True,
        vat_percent: int = 25,
        **vendor_fields: Any,
    ) -> str:
        """Add an invoice over a total with VAT and return its document number."""
        customer = self.customers[customer_number].detail
        dates = (day(invoice_date), day(due_date))
        record = self.invoicing.create(
            customer, money(total), dates, currency=currency, vat_percent=vat_percent, fields={"Sent": sent, **vendor_fields}
        )
        if booked:
            self._book(record)
        return record.number

    @_locked
    def set_invoice(self, number: str, **vendor_fields: Any) -> None:
        """Set fields of an invoice, booked or not; Balance sets what is left to pay too."""
        record = self.invoicing.records[number]
        record.put(**vendor_fields)
        if "Balance" in vendor_fields:
            self.invoicing.set_open(record, money(vendor_fields["Balance"]))
        self.invoicing.touch(record)

    @_locked
    def book_invoice(self, number: str) -> None:
        """Book an invoice, a credit note with its settlement."""
        self._book(self.invoicing.records[number])

    @_locked
    def cancel_invoice(self, number: str) -> None:
        """Cancel an unbooked invoice."""
        self.invoicing.cancel(self.invoicing.records[number])

    @_locked
    def pay_invoice(
        self,
        number: str,
        amount: Decimal | str | None = None,
        on: date | str | None = None,
        source: str = "direct",
        mode: str = "BG",
    ) -> str:
        """Book a payment to the client's own bank, all that is left by default, and return its number."""
        record = self.invoicing.records[number]
        paid = record.open if amount is None else money(amount)
        fields = {
            "InvoiceNumber": int(number),
            "ModeOfPayment": mode,
            "AmountCurrency": paid,
            "PaymentDate": self._on(on).isoformat(),
        }
        payment = self.payments.create(fields, source, trusted=True)
        try:
            self.payments.book(payment, trusted=True)
        except RefusedError:
            self.payments.delete(payment)
            raise
        return str(payment.detail["Number"])

    @_locked
    def delete_payment(self, number: str) -> None:
        """Take a payment back in the vendor's own pages: a bounced one, or one booked on the wrong invoice."""
        self.payments.delete(self.payments.records[number], forced=True)

    @_locked
    def credit_invoice(self, number: str, amount: Decimal | str | None = None, on: date | str | None = None) -> str:
        """Credit an invoice, all of it by default, book and settle the credit note, and return its number."""
        record = self.invoicing.records[number]
        note = self.invoicing.credit(record, None if amount is None else money(amount), self._on(on))
        note.put(Sent=True)
        self._book(note)
        return note.number

    @_locked
    def book_bank(self, on: date | str, text: str, amount: Decimal | str, account: int, bank: int = 1930) -> str:
        """Book a bank event (money in above 0) against an account and return the voucher, for instance `F 3`."""
        value = money(amount)
        voucher = self.books.post(day(on), "F", text, [entry(bank, value), entry(account, -value)])
        return f"F {voucher['VoucherNumber']}"

    @_locked
    def lock_period(self, until: date | str | None) -> None:
        """Lock the books up to and with a date; None opens them."""
        self.books.locked_until = None if until is None else day(until)

    @_locked
    def remind(self, number: str, on: date | str | None = None) -> None:
        """Count a reminder sent from the vendor's own pages."""
        record = self.invoicing.records[number]
        record.put(Reminders=record.detail["Reminders"] + 1, LastRemindDate=self._on(on).isoformat())
        self.invoicing.touch(record)

    @_locked
    def set_account(self, number: int, **vendor_fields: Any) -> None:
        """Change an account in every year, for instance Active=False or CostCenterSettings="MANDATORY"."""
        for accounts in self.books.accounts.values():
            accounts[number].update(vendor_fields)

    @_locked
    def set_licences(self, *licences: str) -> None:
        """Replace the modules the company has bought; without `integration` no API call works."""
        self.licences = frozenset(licences)

    @_locked
    def invoice(self, number: str) -> Json:
        """Return a copy of an invoice detail, with plain numbers."""
        copied: Json = wire(self.invoicing.records[number].detail)
        return copied

    @_locked
    def account_balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit in SEK."""
        return self.books.balance(account)

    @_locked
    def state(self) -> Json:
        """Return everything the company holds, as plain JSON."""
        connected = {row["FileId"]: f"{row['VoucherSeries']} {row['VoucherNumber']}" for row in self.connections}
        full: Json = {
            "name": self.name,
            "customers": [record.detail for record in self.customers.values()],
            "invoices": [record.detail for record in self.invoicing.records.values()],
            "payments": [record.detail for record in self.payments.records.values()],
            "vouchers": self.books.vouchers,
            "files": [{**row, "Voucher": connected.get(row["Id"])} for row in self.files.values()],
            "attachments": self.attachments,
            "labels": self.labels,
            "sendings": self.sendings,
        }
        state: Json = wire(full)
        return state

    def _book(self, record: InvoiceRecord) -> None:
        self.invoicing.book(record)
        self.payments.settle()

    def _on(self, on: date | str | None) -> date:
        return self.world.today() if on is None else day(on)


def customer_row(detail: Json) -> Json:
    """Return a customer's list row: `Phone` instead of `Phone1`, and "" where the detail has null."""
    names = (
        "@url",
        "Address1",
        "Address2",
        "City",
        "CustomerNumber",
        "Email",
        "Name",
        "OrganisationNumber",
        "Phone",
        "ZipCode",
    )
    return {name: detail.get("Phone1" if name == "Phone" else name) or "" for name in names}
