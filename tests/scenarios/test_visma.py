"""A company with its books in Visma eAccounting: connecting it, and a claim from our letter to the settlement in the books."""

import json
import sys
from dataclasses import replace
from decimal import Decimal
from importlib.metadata import EntryPoint, EntryPoints
from types import ModuleType

import pytest

from commands import wiring
from commands.wiring import open_app
from connectors.visma import connector
from connectors.visma.consent import Consent
from core.engine import deliver
from core.store import claims, people
from core.store.tenants import change_tenant
from simulators.visma_invoicing import Invoicing
from simulators.visma_world import RefusedError
from tests.story import ORG_NO, sek

OTHER_NO = "556012-5790"
MODES = pytest.mark.parametrize("visma_story", ["on_event", "on_settlement"], indirect=True)


def notes(story):
    return [note["Text"] for note in story.company.notes.values()]


def tasks(story):
    with open_app().database.read() as connection:
        return {task.kind: task.text for task in people.list_tasks(connection, "t")}


# Connecting


def test_another_company_is_refused_and_nothing_stored(visma_story):
    said = visma_story.books.consent(tenant="x", org_no=OTHER_NO, code=2)
    assert "belong to Björks Bageri AB, not to 556012-5790" in said
    assert [one["id"] for one in json.loads(visma_story.type("tenants", "list", "--json"))["tenants"]] == ["t"]
    visma_story.simulator.identity.auto_consent = "B100"
    assert "belong to Byrån AB" in visma_story.books.consent(code=2)
    visma_story.run()


def test_connecting_again_keeps_accounts_and_takes_settings(visma_story):
    said = visma_story.books.consent("--set", "hold_label=Stopp")
    assert "Its accounts stay as they were confirmed" in said
    assert open_app().tenant("t").settings["hold_label"] == "Stopp"


def test_settings_change_without_a_new_consent(visma_story):
    before = open_app().tokens(open_app().tenant("t")).get().refresh
    link = ("--set", "mark=link", "--set", "link_url=https://kravbro.example/{invoice}")
    visma_story.clock.advance(7200)
    visma_story.type("tenants", "settings", "t", *link)
    assert open_app().tenant("t").settings["mark"] == "link"
    assert open_app().tokens(open_app().tenant("t")).get().refresh not in ("", before)
    visma_story.run()


def test_doctor_knows_the_company(visma_story):
    visma_story.invoice()
    visma_story.days(1)
    rows = {row["what"]: row for row in json.loads(visma_story.type("doctor", "--tenant", "t", "--json"))["checks"]}
    assert rows["company in the books"]["says"] == "Björks Bageri AB" and rows["bank postings"]["ok"]
    visma_story.simulator.withdraw_consent("client", "B200")
    visma_story.clock.advance(7200)
    assert "consent again" in visma_story.type("doctor", "--tenant", "t", code=1)


def test_connector_of_another_package_may_ask_in_a_browser(visma_story, monkeypatch):
    """Another's connector that consents as Visma's does: its `Consent` stands beside `build`."""
    other = ModuleType("others_books")
    vars(other).update(vars(connector), NAME="Other books", Consent=Consent)
    monkeypatch.setitem(sys.modules, "others_books", other)
    entry = EntryPoint("other", "others_books", "kravbro.connectors")
    monkeypatch.setattr(wiring, "entry_points", lambda **query: EntryPoints([entry]).select(**query))
    visma_story.simulator.add_company("B300", "Annan AB", "556016-0680")
    visma_story.simulator.identity.auto_consent = "B300"
    assert "Annan AB is connected" in visma_story.books.consent(connector="other", tenant="n", org_no="556016-0680")
    assert open_app().tokens(open_app().tenant("n")).get() is not None
    visma_story.type("policy", "use", "n", "se-standard")
    assert "The vendor has forgotten the login" in visma_story.type("tenants", "disconnect", "n")


