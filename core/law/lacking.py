"""What the tables lack: half-years without a rate, and whatever else is published anew and has not been yet."""

from __future__ import annotations

from datetime import date, timedelta

from core.law.interest import Period, joined, periods
from core.law.rates import Rates
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["lacking", "missing_rates"]

ONE_DAY = timedelta(days=1)


def missing_rates(law: Law, first: date, last: date, *, country: str, debtor: DebtorKind) -> tuple[Period, ...]:
    """Return the days of a period for which the tables have no rate, joined; none where the law gives this debtor no rate at all."""
    if not law.has_rates(country, debtor):
        return ()
    rates = Rates(law, country, debtor)
    return joined([period for period in periods(rates, first - ONE_DAY, last, ()) if rates.row(period.first) is None])


def lacking(law: Law, country: str, first: date, last: date) -> tuple[tuple[str, Period], ...]:
    """Return (name of the rows, days) of what is published anew in this country and not in the tables for these days."""
    found: dict[tuple[str, Period], None] = {}
    for name in law.country(country).renewed:
        table, _, code = name.partition(".")
        for debtor in DebtorKind:
            if table == "rate":
                lacks = missing_rates(law, first, last, country=country, debtor=debtor)
            else:
                lacks = _missing_fee(law, first, last, country=country, code=code, debtor=debtor)
            found |= dict.fromkeys((f"{country}.{name}", period) for period in lacks)
    return tuple(found)


def _missing_fee(law: Law, first: date, last: date, *, country: str, code: str, debtor: DebtorKind) -> tuple[Period, ...]:
    if not law.fee_concerns(country, code, debtor):
        return ()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return joined(Period(day, day) for day in days if law.fee(country, code, day, debtor) is None)
