"""A small world for stories: one company's books in a simulator, an agency's hands on the feed, a mailbox, a virtual clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from simulators import kit
from tests.books import DEBTOR_NO, ORG_NO, Books, EconomicBooks, FortnoxBooks, VismaBooks, free_port, typed
from tests.schema import migrated

__all__ = ["DEBTOR_NO", "ON_BOTH", "ORG_NO", "START", "Mailbox", "Story", "dkk", "free_port", "lived", "moment", "org_no", "sek"]

START = date(2025, 4, 15)
SETTLED = ("principal", "interest", "creditor_fees", "fees_kept", "commission", "vat", "costs", "carried_in", "carried_out")
MANDATE = ("contract", "signatory", "client-number", "price-version", "payout-account", "processor-agreement")


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
    books: Books
    url: str = ""
    today: date = START
    number: int = 0

    def begin(self) -> None:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(moment(START, 5).timestamp())
        self.books.begin(self.clock, self.home)

    @property
    def simulator(self) -> Any:
        return self.books.simulator

    @property
    def company(self) -> Any:
        return self.books.company

    def connect(self, policy: str = "", mode: str = "on_event", *, live: bool = True, **settings: str) -> None:
        """Set the tenant up, with the books' own policy where none is given; `settings` are the connector's."""
        self.type("db", "init")
        self.type("agencies", "add", "nord", "--name", self.books.agency[0])
        self.key = json.loads(self.type("agencies", "key", "nord", "--json"))["key"]
        self.books.connect(self.url, **settings)
        self.type("tenants", "accounts", "t", "--mode", mode, "--confirm")
        self.type("policy", "use", "t", policy or self.books.policy)
        self.type("tenants", "choose", "t", "--agency", "nord")
        named = [part for name in MANDATE for part in (f"--{name}", "Anna Berg, 2025")]
        self.type("tenants", "mandate", "t", "--fees-kept-by", "agency", *named)
        server = ("--host", "127.0.0.1", "--port", str(self.smtp_port), "--security", "none")
        self.type("tenants", "mail", "t", *server, "--from", self.books.sender)
        if live:
            self.type("tenants", "live", "t")
        app = open_app()
        self.agency = TestClient(create_app(app.database, app.vault, app.clock), headers={"Authorization": f"Bearer {self.key}"})

    type = staticmethod(typed)

    def invoice(
        self, total: str = "12500.00", due: date = START + timedelta(days=2), email: str | None = None, org_no: str | None = None
    ) -> str:
        return self.books.add_invoice(total, due, email, org_no)

    def handed_over(self, **invoice: Any) -> tuple[str, dict[str, Any]]:
        """Return an invoice whose letters ran out, and its claim, which the agency has acknowledged."""
        ref = self.invoice(**invoice)
        self.idle(8)
        self.until("letters_sent")
        self.idle(10)
        self.until("claims_handed_over")
        claim = self.acknowledge()
        self.days(1)
        return ref, claim

    def run(self) -> dict[str, Any]:
        """Run the tenant today."""
        return json.loads(self.type("run", "--tenant", "t", "--json"))

    def morning(self) -> None:
        """Let the next day begin: the bank of the day before is booked on its bank days."""
        self.today += timedelta(days=1)
        self.clock.advance_to(moment(self.today, 6).timestamp())
        if self.today.weekday() in (1, 2, 3, 4, 5):
            text, account = self.books.bank_fee
            self.books.book_bank(self.today - timedelta(days=1), text, Decimal("-2.00"), account)

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
        self, claim: dict[str, Any], payment_id: str, principal: str, interest: str = "0.00", fee: str = "0.00", reminder_fee: str = "0.00"
    ) -> dict[str, Any]:
        parts = [
            {"component": "principal", "amount": self.money(principal), "invoice_ref": claim["lines"][0]["invoice_ref"]},
            {"component": "interest", "amount": self.money(interest)},
            {"component": "reminder_fee", "amount": self.money(reminder_fee)},
            {"component": "collection_cost", "amount": self.money(fee), "payee": "agency"},
        ]
        parts = [part for part in parts if Decimal(part["amount"]["amount"])]
        total = sum(Decimal(part["amount"]["amount"]) for part in parts)
        payment = {"payment_id": payment_id, "received_on": self.today.isoformat(), "amount": self.money(total), "allocations": parts}
        self.tell(claim, "payment_received", **payment)
        return payment

    def settle(self, claim: dict[str, Any], payments: list[dict[str, Any]], settlement_id: str = "S1", **figures: str) -> Decimal:
        """Report a settlement of these payments, and return what it pays out."""
        amounts = {name: Decimal(figures.get(name, "0.00")) for name in SETTLED}
        gross = sum((amounts[name] for name in SETTLED[:4]), Decimal(0))
        kept = sum(amounts[name] for name in ("fees_kept", "commission", "vat", "costs", "carried_out"))
        paid_out = gross + amounts["carried_in"] - kept
        lines = [{"claim_id": claim["claim_id"], "payment_id": one["payment_id"], "amount": one["amount"]} for one in payments]
        data = {name: self.money(amount) for name, amount in amounts.items()} | {
            "settlement_id": settlement_id, "settled_on": self.today.isoformat(), "currency": self.books.currency, "gross": self.money(gross),
            "paid_out": self.money(paid_out), "lines": lines, "agency_vat_no": self.books.agency[1], "invoice_no": "F1", "kind": "settled",
        }  # fmt: skip
        document = {"name": "avräkning.pdf", "media_type": "application/pdf", "content_base64": "JVBERi0xLjQK"}
        self.report("/settlements", {"data": data, "document": document})
        return paid_out

    def balance(self, ref: str) -> Decimal:
        return self.books.open_of(ref)

    def money(self, amount: str | Decimal) -> dict[str, str]:
        return {"amount": str(amount), "currency": self.books.currency}


def sek(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "SEK"}


def dkk(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "DKK"}


def moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo("Europe/Stockholm")).astimezone(UTC)


ON_BOTH = pytest.mark.parametrize("story", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
"""For stories that are lived on both databases; the others are lived on SQLite."""


@contextmanager
def lived(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    books: Books,
    *,
    database: str = "",
    between: Callable[[kit.WsgiApp], kit.WsgiApp] | None = None,
) -> Iterator[Story]:
    """Serve books to a tenant that is not connected yet; `between` stands between it and them."""
    monkeypatch.setenv("KRAVBRO_HOME", str(home))
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(home / "clock"))
    monkeypatch.delenv("KRAVBRO_DATABASE_URL", raising=False)
    if database:
        monkeypatch.setenv("KRAVBRO_DATABASE_URL", database)
    else:
        migrated(home / "kravbro.db").close()
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    story = Story(home, smtp.port, mailbox, books)
    story.begin()
    with kit.Served(between(story.simulator) if between else story.simulator) as served:
        story.url = served.url
        yield story
    smtp.stop()


@pytest.fixture
def story(request, tmp_path, monkeypatch):
    database = request.getfixturevalue("empty_postgres_url") if getattr(request, "param", "sqlite") == "postgres" else ""
    with lived(tmp_path, monkeypatch, FortnoxBooks(), database=database) as story:
        story.connect()
        yield story


@pytest.fixture
def visma_story(request, tmp_path, monkeypatch):
    """Lives by the booking mode that is the fixture's parameter."""
    with lived(tmp_path, monkeypatch, VismaBooks()) as story:
        story.mode = getattr(request, "param", "on_event")
        story.connect(mode=story.mode)
        yield story


@pytest.fixture
def danish(request, tmp_path, monkeypatch):
    """Is not connected yet; the parameter are the simulator's switches."""
    with lived(tmp_path, monkeypatch, EconomicBooks(getattr(request, "param", None))) as story:
        yield story


def org_no(serial: int) -> str:
    """A well-formed organisation number."""
    nine = f"5566{serial:05}"
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(nine))
    return f"{nine}{-total % 10}"
