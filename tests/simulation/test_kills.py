"""The process is killed for real at every place of a run; afterwards the simulators, not our database, are counted."""

import email
import json
import os
import signal
import subprocess
import sys
from collections import Counter

import pytest
from pypdf import PdfReader

from tests.killing import PLACES, is_killed, run_killed
from tests.scenarios.test_post import print_letters, reminded_by_post, tasks
from tests.scenarios.test_vendor_reminder import choose, lost, printed
from tests.scenarios.test_write_off import choose_account, given_back, write_off
from tests.story import org_no


def test_environment_arms_a_place():
    command = [sys.executable, "-c", "from core.engine import crash; crash.point('plan.after_commit'); crash.point('listen.after_commit')"]
    killed = {
        place: subprocess.run(command, env=os.environ | {"KRAVBRO_CRASH": place}, check=False).returncode
        for place in ("listen.after_commit:1", "listen.after_commit:2")
    }
    assert killed == {"listen.after_commit:1": -signal.SIGKILL, "listen.after_commit:2": 0}


def submitted(story):
    """How often each invoice was handed over, as the agency reads it."""
    events = story.agency.get("/v1/events?limit=500&types=claim.submitted").json()["events"]
    claims = [story.agency.get(f"/v1/claims/{event['claim_id']}").json() for event in events]
    return Counter(line["invoice_no"] for claim in claims for line in claim["lines"])


@pytest.mark.slow
def test_killed_while_writing_and_handing_over(story):
    numbers = [story.invoice(org_no=org_no(serial)) for serial in range(6)]
    story.idle(9)
    story.morning()
    killed = [run_killed(place) for place in PLACES]
    story.idle(13)
    story.morning()
    killed += [run_killed(place) for place in PLACES]
    story.days(2)
    _settle_by_hand(story)
    story.idle(18)
    story.days(2)
    assert all(killed)
    assert submitted(story) == dict.fromkeys(numbers, 1)
    _assert_letters_identical(story, numbers)


def _settle_by_hand(story):
    """A letter that was killed twice is a person's to look up: here it is in the mailbox."""
    tasks = json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]
    for task in tasks:
        intent = task["what"].partition("send_letter ")[2].partition(" ")[0]
        assert any(intent.encode() in mail for mail in story.mailbox.mails)
        story.type("claims", "resolve", intent, "--tenant", "t", "--landed", "the mailbox")


def _assert_letters_identical(story, numbers):
    """Every letter went, at most twice, and the second copy is the first one."""
    by_id = {}
    for raw in story.mailbox.mails:
        by_id.setdefault(email.message_from_bytes(raw)["Message-ID"], []).append(raw)
    assert len(by_id) == len(numbers)
    assert all(len(copies) <= 2 and len(set(copies)) == 1 for copies in by_id.values())


@pytest.mark.slow
def test_killed_while_booking(story):
    number, claim = story.handed_over()
    for count, place in enumerate(PLACES, start=1):
        story.pay_agency(claim, f"P{count}", "100.00")
        killed = run_killed(place)
        assert killed or place.startswith("plan"), place  # bookings are planned without those places
        story.days(1)
        assert len(story.company.state()["payments"]) == count, place
        assert story.balance(number) == 12500 - 100 * count, place
    assert story.days(1)[0]["differences"] == 0


@pytest.mark.slow
def test_killed_while_the_vendor_reminds(story):
    choose(story)
    numbers = [story.invoice(org_no=org_no(serial)) for serial in range(6)]
    story.idle(9)
    story.morning()
    assert all([run_killed(place) for place in PLACES])  # noqa: C419  (each of them runs)
    story.days(1)
    for number, intent in lost(story).items():
        landed = ("--landed", number) if number in printed(story) else ("--not-landed",)
        story.type("claims", "resolve", intent, "--tenant", "t", *landed)
    story.days(3)
    assert max(Counter(printed(story)).values()) == 1
    _assert_letters_identical(story, numbers)


def text_of(file):
    return [page.extract_text() for page in PdfReader(file).pages]


def print_killed(story):
    """Print what waits in a process that dies between the file and its record."""
    number = reminded_by_post(story)
    assert is_killed("print.after_file", "tenants", "print", "t", "--out", str(story.home / "print.pdf"))
    return number


@pytest.mark.slow
def test_killed_between_print_and_record(story):
    print_killed(story)
    assert tasks(story) == ["letters_to_print"]
    again = story.type("tenants", "print", "t", "--out", str(story.home / "print.pdf"), code=2)
    assert "post the new file alone" in again
    assert "One letter is" in print_letters(story, "new.pdf")
    assert text_of(story.home / "new.pdf") == text_of(story.home / "print.pdf")
    assert "No letter waits" in print_letters(story, "third.pdf")


@pytest.mark.slow
def test_killed_print_of_who_has_paid(story):
    story.company.pay_invoice(print_killed(story), on=story.today)
    assert "No letter waits" in print_letters(story, "new.pdf")
    story.days(1)
    assert tasks(story) == []


@pytest.mark.slow
def test_killed_while_writing_off(story):
    number = given_back(story)
    choose_account(story)
    write_off(story, number)
    assert [run_killed("deliver.after_send") for _ in range(2)] == [True, True]  # what is entered, and what books it
    done = story.days(2)[-1]
    assert (len(story.company.state()["payments"]), story.company.account_balance(6069), story.balance(number)) == (1, 12500, 0)
    assert done["differences"] == done["uncertain"] == 0
