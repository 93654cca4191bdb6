"""A part dispute, and what is credited of it: that much of the dispute has ended, and the rest is asked for whole."""

import json
from decimal import Decimal

import pytest

from tests.scenarios.test_one_claim import body_of
from tests.story import sek


def dispute(story, number, amount="2500.00"):
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "one pallet", "--amount", amount)


def disputed(story, *amounts):
    """An invoice at the agency, a part of which is disputed there too."""
    number, _ = story.handed_over()
    for amount in amounts or ("2500.00",):
        story.clock.advance(60)
        dispute(story, number, amount)
    story.days(1)
    return number


def credit(story, number, amount):
    story.company.credit_invoice(number, Decimal(amount), on=story.today)


def tasks(story):
    return [task["kind"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]]


def test_part_dispute_is_explained_before_any_step_comes(story):
    number = story.invoice()
    story.days(1)
    before = story.type("claims", "explain", number, "--tenant", "t")
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "one pallet", "--amount", "2500.00", "--asked", "the order")
    told = story.type("claims", "explain", number, "--tenant", "t")
    for sentence in (
        "2500.00 SEK of it is disputed (one pallet) and is not asked for; the other 10000.00 SEK goes on.",
        "asked for: the order",
    ):
        assert sentence in told and sentence not in before


@pytest.mark.parametrize(("credited", "left"), [("1500.00", "1000.00"), ("2500.00", None), ("4000.00", None)])
def test_credit_ends_that_much_of_a_dispute(story, credited, left):
    credit(story, disputed(story), credited)
    assert story.days(2)[-1]["differences"] == 0
    claim = story.claim()
    assert (claim["disputed"], claim["lines"][0]["disputed"]) == (left and sek(left), left and sek(left))
    assert [part["amount"] for part in claim["credits"]] == [sek(credited)]
    assert tasks(story) == []


def test_undone_credit_brings_its_dispute_back(story):
    number = disputed(story)
    credit(story, number, "1500.00")
    story.days(1)
    (settled,) = [row["Number"] for row in story.company.state()["payments"] if str(row["InvoiceNumber"]) == number]
    story.company.delete_payment(settled)
    assert story.days(2)[-1]["differences"] == 0
    assert (story.claim()["disputed"], story.claim()["credits"]) == (sek("2500.00"), [])


def test_payment_ends_nothing_of_a_dispute(story):
    number = disputed(story)
    story.company.pay_invoice(number, Decimal("5000.00"), on=story.today)
    story.days(2)
    assert story.claim()["disputed"] == sek("2500.00")


def test_credit_before_a_dispute_ends_nothing(story):
    number, _ = story.handed_over()
    credit(story, number, "1000.00")
    story.morning()
    dispute(story, number)
    story.days(2)
    assert (story.claim()["disputed"], tasks(story)) == (sek("2500.00"), [])


def test_credit_of_the_same_day_is_asked_about(story):
    number, _ = story.handed_over()
    dispute(story, number)
    credit(story, number, "1000.00")
    story.days(2)
    assert (story.claim()["disputed"], tasks(story)) == (sek("2500.00"), ["dispute_credited"])
    story.type("claims", "release", number, "--tenant", "t", "--reason", "the credit settles it")
    story.days(1)
    assert (story.claim()["disputed"], tasks(story)) == (None, [])


def test_drop_that_nothing_explains_is_asked_about(story):
    number = disputed(story)
    story.company.set_invoice(number, Balance=Decimal("11000.00"))
    story.days(1)
    assert (story.claim()["disputed"], tasks(story)) == (sek("2500.00"), ["dispute_unclear"])


def test_one_credit_ends_two_disputes_once(story):
    credit(story, disputed(story, "1000.00", "2000.00"), "1500.00")
    story.days(2)
    assert story.claim()["disputed"] == sek("1500.00")


def test_letter_asks_for_all_once_the_disputed_part_is_credited(story):
    number = story.invoice()
    story.days(1)
    dispute(story, number)
    story.days(1)
    credit(story, number, "2500.00")
    story.idle(6)
    story.until("letters_sent")
    (mail,) = story.mailbox.mails
    assert "10 000,00 kr" in body_of(mail)
