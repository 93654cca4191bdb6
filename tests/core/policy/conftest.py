"""One overdue invoice of 1,000 kronor, due Monday 2025-03-31, with everything in order."""

from dataclasses import replace
from datetime import date

import pytest

from core.law import load_law
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import load_policy, load_template, stage
from core.policy.facts import Action, Facts, Hold, HoldKind, Instalment, Sent

LAW = load_law()


class Bench:
    """Builds facts and decides on them."""

    remind_on = date(2025, 4, 7)
    handover_on = date(2025, 4, 25)
    policy = load_policy(load_template("se-standard"), "se-standard")
    law = LAW

    def facts(self, **changes):
        invoice = Invoice(
            "1", "1", InvoiceKind.INVOICE, "7", "Alfa AB", Money(1000_00, "SEK"), Money(1000_00, "SEK"), date(2025, 3, 1), date(2025, 3, 31)
        )
        debtor = Debtor(
            "7", "Alfa AB", DebtorKind.BUSINESS, "5560000001", Address("Gatan 1", "", "11122", "Stockholm", "SE"), email="a@b.se"
        )
        of_invoice = {name: changes.pop(name) for name in list(changes) if name in Invoice.__dataclass_fields__}
        of_debtor = {name: changes.pop(name) for name in ("kind_of_debtor", "identity_no", "address", "active") if name in changes}
        if "kind_of_debtor" in of_debtor:
            of_debtor["kind"] = of_debtor.pop("kind_of_debtor")
        base = Facts(replace(invoice, **of_invoice), replace(debtor, **of_debtor), postings_until=date(2026, 1, 1), agency="feed")
        return replace(base, **changes)

    def reminded(self, **changes):
        letter = Sent(Action.REMIND, "confirmed", date(2025, 4, 7), date(2025, 4, 17), announces_collection=True)
        return self.facts(**{"sent": (letter,), **changes})

    def hold(self, kind=HoldKind.HOLD, from_on=date(2025, 1, 1), until=None, amount=None):
        return Hold("h", kind, "invoice", "why", from_on, until, amount)

    def plan(self, *instalments, before=1000_00):
        """A plan for the invoice: (day of April or May 2025 as month and day, öre)."""
        parts = tuple(Instalment(date(2025, *on), Money(minor, "SEK")) for on, minor in instalments)
        return replace(self.hold(HoldKind.PLAN, until=parts[-1].due_on), instalments=parts, open_before=Money(before, "SEK"))

    def decide(self, facts, today, policy=None):
        return stage(facts, policy or self.policy, self.law, today)


@pytest.fixture
def bench():
    return Bench()
