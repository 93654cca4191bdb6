"""One company in the eAccounting simulator, with what its own people and bank routine do outside the API."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

from simulators.visma_books import DEPOSIT, WITHDRAWAL, Books, Row
from simulators.visma_chart import CHARTS
from simulators.visma_invoicing import COMPLETE, PARTIAL, Invoicing
from simulators.visma_world import NOBODY, ZERO, Json, World, day, money

Method = TypeVar("Method", bound=Callable[..., Any])
VARIANTS = {"Standard": 1, "Invoicing": 2, "Bookkeeping": 3, "Solo": 4, "Pro": 5}
ACTIVE, READ_ONLY = 1, 2
"""Company states; 0 is inactive."""


def _locked(method: Method) -> Method:
    """Run a method of a company between two requests, never beside one."""

    @functools.wraps(method)
    def inside(self: Company, *args: Any, **kwargs: Any) -> Any:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return cast("Method", inside)


@dataclass
class Company:
    """A customer of the vendor's: registers, customers, invoices, payments, books and files."""

    world: World
    ident: str
    name: str
    org_no: str
    country: str = "SE"
    currency: str = ""
    variant: str = "Standard"
    status: int = ACTIVE
    sandbox: bool = False
    years: Iterable[int] = (2024, 2025, 2026)
    method: int = 0
    customers: dict[str, Json] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    notes: dict[str, Json] = field(default_factory=dict)
    links: dict[str, Json] = field(default_factory=dict)
    sent: list[Json] = field(default_factory=list)
    """What was mailed to customers: {"invoice", "kind", "t", and what the caller gave}."""
    bank_booked_until: date | None = None
    """Until which day its people have booked the bank, where they do so every bank day by themselves."""

    def __post_init__(self) -> None:
        """Set up the standard books."""
        chart = CHARTS[self.country]
        self.currency = self.currency or chart.currency
        self.books = Books(self.world, self.years, self.method, chart)
        self.invoicing = Invoicing(self.world, self.books, self.currency)
        self.user = self.world.guid("user", self.ident)
        self.settings: Json = {
            "Name": self.name, "Email": "ekonomi@example.com", "Phone": "08-123 45 67", "Address1": "Storgatan 1", "Address2": None,
            "PostalCode": "111 22", "City": "Stockholm", "CountryCode": self.country, "CurrencyCode": self.currency,
            "CorporateIdentityNumber": self.org_no, "VatCode": None, "BankGiro": "5050-1055", "PlusGiro": None,
            "BankgiroNumberPrint": None, "BankAccount": None, "Iban": None, "Swish": None, "AccountingLockInterval": 0,
            "ProductVariant": VARIANTS[self.variant], "TypeOfBusiness": 1, "ActivatedModules": [], "CompanyStatus": self.status,
            "CompanyIdentifier": self.ident, "UsesPaymentReferenceNumber": True, "DomesticCurrencyRounding": 0,
            "UsesRotReducedInvoicing": True, "CompanyText": {"OverDueTextDomestic": "Betalning saknas."},
            "FirstPaymentReminderWithoutFee": True, "LatePaymentFee": Decimal(60), "AccountNumberDigits": 4,
        }  # fmt: skip

    @_locked
    def add_customer(
        self, name: str, org_no: str = "", email: str = "", *, private: bool = False, country_code: str = "", **vendor_fields: Any
    ) -> str:
        """Add a customer and return its id."""
        ident = self.world.guid("customer", name)
        self.customers[ident] = {
            **dict.fromkeys(
                (
                    "EmailAddressOrder", "EmailAddressQuote", "ContactPersonEmail", "ContactPersonMobile", "ContactPersonName",
                    "ContactPersonPhone", "MobilePhone", "Telephone", "InvoiceAddress2", "DeliveryCustomerName", "DeliveryAddress1",
                    "DeliveryAddress2", "DeliveryCity", "DeliveryPostalCode", "DeliveryCountryCode", "DeliveryMethodId", "DeliveryTermId",
                    "CurrencyCode", "PayToAccountId", "Note", "LastInvoiceDate", "VatNumber", "GLN", "EdiGlnNumber", "ElectronicAddress",
                    "ElectronicReference", "EdiServiceDelivererId", "Iban", "DiscountAgreementId", "SalesPriceListId",
                    "TaxDeductionNumber", "PropertyType", "PropertyReference", "WebshopCustomerNumber", "WwwAddress",
                    "AutoInvoiceActivationEmailSentDate", "AutoInvoiceRegistrationRequestSentDate",
                )
            ),
            "Id": ident, "CustomerNumber": str(1000 + len(self.customers)), "Name": name, "CorporateIdentityNumber": org_no or None,
            "IsPrivatePerson": private, "IsActive": True, "EmailAddress": email or None, "EmailAddresses": [],
            "InvoiceAddress1": "Storgatan 1", "InvoiceCity": "Stockholm", "InvoicePostalCode": "111 22",
            "InvoiceCountryCode": country_code or self.country, "TermsOfPaymentId": NOBODY, "Notes": [], "MessageThreads": [], "CustomerLabels": [],
            "UnpaidInvoicesAmount": ZERO, "ChangedUtc": self.world.stamp(self.world.now()), "SalesDocumentLanguage": None,
            "RequiresReferenceNumber": False, "IsFutureInvoiceDateAllowed": False, "IsDirectDebitEnabled": False,
            "DiscountPercentage": ZERO, "ReverseChargeOnConstructionServices": False, "ForceBookkeepVat": False, "DeliveryBasedVat": False,
            "IsNorthernIreland": False, **vendor_fields,
        }  # fmt: skip
        return ident

    @_locked
    def set_company(self, **vendor_fields: Any) -> None:
        """Change the company's own settings in the vendor's own pages."""
        self.settings.update(vendor_fields)

    @_locked
    def set_customer(self, ident: str, **vendor_fields: Any) -> None:
        """Change a customer's fields in the vendor's own pages."""
        self.customers[ident].update(vendor_fields, ChangedUtc=self.world.stamp(self.world.now()))

    @_locked
    def label_customer(self, ident: str, name: str) -> None:
        """Give a customer a label, creating it where there is none."""
        known = next((one for one in self.labels.values() if one["Name"] == name), None)
        if known is None:
            known = {"Id": self.world.guid("label", name), "Name": name, "Description": None}
            self.labels[known["Id"]] = known
        self.set_customer(ident, CustomerLabels=[*self.customers[ident]["CustomerLabels"], known])

    @_locked
    def add_invoice(
        self,
        customer: str,
        total: Decimal | str,
        invoice_date: date | str,
        due_date: date | str,
        *,
        currency: str = "",
        **vendor_fields: Any,
    ) -> str:
        """Book an invoice over a total with VAT and return its id."""
        dates = (day(invoice_date), day(due_date))
        made = self.invoicing.create(
            self.customers[customer], money(total), dates, currency=currency or self.currency, fields=vendor_fields
        )
        return str(made["Id"])

    @_locked
    def add_draft(self, customer: str, total: Decimal | str, invoice_date: date | str) -> str:
        """Write an invoice that is not booked; drafts are another resource."""
        ident = self.world.guid("draft")
        self.invoicing.drafts[ident] = {"Id": ident, "CustomerId": customer, "InvoiceDate": day(invoice_date), "TotalAmount": money(total)}
        return ident

    @_locked
    def set_invoice(self, ident: str, **vendor_fields: Any) -> None:
        """Set fields of an invoice, whatever the product allows; `remaining` sets what is left to pay."""
        invoice = self.invoicing.invoices[ident]
        if "remaining" in vendor_fields:
            invoice["_left"] = money(vendor_fields.pop("remaining"))
        self.invoicing.touch(invoice)
        invoice.update(vendor_fields)

    @_locked
    def pay_invoice(self, ident: str, amount: Decimal | str | None = None, on: date | str | None = None, ledger: int = 0) -> str:
        """Book a payment to the client's own bank, all that is left by default, and return its voucher's id."""
        invoice = self.invoicing.invoices[ident]
        paid = invoice["_left"] if amount is None else money(amount)
        given = {
            "CompanyBankAccountId": self.books.bank_of(ledger or self.books.chart.bank)["Id"], "PaymentDate": self._on(on).isoformat(), "PaymentAmount": paid,
            "PaymentCurrency": invoice["CurrencyCode"], "PaymentType": COMPLETE if paid == invoice["_left"] else PARTIAL,
        }  # fmt: skip
        self.invoicing.pay(invoice, given, trusted=True)
        return str(self.books.vouchers[-1]["Id"])

    @_locked
    def undo_payment(self, voucher_id: str, on: date | str | None = None) -> None:
        """Undo a payment in the vendor's own pages: a bounced one, or one booked on the wrong invoice."""
        self.invoicing.undo(voucher_id, self._on(on))

    @_locked
    def lose_invoice(self, ident: str, on: date | str | None = None) -> str:
        """Book what is left of an invoice as lost, in the vendor's own pages, and return the voucher's id."""
        return self.invoicing.lose(self.invoicing.invoices[ident], self._on(on))

    @_locked
    def sell_invoice(self, ident: str, on: date | str | None = None) -> str:
        """Sell an invoice to a factor, in the vendor's own pages, and return the voucher's id."""
        return self.invoicing.sell(self.invoicing.invoices[ident], self._on(on))

    @_locked
    def credit_invoice(self, ident: str, amount: Decimal | str | None = None, on: date | str | None = None) -> str:
        """Credit an invoice, all that is left of it by default, set the credit off, and return the credit's id."""
        invoice = self.invoicing.invoices[ident]
        credited = invoice["_left"] if amount is None else money(amount)
        note = self.invoicing.credit(invoice, credited, self._on(on), self.customers[invoice["CustomerId"]])
        return str(note["Id"])

    @_locked
    def remind(self, ident: str) -> None:
        """Send a reminder from the vendor's own pages."""
        self.invoicing.remind(self.invoicing.invoices[ident], ZERO, by_api=False)

    @_locked
    def collect_elsewhere(self, ident: str) -> None:
        """Let the vendor's own collection service take an invoice; what shows of it is a switch."""
        invoice, shows = self.invoicing.invoices[ident], self.world.switches.other_collector_shows
        if shows == "count":
            self.invoicing.remind(invoice, ZERO, by_api=False)
        elif shows == "status":
            invoice["FactoringInvoiceStatus"] = 7
            self.invoicing.touch(invoice)

    @_locked
    def book_bank(self, on: date | str, text: str, amount: Decimal | str, account: int, bank: int = 0) -> str:
        """Book a bank event (money in above 0) against an account and return the voucher's number."""
        value, moment, bank = money(amount), day(on), bank or self.books.chart.bank
        kind = DEPOSIT if value > 0 else WITHDRAWAL
        voucher = self.books.post(moment, kind, text, [Row(bank, value), Row(account, -value)])
        if self.world.switches.bank_transactions:
            self.books.transactions[self.books.bank_of(bank)["Id"]].append(
                _plain_transaction(self.world, voucher, moment, value, self.currency)
            )
        return str(voucher["NumberAndNumberSeries"])

    @_locked
    def receive(self, on: date | str, amount: Decimal | str, reference: str = "", bank: int = 0) -> str:
        """Let the bank tell of money (in above 0) that is matched with nothing yet, and return its transaction's id."""
        account = self.books.bank_of(bank or self.books.chart.bank)
        made = {
            **_transaction(self.world, day(on), money(amount), account["CurrencyCode"]),
            "IsReconciled": False,
            "Reference": reference or None,
        }
        self.books.unmatched[account["Id"]].append(made)
        return str(made["Id"])

    @_locked
    def match(self, transaction: str, ident: str) -> str:
        """Match money that the bank told of with an invoice, as a person does, and return its voucher's id."""
        bank, found = next((bank, one) for bank, rows in self.books.unmatched.items() for one in rows if one["Id"] == transaction)
        self.books.unmatched[bank].remove(found)
        return self.pay_invoice(
            ident, found["TransactionAmount"], found["TransactionDate"], self.books.bank_accounts[bank]["LedgerAccountNumber"]
        )

    @_locked
    def lock_period(self, until: date | str | None) -> None:
        """Lock the books up to and with a date; None opens them."""
        self.books.locked_to = None if until is None else day(until)

    @_locked
    def add_bank_account(self, name: str, ledger: int, **vendor_fields: Any) -> str:
        """Add a "bank account" tied to a ledger account, as a person does, and return its id."""
        return str(self.books.add_bank_account(name, ledger, **vendor_fields)["Id"])

    @_locked
    def invoice(self, ident: str) -> Json:
        """Return an invoice as the API shows it."""
        return self.invoicing.shown(self.invoicing.invoices[ident])

    @_locked
    def number_of(self, ident: str) -> str:
        """Return the number that stands on an invoice."""
        return str(self.invoicing.invoices[ident]["InvoiceNumber"])

    @_locked
    def account_balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit in the currency of the books."""
        return self.books.balance(account)

    @_locked
    def state(self) -> Json:
        """Return everything the company holds."""
        invoices = [self.invoicing.shown(one) for one in self.invoicing.invoices.values()]
        attachments = [{name: value for name, value in one.items() if name != "_data"} for one in self.books.attachments.values()]
        return {
            "name": self.name,
            "customers": list(self.customers.values()),
            "invoices": invoices,
            "vouchers": [public(one) for one in self.books.vouchers],
            "bank_accounts": list(self.books.bank_accounts.values()),
            "bank_transactions": [one for found in self.books.transactions.values() for one in found],
            "attachments": attachments,
            "notes": list(self.notes.values()),
            "links": list(self.links.values()),
            "labels": list(self.labels.values()),
            "sent": self.sent,
        }

    def _on(self, on: date | str | None) -> date:
        return self.world.today() if on is None else day(on)


def public(row: Json) -> Json:
    """Return a row without what only the simulator knows."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _plain_transaction(world: World, voucher: Json, on: date, amount: Decimal, currency: str) -> Json:
    row = {
        "PaymentVoucherId": voucher["Id"], "PaymentVoucherNumber": voucher["NumberAndNumberSeries"], "AmountTransactionCurrency": amount,
        "Number": "", "Name": voucher["VoucherText"], "Reference": None, "Source": "Voucher", "SourceId": voucher["Id"],
        "VoucherId": voucher["Id"],
    }  # fmt: skip
    return {**_transaction(world, on, amount, currency), "Rows": [row]}


def _transaction(world: World, on: date, amount: Decimal, currency: str) -> Json:
    return {
        "Id": world.guid("transaction"), "TransactionDate": on, "IsReconciled": True, "Reference": None, "OriginalAmount": amount,
        "ChargeAmount": ZERO, "ChargeCurrency": currency, "TransactionAmount": amount, "TransactionAmountCurrency": currency,
        "OriginalCurrency": currency, "Rows": [],
    }  # fmt: skip
