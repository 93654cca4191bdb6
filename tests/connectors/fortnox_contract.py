"""The bench of the contract suite for Fortnox, and one variant for each value of each thing that Fortnox leaves open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from connectors.contract.bench import Variants
from connectors.fortnox import client as client_module
from connectors.fortnox.consent import Consent
from core.money import Money
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    PrintReminder,
    SendLetter,
    UploadDocument,
    VoucherRow,
    Write,
)
from simulators.fortnox import DEFAULT_SCOPES, Switches
from tests.connectors.fortnox_bench import OTHER_KEY, SETTINGS
from tests.connectors.fortnox_bench import Bench as Company

MATCHING: Final[Mapping[tuple[str, Any], dict[str, str]]] = {
    ("write_off_sign", -1): {"write_off_sign": "minus"},
    ("balance_currency", "book"): {"foreign_balance": "book"},
    ("tax_reduction_in_balance", True): {"tax_reduction_balance": "whole"},
    ("client_credentials", False): {"auth": "authorization_code"},
}
"""The setting that an operator makes where a company's Fortnox is so; every other switch needs none."""

OTHER_VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "lastmodified_zone": ("UTC", "America/New_York", "Asia/Tokyo"),
    "retry_after_s": (3,),
    "revoked_consent_error": ((401, "invalid_client", "No consent"), (403, "access_denied", "No consent")),
}
"""Values of the switches whose type does not list them."""

SETTINGS_ALONE: Final[Mapping[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "usual": ({}, {}),
    "auth=authorization_code": ({}, {"auth": "authorization_code"}),
    "mark=label": ({}, {"mark": "label"}),
    "mark=label, refused": ({"booked_labels": "refuses"}, {"mark": "label"}),
    "mark=label, ignored": ({"booked_labels": "ignores"}, {"mark": "label"}),
    "mark=label, added": ({"labels_put": "adds"}, {"mark": "label"}),
}

TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "book_payment": ("POST", "/3/invoicepayments"),
    "bookkeep_payment": ("PUT", "/bookkeep"),
    "book_voucher": ("POST", "/3/vouchers"),
    "upload_document": ("POST", "/3/inbox"),
    "attach_document": ("POST", "/3/voucherfileconnections"),
    "mark_invoice": ("PUT", "/3/invoices/"),
    "create_payment_mode": ("POST", "/3/modesofpayments"),
    "print_reminder": ("GET", "/printreminder"),
}
REST: Final = {"write_off": Money.parse("0.40", "SEK"), "write_off_account": "3740", "text": "Rest"}
LETTER: Final = SendLetter("reminder", "email", "kund@example.com", "s", "t", "h", (), ("1",), Money.zero("SEK"), date(2025, 4, 25))
CALLBACK: Final = "http://127.0.0.1:8765/"
CUSTOMER: Final = ("Kund Ett AB", "556677-0019", "kund@example.com")


def other_values() -> Iterator[tuple[str, Any]]:
    """Yield each switch with each value other than its default."""
    hints = get_type_hints(Switches)
    for switch in fields(Switches):
        listed: tuple[Any, ...] = (True, False) if hints[switch.name] is bool else ()
        if get_origin(hints[switch.name]) is Literal:
            listed = get_args(hints[switch.name])
        for value in OTHER_VALUES.get(switch.name, listed):
            if value != switch.default:
                yield switch.name, value


def variants() -> Variants:
    """Return a bench for every value of every switch alone, and for the settings that change how the connector works."""
    found = {name: partial(FortnoxBench, switches=dict(one), settings=two) for name, (one, two) in SETTINGS_ALONE.items()}
    for name, value in other_values():
        settings = MATCHING.get((name, value), {})
        found[f"{name}={value}"] = partial(FortnoxBench, switches={name: value}, settings=settings)
    return found


