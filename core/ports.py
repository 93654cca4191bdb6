"""What the engine asks of the outside, as small protocols; adapters implement them and import nothing above.

A connector implements `Reads`, `Channel` (its writes) and `Onboards`; an agency `Channel` and `Reports`. A capability is a
kind of write that the adapter declares a delivery for: `"mark_invoice" in channel.deliveries`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from core.claim import AgencyEvent, ClaimLine, Component, DebtorParty, Instalment, InterestPart, Party
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from core.writes import Delivery, Finding, NoteKind, Prepared, Receipt, StepLetter, Write

__all__ = [
    "Budget",
    "Channel",
    "Document",
    "DocumentStore",
    "LetterRenderer",
    "Onboards",
    "Outbox",
    "OutboxItem",
    "Reads",
    "RenderedLetter",
    "Reports",
    "Setting",
    "Token",
    "TokenStore",
    "WebhookQueue",
    "WebhookSend",
]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of an adapter: command-line help, forms and README tables come from it.

    Attributes:
        fixed: it says which books these are, where they and their login answer, or by what our bookings are known there: connecting
            again changes it, and nothing else does. A secret needs no mark: the company is reached with a new one before it is kept.
        choices: the values it can have; any where there are none.
    """

    name: str
    help: str
    required: bool = False
    secret: bool = False
    default: str = ""
    fixed: bool = False
    choices: tuple[str, ...] = ()


