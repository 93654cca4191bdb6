"""One company's books in a simulator: what its people do in them, and what stands in them, in the same words for every system."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from click.testing import CliRunner

from simulators import kit
from simulators.economic import EconomicSimulator
from simulators.economic import Switches as EconomicSwitches
from simulators.fortnox import FortnoxSimulator
from simulators.visma import VismaSimulator

ORG_NO, DEBTOR_NO = "556677-8899", "556036-0793"
CVR, DEBTOR_CVR = "10150817", "13585628"


def typed(*arguments: str, code: int = 0) -> str:
    """Run a command as a person types it."""
    from cli import cli
    from core.errors import KravbroError

    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=True)
    if isinstance(done.exception, KravbroError):
        assert done.exception.exit_code == code, str(done.exception)
        return str(done.exception)
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Voucher:
    """What was booked at once; in `rows` (account, amount), debit is above 0."""

    ref: str
    text: str
    rows: tuple[tuple[int, Decimal], ...]


class Books(ABC):
    """One company's books; an invoice is named as the system names it.

    Attributes:
        accounts: where each part of a settlement goes, by the name that `kravbro tenants accounts` has for it.
        ended: what a mark says of a case that has ended.
        by_people: refs of the vouchers that the company's own people and its bank routine made by the methods here.
    """

    country: ClassVar[str] = "SE"
    currency: ClassVar[str] = "SEK"
    org_no: ClassVar[str] = ORG_NO
    debtor: ClassVar[tuple[str, str, str]] = ("Kund 1 AB", DEBTOR_NO, "kund@example.com")
    agency: ClassVar[tuple[str, str]] = ("Nordinkasso AB", "SE556677889901")
    sender: ClassVar[str] = "a@bjorks.example"
    policy: ClassVar[str] = "se-standard"
    terms: ClassVar[timedelta] = timedelta(days=30)
    bank_fee: ClassVar[tuple[str, int]] = ("Bankavgift", 6570)
    accounts: ClassVar[dict[str, int]] = {
        "receivable": 1510, "clearing": 1689, "interest": 8313, "fee": 3990, "cost": 6062, "input_vat": 2641,
    }  # fmt: skip
    ended: ClassVar[str] = "Inkasso avslutat"
    simulator: Any
    company: Any

    def __init__(self) -> None:
        self.by_people: set[str] = set()

    @abstractmethod
    def begin(self, clock: kit.Clock, home: Path) -> None:
        """Set up the simulator, the company in it, and the secret that connecting it takes."""

    @abstractmethod
    def connect(self, url: str, **settings: str) -> None:
        """Connect the company as tenant `t`."""

    def add_invoice(self, total: str, due: date, email: str | None = None, org_no: str | None = None) -> str:
        """Send and book an invoice to a customer of its own."""
        name, own_no, own_email = self.debtor
        customer = self.company.add_customer(name, own_no if org_no is None else org_no, own_email if email is None else email)
        ref: str = self._by_people(lambda: self.company.add_invoice(customer, Decimal(total), due - self.terms, due))
        return ref

    def pay(self, ref: str, amount: str, on: date) -> None:
        """Book what a debtor paid to the company's own bank."""
        self._by_people(lambda: self._pay(ref, amount, on))

    def credit(self, ref: str, amount: str, on: date) -> None:
        """Credit so much of an invoice."""
        self._by_people(lambda: self._credit(ref, amount, on))

    def book_bank(self, on: date, text: str, amount: Decimal, account: int) -> None:
        """Book a row of the bank statement (money in above 0) against an account."""
        self._by_people(lambda: self.company.book_bank(on, text, amount, account))

    def _pay(self, ref: str, amount: str, on: date) -> None:
        self.company.pay_invoice(ref, amount, on=on)

    def _credit(self, ref: str, amount: str, on: date) -> None:
        self.company.credit_invoice(ref, amount, on=on)

    def _by_people(self, act: Callable[[], Any]) -> Any:
        before = {voucher.ref for voucher in self.vouchers()}
        done = act()
        self.by_people |= {voucher.ref for voucher in self.vouchers()} - before
        return done

    def number(self, ref: str) -> str:
        """Return the number that stands on an invoice."""
        return ref

    @abstractmethod
    def open_of(self, ref: str) -> Decimal:
        """Return what is open on an invoice."""

    @abstractmethod
    def payments_on(self, ref: str) -> list[tuple[int, Decimal]]:
        """Return the payments that stand on an invoice: the account each went to, and its amount."""

    @abstractmethod
    def mark_of(self, ref: str) -> str:
        """Return what our marks say about an invoice."""

    @abstractmethod
    def vouchers(self) -> list[Voucher]:
        """Return everything that is booked."""

    @abstractmethod
    def documented(self) -> list[str]:
        """Return the ref of the voucher of each attached document."""

    def ours(self) -> list[Voucher]:
        """Return what nobody of the company booked."""
        return [voucher for voucher in self.vouchers() if voucher.ref not in self.by_people]


