"""Statistics, each number computed by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.history import PastInvoice, PastLetter, PastPayment
from core.model import DebtorKind
from core.money import Money
from core.statistics import Collected, by_kind, by_month, cost_of_collection, dso_count_back, dso_simple, figures

DUE = date(2025, 4, 4)  # a Friday
AS_OF = date(2025, 6, 30)


def sek(kronor):
    return Money(kronor * 100, "SEK")


def past(kronor=1000, paid_on=None, **changes):
    payments = (PastPayment(paid_on, sek(kronor)),) if paid_on else ()
    return replace(PastInvoice("1", "1", "7", sek(kronor), date(2025, 3, 5), DUE, payments, DebtorKind.BUSINESS), **changes)


def of(*history):
    return figures(history, AS_OF, "SE", "SEK")


@pytest.mark.parametrize(
    ("due_on", "paid_on", "late", "week_late"),
    [
        (DUE, date(2025, 4, 4), 0, 0),
        (DUE, date(2025, 4, 5), 1, 0),
        (date(2025, 4, 5), date(2025, 4, 7), 0, 0),  # due on a Saturday, paid on the Monday
        (date(2025, 4, 5), date(2025, 4, 8), 1, 0),
        (DUE, date(2025, 4, 11), 1, 0),
        (DUE, date(2025, 4, 12), 1, 1),
        (DUE, None, 1, 1),
        (AS_OF, None, 0, 0),
    ],
)
def test_late_after_the_last_day_in_time(due_on, paid_on, late, week_late):
    found = of(past(due_on=due_on, paid_on=paid_on))
    assert (found.late.count, found.week_late.count) == (late, week_late)


def test_shares_by_number_and_amount():
    """One of four is late, and it is 7,000 of 10,000 kronor."""
    found = of(past(7000, date(2025, 5, 2)), *(past(1000, DUE) for _ in range(3)))
    assert (found.late.pct, found.late.amount, found.late.amount_pct) == (Decimal("25.0"), sek(7000), Decimal("70.0"))


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({}, ""),
        ({"letters": (PastLetter(date(2025, 4, 15)),)}, "after_reminder"),
        ({"letters": (PastLetter(date(2025, 5, 3)),)}, ""),  # after the payment
        ({"letters": (PastLetter(date(2025, 4, 15)), PastLetter(date(2025, 4, 25), announces_collection=True))}, "after_notice"),
        ({"letters": (PastLetter(date(2025, 4, 15)),), "handed_over_on": date(2025, 4, 30)}, "at_agency"),
        ({"letters": (PastLetter(date(2025, 4, 15)),), "handed_over_on": date(2025, 5, 2)}, "at_agency"),
        ({"letters": (PastLetter(date(2025, 4, 15)),), "handed_over_on": date(2025, 5, 3)}, "after_reminder"),
    ],
)
def test_counts_after_the_last_measure(changes, measure):
    found = of(past(paid_on=date(2025, 5, 2), **changes))
    counted = {name: getattr(found, name).count for name in ("after_reminder", "after_notice", "at_agency")}
    assert counted == {name: int(name == measure) for name in counted}


def test_unsettled_is_late_and_open():
    found = of(past(), past(paid_on=date(2025, 5, 2)), past(paid_on=DUE))
    assert (found.unsettled.count, found.late.count) == (1, 2)


def test_days_late_are_weighted_by_amount():
    """3,000 ten days late and 1,000 in time: 30,000 / 4,000 = 7.5 days; half of 2,000 open for 87 days: 43.5."""
    assert of(past(3000, date(2025, 4, 14)), past(1000, DUE)).days_late == Decimal("7.5")
    half = past(2000, payments=(PastPayment(DUE, sek(1000)),))
    assert of(half).days_late == Decimal("43.5")


def test_early_payment_takes_nothing_off():
    assert of(past(1000, date(2025, 4, 14)), past(1000, date(2025, 3, 10))).days_late == Decimal("5.0")


@pytest.mark.parametrize(
    ("came", "days"),
    [
        ([(30, 2000)], "30.0"),  # too much
        ([(0, 1500), (30, -500)], "0.0"),  # what was too much, paid back
        ([(0, 1000), (30, -1000), (60, 1000)], "60.0"),  # bounced, and came after all
        ([(0, 400), (20, 600), (30, -400), (60, 400)], "36.0"),  # the one of its amount bounced: 600 x 20 + 400 x 60
        ([(0, 1000), (30, -500), (60, 500)], "30.0"),  # half of it went back
    ],
)
def test_what_did_not_stay_did_not_come(came, days):
    payments = tuple(PastPayment(DUE + timedelta(days=after), sek(kronor)) for after, kronor in came)
    assert of(past(payments=payments)).days_late == Decimal(days)


def test_simple_dso():
    """Sales of 90,000 in April to June, 30,000 open: 30,000 / 90,000 x 91 days = 30.3."""
    paid = [past(30_000, date(2025, 6, 30), issued_on=date(2025, month, 10)) for month in (4, 5)]
    sales = [*paid, past(30_000, issued_on=date(2025, 6, 10))]
    assert dso_simple(sales, date(2025, 4, 1), AS_OF, "SEK") == Decimal("30.3")
    assert dso_simple([], date(2025, 4, 1), AS_OF, "SEK") is None


@pytest.mark.parametrize(
    ("open_", "days"),
    [
        (0, "0.0"),
        (50_000, "15.0"),
        (100_000, "30.0"),
        (140_000, "45.5"),
        (180_000, "61.0"),
        (212_000, "74.7"),
        (250_000, "91.0"),
        (250_001, None),
    ],
)
def test_count_back_dso(open_, days):
    """Sales of 70,000 in April, 80,000 in May, 100,000 in June: June counts 30 days, May 31, April 30 x 32 / 70 = 13.7."""
    old = past(open_ + 1, issued_on=date(2025, 3, 1), payments=(PastPayment(DUE, sek(1)),))
    sales = [past(kronor, AS_OF, issued_on=date(2025, month, 10)) for kronor, month in ((70_000, 4), (80_000, 5), (100_000, 6))]
    found = dso_count_back([*sales, old], date(2025, 4, 1), AS_OF, "SEK")
    assert found == (Decimal(days) if days else None)


def test_count_back_begins_where_the_period_does():
    """20,000 open, sold from 21 June: all ten of those days' sales are 20,000."""
    sales = [past(20_000, AS_OF, issued_on=date(2025, 6, 25)), past(90_000, AS_OF, issued_on=date(2025, 6, 10))]
    old = past(20_001, issued_on=date(2025, 3, 1), payments=(PastPayment(DUE, sek(1)),))
    assert dso_count_back([*sales, old], date(2025, 6, 21), AS_OF, "SEK") == Decimal("10.0")


def test_costs_against_what_came_in():
    settled = [
        Collected(DUE, sek(9000), sek(450)),
        Collected(AS_OF, sek(1000), sek(250)),
        Collected(AS_OF, Money(1, "EUR"), Money(1, "EUR")),
    ]
    assert cost_of_collection(settled, "SEK").pct == Decimal("7.0")
    assert cost_of_collection([], "SEK").pct is None


def test_by_kind_and_month():
    history = [past(), past(debtor_kind=None, due_on=date(2025, 5, 5)), past(due_on=date(2025, 7, 1))]
    assert {name: one.due.count for name, one in by_kind(history, AS_OF, "SE", "SEK").items()} == {"business": 1, "unknown": 1}
    assert list(by_month(history, AS_OF, "SE", "SEK")) == ["2025-04", "2025-05"]
