"""The bench of the contract suite for Bokhylla: one company in the simulator, its people, and the connector to try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from connectors.contract.bench import NOW, PAID_ON, TODAY, Connector, Variants
from connectors.contract.parts import BenchClock, Documents, InProcess, MemoryTokens, WindowBudget, session_with
from core.clock import Clock
from core.http import READ_TRIES
from core.money import Money
from core.writes import BookkeepPayment, BookPayment, MarkInvoice, Write
from simulators import kit

from kravbro_bokhylla import client
from kravbro_bokhylla.connector import build
from kravbro_bokhylla.simulator import BokhyllaSimulator

__all__ = ["BokhyllaBench", "variants"]


def variants() -> Variants:
    """Return a bench for each value of each thing that the vendor leaves open."""
    return {"usual": BokhyllaBench}


class BokhyllaBench:
    """One company's books for the contract suite; `connectors.contract.bench.Bench` says what each part is."""

    org_no = "556012-5790"
    payment_mode = "BANK"
    renews_alone = True
    repeatable: tuple[str, ...] = ("book_payment", "foreign payment")
    marked: tuple[str, ...] = repeatable
    samples: tuple[str, ...] = (*repeatable, "bookkeep_payment", "mark_invoice")
    once: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ("payment above what is open",)
    confirming: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        time = kit.MemoryClock(NOW.timestamp())
        self.clock: Clock = BenchClock(time)
        self.documents = Documents()
        self.simulator = BokhyllaSimulator(time, "a-key")
        self.connector: Connector = build(
            {"api_url": "https://books.test", "api_key": "a-key"},
            clock=self.clock,
            budget=WindowBudget(self.clock),
            tokens=MemoryTokens(),
            documents=self.documents,
            session=session_with(InProcess(self.simulator)),
        )

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the connector ask for two rows a page."""
        monkeypatch.setattr(client, "PAGE_SIZE", 2)

    def add_invoice(self, total: str = "12500.00", *, currency: str = "", share: str = "") -> str:
        """Add an overdue invoice; Bokhylla holds the customer's own part alone."""
        return self.simulator.add_invoice(share or total, "2025-02-01", "2025-03-03", currency=currency or "SEK")

    def add_draft(self) -> str:
        """Add an invoice that is not booked."""
        return self.simulator.add_invoice("12500.00", "2025-02-01", "2025-03-03", state="draft")

    def add_due_today(self) -> str:
        """Add an invoice that is due today."""
        return self.simulator.add_invoice("12500.00", "2025-02-01", str(TODAY))

    def credit(self, ref: str) -> None:
        """Credit an invoice wholly."""
        self.simulator.credit(ref)

    def spoil(self, ref: str) -> None:
        """Make an invoice unreadable."""
        self.simulator.invoices[ref]["due"] = "soon"

    def pay(self, ref: str, amount: str) -> str:
        """Book a payment to the company's own bank."""
        return self.simulator.pay(ref, amount, str(PAID_ON))

    def take_back(self, payment_ref: str) -> None:
        """Delete a payment."""
        self.simulator.take_back(payment_ref)

    def remind(self, ref: str) -> int:
        """Note a reminder that its people wrote."""
        self.simulator.invoices[ref]["reminders"] += 1
        return int(self.simulator.invoices[ref]["reminders"])

    def sent_to_debtors(self) -> int:
        """Return 0: Bokhylla sends nothing."""
        return 0

    def write(self, sample: str) -> Write:
        """Return a new write that can be made now."""
        if sample == "mark_invoice":
            return MarkInvoice(self.add_invoice(), "Inkasso A-1")
        currency = "EUR" if sample == "foreign payment" else "SEK"
        amount = "12500.01" if sample == "payment above what is open" else "500.10"
        payment = BookPayment(self.add_invoice(currency=currency), Money.parse(amount, currency), PAID_ON, "KB", "1689")
        if sample != "bookkeep_payment":
            return payment
        key = f"made-{len(self.simulator.orders)}"
        return BookkeepPayment(self.connector.send(payment, self.connector.prepare(payment, key), key).remote_ref, payment.invoice_ref)

    def count(self, write: Write) -> int:
        """Return how often its effect stands in the books."""
        payments = self.simulator.payments
        if isinstance(write, BookPayment):
            return sum(row["invoice"] == write.invoice_ref and row["by"] == "program" for row in payments.values())
        if isinstance(write, BookkeepPayment):
            return int(payments[write.payment_ref]["booked"])
        return int(isinstance(write, MarkInvoice) and self.simulator.invoices[write.invoice_ref]["note"] == write.text)

    def refuses_first(self, write: Write) -> bool:
        """Tell that no write is refused at first."""
        return False

    def break_next(self, fault: str, write: Write | None = None) -> None:
        """Let the next write, or read, go wrong."""
        self.simulator.faults.arm(fault, method="PUT" if write else "GET")

    def break_often(self, rate: float) -> None:
        """Let this share of all requests go wrong."""
        self.simulator.faults.rate = rate

    @contextmanager
    def refusing(self, write: Write) -> Iterator[None]:
        """Close the books for a while."""
        self.simulator.takes_orders = False
        yield
        self.simulator.takes_orders = True

    def expire_token(self) -> None:
        """Do nothing: a key never runs out."""

    def lose_renewal(self) -> None:
        """Let the books be silent for one whole read: nothing is renewed here."""
        self.simulator.faults.arm("drop_after", method="GET", times=READ_TRIES)

    def revoke_login(self) -> None:
        """Give the company another key."""
        self.simulator.key = "another"