def test_disconnected_company_is_forgotten_and_can_come_back(visma_story):
    token = open_app().tokens(open_app().tenant("t")).get().refresh
    assert "The vendor has forgotten the login" in visma_story.type("tenants", "disconnect", "t")
    assert token not in visma_story.simulator.identity.refresh and open_app().tokens(open_app().tenant("t")).get() is None
    assert "disconnected" in visma_story.type("run", "--tenant", "t", code=2)
    assert "No login was kept here" in visma_story.type("tenants", "disconnect", "t")
    visma_story.books.consent()
    visma_story.run()


def test_vendor_that_is_away_disconnects_nothing(visma_story):
    visma_story.simulator.faults.arm("drop_before", path_part="/connect/revocation")
    visma_story.type("tenants", "disconnect", "t", code=0)
    assert open_app().tokens(open_app().tenant("t")).get() is not None and open_app().tenant("t").state == "active"
    visma_story.simulator.identity.clients["client"] = replace(visma_story.simulator.identity.clients["client"], secret="changed")
    assert "did not confirm" in visma_story.type("tenants", "disconnect", "t")


# A claim


@MODES
def test_whole_road_to_the_books(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    assert notes(story) == ["Inkasso A-1001"]
    first = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    at_once = story.mode == "on_event"
    assert story.balance(ref) == (7500 if at_once else 12500)
    assert story.company.account_balance(1689) == (5000 if at_once else 0)
    second = story.pay_agency(claim, "P2", "7500.00", "100.00", "180.00")
    paid_out = story.settle(
        claim, [first, second], principal="12500.00", interest="100.00", fees_kept="180.00", commission="625.00", vat="201.25"
    )
    done = story.days(2)
    assert sum(one["payments_booked"] for one in done) == (1 if at_once else 2) and sum(one["vouchers_booked"] for one in done) == 1
    assert story.balance(ref) == 0
    assert paid_out == Decimal("11773.75") == story.company.account_balance(1689)
    assert done[-1]["differences"] == done[-1]["uncertain"] == 0
    (attachment,) = story.company.books.attachments.values()
    assert story.company.books.voucher(attachment["DocumentId"])["VoucherText"].startswith("Avräkning S1")


def test_direct_payment_and_credit_are_told(visma_story):
    story = visma_story
    ref, _ = story.handed_over()
    story.company.pay_invoice(ref, "2500.00", on=story.today)
    story.days(2)
    story.company.credit_invoice(ref, "1000.00", on=story.today)
    story.days(2)
    told = story.claim()
    assert [part["amount"] for part in told["direct_payments"]] == [sek("2500.00")]
    assert [part["amount"] for part in told["credits"]] == [sek("1000.00")]
    assert story.run()["differences"] == 0


def test_agency_money_is_never_a_direct_payment(visma_story):
    story = visma_story
    _, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "5000.00")
    done = story.days(3)
    assert sum(one["direct_payments_reported"] for one in done) == 0 and sum(one["payments_booked"] for one in done) == 2
    assert story.company.account_balance(1689) == 10000


@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before", "error_before", "throttled"])
def test_lost_payment_is_settled_by_looking(visma_story, fault):
    story = visma_story
    ref, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "5000.00")
    story.simulator.faults.arm(fault, method="POST", path_part="/payments")
    assert sum(one["payments_booked"] for one in story.days(3)) == 2
    assert story.balance(ref) == 2500 and story.company.account_balance(1689) == 10000
    assert "by hand" not in story.type("claims", "explain", "1001", "--tenant", "t")
    assert story.run()["differences"] == story.run()["uncertain"] == 0


class StoppedError(Exception):
    """What stands for a kill: the process gets no further."""


def stop_after(story, monkeypatch):
    """Let the process end as soon as what entered a payment was noted, once."""
    stops = [True]

    def point(name):
        if name == "deliver.after_outcome_commit" and stops and any(one.get("_paid") for one in story.company.books.vouchers):
            stops.clear()
            raise StoppedError

    monkeypatch.setattr(deliver, "point", point)


