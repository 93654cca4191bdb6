"""What is read of an agreement beyond what every connector reads: the debtors' ledger, misleading filters, history."""

from datetime import date, datetime

import pytest

from core.errors import RejectedError, RetryLaterError
from core.model import InvoiceKind, Problem
from core.money import Money
from simulators.economic import Switches
from tests.connectors.economic_bench import Bench

TODAY = date(2025, 4, 15)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def dkk(amount):
    return Money.parse(amount, "DKK")


def test_ledger_shows_what_the_list_does_not(bench):
    bench.add_overdue()
    manual = bench.agreement.add_manual_invoice(bench.customer, "300", "2025-01-01", "2025-02-01")
    opening = bench.agreement.add_opening(bench.customer, "50", "2025-01-01")
    fee = bench.agreement.remind("1", "100", "2025-03-20")
    credit = bench.agreement.pay_on_account(bench.customer, "40", "2025-03-21")
    found = {one.source_ref: one for one in bench.connector.list_open_invoices()}
    assert {ref: str(one.open.amount) for ref, one in found.items()} == {
        "1": "12500.00", f"entry-{manual}": "300.00", f"entry-{opening}": "50.00", f"entry-{fee}": "100.00", f"entry-{credit}": "-40.00",
    }  # fmt: skip
    assert found[f"entry-{manual}"].due_on == date(2025, 2, 1) and found[f"entry-{fee}"].kind is InvoiceKind.OTHER
    assert bench.connector.get_invoice(f"entry-{manual}") == found[f"entry-{manual}"]
    assert bench.connector.list_payments(f"entry-{manual}") == []
    with pytest.raises(RejectedError, match="no document"):
        bench.connector.get_invoice_pdf(f"entry-{manual}")
    for ref in ("entry-2", "entry-999"):
        with pytest.raises(RejectedError, match="no debtor's entry"):
            bench.connector.get_invoice(ref)


def test_filter_that_breaks_the_server_is_done_without(tmp_path):
    bench = Bench(tmp_path, Switches(entry_filters="500"))
    entry = bench.agreement.add_manual_invoice(bench.customer, "300", "2025-01-01", "2025-02-01")
    assert [one.source_ref for one in bench.connector.list_open_invoices()] == [f"entry-{entry}"]


def test_filter_that_is_dropped_does_no_harm(bench, monkeypatch):
    first, second = bench.add_overdue(), bench.add_overdue()
    bench.agreement.pay(first, "100", "2025-04-01")
    bench.agreement.remind(second)
    monkeypatch.setattr("simulators.economic_services._filtered", lambda rows, _text, _fields: rows)
    (payment,) = bench.connector.list_payments(first)
    assert payment.amount == dkk("100") and bench.connector.list_payments(second) == []
    assert bench.connector.get_invoice(first).vendor_reminders == 0
    assert bench.connector.bank_postings_until(TODAY) == date(2025, 4, 1)
    assert sorted(one.source_ref for one in bench.connector.list_open_invoices()) == ["1", "2", "entry-9"]
    with pytest.raises(RetryLaterError, match="can't be told"):
        bench.connector._ledger.list_on_account("5600")


def test_ledger_without_its_control_is_not_believed(bench, monkeypatch):
    ref = bench.add_overdue()
    monkeypatch.setattr("simulators.economic_services._filtered", lambda rows, _text, _fields: [])
    with pytest.raises(RetryLaterError, match="not whole"):
        bench.connector._ledger.list_of_customer(bench.customer, TODAY, control=ref)
    with pytest.raises(RejectedError, match="no entries"):
        bench.connector.list_payments(ref)


def test_customer_in_credit_is_left_alone(bench):
    ref = bench.add_overdue("100.00")
    assert bench.connector.get_invoice(ref).leave_alone == ()
    bench.agreement.pay_on_account(bench.customer, "100", "2025-04-01")
    assert bench.connector.get_invoice(ref).leave_alone == ("credited",)


def test_open_credit_note_is_a_credit(bench):
    ref = bench.add_overdue("100.00")
    note = bench.agreement.credit(ref, "40", matched=False)
    found = {one.source_ref: one for one in bench.connector.list_open_invoices()}
    assert (found[note].kind, found[note].open, found[note].leave_alone) == (InvoiceKind.CREDIT, dkk("-40"), ("credit",))
    assert found[ref].open == dkk("100")
    bench.agreement.ledger.match([bench.agreement.invoice(one)["entry"] for one in (ref, note)])
    (payment,) = bench.connector.list_payments(ref)
    assert (payment.source, payment.amount) == ("credit", dkk("40"))


