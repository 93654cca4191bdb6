"""An e-conomic agreement to test against: the simulator in this process, its clock, a budget."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import requests

from connectors.economic.connector import EconomicConnector, build
from core.clock import FileClock
from simulators import kit
from simulators.economic import EconomicSimulator, Switches
from tests.connectors.fortnox_bench import Documents, InProcess, MemoryTokens, WindowBudget

TODAY = datetime.fromisoformat("2025-04-15T08:00:00+00:00")
CVR = "10150817"
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class Bench:
    """Everything a test needs: `connector`, `agreement` (its people's side), `simulator`, `adapter`, `clock`."""

    def __init__(self, folder: Path, switches: Switches | None = None, **settings: str) -> None:
        path = folder / "clock"
        kit.Clock(path).set(TODAY.timestamp())
        self.clock, self.documents = FileClock(path), Documents()
        self.simulator = EconomicSimulator(clock=kit.Clock(path), switches=switches)
        self.simulator.add_app("public", "app-secret-1")
        self.agreement = self.simulator.add_agreement(1001, "Testbageriet ApS", CVR)
        self.token = self.simulator.grant("public", 1001)
        self.adapter = InProcess(self.simulator)
        self.session = requests.Session()
        self.session.trust_env = False  # nothing leaves the process, so no proxy is looked for
        self.session.mount("https://", self.adapter)
        self.budget = WindowBudget(self.clock)
        self.settings = {"app_secret_token": "app-secret-1", "grant_token": self.token, "agreement_number": "1001"} | settings
        self.connector = self.build()
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
