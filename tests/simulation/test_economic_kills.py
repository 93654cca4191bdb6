"""A process that books in e-conomic is killed for real at every place of a delivery; afterwards the simulator is counted."""

from decimal import Decimal

import pytest

from simulators.economic import Switches
from tests.books import EconomicBooks
from tests.killing import PLACES, run_killed

CLEARING = EconomicBooks.accounts["clearing"]
DELIVERY = [place for place in PLACES if place.startswith("deliver")]


@pytest.fixture
def story(danish):
    danish.connect()
    return danish


def killed_everywhere(story):
    """A day on which the process dies at each place of a delivery in turn, and two on which it lives."""
    story.morning()
    killed = [run_killed(place) for place in DELIVERY]
    story.days(2)
    return all(killed)


@pytest.mark.slow
@pytest.mark.parametrize("danish", [Switches(), Switches(payments_match=False)], indirect=True, ids=["matching", "unmatched"])
def test_killed_while_booking(story):
    number, claim = story.handed_over()
    paid = [story.pay_agency(claim, f"P{serial}", "500.00") for serial in range(4)]
    assert killed_everywhere(story)
    entries = [one for one in story.company.ledger.entries if one["type"] == 2 and "open" in one]
    assert [one["amount"] for one in entries] == [-500] * 4 and not any(one["open"] for one in entries)
    assert story.balance(number) == 10_500 and not story.company.ledger.drafts

    payout = story.settle(claim, paid, principal="2000.00", commission="100.00", vat="25.00")
    assert killed_everywhere(story)
    assert story.company.account_balance(CLEARING) == payout == Decimal("1875.00")
    assert story.company.account_balance(2230) == 100 and not story.company.ledger.drafts
    assert [one["pageCount"] for one in story.company.documents.values()] == [1]
    assert story.run()["differences"] == 0