class Reads(Protocol):
    """What every connector can read. Errors: `RetryLaterError`, `LoginExpiredError`, `RejectedError`."""

    overlap: timedelta
    """How far a change watermark is set back, for the vendor's clock and resolution."""

    def get_company(self) -> Company:
        """Return the company these books belong to."""
        ...

    def list_open_invoices(self) -> Iterator[Invoice | Problem]:
        """Yield every invoice with something open, from list pages."""
        ...

    def list_changed_invoices(self, since: datetime) -> Iterator[Invoice | Problem]:
        """Yield invoices changed since then, paid ones too, from list pages."""
        ...

    def get_invoice(self, source_ref: str) -> Invoice | Problem:
        """Return one invoice with all its details."""
        ...

    def get_debtor(self, source_ref: str) -> Debtor | Problem:
        """Return one debtor with all its details."""
        ...

    def get_invoice_pdf(self, source_ref: str) -> bytes:
        """Return the invoice as PDF, changing nothing in the books."""
        ...

    def list_payments(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, booked or not."""
        ...

    def list_changed_payments(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield payments entered or changed since then, from list pages: without what only details show (mode, account, write-offs)."""
        ...

    def bank_postings_until(self, today: date) -> date | None:
        """Return the last day up to which the bank is posted in the books, or None if nothing shows it."""
        ...

    def locked_until(self) -> date | None:
        """Return the last day of the locked period, if any."""
        ...


class Channel(Protocol):
    """A way out of the program: renders, sends and looks up the kinds of write it declares."""

    name: str
    """Who is at the other end, for people: "Fortnox", "E-mail"."""

    deliveries: Mapping[str, Delivery]
    """The kinds of write it can do, and how sure it is of each."""

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the bytes and gather the evidence needed to look the write up; sends nothing."""
        ...

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared bytes once.

        Raises:
            RetryLaterError: surely not applied. RejectedError: refused. OutcomeUnknownError: may have been applied.
        """
        ...

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Tell whether the write landed; remote ids in `taken` belong to other intents and don't count."""
        ...


class Onboards(Protocol):
    """What a connector can do while an accountant connects a company."""

    def check_company(self, expected_org_no: str) -> Company:
        """Return the company if it is the expected one, else raise `ConfigError`."""
        ...

    def list_accounts(self, on: date) -> list[Account]:
        """Return the chart of accounts of the financial year of a day."""
        ...

    def propose_books_setup(self, on: date) -> BooksSetup:
        """Return where bookings would go: the vendor's predefined accounts first, then the chart template."""
        ...

    def find_payment_mode(self, code: str) -> Account | None:
        """Return the account a mode of payment is tied to, or None if there is no such mode."""
        ...


class Reports(Protocol):
    """How an agency's reports reach the engine."""

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield reports that were not handled yet, oldest first; the engine marks them handled itself."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what renews it; never printed."""

    access: str
    refresh: str
    expires_at: datetime
    scope: str = ""

    def __repr__(self) -> str:
        return "Token(…)"


class TokenStore(Protocol):
    """Keeps a tenant's token where every process finds the same one."""

    def get(self) -> Token | None:
        """Return the stored token."""
        ...

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        """Renew under a lease: calls `renew` with the stored token unless another process has replaced `stale` meanwhile.

        The new token is stored by the very next statement after `renew` returns, and only then handed out.
        """
        ...


class Budget(Protocol):
    """A rate limit shared by every process that uses it."""

    def take(self, bucket: str, limit: int, window_s: float) -> None:
        """Wait until a request fits the window, then occupy a place."""
        ...

    def done(self, bucket: str) -> None:
        """Say that the answer is here: the place is free `window_s` after now."""
        ...

    def count(self, bucket: str, limit: int, window_s: float) -> None:
        """Wait until a request fits a long window, then count it; the window moves on by its 24th parts, and nothing is said afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document with its bytes."""

    document_id: str
    name: str
    media_type: str
    sha256: str
    content: bytes


class DocumentStore(Protocol):
    """Keeps letters, invoices and settlement statements, encrypted, by id."""

    def get(self, document_id: str) -> Document:
        """Return a document with its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """What an adapter publishes through our own store: an event of the claims feed."""

    key: str
    type: str
    claim_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter in every form it may go out."""

    subject: str
    text: str
    html: str
    pdf: bytes
    name: str


class LetterRenderer(Protocol):
    """Writes the creditor's letters."""

    def render_letter(
        self,
        kind: StepLetter | NoteKind,
        *,
        creditor: Party,
        debtor: DebtorParty,
        lines: tuple[ClaimLine, ...],
        fee: Money,
        written_on: date,
        pay_by: date,
        announces_collection: bool = False,
        reference: str,
        charges: tuple[tuple[Component, Money], ...] = (),
        interest: tuple[InterestPart, ...] = (),
        netted: tuple[tuple[str, Money], ...] = (),
        instalments: tuple[Instalment, ...] = (),
        paid: Money | None = None,
        earlier_on: date | None = None,
    ) -> RenderedLetter:
        """Return a letter about one or more invoices of one debtor, as the creditor's law wants that kind to be.

        Args:
            kind: which letter.
            creditor: who is owed.
            debtor: who owes.
            lines: the invoices.
            fee: what this letter costs the debtor.
            written_on: its day.
            pay_by: the last day to pay; of an offer, to answer.
            announces_collection: a reminder says that an agency comes next.
            reference: ours, short.
            charges: the earlier fees that a demand adds.
            interest: the interest that a demand adds, by period.
            netted: what the debtor has to its credit and this letter deducts, by invoice number.
            instalments: the plan of an offer or an agreement.
            paid: what a thank-you is for.
            earlier_on: the day of that payment; of a withdrawal, the day of the letter that is taken back.

        Raises:
            ConfigError: it can't be written as the law wants it, or a part of it is wrong.
        """
        ...

    def render_cover(self, *, creditor: Party, debtor: DebtorParty, invoice_no: str) -> RenderedLetter:
        """Return the mail around a reminder that the books write: `pdf` is empty, `name` is for theirs."""
        ...


class Outbox(Protocol):
    """Publishes through our own store, once per key."""

    def publish(self, item: OutboxItem) -> str:
        """Store the item unless its key is there already; return its id. A key with other content is `InvariantBrokenError`."""
        ...

    def find(self, key: str) -> str | None:
        """Return the id of the item with this key."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookSend:
    """One attempt to tell an agency of an event; `secrets` sign it, newest first."""

    agency: str
    item_id: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    type: str = field(kw_only=True)
    claim_id: str = field(kw_only=True)
    sequence: int = field(kw_only=True)
    occurred_at: datetime = field(kw_only=True)
    attempt: int = field(kw_only=True)


class WebhookQueue(Protocol):
    """Keeps what agencies are still to be told, and what became of each attempt."""

    def take(self) -> WebhookSend | None:
        """Take the send that has been due longest, or None where nothing is due."""
        ...

    def sent(self, send: WebhookSend) -> None:
        """Record that the agency has it."""
        ...

    def retry(self, send: WebhookSend, after_s: float, note: str) -> None:
        """Record a failure, and when to try again."""
        ...

    def give_up(self, send: WebhookSend, note: str) -> None:
        """Record the last failure."""
        ...

    def hold(self, agency: str, after_s: float) -> None:
        """Leave the agency alone for a while."""
        ...

    def disable(self, agency: str) -> None:
        """Send the agency nothing more until it gives an address again."""
        ...
