"""Commands in a process of their own that dies, for real, at an armed place of the run.

The process is a fork of one that has imported everything, so that it need not start a Python of its own each time.
"""

import multiprocessing
import os
import signal

from fastapi.testclient import TestClient

from cli import main
from commands.wiring import open_app
from core.engine import crash
from portal.app import create_app

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


def report_at_once(story, keys, path, body):
    """Deliver one report under each of these keys, each by a server of its own, all at the same moment."""
    together = PROCESSES.Barrier(len(keys))
    children = [PROCESSES.Process(target=_report, args=(dict(os.environ), story.key, key, path, body, together)) for key in keys]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * len(keys)


def _report(environment, api_key, key, path, body, together):
    os.environ.update(environment)
    app = open_app()
    agency = TestClient(create_app(app.database, app.vault, app.clock), headers={"Authorization": f"Bearer {api_key}"})
    together.wait(60)
    answer = agency.post(f"/v1{path}", json=body, headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
