"""The bench of the contract suite for e-conomic, and one variant for each value of each thing that e-conomic leaves open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from connectors.contract.bench import Variants
from connectors.economic import client as client_module
from connectors.economic.mapping.render import split_voucher_ref
from core.money import Money
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    VoucherRow,
    Write,
)
from simulators.economic import Switches
from simulators.economic_chart import CHART
from tests.connectors.economic_bench import CVR
from tests.connectors.economic_bench import Bench as Agreement

MATCHING: Final[Mapping[tuple[str, Any], dict[str, str]]] = {("payment_sign", 1): {"payment_sign": "plus"}}
"""The setting that an operator makes where an agreement is so; every other switch needs none."""

SETTINGS_ALONE: Final[Mapping[str, tuple[dict[str, Any], dict[str, str]]]] = {"usual": ({}, {}), "mark=none": ({}, {"mark": "none"})}

TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "book_payment": ("POST", "/draft-entries"),
    "bookkeep_payment": ("POST", "/bookdraftentries"),
    "book_voucher": ("POST", "/bookdraftentries"),
    "attach_document": ("POST", "/AttachedDocuments"),
    "mark_invoice": ("POST", "/Contacts"),
    "create_payment_mode": ("POST", "/journals"),
}
REST: Final = {"write_off": Money.parse("0.40", "DKK"), "write_off_account": "2790", "text": "Rest"}


def other_values() -> Iterator[tuple[str, Any]]:
    """Yield each switch with each value other than its default."""
    hints = get_type_hints(Switches)
    for switch in fields(Switches):
        listed: tuple[Any, ...] = (True, False) if hints[switch.name] is bool else ()
        if get_origin(hints[switch.name]) is Literal:
            listed = get_args(hints[switch.name])
        for value in listed:
            if value != switch.default:
                yield switch.name, value


def variants() -> Variants:
    """Return a bench for every value of every switch alone, and for the settings that change how the connector works."""
    found = {name: partial(EconomicBench, switches=dict(one), settings=two) for name, (one, two) in SETTINGS_ALONE.items()}
    found["mark=none"] = partial(UnmarkedBench, switches={}, settings={"mark": "none"})
    for name, value in other_values():
        found[f"{name}={value}"] = partial(EconomicBench, switches={name: value}, settings=MATCHING.get((name, value), {}))
    return found


class EconomicBench(Agreement):
    """An e-conomic agreement for the contract suite."""

    org_no = CVR
    payment_mode = "KB"
    renews_alone = True
    repeatable = ("book_payment", "foreign payment", "payment with write-off", "book_voucher")
    marked = repeatable
    once = ()
    confirming = ()
    doubtful = ("write-off alone", "payment above what is open", "payment below zero")
    samples = (*repeatable, "bookkeep_payment", "attach_document", "mark_invoice", "create_payment_mode")

    def __init__(self, folder: Path, *, switches: Mapping[str, Any], settings: Mapping[str, str]) -> None:
        super().__init__(folder, Switches(**switches), **settings)
        self.serial = 0
        self.add_journal()

    def small_pages(self, monkeypatch):
        monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
        monkeypatch.setattr("simulators.economic_services.CURSOR_PAGE", 2)

    def add_invoice(self, total="12500.00", *, currency="", share="", due="2025-03-03"):
        return self.agreement.add_invoice(self.customer, share or total, "2025-02-17", due, currency=currency or "DKK")

    def add_draft(self):
        return self.agreement.add_draft_invoice()

    def add_due_today(self):
        return self.add_invoice(due="2025-04-15")

    def credit(self, ref):
        self.agreement.credit(ref)

    def spoil(self, ref):
        self.agreement.set_invoice(ref, due=None)

    def pay(self, ref, amount):
        return self.agreement.pay(ref, amount, "2025-04-10")

    def take_back(self, payment_ref):
        self.agreement.take_back(payment_ref, "2025-04-10")

    def remind(self, ref):
        self.agreement.remind(ref, on="2025-04-01")
        return 1

    def sent_to_debtors(self):
        return len(self.agreement.sendings)

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
            "attach_document": self._attachment,
            "mark_invoice": lambda: MarkInvoice(self.add_invoice(), f"Inkasso A-{self.serial}"),
            "create_payment_mode": lambda: CreatePaymentMode(f"K{self.serial}", "Inkasso", "5690"),
        }
        return made[sample]()

    def _payment(self, currency="DKK", amount="500.10", **given):
        number = self.add_invoice(currency=currency)
        return BookPayment(number, Money.parse(amount, currency), date(2025, 4, 10), "KB", "5690", **given)

    def _bookkeeping(self):
        write = self._payment()
        return BookkeepPayment(self._made(write), write.invoice_ref, write)

    def _voucher(self):
        amount, zero = Money.parse("100", "DKK"), Money.zero("DKK")
        rows = (VoucherRow("5690", amount, zero, "Afregning"), VoucherRow("4310", zero, amount))
        return BookVoucher("KB", date(2025, 4, 15), date(2025, 4, 14), f"Afregning {self.serial}", rows)

    def _attachment(self):
        content = f"%PDF-{self.serial}".encode()
        document = Document(f"d{self.serial}", "Afregning.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content)
        self.documents.kept[document.document_id] = document
        return AttachDocument(document.document_id, self._made(self._voucher()))

    def _made(self, write):
        key = f"{self.serial:016x}" * 2
        return self.connector.send(write, self.connector.prepare(write, key), key).remote_ref

    def count(self, write):
        state = self.agreement.state()
        if isinstance(write, BookPayment):
            drafted = [one for one in state["drafts"] if one.get("customerInvoiceNumber") == write.invoice_ref]
            return len({one["text"].rpartition(" ")[2] for one in drafted})
        if isinstance(write, BookkeepPayment):
            debt, texts = self.agreement.invoice(write.invoice_ref)["entry"], {one["entryNumber"]: one["text"] for one in state["entries"]}
            return sum(
                debt in pair["numbers"] and any(write.payment_ref in texts[one] for one in pair["numbers"]) for pair in state["pairs"]
            )
        if isinstance(write, BookVoucher):
            return sum(one["text"].startswith(write.rows[1].text or write.text) for one in state["entries"] if one["accountNumber"] == 4310)
        if isinstance(write, AttachDocument):
            voucher = int(split_voucher_ref(write.voucher_ref)[0])
            return sum(one["voucherNumber"] == voucher and one["pageCount"] == 1 for one in state["documents"])
        if isinstance(write, MarkInvoice):
            return sum(f"Faktura {write.invoice_ref}: {write.text}" in one.get("notes", "") for one in state["contacts"])
        return sum(one["name"] == f"Inkasso ({write.code})" for one in state["journals"])

    def refuses_first(self, write):
        """Where the vendor does not match by itself, booking alone is not enough: the same sending then matches too."""
        return isinstance(write, BookkeepPayment) and not self.simulator.world.switches.payments_match

    def break_next(self, fault, write=None):
        method, part = TARGETS[write.kind] if write else ("GET", "/")
        if write and write.kind == "mark_invoice" and self.agreement.contacts:
            method = "PUT"
        self.arm(fault, method, part)

    def break_often(self, rate):
        self.simulator.faults.rate = rate

    @contextmanager
    def refusing(self, write):
        ledger, customers = self.agreement.ledger, self.agreement.customers
        if isinstance(write, AttachDocument):
            kept, ledger.periods = ledger.periods, []
            yield
            ledger.periods = kept
        elif isinstance(write, CreatePaymentMode):
            (clearing,) = (more for number, _, _, more in CHART if number == 5690)
            clearing["barred"] = True
            yield
            clearing.clear()
        elif isinstance(write, MarkInvoice):
            self.agreement.customers = {}
            yield
            self.agreement.customers = customers
        else:
            self.agreement.bar_periods("2025-04-30")
            yield
            self.agreement.bar_periods(None)

    def expire_token(self):
        """Neither token runs out."""

    def lose_renewal(self):
        """There is no renewal: the call itself is lost, each time."""
        self.arm("drop_after", "GET", "/self", times=5)

    def revoke_login(self):
        self.simulator.revoke("public", 1001)


class UnmarkedBench(EconomicBench):
    """An agreement whose accountant wants no contact of ours."""

    samples = tuple(sample for sample in EconomicBench.samples if sample != "mark_invoice")
