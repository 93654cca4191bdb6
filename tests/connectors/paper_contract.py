"""The bench of the contract suite for paper books, in Denmark and in Norway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from connectors.contract.bench import NOW, Variants
from connectors.contract.parts import BenchClock, Documents, InProcess, MemoryTokens, WindowBudget, session_with
from connectors.paper import client as client_module
from connectors.paper.connector import build
from core.money import Money
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    UploadDocument,
    VoucherRow,
    Write,
)
from simulators import kit
from simulators.paper import PaperSimulator

COMPANIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "DK": ("10000009", "DKK", "Testfirmaet ApS"),
    "NO": ("910000004", "NOK", "Testfirmaet AS"),
}
READS: Final = 5
"""How often a read is tried before it is given up."""


def variants() -> Variants:
    """Return a bench for each country whose companies keep paper books in the demo."""
    return {country: partial(PaperBench, country=country) for country in COMPANIES}


class PaperBench:
    """One company's books for the contract suite."""

    payment_mode = "BANK"
    renews_alone = True
    repeatable = ("book_payment", "foreign payment", "payment with write-off", "book_voucher", "upload_document")
    marked = repeatable
    once: tuple[str, ...] = ()
    confirming = ()
    doubtful = ("payment above what is open", "payment below zero")
    samples = (*repeatable, "write-off alone", "bookkeep_payment", "attach_document", "mark_invoice", "create_payment_mode")

    def __init__(self, folder: Path, *, country: str) -> None:
        self.org_no, self.currency, name = COMPANIES[country]
        clock = kit.MemoryClock(NOW.timestamp())
        self.clock, self.documents = BenchClock(clock), Documents()
        self.simulator = PaperSimulator(clock=clock)
        self.company = self.simulator.add_company("a-key", name, self.org_no, country, self.currency)
        self.company.modes["KB"] = {"code": "KB", "text": "", "account": self.company.account("clearing")}
        self.connector = build(
            {"api_url": "https://books.test", "api_key": "a-key"}, clock=self.clock, budget=WindowBudget(self.clock), tokens=MemoryTokens(),
            documents=self.documents, session=session_with(InProcess(self.simulator)),
        )  # fmt: skip
        self.debtor, self.serial, self.made = self.company.add_debtor("Kunde 1", "", "kunde@example.com"), 0, 0

    def small_pages(self, monkeypatch):
        monkeypatch.setattr(client_module, "PAGE_SIZE", 2)

    def add_invoice(self, total="12500.00", *, currency="", share="", due=date(2025, 3, 3), **given):
        """The books hold the debtor's own part alone: what the state pays stands on another invoice."""
        return self.company.add_invoice(self.debtor, share or total, date(2025, 2, 1), due, currency=currency, **given)

    def add_draft(self):
        return self.add_invoice(booked=False)

    def add_due_today(self):
        return self.add_invoice(due=date(2025, 4, 15))

    def credit(self, ref):
        self.company.credit_invoice(ref, on=date(2025, 4, 10))

    def spoil(self, ref):
        self.company.set_invoice(ref, due_on="")

    def pay(self, ref, amount):
        return self.company.pay_invoice(ref, amount, on=date(2025, 4, 10))

    def take_back(self, payment_ref):
        self.company.delete_payment(payment_ref)

    def remind(self, ref):
        return self.company.remind(ref, date(2025, 4, 10))

    def sent_to_debtors(self):
        return 0  # nobody but its people writes to debtors

    def write(self, sample) -> Write:
        self.serial += 1
        rest = {"write_off": Money.parse("100.00", self.currency), "write_off_account": self.company.account("loss")}
        made = {
            "book_payment": self._payment,
            "foreign payment": lambda: self._payment("EUR"),
            "payment with write-off": lambda: self._payment(**rest),
            "write-off alone": lambda: self._payment(amount="0.00", **rest),
            "payment above what is open": lambda: self._payment(amount="12500.01"),
            "payment below zero": lambda: self._payment(amount="-100.00"),
            "bookkeep_payment": self._bookkeeping,
            "book_voucher": self._voucher,
            "upload_document": self._upload,
            "attach_document": lambda: AttachDocument(self._made(self._upload()), self._made(self._voucher())),
            "mark_invoice": lambda: MarkInvoice(self.add_invoice(), f"Inkasso A-{self.serial}"),
            "create_payment_mode": lambda: CreatePaymentMode(f"K{self.serial}", "Inkasso", self.company.account("clearing")),
        }
        return made[sample]()

    def _payment(self, currency="", amount="500.10", **given):
        number = self.add_invoice(currency=currency)
        money = Money.parse(amount, currency or self.currency)
        return BookPayment(number, money, date(2025, 4, 10), "KB", self.company.account("clearing"), **given)

    def _bookkeeping(self):
        write = self._payment()
        return BookkeepPayment(self._made(write), write.invoice_ref)

    def _voucher(self):
        amount, zero = Money.parse("100", self.currency), Money.zero(self.currency)
        rows = (VoucherRow(self.company.account("clearing"), amount, zero), VoucherRow(self.company.account("interest"), zero, amount))
        return BookVoucher("A", date(2025, 4, 15), date(2025, 4, 14), f"Avregning {self.serial}", rows)

    def _upload(self):
        content = f"%PDF-{self.serial}".encode()
        document = Document(f"d{self.serial}", f"a-{self.serial}.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content)
        self.documents.kept[document.document_id] = document
        return UploadDocument(document.document_id, document.name, document.media_type, document.sha256)

    def _made(self, write):
        self.made += 1
        key = f"made-{self.made}"
        return self.connector.send(write, self.connector.prepare(write, key), key).remote_ref

    def count(self, write):
        company = self.company
        if isinstance(write, BookPayment):
            return sum(row["invoice"] == write.invoice_ref and row["mode"] == "KB" for row in company.payments.values())
        if isinstance(write, BookkeepPayment):
            return int(company.payments[write.payment_ref]["booked"])
        if isinstance(write, BookVoucher):
            return sum(row["text"] == write.text for row in company.vouchers)
        if isinstance(write, UploadDocument):
            return sum(row["name"] == write.name for row in company.files.values())
        if isinstance(write, AttachDocument):
            return sum(row["files"].count(write.file_ref) for row in company.vouchers)
        if isinstance(write, MarkInvoice):
            return int(company.invoices[write.invoice_ref]["mark"] == write.text)
        return int(write.code in company.modes)

    def refuses_first(self, write):
        return False

    def break_next(self, fault, write=None):
        self.simulator.faults.arm(fault, method="PUT" if write else "GET", path_part="/")

    def break_often(self, rate):
        self.simulator.faults.rate = rate

    @contextmanager
    def refusing(self, write):
        self.company.takes_writes = False
        yield
        self.company.takes_writes = True

    def expire_token(self):
        """A key never runs out."""

    def lose_renewal(self):
        """Nothing is renewed; what comes nearest are books that do not answer."""
        self.simulator.faults.arm("drop_after", method="GET", times=READS)

    def revoke_login(self):
        self.simulator.companies = {}
