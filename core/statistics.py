"""How a company is paid: shares paid late, days sales outstanding, days late, and what collection costs.

Every figure is of a history (`core.history`) as it stood at the end of a day. Definitions:

- *In time* is a payment up to the due date, or the next bank day where banks are closed on it (Swedish lag 1930:173 2 §; directive
  2011/7/EU leaves the day to national law).
- *DSO, simple*: receivables at the end, over the credit sales of the period, times its days. *DSO, count-back* (also "exhaust" or "working
  back"): the newest month's sales are taken from the receivables, then the month before, until nothing is left; whole months count with
  their days, the last in part. It does not swing with the season as the simple one does (highako.com, "Why you should switch to the
  countback method"; support.benjipays.com, "Mastering DSO calculation").
- *Days late, weighted*: each amount times the days it came after the due date, over all amounts that fell due. What came in time is
  zero, what is open counts to the day it is looked at; what is paid too much or taken back did not come (`PastInvoice.came_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.history import PastInvoice
from core.law import next_bank_day
from core.money import Money

__all__ = ["Collected", "Costs", "Figures", "Share", "by_kind", "by_month", "cost_of_collection", "dso_count_back", "dso_simple", "figures"]

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the invoices that fell due: how many, and what of them in per cent by number and by amount."""

    count: int
    pct: Decimal
    amount: Money
    amount_pct: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """How invoices that fell due in a period were paid, as it stood on a day.

    Attributes:
        due: all of them; every share is of these.
        late: not settled in time, paid since or not; `week_late`: not settled a week after the due date.
        after_reminder, after_notice, at_agency: settled after the first letter, after one that announced collection, after the handover;
            an invoice counts in the last of these alone.
        unsettled: late and still open.
        days_late: of each krona that fell due, on average.
    """

    due: Share
    late: Share
    week_late: Share
    after_reminder: Share
    after_notice: Share
    at_agency: Share
    unsettled: Share
    days_late: Decimal


@dataclass(frozen=True, slots=True)
class Collected:
    """What one settlement of an agency says: what was recovered for the creditor, and what it paid for that, without VAT."""

    on: date
    recovered: Money
    cost: Money


@dataclass(frozen=True, slots=True)
class Costs:
    """What collection cost against what it recovered; `pct` is None where nothing was recovered."""

    recovered: Money
    cost: Money
    pct: Decimal | None


def figures(history: Sequence[PastInvoice], as_of: date, country: str, currency: str) -> Figures:
    """Return how these invoices were paid, of those in this currency that are due by then."""
    due = [past for past in history if past.due_on <= as_of and past.total.currency == currency]

    def share(chosen: Callable[[PastInvoice], bool]) -> Share:
        kept = [past for past in due if chosen(past)]
        amount, whole = sum(past.total.minor for past in kept), sum(past.total.minor for past in due)
        return Share(len(kept), _pct(len(kept), len(due)), Money(amount, currency), _pct(amount, whole))

    def late(past: PastInvoice) -> bool:
        return as_of > _in_time(past, country) and not _settled(past, _in_time(past, country))

    return Figures(
        due=share(lambda _: True),
        late=share(late),
        week_late=share(lambda past: as_of > past.due_on + _WEEK and not _settled(past, past.due_on + _WEEK)),
        after_reminder=share(lambda past: _settled_after(past, as_of) == "reminder"),
        after_notice=share(lambda past: _settled_after(past, as_of) == "notice"),
        at_agency=share(lambda past: _settled_after(past, as_of) == "agency"),
        unsettled=share(lambda past: late(past) and not _settled(past, as_of)),
        days_late=_days_late(due, as_of, country),
    )


def by_kind(history: Iterable[PastInvoice], as_of: date, country: str, currency: str) -> dict[str, Figures]:
    """Return the figures of each kind of debtor; "unknown" is of those nobody read."""
    return _grouped(history, lambda past: str(past.debtor_kind or "unknown"), as_of, country, currency)


