"""What the people of a simulated company do by themselves: every day, and while a client reads page after page."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta
from decimal import Decimal

from simulators.bankdays import working_day
from simulators.visma_company import Company
from simulators.visma_world import RefusedError


def book_bank(company: Company) -> None:
    """Book the bank's fee of each bank day up to yesterday that is not booked yet, where the company's people do so by themselves."""
    while company.bank_booked_until is not None:
        on = working_day(company.bank_booked_until + timedelta(days=1))
        if on >= company.world.today():
            return
        company.bank_booked_until = on
        with contextlib.suppress(RefusedError):  # a locked period, or a year that is not open
            company.book_bank(on, "Bankavgift", Decimal("-2.00"), company.books.chart.bank_fee)


def act(company: Company, kind: str, seed: int) -> None:
    """Change, pay or add to an invoice that is open, as the kind of `kit.PEOPLE_KINDS` says; without one nothing happens."""
    idents = [ident for ident, one in company.invoicing.invoices.items() if one["_left"] > 0 and not one["IsCreditInvoice"]]
    if not idents:
        return
    ident = random.Random(seed).choice(idents)
    seen, today = company.invoicing.invoices[ident], company.world.today()
    with contextlib.suppress(RefusedError):  # a locked period: then nobody books anything
        if kind == "paid_between":
            company.pay_invoice(ident)
        elif kind == "added_between":
            company.add_invoice(seen["CustomerId"], seen["TotalAmountInvoiceCurrency"], today, today + timedelta(days=30))
        else:
            company.set_invoice(ident, DueDate=seen["DueDate"] + timedelta(days=14))
