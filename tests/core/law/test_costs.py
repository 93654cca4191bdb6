"""The compensation and an agency's costs: which day's amount, absorbed or added, and what must have gone before."""

from datetime import date, timedelta

import pytest

from core.law import Circumstances, PartPayment
from core.model import DebtorKind

DUE = date(2026, 3, 2)
CONSUMER = DebtorKind.CONSUMER


def after(days):
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("country", "reminders", "total"),
    [("SE", 60, "450.00"), ("DK", 100, "410.00"), ("NO", 38, "460.00"), ("FI", 12, "40.00"), ("EU", 0, "40.00")],
)
def test_compensation_absorbs_or_adds(asked, country, reminders, total):
    found = asked(country).quote(reminders=(after(14),), reminder_fee_agreed=True, compensation=True)
    assert found.fees_total.text() == total
    alone = asked(country).quote(reminders=(after(14),), reminder_fee_agreed=True)
    assert alone.fees_total.amount == reminders


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
def test_consumer_never_owes_compensation(asked, country):
    rule = {"EU": "EU.compensation.debtor"}.get(country, f"{country}.compensation.debtor")
    assert ("compensation", rule) in asked(country).refused(CONSUMER, compensation=True)


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
@pytest.mark.parametrize("debtor", [DebtorKind.SOLE_TRADER, DebtorKind.PUBLIC])
def test_traders_and_public_bodies_owe_it(asked, country, debtor):
    assert asked(country).quote(debtor, compensation=True).compensation


def test_fees_above_norwegian_compensation_are_owed(asked):
    found = asked("NO").quote(
        principal="40000", notices=(after(14),), agency_from=after(31), compensation=True, on=date(2026, 6, 1)
    )  # fmt: skip
    assert (found.compensation.amount.text(), found.fees_total.text()) == ("460.00", "3638.00")


@pytest.mark.parametrize(
    ("on", "claimed", "amount"),
    [(date(2026, 6, 30), None, "460.00"), (date(2026, 7, 1), None, "430.00"), (date(2026, 7, 1), date(2026, 6, 30), "460.00")],
)
def test_norwegian_amount_is_of_the_claiming_day(asked, on, claimed, amount):
    assert asked("NO").quote(on=on, compensation=True, claimed_on=claimed).compensation.amount.text() == amount


def test_unpublished_compensation_is_not_guessed(asked):
    assert asked("NO").refused(on=date(2027, 1, 1), compensation=True) == [("compensation", "NO.compensation.no_row")]


@pytest.mark.parametrize(("due", "owed"), [(date(2013, 2, 28), False), (date(2013, 3, 1), True)])
def test_danish_compensation_has_a_first_day(asked, due, owed):
    assert bool(asked("DK").quote(due_on=due, compensation=True).compensation) is owed


def test_disputed_claim_costs_nothing(asked):
    whole = {"circumstances": Circumstances(disputed=asked("SE").money("10000")), "demands": (after(20),), "compensation": True}
    assert asked("SE").refused(**whole) == [("demand", "SE.fee.disputed"), ("compensation", "SE.compensation.disputed")]


def test_partly_disputed_claim_costs_as_ever(asked):
    part = {"circumstances": Circumstances(disputed=asked("SE").money("9999.99")), "demands": (after(20),)}
    assert asked("SE").amounts(**part) == ["180.00"]


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
def test_creditors_own_delay_costs_nothing(asked, country):
    found = asked(country).quote(circumstances=Circumstances(creditor_delay=True), demands=(after(20),), compensation=True)
    assert found.total.text() == "10000.00"
    assert [one.rule.id for one in found.refused][::2] == [f"{country}.interest.creditor_delay", f"{country}.compensation.not_late"]


def test_creditors_own_delay_is_named(asked):
    delay = {"circumstances": Circumstances(creditor_delay=True), "demands": (after(20),)}
    assert asked("SE").refused(**delay) == [("interest", "SE.interest.creditor_delay"), ("demand", "SE.fee.creditor_delay")]


def agency(asked, country, debtor=DebtorKind.BUSINESS, principal="10000", on=None, **changes):
    case = {"notices": (after(14),), "agency_from": after(30), **changes}
    return asked(country).quote(debtor, on or after(40), principal, **case)


def cost(*arguments, **changes):
    return [fee.amount.text() for fee in agency(*arguments, **changes).fees if fee.kind == "agency_cost"]


