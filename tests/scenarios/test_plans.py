"""Plans, insolvency, documents and credits, as a person types them and the books show them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.story import START, org_no

DUE = START + timedelta(days=2)


def sent(story, days, figure="letters_sent"):
    return sum(day[figure] for day in story.days(days))


def tasks(story):
    return story.type("claims", "tasks", "--tenant", "t")


def planned(story):
    """One invoice in two instalments, on the days 10 and 20 from the start."""
    number = story.invoice()
    story.days(1)
    parts = [f"{START + timedelta(days=after)}=6250.00" for after in (20, 10)]
    story.type("claims", "plan", number, "--tenant", "t", *[word for part in parts for word in ("--instalment", part)])
    return number


@pytest.mark.parametrize(("amount", "letters"), [("6250.00", 0), ("6249.01", 0), ("6249.00", 1)])
def test_plan_holds_by_the_books(story, amount, letters):
    number = planned(story)
    story.days(7)
    story.company.pay_invoice(number, amount=Decimal(amount), on=story.today)
    assert sent(story, 11) == letters
    assert ("is not in the books: the plan" in tasks(story)) == bool(letters)


@pytest.mark.parametrize(
    ("language", "agreed"),
    [("sv", "enligt överenskommelse"), ("da", "efter aftale"), ("nb", "etter avtale"), ("fi", "sovitusti"), ("en", "as agreed")],
)
def test_plan_without_a_reason_was_agreed_in_the_readers_language(story, language, agreed):
    told = story.type("claims", "explain", planned(story), "--tenant", "t", "--language", language)
    assert told.count(agreed) == 2 and (language == "en" or "as agreed" not in told)


def test_plan_with_a_reason_keeps_its_words(story):
    number = story.invoice()
    story.days(1)
    story.type("claims", "plan", number, "--tenant", "t", "--instalment", "2025-05-30=6500.00", "--reason", "on the phone with Eva")
    told = story.type("claims", "explain", number, "--tenant", "t")
    assert told.count("on the phone with Eva") == 2 and "as agreed" not in told
    assert "on the phone with Eva" in story.type("claims", "release", number, "--tenant", "t", "--reason", "it is over")


def test_plan_is_checked_as_typed(story):
    number = story.invoice()
    story.days(1)
    command = ("claims", "plan", number, "--tenant", "t", "--instalment")
    assert "is open" in story.type(*command, "2025-05-30=12500.01", code=2)
    assert "has passed" in story.type(*command, "2025-04-01=500.00", code=2)
    assert "as one" in story.type(*command, "2025-05-30=1.00", "--instalment", "2025-05-30=2.00", code=2)
    assert "6000.00 SEK of it is in none" in story.type(*command, "2025-05-30=6500.00")


@pytest.mark.parametrize(("number", "letters"), [("556036-0793", 0), (org_no(2), 1)])
def test_insolvency_stops_the_debtor(story, number, letters):
    first = story.invoice()
    story.invoice(org_no=number)
    story.days(1)
    customer = story.company.invoice(first)["CustomerNumber"]
    story.type("claims", "insolvent", customer, "--tenant", "t", "--on", "2025-04-16", "--claims-by", "2025-06-15")
    assert sent(story, 12) == letters
    assert "prove the claim by 2025-06-15: " in tasks(story)


@pytest.mark.parametrize(("again", "letters"), [(True, 0), (False, 1)])
def test_insolvency_said_again_stops_again(story, again, letters):
    number = story.invoice()
    story.days(1)
    customer = story.company.invoice(number)["CustomerNumber"]
    said = ("claims", "insolvent", customer, "--tenant", "t", "--on", "2025-04-16", "--claims-by")
    assert "has passed" in story.type(*said, "2025-04-15", code=2)
    story.type(*said, "2025-06-15")
    release = ("claims", "release", number, "--tenant", "t", "--reason", "another company")
    assert "Ended: insolvency on the debtor: bankruptcy" in story.type(*release, "--debtor")
    assert "prove the claim" not in tasks(story)
    for last in ("2025-06-20", "2025-06-25") if again else ():
        story.clock.advance(5)
        story.type(*said, last)
    assert sent(story, 12) == letters
    assert ("prove the claim by 2025-06-25: " in tasks(story)) == again
    assert story.type("claims", "explain", number, "--tenant", "t").count("The debtor is insolvent") == again


def test_documents_of_a_dispute(story):
    number = story.invoice()
    story.days(1)
    assert "not disputed" in story.type("claims", "dispute", number, "--tenant", "t", "--given", "photo", code=2)
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "never came", "--asked", "delivery note")
    story.type("claims", "dispute", number, "--tenant", "t", "--given", "delivery note of 3 March")
    told = story.type("claims", "explain", number, "--tenant", "t")
    assert "Documents asked for: delivery note; given: delivery note of 3 March." in told


@pytest.mark.parametrize(("number", "letters"), [("556036-0793", 0), (org_no(2), 1)])
def test_open_credit_of_another_number(story, number, letters):
    """What one customer number was paid too much stops the other's letter, if both are one debtor."""
    over = story.invoice("100.00", due=START, org_no=number)
    story.invoice(due=START)
    story.days(1)
    story.company.pay_invoice(over, amount=Decimal("150.00"), on=story.today)
    assert sent(story, 12) == letters
    assert ("to its credit" in tasks(story)) != bool(letters)
