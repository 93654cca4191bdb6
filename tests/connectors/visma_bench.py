"""An eAccounting company to test against: the simulator in this process, its clock, a token store and a budget."""

from __future__ import annotations

from pathlib import Path

from connectors.contract.bench import NOW
from connectors.contract.parts import BenchClock, Documents, InProcess, MemoryTokens, WindowBudget, session_with
from connectors.visma.connector import VismaConnector, build
from connectors.visma.consent import Consent
from simulators import kit
from simulators.visma import Company, Switches, VismaSimulator

SETTINGS = {"client_id": "demo", "client_secret": "demo-secret-1"}
CALLBACK = "http://localhost:8765/"
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class Bench:
    """Everything a test needs: `connector`, `company` (its people's side), `simulator`, `adapter`, `clock`."""

    def __init__(self, folder: Path, switches: Switches | None = None, **company: object) -> None:
        clock = kit.MemoryClock(NOW.timestamp())
        self.clock, self.tokens, self.documents = BenchClock(clock), MemoryTokens(), Documents()
        self.simulator = VismaSimulator(clock=clock, switches=switches, auto_consent="B200")
        self.simulator.add_client("demo", "demo-secret-1", CALLBACK)
        self.simulator.add_company("B100", "Byrån AB", "556012-5790")
        self.company: Company = self.simulator.add_company("B200", "Testbolaget AB", **company)
        self.company.add_bank_account("Inkasso", 1689)
        self.adapter = InProcess(self.simulator)
        self.session = session_with(self.adapter)
        self.budget = WindowBudget(self.clock)
        self.connector = self.build()

    def build(self, **settings: str) -> VismaConnector:
        return build(
            SETTINGS | settings,
            clock=self.clock,
            budget=self.budget,
            tokens=self.tokens,
            documents=self.documents,
            session=self.session,
        )

    def consent(self, **settings: str) -> None:
        """Consent in the browser, as a user of the company."""
        consent = Consent(SETTINGS | settings, clock=self.clock, session=self.session)
        reply = self.session.get(consent.authorize_url(CALLBACK, "state"), allow_redirects=False)
        code = reply.headers["Location"].partition("code=")[2].partition("&")[0]
        self.tokens.token = consent.exchange(code, CALLBACK)

    def arm(self, kind: str, method: str, path_part: str, times: int = 1) -> None:
        self.simulator.faults.arm(kind, method=method, path_part=path_part, times=times)

    def add_overdue(self, total: str = "12500.00", **fields: object) -> str:
        customer = self.company.add_customer("Kund Ett AB", "556677-0019", "kund@example.com")
        return self.company.add_invoice(customer, total, "2025-02-01", "2025-03-03", **fields)