@pytest.mark.parametrize(
    ("principal", "fee"),
    [
        ("1000", "400.00"), ("1000.01", "700.00"), ("2500", "700.00"), ("5000", "1000.00"), ("10000", "1300.00"), ("25000", "1700.00"),
        ("50000", "2250.00"), ("100000", "2850.00"), ("250000", "3850.00"), ("500000", "6400.00"), ("500000.99", "6400.00"),
        ("500001.50", "6400.01"), ("600000", "7400.00"),
    ],
)  # fmt: skip
def test_danish_agency_cost_has_bands(asked, principal, fee):
    assert cost(asked, "DK", principal=principal) == [fee]


@pytest.mark.parametrize(
    ("principal", "consumer", "trader"),
    [
        ("500", "187.50", "281.25"), ("1000", "262.50", "393.75"), ("2500", "300.00", "450.00"), ("10000", "600.00", "900.00"),
        ("50000", "1200.00", "1800.00"), ("250000", "2700.00", "4050.00"), ("250000.01", "5400.00", "8100.00"),
    ],
)  # fmt: skip
def test_norwegian_agency_cost_has_bands(asked, principal, consumer, trader):
    assert cost(asked, "NO", CONSUMER, principal) == [consumer]
    assert cost(asked, "NO", principal=principal) == [trader]


@pytest.mark.parametrize(("days", "fee"), [(72, "600.00"), (73, "1200.00")])
def test_norwegian_agency_cost_doubles_late(asked, days, fee):
    # The agency's own demand gives 14 days, and 28 more go before the amount doubles.
    assert cost(asked, "NO", CONSUMER, on=after(days)) == [fee]


def test_paid_claim_does_not_double(asked):
    paid = (PartPayment(after(50), asked("NO").money("10000")),)
    assert cost(asked, "NO", CONSUMER, on=after(90), payments=paid) == ["600.00"]


@pytest.mark.parametrize(("country", "notice"), [("DK", 21), ("NO", 16)])
def test_agency_costs_wait_for_the_notice(asked, country, notice):
    ends = {"DK": date(2026, 4, 7), "NO": date(2026, 4, 1)}[country]  # moved over Easter to a bank day in Denmark
    assert cost(asked, country, notices=(after(notice),), on=ends) == []
    assert cost(asked, country, notices=(after(notice),), on=ends + timedelta(days=1)) != []


@pytest.mark.parametrize("country", ["DK", "NO"])
def test_no_notice_means_no_agency_costs(asked, country):
    found = agency(asked, country, notices=()).refused[-1]
    assert (found.rule.id, found.on) == (f"{country}.fee.agency_cost.no_notice", after(30))


@pytest.mark.parametrize(("paid", "costs"), [(28, 0), (29, 0), (30, 1)])
def test_payment_within_the_notice_saves_the_costs(asked, paid, costs):
    payments = (PartPayment(after(paid), asked("NO").money("10000")),)
    assert len(cost(asked, "NO", payments=payments)) == costs


@pytest.mark.parametrize(("paid", "rule"), [(28, ["NO.fee.agency_cost.no_notice"]), (29, [])])
def test_payment_while_the_agency_waits_saves_them_too(asked, paid, rule):
    # The agency came early and sent the notice itself; it runs out on day 28.
    found = agency(asked, "NO", agency_from=after(10), payments=(PartPayment(after(paid), asked("NO").money("10000")),))
    assert [one.rule.id for one in found.refused if one.kind == "agency_cost"] == rule


def test_agency_costs_from_its_first_day(asked):
    assert cost(asked, "DK", on=after(30)) == ["1300.00"]


def test_agency_that_came_later_costs_nothing_yet(asked):
    assert agency(asked, "DK", agency_from=after(41)).refused == agency(asked, "DK", agency_from=None).refused


def test_swedish_agency_charges_by_letters_only(asked):
    assert asked("SE").refused(agency_from=after(30)) == [("agency_cost", "SE.fee.other")]


def test_old_norwegian_costs_are_unknown(asked):
    found = asked("NO").quote(due_on=date(2020, 3, 2), notices=(date(2020, 3, 20),), agency_from=date(2020, 5, 1), on=date(2020, 6, 1))
    assert found.refused[-1].rule.id == "NO.fee.unknown"
