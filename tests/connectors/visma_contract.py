"""The bench of the contract suite for eAccounting, and one variant for each value of each thing that eAccounting leaves open."""

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
from connectors.visma import client as client_module
from core.money import Money
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    SendLetter,
    UploadDocument,
    VoucherRow,
    Write,
)
from simulators.visma import Switches
from tests.connectors.visma_bench import OTHER_KEY
from tests.connectors.visma_bench import Bench as Company

MATCHING: Final[Mapping[tuple[str, Any], dict[str, str]]] = {
    ("tax_reduction_in_remaining", True): {"tax_reduction_balance": "whole"},
}
"""The setting that an operator makes where a company's eAccounting is so; every other switch needs none."""

OTHER_VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "retry_after_s": (3,),
    "page_size_max": (1, 3),
    "clock_ahead_s": (7200, -7200),
    "revoked_error": ((400, "interaction_required"), (401, "invalid_grant"), (403, "access_denied")),
}
"""Values of the switches whose type does not list them."""

WHOLE: Final = {"tax_reduction_in_remaining": True, "complete_writes_off": True}
PAIRS: Final[Mapping[str, tuple[dict[str, Any], dict[str, str]]]] = {
    "tax_reduction_in_remaining and complete_writes_off": (WHOLE, {"tax_reduction_balance": "whole"}),
}
"""Values of switches that do harm only together."""

LINK: Final = {"mark": "link", "link_url": "https://kravbro.example/invoices/{invoice}"}
SCOPE: Final = {"scope": "ea:api offline_access ea:sales ea:purchase ea:accounting"}
SETTINGS_ALONE: Final[Mapping[str, dict[str, str]]] = {"usual": {}, "mark=link": LINK}

TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "book_payment": ("POST", "/payments"),
    "book_voucher": ("POST", "/v2/vouchers"),
    "upload_document": ("POST", "/v2/attachments"),
    "attach_document": ("POST", "/v2/attachmentlinks"),
    "mark_invoice": ("POST", "/v2/notes"),
    "create_payment_mode": ("POST", "/v2/bankaccounts"),
    "send_letter": ("POST", "/paymentreminders"),
}
REST: Final = Money.parse("0.40", "SEK")
LETTER: Final = SendLetter("reminder", "email", "kund@example.com", "s", "t", "h", (), ("1",), Money.zero("SEK"), date(2025, 4, 25))
CUSTOMER: Final = ("Kund Ett AB", "556677-0019", "kund@example.com")
ROT: Final = 1


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
    found = {name: partial(VismaBench, switches={}, settings=settings) for name, settings in SETTINGS_ALONE.items()}
    for name, value in other_values():
        found[f"{name}={value}"] = partial(VismaBench, switches={name: value}, settings=MATCHING.get((name, value), {}))
    for name, (switches, settings) in PAIRS.items():
        found[name] = partial(VismaBench, switches=switches, settings=settings)
    return found


