"""One invoice, from our own letter to the settlement in the books; and the ways it can turn off that road."""

import email
import email.policy
from datetime import timedelta
from decimal import Decimal

from tests.story import ON_BOTH, START, sek


def body_of(mail):
    """The text of a mail, its blanks made equal."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    return " ".join(message.get_body(("plain",)).get_content().split())


@ON_BOTH
def test_whole_road_to_the_books(story):
    number, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", "100.00", "180.00")
    (done,) = story.days(1)
    assert done["payments_booked"] == 1
    assert story.balance(number) == 0
    assert story.company.account_balance(1689) == 12500
    paid_out = story.settle(
        claim, [payment], principal="12500.00", interest="100.00", fees_kept="180.00", commission="625.00", vat="201.25"
    )
    (done,) = story.days(1)
    assert done["vouchers_booked"] == 1
    assert paid_out == Decimal("11773.75") == story.company.account_balance(1689)
    assert done["differences"] == done["uncertain"] == 0


@ON_BOTH
def test_settlement_voucher_has_its_document(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", fee="180.00")
    story.settle(claim, [payment], principal="12500.00", fees_kept="180.00", commission="625.00", vat="201.25")
    story.days(2)
    files = story.company.state()["files"]
    assert [file["Voucher"] for file in files] == ["A 1"]
    accounts = {row["Account"] for row in story.company.state()["vouchers"][-1]["VoucherRows"]}
    assert 1930 not in accounts


def test_letter_has_the_invoice_attached(story):
    story.invoice()
    story.until("letters_sent")
    (mail,) = story.mailbox.mails
    assert mail.count(b"application/pdf") == 2
    assert b"Message-ID" in mail


def test_no_letter_before_the_step(story):
    story.invoice(due=START + timedelta(days=2))
    assert sum(done["letters_sent"] for done in story.days(8)) == 0


def test_paid_invoice_is_left_in_peace(story):
    number = story.invoice()
    story.company.pay_invoice(number, on=START + timedelta(days=1))
    assert sum(done["letters_sent"] for done in story.days(40)) == 0


def test_claim_goes_without_a_letter_where_policy_and_law_let_it(story):
    steps = '[[step]]\naction = "handover"\nafter_days = 5\nminimum = "300.00"\n'
    (story.home / "policy.toml").write_text(f'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n{steps}')
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    story.invoice()
    story.until("claims_handed_over", 10)
    assert (story.claim()["notices"], [one["kind"] for one in story.claim()["documents"]]) == ([], ["invoice"])


def test_payment_after_letter_stops_handover(story):
    number = story.invoice()
    story.until("letters_sent")
    story.company.pay_invoice(number, on=story.today)
    assert sum(done["claims_handed_over"] for done in story.days(40)) == 0


def test_old_books_send_nothing(story):
    story.invoice()
    story.company.book_bank = lambda *_: None  # nobody books the bank any more
    assert sum(done["letters_sent"] for done in story.days(40)) == 0
    assert "must reach" in story.type("claims", "explain", "1", "--tenant", "t")


def test_same_payment_twice_counts_once(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert story.balance(number) == 7500


def test_two_equal_payments_count_twice(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "5000.00")
    story.days(2)
    assert story.balance(number) == 2500
    assert len(story.company.state()["payments"]) == 2


@ON_BOTH
def test_direct_payment_is_reported_once(story):
    number, _ = story.handed_over()
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    assert sum(done["direct_payments_reported"] for done in story.days(4)) == 1
    told = story.claim()["direct_payments"]
    assert [part["amount"] for part in told] == [sek("2500.00")]


def test_agency_money_is_never_a_direct_payment(story):
    _, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    assert sum(done["direct_payments_reported"] for done in story.days(5)) == 0


def test_credit_after_handover_is_told(story):
    number, _ = story.handed_over()
    story.company.credit_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(2)
    assert [part["amount"] for part in story.claim()["credits"]] == [sek("2500.00")]
    assert story.claim()["direct_payments"] == []


def test_hold_pauses_and_release_resumes(story):
    number, _ = story.handed_over()
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.days(1)
    assert story.claim()["lifecycle"] == "active"


def test_held_invoice_gets_no_letter(story):
    number = story.invoice()
    story.days(1)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    assert sum(done["letters_sent"] for done in story.days(30)) == 0


def test_disputed_part_is_asked_for_by_nobody(story):
    number = story.invoice()
    story.days(1)
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "one pallet", "--amount", "2500.00")
    story.until("letters_sent")
    (mail,) = story.mailbox.mails
    assert "10 000,00 kr" in body_of(mail)
    story.until("claims_handed_over")
    claim = story.acknowledge()
    assert (claim["disputed"], claim["lines"][0]["disputed"], claim["lines"][0]["open"]) == (
        sek("2500.00"),
        sek("2500.00"),
        sek("12500.00"),
    )
    story.days(1)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "the pallet was there")
    assert story.days(2)[-1]["differences"] == 0
    assert story.claim()["disputed"] is None


def test_dispute_that_changes_back_is_told_again(story):
    number, _ = story.handed_over()
    for amount in ("1000.00", "2000.00", "1000.00"):
        story.type("claims", "release", number, "--tenant", "t", "--reason", "another amount")
        story.type("claims", "dispute", number, "--tenant", "t", "--reason", "damaged", "--amount", amount)
        story.days(1)
        assert story.claim()["disputed"] == sek(amount)
    assert story.claim()["lifecycle"] == "accepted"


def test_hold_on_the_debtor_pauses_its_claims(story):
    number, _ = story.handed_over()
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk", "--debtor")
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"


def test_withdrawn_claim_is_told_and_closed(story):
    number, claim = story.handed_over()
    story.type("claims", "withdraw", number, "--tenant", "t", "--reason", "wrong customer")
    story.days(1)
    assert story.claim()["withdraw_reason"] == "wrong customer"
    story.tell(claim, "closed", reason="withdrawn", money_recovered=False)
    (done,) = story.days(1)
    assert done["claims_closed"] == 1


def test_rejected_claim_waits_for_a_person(story):
    story.invoice()
    story.until("claims_handed_over")
    claim = story.claim()
    story.report(f"/claims/{claim['claim_id']}/reject", {"code": "address", "text": "no such street", "fields": ["debtors.0.address"]})
    assert sum(done["claims_handed_over"] for done in story.days(20)) == 0
    assert "debtors.0.address" in story.type("claims", "tasks", "--tenant", "t")
    story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "address corrected")
    assert story.until("claims_handed_over", 3)["claims_handed_over"] == 1


def test_closed_unpaid_claim_is_not_sent_again(story):
    _, claim = story.handed_over()
    story.tell(claim, "loss_proposed", amount=sek("12500.00"), text="no assets")
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    assert sum(done["claims_handed_over"] for done in story.days(20)) == 0
    assert "accountant" in story.type("claims", "tasks", "--tenant", "t")


def test_no_identity_number_no_handover(story):
    story.invoice(org_no="")
    assert sum(done["claims_handed_over"] for done in story.days(40)) == 0
    assert "identity number" in story.type("claims", "explain", "1", "--tenant", "t")
