"""A Fortnox company to test against: the simulator in this process, its clock, a token store and a budget."""

from __future__ import annotations

from pathlib import Path

from connectors.contract.bench import NOW
from connectors.contract.parts import BenchClock, Documents, InProcess, MemoryTokens, WindowBudget, session_with
from connectors.fortnox.connector import FortnoxConnector, build
from simulators import kit
from simulators.fortnox import Company, FortnoxSimulator, Switches

SETTINGS = {"client_id": "demo", "client_secret": "demo-secret-1", "tenant_id": "1001"}
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class Bench:
    """Everything a test needs: `connector`, `company` (its people's side), `simulator`, `adapter`, `clock`."""

    def __init__(self, folder: Path, switches: Switches | None = None) -> None:
        clock = kit.MemoryClock(NOW.timestamp())
        self.clock, self.tokens, self.documents = BenchClock(clock), MemoryTokens(), Documents()
        self.simulator = FortnoxSimulator(clock=clock, switches=switches)
        self.simulator.add_client("demo", "demo-secret-1", "http://127.0.0.1:8765/")
        self.company: Company = self.simulator.add_company(1001, "Testbolaget AB")
        self.simulator.consent("demo", 1001)
        self.adapter = InProcess(self.simulator)
        self.session = session_with(self.adapter)
        self.budget = WindowBudget(self.clock)
        self.connector = self.build()

    def build(self, **settings: str) -> FortnoxConnector:
        return build(
            SETTINGS | settings,
            clock=self.clock,
            budget=self.budget,
            tokens=self.tokens,
            documents=self.documents,
            session=self.session,
        )

    def arm(self, kind: str, method: str, path_part: str, times: int = 1) -> None:
        self.simulator.faults.arm(kind, method=method, path_part=path_part, times=times)

    def add_overdue(self, total: str = "12500.00", **fields: object) -> str:
        number = self.company.add_customer("Kund Ett AB", "556677-0019", "kund@example.com")
        return self.company.add_invoice(number, total, "2025-02-01", "2025-03-03", **fields)
