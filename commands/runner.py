"""A long-lived child of the demo: runs tenants when its parent says so, one JSON line each.

It is the process under test: the parent kills it for real, at armed places, and starts another.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from commands.wiring import App, open_app
from core.engine import crash
from core.errors import KravbroError

__all__ = ["main"]


def main() -> None:
    """Read "run TENANT", "print TENANT FILE" and "arm PLACE:N" from standard input until it ends."""
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
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _print(app: App, rest: str) -> int:
    tenant, _, file = rest.partition(" ")
    return app.print_letters(tenant, Path(file))


if __name__ == "__main__":
    main()
