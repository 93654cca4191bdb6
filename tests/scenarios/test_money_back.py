"""What an agency reports of money, where it contradicts itself, comes in disorder, or is taken back; the books are counted in the simulator."""

import json
import sqlite3
from decimal import Decimal

import pytest

from tests.scenarios.test_post import print_letters
from tests.story import START, org_no, sek


def tasks(story):
    return story.type("claims", "tasks", "--tenant", "t")


def reconcile(story):
    return story.type("reconcile", "--tenant", "t")


def bounce(story, claim, payment, payment_id="R1", **changes):
    story.tell(claim, "payment_received", **payment | {"payment_id": payment_id, "reverses": payment["payment_id"]} | changes)


def vouchers(story):
    return [row["Description"] for row in story.company.state()["vouchers"] if row["VoucherSeries"] == "A"]


def two_claims(story):
    """Two debtors' claims, both at the agency."""
    for serial in (1, 2):
        story.invoice(org_no=org_no(serial))
    story.until("claims_handed_over")
    events = story.agency.get("/v1/events?types=claim.submitted").json()["events"]
    claims = [story.agency.get(f"/v1/claims/{event['claim_id']}").json() for event in events]
    for claim in claims:
        story.report(f"/claims/{claim['claim_id']}/ack", {"agency_case_ref": f"A-{claim['lines'][0]['invoice_no']}"})
    return claims


def test_rejection_after_direct_payment_balances(story):
    number = story.invoice()
    story.until("claims_handed_over")
    claim = story.claim()
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.days(2)
    story.report(f"/claims/{claim['claim_id']}/reject", {"code": "address", "text": "no such street", "fields": []})
    assert story.days(2)[-1]["differences"] == 0
    assert "debtor" not in reconcile(story)


def test_settlement_of_a_foreign_payment_is_refused(story):
    mine, other = two_claims(story)
    payment = story.pay_agency(other, "P1", "5000.00", "50.00")
    story.settle(mine, [payment], principal="5000.00", interest="50.00")
    story.days(2)
    assert "on claim" in tasks(story)
    assert vouchers(story) == []


