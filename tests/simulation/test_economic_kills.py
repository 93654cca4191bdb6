"""A process that books in e-conomic is killed for real at every place of a delivery; afterwards the simulator is counted."""

from decimal import Decimal

import pytest

from core.policy import load_template
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


@pytest.mark.slow
def test_killed_while_a_fee_is_booked_and_taken_back(story):
    (story.home / "policy.toml").write_text(load_template("dk-standard"))
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=5620", "--confirm")
    number = story.invoice()
    story.until("letters_sent")
    story.type("tenants", "charges", "t", "--booked", "when-sent")
    assert killed_everywhere(story)
    assert [amount for _, amount in rows_on(story, 5620)] == [100] and not story.company.ledger.drafts
    story.books.pay(number, "12500.00", story.today)
    assert killed_everywhere(story)
    assert [amount for _, amount in rows_on(story, 5620)] == [100, -100] and not story.company.ledger.drafts


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before"])
@pytest.mark.parametrize("path", ["draft-entries", "bookdraftentries", "/journals"])
def test_fee_lands_once_when_an_answer_is_lost(story, fault, path):
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=5620", "--confirm")
    story.type("tenants", "charges", "t", "--booked", "when-sent")
    story.simulator.faults.arm(fault, method="POST", path_part=path)
    story.invoice()
    story.until("letters_sent")
    done = story.days(4)[-1]
    assert [amount for _, amount in rows_on(story, 5620)] == [100] and not story.company.ledger.drafts
    assert done["uncertain"] == done["differences"] == 0


def rows_on(story, account):
    return [row for voucher in story.books.ours() for row in voucher.rows if row[0] == account]
