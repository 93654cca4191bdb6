"""The process under test in the demo: runs tenants when its parent says so, one JSON line each.

It is a fork of a process that has imported everything and opened nothing: it is killed for real, at armed places, and the next one need not
start a Python of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from commands.wiring import AGENCIES, CONNECTORS, App, load_adapter, open_app
from core.engine import crash
from core.errors import KravbroError

__all__ = ["KILLED", "main"]

KILLED: Final[dict[str, object]] = {"killed": True}
"""What is said of a process that was killed, in place of its answer."""


def main() -> None:
    """Let one process after the other answer standard input until it ends, or until one of them ends by something else than a kill."""
    for kind, names in (("connector", CONNECTORS), ("agency", AGENCIES)):
        for name in names:
            load_adapter(kind, name)
    while child := os.fork():
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != -signal.SIGKILL:
            sys.exit(code)
        _say(KILLED)
    _answer()


def _answer() -> None:
    """Read "run TENANT", "print TENANT FILE" and "arm PLACE:N" until standard input ends."""
    app = open_app()
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "arm":
            crash.arm(rest)
            answer: dict[str, object] = {"armed": rest}
        else:
            try:
                answer = asdict(app.run(rest)) if verb == "run" else {"printed": _print(app, rest)}
            except KravbroError as error:
                answer = {"error": str(error), "exit_code": error.exit_code}
        _say(answer)


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _print(app: App, rest: str) -> int:
    tenant, _, file = rest.partition(" ")
    return app.print_letters(tenant, Path(file))


if __name__ == "__main__":
    main()
