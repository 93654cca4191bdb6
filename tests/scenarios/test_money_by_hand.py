"""What people do in the books beside us: book the agency's money, undo, delete, lock, pay too much; the agency and the audit are told the truth."""

from dataclasses import replace
from decimal import Decimal

from core.engine import book
from tests.scenarios.test_money_back import _execute, bounce, reconcile, tasks, vouchers
from tests.story import START, org_no, sek


def paid_before(story, first="100.00"):
    """A claim of which a first payment is booked, so that our mode of payment is there."""
    number, claim = story.handed_over()
    story.pay_agency(claim, "P0", first)
    story.days(1)
    return number, claim


def told(story):
    """What the agency reads of direct payments and credits."""
    claim = story.claim()
    return [part["amount"]["amount"] for part in claim["direct_payments"]], [part["amount"]["amount"] for part in claim["credits"]]


def last_payment(story):
    return story.company.state()["payments"][-1]


def test_two_parts_of_one_invoice_are_booked_as_one(story):
    number, claim = story.handed_over()
    parts = [{"component": "principal", "amount": sek(part), "invoice_ref": number} for part in ("2000.00", "3000.00")]
    story.tell(claim, "payment_received", payment_id="P1", received_on=str(story.today), amount=sek("5000.00"), allocations=parts)
    story.settle(claim, [{"payment_id": "P1", "amount": sek("5000.00")}], principal="5000.00", commission="500.00", vat="125.00")
    assert story.days(2)[-1]["differences"] == 0
    assert (story.balance(number), story.company.account_balance(1689)) == (7500, 4375)


def test_refused_payment_booked_by_hand_is_no_direct_payment(story):
    number, claim = paid_before(story)
    story.company.set_account(1689, Active=False)
    story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    story.company.set_account(1689, Active=True)
    story.company.pay_invoice(number, Decimal("5000.00"), on=story.today, mode="KB")
    assert story.days(2)[-1]["differences"] == 0
    assert told(story) == ([], [])
    assert "refused" not in tasks(story) and "clearing 5100.00" in reconcile(story)


def test_payment_on_our_mode_that_nothing_explains_is_asked_about(story):
    number, _ = paid_before(story)
    story.company.pay_invoice(number, Decimal("900.00"), on=story.today, mode="KB")
    story.pay_agency(story.claim(), "P1", "400.00")
    assert story.days(2)[-1]["differences"] > 0
    assert told(story) == ([], [])


def test_payment_on_our_mode_that_is_the_debtors_is_told(story):
    number, _ = paid_before(story)
    payment = story.company.pay_invoice(number, Decimal("900.00"), on=story.today, mode="KB")
    story.pay_agency(story.claim(), "P1", "400.00")
    story.days(1)
    story.type("claims", "resolve", payment, "--tenant", "t", "--from-debtor", "it came by bank")
    assert story.days(2)[-1]["differences"] == 0
    assert (told(story), story.balance(number)) == ((["900.00"], []), 11100)


def entered_and_locked(story):
    """An invoice with a payment that was entered, and whose period was locked before it was booked."""
    number, claim = paid_before(story)
    story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("throttled_retry_after", method="PUT", path_part="/bookkeep", times=99)
    story.run()
    story.simulator.faults.armed.clear()
    story.company.lock_period(story.today)
    story.morning()
    story.run()
    return number


def test_entered_payment_booked_by_hand_in_a_lock(story):
    number = entered_and_locked(story)
    assert "Open the period" in tasks(story)
    story.company.lock_period(None)
    with story.company.world.lock:
        story.company.payments.book(story.company.payments.records[last_payment(story)["Number"]])
    assert story.days(1)[0]["differences"] == 0
    assert (told(story), story.balance(number)) == (([], []), 7400)


def test_entered_payment_is_booked_when_the_period_opens(story):
    number = entered_and_locked(story)
    story.company.lock_period(None)
    assert story.days(2)[-1]["differences"] == 0
    assert (story.balance(number), len(story.company.state()["payments"])) == (7400, 2)
    assert "Open the period" not in tasks(story)


def test_late_money_of_the_first_claim_is_told_as_what_it_is(story):
    number, claim = story.handed_over()
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "second placement")
    story.until("claims_handed_over", 3)
    story.acknowledge()
    story.days(1)
    story.pay_agency(claim, "P9", "5000.00")
    done = story.days(3)
    assert (done[-1]["differences"], sum(one["direct_payments_reported"] for one in done)) == (0, 0)
    assert told(story) == (["5000.00"], [])
    assert "through an earlier claim" in story.type("claims", "explain", number, "--tenant", "t")


