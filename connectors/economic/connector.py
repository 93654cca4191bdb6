"""The connector: what the engine may read from, write to and set up in one e-conomic agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Final

import requests

from connectors.economic import prove, years
from connectors.economic.answers import NAME, AnswerReader
from connectors.economic.client import EconomicClient, Json
from connectors.economic.governor import Governor
from connectors.economic.journals import CreatePaymentModes, Journals
from connectors.economic.kinds import AnyKind, good
from connectors.economic.ledger import BOOKED, Ledger
from connectors.economic.mapping import books, invoices, parties
from connectors.economic.mapping.entries import INVOICE, Entry, Pair, mark_in, parse_entry
from connectors.economic.marks import MarkInvoices
from connectors.economic.payments import BookkeepPayments, BookPayments, SignGuard
from connectors.economic.settings import SETTINGS, Settings, read_settings
from connectors.economic.vouchers import AttachDocuments, BookVouchers
from core.clock import Clock, day_in
from core.errors import ConfigError, InvariantBrokenError, RejectedError
from core.http import HttpClient
from core.ids import stable_id
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from core.ports import Budget, DocumentStore, TokenStore
from core.writes import BookPayment, CreatePaymentMode, Delivery, Finding, Prepared, Receipt, Write

__all__ = ["DELIVERIES", "NAME", "SETTINGS", "EconomicConnector", "build"]

DELIVERIES: Final[Mapping[str, Delivery]] = {
    "book_payment": BookPayments.delivery,
    "bookkeep_payment": BookkeepPayments.delivery,
    "book_voucher": BookVouchers.delivery,
    "attach_document": AttachDocuments.delivery,
    "mark_invoice": MarkInvoices.delivery,
    "create_payment_mode": CreatePaymentModes.delivery,
}

COUNTRY: Final = "DK"
"""Whose days entries are dated in."""
SUPPLIER_PAYMENT: Final = 4
INVOICES_MAX: Final = 100
"""Invoices asked for by their numbers in one filter; the vendor takes 200."""


class EconomicConnector:
    """One e-conomic agreement; implements `Reads`, `Channel` and `Onboards` of `core.ports`."""

    name: str = NAME
    overlap: timedelta = timedelta(days=7)
    """Nothing tells when something was entered, only the day it is dated: people date a payment back to the day it arrived."""

    def __init__(self, settings: Settings, client: EconomicClient, documents: DocumentStore, clock: Clock) -> None:
        self._settings, self._client, self._clock = settings, client, clock
        self._ledger, self._journals = Ledger(client, settings.payment_mode), Journals(client)
        self._company: Company | None = None
        guard = SignGuard(self._ledger)
        kinds: dict[str, AnyKind] = {
            "book_payment": BookPayments(client, self._ledger, self._journals, guard, settings.payment_sign),
            "bookkeep_payment": BookkeepPayments(client, self._ledger, guard, settings.payment_sign),
            "book_voucher": BookVouchers(client, self._ledger, self._journals, guard),
            "attach_document": AttachDocuments(client, documents),
            "mark_invoice": MarkInvoices(client),
            "create_payment_mode": CreatePaymentModes(client, self._journals),
        }
        if settings.mark == "none":
            del kinds["mark_invoice"]
        self._kinds = kinds
        self.deliveries: Mapping[str, Delivery] = {name: DELIVERIES[name] for name in kinds}

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        return good(parties.parse_company(self._client.get("/self")))

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open, then what is open in the debtors' ledger alone: fees, manual invoices, money on account."""
        yield from invoices.parse_invoice_rows(self._unpaid())
        yield from (invoices.from_entry(entry) for entry in self._ledger.list_open_debts())

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield what may have changed since then: no invoice tells when it did.

        All that is open, what is dated since, and whatever a payment or a credit note dated since was matched with.
        """
        first = day_in(COUNTRY, since)
        dated = self._client.list_rows("/invoices/booked", filter=f"date$gte:{first}", sort="bookedInvoiceNumber")
        seen: set[str] = set()
        for row in invoices.parse_invoice_rows(chain(self._unpaid(), dated)):
            seen.add(row.source_ref if isinstance(row, Invoice) else row.raw_ref)
            yield row
        settled = {debt.invoice for debt, _, _ in self._ledger.list_changed_payments(first) if debt.kind == INVOICE and debt.invoice}
        yield from invoices.parse_invoice_rows(self._numbered(settled - seen))

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details.

        1. The vendor's own reminders are counted: they show as fees in the debtors' ledger, and nowhere else.
        2. For one that could be collected the customer's account as a whole is looked at.
        """
        number = invoices.entry_number(source_ref)
        if number is not None:
            return invoices.from_entry(self._entry(number))
        found = invoices.parse_invoice(self._client.get(f"/invoices/booked/{_number(source_ref)}"))
        if isinstance(found, Problem):
            return found
        found = invoices.with_reminders(found, self._ledger.list_reminders(found.debtor_ref))
        if found.leave_alone or found.open <= Money.zero(found.currency):
            return found
        customer = self._client.get(f"/customers/{found.debtor_ref}")
        return invoices.in_credit(found, books.balance_of(customer, self._base_currency()))

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor with all its details."""
        return parties.parse_debtor(self._client.get(f"/customers/{_number(source_ref)}"))

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF; a debt of the ledger alone has none."""
        if invoices.entry_number(source_ref) is not None:
            raise RejectedError(NAME, "no_document", f"{source_ref} stands in the ledger alone and has no document")
        return self._client.get_pdf(f"/invoices/booked/{_number(source_ref)}/pdf")

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, booked or not."""
        number = invoices.entry_number(invoice_ref)
        if number is not None:
            return self._ledger.list_payments(self._entry(number))
        found = good(invoices.parse_invoice(self._client.get(f"/invoices/booked/{_number(invoice_ref)}")))
        return self._ledger.list_payments(self._ledger.find_invoice(found.number, found.debtor_ref))

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments and credit notes dated since then, by what they were matched with."""
        for debt, credit, pair in self._ledger.list_changed_payments(day_in(COUNTRY, since)):
            if debt.invoice and debt.kind == INVOICE:
                yield _payment(debt, credit, pair, self._settings.payment_mode)

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day of an entry on a bank account, or None if nothing shows it.

        Suppliers' payments don't count: they are booked from the payment file, ahead of the statement.
        """
        spans = "$or:".join(
            f"(accountNumber$gte:{span.start}$and:accountNumber$lte:{span.stop - 1})" for span in self._settings.bank_accounts
        )  # fmt: skip
        if not spans:
            return None
        raws = self._client.first_items(BOOKED, f"({spans})$and:date$lte:{today}$and:type$ne:{SUPPLIER_PAYMENT}", "-date")
        days = [entry.on for raw in raws if (entry := parse_entry(raw)) is not None and self._is_of_bank(entry, today)]
        return max(days, default=None)

    def locked_until(self) -> date | None:
        """Return the last day of the closed or barred periods and years, if any."""
        return years.locked_until(self._client, day_in(COUNTRY, self._clock.now()))

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the bytes and gather the evidence needed to look the write up; sends nothing."""
        return self._kind(write).prepare(write, key)

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once and compare what came of it with what was sent."""
        return self._kind(write).send(write, prepared, key)

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the write landed; remote ids in `taken` belong to other intents and don't count."""
        return self._kind(write).look_up(write, prepared, key, taken)

    def check_company(self, expected_org_no: str) -> Company:
        """Return the company if it is the expected one, else raise `ConfigError`: by its agreement number and its CVR number."""
        raw = self._client.get("/self")
        if parties.is_developers(raw):
            todo = "Log in to the company's own agreement on the page where access is granted."
            raise ConfigError("economic.agreement_number", "this grant is of a developer agreement, which holds no books", todo)
        company = good(parties.parse_company(raw))
        todo = "Grant access from the right agreement, or correct the organisation number."
        if company.remote_id != self._settings.agreement_number:
            wrong = f"this grant is of agreement {company.remote_id}, not {self._settings.agreement_number}"
            raise ConfigError("economic.agreement_number", wrong, todo)
        if not parties.is_same_number(company.org_no, expected_org_no):
            wanted = f"not to {expected_org_no}" if parties.is_company_number(expected_org_no) else "not to the expected company"
            raise ConfigError("economic.agreement_number", f"these books belong to {company.name}, {wanted}", todo)
        return company

    def list_accounts(self, on: date) -> list[Account]:
        """Return the accounts that can be posted to; the chart is one for all years."""
        collective = books.collective_accounts(self._groups())
        found = [books.parse_account(raw, collective) for raw in self._accounts()]
        return list({account.number: account for account in found if isinstance(account, Account)}.values())

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go, by the accounts' names; "" where nothing usable exists."""
        return books.propose_setup(self._accounts(), self._groups(), self._settings.payment_mode)

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account our own journal is tied to, or None if there is no such journal."""
        found = self._journals.find(code)
        if found and found[0].standing:
            todo = "Let it empty itself by booking in e-conomic, or choose another code."
            raise ConfigError(f"journal {found[0].name}", "it keeps its entries after booking, so that they would be booked twice", todo)
        return Account(found[0].contra, found[0].name) if found else None

    def choose_proof(self) -> Invoice:
        """Return the invoice on which the guided check would book a payment of 1.00 (`connectors.economic.prove`)."""
        return prove.choose_invoice(self._client, self._base_currency())

    def prove(self, invoice: Invoice, setup: BooksSetup) -> prove.Proof:
        """Book a payment of 1.00 and tell what came of it; for a trial agreement alone, and once a person has said yes."""
        now = self._clock.now()
        key = stable_id("prove", self._settings.agreement_number, invoice.number, now.isoformat())
        if self.find_payment_mode(setup.mode) is None:
            mode = CreatePaymentMode(setup.mode, "Inkasso (Kravbro)", setup.clearing)
            self.send(mode, self.prepare(mode, key), key)
        one = Money.parse(prove.ONE, invoice.currency)
        paid = BookPayment(invoice.source_ref, one, day_in(COUNTRY, now), setup.mode, setup.clearing)
        entered = self.send(paid, self.prepare(paid, key), key)
        return prove.book_and_look(self._client, self._ledger, invoice, entered.remote_ref, key, sign=self._settings.payment_sign)

    def _kind(self, write: Write) -> AnyKind:
        if write.kind not in self._kinds:
            raise InvariantBrokenError(f"e-conomic was given a write it does not declare: {write.kind}")
        return self._kinds[write.kind]

    def _unpaid(self) -> Iterator[Any]:
        return self._client.list_rows("/invoices/unpaid", sort="bookedInvoiceNumber")

    def _numbered(self, numbers: Collection[str]) -> Iterator[Any]:
        wanted = sorted(numbers, key=int)
        for start in range(0, len(wanted), INVOICES_MAX):
            part = wanted[start : start + INVOICES_MAX]
            rows = self._client.list_rows(
                "/invoices/booked", filter=f"bookedInvoiceNumber$in:[{','.join(part)}]", sort="bookedInvoiceNumber"
            )  # fmt: skip
            yield from (raw for raw in rows if isinstance(raw, dict) and str(raw.get("bookedInvoiceNumber")) in part)

    def _entry(self, number: int) -> Entry:
        found = self._ledger.find_entry(number)
        if found is None or found.open is None or not found.customer:
            raise RejectedError(NAME, "unreadable", f"the ledger has no debtor's entry {number}")
        return found

    def _is_of_bank(self, entry: Entry, today: date) -> bool:
        on_bank = entry.account.isdecimal() and any(int(entry.account) in span for span in self._settings.bank_accounts)
        return on_bank and entry.on <= today and entry.kind != SUPPLIER_PAYMENT

    def _base_currency(self) -> str:
        if self._company is None:
            self._company = self.get_company()
        return self._company.currency

    def _accounts(self) -> list[Any]:
        return list(self._client.list_rows("/accounts", sort="accountNumber"))

    def _groups(self) -> list[Json]:
        return list(self._client.list_rows("/customer-groups", sort="customerGroupNumber"))


def _payment(debt: Entry, credit: Entry, pair: Pair, mode: str) -> Payment:
    mark = mark_in(credit.text)
    amount = Money.parse(pair.most, debt.amount.currency)
    source = "credit" if credit.kind == INVOICE else ""
    return Payment(mark or str(credit.number), debt.invoice, amount, credit.on, booked=True, source=source, mode=mode if mark else "")


def _number(ref: str) -> str:
    """Return a reference as the number it must be, so that it is one part of a path and no more."""
    if not ref.isdecimal():
        raise RejectedError(NAME, "unreadable", f"{ref[:20]!r} is no number of e-conomic's")
    return ref


def build(
    settings: Mapping[str, str],
    *,
    clock: Clock,
    budget: Budget,
    tokens: TokenStore,
    documents: DocumentStore,
    session: requests.Session | None = None,
) -> EconomicConnector:
    """Return the connector for an agreement; raises `ConfigError` for a missing or wrong setting before any request.

    Neither token ever expires, so nothing is renewed and `tokens` stays empty.
    """
    checked = read_settings(settings)
    reader = AnswerReader(clock, (checked.app_secret_token, checked.grant_token))
    governor = Governor(checked.agreement_number, clock, budget)
    urls = (checked.rest_url, checked.apis_url)
    rest, apis = (HttpClient(NAME, url, clock=clock, before=governor.before, session=session) for url in urls)
    client = EconomicClient(checked, rest, apis, reader, governor)
    return EconomicConnector(checked, client, documents, clock)
