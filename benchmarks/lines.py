"""The lines every decider gets: invoices as a ledger of receivables has them on an ordinary day, the same for the same number."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from core.claim import Lifecycle, Phase
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy.facts import Action, ClaimFacts, Facts, Hold, HoldKind, Sent

__all__ = ["SHARES", "TODAY", "Line", "lines"]

TODAY = date(2025, 6, 16)

SHARES = {"not_due": 40, "waiting": 20, "to_remind": 12, "reminded": 12, "to_hand_over": 6, "at_the_agency": 4, "held": 3, "disputed": 3}
"""What is open in a hundred, by where it stands."""


@dataclass(frozen=True, slots=True)
class Line:
    """One open invoice with what is known of it, and where it stands by construction."""

    where: str
    facts: Facts


def lines(count: int, seed: int = 11) -> list[Line]:
    """Return so many open invoices, shuffled; an eighth as many debtors."""
    chance = random.Random(seed)
    debtors = [_debtor(number) for number in range(max(1, count // 8))]
    places = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    return [Line(where, _facts(chance, number, where, chance.choice(debtors))) for number, where in enumerate(places)]


def _debtor(number: int) -> Debtor:
    kind = DebtorKind.CONSUMER if number % 4 == 0 else DebtorKind.BUSINESS
    return Debtor(
        str(number), f"Kund {number}", kind, "5560360793", Address("Gatan 1", "", "11122", "Stockholm", "SE"), email="k@example.com"
    )


def _facts(chance: random.Random, number: int, where: str, debtor: Debtor) -> Facts:
    late = chance.randint(*_LATE[where])
    due_on = TODAY - timedelta(days=late)
    total = Money(chance.randint(300_00, 50_000_00), "SEK")
    invoice = Invoice(
        str(number), str(number), InvoiceKind.INVOICE, debtor.source_ref, debtor.name, total, total, due_on - timedelta(days=30), due_on
    )
    sent, holds, claim = _happened(where, due_on)
    return Facts(
        invoice, debtor, sent, holds, claim, postings_until=TODAY, agency="nord", reminder_fee_agreed=True, live_from=date(2024, 1, 1)
    )


_LATE = {
    "not_due": (-30, 0), "waiting": (1, 6), "to_remind": (7, 20), "reminded": (10, 17), "to_hand_over": (40, 90), "at_the_agency": (60, 300),
    "held": (10, 60), "disputed": (10, 60),
}  # fmt: skip
"""Days past the due date."""


def _happened(where: str, due_on: date) -> tuple[tuple[Sent, ...], tuple[Hold, ...], ClaimFacts | None]:
    went_on = due_on + timedelta(days=8)
    letter = Sent(Action.REMIND, "confirmed", went_on, went_on + timedelta(days=10), announces_collection=True, fee=Money(60_00, "SEK"))
    sent = (letter,) if where in ("reminded", "to_hand_over", "at_the_agency") else ()
    kinds = {"held": HoldKind.PROMISE, "disputed": HoldKind.DISPUTE}
    holds = (Hold("h", kinds[where], "invoice", "as agreed", due_on, TODAY + timedelta(days=9)),) if where in kinds else ()
    claim = ClaimFacts("c" * 32, "nord", Lifecycle.ACTIVE, Phase.AMICABLE) if where == "at_the_agency" else None
    return sent, holds, claim
