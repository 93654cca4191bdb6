"""A no to a question stands and is told, until a yes takes its place or the question is another one."""

import json
import re

import pytest


@pytest.fixture
def refused(story):
    """An invoice whose reminder a person said no to."""
    story.type("policy", "use", "t", "se-cautious")
    number = story.invoice()
    story.days(10)
    (asked,) = json.loads(story.type("claims", "approve", "--list", "--json", "--tenant", "t"))["questions"]
    assert "said no" not in explained(story, number)
    story.type("claims", "approve", asked["id"], "--decline", "--tenant", "t")
    return number


def explained(story, number, language="en"):
    return story.type("claims", "explain", number, "--tenant", "t", "--language", language)


def test_no_is_told_in_the_readers_language(story, refused):
    assert "A person said no on 2025-04-25 (" in explained(story, refused)
    assert "En person sade nej den 2025-04-25 (" in explained(story, refused, "sv")
    story.days(1)
    assert "Nothing waits for a yes." in story.type("claims", "approve", "--list", "--tenant", "t")


def test_yes_after_all_lets_it_go(story, refused):
    digest = re.search(r"To say yes after all: `kravbro claims approve (\w+)`", explained(story, refused))[1]
    story.type("claims", "approve", digest, "--tenant", "t")
    assert "said no" not in explained(story, refused)
    assert story.days(1)[0]["letters_sent"] == 1


def test_no_to_another_amount_is_not_told(story, refused):
    story.company.pay_invoice(refused, amount=5000, on=story.today)
    story.days(2)
    assert "said no" not in explained(story, refused)
