"""What many tests share: markers that need something outside, and a throw-away PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store.database import Database

pytest.register_assert_rewrite("connectors.contract.suite")  # a test that lives in the package
pytest_plugins = ["tests.story"]

SPECS = os.environ.get("KRAVBRO_SPECS", "")


_LEFT_OUT = pytest.StashKey[int]()

LONGEST = ("test_demo.py", "test_demo_calm.py", "test_demo_postgres.py")
"""The files that take minutes. They come first, longest first: begun last, one of them would be all that runs at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the vendors' specs where they are not here, and begin with what takes longest."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
    out = [] if SPECS else [item for item in items if item.get_closest_marker("specs")]
    if out:
        items[:] = [item for item in items if not item.get_closest_marker("specs")]
        config.hook.pytest_deselected(items=out)
    config.stash[_LEFT_OUT] = len(out)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: tests that wait for the disk or for another process leave theirs idle a quarter of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that started this worker how many were left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the number from a worker; each of them collected everything."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the one line about what was left out."""
    if config.stash.get(_LEFT_OUT, 0):
        terminalreporter.write_line(f"{config.stash[_LEFT_OUT]} tests that read the vendors' specs were left out: KRAVBRO_SPECS is not set")


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder with the vendors' specs, recorded answers and the law's data."""
    return Path(SPECS)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, on a socket in a folder of its own (not pytest's: its server's user must get in)."""
    bins = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path(shutil.which("initdb") or "/nowhere").parent]
    bin_ = next((folder for folder in bins if (folder / "initdb").exists()), None)
    assert bin_ is not None, "PostgreSQL's server programs are missing: run tools/postgres.sh"
    root = Path(tempfile.mkdtemp(prefix="kravbro-pg-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(root, "postgres")
    data = root / "data"
    subprocess.run(
        [*as_user, bin_ / "initdb", "-D", data, "-A", "trust", "-U", "kravbro", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={root} -c fsync=off"
    start = [*as_user, bin_ / "pg_ctl", "-D", data, "-w", "-l", root / "log", "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd="/")
    yield f"postgresql+psycopg://kravbro@/postgres?host={root}"
    subprocess.run([*as_user, bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    shutil.rmtree(root)


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> str:
    """The same server, with nothing of ours in it."""
    database = Database(postgres_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    database.close()
    return postgres_url
