"""One Danish invoice in e-conomic, from the § 10 letter to the settlement in its books; and what a person is asked on the way."""

import email
import email.policy
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from simulators.economic import Switches
from tests.books import EconomicBooks
from tests.story import dkk

CLEARING = EconomicBooks.accounts["clearing"]


def tasks(story):
    return {task["kind"]: task for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]}


@pytest.fixture
def story(danish):
    danish.connect()
    return danish


def test_whole_road_to_the_books(story):
    number, claim = story.handed_over()
    (mail,) = story.mailbox.mails
    letter = email.message_from_bytes(mail, policy=email.policy.default).get_body(("plain",)).get_content()
    assert "inkasso" in letter.lower() and "10" in letter
    assert claim["lines"][0]["invoice_no"] == number
    (contact,) = story.company.contacts.values()
    assert contact["notes"] == f"Faktura {number}: Inkasso A-1001"

    first = story.pay_agency(claim, "P1", "5000.00")
    (done,) = story.days(1)
    assert (done["payments_booked"], story.balance(number)) == (1, Decimal("7500.00"))
    assert story.company.account_balance(CLEARING) == 5000 and story.company.ledger.drafts == {}

    second = story.pay_agency(claim, "P2", "7500.00", interest="100.00", fee="180.00")
    story.days(1)
    assert story.balance(number) == 0
    paid_out = story.settle(
        claim, [first, second], principal="12500.00", interest="100.00", fees_kept="180.00", commission="625.00", vat="201.25"
    )
    (done,) = story.days(1)
    assert done["vouchers_booked"] == 1 and paid_out == Decimal("11773.75") == story.company.account_balance(CLEARING)
    assert story.company.account_balance(4310) == -100
    (document,) = story.company.documents.values()
    vouchers = {one["voucherNumber"] for one in story.company.ledger.entries if one["accountNumber"] == 4310}
    assert {document["voucherNumber"]} == vouchers and story.company.contents[1] == b"%PDF-1.4\n"
    assert done["differences"] == done["uncertain"] == 0
    assert not [row for row in story.simulator.log.rows if row["path"].endswith("/book")]


def booked_once(story, number, amounts):
    """Every payment stands once in the ledger, and none of our drafts is left."""
    paid = [one for one in story.company.ledger.entries if one["type"] == 2 and "open" in one]
    assert sorted(-one["amount"] for one in paid) == sorted(amounts) and not story.company.ledger.drafts
    assert story.company.account_balance(CLEARING) == sum(amounts)
    assert story.balance(number) == 12_500 - sum(amounts)


@pytest.mark.parametrize("danish", [Switches(), Switches(payments_match=False), Switches(idempotency_keeps_errors=True)], indirect=True)
def test_faults_book_nothing_twice(story):
    number, claim = story.handed_over()
    story.simulator.faults.rate = 0.12
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "2500.00")
    story.days(6)
    story.simulator.faults.rate = 0.0
    story.days(2)
    assert story.simulator.faults.injected > 5
    booked_once(story, number, [5000, 2500])


@pytest.mark.parametrize("danish", [Switches(payment_sign=1)], indirect=True)
def test_wrong_sign_is_one_booking_and_a_task(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    (done,) = story.days(1)
    assert (done["payments_booked"], done["refused"]) == (0, 1)
    assert "raises what the customer owes" in tasks(story)["refused_bookkeep_payment"]["what"]
    story.pay_agency(claim, "P2", "2500.00")
    story.days(2)
    assert "wrong sign" in tasks(story)["way_out"]["what"]
    assert len([one for one in story.company.ledger.entries if one["type"] == 2 and "open" in one]) == 1
    assert story.balance(number) == 12_500


def test_barred_period_moves_a_booking(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.idle(20)
    story.company.bar_periods("2025-05-31")
    story.days(2)
    (paid,) = [one for one in story.company.ledger.entries if one["type"] == 2 and "open" in one]
    assert story.balance(number) == 7_500 and paid["date"] == date(2025, 6, 1)


def test_debtor_who_pays_the_creditor_is_told_of(story):
    number, _claim = story.handed_over()
    story.company.pay(number, "4000.00", story.today)
    (done,) = story.days(1)
    assert done["direct_payments_reported"] == 1
    (told,) = story.claim()["direct_payments"]
    assert told["amount"] == dkk("4000.00")


def test_credit_note_lowers_the_claim(story):
    number, _ = story.handed_over()
    story.company.credit(number, "2500.00", story.today)
    story.days(2)
    claim = story.claim()
    assert [part["amount"] for part in claim["credits"]] == [dkk("2500.00")] and claim["direct_payments"] == []


def test_vendors_own_reminder_stops_ours(story):
    number = story.invoice()
    story.idle(4)
    story.company.remind(number, "100.00", story.today)
    story.days(12)
    assert not story.mailbox.mails and "gate_vendor_reminds" in tasks(story)


def test_money_on_account_stops_letters(story):
    story.invoice()
    story.company.pay_on_account("1", "500.00", story.today)
    story.days(12)
    assert not story.mailbox.mails and "gate_credit_open" in tasks(story)


def test_manual_invoice_is_seen_and_left_alone(story):
    customer = story.company.add_customer("Kunde 2 ApS", "25313763", "to@example.com")
    entry = story.company.add_manual_invoice(customer, "900.00", story.today - timedelta(days=60), story.today - timedelta(days=30))
    story.days(3)
    said = story.type("claims", "explain", f"entry-{entry}", "--tenant", "t")
    assert "document of kind other" in said and not story.mailbox.mails


@pytest.mark.parametrize(("paid", "account", "lost"), [("0.00", 2700, "12500.00"), ("12499.50", 2790, "0.50")], ids=["loss", "rest"])
def test_loss_is_written_off_when_approved(story, paid, account, lost):
    number, claim = story.handed_over()
    if paid != "0.00":
        story.pay_agency(claim, "P1", paid)
        story.days(2)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=paid != "0.00")
    story.days(1)
    story.type("claims", "write-off", number, "--tenant", "t", "--reason", "intet at hente")
    (done, last) = story.days(2)
    assert story.balance(number) == 0 and story.company.account_balance(account) == Decimal(lost)
    assert done["refused"] == last["differences"] == last["uncertain"] == 0
    texts = [one["text"] for one in story.company.ledger.entries if one["accountNumber"] == account]
    assert all(text.startswith(f"Afskrevet, faktura {number} kb-") for text in texts)


def test_reminder_of_its_own_is_refused_before_its_words_are_asked_for(story):
    assert "economic has no reminder of its own" in story.type("tenants", "reminder", "t", "--by", "vendor", code=2)
