"""A small world for stories: one company in a Fortnox simulator, an agency's hands on the feed, a mailbox, a virtual clock."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from simulators import kit
from simulators.fortnox import FortnoxSimulator

START = date(2025, 4, 15)
ORG_NO = "556677-8899"
DEBTOR_NO = "556036-0793"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  (aiosmtpd's name)
        self.mails.append(envelope.content)
        return "250 OK"


@dataclass
class Story:
    """Drives one tenant, `t`, day by day."""

    home: Path
    smtp_port: int
    mailbox: Mailbox
    today: date = START
    number: int = 0
    fortnox_url: str = ""

    def begin(self) -> None:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(moment(START, 5).timestamp())
        self.fortnox = FortnoxSimulator(clock=self.clock, seed=1)
        self.fortnox.add_client("client", "client-secret", "http://localhost:8765/")
        self.company = self.fortnox.add_company(1001, "Björks Bageri AB", ORG_NO)
        self.fortnox.consent("client", 1001)

    def connect(self, url: str, policy: str = "se-standard") -> None:
        secret = self.home / "secret"
        secret.write_text("client-secret")
        self.type("db", "init")
        self.type("agencies", "add", "nord", "--name", "Nordinkasso AB")
        self.key = json.loads(self.type("agencies", "key", "nord", "--json"))["key"]
        given = {"client_id": "client", "tenant_id": "1001", "api_url": url, "apps_url": url}
        settings = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
        self.type("connect", "fortnox", "--tenant", "t", "--org-no", ORG_NO, "--secret-file", str(secret), *settings)
        self.type("tenants", "accounts", "t", "--confirm")
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

    def type(self, *arguments: str, code: int = 0) -> str:
        """Run a command as a person types it."""
        from cli import cli
        from core.errors import KravbroError

        done = CliRunner().invoke(cli, list(arguments), catch_exceptions=True)
        if isinstance(done.exception, KravbroError):
            assert done.exception.exit_code == code, str(done.exception)
            return str(done.exception)
        assert done.exit_code == code, (done.output, done.exception)
        return done.stdout

    def invoice(
        self, total: str = "12500.00", due: date = START + timedelta(days=2), email: str = "kund@example.com", org_no: str = DEBTOR_NO
    ) -> str:
        customer = self.company.add_customer("Kund 1 AB", org_no, email)
        return self.company.add_invoice(customer, Decimal(total), due - timedelta(days=30), due)

    def run(self) -> dict[str, Any]:
        """Run the tenant today."""
        return json.loads(self.type("run", "--tenant", "t", "--json"))

    def morning(self) -> None:
        """Let the next day begin: the bank of the day before is booked on its bank days."""
        self.today += timedelta(days=1)
        self.clock.advance_to(moment(self.today, 6).timestamp())
        if self.today.weekday() in (1, 2, 3, 4, 5):
            self.company.book_bank(self.today - timedelta(days=1), "Bankavgift", Decimal("-2.00"), 6570)

    def idle(self, count: int) -> None:
        """Let so many days pass on which nothing runs: a day that was missed heals itself."""
        for _ in range(count):
            self.morning()

    def days(self, count: int) -> list[dict[str, Any]]:
        """Live so many days, and return what each day's run did."""
        done = []
        for _ in range(count):
            self.morning()
            done.append(self.run())
        return done

    def until(self, figure: str, days_max: int = 60) -> dict[str, Any]:
        """Live until a run's figure is above zero."""
        for _ in range(days_max):
            (done,) = self.days(1)
            if done[figure]:
                return done
        pytest.fail(f"{figure} stayed 0 for {days_max} days")

    def claim(self) -> dict[str, Any]:
        """The newest claim as the agency reads it."""
        events = self.agency.get("/v1/events").json()["events"]
        return self.agency.get(f"/v1/claims/{events[-1]['claim_id']}").json()

    def report(self, path: str, body: dict[str, Any], key: str = "") -> Any:
        self.number += 1
        body = {"occurred_at": datetime.fromtimestamp(self.clock.now(), UTC).isoformat(), **body}
        answer = self.agency.post(f"/v1{path}", json=body, headers={"Idempotency-Key": key or f"key-{self.number:06}"})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def acknowledge(self) -> dict[str, Any]:
        claim = self.claim()
        self.report(f"/claims/{claim['claim_id']}/ack", {"agency_case_ref": "A-1001"})
        return claim

    def tell(self, claim: dict[str, Any], kind: str, **data: Any) -> None:
        self.report(f"/claims/{claim['claim_id']}/events", {"data": {"kind": kind, **data}})

    def pay_agency(
        self, claim: dict[str, Any], payment_id: str, principal: str, interest: str = "0.00", fee: str = "0.00"
    ) -> dict[str, Any]:
        parts = [
            {"component": "principal", "amount": sek(principal), "invoice_ref": claim["lines"][0]["invoice_ref"]},
            {"component": "interest", "amount": sek(interest)},
            {"component": "collection_cost", "amount": sek(fee), "payee": "agency"},
        ]
        parts = [part for part in parts if Decimal(part["amount"]["amount"])]
        total = sum(Decimal(part["amount"]["amount"]) for part in parts)
        payment = {"payment_id": payment_id, "received_on": self.today.isoformat(), "amount": sek(str(total)), "allocations": parts}
        self.tell(claim, "payment_received", **payment)
        return payment

    def balance(self, number: str) -> Decimal:
        return Decimal(str(self.company.invoice(number)["Balance"]))


def sek(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "SEK"}


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo("Europe/Stockholm")).astimezone(UTC)


ON_BOTH = pytest.mark.parametrize("story", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
"""For stories that are lived on both databases; the others are lived on SQLite."""


@pytest.fixture
def story(request, tmp_path, monkeypatch):
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path))
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.delenv("KRAVBRO_DATABASE_URL", raising=False)
    if getattr(request, "param", "sqlite") == "postgres":
        monkeypatch.setenv("KRAVBRO_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    story = Story(tmp_path, smtp.port, mailbox)
    story.begin()
    with kit.Served(story.fortnox) as served:
        story.fortnox_url = served.url
        story.connect(served.url)
        yield story
    smtp.stop()


def org_no(serial: int) -> str:
    """A well-formed organisation number."""
    nine = f"5566{serial:05}"
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(nine))
    return f"{nine}{-total % 10}"
