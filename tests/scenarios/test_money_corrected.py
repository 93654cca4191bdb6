"""Money that is reported, booked, corrected and taken back in an order nobody plans for: it is asked for once, and booked once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.scenarios.test_money_back import bounce, reconcile, tasks
from tests.scenarios.test_money_by_hand import last_payment, paid_before, told


def ended(story, claim, payment=None):
    """The claim ends with something unpaid, and the creditor wants to hand the rest over again."""
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=payment is not None)
    story.days(1)
    story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "second placement")


def handed_over_anew(story, days):
    return sum(done["claims_handed_over"] for done in story.days(days))


def test_late_payment_is_booked_before_a_second_handover(story):
    _, claim = story.handed_over()
    ended(story, claim)
    story.pay_agency(claim, "P1", "12500.00")
    assert handed_over_anew(story, 4) == 0
    assert "Nothing waits" in tasks(story)


def test_rest_waits_for_the_settlement_of_what_was_paid(story):
    story.type("tenants", "accounts", "t", "--mode", "on_settlement", "--confirm")
    number, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00")
    ended(story, claim, payment)
    assert handed_over_anew(story, 3) == 0
    assert "is not booked yet" in story.type("claims", "explain", number, "--tenant", "t")
    story.settle(claim, [payment], principal="5000.00")
    assert handed_over_anew(story, 4) == 1
    assert story.claim()["lines"][0]["open"]["amount"] == "7500.00"


def test_corrected_report_pays_the_invoice(story):
    number, claim = paid_before(story)
    payment = story.pay_agency(claim, "P1", "12400.00")
    story.days(1)
    bounce(story, claim, payment)
    story.pay_agency(claim, "P1b", "12400.00")
    story.days(1)
    story.company.delete_payment(last_payment(story)["Number"])
    assert story.days(2)[-1]["differences"] == 0
    assert (story.balance(number), story.company.account_balance(2420)) == (0, 0)
    assert "Pay it back" not in tasks(story)


def test_booking_by_hand_that_is_deleted_undoes_no_credit(story):
    number, claim = paid_before(story)
    story.company.credit_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(2)
    payment = story.company.pay_invoice(number, Decimal("2500.00"), on=story.today, mode="KB")
    story.pay_agency(claim, "P1", "2500.00")
    story.days(2)
    story.company.delete_payment(payment)
    assert story.days(2)[-1]["differences"] > 0
    assert told(story) == ([], ["2500.00"])


def test_late_money_after_a_write_off_is_recovered(story):
    number, claim = paid_before(story)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=True)
    story.days(1)
    story.type("tenants", "accounts", "t", "--set", "loss=6069", "--confirm")
    story.type("claims", "write-off", number, "--tenant", "t", "--reason", "no assets at Kronofogden")
    story.days(2)
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert "book it as recovered" in tasks(story) and "Pay it back" not in tasks(story)


def test_payment_reported_before_a_write_off_stops_it(story):
    number, claim = paid_before(story)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=True)
    story.days(1)
    story.type("tenants", "accounts", "t", "--set", "loss=6069", "--confirm")
    story.type("claims", "write-off", number, "--tenant", "t", "--reason", "no assets at Kronofogden")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert (story.balance(number), story.company.account_balance(6069)) == (7400, 0)


def test_entered_payment_that_is_left_is_told(story):
    _, claim = paid_before(story)
    story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("throttled_retry_after", method="PUT", path_part="/bookkeep", times=99)
    story.days(1)
    story.simulator.faults.armed.clear()
    entered = last_payment(story)["Number"]
    story.company.pay_invoice(story.claim()["lines"][0]["invoice_ref"], Decimal("5000.00"), on=story.today, mode="KB")
    assert story.days(2)[-1]["differences"] == 0
    assert f"Delete payment {entered}" in tasks(story)


def test_two_halves_booked_by_hand_are_asked_about(story):
    number, claim = paid_before(story)
    story.pay_agency(claim, "P1", "12400.00")
    for half in ("6000.00", "6400.00"):
        story.company.pay_invoice(number, Decimal(half), on=story.today, mode="KB")
    story.days(2)
    assert story.company.account_balance(1689) == 12500
    assert "no payment the agency reported explains it" in tasks(story)


@pytest.mark.parametrize("mode", ["on_event", "on_settlement"])
def test_credit_of_a_waiting_payments_amount_is_told(story, mode):
    story.type("tenants", "accounts", "t", "--mode", mode, "--confirm")
    number, claim = paid_before(story) if mode == "on_event" else story.handed_over()
    story.company.set_account(1689, Active=mode == "on_settlement")
    story.pay_agency(claim, "P1", "2500.00")
    story.days(1)
    story.company.credit_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(2)
    assert told(story) == ([], ["2500.00"])


def test_our_payment_booked_anew_on_a_bank_is_asked_about(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    story.company.delete_payment(last_payment(story)["Number"])
    story.company.pay_invoice(number, Decimal("5000.00"), on=story.today)
    story.days(1)
    story.company.pay_invoice(number, Decimal("1000.00"), on=story.today)
    story.days(2)
    assert told(story)[0] == ["1000.00"]
    assert "may be the debtor's own" in tasks(story)


def test_negative_payment_takes_back_one_of_its_own_mode(story):
    story.simulator.world.switches = replace(story.simulator.world.switches, negative_payment=True)
    number = story.invoice()
    story.until("letters_sent")
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.until("claims_handed_over")
    claim = story.acknowledge()
    story.pay_agency(claim, "P1", "2500.00")
    story.days(2)
    story.company.pay_invoice(number, Decimal("-2500.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    assert (story.claim()["payments"], "clearing 2500.00" in reconcile(story)) == ([], True)


def returned(story):
    """A claim that ended unpaid, of which 100.00 was paid, with an account for losses."""
    number, claim = paid_before(story)
    story.type("tenants", "accounts", "t", "--set", "loss=6069", "--confirm")
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=True)
    story.days(1)
    return number, claim, payment


def write_off(story, number):
    story.type("claims", "write-off", number, "--tenant", "t", "--reason", "no assets at Kronofogden")


def test_second_write_off_after_a_bounce_is_booked(story):
    number, claim, payment = returned(story)
    write_off(story, number)
    story.days(1)
    bounce(story, claim, payment)
    story.days(1)
    story.company.delete_payment(story.company.state()["payments"][1]["Number"])
    story.days(1)
    write_off(story, number)
    story.days(2)
    assert (story.balance(number), story.company.account_balance(6069)) == (0, 12400)


def test_bounced_payment_replaced_at_once_is_followed(story):
    number, claim = paid_before(story)
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    bounce(story, claim, payment)
    story.pay_agency(claim, "P1b", "500.00")
    story.company.delete_payment(last_payment(story)["Number"])
    story.company.pay_invoice(number, Decimal("500.00"), on=story.today, mode="KB")
    assert story.days(2)[-1]["differences"] == 0
    assert (story.balance(number), len(story.company.state()["payments"])) == (11900, 2)


def test_direct_payment_in_place_of_a_bounced_one_is_told(story):
    number, claim = paid_before(story)
    payment = story.pay_agency(claim, "P1", "12400.00")
    story.days(1)
    bounce(story, claim, payment)
    story.days(1)
    story.company.delete_payment(last_payment(story)["Number"])
    story.company.pay_invoice(number, Decimal("12400.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    assert told(story) == (["12400.00"], [])


def test_bounce_after_the_end_is_a_task(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00")
    story.days(1)
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    story.days(1)
    bounce(story, claim, payment)
    story.days(1)
    assert "12500.00 SEK of it is unpaid, and nobody collects it" in tasks(story)


def test_second_agency_is_told_what_the_first_got(story):
    story.type("tenants", "accounts", "t", "--mode", "on_settlement", "--confirm")
    _, claim = story.handed_over()
    ended(story, claim)
    assert handed_over_anew(story, 4) == 1
    story.acknowledge()
    story.pay_agency(claim, "P1", "12500.00")
    assert story.days(3)[-1]["differences"] == 0
    assert told(story) == (["12500.00"], [])


def test_rest_waits_until_a_bounced_payment_is_out(story):
    number, claim, payment = returned(story)
    bounce(story, claim, payment)
    story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "second placement")
    assert handed_over_anew(story, 3) == 0
    assert "still stands in the books" in story.type("claims", "explain", number, "--tenant", "t")
    story.company.delete_payment(last_payment(story)["Number"])
    assert handed_over_anew(story, 3) == 1
    assert story.claim()["lines"][0]["open"]["amount"] == "12400.00"


def test_advance_of_a_bounced_payment_is_not_booked(story):
    number, claim = paid_before(story)
    story.company.pay_invoice(number, Decimal("12400.00"), on=story.today)
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("throttled_retry_after", method="POST", path_part="/vouchers", times=99)
    story.days(1)
    story.simulator.faults.armed.clear()
    bounce(story, claim, payment)
    story.days(2)
    assert (story.company.account_balance(2420), "Pay it back" in tasks(story)) == (0, False)