def test_payment_is_settled_once(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00", "50.00")
    story.settle(claim, [payment], principal="5000.00", interest="50.00")
    story.settle(claim, [payment], "S2", principal="5000.00", interest="50.00")
    story.days(2)
    assert vouchers(story) == ["Avräkning S1 inkasso"]
    assert "settlement S1 has paid out payment P1" in tasks(story)


@pytest.mark.parametrize(("principal", "interest"), [("12400.00", "200.00"), ("12600.00", "0.00")])
def test_settlement_of_other_parts_is_refused(story, principal, interest):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", "100.00")
    story.settle(claim, [payment], principal=principal, interest=interest, commission="625.00")
    story.days(2)
    assert vouchers(story) == []
    assert f"principal is {principal} SEK, the payments it names were reported with 12500.00 SEK" in tasks(story)


def test_settlement_of_principal_alone_needs_no_voucher(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00")
    story.settle(claim, [payment], principal="12500.00")
    (done, again) = story.days(2)
    assert (done["refused"], again["differences"], vouchers(story)) == (0, 0, [])
    assert "settled 12500.00" in reconcile(story)
    assert story.type("claims", "explain", "1", "--tenant", "t").count("settled 12500.00 SEK") == 1


def test_overpayment_is_settled_as_advance(story):
    _, claim = story.handed_over()
    parts = [{"component": "overpayment", "amount": sek("30.00")}]
    story.tell(claim, "payment_received", payment_id="P1", received_on=story.today.isoformat(), amount=sek("30.00"), allocations=parts)
    story.settle(claim, [{"payment_id": "P1", "amount": sek("30.00")}], principal="0.00", creditor_fees="30.00")
    assert story.days(2)[-1]["differences"] == 0
    assert story.company.account_balance(2420) == -30
    assert "Pay it back" in tasks(story)


def test_bounce_before_booking_books_nothing(story):
    number, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00")
    bounce(story, claim, payment)
    (done,) = story.days(1)
    assert (done["payments_booked"], story.balance(number), done["differences"]) == (0, 12500, 0)
    assert "bounced" not in tasks(story)


def test_bounce_that_overtakes_its_payment_waits(story):
    number, claim = story.handed_over()
    payment = {
        "payment_id": "P1", "received_on": story.today.isoformat(), "amount": sek("5000.00"),
        "allocations": [{"component": "principal", "amount": sek("5000.00"), "invoice_ref": "1"}],
    }  # fmt: skip
    bounce(story, claim, payment)
    story.days(6)
    assert "which it never reported" in tasks(story)
    story.tell(claim, "payment_received", **payment)
    (done,) = story.days(1)
    assert (done["events_handled"], story.balance(number), done["differences"]) == (2, 12500, 0)
    assert "never reported" not in tasks(story)


def test_payment_bounces_once(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00")
    bounce(story, claim, payment, "R1")
    bounce(story, claim, payment, "R2")
    story.days(1)
    assert "debtor 12500.00" in reconcile(story)
    assert "report R1 took it back already" in tasks(story)


def test_bounce_must_fit_its_payment(story):
    mine, other = two_claims(story)
    payment = story.pay_agency(mine, "P1", "5000.00")
    less = [{"component": "principal", "amount": sek("400.00"), "invoice_ref": "1"}]
    bounce(story, mine, payment, "R1", amount=sek("400.00"), allocations=less)
    foreign = [part | {"invoice_ref": other["lines"][0]["invoice_ref"]} for part in payment["allocations"]]
    bounce(story, other, payment, "R2", allocations=foreign)
    (done,) = story.days(1)
    assert (done["payments_booked"], done["differences"]) == (1, 2)
    assert "-400.00 SEK, 0 days old: The agency takes back payment P1" in reconcile(story)
    assert "with other parts" in tasks(story) and "was reported on claim" in tasks(story)


def test_payment_id_of_two_claims_differs_until_settled(story):
    for claim in two_claims(story):
        story.pay_agency(claim, "P1", "5000.00")
    assert story.days(1)[0]["differences"] == 1
    assert "5000.00 SEK, 0 days old: The agency reports payment P1" in reconcile(story)
    (task,) = json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]
    story.type("claims", "resolve", task["id"], "--tenant", "t", "--done", "it reports the second as P2")
    assert story.days(1)[0]["differences"] == 0


def test_report_that_comes_again_differs_not(story):
    claim = two_claims(story)[0]
    for _ in range(2):
        story.pay_agency(claim, "P1", "5000.00")
    assert story.days(1)[0]["differences"] == 0


def test_bounce_in_the_books_stands_until_taken_back(story):
    number, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    bounce(story, claim, payment)
    assert story.days(3)[-1]["differences"] == 1
    assert "5000.00 SEK, 2 days old: Payment P1 bounced" in reconcile(story)
    story.company.delete_payment(story.company.state()["payments"][-1]["Number"])
    assert story.days(1)[0]["differences"] == 0
    assert (story.balance(number), "bounced" in tasks(story)) == (12500, False)


def test_bounce_after_settlement_is_clawed_back(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "0.00", "50.00")
    story.settle(claim, [payment], principal="0.00", interest="50.00")
    story.days(2)
    bounce(story, claim, payment)
    assert story.days(1)[0]["differences"] == 1
    back = payment | {"payment_id": "R1", "amount": sek("-50.00")}
    story.settle(claim, [back], "S2", principal="0.00", interest="-50.00", carried_out="-50.00")
    assert story.days(2)[-1]["differences"] == 0
    assert story.company.account_balance(8313) == 0


def test_other_report_under_a_known_id_is_told(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P1", "6000.00")
    story.days(2)
    assert story.balance(number) == 7500
    assert "reported before as 5000.00 SEK" in tasks(story)


def test_fee_after_its_payment_is_claimed_once(story):
    _, claim = story.handed_over()
    story.pay_agency(claim, "P1", "0.00", fee="180.00")
    fee = {"fee_id": "F1", "component": "collection_cost", "amount": sek("180.00"), "charged_on": story.today.isoformat()}
    story.tell(claim, "fee_charged", **fee)
    assert story.days(1)[0]["differences"] == 0
    assert "debtor 12500.00" in reconcile(story)


@pytest.mark.parametrize(
    ("kind", "method", "path"), [("book_payment", "POST", "/3/invoicepayments"), ("bookkeep_payment", "PUT", "/bookkeep")]
)
def test_booking_that_did_not_land_is_planned_again(story, kind, method, path):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("throttled_retry_after", method=method, path_part=path, times=99)
    story.run()
    story.simulator.faults.armed.clear()
    with sqlite3.connect(story.home / "kravbro.db") as database:
        database.execute("UPDATE intents SET state = 'uncertain' WHERE kind = ? AND state = 'planned'", [kind])
        (key,) = database.execute("SELECT id FROM intents WHERE state = 'uncertain'").fetchone()
    database.close()
    story.type("claims", "resolve", key, "--tenant", "t", "--not-landed")
    (done,) = story.days(1)
    assert (story.balance(number), done["differences"]) == (7500, 0)
    assert len(story.company.state()["payments"]) == 1


def test_letter_that_did_not_land_is_mailed_again(story):
    story.invoice()
    story.mailbox.handle_DATA = refuse_later
    story.until("invoices_seen")
    story.days(9)
    with sqlite3.connect(story.home / "kravbro.db") as database:
        database.execute("UPDATE intents SET state = 'uncertain' WHERE kind = 'send_letter' AND state = 'planned'")
        (key,) = database.execute("SELECT id FROM intents WHERE state = 'uncertain'").fetchone()
    database.close()
    del story.mailbox.handle_DATA
    story.type("claims", "resolve", key, "--tenant", "t", "--not-landed")
    assert story.days(1)[0]["letters_sent"] == 1
    assert len(story.mailbox.mails) == 1


async def refuse_later(server, session, envelope):
    return "451 try later"


async def refuse(server, session, envelope):
    return "550 no such user"


def test_refused_second_reminder_is_printed_to_the_debtor(story):
    policy = story.home / "policy.toml"
    head, remind, handover = story.type("policy", "show", "se-standard").split("[[step]]")
    again = remind.replace("after_days = 7", "after_previous_days = 3")
    policy.write_text(f"{head}[[step]]{remind}[[step]]{again}[[step]]{handover}")
    story.type("policy", "use", "t", str(policy))
    story.invoice()
    story.until("letters_sent")
    story.mailbox.handle_DATA = refuse
    story.until("refused")
    assert len(story.mailbox.mails) == 1
    story.until("to_print")
    assert "One letter is" in print_letters(story)


def test_payment_on_an_unreadable_invoice_waits(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.company.set_invoice(number, DueDate=None)
    (done,) = story.days(1)
    assert (done["payments_booked"], story.company.state()["payments"]) == (0, [])
    story.company.set_invoice(number, DueDate="2025-04-17")
    assert story.days(1)[0]["payments_booked"] == 1


def mark(story, number):
    return story.company.invoice(number)["ExternalInvoiceReference1"]


def test_last_mark_lands(story):
    number = story.invoice()
    story.until("claims_handed_over")
    claim = story.acknowledge()
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    assert mark(story, number) == "Inkasso avslutat A-1001 (Kravbro)"
    story.report(f"/claims/{claim['claim_id']}/ack", {"agency_case_ref": "A-2002"})
    story.days(2)
    assert mark(story, number) == "Inkasso avslutat A-1001 (Kravbro)"
    assert story.claim()["agency_case_ref"] == "A-1001"


def test_flags_are_what_the_agency_says_now(story):
    _, claim = story.handed_over()
    story.tell(claim, "phase_changed", phase="amicable", flags=["plan_active"])
    story.tell(claim, "dispute_raised", text="The goods never came.")
    story.days(1)
    assert story.claim()["flags"] == ["disputed", "plan_active"]
    story.tell(claim, "phase_changed", phase="amicable", flags=["insolvency"])
    story.days(1)
    assert story.claim()["flags"] == ["insolvency"]


def test_credits_before_handover_are_told(story):
    number = story.invoice()
    story.company.credit_invoice(number, Decimal("2500.00"), on=START)
    story.until("claims_handed_over")
    assert story.claim()["credits"] == [{"invoice_ref": number, "amount": sek("2500.00"), "credited_on": START.isoformat()}]
    assert story.claim()["payments"] == []
    assert story.days(2)[-1]["differences"] == 0


def test_invoice_that_does_not_add_up_is_not_handed_over(story):
    number = story.invoice()
    story.until("letters_sent")
    story.company.set_invoice(number, Balance=Decimal("9000.00"))
    assert sum(done["claims_handed_over"] for done in story.days(20)) == 0
    assert "3500.00 SEK of it" in tasks(story)


POSTED = "UPDATE entries SET minor = minor + (CASE WHEN minor > 0 THEN 700 ELSE -700 END) WHERE what = '{}' AND component = '{}'"
PAID = "UPDATE agency_payments SET data = replace(data, '12500.00', '12493.00')"
CORRUPTIONS = [
    (POSTED.format("claimed", "principal"), ("open in the books", "owed by the agency's reports")),
    (POSTED.format("booked", "principal"), ("principal clearing", "principal in_transit")),
    (POSTED.format("settled", "principal"), ("principal settled", "principal clearing")),
    (POSTED.format("settled", "interest"), ("interest settled", "interest in_transit")),
    (POSTED.format("paid_to_agency", "collection_cost"), ("collection_cost kept",)),
    (POSTED.format("claimed", "collection_cost"), ("collection_cost demanded",)),
    (PAID, ("owed by the agency's reports", "principal settled")),
    ("DELETE FROM agency_payments", ("owed by the agency's reports", "interest settled", "collection_cost kept")),
    ("UPDATE claims SET snapshot = replace(snapshot, '\"original\":{\"amount\":\"12500.00\"', '\"original\":{\"amount\":\"12507.00\"')", ("owed by",)),
    ("DELETE FROM intent_subjects WHERE kind = 'book_voucher'", ("is in no book", "principal clearing")),
    ("DELETE FROM agency_events WHERE kind = 'fee_charged'", ("collection_cost demanded",)),
]  # fmt: skip


def settled_story(story):
    """A claim on which everything has happened that the audit compares, and nothing differs."""
    number, claim = story.handed_over()
    fee = {"fee_id": "F1", "component": "collection_cost", "amount": sek("180.00"), "charged_on": story.today.isoformat()}
    story.tell(claim, "fee_charged", **fee)
    payment = story.pay_agency(claim, "P1", "12500.00", "100.00", "180.00")
    story.settle(claim, [payment], principal="12500.00", interest="100.00", fees_kept="180.00", commission="625.00", vat="201.25")
    assert story.days(2)[-1]["differences"] == 0
    return number


@pytest.mark.opens_database
def test_every_corrupt_side_shows(story):
    """Books, ledger, journal and the agency's figures are corrupted in turn: each shows with its size and age, and only while it stands."""
    settled_story(story)
    path = story.home / "kravbro.db"
    clean = _backup(path)
    for statement, expected in CORRUPTIONS:
        _execute(path, statement)
        told = reconcile(story)
        assert all(part in told for part in expected), (statement, told)
        assert "7.00 SEK, 0 days old" in told or "DELETE" in statement, (statement, told)
        path.write_bytes(clean)
    assert "agree" in reconcile(story)


def _backup(path):
    _execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def _execute(path, statement):
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def test_difference_in_the_books_ages(story):
    number, _ = story.handed_over()
    story.company.set_invoice(number, Total=Decimal("12600.00"), Balance=Decimal("12600.00"))
    assert story.days(3)[-1]["differences"] == 1
    assert "100.00 SEK, 2 days old" in reconcile(story)
    story.company.set_invoice(number, Total=Decimal("12500.00"), Balance=Decimal("12500.00"))
    assert story.days(1)[0]["differences"] == 0


def test_closed_claim_with_money_under_way_is_compared(story):
    number, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.tell(claim, "closed", reason="paid_partial_settled", money_recovered=True)
    assert story.days(1)[0]["differences"] == 0
    story.company.set_invoice(number, Balance=Decimal("7600.00"))
    assert story.days(1)[0]["differences"] == 1
