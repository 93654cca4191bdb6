"""What holds and disputes leave to be asked for, on a day: the same answer for deciding, for acting and for telling the agency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from core.law import add_bank_days, next_bank_day
from core.model import Invoice
from core.money import Money
from core.policy.facts import Hold, HoldKind

__all__ = ["FLOAT_BANK_DAYS", "YEAR_MAX", "Standing", "float_ends", "last_day", "plus", "standing"]

FLOAT_BANK_DAYS: Final = 3
"""Bank days between a deadline and the next step: a payment of the last day is booked by then (facts: bookings)."""

YEAR_MAX: Final = 9000
"""Days beyond it are "never": nothing is added to them, so that a hold until 9999-12-31 can't overflow a date."""

_DAYS_TO_PAY: Final = (HoldKind.PROMISE, HoldKind.PLAN, HoldKind.DEFERRAL)
"""Holds whose last day is a day to pay on, so that a payment of that day must have time to be booked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of an invoice on a day.

    Attributes:
        stops: holds that stop every step.
        disputed: what is disputed of what is open, in the invoice's currency; never more than that.
        asks: what may be asked for: open less disputed.
        dispute_text: what the debtor objects to.
    """

    stops: tuple[Hold, ...]
    disputed: Money
    asks: Money
    dispute_text: str = ""


def standing(invoice: Invoice, holds: Iterable[Hold], today: date, country: str) -> Standing:
    """Return what may be asked for on an invoice today, and what stops the rest.

    A part dispute lets the undisputed part go on and stops the disputed one at every level; one that reaches what is open, as it
    does once the rest was paid, stops everything (facts: bookings, "Debtors").
    """
    nothing = Money.zero(invoice.currency)
    still_open = invoice.open if invoice.open.minor > 0 else nothing
    active = [hold for hold in holds if hold.from_on <= today <= last_day(hold, country)]
    if not active:  # as nearly always
        return Standing((), nothing, still_open)
    parts = [hold for hold in active if _is_part(hold, invoice.currency)]
    whole = [hold for hold in active if hold.kind == HoldKind.DISPUTE and hold not in parts]
    disputed = still_open if whole else min(still_open, Money.sum((hold.amount for hold in parts if hold.amount), invoice.currency))
    stops = [hold for hold in active if hold not in parts]
    if parts and disputed >= still_open:
        stops += parts
    text = "; ".join(hold.reason for hold in active if hold.kind == HoldKind.DISPUTE)
    return Standing(tuple(stops), disputed, max(still_open - disputed, nothing), text)


def last_day(hold: Hold, country: str) -> date:
    """Return the last day a hold is in force: where its end is a day to pay, the bank days in which that payment comes are in it."""
    if hold.until is None:
        return date.max
    return float_ends(country, hold.until) if hold.kind in _DAYS_TO_PAY else hold.until


@lru_cache(maxsize=8192)
def float_ends(country: str, deadline: date) -> date:
    """Return the last day on which a payment of the deadline may still come to be booked."""
    if deadline.year > YEAR_MAX:
        return date.max
    return add_bank_days(country, next_bank_day(country, deadline), FLOAT_BANK_DAYS)


def _is_part(hold: Hold, currency: str) -> bool:
    return hold.kind == HoldKind.DISPUTE and hold.amount is not None and hold.amount.minor > 0 and hold.amount.currency == currency


def plus(day: date, days: int) -> date:
    """Add days, unless the day means "never"."""
    return day + timedelta(days=days) if day.year <= YEAR_MAX else date.max
