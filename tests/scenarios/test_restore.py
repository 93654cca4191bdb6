"""A database that came back from a backup: nothing that went after it goes, or is booked, a second time."""

import json
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest

from tests.scenarios.test_money_back import tasks


def restore(story, backup):
    """Put the backup in the database's place; not by files, since this process has connections open."""
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(story.home / "kravbro.db")) as place:
        source.backup(place)
    story.type("db", "restored")


def backup(story):
    story.type("db", "backup", str(story.home / "copy.db"))
    return story.home / "copy.db"


def approve_all(story):
    """Say yes to every question, and return what they were."""
    asked = json.loads(story.type("claims", "approve", "--tenant", "t", "--list", "--json"))["questions"]
    for question in asked:
        story.type("claims", "approve", question["id"], "--tenant", "t")
    return [question["what"] for question in asked]


def test_restore_makes_no_second_claim(story):
    story.invoice()
    story.until("letters_sent")
    copy = backup(story)
    story.until("claims_handed_over")
    before = story.agency.get("/v1/events").json()
    restore(story, copy)
    assert "paused" in story.type("run", "--tenant", "t", code=2)
    story.type("tenants", "resume", "t")
    assert story.run()["claims_handed_over"] == 0
    (asked,) = approve_all(story)
    assert "may have gone before the restore" in asked
    assert story.run()["claims_handed_over"] == 1
    after = story.agency.get("/v1/events").json()
    assert [event["id"] for event in after["events"]] == [event["id"] for event in before["events"]]
    assert story.agency.get("/v1/events", params={"cursor": before["cursor"]}).status_code == 410


def test_restore_makes_no_second_voucher(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", fee="180.00")
    story.days(1)
    story.settle(claim, [payment], principal="12500.00", fees_kept="180.00", commission="625.00", vat="201.25")
    copy = backup(story)
    assert story.days(1)[0]["vouchers_booked"] == 1
    restore(story, copy)
    story.type("tenants", "resume", "t")
    done = story.run()
    assert (done["vouchers_booked"], done["differences"], done["uncertain"]) == (1, 0, 0)
    assert len(story.company.state()["files"]) == 1
    assert sum("Inkasso" in str(voucher) or "S1" in str(voucher) for voucher in story.company.state()["vouchers"]) == 1


def forgotten_payment(story):
    """A claim that was handed over and paid in part after the backup that was put back."""
    number = story.invoice()
    story.until("letters_sent")
    copy = backup(story)
    story.until("claims_handed_over")
    claim = story.acknowledge()
    story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    assert story.balance(number) == 7500
    restore(story, copy)
    story.type("tenants", "resume", "t")
    story.run()
    approve_all(story)
    assert story.run()["claims_handed_over"] == 0
    return number, claim, story.company.state()["payments"][-1]["Number"]


def test_forgotten_payment_is_booked_once(story):
    number, claim, payment = forgotten_payment(story)
    assert f"claims resolve {payment} --tenant t --through-agency" in tasks(story)
    story.type("claims", "resolve", payment, "--tenant", "t", "--through-agency", "the agency's list")
    assert story.run()["claims_handed_over"] == 1
    again = story.claim()
    assert (again["claim_id"], again["lines"][0]["open"]["amount"], again["payments"]) == (claim["claim_id"], "12500.00", [])
    story.pay_agency(claim, "P1", "5000.00")
    assert story.days(2)[-1]["differences"] == 0
    assert (story.balance(number), len(story.company.state()["payments"])) == (7500, 1)


def test_payment_of_the_debtor_is_a_payment_before(story):
    _, _, payment = forgotten_payment(story)
    story.type("claims", "resolve", payment, "--tenant", "t", "--from-debtor", "it came by bank")
    assert story.run()["claims_handed_over"] == 1
    claim = story.claim()
    assert [one["amount"]["amount"] for one in claim["payments"]] == ["5000.00"]
    assert (claim["lines"][0]["open"]["amount"], story.days(1)[0]["differences"]) == ("7500.00", 0)


def test_only_what_is_asked_is_answered(story):
    said = story.type("claims", "resolve", "999", "--tenant", "t", "--from-debtor", "it came by bank", code=2)
    assert "no open task asks" in said


def test_letter_due_after_the_restore_asks_nobody(story):
    restore(story, backup(story))
    story.type("tenants", "resume", "t")
    story.invoice()
    assert story.until("letters_sent")["asked"] == 0


def test_wrong_word_about_a_payment_is_corrected(story):
    number, claim, payment = forgotten_payment(story)
    story.type("claims", "resolve", payment, "--tenant", "t", "--from-debtor", "it came by bank")
    story.run()
    story.type("claims", "resolve", payment, "--tenant", "t", "--through-agency", "no, the agency's list has it")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert (story.balance(number), len(story.company.state()["payments"])) == (7500, 1)


def test_voucher_whose_first_attempt_failed_is_found(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", fee="180.00")
    story.days(1)
    story.settle(claim, [payment], principal="12500.00", fees_kept="180.00", commission="625.00", vat="201.25")
    copy = backup(story)
    years, story.company.books.years = story.company.books.years, []
    story.clock.advance(60)
    story.run()
    story.company.books.years = years
    assert story.days(1)[0]["vouchers_booked"] == 1
    restore(story, copy)
    story.type("tenants", "resume", "t")
    assert (story.run()["differences"], story.company.account_balance(1689)) == (0, Decimal("11673.75"))


def test_yes_before_the_backup_counts_no_more(story):
    story.type("policy", "use", "t", "se-cautious")
    story.invoice()
    story.until("asked")
    approve_all(story)
    copy = backup(story)
    assert story.days(1)[0]["letters_sent"] == 1
    restore(story, copy)
    story.type("tenants", "resume", "t")
    assert (story.run()["letters_sent"], len(approve_all(story))) == (0, 1)


def test_forgotten_handover_asks_after_a_forgotten_letter(story):
    story.invoice()
    story.days(1)
    copy = backup(story)
    story.until("claims_handed_over")
    restore(story, copy)
    story.type("tenants", "resume", "t")
    story.run()
    approve_all(story)
    assert sum(done["claims_handed_over"] for done in story.days(25)) == 0
    assert len(approve_all(story)) == 1


@pytest.mark.parametrize("wanted", ["file", "live"])
def test_backup_and_restore_tell_their_limits(story, wanted):
    if wanted == "file":
        backup(story)
        assert (story.home / "copy.db").stat().st_mode & 0o777 == 0o600
        assert "exists already" in story.type("db", "backup", str(story.home / "copy.db"), code=2)
    else:
        told = story.type("db", "restored")
        assert "t is paused" in told
        assert "Compare" in story.type("claims", "tasks", "--tenant", "t")
