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


def test_payment_waits_for_its_accounting_year(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    ledger = story.company.ledger
    kept = ledger.periods
    story.morning()
    ledger.periods = [one for one in kept if one["year"] == "2024"]
    assert story.run()["refused"] == 0
    assert "must be created" in tasks(story)["unsendable_book_payment"]
    ledger.periods = kept
    (run,) = story.days(1)
    assert (run["payments_booked"], story.balance(number)) == (1, 7500)
    assert "unsendable_book_payment" not in tasks(story)


def test_lock_that_the_books_dont_show_is_told(story, monkeypatch):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    monkeypatch.setattr("connectors.economic.years.locked_until", lambda *_: None)
    closed = story.company.ledger.closed_years
    for told in (False, True):
        story.morning()
        closed.add("2025")
        assert story.run()["refused"] == 1
        closed.clear()
        assert ("shows no lock" in tasks(story).get("unsendable_book_payment", "")) is told
    (run,) = story.days(1)
    assert (run["payments_booked"], story.balance(number)) == (1, 7500)
    assert "unsendable_book_payment" not in tasks(story)
