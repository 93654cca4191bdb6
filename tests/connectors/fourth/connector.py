"""The connector: what the engine may read from, write to and set up in one company's books in Bokhylla."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import requests
from core.clock import Clock
from core.errors import ConfigError, RejectedError
from core.http import HttpClient
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.ports import Budget, DocumentStore, TokenStore
from core.writes import Delivery, Finding, Prepared, Receipt, Write

from kravbro_bokhylla.client import NAME, SETTINGS, Client, read_settings
from kravbro_bokhylla.mapping import parse_company, parse_debtor, parse_invoice, parse_payment, render

__all__ = ["DELIVERIES", "NAME", "SETTINGS", "BokhyllaConnector", "build"]

ONCE: Final = Delivery("look_up", remains="Nothing: Bokhylla takes a key once, however late a request arrives.")
DELIVERIES: Final[Mapping[str, Delivery]] = dict.fromkeys(("book_payment", "bookkeep_payment", "mark_invoice"), ONCE)


class BokhyllaConnector:
    """One company's books; implements `Reads`, `Channel` and `Onboards` of `core.ports`."""

    name: str = NAME
    deliveries: Mapping[str, Delivery] = DELIVERIES
    overlap: timedelta = timedelta(minutes=5)
    """How far the vendor's clock and ours may differ."""

    def __init__(self, settings: Mapping[str, str], client: Client, documents: DocumentStore) -> None:
        self._settings, self._client, self._documents = settings, client, documents

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        return parse_company(self._client.get("/company"))

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open."""
        return (parse_invoice(row, detailed=False) for row in self._client.list_rows("/invoices", left="yes"))

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield invoices changed since then, paid ones too."""
        return (parse_invoice(row, detailed=False) for row in self._client.list_rows("/invoices", since=since.isoformat()))

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details."""
        return parse_invoice(self._client.get(f"/invoices/{source_ref}"), detailed=True)

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor."""
        return parse_debtor(self._client.get(f"/customers/{source_ref}"))

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF."""
        answer = self._client.read(f"/invoices/{source_ref}/pdf", {})
        if not answer.content.startswith(b"%PDF"):
            raise RejectedError(NAME, str(answer.status), "there is no such PDF")
        return answer.content

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, booked or not."""
        return [_good(parse_payment(row)) for row in self._client.list_rows("/payments", invoice=invoice_ref)]

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments entered since then."""
        return (parse_payment(row) for row in self._client.list_rows("/payments", since=since.isoformat()))

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day up to which the bank is posted; the books say so themselves."""
        text = self._client.get("/company")["bank_until"]
        return date.fromisoformat(text) if text else None

    def locked_until(self) -> date | None:
        """Return None: Bokhylla locks nothing."""
        return None

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the bytes; the key is all that a look-up needs."""
        return Prepared("PUT", f"/orders/{key}", render(write))

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once."""
        return Receipt(self._client.write(prepared.method, prepared.target, prepared.body, dict(prepared.headers))["ref"])

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether an order with this key was taken."""
        found = self._client.find(f"/orders/{key}")
        return Finding("found", Receipt(found["ref"])) if found and found["ref"] not in taken else Finding("absent")

    def check_company(self, expected_org_no: str) -> Company:
        """Return the company if it is the expected one, else raise `ConfigError`."""
        company = self.get_company()
        if company.org_no != expected_org_no.replace("-", ""):
            raise ConfigError("bokhylla.api_key", f"these books belong to {company.name}", "Give the key of the right company's books.")
        return company

    def list_accounts(self, on: date) -> list[Account]:
        """Return the chart of accounts."""
        return [Account(row["id"], row["name"]) for row in self._client.list_rows("/accounts")]

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go: the accounts of the BAS chart, which Bokhylla has."""
        return BooksSetup(mode=self._settings["payment_mode"])

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account a way of payment is tied to, or None if there is no such way."""
        found = self._client.find(f"/ways/{code}")
        return None if found is None else Account(found["account"], code)


def _good(found: Payment | Problem) -> Payment:
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
) -> BokhyllaConnector:
    """Return the connector for a company; raises `ConfigError` for a missing or wrong setting before any request."""
    checked = read_settings(settings)
    http = HttpClient(NAME, checked["api_url"], clock=clock, session=session)
    return BokhyllaConnector(checked, Client(http, checked["api_key"]), documents)
