"""More than the policy lets go in one run waits for one yes, to just that."""

import json
from datetime import timedelta

import pytest

from core.policy import load_template
from tests.story import START, org_no

DUE = START + timedelta(days=1)


def use(story, **limits):
    text = load_template("se-standard").replace("letters = 200", f"letters = {limits.get('letters', 200)}")
    text = text.replace("handovers = 50", f"handovers = {limits.get('handovers', 50)}")
    text = text.replace('minimum = "50.00"', f'minimum = "50.00"\n{limits.get("when", "")}', 1)
    (story.home / "policy.toml").write_text(text)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))


def imported(story, count=3):
    return [story.invoice(due=DUE, org_no=org_no(serial)) for serial in range(1, count + 1)]


def questions(story):
    return json.loads(story.type("claims", "approve", "--tenant", "t", "--list", "--json"))["questions"]


def sent(story, days, figure="letters_sent"):
    return sum(day[figure] for day in story.days(days))


def test_bad_import_becomes_one_question(story):
    use(story, letters=2)
    number = imported(story)[0]
    assert sent(story, 10) == 0
    (question,) = questions(story)
    assert question["what"].startswith("3 letters are due today for 37500.00 SEK, more than the policy's 2")
    assert "3 letters are due" in story.type("claims", "explain", number, "--tenant", "t")
    story.type("claims", "approve", question["id"], "--tenant", "t")
    assert sent(story, 2) == 3
    assert questions(story) == []


@pytest.mark.parametrize("letters", [2, 3])
def test_what_only_details_show_is_counted_too(story, letters):
    use(story, letters=letters, when='when = { debtor_kinds = ["business"] }')
    story.days(15)
    imported(story)
    assert sent(story, 2) == (3 if letters == 3 else 0)
    assert len(questions(story)) == (0 if letters == 3 else 1)


def test_as_many_as_allowed_go(story):
    use(story, letters=3)
    imported(story)
    assert sent(story, 10) == 3


def test_yes_is_to_what_was_asked(story):
    use(story, letters=2)
    imported(story)
    story.days(9)
    (question,) = questions(story)
    story.invoice(due=DUE, org_no=org_no(9))
    story.type("claims", "approve", question["id"], "--tenant", "t")
    assert sent(story, 1) == 0
    assert [one["what"][:9] for one in questions(story)] == ["4 letters"]


def test_yes_covers_what_is_left(story):
    use(story, letters=1)
    first = imported(story)[0]
    story.days(9)
    story.type("claims", "approve", questions(story)[0]["id"], "--tenant", "t")
    story.company.pay_invoice(first, on=story.today)
    assert sent(story, 1) == 2


def test_no_is_not_asked_again(story):
    use(story, letters=2)
    imported(story)
    story.days(9)
    story.type("claims", "approve", questions(story)[0]["id"], "--tenant", "t", "--decline")
    assert sent(story, 2) == 0
    assert questions(story) == []
    assert "A person said no on 2025-04-24 (" in story.type("claims", "explain", "1", "--tenant", "t")


def test_handovers_have_their_own_limit(story):
    use(story, handovers=2)
    imported(story)
    assert sent(story, 10) == 3
    assert sent(story, 20, "claims_handed_over") == 0
    (question,) = questions(story)
    assert question["what"].startswith("3 handovers")
    story.type("claims", "approve", question["id"], "--tenant", "t")
    assert sent(story, 1, "claims_handed_over") == 3
