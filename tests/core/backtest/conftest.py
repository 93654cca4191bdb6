"""A small past: invoices of 1,000 kronor, due Monday 2024-05-06, under the standard policy."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.backtest import Assumptions, replay, report
from core.history import PastInvoice, PastPayment
from core.law import load_law
from core.model import DebtorKind
from core.money import Money
from core.policy import load_policy, load_template

DUE = date(2024, 5, 6)


class Bench:
    law = load_law()
    policy = load_policy(load_template("se-standard"), "se-standard")
    cautious = load_policy(load_template("se-cautious"), "se-cautious")
    since, until = date(2024, 4, 1), date(2025, 3, 31)
    due = DUE

    def past(self, ref="1", paid_after=None, **changes):
        """An invoice that was paid so many days after its due date, or never."""
        payments = () if paid_after is None else (PastPayment(DUE + timedelta(days=paid_after), Money(1000_00, "SEK")),)
        plain = PastInvoice(ref, ref, "7", Money(1000_00, "SEK"), date(2024, 4, 5), DUE, payments, DebtorKind.BUSINESS, "SE")
        return replace(plain, **changes)

    def replay(self, *history, policy=None, assumptions=Assumptions(), **more):  # noqa: B008
        return replay(history, policy or self.policy, self.law, self.since, self.until, assumptions, **more)

    def report(self, *history, assumptions=Assumptions(), **more):  # noqa: B008
        return report(self.replay(*history, assumptions=assumptions, **more), assumptions, "SEK")

    def events(self, *history, **more):
        return [(str(event.on), str(event.action)) for event in self.replay(*history, **more).events]


@pytest.fixture
def bench():
    return Bench()
