"""Bad input gets one sentence and its exit code; nothing is lost and nothing half-sent."""

import json
import re
import shlex
import sqlite3
from datetime import timedelta
from decimal import Decimal

import pytest

from core.store import database as store_database
from tests.story import ORG_NO, START, org_no


def test_wrong_company_is_refused(story):
    url = story.url
    arguments = (
        "--secret-file",
        str(story.home / "secret"),
        "--set",
        "client_id=client",
        "--set",
        "tenant_id=1001",
        "--set",
        f"api_url={url}",
    )
    said = story.type("connect", "fortnox", "--tenant", "x", "--org-no", "556012-5790", *arguments, "--set", f"apps_url={url}", code=2)
    assert "Björks Bageri AB" in said
    assert "no such tenant" in story.type("run", "--tenant", "x", code=2)


def test_wrong_secret_pauses_with_a_sentence(story):
    story.simulator.add_client("client", "another-secret", "http://localhost:8765/")
    story.clock.advance(7200)
    said = story.type("run", "--tenant", "t", code=1)
    assert "no longer lets us in" in said
    assert "client-secret" not in said
    assert "paused" in story.type("run", "--tenant", "t", code=2)


def test_revoked_consent_resumes_after_a_new_one(story):
    story.simulator.revoke_consent("client", 1001)
    story.clock.advance(7200)
    story.type("run", "--tenant", "t", code=1)
    story.simulator.consent("client", 1001)
    story.type("tenants", "resume", "t")
    story.run()


