"""One agreement in the e-conomic simulator, with what its own people and bank routine do outside the API."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

from simulators import economic_chart as chart
from simulators.bankdays import working_day
from simulators.economic_chart import link
from simulators.economic_ledger import INVOICE, MANUAL, OPENING, PAYMENT, REMINDER, Ledger, Line
from simulators.economic_world import Json, ServiceRefusedError, World, day, money

Method = TypeVar("Method", bound=Callable[..., Any])


def _locked(method: Method) -> Method:
    """Run a method of an agreement between two requests, never beside one."""

    @functools.wraps(method)
    def inside(self: Agreement, *args: Any, **kwargs: Any) -> Any:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return cast("Method", inside)


@dataclass
class Agreement:
    """A company: its registers, customers, invoices, ledger, contacts and documents."""

    world: World
    number: int
    name: str
    cvr: str
    affiliation: str = "E-conomic"
    email: str = "bogholderi@example.com"
    years: tuple[int, ...] = (2024, 2025, 2026)
    trial: bool = False
    customers: dict[int, Json] = field(default_factory=dict)
    contacts: dict[int, Json] = field(default_factory=dict)
    invoices: dict[int, Json] = field(default_factory=dict)
    invoice_drafts: int = 0
    documents: dict[int, Json] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    sendings: list[Json] = field(default_factory=list)
    """What the vendor's own reminders sent: {"invoice", "on"}."""
    modules: tuple[str, ...] = ("Kassekladde", "Faktura")
    bank_booked_until: date | None = None
    """Until which day its people have booked the bank, where they do so every bank day by themselves."""

    def __post_init__(self) -> None:
        """Set up the standard books."""
        self.ledger = Ledger(self.world, "DKK", self.years)

    @_locked
    def add_customer(self, name: str, cvr: str = "", email: str = "", *, group: int = 1, currency: str = "DKK", **vendor: Any) -> str:
        """Add a customer and return its number."""
        number = int(vendor.pop("customerNumber", max(self.customers, default=0) + 1))
        given: Json = {
            "corporateIdentificationNumber": cvr, "email": email, "address": "Storegade 1", "zip": "8000", "city": "Aarhus C",
            "country": "Danmark", "telephoneAndFaxNumber": "", **vendor,
        }  # fmt: skip
        self.customers[number] = {
            "customerNumber": number, "name": name, "currency": currency, "customerGroup": {"customerGroupNumber": group}, "zone": 1,
            **{key: value for key, value in given.items() if value != ""},
        }  # fmt: skip
        return str(number)

    @_locked
    def set_customer(self, number: str, **vendor: Any) -> None:
        """Change a customer's fields in the vendor's own pages; None takes one away."""
        kept = {**self.customers[int(number)], **vendor}
        self.customers[int(number)] = {key: value for key, value in kept.items() if value is not None}

    @_locked
    def add_invoice(
        self,
        customer: str,
        total: Decimal | str,
        on: date | str,
        due: date | str | None,
        *,
        currency: str = "DKK",
        terms: str = "net",
        vat_percent: int = 25,
        **vendor: Any,
    ) -> str:
        """Book an invoice over a total with VAT and return its number; a total below 0 makes a credit note."""
        gross, number = money(total), max(self.invoices, default=0) + 1
        vat = money(gross * vat_percent / (100 + vat_percent))
        until = None if due is None or (gross < 0 and not self.world.switches.due_date_of_credits) else day(due)
        party = self.customers[int(customer)]
        lines = [
            Line(self._receivable(int(customer)), gross, int(customer), number, until), Line(chart.SALES, vat - gross), Line(chart.VAT_OUT, -vat),
        ]  # fmt: skip
        text = f"{'Faktura' if gross > 0 else 'Kreditnota'} {number}"
        made = self.ledger.post(INVOICE, day(on), text, lines, currency=currency)
        self.invoices[number] = {
            "number": number, "customer": int(customer), "gross": gross, "vat": vat, "on": day(on), "due": until, "currency": currency,
            "terms": terms, "entry": made[0]["entryNumber"], "recipient": _recipient(party), "vendor": vendor,
        }  # fmt: skip
        return str(number)

    @_locked
    def set_invoice(self, number: str, **values: Any) -> None:
        """Damage an invoice in ways its people can't, for instance due=None."""
        self.invoices[int(number)].update(values)

    @_locked
    def add_draft_invoice(self) -> str:
        """Add an invoice that is not booked and so stands in no list we read."""
        self.invoice_drafts += 1
        return f"draft-{self.invoice_drafts}"

    @_locked
    def add_manual_invoice(
        self, customer: str, amount: Decimal | str, on: date | str, due: date | str, *, number: int | None = None
    ) -> int:
        """Book a debt by the journal alone, as people do with migrated ones, and return its entry's number."""
        value = money(amount)
        lines = [Line(self._receivable(int(customer)), value, int(customer), number, day(due)), Line(1050, -value)]
        made = self.ledger.post(MANUAL, day(on), "Manuel debitorfaktura", lines)
        return int(made[0]["entryNumber"])

    @_locked
    def add_opening(self, customer: str, amount: Decimal | str, on: date | str) -> int:
        """Book a debtor's opening balance and return its entry's number."""
        value = money(amount)
        lines = [Line(self._receivable(int(customer)), value, int(customer)), Line(chart.BANK, -value)]
        made = self.ledger.post(OPENING, day(on), "Primopostering", lines)
        return int(made[0]["entryNumber"])

    @_locked
    def pay(self, number: str, amount: Decimal | str | None = None, on: date | str | None = None, *, account: int = chart.BANK) -> str:
        """Book a payment on an invoice, by default of all that is left, match it, and return its entry's number."""
        invoice = self.invoices[int(number)]
        owed = self.ledger.entry(invoice["entry"])
        paid = owed["open"] if amount is None else money(amount)
        numbered = invoice["number"] if self.world.switches.payment_keeps_invoice_number else None
        lines = [Line(owed["accountNumber"], -paid, invoice["customer"], numbered), Line(account, paid)]
        made = self.ledger.post(PAYMENT, self._on(on), f"Indbetaling faktura {number}", lines, currency=invoice["currency"])
        self.ledger.match([invoice["entry"], made[0]["entryNumber"]])
        return str(made[0]["entryNumber"])

    @_locked
    def pay_on_account(self, customer: str, amount: Decimal | str, on: date | str | None = None) -> str:
        """Book a payment that is matched with nothing, and return its entry's number."""
        paid = money(amount)
        lines = [Line(self._receivable(int(customer)), -paid, int(customer)), Line(chart.BANK, paid)]
        made = self.ledger.post(PAYMENT, self._on(on), "Indbetaling", lines)
        return str(made[0]["entryNumber"])

    @_locked
    def take_back(self, entry: str, on: date | str | None = None) -> str:
        """Take a payment back by its counter-entry, matched with it: booked entries can't be deleted."""
        paid = self.ledger.entry(int(entry))
        contra = next(
            one for one in self.ledger.entries if one["voucherNumber"] == paid["voucherNumber"] and one["amount"] == -paid["amount"]
        )
        self.ledger.unmatch(paid["entryNumber"])
        lines = [
            Line(paid["accountNumber"], -paid["amount"], paid["customerNumber"], paid["customerInvoiceNumber"]),
            Line(contra["accountNumber"], paid["amount"]),
        ]
        made = self.ledger.post(PAYMENT, self._on(on), f"Tilbageført {paid['text']}", lines, currency=paid["currencyCode"])
        self.ledger.match([paid["entryNumber"], made[0]["entryNumber"]])
        return str(made[0]["entryNumber"])

    @_locked
    def credit(self, number: str, amount: Decimal | str | None = None, on: date | str | None = None, *, matched: bool = True) -> str:
        """Credit an invoice, by default all of it, match the credit note, and return its number."""
        invoice = self.invoices[int(number)]
        value = invoice["gross"] if amount is None else money(amount)
        when = self._on(on)
        made = self.add_invoice(str(invoice["customer"]), -value, when, when, currency=invoice["currency"])
        if matched:
            self.ledger.match([invoice["entry"], self.invoices[int(made)]["entry"]])
        return made

    @_locked
    def remind(self, number: str, fee: Decimal | str = "100", on: date | str | None = None) -> int:
        """Send the vendor's own reminder with a fee, which is booked on the debtor; return the entry's number."""
        invoice, value, when = self.invoices[int(number)], money(fee), self._on(on)
        numbered = invoice["number"] if self.world.switches.reminder_invoice_number else None
        lines = [
            Line(self._receivable(invoice["customer"]), value, invoice["customer"], numbered, when + timedelta(days=10)),
            Line(chart.FEE_INCOME, -value),
        ]
        made = self.ledger.post(REMINDER, when, f"Rykkergebyr faktura {number}", lines)
        self.sendings.append({"invoice": number, "on": when.isoformat()})
        return int(made[0]["entryNumber"])

    @_locked
    def book_bank(self, on: date | str, text: str, amount: Decimal | str, account: int = chart.BANK_FEES) -> None:
        """Book a bank event (money in above 0) against an account."""
        value = money(amount)
        self.ledger.post(5, day(on), text, [Line(chart.BANK, value), Line(account, -value)])

    @_locked
    def bar_periods(self, until: date | str | None) -> None:
        """Bar every period that ends on or before a day; None opens them all."""
        last = None if until is None else day(until)
        for period in self.ledger.periods:
            period["isBarred"] = last is not None and period["dateTo"] <= last

    @_locked
    def add_contact(self, customer: str, name: str, **vendor: Any) -> int:
        """Add a contact of a customer and return its number."""
        number = max(self.contacts, default=0) + 1
        own = sum(one["customerNumber"] == int(customer) for one in self.contacts.values())
        flags = dict.fromkeys(
            ("receiveQuotes", "receiveOrders", "receiveInvoices", "receiveEInvoices", "receiveStatementOfAccounts", "receiveReminders"),
            False,
        )
        self.contacts[number] = {
            "number": number, "customerNumber": int(customer), "userInterfaceNumber": own + 1, "name": name, **flags, **vendor,
            "lastUpdated": self.world.today(), "isDeleted": False, "active": True, "objectVersion": f"c{number}-1",
        }  # fmt: skip
        return number

    @_locked
    def invoice(self, number: str) -> Json:
        """Return what an invoice is and what is left of it, as plain values."""
        kept = self.invoices[int(number)]
        return {
            **kept,
            "remainder": self.remainder(kept),
            "entries": [dict(one) for one in self.ledger.entries if one["customerInvoiceNumber"] == kept["number"]],
        }

    def remainder(self, invoice: Json) -> Decimal:
        """Return what is left of an invoice in its currency."""
        left = cast("Decimal", self.ledger.entry(invoice["entry"])["open"])
        return Decimal("0.00") if left < 0 and self.world.switches.credit_remainder == "zero" else left

    @_locked
    def account_balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit in the base currency."""
        return self.ledger.balance(account)

    @_locked
    def state(self) -> Json:
        """Return everything the agreement holds, as plain JSON."""
        ledger = self.ledger
        return {
            "name": self.name,
            "customers": [_plain(one) for one in self.customers.values()],
            "invoices": [_plain({**one, "remainder": self.remainder(one)}) for one in self.invoices.values()],
            "entries": [_plain(one) for one in ledger.entries],
            "drafts": [_plain(one) for one in ledger.drafts.values()],
            "pairs": [_plain({**one, "numbers": list(one["numbers"])}) for one in ledger.pairs],
            "journals": [_plain(one) for one in ledger.journals.values()],
            "contacts": [_plain(one) for one in self.contacts.values()],
            "documents": [_plain(one) for one in self.documents.values()],
            "sendings": self.sendings,
        }

    def act(self, kind: str, seed: int) -> None:
        """Let its people do something between two pages, as the kind of `kit.PEOPLE_KINDS` says; without an open invoice nothing."""
        owed = [one["number"] for one in self.invoices.values() if self.remainder(one) > 0]
        if not owed:
            return
        number = random.Random(seed).choice(owed)
        today = self.world.today()
        if kind == "paid_between":
            self.pay(str(number))
        elif kind == "added_between":
            kept = self.invoices[number]
            self.add_invoice(str(kept["customer"]), kept["gross"], today, today + timedelta(days=14))
        else:
            self.pay(str(number), "1.00")

    def book_bank_days(self) -> None:
        """Book the bank's fee of each bank day up to yesterday that is not booked yet, where its people do so by themselves."""
        while self.bank_booked_until is not None:
            on = working_day(self.bank_booked_until + timedelta(days=1))
            if on >= self.world.today():
                return
            self.bank_booked_until = on
            try:
                self.book_bank(on, "Bankgebyr", "-2.00")
            except ServiceRefusedError:
                continue  # a barred period, or a year that is not there

    def receivable_of(self, customer: int) -> int | None:
        """Return the collective account of a customer's group, None where there is no such customer."""
        return self._receivable(customer) if customer in self.customers else None

    def _receivable(self, customer: int) -> int:
        return chart.GROUPS[self.customers[customer]["customerGroup"]["customerGroupNumber"]][1]

    def _on(self, on: date | str | None) -> date:
        return self.world.today() if on is None else day(on)

    def self_row(self, app: Json) -> Json:
        """Return what GET /self tells."""
        return {
            "agreementNumber": self.number, "agreementType": {"agreementTypeNumber": 1, "name": "Danmark"},
            "user": {"loginId": "SUPER", "email": self.email, "name": "Superbruger", "agreementNumber": self.number,
                     "language": {"languageNumber": 1, "name": "Dansk", "culture": "da-DK", "self": link("languages", 1)}},
            "userName": "SUPER", "signupDate": "2020-01-01",
            "company": {"name": self.name, "addressLine1": "Bagervej 2", "zip": "8000", "city": "Aarhus C", "country": "Danmark",
                        "email": self.email, "phoneNumber": "86000000", "companyIdentificationNumber": self.cvr},
            "bankInformation": {"bankName": "Banken", "bankSortCode": "0040", "bankAccountNumber": "440116243"},
            "application": {"appNumber": app["number"], "name": "Kravbro", "appPublicToken": app["public"], "created": "2025-01-01",
                            "requiredRoles": [{"roleNumber": 1, "name": app["role"], "self": link("app-roles", 1)}], "self": link("self")},
            "settings": {"baseCurrency": "DKK", "internationalLedger": False},
            "companyAffiliation": self.affiliation, "canSendElectronicInvoice": True,
            "modules": [{"moduleNumber": index, "name": name, "self": link("modules", index)} for index, name in enumerate(self.modules, 1)],
            "self": link("self"),
        }  # fmt: skip


def _recipient(party: Json) -> Json:
    """Return the snapshot of a customer that an invoice keeps."""
    names = {
        "name": "name",
        "address": "address",
        "zip": "zip",
        "city": "city",
        "country": "country",
        "ean": "ean",
        "corporateIdentificationNumber": "cvr",
    }
    return {shown: party[name] for name, shown in names.items() if name in party}


def _plain(value: Any) -> Any:
    """Return the value as plain JSON: amounts and days as text."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal | date) else value