class FortnoxBooks(Books):
    """Books in Fortnox, which names an account for what is demanded of debtors."""

    accounts: ClassVar[dict[str, int]] = Books.accounts | {"fee": 3590}

    def begin(self, clock: kit.Clock, home: Path) -> None:
        self.home = home
        self.simulator = FortnoxSimulator(clock=clock, seed=1)
        self.simulator.add_client("client", "client-secret", "http://localhost:8765/")
        self.company = self.simulator.add_company(1001, "Björks Bageri AB", self.org_no)
        self.simulator.consent("client", 1001)
        (home / "secret").write_text("client-secret")

    def connect(self, url: str, **settings: str) -> None:
        given = {"client_id": "client", "tenant_id": "1001", "api_url": url, "apps_url": url, **settings}
        secret = ("--secret-file", str(self.home / "secret"))
        typed("connect", "fortnox", "--tenant", "t", "--org-no", self.org_no, *secret, *_options(given))

    def open_of(self, ref: str) -> Decimal:
        return Decimal(str(self.company.invoice(ref)["Balance"]))

    def payments_on(self, ref: str) -> list[tuple[int, Decimal]]:
        found = [one for one in self.company.payments.records.values() if one.invoice.number == ref and one.detail["Source"] != "settle"]
        assert all(one.detail["Booked"] for one in found)
        return [(int(one.detail["ModeOfPaymentAccount"]), one.paid) for one in found]

    def mark_of(self, ref: str) -> str:
        return str(self.company.invoice(ref)["ExternalInvoiceReference1"])

    def vouchers(self) -> list[Voucher]:
        return [
            Voucher(
                f"{one['VoucherSeries']} {one['VoucherNumber']} {one['Year']}", one["Description"],
                tuple((row["Account"], row["Debit"] - row["Credit"]) for row in one["VoucherRows"]),
            )
            for one in self.company.books.vouchers
        ]  # fmt: skip

    def documented(self) -> list[str]:
        return [f"{one['VoucherSeries']} {one['VoucherNumber']} {one['VoucherYear']}" for one in self.company.connections]


