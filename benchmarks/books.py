"""A tenant connected to a simulated Fortnox in a process of its own, on a virtual clock: waiting for the rate limit costs no time."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from click.testing import CliRunner

from commands.wiring import App, open_app
from simulators import kit
from simulators.fortnox import FortnoxSimulator

__all__ = ["TODAY", "Books"]

TODAY = date(2025, 4, 15)
ORG_NO = "556677-8899"
CLIENT, CLIENT_WORD = "bench", "bench-client-word"


class Books:
    """So many open invoices behind a loopback port, and a tenant `t` whose books they are."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="kravbro-bench-")
        home = Path(self._folder.name)
        alone = multiprocessing.get_context("spawn")
        ours, theirs = alone.Pipe()
        self._child = alone.Process(target=_serve, args=(str(home / "clock"), self._count, theirs), daemon=True)
        self._child.start()
        theirs.close()  # a child that dies is told by the end of the pipe
        self.url: str = ours.recv()
        self._before = {name: os.environ.get(name) for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL")}
        os.environ.update({"KRAVBRO_HOME": str(home), "KRAVBRO_CLOCK_FILE": str(home / "clock")})
        os.environ.pop("KRAVBRO_DATABASE_URL", None)
        self._connect(home)
        self.app: App = open_app()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._child.terminate()
        self._child.join()
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        self._folder.cleanup()

    def _connect(self, home: Path) -> None:
        from cli import cli

        word = home / "word"
        word.write_text(CLIENT_WORD)
        settings = {"client_id": CLIENT, "tenant_id": "1001", "api_url": self.url, "apps_url": self.url}
        given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        for typed in (
            ["db", "init"],
            ["connect", "fortnox", "--tenant", "t", "--org-no", ORG_NO, "--secret-file", str(word), *given],
            ["policy", "use", "t", "se-standard"],
        ):
            done = CliRunner().invoke(cli, typed)
            assert done.exit_code == 0, (typed, done.output, done.exception)


def _serve(clock_file: str, count: int, pipe: Connection) -> None:
    """Build the company and serve it until the parent ends this process."""
    clock = kit.Clock(Path(clock_file))
    clock.set(datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC).timestamp())
    simulator = FortnoxSimulator(clock=clock, seed=1)
    simulator.add_client(CLIENT, CLIENT_WORD, "http://localhost:8765/")
    company = simulator.add_company(1001, "Bench AB", ORG_NO)
    simulator.consent(CLIENT, 1001)
    customers = [company.add_customer(f"Kund {number} AB", "556036-0793", "kund@example.com") for number in range(max(1, count // 8))]
    for number in range(count):
        due = TODAY + timedelta(days=30 - number % 90)
        company.add_invoice(customers[number % len(customers)], "1250.00", due - timedelta(days=30), due)
    served = kit.Served(simulator)
    pipe.send(served.url)
    with suppress(KeyboardInterrupt):
        served.serve_until_interrupted()