class VismaBench(Company):
    """An eAccounting company for the contract suite; its token may create bank accounts, so that this can be tried too."""

    org_no = "556677-8899"
    payment_mode = "Inkasso"
    repeatable: tuple[str, ...] = ("book_payment", "foreign payment", "book_voucher", "upload_document")
    # A payment that was prepared before somebody else paid is not sent at all, so it is none of these (test_visma_writes).
    marked: tuple[str, ...] = ("book_voucher", "upload_document")
    once: tuple[str, ...] = ("reminder",)
    doubtful = ("rounding", "payment above what is open", "all of it")
    samples = (*repeatable, "share", "attach_document", "mark_invoice", "create_payment_mode")
    confirming = ("bookkeep_payment",)

    def __init__(self, folder: Path, *, switches: Mapping[str, Any], settings: Mapping[str, str]) -> None:
        super().__init__(folder, Switches(**switches))
        self.connector = self.build(**SCOPE, **settings)
        self.consent(**SCOPE)
        self.serial, self.by_link = 0, settings.get("mark") == "link"
        self.customer = self.company.add_customer(*CUSTOMER)
        self.renews_alone = switches.get("refresh_tokens", "rotating") != "rotating"

    def small_pages(self, monkeypatch):
        monkeypatch.setattr(client_module, "PAGE_SIZE", 2)

    def add_invoice(self, total="12500.00", *, currency="", share="", due="2025-03-03", **given):
        if share:
            reduction = Money.parse(total, "SEK").amount - Money.parse(share, "SEK").amount
            given |= {"RotReducedInvoicingType": ROT, "RotReducedInvoicingAmount": reduction}
        return self.company.add_invoice(self.customer, total, "2025-02-01", due, currency=currency or "SEK", **given)

    def add_draft(self):
        return self.company.add_draft(self.customer, "12500.00", "2025-02-01")

    def add_due_today(self):
        return self.add_invoice(due="2025-04-15")

    def credit(self, ref):
        self.company.credit_invoice(ref)

    def spoil(self, ref):
        self.company.set_invoice(ref, DueDate=None)

    def pay(self, ref, amount):
        voucher = self.company.pay_invoice(ref, amount, on="2025-04-10")
        number = self.company.books.voucher(voucher)["NumberAndNumberSeries"]
        return f"{number}/{voucher[:8]}-{ref[:8]}"

    def take_back(self, payment_ref):
        number = payment_ref.partition("/")[0]
        voucher = next(one for one in self.company.books.vouchers if one["NumberAndNumberSeries"] == number)
        self.company.undo_payment(voucher["Id"], on="2025-04-10")

    def remind(self, ref):
        self.company.remind(ref)
        return int(self.company.invoice(ref)["PaymentRemindersCount"])

    def sent_to_debtors(self):
        return len(self.company.sent)

    def write(self, sample) -> Write:
        self.serial += 1
        made = {
            "book_payment": self._payment,
            "foreign payment": lambda: self._payment("EUR"),
            "rounding": self._rounding,
            "payment above what is open": lambda: self._payment(amount="12500.01"),
            "share": self._share,
            "all of it": lambda: self._payment(amount="12500.00"),
            "bookkeep_payment": self._bookkeeping,
            "reminder": lambda: replace(LETTER, covers=(self.add_invoice(),)),
            "book_voucher": self._voucher,
            "upload_document": self._upload,
            "attach_document": lambda: AttachDocument(self._made(self._upload()), self._made(self._voucher())),
            "mark_invoice": lambda: MarkInvoice(self.add_invoice(), f"Inkasso A-{self.serial}"),
            "create_payment_mode": lambda: CreatePaymentMode(f"K{self.serial}", "Inkasso", "1689"),
        }
        return made[sample]()

    def _payment(self, currency="SEK", amount="500.10", **given):
        number = self.add_invoice(currency=currency)
        return BookPayment(number, Money.parse(amount, currency), date(2025, 4, 10), "Inkasso", "1689", **given)

    def _share(self):
        """All that the customer owes, where the state pays the rest."""
        return BookPayment(self.add_invoice("12500.00", share="7500.00"), Money.parse("7500", "SEK"), date(2025, 4, 10), "Inkasso", "1689")

    def _rounding(self):
        ref = self.add_invoice("100.40")
        self.pay(ref, "100.00")
        return BookPayment(
            ref, Money.zero("SEK"), date(2025, 4, 10), "Inkasso", "1689", write_off=REST, write_off_account="3740", text="Rest"
        )

    def _bookkeeping(self):
        write = self._payment()
        return BookkeepPayment(self._made(write), write.invoice_ref)

    def _voucher(self):
        amount, zero = Money.parse("100", "SEK"), Money.zero("SEK")
        rows = (VoucherRow("1689", amount, zero, "Avräkning"), VoucherRow("8313", zero, amount))
        return BookVoucher("default", date(2025, 4, 15), date(2025, 4, 14), f"Avräkning {self.serial}", rows)

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
        vouchers, clearing = self.company.books.vouchers, self.company.books.bank_of(1689)
        if isinstance(write, BookPayment | BookkeepPayment):
            own = [one for one in vouchers if one.get("_paid", ("",))[0] == write.invoice_ref]
            wanted = 3740 if isinstance(write, BookPayment) and write.write_off else int(clearing["LedgerAccountNumber"])
            return sum(any(row["AccountNumber"] == wanted for row in one["Rows"]) for one in own)
        if isinstance(write, BookVoucher):
            return sum(one["VoucherText"].startswith(write.text) for one in vouchers)
        if isinstance(write, UploadDocument):
            return sum(one["FileName"].endswith(write.name.partition("-")[2]) for one in self.company.books.attachments.values())
        if isinstance(write, AttachDocument):
            return int(self.company.books.attachments[write.file_ref]["AttachmentStatus"] == 0)
        if isinstance(write, MarkInvoice):
            notes = sum(one["Text"] == write.text for one in self.company.notes.values())
            return notes + sum(one["PartnerSystemName"] == write.text for one in self.company.links.values())
        if isinstance(write, SendLetter):
            return sum(one["invoice"] == write.covers[0] for one in self.company.sent)
        return sum(one["Name"] == write.code for one in self.company.books.bank_accounts.values())

    def refuses_first(self, write):
        return False

    def break_next(self, fault, write=None):
        target = TARGETS[write.kind] if write else ("GET", "/v2/")
        self.arm(fault, *(("POST", "/v2/partnerresourcelinks") if self.by_link and isinstance(write, MarkInvoice) else target))

    def break_often(self, rate):
        self.simulator.faults.rate = rate

    @contextmanager
    def refusing(self, write):
        if isinstance(write, BookPayment | BookVoucher):  # these wait for a right that is lost
            self.company.lock_period("2025-04-15")
            yield
            self.company.lock_period(None)
            return
        self.connector.get_company()  # so that there is a token whose rights can shrink
        kept = dict(self.simulator.identity.tokens)
        # What is read before stays allowed: it is the write that is refused.
        reads = ("ea:sales_readonly", "ea:purchase_readonly", "ea:accounting_readonly")
        if isinstance(write, MarkInvoice):
            reads = ("ea:sales_readonly",) if self.by_link else ()
        self._allow(reads)
        yield
        self.simulator.identity.tokens.update(kept)

    def _allow(self, scopes):
        """Change what the tokens that are out may do."""
        identity = self.simulator.identity
        identity.tokens.update({token: replace(grant, scopes=tuple(scopes)) for token, grant in identity.tokens.items()})

    def expire_token(self):
        self.simulator.identity.tokens.clear()

    def lose_renewal(self):
        self.expire_token()
        self.arm("drop_after", "POST", "/connect/token")

    def revoke_login(self):
        self.simulator.withdraw_consent("demo", "B200")
        self.expire_token()
