"""The small world for stories, with its books in an eAccounting simulator instead of Fortnox."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from simulators import kit
from simulators.visma import VismaSimulator
from tests.story import DEBTOR_NO, ORG_NO, START, Mailbox, Story, free_port, moment


class VismaStory(Story):
    """Drives one tenant, `t`; an invoice is named by its id, and its number is 1001, 1002, …"""

    mode = "on_event"

    def begin(self) -> None:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(moment(START, 5).timestamp())
        self.port = free_port()
        self.visma = VismaSimulator(clock=self.clock, seed=1, auto_consent="B200")
        self.visma.add_client("client", "client-secret", f"http://localhost:{self.port}/")
        self.visma.add_company("B100", "Byrån AB", "556012-5790")
        self.company = self.visma.add_company("B200", "Björks Bageri AB", ORG_NO)
        self.company.add_bank_account("Inkasso", 1689)
        (self.home / "secret").write_text("client-secret")

    def consent(self, *more: str, tenant: str = "t", org_no: str = ORG_NO, code: int = 0) -> str:
        """Type `connect visma`, and let a browser approve meanwhile."""
        opened = []

        def browse(address: str) -> bool:
            opened.append(threading.current_thread())
            return bool(requests.get(address, timeout=30))

        urls = ("--set", f"api_url={self.url}", "--set", f"identity_url={self.url}", "--set", "client_id=client")
        secret = ("--secret-file", str(self.home / "secret"), "--port", str(self.port))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("webbrowser.open", browse)
            said = self.type("connect", "visma", "--tenant", tenant, "--org-no", org_no, *urls, *secret, *more, code=code)
        for thread in opened:
            thread.join(30)
        return said

    def connect(self, url: str, policy: str = "se-standard") -> None:
        self.url = url
        self.type("db", "init")
        self.type("agencies", "add", "nord", "--name", "Nordinkasso AB")
        self.key = json.loads(self.type("agencies", "key", "nord", "--json"))["key"]
        self.consent()
        self.type("tenants", "accounts", "t", "--mode", self.mode, "--confirm")
        self.type("policy", "use", "t", policy)
        self.type("tenants", "choose", "t", "--agency", "nord")
        named = ("contract", "signatory", "client-number", "price-version", "payout-account", "processor-agreement")
        self.type(
            "tenants", "mandate", "t", "--fees-kept-by", "agency", *[part for name in named for part in (f"--{name}", "Anna Berg, 2025")]
        )
        self.type(
            "tenants", "mail", "t", "--host", "127.0.0.1", "--port", str(self.smtp_port), "--security", "none", "--from", "a@bjorks.example"
        )
        self.type("tenants", "live", "t")
        app = open_app()
        self.agency = TestClient(create_app(app.database, app.vault, app.clock), headers={"Authorization": f"Bearer {self.key}"})

    def invoice(
        self, total: str = "12500.00", due: date = START + timedelta(days=2), email: str = "kund@example.com", org_no: str = DEBTOR_NO
    ) -> str:
        customer = self.company.add_customer("Kund 1 AB", org_no, email)
        return self.company.add_invoice(customer, Decimal(total), due - timedelta(days=30), due)

    def balance(self, number: str) -> Decimal:
        return Decimal(str(self.company.invoice(number)["RemainingAmount"]))


@pytest.fixture
def visma_story(request, tmp_path, monkeypatch):
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path))
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.delenv("KRAVBRO_DATABASE_URL", raising=False)
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    story = VismaStory(tmp_path, smtp.port, mailbox)
    story.mode = getattr(request, "param", "on_event")
    story.begin()
    with kit.Served(story.visma) as served:
        story.connect(served.url)
        yield story
    smtp.stop()
