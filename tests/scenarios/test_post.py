"""A letter by post has gone when somebody printed it, and not before."""

import json
from datetime import date, timedelta

from pypdf import PdfReader

from tests.story import START


def print_letters(story, name="print.pdf"):
    return story.type("tenants", "print", "t", "--out", str(story.home / name))


def reminded_by_post(story):
    """An invoice whose reminder waits for the post."""
    number = story.invoice(email="")
    story.days(1)
    while "waits to be printed" not in story.type("claims", "explain", number, "--tenant", "t"):
        story.days(1)
        assert story.today < START + timedelta(days=20)
    return number


def tasks(story):
    return [task["kind"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]]


def test_letter_without_mail_address_waits(story):
    reminded_by_post(story)
    assert (story.mailbox.mails, tasks(story)) == ([], ["letters_to_print"])
    said = print_letters(story)
    assert "One letter is" in said and "stands in each, three days later" in said
    assert "Kund 1 AB" in " ".join(page.extract_text() for page in PdfReader(story.home / "print.pdf").pages)
    assert "No letter waits" in print_letters(story)
    story.days(1)
    assert tasks(story) == []


def test_unprinted_letter_brings_no_handover(story):
    reminded_by_post(story)
    assert sum(done["claims_handed_over"] for done in story.days(40)) == 0


def test_days_run_from_the_printing(story):
    number = reminded_by_post(story)
    story.days(12)
    print_letters(story)
    printed_on = story.today
    done = story.until("claims_handed_over", 30)
    notice = story.claim()["notices"][0]
    assert (notice["sent_on"], notice["channel"], done["claims_handed_over"]) == (str(printed_on), "print", 1)
    told = json.loads(story.type("claims", "explain", number, "--tenant", "t", "--json"))
    letter = next(line for line in told["timeline"] if line["what"] == "send_letter_print")
    assert timedelta(days=10) <= date.fromisoformat(letter["facts"]["pay_by"]) - printed_on <= timedelta(days=16)


def test_paid_meanwhile_is_not_printed(story):
    number = reminded_by_post(story)
    story.company.pay_invoice(number, on=story.today)
    assert "No letter waits" in print_letters(story)


def test_held_meanwhile_is_not_printed(story):
    number = reminded_by_post(story)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    assert "No letter waits" in print_letters(story)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.days(2)
    assert "One letter is" in print_letters(story)


def test_printed_file_is_not_overwritten(story):
    reminded_by_post(story)
    (story.home / "print.pdf").write_bytes(b"letters of last week")
    assert "there already" in story.type("tenants", "print", "t", "--out", str(story.home / "print.pdf"), code=2)
    assert "One letter is" in print_letters(story, "other.pdf")


def test_paused_tenant_prints_nothing(story):
    reminded_by_post(story)
    story.type("db", "restored")
    assert "paused" in story.type("tenants", "print", "t", "--out", str(story.home / "print.pdf"), code=2)


def test_missing_folder_is_told(story):
    reminded_by_post(story)
    assert "there is no folder" in story.type("tenants", "print", "t", "--out", "/nonexistent/x.pdf", code=2)
    assert "One letter is" in print_letters(story)
