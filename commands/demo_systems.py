"""The accounting systems of `kravbro demo`: how a company is entered in each, and what it is connected with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from commands.demo_books import Books, EconomicBooks, FortnoxBooks, VismaBooks
from commands.demo_story import CompanyStory
from simulators import kit
from simulators.economic import EconomicSimulator
from simulators.economic import Switches as EconomicSwitches
from simulators.fortnox import FortnoxSimulator
from simulators.visma import VismaSimulator

__all__ = ["CLIENT_KEY", "Economic", "Fortnox", "Settings", "System", "Visma", "mailbox_of"]

CLIENT: Final = "kravbro-demo"
CLIENT_KEY: Final = "demo-client-secret"
MAILBOXES: Final = {"SE": "ekonomi", "DK": "bogholderi", "NO": "regnskap"}
PAID_ON: Final = {"Address1": "Strandveien 8", "PostalCode": "5003", "City": "Bergen", "BankGiro": None, "Iban": "NO9386011117947"}
"""Where the Norwegian company is, and what it is paid on; the account is the example of ISO 13616's registry."""


class Simulator(Protocol):
    """What all simulators of accounting systems have."""

    faults: kit.Faults
    log: kit.RequestLog

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        ...

    def write_state(self, folder: Path) -> Path:
        """Write what it holds."""
        ...


@dataclass(frozen=True)
class Settings:
    """What the simulators of a demo are made with; the consent pages send the browser back to `port`."""

    clock: kit.Clock
    seed: int
    fault_rate: float
    port: int

    def faults(self, *more: str) -> kit.Faults:
        """Return a plan of faults."""
        kinds = ("throttled_retry_after", "error_before", "error_after", "drop_before", "drop_after", *more)
        return kit.Faults(seed=self.seed, rate=self.fault_rate, kinds=kinds)


class System(Protocol):
    """An accounting system with its companies."""

    @property
    def simulator(self) -> Simulator:
        """Its server."""
        ...

    def add_company(self, story: CompanyStory) -> Books:
        """Enter a company."""
        ...

    def settings_of(self, story: CompanyStory, url: str) -> dict[str, str]:
        """Return what a company is connected with, besides the secret."""
        ...


class Fortnox:
    """Fortnox; consent was given before, or is given on its page and leaves either no token or one to be renewed."""

    def __init__(self, given: Settings, log: kit.RequestLog) -> None:
        self.simulator = FortnoxSimulator(clock=given.clock, seed=given.seed, faults=given.faults(*kit.PAGE_KINDS), log=log)
        self.simulator.add_client(CLIENT, CLIENT_KEY, f"http://localhost:{given.port}/")

    def add_company(self, story: CompanyStory) -> Books:
        """Enter a company."""
        company = self.simulator.add_company(
            story.number, story.name, story.org_no, bankgiro=bankgiro(story.number), email=mailbox_of(story)
        )
        if story.kind == "tenant_id":
            self.simulator.consent(CLIENT, story.number)
        return FortnoxBooks(story, company)

    def settings_of(self, story: CompanyStory, url: str) -> dict[str, str]:
        """Return what a company is connected with, besides the secret."""
        login = {"tenant_id": {"tenant_id": str(story.number)}, "refresh_token": {"auth": "authorization_code"}}
        return {"client_id": CLIENT, "api_url": url, "apps_url": url, **login.get(story.kind, {})}


class Visma:
    """Visma eAccounting; an older client's refresh token is used up by each renewal, a newer one's stays.

    The newer client may also add the bank account that stands for the clearing account; for the others their people have.
    """

    def __init__(self, given: Settings, log: kit.RequestLog) -> None:
        self.simulator = VismaSimulator(clock=given.clock, seed=given.seed, faults=given.faults(*kit.PAGE_KINDS), log=log)
        for kind in ("rotating", "reusable"):
            self.simulator.add_client(f"{CLIENT}-{kind}", CLIENT_KEY, f"http://localhost:{given.port}/", refresh_tokens=kind)

    def add_company(self, story: CompanyStory) -> Books:
        """Enter a company."""
        company = self.simulator.add_company(f"C{story.number}", story.name, story.org_no, country=story.country)
        own = PAID_ON if story.country == "NO" else {"BankGiro": bankgiro(story.number)}
        company.set_company(Email=mailbox_of(story), **own)
        if story.kind == "rotating":
            company.add_bank_account("Inkasso", int(story.accounts.get("clearing", "1689")))
        return VismaBooks(story, company)

    def settings_of(self, story: CompanyStory, url: str) -> dict[str, str]:
        """Return what a company is connected with, besides the secret."""
        more = {"receivable_accounts": "1500-1509"} if story.country == "NO" else {}
        if story.kind == "reusable":
            more["scope"] = "ea:api offline_access ea:sales ea:purchase ea:accounting"
        return {"client_id": f"{CLIENT}-{story.kind}", "api_url": url, "identity_url": url, **more}


class Economic:
    """e-conomic; which sign a payment has there nobody says, so it has both."""

    def __init__(self, given: Settings, log: kit.RequestLog) -> None:
        self.simulator = EconomicSimulator(clock=given.clock, seed=given.seed, faults=given.faults(*kit.PAGE_KINDS), log=log)
        self.simulator.add_app(CLIENT, CLIENT_KEY)

    def add_company(self, story: CompanyStory) -> Books:
        """Enter a company."""
        switches = EconomicSwitches(payment_sign=1 if story.kind == "plus" else -1)
        agreement = self.simulator.add_agreement(story.number, story.name, story.org_no, switches=switches, email=mailbox_of(story))
        return EconomicBooks(story, agreement)

    def settings_of(self, story: CompanyStory, url: str) -> dict[str, str]:
        """Return what a company is connected with, besides the secret."""
        return {"app_public_token": CLIENT, "rest_url": url, "apis_url": url, "secure_url": url, "payment_sign": story.kind}


def mailbox_of(story: CompanyStory) -> str:
    """Return the address that a company's mails come from."""
    return f"{MAILBOXES[story.country]}@{story.domain}"


def bankgiro(seed: int) -> str:
    """Return a well-formed bankgiro number (Luhn, as Bankgirot's manual has it)."""
    digits = f"{5_050_000 + seed * 13:07}"[:7]
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(reversed(digits)))
    number = digits + str(-total % 10)
    return f"{number[:-4]}-{number[-4:]}"