def test_other_figures_under_a_known_settlement_are_asked_about(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00")
    story.settle(claim, [payment], principal="12500.00", commission="6250.00", vat="1562.50")
    story.days(1)
    story.settle(claim, [payment], principal="12500.00", commission="625.00", vat="156.25")
    story.days(2)
    assert "again with other figures" in tasks(story)
    assert len(vouchers(story)) == 1


def test_fee_id_of_two_claims_is_asked_about(story):
    for serial in (1, 2):
        story.invoice(org_no=org_no(serial))
    story.until("claims_handed_over")
    fee = {"fee_id": "F1", "component": "collection_cost", "amount": sek("180.00"), "charged_on": str(story.today)}
    for event in story.agency.get("/v1/events?types=claim.submitted").json()["events"]:
        story.tell({"claim_id": event["claim_id"]}, "fee_charged", **fee)
    assert story.days(1)[0]["differences"] == 1
    assert "each fee has an id of its own" in tasks(story) and "180.00 SEK, 0 days old" in reconcile(story)


def test_undone_credit_is_corrected(story):
    number, _ = story.handed_over()
    story.company.set_invoice(number, Balance=Decimal("10000.00"))
    story.days(1)
    assert told(story) == ([], ["2500.00"])
    story.company.set_invoice(number, Balance=Decimal("12500.00"))
    assert story.days(2)[-1]["differences"] == 0
    assert told(story) == ([], [])
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    assert told(story) == (["2500.00"], [])


def test_undone_direct_payment_is_corrected(story):
    number, _ = story.handed_over()
    payment = story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(1)
    assert told(story) == (["2500.00"], [])
    story.company.delete_payment(payment)
    assert story.days(2)[-1]["differences"] == 0
    assert told(story) == ([], [])
    assert "undone in the books" in story.type("claims", "explain", number, "--tenant", "t")


def paid_in_part_before(story):
    """A claim of an invoice of which the debtor had paid a part."""
    number = story.invoice()
    story.until("letters_sent")
    payment = story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.until("claims_handed_over")
    story.acknowledge()
    story.days(1)
    assert [one["amount"]["amount"] for one in story.claim()["payments"]] == ["2500.00"]
    return number, payment


def test_payment_before_the_handover_that_bounces_is_told(story):
    number, payment = paid_in_part_before(story)
    story.company.delete_payment(payment)
    assert story.days(2)[-1]["differences"] == 0
    claim = story.claim()
    assert (claim["payments"], claim["credits"], claim["lines"][0]["open"]["amount"]) == ([], [], "12500.00")
    assert "undone in the books" in story.type("claims", "explain", number, "--tenant", "t")


def test_payment_before_the_handover_that_stands_is_kept(story):
    number, _ = paid_in_part_before(story)
    story.company.pay_invoice(number, Decimal("1000.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    assert (told(story), len(story.claim()["payments"])) == ((["1000.00"], []), 1)


def test_payment_taken_back_by_a_negative_one_is_undone(story):
    story.simulator.world.switches = replace(story.simulator.world.switches, negative_payment=True)
    number, _ = paid_in_part_before(story)
    story.company.pay_invoice(number, Decimal("-2500.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    assert (story.claim()["payments"], told(story)) == ([], ([], []))


def test_booked_by_hand_while_the_run_is_under_way(story, monkeypatch):
    number, claim = paid_before(story)
    story.pay_agency(claim, "P1", "5000.00")
    go = book.go

    def meanwhile(run):
        monkeypatch.setattr(book, "go", go)
        story.company.pay_invoice(number, Decimal("5000.00"), on=story.today, mode="KB")
        go(run)

    monkeypatch.setattr(book, "go", meanwhile)
    story.days(1)
    assert story.days(1)[0]["differences"] == 0
    assert (story.balance(number), len(story.company.state()["payments"])) == (7400, 2)


def test_payment_of_ours_deleted_after_the_end_shows(story):
    number, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00")
    story.settle(claim, [payment], principal="12500.00")
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    assert story.days(2)[-1]["differences"] == 0
    story.company.delete_payment(last_payment(story)["Number"])
    story.days(1)
    assert f"Invoice {number}: 12500.00 SEK open in the books, 0.00 SEK by our ledger" in reconcile(story)


def test_end_as_paid_without_a_payment_is_asked_about(story):
    _, claim = story.handed_over()
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    story.days(1)
    assert "ask it which payment is missing" in tasks(story)
    story.pay_agency(claim, "P1", "12500.00")
    story.days(1)
    assert "which payment is missing" not in tasks(story)


def test_end_takes_its_tasks_along_and_says_what_is_left(story):
    _, claim = story.handed_over()
    story.tell(claim, "dispute_raised", text="The goods never came.")
    story.days(1)
    story.tell(claim, "closed", reason="dispute_upheld", money_recovered=False)
    story.days(1)
    assert "disputes claim" not in tasks(story)
    assert "ended as dispute_upheld with 12500.00 SEK unpaid" in tasks(story)


def test_direct_payment_while_closing_is_told(story):
    number, _ = story.handed_over()
    story.type("claims", "withdraw", number, "--tenant", "t", "--reason", "wrong customer")
    story.days(1)
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(1)
    assert (story.claim()["lifecycle"], told(story)) == ("closing", (["2500.00"], []))


def test_unreadable_invoice_pauses_its_claim(story):
    number, _ = story.handed_over()
    story.company.set_invoice(number, DueDate=None)
    assert story.days(1)[0]["differences"] == 1
    assert story.claim()["lifecycle"] == "paused"
    assert "waits at the agency" in tasks(story) and "has no due date" in reconcile(story)
    assert "has no due date" in story.type("claims", "explain", number, "--tenant", "t")
    story.company.set_invoice(number, DueDate=str(START))
    assert story.days(1)[0]["differences"] == 0
    assert story.claim()["lifecycle"] in ("active", "accepted")


def test_overpaid_invoice_pauses_its_claim(story):
    number, _ = story.handed_over()
    story.company.pay_invoice(number, Decimal("12500.00"), on=story.today)
    story.company.set_invoice(number, Balance=Decimal("-500.00"))
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"
    assert "is paid 500.00 SEK too much" in tasks(story)


def test_payment_above_what_is_open_is_booked_as_advance(story):
    number, claim = paid_before(story)
    payment = story.pay_agency(claim, "P1", "13000.00")
    story.settle(claim, [payment], principal="13000.00", commission="650.00", vat="162.50")
    assert story.days(3)[-1]["differences"] == 0
    assert (story.balance(number), story.company.account_balance(2420)) == (0, -600)
    assert story.company.account_balance(1689) == 100 + 13000 - Decimal("812.50")
    assert "600.00 SEK more than was open" in tasks(story)


def test_settlement_waits_for_a_payment_that_is_refused(story):
    _, claim = paid_before(story)
    story.company.set_account(1689, Active=False)
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.settle(claim, [payment], principal="5000.00", commission="500.00", vat="125.00")
    story.days(2)
    assert vouchers(story) == []
    assert "Settlement S1 waits for its voucher: payment P1" in tasks(story)


def test_bounce_of_a_payment_booked_by_hand_is_told(story):
    number, claim = paid_before(story)
    story.company.set_account(1689, Active=False)
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    story.company.set_account(1689, Active=True)
    by_hand = story.company.pay_invoice(number, Decimal("5000.00"), on=story.today, mode="KB")
    story.days(1)
    bounce(story, claim, payment)
    assert story.days(1)[0]["differences"] == 1
    assert "take it back there by hand" in tasks(story)
    story.company.delete_payment(by_hand)
    assert story.days(1)[0]["differences"] == 0


def test_agency_that_reads_something_else_shows(story):
    story.handed_over()
    assert "agree" in reconcile(story)
    _execute(story.home / "kravbro.db", "UPDATE feed_claims SET body = replace(body, '12500.00', '12493.00')")
    assert "the agency reads 12493.00 SEK to collect, we hold 12500.00 SEK" in reconcile(story)


def test_less_booked_by_hand_is_asked_about(story):
    """Less than was paid, with more open: nobody can tell, so nothing is booked beside it and nothing called an overpayment."""
    number, claim = story.handed_over()
    story.pay_agency(claim, "P0", "100.00")
    story.days(2)
    story.company.pay_invoice(number, Decimal("3000.00"), on=story.today, mode="KB")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert story.balance(number) == 9400
    assert "booked on our account" in story.type("claims", "tasks", "--tenant", "t")
    assert story.company.account_balance(2420) == 0


def test_exact_amount_is_taken_before_a_smaller(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P0", "100.00")
    story.days(2)
    story.company.pay_invoice(number, Decimal("3000.00"), on=story.today, mode="KB")
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "3000.00")
    done = story.days(3)[-1]
    assert (story.balance(number), done["differences"]) == (4400, 0)
    assert story.company.account_balance(2420) == 0
