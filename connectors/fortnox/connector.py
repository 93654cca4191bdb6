"""The connector: what the engine may read from, write to and set up in one Fortnox company."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote

import requests

from connectors.fortnox.answers import NAME, AnswerReader
from connectors.fortnox.auth import OAuth
from connectors.fortnox.client import FortnoxClient, Json, limit_of
from connectors.fortnox.kinds import AnyKind, good
from connectors.fortnox.mapping import books, invoices, parties
from connectors.fortnox.marks import MarkInvoices
from connectors.fortnox.payments import BookkeepPayments, BookPayments, CreatePaymentModes, list_changed_payments, list_payments
from connectors.fortnox.postings import BankPostings
from connectors.fortnox.reminders import PrintReminders
from connectors.fortnox.settings import SETTINGS, Settings, read_settings
from connectors.fortnox.vouchers import AttachDocuments, BookVouchers, UploadDocuments, Years
from core.clock import Clock, zone_of
from core.errors import ConfigError, InvariantBrokenError
from core.http import HttpClient
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from core.ports import Budget, DocumentStore, TokenStore
from core.writes import Delivery, Finding, Prepared, Receipt, Write

__all__ = ["DELIVERIES", "NAME", "SETTINGS", "FortnoxConnector", "build"]

DELIVERIES: Final[Mapping[str, Delivery]] = {
    "book_payment": BookPayments.delivery,
    "bookkeep_payment": BookkeepPayments.delivery,
    "book_voucher": BookVouchers.delivery,
    "upload_document": UploadDocuments.delivery,
    "attach_document": AttachDocuments.delivery,
    "mark_invoice": MarkInvoices.delivery,
    "create_payment_mode": CreatePaymentModes.delivery,
    "print_reminder": PrintReminders.delivery,
}


class FortnoxConnector:
    """One Fortnox company; implements `Reads`, `Channel` and `Onboards` of `core.ports`."""

    name: str = NAME
    deliveries: Mapping[str, Delivery] = DELIVERIES
    overlap: timedelta = timedelta(hours=25)
    """`lastmodified` has minutes and no time zone; a day and an hour cover every zone it may be read in."""

    def __init__(self, settings: Settings, client: FortnoxClient, documents: DocumentStore) -> None:
        self._settings, self._client = settings, client
        self._reading = invoices.Reading(settings.foreign_balance, settings.tax_reduction_balance)
        self._years = Years(client)
        self._labels: list[object] | None = None
        self._postings = BankPostings(client, self._years, settings.bank_accounts)
        self._kinds: Mapping[str, AnyKind] = {
            "book_payment": BookPayments(client, settings.write_off_sign),
            "bookkeep_payment": BookkeepPayments(client),
            "book_voucher": BookVouchers(client, self._years),
            "upload_document": UploadDocuments(client, documents),
            "attach_document": AttachDocuments(client),
            "mark_invoice": MarkInvoices(client, mark=settings.mark, label=settings.label),
            "create_payment_mode": CreatePaymentModes(client),
            "print_reminder": PrintReminders(client),
        }

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        return good(parties.parse_company(self._client.get("/3/settings/company", "CompanySettings")))

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open, from list pages; unbooked ones may be among them."""
        rows = self._client.list_rows("/3/invoices", "Invoices", filter="unpaid", sortby="documentnumber")
        return invoices.parse_invoice_rows(rows, self._reading)

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield invoices changed since then, paid ones too, from list pages."""
        rows = self._client.list_rows("/3/invoices", "Invoices", lastmodified=_swedish(since), sortby="documentnumber")
        return invoices.parse_invoice_rows(rows, self._reading)

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details.

        1. A credit note it points to is read, since one that is not booked yet is not in the open amount.
        2. Its labels are named as people see them; the invoice has their ids alone.
        3. For one that could be collected, the voucher is read to see whether a financier holds the claim.
        """
        raw = self._client.get(f"/3/invoices/{quote(source_ref, safe='')}", "Invoice")
        note = invoices.credit_reference(raw)
        credit_note = self._client.find(f"/3/invoices/{quote(note, safe='')}", "Invoice") if note else None
        found = invoices.parse_invoice(raw, self._reading, credit_note=credit_note)
        if isinstance(found, Invoice) and found.labels:
            found = invoices.with_label_names(found, self._label_rows())
        if isinstance(found, Problem) or found.leave_alone or found.open <= Money.zero(found.currency):
            return found
        return invoices.as_pledged(found) if self._is_pledged(raw) else found

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor with all its details."""
        return parties.parse_debtor(self._client.get(f"/3/customers/{quote(source_ref, safe='')}", "Customer"))

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF; of all the calls that give one, only `preview` does not mark it as sent."""
        return self._client.get_pdf(f"/3/invoices/{quote(source_ref, safe='')}/preview")

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, booked or not."""
        return [good(payment) for payment in list_payments(self._client, invoice_ref, self._settings.write_off_sign)]

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments entered or changed since then, from list pages; foreign ones are problems."""
        return list_changed_payments(self._client, _swedish(since))

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day up to which the bank is posted, or None if nothing shows it (reasoning: `postings`)."""
        return self._postings.until(today)

    def locked_until(self) -> date | None:
        """Return the last day of the locked period, if any."""
        return good(books.parse_locked_until(self._client.get("/3/settings/lockedperiod", "LockedPeriod")))

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
        """Return the company if it is the expected one, else raise `ConfigError`."""
        company = self.get_company()
        if parties.is_same_number(company.org_no, expected_org_no):
            return company
        wanted = f"not to {expected_org_no}" if parties.is_company_number(expected_org_no) else "not to the expected company"
        todo = "Choose the right company on Fortnox's consent page, or correct the organisation number."
        raise ConfigError("fortnox.tenant_id", f"these books belong to {company.name}, {wanted}", todo)

    def list_accounts(self, on: date) -> list[Account]:
        """Return the chart of accounts of the financial year of a day."""
        found = [books.parse_account(raw) for raw in self._accounts(on)]
        return list({account.number: account for account in found if isinstance(account, Account)}.values())

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go: predefined accounts first, then the BAS chart; "" where nothing usable exists."""
        accounts = self._accounts(on)
        predefined = list(self._client.list_rows("/3/predefinedaccounts", "PreDefinedAccounts"))
        series = list(self._client.list_rows("/3/voucherseries", "VoucherSeriesCollection"))
        return books.propose_setup(accounts, predefined, series, self._settings.payment_mode)

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account a mode of payment is tied to, or None if there is no such mode."""
        raw = self._client.find(f"/3/modesofpayments/{quote(code, safe='')}", "ModeOfPayment")
        return None if raw is None else good(books.parse_mode(raw))

    def _kind(self, write: Write) -> AnyKind:
        if write.kind not in self._kinds:
            raise InvariantBrokenError(f"Fortnox was given a write it does not declare: {write.kind}")
        return self._kinds[write.kind]

    def _accounts(self, on: date) -> list[object]:
        # Without the year the chart of the preselected year comes; charts differ from year to year.
        return list(self._client.list_rows("/3/accounts", "Accounts", financialyear=self._years.id_of(on)))

    def _label_rows(self) -> list[object]:
        if self._labels is None:
            self._labels = list(self._client.list_rows("/3/labels", "Labels"))
        return self._labels

    def _is_pledged(self, raw: Json) -> bool:
        voucher = invoices.voucher_of(raw)
        if voucher is None or not self._settings.pledged_accounts:
            return False
        found = self._client.find(f"/3/vouchers/{voucher[0]}/{voucher[1]}", "Voucher", financialyear=voucher[2])
        return books.touches(found, self._settings.pledged_accounts)


def _swedish(moment: datetime) -> str:
    return moment.astimezone(zone_of("SE")).strftime("%Y-%m-%d %H:%M")


def build(
    settings: Mapping[str, str],
    *,
    clock: Clock,
    budget: Budget,
    tokens: TokenStore,
    documents: DocumentStore,
    session: requests.Session | None = None,
) -> FortnoxConnector:
    """Return the connector for a company; raises `ConfigError` for a missing or wrong setting before any request."""
    checked = read_settings(settings)
    reader = AnswerReader(clock, (checked.client_secret,))
    # The vendor does not say whether logins count against the limit, so they do.
    apps, http = (
        HttpClient(NAME, url, clock=clock, budget=budget, limit=limit_of(checked), session=session)
        for url in (checked.apps_url, checked.api_url)
    )
    oauth = OAuth(checked, apps, reader, clock)
    client = FortnoxClient(http, reader, tokens, renew=oauth.renew, clock=clock)
    return FortnoxConnector(checked, client, documents)