class VismaBooks(Books):
    """Books in Visma eAccounting; an invoice is named by its id, and its number is 1001, 1002, …"""

    def begin(self, clock: kit.Clock, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.simulator = VismaSimulator(clock=clock, seed=1, auto_consent="B200")
        self.simulator.add_client("client", "client-secret", f"http://localhost:{self.port}/")
        self.simulator.add_company("B100", "Byrån AB", "556012-5790")
        self.company = self.simulator.add_company("B200", "Björks Bageri AB", self.org_no)
        self.company.add_bank_account("Inkasso", self.accounts["clearing"])
        (home / "secret").write_text("client-secret")

    def connect(self, url: str, **settings: str) -> None:
        self.url = url
        self.consent(*_options(settings))

    def consent(self, *more: str, tenant: str = "t", org_no: str = ORG_NO, connector: str = "visma", code: int = 0) -> str:
        """Type `connect`, and let a browser approve meanwhile."""
        opened = []

        def browse(address: str) -> bool:
            opened.append(threading.current_thread())
            return bool(requests.get(address, timeout=30))

        urls = _options({"api_url": self.url, "identity_url": self.url, "client_id": "client"})
        secret = ("--secret-file", str(self.home / "secret"), "--port", str(self.port))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("webbrowser.open", browse)
            said = typed("connect", connector, "--tenant", tenant, "--org-no", org_no, *urls, *secret, *more, code=code)
        for thread in opened:
            thread.join(30)
        return said

    def number(self, ref: str) -> str:
        return str(self.company.invoice(ref)["InvoiceNumber"])

    def open_of(self, ref: str) -> Decimal:
        return Decimal(str(self.company.invoice(ref)["RemainingAmount"]))

    def payments_on(self, ref: str) -> list[tuple[int, Decimal]]:
        found = [one for one in self.company.books.vouchers if one.get("_paid", ("",))[0] == ref]
        return [(one["Rows"][0]["AccountNumber"], one["_paid"][1]) for one in found]

    def mark_of(self, ref: str) -> str:
        notes = [note["Text"] for note in self.company.notes.values() if note["AttachedTo"] == ref]
        links = [link["PartnerSystemName"] for link in self.company.links.values() if link["ResourceId"] == ref]
        return ", ".join([*notes, *links])

    def vouchers(self) -> list[Voucher]:
        return [
            Voucher(
                one["Id"],
                one["VoucherText"],
                tuple((row["AccountNumber"], row["DebitAmount"] - row["CreditAmount"]) for row in one["Rows"]),
            )
            for one in self.company.books.vouchers
        ]

    def documented(self) -> list[str]:
        return [one["DocumentId"] for one in self.company.books.attachments.values()]


class EconomicBooks(Books):
    """Danish books in e-conomic."""

    country, currency, org_no, policy = "DK", "DKK", CVR, "dk-business-firm"
    debtor = ("Kunde 1 ApS", DEBTOR_CVR, "kunde@example.com")
    agency = ("Nordinkasso A/S", "DK25313763")
    sender = "a@bjorns.example"
    terms = timedelta(days=14)
    bank_fee = ("Bankgebyr", 2220)
    accounts: ClassVar[dict[str, int]] = {
        "receivable": 5600, "clearing": 5690, "interest": 4310, "fee": 1120, "cost": 2230, "input_vat": 6904,
    }  # fmt: skip
    ended = "Inkasso afsluttet"

    def __init__(self, switches: EconomicSwitches | None = None) -> None:
        super().__init__()
        self.switches = switches

    def begin(self, clock: kit.Clock, home: Path) -> None:
        self.home = home
        self.simulator = EconomicSimulator(clock=clock, seed=1, switches=self.switches)
        self.simulator.add_app("public", "app-secret")
        self.company = self.simulator.add_agreement(1001, "Bjørns Bageri ApS", self.org_no)
        (home / "secret").write_text("app-secret")
        (home / "grant").write_text(self.simulator.grant("public", 1001))

    def connect(self, url: str, **settings: str) -> None:
        given = {"rest_url": url, "apis_url": url, "secure_url": url, "app_public_token": "public", **settings}
        files = ("--secret-file", str(self.home / "secret"), "--grant-file", str(self.home / "grant"))
        typed("connect", "economic", "--tenant", "t", "--org-no", self.org_no, *files, *_options(given))

    def _pay(self, ref: str, amount: str, on: date) -> None:
        self.company.pay(ref, amount, on)

    def _credit(self, ref: str, amount: str, on: date) -> None:
        self.company.credit(ref, amount, on)

    def open_of(self, ref: str) -> Decimal:
        return Decimal(self.company.invoice(ref)["remainder"])

    def payments_on(self, ref: str) -> list[tuple[int, Decimal]]:
        ledger, invoice = self.company.ledger, self.company.invoices[int(ref)]["entry"]
        matched = [(ledger.entry(pair["numbers"][1]), pair["amount"]) for pair in ledger.pairs if pair["numbers"][0] == invoice]
        return [(self._contra(entry), amount) for entry, amount in matched if entry["type"] == 2]

    def _contra(self, entry: dict[str, Any]) -> int:
        same = [one for one in self.company.ledger.entries if one["voucherNumber"] == entry["voucherNumber"] and one is not entry]
        return int(same[0]["accountNumber"])

    def mark_of(self, ref: str) -> str:
        lines = [line for contact in self.company.contacts.values() for line in contact["notes"].splitlines()]
        return ", ".join(line for line in lines if line.startswith(f"Faktura {ref}: "))

    def vouchers(self) -> list[Voucher]:
        found: dict[int, list[dict[str, Any]]] = {}
        for entry in self.company.ledger.entries:
            found.setdefault(entry["voucherNumber"], []).append(entry)
        return [
            Voucher(str(number), rows[0]["text"], tuple((row["accountNumber"], row["amountInBaseCurrency"]) for row in rows))
            for number, rows in found.items()
        ]

    def documented(self) -> list[str]:
        return [str(one["voucherNumber"]) for one in self.company.documents.values()]


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
