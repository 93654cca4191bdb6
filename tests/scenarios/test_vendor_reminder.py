"""Reminders that Fortnox writes itself: chosen by the accountant, printed once, sent and counted like a letter of ours; and off by default."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from simulators.fortnox_world import RefusedError
from tests.scenarios.test_one_claim import body_of
from tests.scenarios.test_post import print_letters
from tests.story import START, org_no, sek

CHOSEN = ("--by", "vendor", "--fee", "60.00", "--pay-within-days", "12", "--announces-collection", "--confirm")


def choose(story, *options):
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, 7", "--since", "2025-01-01")
    return story.type("tenants", "reminder", "t", *(options or CHOSEN))


def printed(story):
    return [sending["invoice"] for sending in story.company.state()["sendings"] if sending["kind"] == "printreminder"]


def tasks(story):
    return json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]


def lost(story):
    """The intent of each reminder that waits for a person, by its invoice."""
    found = (re.search("print_reminder ([0-9a-f]+) .invoice:([0-9]+)", task["what"]) for task in tasks(story))
    return {one[2]: one[1] for one in found if one}


@pytest.mark.parametrize("counts", [True, False])
def test_vendor_reminder_reaches_the_agency(story, counts):
    story.simulator.world.switches = replace(story.simulator.world.switches, printreminder_counts=counts)
    choose(story)
    number = story.invoice()
    story.until("letters_sent")
    sent_on = story.today
    (mail,) = story.mailbox.mails
    assert mail.count(b"application/pdf") == 2 and f"faktura {number}" in body_of(mail)
    story.until("claims_handed_over")
    claim = story.claim()
    assert story.today > sent_on + timedelta(days=12)
    assert [(notice["sent_on"], notice["channel"], notice["fee"]) for notice in claim["notices"]] == [
        (sent_on.isoformat(), "email", sek("60.00"))
    ]
    assert claim["fees"] == [["reminder_fee", sek("60.00")]]
    assert sorted(document["kind"] for document in claim["documents"]) == ["invoice", "letter"]
    assert printed(story) == [number] and story.company.invoice(number)["Reminders"] == int(counts)


def test_vendor_reminder_is_off_by_default(story):
    story.invoice()
    story.until("claims_handed_over")
    assert story.company.state()["sendings"] == []
    assert len(story.mailbox.mails) == 1


def test_unconfirmed_choice_changes_nothing(story):
    assert "Not confirmed" in choose(story, *CHOSEN[:-1])
    story.invoice()
    story.until("letters_sent")
    assert printed(story) == []


def test_own_letters_come_back(story):
    choose(story)
    choose(story, "--by", "own")
    story.invoice()
    story.until("letters_sent")
    assert printed(story) == []


@pytest.mark.parametrize(("options", "why"), [
    (("--by", "vendor", "--confirm"), "is not told"),
    (("--by", "vendor", "--pay-within-days", "10", "--confirm"), "is not told"),
    ((*CHOSEN[:3], "61.00", *CHOSEN[4:]), "is the most"),
    ((*CHOSEN[:3], "-1.00", *CHOSEN[4:]), "is the most"),
    ((*CHOSEN[:3], "a lot", *CHOSEN[4:]), "not an amount"),
])  # fmt: skip
def test_wrong_statement_is_refused(story, options, why):
    story.type("tenants", "fee", "t", "--agreement", "terms", "--since", "2025-01-01")
    assert why in story.type("tenants", "reminder", "t", *options, code=2)


def test_fee_needs_its_agreement(story):
    assert "no agreement" in story.type("tenants", "reminder", "t", *CHOSEN, code=2)
    story.type("tenants", "reminder", "t", *CHOSEN[:2], *CHOSEN[4:])


@pytest.mark.parametrize("on_same_count", [True, False])
def test_vendors_own_automation_still_stops(story, on_same_count):
    story.simulator.world.switches = replace(story.simulator.world.switches, printreminder_counts=not on_same_count)
    choose(story)
    number = story.invoice()
    story.until("letters_sent")
    story.days(1)
    story.company.remind(number)
    assert sum(done["claims_handed_over"] for done in story.days(40)) == 0
    assert "two automations" in story.type("claims", "explain", number, "--tenant", "t")


def test_each_invoice_is_reminded_alone(story):
    choose(story)
    customer = story.company.add_customer("Kund 1 AB", "556036-0793", "kund@example.com")
    due = START + timedelta(days=2)
    numbers = [story.company.add_invoice(customer, Decimal(100), due - timedelta(days=30), due) for _ in range(2)]
    assert story.until("letters_sent")["letters_sent"] == 2
    assert sorted(printed(story)) == sorted(numbers)


def test_no_mail_address_goes_to_print(story):
    choose(story)
    story.invoice(email="")
    assert sum(done["letters_sent"] for done in story.days(20)) == 0
    assert story.mailbox.mails == []
    assert "One letter is" in print_letters(story)


def test_disputed_part_gets_our_own_letter(story):
    choose(story)
    number = story.invoice()
    story.days(1)
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "one pallet", "--amount", "2500.00")
    story.until("letters_sent")
    assert printed(story) == [] and "10 000,00 kr" in body_of(story.mailbox.mails[0])


def test_missing_announcement_gets_our_own_letter(story):
    choose(story, *CHOSEN[:-2], "--no-announces-collection", "--confirm")
    story.invoice()
    story.until("letters_sent")
    assert printed(story) == []


@pytest.mark.parametrize(
    ("fault", "settled"), [("drop_after", ("--landed", "1")), ("error_after", ("--landed", "1")), ("drop_before", ("--not-landed",))]
)
def test_lost_reminder_waits_for_a_person(story, fault, settled):
    choose(story)
    number = story.invoice()
    story.simulator.faults.arm(fault, method="GET", path_part="/printreminder")
    assert sum(done["letters_sent"] + done["claims_handed_over"] for done in story.days(30)) == 0
    assert len(tasks(story)) == 1
    asked = [row for row in story.simulator.log.rows if row["path"].endswith("/printreminder")]
    assert len(asked) == 1 and story.mailbox.mails == []
    story.type("claims", "resolve", lost(story)[number], "--tenant", "t", *settled)
    story.until("letters_sent", 3)
    assert len(story.mailbox.mails) == 1 and "att betala på faktura" in body_of(story.mailbox.mails[0])
    assert len(printed(story)) <= 1


def test_one_number_settles_one_reminder(story):
    choose(story)
    for serial in (1, 2):
        story.invoice(org_no=org_no(serial))
    story.simulator.faults.arm("drop_after", method="GET", path_part="/printreminder", times=2)
    story.days(12)
    first, second = lost(story).values()
    story.type("claims", "resolve", first, "--tenant", "t", "--landed", "1")
    assert "is 1 already" in story.type("claims", "resolve", second, "--tenant", "t", "--landed", "1", code=2)
    story.type("claims", "resolve", second, "--tenant", "t", "--landed", "2")


def test_refused_reminder_gets_our_own_letter(story, monkeypatch):
    def refuse(*_):
        raise RefusedError(2000106, "Fakturan kan inte påminnas.")

    choose(story)
    story.invoice()
    monkeypatch.setattr(story.company, "remind", refuse)
    story.until("letters_sent")
    asked = [row for row in story.simulator.log.rows if row["path"].endswith("/printreminder")]
    assert len(asked) == len(tasks(story)) == len(story.mailbox.mails) == 1
    assert "att betala på faktura" in body_of(story.mailbox.mails[0])


def test_hold_between_print_and_mail_is_kept(story, monkeypatch):
    choose(story)
    number = story.invoice()
    remind = story.company.remind

    def hold_meanwhile(*given):
        remind(*given)
        story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")

    monkeypatch.setattr(story.company, "remind", hold_meanwhile)
    assert sum(done["letters_sent"] for done in story.days(20)) == 0
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.until("letters_sent", 2)
    assert printed(story) == [number] and "att betala på faktura" in body_of(story.mailbox.mails[0])


def test_throttled_reminder_goes_later(story):
    choose(story)
    number = story.invoice()
    story.simulator.faults.arm("throttled", method="GET", path_part="/printreminder")
    story.until("letters_sent")
    assert printed(story) == [number] and tasks(story) == []
    assert "wrote its reminder" in story.type("claims", "explain", number, "--tenant", "t")


def test_fee_that_fortnox_booked_with_a_reminder_nobody_got_is_taken_back(story):
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=1518", "--confirm")
    choose(story, *CHOSEN, "--fee-booked")
    number = story.invoice()
    story.simulator.faults.arm("drop_after", path_part="printreminder")
    story.until("uncertain")
    story.days(1)
    story.type("claims", "resolve", lost(story)[number][:12], "--tenant", "t", "--landed", "seen")
    story.until("letters_sent")
    story.days(1)
    # Fortnox had debited its 60 there itself; our voucher is the other side of that, and nothing more.
    assert (story.company.account_balance(1518), story.company.account_balance(3590)) == (-60, 60)
    assert sum(done["vouchers_booked"] for done in story.days(3)) == 0
