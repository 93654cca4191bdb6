"""The connector: what the engine may read from, write to and set up in one company's books on paper."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import quote

import requests

from connectors.paper.client import NAME, PaperClient
from connectors.paper.mapping import (
    digits,
    parse_account,
    parse_company,
    parse_debtor,
    parse_invoice,
    parse_payment,
    propose_setup,
    render,
)
from connectors.paper.settings import SETTINGS, Settings, read_settings
from core.clock import Clock
from core.errors import ConfigError, RejectedError
from core.http import HttpClient
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.ports import Budget, DocumentStore, TokenStore
from core.writes import Delivery, Finding, Prepared, Receipt, Write

__all__ = ["DELIVERIES", "NAME", "SETTINGS", "PaperConnector", "build"]

T = TypeVar("T")

ONCE: Final = Delivery("look_up", remains="Nothing: the books take a key once, however late a request arrives.")
KINDS: Final = (
    "book_payment",
    "bookkeep_payment",
    "book_voucher",
    "upload_document",
    "attach_document",
    "mark_invoice",
    "create_payment_mode",
)
DELIVERIES: Final[Mapping[str, Delivery]] = dict.fromkeys(KINDS, ONCE)


class PaperConnector:
    """One company's books; implements `Reads`, `Channel` and `Onboards` of `core.ports`."""

    name: str = NAME
    deliveries: Mapping[str, Delivery] = DELIVERIES
    overlap: timedelta = timedelta(minutes=5)
    """The books' clock and ours may differ by a little."""

    def __init__(self, settings: Settings, client: PaperClient, documents: DocumentStore) -> None:
        self._settings, self._client, self._documents = settings, client, documents

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        return _good(parse_company(self._client.get("/company")))

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open."""
        return (parse_invoice(row, detailed=False) for row in self._client.list_rows("/invoices", open="yes"))

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield invoices changed since then, paid ones too."""
        return (parse_invoice(row, detailed=False) for row in self._client.list_rows("/invoices", since=_moment(since)))

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details."""
        return parse_invoice(self._client.get(f"/invoices/{quote(source_ref, safe='')}"), detailed=True)

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor with all its details."""
        return parse_debtor(self._client.get(f"/debtors/{quote(source_ref, safe='')}"))

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF."""
        return self._client.get_pdf(f"/invoices/{quote(source_ref, safe='')}/pdf")

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, booked or not."""
        return [_good(parse_payment(row)) for row in self._client.list_rows("/payments", invoice=invoice_ref)]

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments entered since then."""
        return (parse_payment(row) for row in self._client.list_rows("/payments", since=_moment(since)))

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day up to which the bank is posted; the books keep it themselves."""
        return self._day("bank_until")

    def locked_until(self) -> date | None:
        """Return the last day of the locked period, if any."""
        return self._day("locked_until")

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the bytes; the key is all that a look-up needs."""
        return Prepared("PUT", f"/writes/{key}", render(write, self._documents.get))

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once."""
        return Receipt(self._client.put(key, prepared.body))

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether something was written under this key."""
        ref = self._client.written(key)
        return Finding("absent") if ref is None or ref in taken else Finding("found", Receipt(ref))

    def check_company(self, expected_org_no: str) -> Company:
        """Return the company if it is the expected one, else raise `ConfigError`."""
        company = self.get_company()
        if digits(company.org_no) == digits(expected_org_no):
            return company
        todo = "Give the key of the right company's books, or correct the organisation number."
        raise ConfigError("paper.api_key", f"these books belong to {company.name}, not to {expected_org_no}", todo)

    def list_accounts(self, on: date) -> list[Account]:
        """Return the chart of accounts."""
        return [found for row in self._client.list_rows("/accounts") if isinstance(found := parse_account(row), Account)]

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go, by what the chart says its accounts are for."""
        return propose_setup(list(self._client.list_rows("/accounts")), self._settings.payment_mode)

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account a way of payment is tied to, or None if there is no such way."""
        row = self._client.find(f"/modes/{quote(code, safe='')}")
        return None if row is None else Account(str(row["account"]), str(row["text"]))

    def _day(self, name: str) -> date | None:
        text = self._client.get("/company").get(name)
        return date.fromisoformat(text) if text else None


def _moment(since: datetime) -> str:
    return f"{since.timestamp():.6f}"


def _good(found: T | Problem) -> T:
    if isinstance(found, Problem):
        raise RejectedError(NAME, "unreadable", found.message)
    return found


def build(
    settings: Mapping[str, str],
    *,
    clock: Clock,
    budget: Budget,
    tokens: TokenStore,
    documents: DocumentStore,
    session: requests.Session | None = None,
) -> PaperConnector:
    """Return the connector for a company; raises `ConfigError` for a missing or wrong setting before any request.

    The books have a key that never runs out and no limit, so neither tokens nor budget are used.
    """
    checked = read_settings(settings)
    http = HttpClient(NAME, checked.api_url, clock=clock, session=session)
    return PaperConnector(checked, PaperClient(http, checked.api_key), documents)
