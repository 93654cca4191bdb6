"""The world of `kravbro demo`: simulators, a mailbox, the feed's server and the process under test, on one virtual clock."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import requests
from aiosmtpd.controller import Controller

from commands.demo_story import COMPANIES, START, CompanyStory
from core.clock import WallClock
from core.errors import InvariantBrokenError
from simulators import kit
from simulators.agency import AgencySimulator
from simulators.fortnox import Company, FortnoxSimulator

__all__ = ["World"]

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CLIENT, CLIENT_KEY = "kravbro-demo", "demo-client-secret"


class _Mailbox:
    """Keeps every mail it is given, as files where evidence is wanted."""

    def __init__(self, folder: Path | None) -> None:
        self.count, self._folder = 0, folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        self.count += 1
        if self._folder:
            (self._folder / f"{self.count:04}.eml").write_bytes(envelope.content)
        return "250 OK"


@dataclass
class World:
    """Everything that runs during a demo."""

    home: Path
    seed: int
    faults: bool
    evidence: Path | None
    database_url: str = ""
    crashes: int = 0
    companies: dict[str, Company] = field(default_factory=dict)
    numbers: dict[tuple[str, int], str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(at(START, 5).timestamp())
        self.environment = os.environ | {
            "KRAVBRO_HOME": str(self.home), "KRAVBRO_CLOCK_FILE": str(self.home / "clock"), "KRAVBRO_DATABASE_URL": self.database_url or f"sqlite:///{self.home / 'kravbro.db'}",
        }  # fmt: skip
        self.environment.pop("KRAVBRO_CRASH", None)
        os.environ.update({name: self.environment[name] for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL")})
        kinds = ("throttled_retry_after", "error_before", "error_after", "drop_before", "drop_after", *kit.PAGE_KINDS)
        plan = kit.Faults(seed=self.seed, rate=0.04 if self.faults else 0.0, kinds=kinds)
        self.fortnox = FortnoxSimulator(clock=self.clock, seed=self.seed, faults=plan, log=kit.RequestLog(self._folder("fortnox")))
        self.fortnox.add_client(CLIENT, CLIENT_KEY, "http://localhost:8765/")
        for story in COMPANIES:
            self.companies[story.tenant] = self._company(story)
        self.fortnox_server = kit.Served(self.fortnox)
        self.fortnox_server.__enter__()
        self.mailbox = _Mailbox(self._folder("mail"))
        self.smtp = Controller(self.mailbox, hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        self._child: subprocess.Popen[str] | None = None
        self._feed: subprocess.Popen[bytes] | None = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in (self._child, self._feed):
            if process and process.poll() is None:
                process.terminate()
                process.wait(timeout=10)
        self.smtp.stop()
        self.fortnox_server.__exit__()

    def start_feed(self, key: str, stories: dict[str, str]) -> None:
        """Start the feed's server and the agency that works on it."""
        port = free_port()
        command = [sys.executable, "-m", "cli", "serve", "--port", str(port)]
        self._feed = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        self.feed_url = f"http://127.0.0.1:{port}"
        wait_for(f"{self.feed_url}/v1/health")
        log = kit.RequestLog(self._folder("agency"))
        self.agency = AgencySimulator(
            name="Nordinkasso", base_url=self.feed_url, api_key=key, clock=self.clock, seed=self.seed, log=log, stories=stories,
            hostile=self.faults,
        )  # fmt: skip

    def to(self, day: date, hour: int) -> None:
        """Let the virtual time come to an hour of a day in Sweden."""
        self.clock.advance_to(at(day, hour).timestamp())

    def run(self, tenant: str, crash: str = "") -> dict[str, Any]:
        """Have the child run a tenant; a child that was killed is followed by another that runs it again."""
        if crash:
            self._ask(f"arm {crash}")
        answer = self._ask(f"run {tenant}")
        if answer is None:
            self.crashes += 1
            answer = self._ask(f"run {tenant}")
        elif crash:
            self._ask("arm ")
        if answer is None:
            raise InvariantBrokenError("the demo's child died unasked")
        return answer

    def print_letters(self, tenant: str, name: str) -> None:
        """Have the child print what waits for the post, as the accountant does twice a week; what the books can't answer waits on."""
        folder = self._folder("print") or self.home
        folder.mkdir(parents=True, exist_ok=True)
        self._ask(f"print {tenant} {folder / name}")

    def write_evidence(self) -> None:
        """Write what the simulators hold at the end."""
        for name, simulator in (("fortnox", self.fortnox), ("agency", self.agency)):
            folder = self._folder(name)
            if folder:
                simulator.write_state(folder)

    def _ask(self, line: str) -> dict[str, Any] | None:
        """Say a line to the child and return its answer; None where it died."""
        child = self._living_child()
        assert child.stdin is not None and child.stdout is not None, "the child was started with pipes"
        child.stdin.write(line + "\n")
        child.stdin.flush()
        answer = child.stdout.readline()
        if answer:
            return dict(json.loads(answer))
        child.wait(timeout=30)
        if child.returncode != -signal.SIGKILL:
            raise InvariantBrokenError(f"the demo's child ended with {child.returncode}")
        self._child = None
        return None

    def _living_child(self) -> subprocess.Popen[str]:
        if self._child is None:
            command = [sys.executable, "-m", "commands.runner"]
            self._child = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        return self._child

    def _company(self, story: CompanyStory) -> Company:
        company = self.fortnox.add_company(
            story.database_number, story.name, story.org_no, bankgiro=bankgiro(story.database_number), email=f"ekonomi@{story.domain}"
        )
        self.fortnox.consent(CLIENT, story.database_number)
        return company

    def _folder(self, name: str) -> Path | None:
        return self.evidence / name if self.evidence else None


def at(day: date, hour: int) -> datetime:
    """Return an hour of a day in Sweden."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def bankgiro(seed: int) -> str:
    """Return a well-formed bankgiro number (Luhn, as Bankgirot's manual has it)."""
    digits = f"{5_050_000 + seed * 13:07}"[:7]
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(reversed(digits)))
    number = digits + str(-total % 10)
    return f"{number[:-4]}-{number[-4:]}"


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait until a server answers, 20 seconds at most."""
    for _ in range(200):
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            WallClock().sleep(0.1)
        else:
            return
    raise InvariantBrokenError(f"{url} does not answer")
