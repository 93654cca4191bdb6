"""A backtest over 24 months, beside the same replay that decides on every day instead of the days a decision names."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Final
from unittest.mock import patch

from core.backtest import Assumptions, Replay, as_mapping, chart, replay, report
from core.history import PastInvoice, PastPayment
from core.law import Law, load_law
from core.model import DebtorKind
from core.money import Money
from core.policy import Policy, load_policy, load_template, stage
from core.policy.facts import Decision, Facts

__all__ = ["run"]

SINCE, UNTIL = date(2023, 4, 1), date(2025, 3, 31)
LATE: Final = (*(-2,) * 6, 0, 0, 0, 3, 5, 8, 12, 20, 40, 90, 200, None)
"""Days after the due date, None for never: half are in time."""


def run(*, small: bool) -> Iterator[tuple[str, str]]:
    """Yield the time of a backtest with its report, JSON and chart, on one core."""
    count = 2_000 if small else 20_000
    history = past(count)
    started = time.process_time()
    done = _replay(history)
    replayed = time.process_time() - started
    found = report(done, Assumptions(), "SEK")
    json.dumps(as_mapping(found))
    chart(found)
    spent = time.process_time() - started
    days = f"{done.decisions} decisions, {len(done.events)} letters and claims"
    yield (
        f"backtest, {count} invoices over 24 months ({days})",
        f"{spent:.1f} s on one core (wanted: 60 s on two); {replayed:.1f} s of it replay",
    )
    few = history[:: max(1, count // 500)]
    started = time.process_time()
    sparse = _replay(few)
    on_named_days = time.process_time() - started
    started = time.process_time()
    with patch.object(import_module("core.backtest.replay"), "stage", _every_day):
        daily = _replay(few)
    on_every_day = time.process_time() - started
    assert daily.events == sparse.events, "the days between change nothing"
    times = on_every_day / on_named_days
    yield (
        f"the same of {len(few)} invoices, deciding every day an open one could move",
        f"{on_every_day:.2f} s; on named days {on_named_days:.2f} s, {times:.1f} times as fast",
    )


def past(count: int, seed: int = 11) -> list[PastInvoice]:
    """Return so many invoices due within the 24 months; every tenth was paid in two parts."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        due_on = SINCE + timedelta(days=chance.randrange((UNTIL - SINCE).days + 1))
        total, debtor, late = Money(chance.randint(300_00, 50_000_00), "SEK"), chance.randrange(max(1, count // 8)), chance.choice(LATE)
        parts = [] if late is None else total.split([1, 1]) if number % 10 == 0 else [total]
        payments = tuple(PastPayment(due_on + timedelta(days=(late or 0) + 14 * part), amount) for part, amount in enumerate(parts))
        kind = DebtorKind.CONSUMER if debtor % 4 == 0 else DebtorKind.BUSINESS
        found.append(PastInvoice(str(number), str(number), str(debtor), total, due_on - timedelta(days=30), due_on, payments, kind, "SE"))
    return found


def _replay(history: list[PastInvoice]) -> Replay:
    policy = load_policy(load_template("se-standard"), "se-standard")
    return replay(history, policy, load_law(), SINCE, UNTIL, Assumptions(), fee_since=SINCE)


def _every_day(facts: Facts, policy: Policy, law: Law, today: date) -> Decision:
    decision = stage(facts, policy, law, today)
    return decision._replace(next_on=today + timedelta(days=1)) if facts.invoice.open.minor > 0 else decision