class FortnoxBench(Company):
    """A Fortnox company for the contract suite."""

    org_no = "556677-8899"
    payment_mode = "BG"
    repeatable = ("book_payment", "foreign payment", "payment with write-off", "book_voucher", "upload_document")
    marked = ("payment with write-off", "book_voucher", "upload_document")
    once = ("print_reminder",)
    confirming = ()
    doubtful = ("write-off alone", "payment above what is open", "payment below zero")
    samples = (*repeatable, "bookkeep_payment", "attach_document", "mark_invoice", "create_payment_mode")

    def __init__(self, folder: Path, *, switches: Mapping[str, Any], settings: Mapping[str, str]) -> None:
        super().__init__(folder, Switches(**switches))
        self.connector = self.build(**{"foreign_balance": "invoice", **settings})
        self.company.labels.append({"Id": 4, "Description": "Inkasso"})
        self.company.books.modes["KB"] = {"Code": "KB", "Description": "", "AccountNumber": "1689", "@url": ""}
        self.by_label, self.serial = settings.get("mark") == "label", 0
        self.customer = self.company.add_customer(*CUSTOMER)
        self.renews_alone = settings.get("auth") != "authorization_code"
        if not self.renews_alone:
            self.consent()

    def consent(self) -> None:
        self.simulator.oauth.auto_consent = 1001
        given = {name: SETTINGS[name] for name in ("client_id", "client_secret")}
        consent = Consent(given, clock=self.clock, session=self.session)
        reply = self.session.get(consent.authorize_url(CALLBACK, "state"), allow_redirects=False)
        self.tokens.token = consent.exchange(reply.headers["Location"].partition("code=")[2].partition("&")[0], CALLBACK)

    def small_pages(self, monkeypatch):
        monkeypatch.setattr(client_module, "PAGE_SIZE", 2)

    def add_invoice(self, total="12500.00", *, currency="", share="", due="2025-03-03", **given):
        if share:
            given |= {"TaxReduction": Money.parse(total, "SEK").amount - Money.parse(share, "SEK").amount, "TaxReductionType": "rot"}
        return self.company.add_invoice(self.customer, total, "2025-02-01", due, currency=currency or "SEK", **given)

    def add_draft(self):
        return self.add_invoice(booked=False)

    def add_due_today(self):
        return self.add_invoice(due="2025-04-15")

    def credit(self, ref):
        self.company.credit_invoice(ref)

    def spoil(self, ref):
        self.company.set_invoice(ref, DueDate="")

    def pay(self, ref, amount):
        return self.company.pay_invoice(ref, amount, on="2025-04-10")

    def take_back(self, payment_ref):
        self.company.delete_payment(payment_ref)

    def remind(self, ref):
        token = self.tokens.get()
        assert token is not None, "something was read before"
        self.session.get(f"https://api.fortnox.se/3/invoices/{ref}/printreminder", headers={"Authorization": f"Bearer {token.access}"})
        return int(self.company.invoice(ref)["Reminders"])

    def sent_to_debtors(self):
        return len(self.company.sendings)

    def write(self, sample) -> Write:
        self.serial += 1
        made = {
            "book_payment": self._payment,
            "foreign payment": lambda: self._payment("EUR"),
            "payment with write-off": lambda: self._payment(**REST),
            "write-off alone": lambda: self._payment(amount="0.00", **REST),
            "payment above what is open": lambda: self._payment(amount="12500.01"),
            "payment below zero": lambda: self._payment(amount="-100.00"),
            "bookkeep_payment": self._bookkeeping,
            "book_voucher": self._voucher,
            "upload_document": self._upload,
            "attach_document": lambda: AttachDocument(self._made(self._upload()), self._made(self._voucher())),
            "mark_invoice": lambda: MarkInvoice(self.add_invoice(), f"Inkasso A-{self.serial}"),
            "print_reminder": lambda: PrintReminder(self.add_invoice(), LETTER, "paminnelse.pdf", 10),
            "create_payment_mode": lambda: CreatePaymentMode(f"K{self.serial}", "Inkasso", "1689"),
        }
        return made[sample]()

    def _payment(self, currency="SEK", amount="500.10", **given):
        number = self.add_invoice(currency=currency)
        return BookPayment(number, Money.parse(amount, currency), date(2025, 4, 10), "KB", "1689", **given)

    def _bookkeeping(self):
        write = self._payment()
        return BookkeepPayment(self._made(write), write.invoice_ref)

    def _voucher(self):
        amount, zero = Money.parse("100", "SEK"), Money.zero("SEK")
        rows = (VoucherRow("1689", amount, zero, "Avräkning"), VoucherRow("8313", zero, amount))
        return BookVoucher("A", date(2025, 4, 15), date(2025, 4, 14), f"Avräkning {self.serial}", rows)

    def _upload(self):
        content = f"%PDF-{self.serial}".encode()
        document = Document(
            f"d{self.serial}", f"Avräkning-{self.serial}x.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content
        )
        self.documents.kept[document.document_id] = document
        return UploadDocument(document.document_id, document.name, document.media_type, document.sha256)

    def _made(self, write):
        return self.connector.send(write, self.connector.prepare(write, OTHER_KEY), OTHER_KEY).remote_ref

    def count(self, write):
        state, books = self.company.state(), self.company.books
        if isinstance(write, BookPayment):
            return sum(str(row["InvoiceNumber"]) == write.invoice_ref and row["ModeOfPayment"] == "KB" for row in state["payments"])
        if isinstance(write, BookkeepPayment):
            booked = [row for row in state["vouchers"] if row["ReferenceType"] == "INVOICEPAYMENT"]
            return sum(row["ReferenceNumber"] == write.payment_ref for row in booked)
        if isinstance(write, BookVoucher):
            return sum(row["Description"].startswith(write.text) for row in state["vouchers"])
        if isinstance(write, UploadDocument):
            return sum(row["Name"].endswith(write.name.partition("-")[2]) for row in state["files"])
        if isinstance(write, AttachDocument):
            return sum(row["FileId"] == write.file_ref for row in self.company.connections)
        if isinstance(write, MarkInvoice):
            invoice = self.company.invoice(write.invoice_ref)
            places = (invoice["ExternalInvoiceReference1"], invoice["ExternalInvoiceReference2"])
            return sum(text.startswith(write.text) for text in places) + len(invoice["Labels"])
        if isinstance(write, PrintReminder):
            return sum(row["invoice"] == write.invoice_ref for row in self.company.sendings)
        return int(write.code in books.modes)

    def refuses_first(self, write):
        switches = self.simulator.world.switches
        return isinstance(write, MarkInvoice) and "accepts" not in (
            switches.booked_labels if self.by_label else switches.booked_external_reference
        )

    def break_next(self, fault, write=None):
        self.arm(fault, *(TARGETS[write.kind] if write else ("GET", "/3/")))

    def break_often(self, rate):
        self.simulator.faults.rate = rate

    @contextmanager
    def refusing(self, write):
        if isinstance(write, MarkInvoice):
            self.company.invoicing.records[write.invoice_ref].detail["Cancelled"] = True
            yield
            self.company.invoicing.records[write.invoice_ref].detail["Cancelled"] = False
            return
        self.connector.get_company()  # so that there is a token whose rights can shrink
        self._allow(["profile"])
        yield
        self._allow(DEFAULT_SCOPES)

    def _allow(self, scopes):
        """Change what the tokens that are out may do."""
        for token, grant in list(self.simulator.oauth._access.items()):
            self.simulator.oauth._access[token] = replace(grant, scopes=tuple(scopes))

    def expire_token(self):
        self.simulator.oauth._access.clear()

    def lose_renewal(self):
        self.expire_token()
        self.arm("drop_after", "POST", "/oauth-v1/token")

    def revoke_login(self):
        self.simulator.revoke_consent("demo", 1001)
        self.expire_token()