def by_month(history: Iterable[PastInvoice], as_of: date, country: str, currency: str) -> dict[str, Figures]:
    """Return the figures of each month of due dates."""
    return _grouped(history, lambda past: f"{past.due_on:%Y-%m}", as_of, country, currency)


def dso_simple(history: Iterable[PastInvoice], since: date, as_of: date, currency: str) -> Decimal | None:
    """Return receivables over sales, times the days from `since` to `as_of`, both counted; None where nothing was sold."""
    own = [past for past in history if past.total.currency == currency and past.issued_on <= as_of]
    sales = sum(past.total.minor for past in own if past.issued_on >= since)
    days = (as_of - since).days + 1
    return _one_decimal(Decimal(_receivables(own, as_of) * days) / sales) if sales else None


def dso_count_back(history: Iterable[PastInvoice], since: date, as_of: date, currency: str) -> Decimal | None:
    """Return the days of sales the receivables stand for, counted back month by month; None where they exceed the sales we know."""
    own = [past for past in history if past.total.currency == currency and past.issued_on <= as_of]
    left, days, end = Decimal(_receivables(own, as_of)), Decimal(0), as_of
    while left > 0:
        start = max(end.replace(day=1), since)
        length = (end - start).days + 1
        sales = sum(past.total.minor for past in own if start <= past.issued_on <= end)
        if sales >= left:
            return _one_decimal(days + length * left / sales)
        left, days, end = left - sales, days + length, start - timedelta(days=1)
        if end < since:
            return None
    return _one_decimal(days)


def cost_of_collection(settlements: Iterable[Collected], currency: str) -> Costs:
    """Return what the agency kept or charged for what it brought in, in per cent of it."""
    own = [one for one in settlements if one.recovered.currency == currency]
    recovered, cost = Money.sum((one.recovered for one in own), currency), Money.sum((one.cost for one in own), currency)
    return Costs(recovered, cost, _pct(cost.minor, recovered.minor) if recovered else None)


def _grouped(
    history: Iterable[PastInvoice], key: Callable[[PastInvoice], str], as_of: date, country: str, currency: str
) -> dict[str, Figures]:
    groups: dict[str, list[PastInvoice]] = {}
    for past in history:
        if past.due_on <= as_of and past.total.currency == currency:
            groups.setdefault(key(past), []).append(past)
    return {name: figures(groups[name], as_of, country, currency) for name in sorted(groups)}


def _in_time(past: PastInvoice, country: str) -> date:
    return next_bank_day(country, past.due_on)


def _settled(past: PastInvoice, by: date) -> bool:
    settled_on = past.settled_on
    return settled_on is not None and settled_on <= by


def _settled_after(past: PastInvoice, as_of: date) -> str:
    """Return the last measure before the settlement, "" for none or while it is open."""
    settled_on = past.settled_on
    if settled_on is None or settled_on > as_of:
        return ""
    if past.handed_over_on and past.handed_over_on <= settled_on:
        return "agency"
    gone = [letter for letter in past.letters if letter.on <= settled_on]
    return ("notice" if any(letter.announces_collection for letter in gone) else "reminder") if gone else ""


def _days_late(due: Iterable[PastInvoice], as_of: date, country: str) -> Decimal:
    weighted = whole = 0
    for past in due:
        left, in_time = past.total.minor, _in_time(past, country)
        whole += left
        for payment in past.came_by(as_of):
            left -= payment.amount.minor
            weighted += payment.amount.minor * (payment.on - past.due_on).days if payment.on > in_time else 0
        weighted += left * (as_of - past.due_on).days if as_of > in_time else 0
    return _one_decimal(Decimal(weighted) / whole) if whole else Decimal("0.0")


def _receivables(invoices: Iterable[PastInvoice], as_of: date) -> int:
    return sum(max(past.open_on(as_of).minor, 0) for past in invoices)


def _pct(part: int, whole: int) -> Decimal:
    return _one_decimal(Decimal(100 * part) / whole) if whole else Decimal("0.0")


def _one_decimal(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
