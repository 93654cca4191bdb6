"""Clients that others wrote, each in a process of its own, on a simulator behind a loopback port."""

import json
import subprocess
import sys
from pathlib import Path

from simulators import kit

PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"


def told(program, simulator, *arguments):
    """What a program of this folder prints about the simulator it was led to; the environment of ours is not its."""
    assert PYTHON.exists(), "The clients of others are not installed: run `make clients`."
    with kit.Served(simulator) as served:
        command = [PYTHON, Path(__file__).with_name(program), served.url, *arguments]
        done = subprocess.run(command, check=False, env={}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
