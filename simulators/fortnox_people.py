"""What the people of a simulated company do while a client reads page after page."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta

from simulators.fortnox_company import Company
from simulators.fortnox_world import RefusedError, day


def act(company: Company, kind: str, seed: int) -> None:
    """Change, pay or add to an invoice that is open, as the kind of `kit.PEOPLE_KINDS` says; without one nothing happens."""
    numbers = [record.number for record in company.invoicing.records.values() if record.detail["Booked"] and record.open > 0]
    if not numbers:
        return
    number = random.Random(seed).choice(numbers)
    seen, today = company.invoice(number), company.world.today()
    with contextlib.suppress(RefusedError):  # a locked period: then nobody books anything
        if kind == "paid_between":
            company.pay_invoice(number)
        elif kind == "added_between":
            company.add_invoice(seen["CustomerNumber"], str(seen["Total"]), today, today + timedelta(days=30))
        else:
            company.set_invoice(number, DueDate=(day(seen["DueDate"]) + timedelta(days=14)).isoformat())
