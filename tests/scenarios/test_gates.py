"""What only a person can take away is a task, once, and gone with its cause."""

import json
from datetime import date, timedelta

import pytest

from core.store.tenants import Mandate


def gates(story):
    tasks = json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]
    return [task["kind"].removeprefix("gate_") for task in tasks if task["kind"].startswith("gate_")]


def test_bad_identity_number_is_one_task(story):
    number = story.invoice(org_no="")
    story.days(26)
    assert gates(story) == ["no_identity"]
    story.company.set_customer(story.company.invoice(number)["CustomerNumber"], OrganisationNumber="556036-0793")
    story.until("claims_handed_over", 5)
    story.days(1)
    assert gates(story) == []


def test_vendors_reminder_stops_until_accepted(story):
    number = story.invoice()
    story.days(3)
    story.company.remind(number)
    assert sum(done["letters_sent"] for done in story.days(9)) == 0
    assert gates(story) == ["vendor_reminds"]
    story.type("claims", "resolve", number, "--tenant", "t", "--reminders-known", "switched off in Fortnox")
    assert story.days(1)[0]["letters_sent"] == 1
    assert gates(story) == []


def test_missing_mandate_is_one_task_for_all(story, monkeypatch):
    monkeypatch.setattr(Mandate, "missing", lambda _: ("contract",))
    for _ in range(2):
        story.invoice()
    story.days(26)
    assert gates(story) == ["no_mandate"]


@pytest.mark.parametrize(("booked_before", "told"), [(False, "books_never_posted"), (True, "books_not_fresh")])
def test_unbooked_bank_is_one_task(story, monkeypatch, booked_before, told):
    for _ in range(2):
        story.invoice()
    if booked_before:
        story.company.book_bank(story.today - timedelta(days=1), "Bankavgift", "-2.00", 6570)
    with monkeypatch.context() as nobody:
        nobody.setattr(story.company, "book_bank", lambda *_: None)
        story.days(17)
        assert gates(story) == []
        story.days(5)
        assert gates(story) == [told]
    story.days(3)
    assert gates(story) == []


def test_good_invoice_leaves_no_gate(story):
    story.handed_over()
    assert gates(story) == []


def test_holds_are_told_with_their_end(story):
    number = story.invoice()
    story.days(1)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    said = story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    assert said == f"Ended: hold on invoice {number}: we talk.\n"
    told = story.type("claims", "explain", number, "--tenant", "t")
    assert "A person stopped it (hold): we talk." in told
    assert "The stop was ended: no answer." in told


def test_account_is_swedish_throughout(story):
    number, claim = story.handed_over()
    story.tell(claim, "phase_changed", phase="payment_plan", flags=[])
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "vi talas vid", "--kind", "promise")
    story.days(1)
    told = story.type("claims", "explain", number, "--tenant", "t", "--language", "sv")
    assert "ärende A-1001: vilar, avbetalningsplan." in told
    assert "En person stoppade den (betalningslöfte): vi talas vid." in told
    assert "hos Nordinkasso AB" in told and "12\u00a0500,00\u00a0kr" in told and "SEK" not in told
    assert not {word.strip(".,:()") for word in told.split()} & {
        "The",
        "the",
        "is",
        "of",
        "open",
        "case",
        "Why",
        "paused",
        "active",
        "plan",
        "promise",
    }


def test_old_invoice_is_told_before_it_is_barred(story):
    """It dies of age after 2025-05-01 unless something interrupted that: told while it lives, waiting for a person afterwards."""
    story.company.books.add_year(2015)
    number = story.invoice(due=date(2015, 5, 31))
    story.days(1)
    assert gates(story) == ["limitation_near"]
    assert "time-barred after 2025-05-01, counted from 2015-05-01. [" in story.type("claims", "explain", number, "--tenant", "t")
    story.idle((date(2025, 4, 30) - story.today).days)
    story.days(1)
    assert (story.today, gates(story)) == (date(2025, 5, 1), ["limitation_near"])
    story.days(1)
    assert "time_barred" in gates(story) and "limitation_near" not in gates(story)


def test_another_day_is_explained_on_todays_facts(story):
    number = story.invoice()
    story.days(1)
    now = json.loads(story.type("claims", "explain", number, "--tenant", "t", "--json"))
    then = json.loads(story.type("claims", "explain", number, "--tenant", "t", "--as-of", "2025-04-24", "--json"))
    assert (now["as_of"], now["known_on"], now["decision"]["stage"]) == ("2025-04-16", "2025-04-16", "not_due")
    assert (then["as_of"], then["known_on"], then["decision"]["stage"]) == ("2025-04-24", "2025-04-16", "remind")
    told = story.type("claims", "explain", number, "--tenant", "t", "--as-of", "2025-04-24")
    assert "This is what would be decided on 2025-04-24 if nothing were known then that is not known today, 2025-04-16." in told
    assert "What would have to change: The bank's days are booked in the accounting system up to that day." in told
    assert "would be decided" not in story.type("claims", "explain", number, "--tenant", "t", "--as-of", "2025-04-16")


def test_day_that_is_none_is_refused(story):
    number = story.invoice()
    story.days(1)
    assert "--as-of: 'soon' is no day" in story.type("claims", "explain", number, "--tenant", "t", "--as-of", "soon", code=2)
