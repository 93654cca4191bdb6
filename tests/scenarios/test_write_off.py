"""A loss is written off when a person approves it, and never by itself."""

import pytest

from core.model import BooksSetup
from tests.story import sek


def given_back(story, paid="0.00", reason="returned_uncollectible"):
    """A claim the agency ends with a rest unpaid."""
    number, claim = story.handed_over()
    if paid != "0.00":
        story.pay_agency(claim, "P1", paid)
        story.days(2)
    story.tell(claim, "loss_proposed", amount=sek("12500.00"), text="no assets")
    story.tell(claim, "closed", reason=reason, money_recovered=paid != "0.00")
    story.days(1)
    return number


def write_off(story, number, code=0):
    return story.type("claims", "write-off", number, "--tenant", "t", "--reason", "no assets at Kronofogden", code=code)


def choose_account(story, name="loss", account="6069"):
    story.type("tenants", "accounts", "t", "--set", f"{name}={account}", "--confirm")


def test_approved_loss_is_booked(story):
    number = given_back(story)
    choose_account(story)
    assert "VAT of a loss is yours" in write_off(story, number)
    done = story.days(2)
    assert (story.balance(number), sum(one["payments_booked"] for one in done)) == (0, 0)
    assert story.company.account_balance(6069) == 12500
    assert done[-1]["differences"] == done[-1]["uncertain"] == 0
    assert "12500.00 SEK was written off" in story.type("claims", "explain", number, "--tenant", "t")


def test_written_off_loss_asks_nobody_any_more(story):
    number = given_back(story)
    choose_account(story)
    told = story.type("claims", "tasks", "--tenant", "t")
    assert "hand it over again" in told and "have the accountant write it off (`kravbro claims write-off " in told
    write_off(story, number)
    story.days(2)
    assert story.type("claims", "tasks", "--tenant", "t") == "Nothing waits for a person.\n"


def test_upheld_dispute_is_not_handed_over_again(story):
    given_back(story, reason="dispute_upheld")
    told = story.type("claims", "tasks", "--tenant", "t")
    assert "Decide: credit it, or have the accountant write it off" in told and "hand it over again" not in told


def test_loss_is_never_booked_by_itself(story):
    number = given_back(story)
    choose_account(story)
    story.days(5)
    assert story.balance(number) == 12500


def test_small_rest_goes_to_rounding(story):
    number = given_back(story, paid="12499.50")
    write_off(story, number)
    story.days(1)
    assert story.balance(number) == 0
    assert float(story.company.account_balance(int(BooksSetup().rounding))) == 0.5


def test_loss_wants_its_account(story):
    assert "--set loss=" in write_off(story, given_back(story), code=2)


@pytest.mark.parametrize("ended", [False, True])
def test_only_an_ended_claim_is_written_off(story, ended):
    number = given_back(story) if ended else story.handed_over()[0]
    choose_account(story)
    write_off(story, number, code=0 if ended else 2)


def test_paid_meanwhile_is_not_written_off(story):
    number = given_back(story)
    choose_account(story)
    write_off(story, number)
    story.company.pay_invoice(number, on=story.today)
    story.days(1)
    assert story.company.account_balance(6069) == 0
