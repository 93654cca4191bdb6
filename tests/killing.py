"""Commands in a process of their own that dies, for real, at an armed place of the run.

The process is a fork of one that has imported everything, so that it need not start a Python of its own each time.
"""

import multiprocessing
import os
import signal

from cli import main
from core.engine import crash

PLACES = [place for place in crash.POINTS if place.startswith(("plan", "deliver"))]

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["__main__", __name__, "commands.run", "commands.tenants", "connectors.fortnox.connector", "agencies.feed", "letters", "core.letterbox"]
)


def run_killed(place):
    """Run the tenant in a process that dies at a place; return whether it got there."""
    return is_killed(place, "run", "--tenant", "t")


def is_killed(place, *arguments):
    """Type a command in a process that dies at a place; return whether it got there."""
    child = PROCESSES.Process(target=_type, args=({**os.environ, "KRAVBRO_CRASH": f"{place}:1"}, arguments))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
    return child.exitcode == -signal.SIGKILL


def _type(environment, arguments):
    os.environ.update(environment)
    crash.arm(environment["KRAVBRO_CRASH"])
    main(list(arguments))
