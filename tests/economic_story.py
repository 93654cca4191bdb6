"""A small world for Danish stories: one agreement in an e-conomic simulator, an agency's hands on the feed, a mailbox, a virtual clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from simulators import kit
from simulators.economic import EconomicSimulator, Switches
from tests.story import START, Mailbox, Story, free_port, moment

CVR = "10150817"
DEBTOR_CVR = "13585628"
CLEARING = 5690


@dataclass
class DanishStory(Story):
    """Drives one tenant, `t`, whose books are in e-conomic, day by day."""

    switches: Switches | None = None
    economic_url: str = ""

    def begin(self) -> None:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(moment(START, 5).timestamp())
        self.economic = EconomicSimulator(clock=self.clock, seed=1, switches=self.switches)
        self.economic.add_app("public", "app-secret")
        self.company = self.economic.add_agreement(1001, "Bjørns Bageri ApS", CVR)
        self.grant = self.economic.grant("public", 1001)

    def connect(self, url: str, policy: str = "dk-business-firm", *, live: bool = True, **settings: str) -> None:  # type: ignore[override]
        (self.home / "secret").write_text("app-secret")
        (self.home / "grant").write_text(self.grant)
        self.type("db", "init")
        self.type("agencies", "add", "nord", "--name", "Nordinkasso A/S")
        self.key = json.loads(self.type("agencies", "key", "nord", "--json"))["key"]
        given = {"rest_url": url, "apis_url": url, "secure_url": url, "app_public_token": "public", **settings}
        options = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        files = ("--secret-file", str(self.home / "secret"), "--grant-file", str(self.home / "grant"))
        self.type("connect", "economic", "--tenant", "t", "--org-no", CVR, *files, *options)
        self.type("tenants", "accounts", "t", "--confirm")
        self.type("policy", "use", "t", policy)
        self.type("tenants", "choose", "t", "--agency", "nord")
        named = ("contract", "signatory", "client-number", "price-version", "payout-account", "processor-agreement")
        self.type(
            "tenants", "mandate", "t", "--fees-kept-by", "agency", *[part for name in named for part in (f"--{name}", "Anna Berg, 2025")]
        )
        self.type(
            "tenants", "mail", "t", "--host", "127.0.0.1", "--port", str(self.smtp_port), "--security", "none", "--from", "a@bjorns.example"
        )
        if live:
            self.type("tenants", "live", "t")
        app = open_app()
        self.agency = TestClient(create_app(app.database, app.vault, app.clock), headers={"Authorization": f"Bearer {self.key}"})

    def invoice(self, total: str = "12500.00", due: date = START + timedelta(days=2), email: str = "kunde@example.com") -> str:  # type: ignore[override]
        customer = self.company.add_customer("Kunde 1 ApS", DEBTOR_CVR, email)
        return self.company.add_invoice(customer, Decimal(total), due - timedelta(days=14), due)

    def morning(self) -> None:
        self.today += timedelta(days=1)
        self.clock.advance_to(moment(self.today, 6).timestamp())
        if self.today.weekday() in (1, 2, 3, 4, 5):
            self.company.book_bank(self.today - timedelta(days=1), "Bankgebyr", Decimal("-2.00"))

    def pay_agency(
        self, claim: dict[str, Any], payment_id: str, principal: str, interest: str = "0.00", fee: str = "0.00"
    ) -> dict[str, Any]:
        parts = [
            {"component": "principal", "amount": dkk(principal), "invoice_ref": claim["lines"][0]["invoice_ref"]},
            {"component": "interest", "amount": dkk(interest)},
            {"component": "collection_cost", "amount": dkk(fee), "payee": "agency"},
        ]
        parts = [part for part in parts if Decimal(part["amount"]["amount"])]
        total = sum(Decimal(part["amount"]["amount"]) for part in parts)
        payment = {"payment_id": payment_id, "received_on": self.today.isoformat(), "amount": dkk(str(total)), "allocations": parts}
        self.tell(claim, "payment_received", **payment)
        return payment

    def settle(self, claim: dict[str, Any], payments: list[dict[str, Any]], settlement_id: str = "S1", **figures: str) -> Decimal:
        names = ("principal", "interest", "creditor_fees", "fees_kept", "commission", "vat", "costs", "carried_in", "carried_out")
        amounts = {name: Decimal(figures.get(name, "0.00")) for name in names}
        gross = sum(amounts[name] for name in names[:4])
        paid_out = gross - sum(amounts[name] for name in ("fees_kept", "commission", "vat", "costs", "carried_out"))
        data = {name: dkk(str(amount)) for name, amount in amounts.items()} | {
            "settlement_id": settlement_id, "settled_on": self.today.isoformat(), "currency": "DKK", "gross": dkk(str(gross)),
            "paid_out": dkk(str(paid_out)), "agency_vat_no": "DK25313763", "invoice_no": "F1", "kind": "settled",
            "lines": [{"claim_id": claim["claim_id"], "payment_id": one["payment_id"], "amount": one["amount"]} for one in payments],
        }  # fmt: skip
        document = {"name": "afregning.pdf", "media_type": "application/pdf", "content_base64": "JVBERi0xLjQK"}
        self.report("/settlements", {"data": data, "document": document})
        return Decimal(paid_out)

    def balance(self, number: str) -> Decimal:
        return Decimal(self.company.invoice(number)["remainder"])

    def handed_over(self) -> tuple[str, dict[str, Any]]:
        """An invoice whose § 10 letter ran out and which the agency has acknowledged."""
        number = self.invoice()
        self.until("letters_sent")
        self.until("claims_handed_over")
        claim = self.acknowledge()
        self.days(1)
        return number, claim


def dkk(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "DKK"}


@pytest.fixture
def danish(request, tmp_path, monkeypatch):
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path))
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.delenv("KRAVBRO_DATABASE_URL", raising=False)
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    story = DanishStory(tmp_path, smtp.port, mailbox, switches=getattr(request, "param", None))
    story.begin()
    with kit.Served(story.economic) as served:
        story.economic_url = served.url
        yield story
    smtp.stop()
