"""What the people of an agreement in e-conomic do between two runs, and how it ends."""

import json

import pytest

from tests.books import EconomicBooks

CLEARING = EconomicBooks.accounts["clearing"]


def tasks(story):
    return {task["kind"]: task["what"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]}


@pytest.fixture
def story(danish):
    danish.connect()
    return danish


def test_payment_that_was_changed_in_the_journal_waits_until_it_is_set_back(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("throttled", method="POST", path_part="bookdraftentries")
    story.days(1)
    (draft,) = story.company.ledger.drafts.values()
    draft["contraAccountNumber"] = 5820
    for run in story.days(2):
        assert (run["payments_booked"], story.company.account_balance(CLEARING)) == (0, 0)
    assert "against account 5820" in tasks(story)["unsendable_bookkeep_payment"]
    draft["contraAccountNumber"] = CLEARING
    (run,) = story.days(1)
    assert (run["payments_booked"], story.balance(number)) == (1, 7500)
    assert "unsendable_bookkeep_payment" not in tasks(story)
