"""`serve` as an operator sees it: one line, requests over real HTTP, chores beside it, a clean end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from core.errors import ConfigError
from portal import serve as module
from portal.serve import serve

SCRIPT = """
import sys
from pathlib import Path
from core.clock import WallClock
from core.store.database import Database
from core.store.migrate import upgrade
from core.vault import Vault
from portal.app import create_app
from portal.serve import serve

folder = Path(sys.argv[1])
database = Database(f"sqlite:///{folder / 'feed.db'}")
upgrade(database)

def chore():
    (folder / "chore").touch()
    raise ValueError("a chore that fails must not end the server")

serve(create_app(database, Vault(b"k" * 32), WallClock()), "127.0.0.1", 0, chores=[chore], pause_s=0.05)
"""


@pytest.fixture
def server(tmp_path):
    root = Path(module.__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_told_to_stop(server, sign):
    line = server.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:")
    url = line.split()[-1]
    assert requests.get(f"{url}/v1/health", timeout=10).json() == {"status": "ok"}
    assert requests.get(f"{url}/v1/events", headers={"Authorization": "Bearer kb_secret"}, timeout=10).status_code == 401
    server.send_signal(sign)
    rest, errors = server.communicate(timeout=20)
    assert (rest, server.returncode) == ("", 0)
    assert errors.splitlines() == ["A background chore failed: ValueError"] * len(errors.splitlines())


def test_chores_run_though_they_fail(server, tmp_path):
    server.stdout.readline()
    deadline = time.monotonic() + 10
    while not (tmp_path / "chore").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    (tmp_path / "chore").unlink()
    while not (tmp_path / "chore").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "chore").exists()
    assert server.poll() is None


def test_port_in_use_is_a_setting():
    with module._listen("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match="can't be listened on"):
        serve(None, "127.0.0.1", taken.getsockname()[1])


def test_chores_end_with_the_server():
    before = threading.active_count()
    with module._background([lambda: None, lambda: None], 0.01):
        assert threading.active_count() == before + 2
    assert threading.active_count() == before


def test_slow_chore_holds_up_no_other():
    slow, other = threading.Event(), threading.Event()
    with module._background([lambda: slow.wait(5), other.set], 0.01):
        assert other.wait(2)
        slow.set()
