"""A long-lived child of the demo: runs tenants when its parent says so, one JSON line each.

It is the process under test: the parent kills it for real, at armed places, and starts another.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from commands.wiring import open_app
from core.engine import crash
from core.errors import KravbroError

__all__ = ["main"]


def main() -> None:
    """Read "run TENANT" and "arm PLACE:N" from standard input until it ends."""
    app = open_app()
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "arm":
            crash.arm(rest)
            answer: dict[str, object] = {"armed": rest}
        else:
            try:
                answer = asdict(app.run(rest))
            except KravbroError as error:
                answer = {"error": str(error), "exit_code": error.exit_code}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
