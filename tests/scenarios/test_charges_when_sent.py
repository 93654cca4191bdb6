"""Fees and interest that are booked when they are demanded: they stand until they are settled, or are taken back; nothing is booked twice."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from core.errors import RejectedError
from core.policy import load_template
from tests.books import FortnoxBooks
from tests.story import lived

RECEIVABLE, INTEREST, FEE = 5620, 4310, 1120


@pytest.fixture
def story(danish):
    """Danish books with fees agreed, a reminder and a notice, booked when they are sent."""
    (danish.home / "policy.toml").write_text(load_template("dk-standard"))
    danish.connect(str(danish.home / "policy.toml"))
    danish.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
    danish.type("tenants", "accounts", "t", "--set", f"charges_receivable={RECEIVABLE}", "--confirm")
    danish.type("tenants", "charges", "t", "--booked", "when-sent")
    return danish


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def swedish(request, tmp_path, monkeypatch):
    """The same in Fortnox, on both databases."""
    database = request.getfixturevalue("empty_postgres_url") if request.param == "postgres" else ""
    with lived(tmp_path, monkeypatch, FortnoxBooks(), database=database) as story:
        story.connect()
        story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
        story.type("tenants", "accounts", "t", "--set", "charges_receivable=1518", "--confirm")
        story.type("tenants", "charges", "t", "--booked", "when-sent")
        yield story


def moved(story):
    """What our vouchers have moved on the accounts of fees and interest."""
    found = Counter()
    for account, amount in (row for voucher in story.books.ours() for row in voucher.rows):
        found[account] += amount
    return tuple(found[account] for account in (RECEIVABLE, FEE, INTEREST))


def texts(story):
    return [one.text for one in story.books.ours()]


def tasks(story):
    return {task["kind"]: task["what"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]}


def test_fee_stands_on_the_receivable_from_the_day_its_letter_goes(story):
    number = story.invoice()
    done = story.until("letters_sent")
    assert (done["vouchers_booked"], moved(story)) == (1, (100, -100, 0))
    assert texts(story)[0].startswith(f"Rykkergebyr, kompensation {number}")
    assert sum(one["vouchers_booked"] for one in story.days(3)) == 0


def test_letter_without_a_fee_books_nothing(story):
    story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2099-01-01")
    story.invoice()
    story.until("letters_sent")
    assert story.books.ours() == []


def test_invoice_that_is_paid_alone_has_its_fee_taken_back_and_told(story):
    number = story.invoice()
    story.until("letters_sent")
    story.books.pay(number, "12500.00", story.today)
    story.days(2)
    assert moved(story) == (0, 0, 0) and "tilbageført" in texts(story)[-1] and len(texts(story)) == 2
    assert "100.00 DKK (Rykkergebyr, kompensation" in tasks(story)["charges_waived"] and "on account 1120" in tasks(story)["charges_waived"]


def test_letter_that_came_back_has_its_fee_taken_back(story):
    number = story.invoice()
    story.until("letters_sent")
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "wrong customer")
    story.type("letters", "withdraw", number, "--tenant", "t")
    story.days(1)
    assert moved(story) == (0, 0, 0) and "charges_waived" not in tasks(story)


@pytest.fixture
def claim(story):
    """The claim of an invoice that two letters with fees were about."""
    story.invoice()
    story.until("letters_sent")
    story.days(1)
    story.until("letters_sent")
    story.until("claims_handed_over")
    found = story.acknowledge()
    story.days(1)
    return found


def demanded(claim):
    return Decimal(claim["interest"]["claimed"]["amount"]) if claim["interest"]["claimed"] else Decimal(0)


def test_handover_adds_the_interest_that_it_demands(story, claim):
    interest = demanded(claim)
    assert interest > 0 and moved(story) == (200 + interest, -200, -interest)
    assert sum(one["vouchers_booked"] for one in story.days(3)) == 0


def test_settlement_takes_what_it_pays_from_the_receivable(story, claim):
    interest = demanded(claim)
    paid = story.pay_agency(claim, "P1", "12500.00", interest=str(interest), reminder_fee="200.00")
    story.days(1)
    assert moved(story) == (200 + interest, -200, -interest)
    story.settle(claim, [paid], principal="12500.00", interest=str(interest), creditor_fees="200.00")
    story.days(1)
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    story.days(2)
    assert moved(story) == (0, -200, -interest) and tasks(story) == {}
    assert [one for one in texts(story) if "tilbageført" in one] == []


def test_interest_beyond_what_was_demanded_is_income_too(story, claim):
    interest = demanded(claim) + 50
    paid = story.pay_agency(claim, "P1", "12500.00", interest=str(interest), reminder_fee="200.00")
    story.settle(claim, [paid], principal="12500.00", interest=str(interest), creditor_fees="200.00")
    story.days(2)
    assert moved(story) == (0, -200, -interest)


def test_claim_that_ends_takes_back_what_nobody_paid(story, claim):
    paid = story.pay_agency(claim, "P1", "5000.00", reminder_fee="100.00")
    story.settle(claim, [paid], principal="5000.00", creditor_fees="100.00")
    story.days(2)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(2)
    assert moved(story) == (0, -100, 0) and "charges_waived" not in tasks(story)
    told = story.type("claims", "explain", "1", "--tenant", "t")
    assert told.count("100.00 DKK of fees booked on account 5620 as it is demanded.") == 2
    assert told.count("100.00 DKK of fees taken off account 5620 as it is demanded no longer.") == 1
    assert story.type("claims", "explain", "1", "--tenant", "t", "--language", "da").count("i rente tilbageført fra konto 5620") == 1


def test_money_at_the_agency_is_not_waived_when_its_claim_ends(story, claim):
    interest = demanded(claim)
    paid = story.pay_agency(claim, "P1", "12500.00", interest=str(interest), reminder_fee="100.00")
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    story.days(2)
    assert moved(story) == (100 + interest, -100, -interest)
    story.settle(claim, [paid], principal="12500.00", interest=str(interest), creditor_fees="100.00")
    story.days(2)
    assert moved(story) == (0, -100, -interest)


def test_claim_that_is_taken_back_is_owed_until_the_agency_lets_go(story, claim):
    story.type("claims", "withdraw", claim["claim_id"][:12], "--tenant", "t", "--reason", "agreed")
    story.days(2)
    assert moved(story)[0] == 200 + demanded(claim)
    story.tell(claim, "closed", reason="withdrawn", money_recovered=False)
    story.days(2)
    assert moved(story) == (0, 0, 0)


def test_fee_that_the_agency_keeps_is_taken_back(story, claim):
    parts = [
        {"component": "principal", "amount": story.money("12500.00"), "invoice_ref": claim["lines"][0]["invoice_ref"]},
        {"component": "reminder_fee", "amount": story.money("200.00"), "payee": "agency"},
    ]
    story.tell(
        claim, "payment_received", payment_id="P1", received_on=story.today.isoformat(), amount=story.money("12700.00"), allocations=parts
    )
    story.days(1)
    assert moved(story)[:2] == (demanded(claim), 0)


def test_payment_that_bounces_after_its_settlement_is_owed_again(story, claim):
    paid = story.pay_agency(claim, "P1", "5000.00", reminder_fee="200.00")
    story.settle(claim, [paid], principal="5000.00", creditor_fees="200.00")
    story.days(2)
    before = moved(story)
    back = {**paid, "payment_id": "P2", "reverses": "P1"}
    story.tell(claim, "payment_received", **back)
    figures = {"principal": "-5000.00", "creditor_fees": "-200.00"}
    line = {**back, "amount": story.money(-Decimal(back["amount"]["amount"]))}
    story.settle(claim, [line], "S2", **figures)
    story.days(2)
    assert moved(story) == (before[0] + 200, before[1], before[2])


def test_choosing_otherwise_takes_back_what_stands(story, claim):
    story.type("tenants", "charges", "t", "--booked", "when-received")
    story.days(2)
    assert moved(story) == (0, 0, 0)
    story.type("tenants", "charges", "t", "--booked", "when-sent")
    story.days(2)
    assert moved(story)[0] == 200 + demanded(claim)


def test_voucher_of_a_locked_period_is_booked_on_its_first_open_day(story):
    number = story.invoice()
    story.until("letters_sent")
    story.books.pay(number, "12500.00", story.today)
    story.company.bar_periods("2025-04-30")
    story.run()
    entry = next(one for one in reversed(story.company.ledger.entries) if one["accountNumber"] == RECEIVABLE)
    assert (entry["date"], moved(story)) == (date(2025, 5, 1), (0, 0, 0))
    assert f"hændelsesdag {story.today}" in entry["text"]


def test_refused_voucher_is_asked_about_once_until_its_account_changes(story, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("connectors.economic.vouchers.BookVouchers.prepare", _refuse)
        story.invoice()
        story.until("letters_sent")
        story.days(2)
        assert len([kind for kind in tasks(story) if "book_voucher" in kind]) == 1
    story.days(1)
    assert moved(story) == (100, -100, 0)


def _refuse(*_):
    raise RejectedError("economic", "closed_account", "account 1120 is closed")


def test_rejected_claim_leaves_the_letters_to_ask_for_their_fees(story):
    story.invoice()
    story.until("claims_handed_over")
    claim = story.claim()
    story.report(f"/claims/{claim['claim_id']}/reject", {"code": "debtor_unknown", "text": "nobody of that name"})
    story.days(2)
    assert moved(story) == (200, -200, 0)


def test_fee_of_a_credited_invoice_is_taken_back(story):
    number = story.invoice()
    story.until("letters_sent")
    story.books.credit(number, "12500.00", story.today)
    story.days(2)
    assert moved(story) == (0, 0, 0)


@pytest.mark.parametrize("account", ["", "9999"])
def test_choice_needs_an_account_of_the_chart(danish, account):
    danish.connect()
    if account:
        said = danish.type("tenants", "accounts", "t", "--set", f"charges_receivable={account}", "--confirm", code=2)
        assert "no open account '9999'" in said
    assert "no account is chosen for fees and interest" in danish.type("tenants", "charges", "t", "--booked", "when-sent", code=2)


def test_account_stays_once_something_stands_there(story):
    story.invoice()
    story.until("letters_sent")
    said = story.type("tenants", "accounts", "t", "--set", "charges_receivable=5810", "--confirm", code=2)
    assert "bookings have gone by 5620 already" in said


def test_fortnox_books_it_all_the_same(swedish):
    _, claim = swedish.handed_over()
    stands = 60 + demanded(claim)
    assert swedish.company.account_balance(1518) == stands
    paid = swedish.pay_agency(claim, "P1", "12500.00", reminder_fee="60.00")
    swedish.settle(claim, [paid], principal="12500.00", creditor_fees="60.00")
    swedish.days(2)
    assert swedish.company.account_balance(1518) == stands - 60
    swedish.tell(claim, "closed", reason="paid", money_recovered=True)
    done = swedish.days(2)[-1]
    assert (swedish.company.account_balance(1518), swedish.company.account_balance(3590), done["differences"]) == (0, -60, 0)


def test_task_is_told_once_the_voucher_is_booked_and_ends_when_it_is_owed_again(story):
    number = story.invoice()
    story.until("letters_sent")
    story.books.pay(number, "12500.00", story.today)
    story.days(1)
    assert "was taken off account 5620" in tasks(story)["charges_waived"]
    (paid,) = [one for one in story.company.ledger.entries if one["type"] == 2 and "open" in one]
    story.company.take_back(paid["entryNumber"], story.today)
    story.days(2)
    assert moved(story) == (100, -100, 0) and "charges_waived" not in tasks(story)


def test_part_that_is_paid_directly_says_nothing_of_fees(story, claim):
    ref = claim["lines"][0]["invoice_ref"]
    story.books.pay(ref, "5000.00", story.today)
    story.books.credit(ref, "1000.00", story.today)
    story.days(2)
    assert "charges_waived" not in tasks(story)


def test_payment_that_was_reported_too_high_leaves_no_income(story, claim):
    stands = moved(story)
    wrong = story.pay_agency(claim, "P1", "5000.00", reminder_fee="250.00")
    story.days(1)
    story.tell(claim, "payment_received", **{**wrong, "payment_id": "P2", "reverses": "P1"})
    right = story.pay_agency(claim, "P3", "5000.00", reminder_fee="200.00")
    story.settle(claim, [right], principal="5000.00", creditor_fees="200.00")
    story.days(3)
    assert moved(story) == (stands[0] - 200, stands[1], stands[2])


@pytest.mark.parametrize("settled", [True, False])
def test_fee_and_interest_that_an_agency_got_are_not_demanded_by_the_next_claim(story, claim, settled):
    interest = demanded(claim)
    paid = story.pay_agency(claim, "P1", "5000.00", interest="20.00", reminder_fee="150.00")
    if settled:
        story.settle(claim, [paid], principal="5000.00", interest="20.00", creditor_fees="150.00")
    story.days(2)
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "another try")
    story.until("claims_handed_over")
    again = story.claim()
    assert again["claim_id"] != claim["claim_id"] and again["fees"] == [["reminder_fee", story.money("50.00")]]
    assert Decimal(again["interest"]["claimed"]["amount"]) < interest + 20
    assert [one["fee"]["amount"] for one in again["notices"]] == ["100.00", "100.00"]


@pytest.mark.parametrize("account", ["5600", "5690"])
def test_invoices_own_accounts_take_no_charges(danish, account):
    danish.connect()
    danish.type("tenants", "accounts", "t", "--set", f"charges_receivable={account}", "--confirm")
    said = danish.type("tenants", "charges", "t", "--booked", "when-sent", code=2)
    assert f"invoices or the agency's payouts stand on {account}" in said


def test_voucher_that_the_books_refuse_is_tried_again_once_a_person_ends_its_task(swedish):
    swedish.company.set_account(1518, Active=False)
    swedish.invoice()
    swedish.idle(8)
    swedish.until("letters_sent")
    (task,) = json.loads(swedish.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]
    assert "was not booked on 1518 and 3590" in task["what"] and "it is tried again" in task["what"]
    swedish.company.set_account(1518, Active=True)
    swedish.days(2)
    assert swedish.company.account_balance(1518) == 0
    swedish.type("claims", "resolve", task["id"], "--tenant", "t", "--done", "opened it")
    swedish.days(1)
    assert swedish.company.account_balance(1518) == 60 and tasks(swedish) == {}
