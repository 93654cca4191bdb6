"""A stop that is said twice stands once, and the second saying says so."""

import pytest

from tests.story import START

AGAIN = "That was said already: nothing has changed."
SAYINGS = [
    ("hold", "--reason", "we talk"),
    ("hold", "--reason", "we talk", "--debtor"),
    ("hold", "--reason", "as agreed with Eva", "--kind", "promise", "--until", "2025-05-20"),
    ("hold", "--reason", "as the register says", "--kind", "deceased"),
    ("dispute", "--reason", "the goods were damaged", "--amount", "2500.00"),
    ("plan", "--instalment", "2025-05-20=5000.00"),
]


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: " ".join(saying[:4]))
def test_same_stop_stands_once(story, saying):
    number = story.invoice()
    story.days(1)
    typed = ("claims", saying[0], number, "--tenant", "t", *saying[1:])
    assert AGAIN not in story.type(*typed)
    before = story.type("claims", "explain", number, "--tenant", "t")
    story.days(1)
    assert AGAIN in story.type(*typed)
    after = story.type("claims", "explain", number, "--tenant", "t")
    assert after.count(saying[2]) == before.count(saying[2])


@pytest.mark.parametrize("changed", [("--reason", "we talk again"), ("--reason", "we talk", "--until", "2025-05-20")])
def test_another_stop_stands_beside_it(story, changed):
    number = story.invoice()
    story.days(1)
    typed = ("claims", "hold", number, "--tenant", "t")
    story.type(*typed, "--reason", "we talk")
    story.clock.advance(5)
    assert AGAIN not in story.type(*typed, *changed)
    assert story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer").count("Ended: ") == 2


def test_stop_that_was_ended_is_said_anew(story):
    number = story.invoice()
    story.days(1)
    typed = ("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.type(*typed)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.clock.advance(5)
    assert AGAIN not in story.type(*typed)
    assert "Ended: hold" in story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")


def test_documents_noted_since_make_no_other_dispute(story):
    number = story.invoice()
    story.days(1)
    typed = ("claims", "dispute", number, "--tenant", "t")
    story.type(*typed, "--reason", "the goods were damaged")
    story.type(*typed, "--asked", "the order")
    assert AGAIN in story.type(*typed, "--reason", "the goods were damaged")


def test_insolvency_said_again_is_known_and_its_new_day_is_not(story):
    customer = story.company.invoice(story.invoice())["CustomerNumber"]
    story.days(1)
    typed = ("claims", "insolvent", customer, "--tenant", "t", "--on", str(START), "--claims-by")
    assert AGAIN not in story.type(*typed, "2025-06-15")
    assert AGAIN in story.type(*typed, "2025-06-15")
    story.clock.advance(5)
    assert AGAIN not in story.type(*typed, "2025-06-20")


def test_letter_of_a_stop_that_stands_doubles_no_stop(story):
    number = story.invoice()
    story.days(1)
    typed = ("claims", "hold", number, "--tenant", "t", "--kind", "deferral", "--until", "2025-05-20", "--reason", "holidays")
    story.type(*typed)
    assert "the letter goes by e-mail" in story.type(*typed, "--letter")
    assert story.type("claims", "release", number, "--tenant", "t", "--reason", "it is over").count("Ended: ") == 1


def test_claim_taken_back_twice_is_told(story):
    number, _ = story.handed_over()
    typed = ("claims", "withdraw", number, "--tenant", "t", "--reason", "the debtor has paid us")
    assert "nothing has changed" not in story.type(*typed)
    assert "as was said already: nothing has changed" in story.type(*typed)
    assert story.type("claims", "release", number, "--tenant", "t", "--reason", "it is over").count("Ended: ") == 1