def test_wrong_master_key_is_told(story):
    path = story.home / "master.key"
    path.write_text("kravbro master key, version 1\n" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n")
    assert "not the one this data was written with" in story.type("run", "--tenant", "t", code=2)


def test_clock_set_back_sends_nothing(story):
    story.days(3)
    story.clock.set(story.clock.now() - 10 * 86400)
    assert "last run for" in story.type("run", "--tenant", "t", code=2)


@pytest.mark.opens_database
def test_locked_database_is_told(story, monkeypatch):
    monkeypatch.setattr(store_database.Database.__init__, "__kwdefaults__", {"busy_timeout_s": 0.2})
    blocker = sqlite3.connect(story.home / "kravbro.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    assert "locked by another process" in story.type("run", "--tenant", "t", code=4)
    blocker.execute("ROLLBACK")
    blocker.close()


def test_schema_of_a_newer_program_is_told(story):
    with sqlite3.connect(story.home / "kravbro.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert "newer program" in story.type("run", "--tenant", "t", code=2)


def test_broken_policy_names_line_and_key(story):
    path = story.home / "policy.toml"
    path.write_text(story.type("policy", "show", "se-standard").replace("after_days = 7", "after_dayz = 7"))
    assert "policy.toml:15" in story.type("policy", "use", "t", str(path), code=2)


@pytest.mark.parametrize("version", ["9" * 24, "9" * 5000, "0", "2"])
def test_version_that_is_not_there_is_told(story, version):
    assert "no such version (there are 1 to 1)" in story.type("policy", "diff", version, "1", "--tenant", "t", code=2)
    assert "0 of 0 open invoices" in story.type("policy", "diff", "1", "current", "--tenant", "t")


def test_never_ends_a_hold_and_nothing_else(story):
    number = story.invoice()
    story.days(1)
    hold = ("claims", "hold", number, "--tenant", "t", "--reason", "court order", "--until")
    assert "until 9999-12-31" in story.type(*hold, "9999-12-31")
    assert "no day to reckon with" in story.type(*hold, "9998-12-31", code=2)
    assert "no day to reckon with" in story.type("claims", "explain", number, "--tenant", "t", "--as-of", "9999-12-31", code=2)


@pytest.mark.parametrize("ref", ["nonsense", "%", "_", "", "999999"])
def test_unknown_reference_is_told(story, ref):
    said = story.type("claims", "explain", ref, "--tenant", "t", code=2)
    assert "neither an invoice that was read nor a claim" in said


def test_hint_for_an_unknown_reference_works_as_typed(story):
    hint = shlex.split(re.search("`kravbro ([^`]+)`", story.type("claims", "explain", "7", "--tenant", "t", code=2))[1])
    assert "`kravbro run --tenant t` reads the books" in story.type(*hint)
    story.invoice()
    story.until("claims_handed_over")
    story.invoice("300.00")
    story.days(1)
    first, second = json.loads(story.type(*hint, "--json"))["invoices"]
    assert (first["claim"], second["claim"], second["open"]) == (story.claim()["claim_id"], "-", "300.00")
    for listed in (first, second):
        assert listed["number"] in story.type("claims", "explain", listed["invoice"], "--tenant", "t")


def test_odd_rows_are_set_aside_alone(story):
    good = story.invoice()
    bad = story.invoice()
    story.company.set_invoice(bad, DueDate=None)
    assert story.until("letters_sent")["letters_sent"] == 1
    assert bad in story.type("tenants", "show", "t")
    assert "reminder went by" in story.type("claims", "explain", good, "--tenant", "t")


def test_vanished_invoice_stops_nothing(story):
    gone, good = story.invoice(), story.invoice()
    story.days(2)
    del story.company.invoicing.records[gone]
    assert story.until("letters_sent")["letters_sent"] == 1
    assert story.balance(good) == 12500


def test_bounced_payment_is_turned_round(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00", "50.00")
    story.days(1)
    story.tell(claim, "payment_received", **payment | {"payment_id": "P2", "reverses": "P1"})
    story.days(1)
    assert "bounced" in story.type("claims", "tasks", "--tenant", "t")
    assert "debtor 12550.00" in story.type("reconcile", "--tenant", "t")  # the interest stays demanded


def test_locked_period_moves_to_first_open_day(story):
    number, claim = story.handed_over()
    story.company.book_bank = lambda *_: None  # its days are locked too
    story.company.lock_period(story.today + timedelta(days=3))
    story.pay_agency(claim, "P1", "5000.00")
    story.days(3)
    (payment,) = story.company.state()["payments"]
    assert payment["PaymentDate"] > str(story.today - timedelta(days=1))
    assert story.balance(number) == 7500


def test_overpaid_claim_asks_a_person(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "13000.00")
    story.days(2)
    assert "ask" in story.type("claims", "tasks", "--tenant", "t")
    assert (story.balance(number), story.company.account_balance(2420)) == (0, -500)


def test_late_news_of_an_ended_claim_is_kept(story):
    number, claim = story.handed_over()
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    story.tell(claim, "phase_changed", phase="amicable")
    story.pay_agency(claim, "P9", "2500.00")
    story.days(2)
    assert story.balance(number) == 10000


def connect(story, tenant, code=0):
    given = ("client_id=client", "tenant_id=1001", f"api_url={story.url}", f"apps_url={story.url}")
    settings = [part for one in given for part in ("--set", one)]
    secret = str(story.home / "secret")
    return story.type("connect", "fortnox", "--tenant", tenant, "--org-no", "5566778899", "--secret-file", secret, *settings, code=code)


def test_company_of_another_tenant_is_refused(story):
    assert "connected as tenant t already" in connect(story, "t2", code=2)
    assert "no such tenant" in story.type("tenants", "show", "t2", code=2)
    assert "is connected" in connect(story, "t")


@pytest.mark.parametrize("change", ["clearing=1684", "mode=KX", "receivable=1511"])
def test_accounts_stay_once_something_is_booked(story, change):
    _, claim = story.handed_over()
    story.type("tenants", "accounts", "t", "--set", change)
    kept = {"clearing": "1689", "mode": "KB", "receivable": "1510"}
    story.type("tenants", "accounts", "t", *[part for name, value in kept.items() for part in ("--set", f"{name}={value}")], "--confirm")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    assert "bookings have gone by" in story.type("tenants", "accounts", "t", "--set", change, code=2)
    assert "payments were booked" in story.type("tenants", "accounts", "t", "--mode", "on_settlement", code=2)
    story.type("tenants", "accounts", "t", "--set", "interest=3990", "--mode", "on_event")


def uncertain(story):
    with sqlite3.connect(story.home / "kravbro.db") as database:
        found = [row[0][:12] for row in database.execute("SELECT id FROM intents WHERE state = 'uncertain'")]
    database.close()
    return found


def landed(story, intent, ref, code=0):
    return story.type("claims", "resolve", intent, "--tenant", "t", "--landed", ref, code=code)


def test_landed_is_looked_up(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P0", "100.00")
    story.days(1)
    story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("drop_after", method="POST", path_part="/3/invoicepayments")
    story.days(1)
    (intent,) = uncertain(story)
    (first, second) = [payment["Number"] for payment in story.company.state()["payments"]]
    assert f"is {first} already" in landed(story, intent, str(first), code=2)
    assert "is not it" in landed(story, intent, "4711", code=2)
    assert "done" in landed(story, intent, str(second))
    story.days(1)
    assert story.balance(number) == 7400


def test_two_letters_landed_have_no_number(story):
    story.invoice()
    story.invoice(org_no="556012-5790")
    story.until("letters_sent")
    with sqlite3.connect(story.home / "kravbro.db") as database:
        database.execute("UPDATE intents SET state = 'uncertain', attempts = 2 WHERE kind = 'send_letter'")
        database.execute("UPDATE intent_subjects SET is_open = 1 WHERE kind = 'send_letter'")
    database.close()
    for intent in uncertain(story):
        assert "done" in landed(story, intent, "the mailbox")
    assert story.days(1)[0]["uncertain"] == 0


def test_mail_settings_stop_letters_alone(story):
    """No STARTTLS, no letter: it waits, the rest of the run goes on, and a person is told what to set."""
    number, claim = story.handed_over()
    story.invoice(org_no=org_no(7), due=story.today - timedelta(days=1))
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", "--port", str(story.smtp_port), "--from", "a@bjorks.example")
    story.days(7)
    story.pay_agency(claim, "P1", "5000.00")
    done = story.days(2)
    assert (sum(one["letters_sent"] + one["uncertain"] + one["refused"] for one in done), story.balance(number)) == (0, 7500)
    assert any("offers no STARTTLS" in said for one in done for said in one["messages"])
    assert "--security" in story.type("claims", "tasks", "--tenant", "t")
    mended = ("--port", str(story.smtp_port), "--security", "none", "--from", "a@bjorks.example")
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", *mended)
    assert story.until("letters_sent")["uncertain"] == 0
    assert "--security" not in story.type("claims", "tasks", "--tenant", "t")


def test_broken_mail_server_is_asked_once_a_run(story):
    for serial in (1, 2, 3):
        story.invoice(org_no=org_no(serial))
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", "--port", "1", "--security", "none", "--from", "a@bjorks.example")
    done = story.days(12)
    assert [one["letters_sent"] for one in done] == [0] * 12
    assert max(len([line for line in one["messages"] if "mail server" in line]) for one in done) == 1


def connect_with(story, bankgiro):
    """Correct the company's account in the books, and connect it again."""
    story.company.bankgiro = bankgiro
    given = {"client_id": "client", "tenant_id": "1001", "api_url": story.url, "apps_url": story.url}
    settings = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    story.type("connect", "fortnox", "--tenant", "t", "--org-no", ORG_NO, "--secret-file", str(story.home / "secret"), *settings)


def test_wrong_account_stops_letters_alone(story):
    """Nobody could pay it: no letter, the rest of the run goes on, and a person is told what to correct."""
    number, claim = story.handed_over()
    connect_with(story, "5050-1056")
    late = story.invoice(org_no=org_no(7), due=story.today - timedelta(days=1))
    story.days(7)
    story.pay_agency(claim, "P1", "5000.00")
    done = story.days(2)
    assert (sum(one["letters_sent"] + one["uncertain"] + one["refused"] for one in done), story.balance(number)) == (0, 7500)
    assert f"The letter about invoice {late} can't be written: the company's bankgiro" in story.type("claims", "tasks", "--tenant", "t")
    connect_with(story, "5050-1055")
    assert story.until("letters_sent")["letters_sent"] == 1
    assert "bankgiro" not in story.type("claims", "tasks", "--tenant", "t")


def test_name_that_no_font_shows_stops_its_letter(story):
    """A letter to "□□" is to nobody: a person is told, and it goes once the books name the debtor in letters that can be printed."""
    customer = story.company.add_customer("شركة", org_no(8), "kund@example.com")
    number = story.company.add_invoice(customer, Decimal("900.00"), START - timedelta(days=20), START + timedelta(days=2))
    assert [one["letters_sent"] for one in story.days(12)] == [0] * 12
    told = f"The letter about invoice {number} can't be written: letter reminder: 'شركة' holds 'ش', which its fonts (Latin, Greek and Cyrillic) can't show"
    places = (("claims", "tasks"), ("claims", "explain", number), ("policy", "dry-run"))
    assert all(told in story.type(*where, "--tenant", "t") for where in places)
    story.company.set_customer(customer, Name="Sharika AB")
    assert story.until("letters_sent")["letters_sent"] == 1
    assert not any("can't show" in story.type(*where, "--tenant", "t") for where in places)
