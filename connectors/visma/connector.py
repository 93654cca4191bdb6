"""The connector: what the engine may read from, write to and set up in one eAccounting company."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

import requests

from connectors.visma.answers import NAME, AnswerReader
from connectors.visma.auth import OAuth
from connectors.visma.client import VismaClient
from connectors.visma.kinds import AnyKind, good
from connectors.visma.mapping import books, invoices, parties
from connectors.visma.marks import LinkInvoices, NoteInvoices
from connectors.visma.payments import BookkeepPayments, BookPayments, CreatePaymentModes, find_bank_account
from connectors.visma.postings import BankPostings
from connectors.visma.reminders import MailReminders
from connectors.visma.settings import SETTINGS, Settings, read_settings
from connectors.visma.shown import ShownPayments
from connectors.visma.vouchers import AttachDocuments, BookVouchers, UploadDocuments, Years
from core.clock import Clock
from core.errors import ConfigError, InvariantBrokenError
from core.http import HttpClient, Limit
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from core.ports import Budget, DocumentStore, TokenStore
from core.writes import Delivery, Finding, Prepared, Receipt, Write

__all__ = ["DELIVERIES", "NAME", "SETTINGS", "VismaConnector", "build"]

DELIVERIES: Final[Mapping[str, Delivery]] = {
    "book_payment": BookPayments.delivery,
    "bookkeep_payment": BookkeepPayments.delivery,
    "book_voucher": BookVouchers.delivery,
    "upload_document": UploadDocuments.delivery,
    "attach_document": AttachDocuments.delivery,
    "mark_invoice": NoteInvoices.delivery,
    "create_payment_mode": CreatePaymentModes.delivery,
    "send_letter": MailReminders.delivery,
}


class VismaConnector:
    """One eAccounting company; implements `Reads`, `Channel` and `Onboards` of `core.ports`."""

    name: str = NAME
    deliveries: Mapping[str, Delivery] = DELIVERIES
    overlap: timedelta = timedelta(hours=1)
    """The watermark is turned into the vendor's clock, which stamps to the microsecond; an hour covers an invoice that was being written."""

    def __init__(self, settings: Settings, client: VismaClient, documents: DocumentStore) -> None:
        self._settings, self._client = settings, client
        self._years = Years(client)
        self._shown = ShownPayments(client, settings, lambda: self._reading)
        self._postings = BankPostings(client, self._shown, settings.payment_mode)
        marks: AnyKind = LinkInvoices(client, settings.link_url) if settings.mark == "link" else NoteInvoices(client)
        self._kinds: Mapping[str, AnyKind] = {
            "book_payment": BookPayments(client, self._shown, self._years, lambda: self._company.country),
            "bookkeep_payment": BookkeepPayments(client, self._shown),
            "book_voucher": BookVouchers(client, self._years),
            "upload_document": UploadDocuments(client, documents),
            "attach_document": AttachDocuments(client),
            "mark_invoice": marks,
            "create_payment_mode": CreatePaymentModes(client, self._shown, settings),
            "send_letter": MailReminders(client, lambda: self._reading),
        }

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        return good(parties.parse_company(self._client.get("/v2/companysettings")))

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open, from list pages.

        What is open is asked for by RemainingAmount, which the vendor says can be filtered by; whatever else comes is dropped here.
        """
        rows = self._client.list_filtered("/v2/customerinvoices", "RemainingAmount ne 0")
        for found in invoices.parse_invoice_rows(rows, self._reading):
            if isinstance(found, Problem) or found.open != Money.zero(found.currency):
                yield found

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield invoices changed since then by the vendor's clock, paid ones too, from list pages."""
        rows = self._client.list_rows("/v2/customerinvoices", modifiedSinceUtc=_moment(self._theirs(since)))
        return invoices.parse_invoice_rows(rows, self._reading)

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details.

        1. Credits of it are read, since one that is not set off yet is not in what is open.
        2. Its customer's labels are read: one of them may hold it.
        """
        raw = self._client.get(f"/v2/customerinvoices/{quote(source_ref, safe='')}")
        credits_ = (self._client.find(f"/v2/customerinvoices/{ident}") for ident in invoices.credit_ids(raw))
        pending = any(credit is not None and invoices.credit_pending(credit) for credit in credits_)
        found = invoices.parse_invoice(raw, self._reading, credits_pending=pending)
        if isinstance(found, Problem) or found.leave_alone or found.open <= Money.zero(found.currency):
            return found
        customer = self._client.find(f"/v2/customers/{found.debtor_ref}")
        return invoices.with_labels(found, parties.label_names(customer), self._settings.hold_label)

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor with all its details."""
        return parties.parse_debtor(self._client.get(f"/v2/customers/{quote(source_ref, safe='')}"), self._company.country)

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF, by the temporary address that the vendor gives for it."""
        answer = self._client.get(f"/v2/customerinvoices/{quote(source_ref, safe='')}/pdf")
        return self._client.get_file(str(answer.get("Url") or ""))

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice; all are booked. Refused where what shows does not explain its balance (see `shown`)."""
        return self._shown.whole(quote(invoice_ref, safe=""))

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments whose vouchers changed since then by the vendor's clock."""
        return self._shown.changed_since(self._theirs(since))

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day up to which the bank is posted, or None if nothing shows it (reasoning: `postings`)."""
        return self._postings.until(today)

    def locked_until(self) -> date | None:
        """Return the last day of the locked period, if any."""
        return good(books.locked_until(self._client.get("/v2/companysettings"), self._years.read()))

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the bytes and gather the evidence needed to look the write up; sends nothing."""
        return self._kind(write).prepare(write, key)

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once and compare what came back with what was sent."""
        return self._kind(write).send(write, prepared, key)

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the write landed; remote ids in `taken` belong to other intents and don't count."""
        return self._kind(write).look_up(write, prepared, key, taken)

    def check_company(self, expected_org_no: str) -> Company:
        """Return the company if it is the expected one, open and with invoices, else raise `ConfigError`."""
        settings = self._client.get("/v2/companysettings")
        company = good(parties.parse_company(settings))
        if not parties.is_same_number(company.org_no, expected_org_no):
            wanted = f"not to {expected_org_no}" if parties.is_company_number(expected_org_no) else "not to the expected company"
            todo = "Choose the right company on Visma's consent page, or correct the organisation number."
            raise ConfigError("visma.company", f"these books belong to {company.name}, {wanted}", todo)
        if settings.get("CompanyStatus") not in (parties.ACTIVE, None):
            todo = "Reactivate the subscription in eAccounting, or choose another company."
            raise ConfigError("visma.company", f"{company.name} is inactive or read-only in eAccounting", todo)
        if settings.get("ProductVariant") == parties.BOOKKEEPING:
            todo = "Order a variant with invoicing, or connect the system that writes the invoices."
            raise ConfigError("visma.company", f"{company.name} has the variant Bookkeeping, which has no invoices", todo)
        return company

    def list_accounts(self, on: date) -> list[Account]:
        """Return the chart of accounts of the fiscal year of a day."""
        found = [books.parse_account(raw) for raw in self._accounts(on)]
        return list({account.number: account for account in found if isinstance(account, Account)}.values())

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go, by the BAS chart; "" where nothing usable exists."""
        return books.propose_setup(self._accounts(on), self._settings.payment_mode)

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account a bank account of this name is tied to, or None if there is none."""
        found = find_bank_account(self._shown.bank_accounts(), code)
        return None if found is None else Account(found.ledger, found.name, found.active)

    @cached_property
    def _company(self) -> Company:
        return self.get_company()

    @property
    def _reading(self) -> invoices.Reading:
        return invoices.Reading(self._company.currency, self._settings.tax_reduction_balance)

    def _theirs(self, moment: datetime) -> datetime:
        """Return a moment of our clock by the vendor's, as the answer to a list shows it."""
        ahead = self._client.get_page("/v2/customerinvoices").server_time - self._client.clock.now()
        return moment + ahead

    def _kind(self, write: Write) -> AnyKind:
        if write.kind not in self._kinds:
            raise InvariantBrokenError(f"eAccounting was given a write it does not declare: {write.kind}")
        return self._kinds[write.kind]

    def _accounts(self, on: date) -> list[Any]:
        return list(self._client.list_rows(f"/v2/accounts/{self._years.id_of(on)}"))


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def build(
    settings: Mapping[str, str],
    *,
    clock: Clock,
    budget: Budget,
    tokens: TokenStore,
    documents: DocumentStore,
    session: requests.Session | None = None,
) -> VismaConnector:
    """Return the connector for a company; raises `ConfigError` for a missing or wrong setting before any request."""
    checked = read_settings(settings)
    reader = AnswerReader(clock, (checked.client_secret,))
    # The vendor does not say whether logins are limited, so they are kept within the same limit.
    limit = Limit(f"visma:{checked.client_id}:connect", 600, 60.0)
    identity = HttpClient(NAME, checked.identity_url, clock=clock, budget=budget, limit=limit, session=session)
    oauth = OAuth(checked, identity, reader, clock)
    client = VismaClient(checked, reader, tokens, renew=oauth.renew, clock=clock, budget=budget, session=session)
    return VismaConnector(checked, client, documents)
