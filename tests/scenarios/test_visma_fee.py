"""A reminder that eAccounting mails with its fee: booked there or by our voucher, never both; and stopped where it lands on the invoice."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.scenarios.test_post import print_letters


def choose(story, late_fee, *said):
    """Let eAccounting treat a fee in one way, and the accountant say what it is."""
    story.simulator.world.switches = replace(story.simulator.world.switches, late_fee=late_fee)
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
    return story.type("tenants", "reminder", "t", "--by", "vendor", "--fee-along", *said, "--confirm")


def account_of(story, number):
    return sum(amount for voucher in story.books.vouchers() for account, amount in voucher.rows if account == number)


def settled(story):
    """Live until the agency has settled the reminder's fee and nothing else, and the claim has ended."""
    story.until("claims_handed_over")
    claim = story.acknowledge()
    story.days(1)
    paid = story.pay_agency(claim, "P1", "12500.00", reminder_fee="60.00")
    story.settle(claim, [paid], principal="12500.00", creditor_fees="60.00")
    story.days(2)
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    (*_, done) = story.days(2)
    assert done["differences"] == done["uncertain"] == 0
    return claim


@pytest.fixture
def story(visma_story):
    return visma_story


def test_fee_that_is_printed_alone_is_booked_by_our_voucher(story):
    choose(story, "printed", "--fee-not-booked")
    story.invoice()
    story.until("letters_sent")
    assert [one["fee"] for one in story.company.sent] == [60] and story.books.ours() == []
    claim = settled(story)
    assert claim["fees"] == [["reminder_fee", story.money("60.00")]]
    assert (account_of(story, 3990), account_of(story, 3540)) == (-60, 0)


def test_fee_that_eaccounting_books_is_booked_by_no_voucher_of_ours(story):
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=1510", "--confirm")
    choose(story, "voucher", "--fee-booked")
    ref = story.invoice()
    story.until("letters_sent")
    assert account_of(story, 3540) == -60 and [one for one in story.books.ours() if one.rows[1][0] == 3990] == []
    settled(story)
    assert story.balance(ref) == 0
    assert (account_of(story, 3990), account_of(story, 3540), account_of(story, 1510)) == (0, -60, 0)


def test_fee_that_eaccounting_booked_is_taken_back_where_it_is_waived(story):
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=1510", "--confirm")
    choose(story, "voucher", "--fee-booked")
    ref = story.invoice()
    story.until("letters_sent")
    story.books.pay(ref, "12500.00", story.today)
    story.days(2)
    assert (account_of(story, 3990), account_of(story, 3540), account_of(story, 1510)) == (60, -60, 0)


def test_fee_that_lands_on_the_invoice_stops_it_and_goes_along_no_more(story):
    choose(story, "on_invoice", "--fee-not-booked")
    ref = story.invoice()
    story.until("letters_sent")
    assert story.balance(ref) == Decimal("12560.00")
    assert sum(one["claims_handed_over"] for one in story.days(30)) == 0
    (task,) = [
        one for one in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"] if one["kind"] == "fee_on_invoice"
    ]
    assert "12560.00 SEK is open, it was 12500.00 SEK" in task["what"]
    assert json.loads(story.type("tenants", "show", "t", "--json"))["vendor_reminder"]["fee_along"] is False
    invoice = story.company.invoicing.invoices[ref]
    invoice["_left"] -= 60
    story.company.invoicing.touch(invoice)
    story.type("claims", "release", "1001", "--tenant", "t", "--reason", "taken off")
    story.until("claims_handed_over")
    claim = story.claim()
    assert account_of(story, 3990) == 0
    assert claim["lines"][0]["open"] == story.money("12500.00") and claim["fees"] == [["reminder_fee", story.money("60.00")]]


def test_letter_by_post_takes_its_fee_nowhere_else(story):
    choose(story, "voucher", "--fee-not-booked")
    story.invoice(email="")
    story.until("to_print")
    print_letters(story)
    assert story.company.sent == [] and account_of(story, 3540) == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), "it is not told whether visma books that fee"),
        (("--fee-booked",), "no account is chosen for fees and interest"),
    ],
)
def test_fee_along_needs_to_be_told(story, said, told):
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6")
    assert told in story.type("tenants", "reminder", "t", "--by", "vendor", "--fee-along", *said, "--confirm", code=2)


def test_fee_along_needs_an_agreement(story):
    said = story.type("tenants", "reminder", "t", "--by", "vendor", "--fee-along", "--fee-not-booked", "--confirm", code=2)
    assert "no agreement about reminder fees" in said


def test_fee_that_was_said_to_be_booked_and_lands_on_the_invoice_is_booked_by_our_voucher(story):
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=1510", "--confirm")
    choose(story, "on_invoice", "--fee-booked")
    ref = story.invoice()
    story.until("letters_sent")
    invoice = story.company.invoicing.invoices[ref]
    invoice["_left"] -= 60
    story.company.invoicing.touch(invoice)
    story.type("claims", "release", "1001", "--tenant", "t", "--reason", "taken off")
    settled(story)
    assert (account_of(story, 3990), account_of(story, 1510)) == (-60, 0)


def test_account_stays_once_eaccounting_booked_a_fee_there(story):
    story.type("tenants", "accounts", "t", "--set", "charges_receivable=1510", "--confirm")
    choose(story, "voucher", "--fee-booked")
    story.invoice()
    story.until("letters_sent")
    said = story.type("tenants", "accounts", "t", "--set", "charges_receivable=1519", "--confirm", code=2)
    assert "bookings have gone by 1510 already" in said


def test_fee_on_the_invoice_is_seen_where_a_person_says_that_the_reminder_went(story):
    choose(story, "on_invoice", "--fee-not-booked")
    ref = story.invoice()
    story.simulator.faults.arm("drop_after", method="POST", path_part="paymentreminders")
    story.until("uncertain")
    story.days(1)
    (task,) = [one for one in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"] if one["kind"] == "uncertain"]
    intent = re.search("send_letter ([0-9a-f]+)", task["what"])[1]
    story.type("claims", "resolve", intent, "--tenant", "t", "--landed", "seen")
    assert story.balance(ref) == Decimal("12560.00")
    assert "fee_on_invoice" in story.type("claims", "tasks", "--tenant", "t")


@pytest.mark.parametrize(("fee", "told"), [("abc", "not an amount"), ("-5", "say --fee-along"), ("60.00", "say --fee-along")])
def test_fee_of_its_own_settings_is_refused_where_our_text_states_it(story, fee, told):
    assert told in story.type("tenants", "reminder", "t", "--by", "vendor", "--fee", fee, "--confirm", code=2)


def test_fee_of_nothing_is_taken(story):
    assert "is told no fee" in story.type("tenants", "reminder", "t", "--by", "vendor", "--fee", "0", "--confirm")
