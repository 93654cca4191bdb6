"""Decisions with reasons, per second of one core, beside Tryton's account_dunning on the same lines."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.lines import TODAY, lines
from core.law import load_law
from core.policy import explain, load_policy, load_template, stage

__all__ = ["run"]

ROUNDS = 5


def run(*, small: bool) -> Iterator[tuple[str, str]]:
    """Yield what was measured; of several rounds the best, since others use the machine too."""
    count = 2_000 if small else 20_000
    law, policy = load_law(), load_policy(load_template("se-standard"), "se-standard")
    facts = [line.facts for line in lines(count)]
    decided = [stage(one, policy, law, TODAY) for one in facts]
    best, told = 0.0, 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for one in facts:
            stage(one, policy, law, TODAY)
        best = max(best, count / (time.process_time() - started))
        started = time.process_time()
        for decision in decided[: count // 10]:
            explain(decision, "en")
        told = max(told, count / 10 / (time.process_time() - started))
    reasons = sum(len(decision.reasons) for decision in decided)
    yield f"decisions, {count} open invoices, {reasons} reasons", f"{best:,.0f} a second a core (wanted: 50,000)"
    yield "decisions told in sentences", f"{told:,.0f} a second a core"
    yield from _tryton(500 if small else 2_000, best)


def _tryton(count: int, ours: float) -> Iterator[tuple[str, str]]:
    """Have Tryton decide the same lines, in the environment `KRAVBRO_TRYTON` names the interpreter of."""
    python = os.environ.get("KRAVBRO_TRYTON", "")
    if not python:
        yield "Tryton account_dunning", "not run: KRAVBRO_TRYTON names no interpreter with trytond-account-dunning"
        return
    given = {"today": str(TODAY), "lines": [[line.facts.invoice.open.text(), str(line.facts.invoice.due_on)] for line in lines(count)]}
    script = Path(__file__).with_name("tryton_dunning.py")
    done = subprocess.run([python, str(script)], input=json.dumps(given), capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    theirs = found["overdue"] / found["decide_s"]
    name = f"Tryton {found['version']} account_dunning, {found['overdue']} overdue of {count} lines"
    yield f"{name}: read and tested, not saved", f"{theirs:,.0f} lines a second a core; ours is {ours / theirs:,.0f} times that"
    yield f"{name}: the whole of `generate_dunnings`", f"{found['overdue'] / found['generate_s']:,.0f} lines a second a core"
