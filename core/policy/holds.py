"""What holds and disputes leave to be asked for, on a day: the same answer for deciding, for acting and for telling the agency."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from core.law import add_bank_days, next_bank_day
from core.model import Invoice
from core.money import Money
from core.policy.facts import Hold, HoldKind, Instalment

__all__ = [
    "FLOAT_BANK_DAYS",
    "YEAR_MAX",
    "Standing",
    "changes_on",
    "days_passed",
    "float_ends",
    "last_day",
    "looked_at_on",
    "plus",
    "standing",
    "stops_until",
    "was_broken",
]

FLOAT_BANK_DAYS: Final = 3
"""Bank days between a deadline and the next step: a payment of the last day is booked by then (facts: bookings)."""

YEAR_MAX: Final = 9000
"""Days beyond it are "never": nothing is added to them, so that a hold until 9999-12-31 can't overflow a date."""

_DAYS_TO_PAY: Final = (HoldKind.PROMISE, HoldKind.PLAN, HoldKind.DEFERRAL, HoldKind.DIRECT_DEBIT)
"""Holds whose last day is a day to pay on, so that a payment of that day must have time to be booked."""


class Standing(NamedTuple):
    """What stands in the way of an invoice on a day.

    Attributes:
        stops: holds that stop every step.
        disputed: what is disputed of what is open, in the invoice's currency; never more than that.
        asks: what may be asked for: open less disputed, and less what is netted.
        dispute_text: what the debtor objects to.
        missed: the first instalment of each plan that the books do not show paid: such a plan stops nothing.
        netted: what of the debtor's credit is set against it (`core.policy.netting`); None where nothing is.
    """

    stops: tuple[Hold, ...]
    disputed: Money
    asks: Money
    dispute_text: str = ""
    missed: tuple[Instalment, ...] = ()
    netted: Money | None = None


def standing(invoice: Invoice, holds: Collection[Hold], today: date, country: str, small: Money) -> Standing:
    """Return what may be asked for on an invoice today, and what stops the rest.

    A part dispute lets the undisputed part go on and stops the disputed one at every level; one that reaches what is open, as it
    does once the rest was paid, stops everything (facts: bookings, "Debtors"). So does one that leaves less than the policy's small amount.
    """
    nothing = Money.zero(invoice.currency)
    still_open = invoice.open if invoice.open.minor > 0 else nothing
    begun = [hold for hold in holds if hold.from_on <= today] if holds else ()
    if not begun:  # as nearly always
        return Standing((), nothing, still_open)
    broken = {hold.id: late for hold in begun if (late := missed_instalment(hold, invoice.open, today, country, small))}
    active = [hold for hold in begun if today <= last_day(hold, country) and hold.id not in broken]
    parts = [hold for hold in active if _is_part(hold, invoice.currency)]
    whole = [hold for hold in active if hold.kind == HoldKind.DISPUTE and hold not in parts]
    disputed = still_open if whole else min(still_open, Money.sum((hold.amount for hold in parts if hold.amount), invoice.currency))
    stops = [hold for hold in active if hold not in parts]
    if parts and not _matters(still_open - disputed, small):
        stops += parts
    text = "; ".join(hold.reason for hold in active if hold.kind == HoldKind.DISPUTE)
    return Standing(tuple(stops), disputed, max(still_open - disputed, nothing), text, tuple(broken.values()))


def last_day(hold: Hold, country: str) -> date:
    """Return the last day a hold is in force: where its end is a day to pay, the bank days in which that payment comes are in it."""
    if hold.until is None:
        return date.max
    return float_ends(country, hold.until) if hold.kind in _DAYS_TO_PAY else hold.until


def stops_until(stops: Collection[Hold], today: date, invoice: Invoice, country: str) -> date:
    """Return the last day on which these surely stop everything, `date.max` for ever.

    What stops alone does so until the last of it ends; part disputes that stop together do so until the first of them ends.
    """
    alone = [looked_at_on(hold, today, country) for hold in stops if not _is_part(hold, invoice.currency)]
    return max(alone) if alone else min(looked_at_on(hold, today, country) for hold in stops)


def changes_on(holds: Iterable[Hold], today: date, invoice: Invoice, country: str) -> date | None:
    """Return the next day on which a hold begins or a part dispute has ended, None where none will."""
    begin = [hold.from_on for hold in holds if hold.from_on > today]
    ends = [last_day(hold, country) for hold in holds if _is_part(hold, invoice.currency)]
    return min([*begin, *(plus(end, 1) for end in ends if today <= end < date.max)], default=None)


def looked_at_on(hold: Hold, today: date, country: str) -> date:
    """Return the last day on which a hold surely is in force: a plan's next instalment may be missed."""
    ends = (float_ends(country, one.due_on) for one in hold.instalments)
    return min((end for end in ends if end >= today), default=last_day(hold, country))


def days_passed(hold: Hold, today: date, country: str) -> list[date]:
    """Return the days by which money had to come and be booked that have passed."""
    ends = [last_day(hold, country), *(float_ends(country, one.due_on) for one in hold.instalments)]
    return [end for end in ends if end < today]


def missed_instalment(hold: Hold, open_: Money, today: date, country: str, small: Money) -> Instalment | None:
    """Return the first instalment that is late and that the books do not show paid, or short by a small amount.

    Whatever lowered what is open has paid it.
    """
    if hold.open_before is None or hold.open_before.currency != open_.currency:
        return None
    left = hold.open_before
    for one in hold.instalments:
        left = left - one.amount
        if float_ends(country, one.due_on) < today and _matters(open_ - max(left, Money.zero(open_.currency)), small):
            return one
    return None


def was_broken(hold: Hold, open_: Money, paid_on: date | None, released_on: date | None, today: date, country: str, small: Money) -> bool:
    """Tell whether a promise to pay an invoice was not kept: its day and the bank days after it passed, and nothing had paid the invoice.

    One that a person ended before its day, or before the first instalment it missed, was not broken. A plan for a part of the invoice promises that part and no more.
    """
    if missed_instalment(hold, open_, min(today, released_on or today), country, small):
        return True
    if hold.until is None or (released_on is not None and released_on <= hold.until):
        return False
    promised = Money.sum((one.amount for one in hold.instalments), open_.currency)
    if hold.instalments and hold.open_before and _matters(hold.open_before - promised, small):
        return False
    ended = last_day(hold, country)
    return ended < today and (_matters(open_, small) or (paid_on is not None and paid_on > ended))


@lru_cache(maxsize=8192)
def float_ends(country: str, deadline: date) -> date:
    """Return the last day on which a payment of the deadline may still come to be booked."""
    if deadline.year > YEAR_MAX:
        return date.max
    return add_bank_days(country, next_bank_day(country, deadline), FLOAT_BANK_DAYS)


def _matters(amount: Money, small: Money) -> bool:
    """Tell whether so much is still chased: more than nothing, and not less than the policy's small amount."""
    return amount.minor > 0 and (amount.currency != small.currency or amount >= small)


def _is_part(hold: Hold, currency: str) -> bool:
    return hold.kind == HoldKind.DISPUTE and hold.amount is not None and hold.amount.minor > 0 and hold.amount.currency == currency


def plus(day: date, days: int) -> date:
    """Add days, unless the day means "never"."""
    return day + timedelta(days=days) if day.year <= YEAR_MAX else date.max