def test_payment_without_match_lowers_nothing_yet(tmp_path):
    bench = Bench(tmp_path, Switches(payments_match=False))
    ref, journal = bench.add_overdue(), bench.add_journal()
    bench.agreement.ledger.add_draft(
        journal, {"entryTypeNumber": 2, "journalNumber": journal, "date": TODAY, "amount": dkk("-70").amount, "currency": "DKK", "text": "Anna",
                  "customerNumber": int(bench.customer), "customerInvoiceNumber": ref, "contraAccountNumber": 5820}, receivable=5600,
    )  # fmt: skip
    (drafted,) = bench.connector.list_payments(ref)
    assert (drafted.source_ref, drafted.amount, drafted.booked, drafted.account) == ("draft-1", dkk("70"), False, "5820")
    bench.agreement.ledger.book(journal, [1])
    (loose,) = bench.connector.list_payments(ref)
    assert (loose.amount, loose.booked, loose.account, loose.mode) == (dkk("70"), False, "5820", "")
    assert bench.connector.get_invoice(ref).open == dkk("12500")


@pytest.mark.parametrize("amounts", ["matched", "entry"])
def test_one_payment_of_two_invoices(tmp_path, amounts):
    bench = Bench(tmp_path, Switches(matched_pair_amounts=amounts))
    one, other = bench.add_overdue("1000"), bench.add_overdue("800")
    paid = bench.agreement.pay_on_account(bench.customer, "1500", "2025-04-01")
    bench.agreement.ledger.match([bench.agreement.invoice(ref)["entry"] for ref in (one, other)] + [int(paid)])
    shares = {ref: [payment.amount for payment in bench.connector.list_payments(ref)] for ref in (one, other)}
    assert shares == {one: [dkk("1000")], other: [dkk("500")]}


def test_loss_is_no_money(bench):
    ref = bench.add_overdue("1000")
    bench.agreement.pay(ref, "400", "2025-04-01", account=2700)
    (payment,) = bench.connector.list_payments(ref)
    assert (payment.amount, payment.written_off, payment.account) == (dkk("0"), dkk("400"), "")


def test_changes_are_what_is_open_dated_or_paid(bench):
    old, paid, new = (
        bench.add_overdue("1"),
        bench.add_overdue("2"),
        bench.agreement.add_invoice(bench.customer, "3", "2025-04-14", "2025-04-28"),
    )
    bench.agreement.pay(new, on="2025-04-14")
    bench.agreement.pay(paid, on="2025-04-14")
    gone = bench.add_overdue("4")
    bench.agreement.pay(gone, on="2025-03-10")
    since = datetime.fromisoformat("2025-04-12T22:30:00+00:00")  # the 13th in Denmark
    found = [one.source_ref for one in bench.connector.list_changed_invoices(since)]
    assert found == [old, new, paid]
    payments = {one.invoice_ref: one.paid_on for one in bench.connector.list_changed_payments(since)}
    assert payments == {paid: date(2025, 4, 14), new: date(2025, 4, 14)}


def test_credit_notes_are_in_the_past_too(bench):
    ref = bench.add_overdue("100")
    bench.agreement.credit(ref, "40", "2025-04-14")
    (one,) = bench.connector.list_changed_payments(datetime.fromisoformat("2025-04-12T00:00:00+00:00"))
    assert (one.source, one.amount, one.invoice_ref) == ("credit", dkk("40"), ref)


def test_bank_is_told_by_bank_accounts_alone(bench):
    assert bench.connector.bank_postings_until(TODAY) is None
    bench.agreement.book_bank("2025-04-10", "Gebyr", "-2")
    bench.agreement.book_bank("2025-04-30", "Planlagt", "-2")
    assert bench.connector.bank_postings_until(TODAY) == date(2025, 4, 10)
    assert bench.build(bank_accounts="5810").bank_postings_until(TODAY) is None
    assert bench.build(bank_accounts=" ").bank_postings_until(TODAY) is None


def test_barred_periods_lock(bench):
    bench.agreement.bar_periods("2025-03-31")
    assert bench.connector.locked_until() == date(2025, 3, 31)


def test_closed_year_locks_though_its_periods_dont_say_so(bench):
    bench.agreement.ledger.closed_years.add("2024")
    assert bench.connector.locked_until() == date(2024, 12, 31)


def test_shifting_pages_are_read_once(bench, monkeypatch):
    monkeypatch.setattr("connectors.economic.client.PAGE_SIZE", 2)
    refs = [bench.add_overdue(f"{number}") for number in range(1, 6)]
    bench.arm("page_behind", "GET", "skippages=1")
    found = [one.source_ref for one in bench.connector.list_open_invoices()]
    assert found == ["1", "2", "3", "5"] and set(found) < set(refs)  # the engine reads by itself what it misses
    bench.arm("page_repeated", "GET", "/invoices/unpaid")
    with pytest.raises(RetryLaterError, match="page before"):
        list(bench.connector.list_open_invoices())


def test_reference_that_is_no_number_goes_nowhere(bench):
    for ref in ("../self", "1/pdf", ""):
        with pytest.raises(RejectedError, match="no number"):
            bench.connector.get_invoice(ref)
    assert bench.simulator.log.rows == []


def test_bad_invoice_is_a_problem_by_itself(bench):
    ref = bench.add_overdue()
    bench.agreement.set_invoice(ref, due=None)
    assert isinstance(bench.connector.get_invoice(ref), Problem)
    with pytest.raises(RejectedError, match="has no due date"):
        bench.connector.list_payments(ref)
