"""A demand: its fee as the law grants it, its interest in figures or not at all; and an address that mail came back from."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.law import letter_deadline, load_law
from core.model import Address, DebtorKind
from core.money import Money
from core.policy import POST_FRESH, load_policy, posted_pay_by
from core.policy.facts import Action, Sent
from core.policy.steps import pay_by

SURE = load_law(confirmed=("SE.rate.statutory.2025-01-01", "SE.rate.statutory.2025-07-01"))
TODAY = date(2025, 5, 5)


def policy(country="SE", currency="SEK", fee="statutory", first="remind"):
    return load_policy(
        f'name="x"\ncountry="{country}"\ncurrency="{currency}"\n[[step]]\naction="{first}"\nafter_days=14\npay_within_days=14\n'
        f'[[step]]\naction="demand"\nmode="ask"\nafter_previous_days=0\npay_within_days=14\nfee="{fee}"\n',
        "test",
    )


def letters(action=Action.REMIND, fee=None):
    return (Sent(action, "confirmed", date(2025, 4, 7), date(2025, 4, 22), fee=fee),)


def decide(bench, chosen=None, law=SURE, today=TODAY, **changed):
    bench.law = law
    return bench.decide(bench.facts(**{"sent": letters(), **changed}), today, chosen or policy())


def ids(decision):
    return [reason.id for reason in decision.reasons]


@pytest.mark.parametrize("agreed", [True, False])
def test_swedish_demand_costs_180_agreed_or_not(bench, agreed):
    found = decide(bench, reminder_fee_agreed=agreed)
    assert (found.action, found.fee) == (Action.DEMAND, Money(180_00, "SEK"))


def test_demand_costs_nothing_unless_the_policy_says_so(bench):
    assert not decide(bench, policy(fee="none")).fee


def test_vendors_reminder_takes_no_demand_fee(bench):
    assert decide(bench, vendor_reminders=1, vendor_reminders_known=1).fee == Money(180_00, "SEK")


def test_norwegian_demand_costs_something_after_the_notice(bench):
    money = {"total": Money(1000_00, "NOK"), "open": Money(1000_00, "NOK"), "address": Address(country="NO")}
    noticed = decide(bench, policy("NO", "NOK", first="notice"), sent=letters(Action.NOTICE), **money)
    assert (noticed.action, noticed.fee) == (Action.DEMAND, Money(105_00, "NOK"))


def test_norwegian_demand_waits_for_the_notice(bench):
    money = {"total": Money(1000_00, "NOK"), "open": Money(1000_00, "NOK"), "address": Address(country="NO")}
    assert "unlawful" in ids(decide(bench, policy("NO", "NOK"), **money))


def test_danish_demand_has_no_fee(bench):
    money = {"total": Money(1000_00, "DKK"), "open": Money(1000_00, "DKK"), "address": Address(country="DK")}
    confirmed = load_law(confirmed=("DK.rate.statutory.2025-01-01",))
    found = decide(bench, policy("DK", "DKK"), law=confirmed, **money)
    assert (found.action, found.fee) == (Action.DEMAND, Money(0, "DKK"))


def test_unconfirmed_rate_keeps_a_demand_back(bench):
    found = decide(bench, law=load_law())
    (why,) = [reason for reason in found.reasons if reason.id == "no_interest_figure"]
    assert (found.action, found.blocked, why.rule) == (None, True, "SE.interest.unconfirmed_rate")
    assert dict(why.params)["rows"] == "SE.rate.statutory.2025-01-01"


def test_missing_rate_keeps_a_demand_back(bench):
    found = decide(bench, today=date(2030, 5, 5), due_on=date(2030, 3, 31), issued_on=date(2030, 3, 1), postings_until=date(2030, 5, 4))
    assert "no_interest_figure" in ids(found)


def test_rates_keep_no_reminder_back(bench):
    assert "no_interest_figure" not in ids(decide(bench, law=load_law(), sent=()))


def test_demand_gives_the_laws_days(bench):
    assert decide(bench).pay_by >= TODAY + timedelta(days=8)


@pytest.mark.parametrize(("channel", "stopped"), [("email", True), ("print", False)])
def test_address_that_mail_came_back_from_stops_mail_alone(bench, channel, stopped):
    printed = replace(policy(), steps=tuple(replace(step, channel=channel) for step in policy().steps))
    found = decide(bench, printed, mail_returned_on=date(2025, 5, 1))
    assert ("address_unknown" in ids(found), found.next_on) == (stopped, None)


def test_consumer_pays_the_demand_too(bench):
    assert decide(bench, kind_of_debtor=DebtorKind.CONSUMER).fee == Money(180_00, "SEK")


@pytest.mark.parametrize("within", [8, 10, 12, 14])
def test_demand_posted_later_gives_the_laws_time(within):
    """The law counts bank days from receipt, so that three days more are not always enough."""
    law = load_law()
    head = 'name="x"\ncountry="SE"\ncurrency="SEK"\n'
    policy = load_policy(f'{head}[[step]]\naction="demand"\nmode="ask"\nafter_days=20\npay_within_days={within}\n', "x")
    short = []
    for ahead in range(730):
        written = date(2025, 1, 1) + timedelta(days=ahead)
        given = posted_pay_by(law, "SE", Action.DEMAND, pay_by(law, policy, policy.steps[0], written), written)
        posted = [written + timedelta(days=wait) for wait in range(POST_FRESH.days + 1)]
        short += [day for day in posted if letter_deadline(law, "demand", day, country="SE") > given]
    assert short == []
