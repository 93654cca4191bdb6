"""An e-conomic agreement to test against: the simulator in this process, its clock, a budget."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from connectors.contract.bench import NOW
from connectors.contract.parts import BenchClock, Documents, InProcess, MemoryTokens, WindowBudget, session_with
from connectors.economic.connector import EconomicConnector, build
from core.money import Money
from core.writes import BookkeepPayment, BookPayment, BookVoucher, Receipt, VoucherRow, Write
from simulators import kit
from simulators.economic import EconomicSimulator, Switches

DAY = date(2025, 4, 10)
CVR = "10150817"
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
ROWS = (("5690", "100"), ("4310", "-100"))


class Bench:
    """Everything a test needs: `connector`, `agreement` (its people's side), `simulator`, `adapter`, `clock`."""

    def __init__(self, folder: Path, switches: Switches | None = None, **settings: str) -> None:
        clock = kit.MemoryClock(NOW.timestamp())
        self.clock, self.documents = BenchClock(clock), Documents()
        self.simulator = EconomicSimulator(clock=clock, switches=switches)
        self.simulator.add_app("public", "app-secret-1")
        self.agreement = self.simulator.add_agreement(1001, "Testbageriet ApS", CVR)
        self.token = self.simulator.grant("public", 1001)
        self.adapter = InProcess(self.simulator)
        self.session = session_with(self.adapter)
        self.budget = WindowBudget(self.clock)
        self.settings = {"app_secret_token": "app-secret-1", "grant_token": self.token, "agreement_number": "1001"} | settings
        self.connector, self.journal = self.build(), 0
        self.customer = self.agreement.add_customer("Kunde Et ApS", "13585628", "kunde@example.com")

    def build(self, **settings: str) -> EconomicConnector:
        return build(
            self.settings | settings,
            clock=self.clock,
            budget=self.budget,
            tokens=MemoryTokens(),
            documents=self.documents,
            session=self.session,
        )

    def arm(self, kind: str, method: str, path_part: str, times: int = 1) -> None:
        self.simulator.faults.arm(kind, method=method, path_part=path_part, times=times)

    def add_journal(self, code: str = "KB", **more: object) -> int:
        return self.agreement.ledger.add_journal(f"Inkasso ({code})", customerContraAccount=5690, **more)

    def add_overdue(self, total: str = "12500.00", **fields: object) -> str:
        return self.agreement.add_invoice(self.customer, total, "2025-02-17", "2025-03-03", **fields)


def made(folder: Path, **switches: object) -> Bench:
    """Return a bench that has our journal."""
    bench = Bench(folder, Switches(**switches))  # type: ignore[arg-type]
    bench.journal = bench.add_journal()
    return bench


def dkk(amount: str) -> Money:
    return Money.parse(amount, "DKK")


def payment(bench: Bench, amount: str = "500.00", **more: object) -> BookPayment:
    """Return a payment on a new invoice of 12,500.00."""
    return BookPayment(bench.add_overdue(), dkk(amount), DAY, "KB", "5690", **more)  # type: ignore[arg-type]


def voucher(*rows: tuple[str, str], on: date = DAY) -> BookVoucher:
    zero = dkk("0")
    sides = [(account, (dkk(amount), zero) if amount[0] != "-" else (zero, dkk(amount[1:]))) for account, amount in rows or ROWS]
    return BookVoucher("KB", on, on, "Afregning", tuple(VoucherRow(account, *side) for account, side in sides))


def do(bench: Bench, write: Write, key: str = KEY) -> Receipt:
    return bench.connector.send(write, bench.connector.prepare(write, key), key)


def entered(bench: Bench, **more: object) -> BookkeepPayment:
    """Enter a payment, and return the write that books it."""
    write = payment(bench, **more)  # type: ignore[arg-type]
    return BookkeepPayment(do(bench, write).remote_ref, write.invoice_ref, write)
