"""The world of `kravbro demo`: simulators, a mailbox, the feed's server and the process under test, on one virtual clock."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import requests
from aiosmtpd.controller import Controller

from commands.demo_books import Books
from commands.demo_story import COMPANIES, START, CompanyStory
from commands.demo_systems import Economic, Fortnox, Settings, System, Visma
from commands.runner import KILLED
from core.clock import WallClock
from core.errors import InvariantBrokenError
from simulators import kit
from simulators.agency import AgencySimulator

__all__ = ["World"]

ZONE = ZoneInfo("Europe/Stockholm")
"""The time of all three countries."""
SYSTEMS: Final[Mapping[str, type[Fortnox | Visma | Economic]]] = {"fortnox": Fortnox, "visma": Visma, "economic": Economic}
FAULT_RATE = 0.04


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
    books: dict[str, Books] = field(default_factory=dict)
    refs: dict[tuple[str, int], str] = field(default_factory=dict)
    """By company and the place of its story: the invoice."""

    def __enter__(self) -> Self:
        self.clock = kit.Clock(self.home / "clock")
        self.clock.set(at(START, 5).timestamp())
        self.environment = os.environ | {
            "KRAVBRO_HOME": str(self.home), "KRAVBRO_CLOCK_FILE": str(self.home / "clock"), "KRAVBRO_DATABASE_URL": self.database_url or f"sqlite:///{self.home / 'kravbro.db'}",
        }  # fmt: skip
        self.environment.pop("KRAVBRO_CRASH", None)
        os.environ.update({name: self.environment[name] for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL")})
        self.consent_port = free_port()
        given = Settings(self.clock, self.seed, FAULT_RATE if self.faults else 0.0, self.consent_port)
        self.systems: dict[str, System] = {name: system(given, kit.RequestLog(self._folder(name))) for name, system in SYSTEMS.items()}
        for story in COMPANIES:
            self.books[story.tenant] = self.systems[story.system].add_company(story)
        self.servers = {name: kit.Served(system.simulator) for name, system in self.systems.items()}
        for server in self.servers.values():
            server.__enter__()
        self.mailbox = _Mailbox(self._folder("mail"))
        self.smtp = Controller(self.mailbox, hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        self._child: subprocess.Popen[str] | None = None
        self._feed: subprocess.Popen[bytes] | None = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._child and self._child.stdin:
            self._child.stdin.close()  # it ends by itself, and with it what has forked it
            self._child.wait(timeout=30)
        if self._feed and self._feed.poll() is None:
            self._feed.terminate()
            self._feed.wait(timeout=10)
        self.smtp.stop()
        for server in self.servers.values():
            server.__exit__()

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
        """Let the virtual time come to an hour of a day there."""
        self.clock.advance_to(at(day, hour).timestamp())

    def run(self, tenant: str, crash: str = "") -> dict[str, Any]:
        """Have a child run a tenant; one that was killed is followed by another that runs it again."""
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
        found = {name: system.simulator.write_state for name, system in self.systems.items()} | {"agency": self.agency.write_state}
        for name, write in found.items():
            folder = self._folder(name)
            if folder:
                write(folder)

    def settings_of(self, story: CompanyStory) -> dict[str, str]:
        """Return what a company is connected with, besides the secret."""
        return self.systems[story.system].settings_of(story, self.servers[story.system].url)

    def calm(self) -> None:
        """Let nothing go wrong from now on."""
        for system in self.systems.values():
            system.simulator.faults.rate = 0.0

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every request that any simulator saw."""
        logs = [*(system.simulator.log for system in self.systems.values()), self.agency.log]
        return [row for log in logs for row in log.rows]

    @property
    def faults_injected(self) -> int:
        """How many requests went wrong on purpose."""
        return sum(system.simulator.faults.injected for system in self.systems.values())

    def _ask(self, line: str) -> dict[str, Any] | None:
        """Say a line to the child and return its answer; None where it was killed."""
        child = self._started()
        assert child.stdin is not None and child.stdout is not None, "the child was started with pipes"
        child.stdin.write(line + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        if not line:
            raise InvariantBrokenError(f"the demo's child ended with {child.wait(timeout=30)}")
        answer = dict(json.loads(line))
        return None if answer == KILLED else answer

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None:
            command = [sys.executable, "-m", "commands.runner"]
            self._child = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        return self._child

    def _folder(self, name: str) -> Path | None:
        return self.evidence / name if self.evidence else None


def at(day: date, hour: int) -> datetime:
    """Return an hour of a day there."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


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