def booked_as(story):
    with open_app().database.read() as connection:
        (claim,) = claims.list_claims(connection, "t")
        return [event for _, event, _ in claims.list_events(connection, claim.id) if event.startswith("payment_booked")]


def test_payment_we_were_killed_over_is_ours(visma_story, monkeypatch):
    story = visma_story
    ref, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    stop_after(story, monkeypatch)
    with pytest.raises(AssertionError, match="StoppedError"):
        story.days(1)
    assert story.balance(ref) == 7500 and booked_as(story) == []
    assert sum(done["payments_booked"] for done in story.days(1)) == 1
    assert booked_as(story) == ["payment_booked"] and story.run()["differences"] == 0


def test_payment_a_person_booked_is_theirs(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    story.company.pay_invoice(ref, "5000.00", story.today, ledger=1689)
    story.pay_agency(claim, "P1", "5000.00")
    assert sum(done["payments_booked"] for done in story.days(2)) == 0
    assert booked_as(story) == ["payment_booked_by_hand"] and story.run()["differences"] == 0


def test_second_payment_waits_while_the_first_is_uncertain(visma_story):
    """Where only the balance shows a payment, the second would be taken for the first, which never came."""
    story = visma_story
    story.simulator.world.switches = replace(story.simulator.world.switches, voucher_source="none", bank_transactions=False)
    ref, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    story.pay_agency(claim, "P2", "5000.00")
    story.simulator.faults.arm("drop_before", method="POST", path_part="/payments")
    assert [(day["payments_booked"], day["uncertain"]) for day in story.days(2)] == [(0, 1), (2, 0)]
    assert story.balance(ref) == 2500 and story.company.account_balance(1689) == 10000


def test_bounced_payment_waits_for_a_person(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    paid = story.pay_agency(claim, "P1", "5000.00")
    story.days(1)
    back = {**paid, "payment_id": "P1-R", "reverses": "P1", "received_on": story.today.isoformat()}
    story.tell(claim, "payment_received", **back)
    story.days(1)
    assert "bounced" in tasks(story) and story.balance(ref) == 7500
    voucher = next(one for one in story.company.books.vouchers if one.get("_paid"))
    story.company.undo_payment(voucher["Id"])
    story.days(2)
    assert "bounced" not in tasks(story) and story.balance(ref) == 12500
    assert story.run()["differences"] == 0 and story.claim()["credits"] == []


@pytest.mark.parametrize("known_first", [True, False])
def test_payment_that_bounced_while_its_answer_was_lost_is_followed(visma_story, known_first):
    """It is in the books from the start, so nothing of it is taken for a credit, and a person takes it back."""
    story = visma_story
    ref, claim = story.handed_over()
    paid = story.pay_agency(claim, "P1", "5000.00")
    story.simulator.faults.arm("drop_after", method="POST", path_part="/payments")
    story.days(1)
    if not known_first:  # the look-up fails too, so that the bounce is heard before it is known that the payment landed
        story.simulator.faults.arm("error_before", method="GET", path_part="/v2/vouchers", times=10)
    back = {**paid, "payment_id": "P1-R", "reverses": "P1", "received_on": story.today.isoformat()}
    story.tell(claim, "payment_received", **back)
    story.days(3)
    assert "take it back there by hand" in tasks(story)["bounced"] and story.balance(ref) == 7500
    assert story.claim()["credits"] == [] == story.claim()["direct_payments"]
    voucher = next(one for one in story.company.books.vouchers if one.get("_paid"))
    story.company.undo_payment(voucher["Id"])
    story.days(2)
    assert "bounced" not in tasks(story) and story.run()["differences"] == 0


def test_locked_period_is_booked_on_the_first_open_day(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    story.company.lock_period(story.today)
    story.pay_agency(claim, "P1", "5000.00")
    story.days(2)
    assert story.balance(ref) == 7500
    voucher = next(one for one in story.company.books.vouchers if one.get("_paid"))
    assert voucher["VoucherDate"] > story.company.books.locked_to
    transactions = [one for found in story.company.books.transactions.values() for one in found]
    assert any(str(one["Reference"]).startswith("avser 2025-") for one in transactions)


def test_payment_is_booked_once_its_fiscal_year_is_there(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")
    years = story.company.books.years
    kept, years[:] = list(years), [year for year in years if year["StartDate"].year == 2024]
    story.days(1)
    assert "there is no fiscal year" in tasks(story)["unsendable_book_payment"] and story.balance(ref) == 12500
    years[:] = kept
    story.days(1)
    assert story.balance(ref) == 7500 and "unsendable_book_payment" not in tasks(story)


def test_people_hear_of_invoices_by_their_numbers(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    assert story.type("claims", "hold", ref, "--tenant", "t", "--reason", "we talk").startswith("Invoice 1001 is stopped")
    assert story.type("claims", "release", ref, "--tenant", "t", "--reason", "no answer").startswith("Ended: hold on invoice 1001: ")
    assert story.type("claims", "dispute", ref, "--tenant", "t", "--asked", "the order", code=2).startswith(
        "invoice 1001: it is not disputed"
    )
    story.pay_agency(claim, "P1", "5000.00")
    story.company.books.years[:] = [year for year in story.company.books.years if year["StartDate"].year == 2024]
    story.days(1)
    assert tasks(story)["unsendable_book_payment"].startswith("book_payment for payment:nord:P1:1001 can't be done: ")
    story.type("claims", "withdraw", "1001", "--tenant", "t", "--reason", "the debtor has paid us")
    assert "our letter of 2025-04-25 about invoice 1001. Take it back" in tasks(story)["withdraw_letter"]


def test_payment_is_booked_once_a_lost_right_is_back(visma_story, monkeypatch):
    story = visma_story
    ref, claim = story.handed_over()
    story.pay_agency(claim, "P1", "5000.00")

    def denied(*given, **more):
        raise RefusedError(4007, "Permission denied.", 403)

    with monkeypatch.context() as lost:
        lost.setattr(Invoicing, "pay", denied)
        story.days(1)
    assert "as a user with full rights" in tasks(story)["way_out"] and story.balance(ref) == 12500
    story.days(1)
    assert story.balance(ref) == 7500 and "way_out" not in tasks(story)


def test_held_customer_is_left_in_peace(visma_story):
    story = visma_story
    ref = story.invoice()
    story.company.label_customer(story.company.invoicing.invoices[ref]["CustomerId"], "Ej inkasso")
    assert sum(done["letters_sent"] for done in story.days(12)) == 0
    assert "A label of the customer holds it" in story.type("claims", "explain", "1001", "--tenant", "t")
    listed = story.type("claims", "list", "--invoices", "--tenant", "t")
    assert "1001 " in listed and ref not in listed and ref in story.type("claims", "list", "--invoices", "--tenant", "t", "--json")


def test_sold_invoice_is_left_in_peace(visma_story):
    story = visma_story
    ref = story.invoice()
    story.company.set_invoice(ref, FactoringInvoiceStatus=7)
    assert sum(done["letters_sent"] for done in story.days(12)) == 0


def test_loss_that_a_person_booked_is_told_as_a_credit(visma_story):
    story = visma_story
    ref, _ = story.handed_over()
    story.company.lose_invoice(ref)
    story.days(2)
    assert (story.claim()["direct_payments"], [part["amount"] for part in story.claim()["credits"]]) == ([], [sek("12500.00")])


def test_invoice_that_was_sold_waits_at_the_agency(visma_story):
    story = visma_story
    ref, _ = story.handed_over()
    voucher = story.company.sell_invoice(ref)
    story.days(2)
    assert (story.claim()["lifecycle"], story.claim()["direct_payments"], story.claim()["credits"]) == ("paused", [], [])
    assert "invoice 1001 was sold or pledged to a financier" in tasks(story)["claim_financed"]
    story.company.undo_payment(voucher)
    story.company.set_invoice(ref, IsSold=False, FactoringInvoiceStatus=8)
    story.days(2)
    assert story.claim()["lifecycle"] != "paused" and "claim_financed" not in tasks(story)


def test_two_equal_payments_of_one_day_are_booked_on_that_day(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    for payment_id in ("P1", "P2", "P3"):
        story.pay_agency(claim, payment_id, "1000.00")
    (done,) = story.days(1)
    assert (done["payments_booked"], done["differences"], story.balance(ref)) == (3, 0, Decimal("9500.00"))


def test_missing_bank_account_is_asked_for_once(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    bank = story.company.books.bank_of(1689)
    bank["Name"] = "Annat"
    story.pay_agency(claim, "P1", "5000.00")
    story.days(3)
    assert story.balance(ref) == 12500
    asked = [text for kind, text in tasks(story).items() if "create_payment_mode" in kind]
    assert len(asked) == 1 and "create a bank account named 'Inkasso' on account 1689" in asked[0]
    bank["Name"] = "Inkasso"
    story.days(2)
    assert story.balance(ref) == 7500


@pytest.mark.parametrize("counts", [True, False])
def test_vendors_reminder_counts_like_our_letter(visma_story, counts):
    story = visma_story
    story.simulator.world.switches = replace(story.simulator.world.switches, reminder_counts=counts)
    assert "nothing has changed" in story.type("tenants", "reminder", "t", "--by", "vendor")
    story.type("tenants", "reminder", "t", "--by", "vendor", "--confirm")
    story.invoice()
    story.until("letters_sent")
    (sent,) = story.company.sent
    assert (sent["to"], sent["fee"], story.mailbox.mails) == ("kund@example.com", 0, []) and "1001" in sent["message"]
    reminded_on = story.today
    story.until("claims_handed_over")
    assert [(notice["sent_on"], notice["channel"]) for notice in story.claim()["notices"]] == [(reminded_on.isoformat(), "email")]
    assert len(story.company.sent) == 1


def test_refused_reminder_of_the_vendor_goes_by_post(visma_story):
    story = visma_story
    story.type("tenants", "reminder", "t", "--by", "vendor", "--confirm")
    story.invoice()
    story.company.status = 2  # read-only: whatever is written is refused
    story.days(12)
    assert story.company.sent == [] and json.loads(story.type("tenants", "show", "t", "--json"))
    assert story.run()["to_print"] == 1


def without_server(story):
    app = open_app()
    with app.database.write() as connection:
        change_tenant(connection, "t", mail={})
    app.database.close()


def test_vendors_reminder_needs_no_mail_server_of_ours(visma_story):
    story = visma_story
    story.type("tenants", "reminder", "t", "--by", "vendor", "--confirm")
    without_server(story)
    story.invoice()
    story.until("letters_sent")
    assert [one["to"] for one in story.company.sent] == ["kund@example.com"]
    assert "every letter but the reminders that visma mails waits to be printed" in story.type("doctor", "--tenant", "t")


def test_own_letter_without_a_mail_server_waits_to_be_printed(visma_story):
    story = visma_story
    without_server(story)
    story.invoice()
    story.until("to_print")
    assert story.company.sent == [] and story.mailbox.mails == []


def test_loss_is_a_persons_to_book(visma_story):
    story = visma_story
    ref, claim = story.handed_over()
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    story.type("tenants", "accounts", "t", "--set", "loss=6351", "--confirm")
    story.type("claims", "write-off", "1001", "--tenant", "t", "--reason", "bankrupt")
    story.days(1)
    assert "write it off in eAccounting" in " ".join(tasks(story).values())
    assert story.balance(ref) == 12500 and ORG_NO
