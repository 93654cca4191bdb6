"""What faults and people do between the calls of one write: nothing is lost, nothing is booked twice."""

from datetime import date

import pytest

from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.writes import MarkInvoice
from simulators import economic_services as services
from tests.connectors.economic_bench import KEY, OTHER_KEY, dkk, do, entered, made, payment, voucher


@pytest.fixture
def bench(tmp_path):
    return made(tmp_path)


def fail(bench, fault, method, path_part, write, key=KEY):
    """Send a write while a call fails, and return what was prepared."""
    ready = bench.connector.prepare(write, key)
    bench.arm(fault, method, path_part)
    with pytest.raises((OutcomeUnknownError, RetryLaterError, LoginExpiredError)):
        bench.connector.send(write, ready, key)
    return ready


@pytest.mark.parametrize("switches", [{}, {"next_voucher_number": False}, {"voucher_numbers_move": "booking"}], ids=str)
def test_voucher_that_must_wait_between_its_calls_is_booked_once(tmp_path, switches):
    bench = made(tmp_path, **switches)
    fail(bench, "throttled", "POST", "bookdraftentries", voucher())
    bench.clock.sleep(300)
    do(bench, voucher())
    assert not bench.agreement.ledger.drafts and bench.agreement.account_balance(4310) == -100


def test_voucher_that_a_person_booked_meanwhile_is_not_booked_again(bench):
    fail(bench, "throttled", "POST", "bookdraftentries", voucher())
    for draft in bench.agreement.ledger.drafts.values():
        draft["date"] = date(2025, 4, 11)
    bench.agreement.ledger.book(bench.journal, list(bench.agreement.ledger.drafts))
    do(bench, voucher())
    assert bench.agreement.account_balance(4310) == -100


def test_voucher_that_is_refused_leaves_no_drafts(bench):
    write = voucher(on=date(2025, 3, 31))
    ready = fail(bench, "error_before", "POST", "bookdraftentries", write)
    bench.agreement.bar_periods("2025-03-31")
    with pytest.raises(RejectedError) as caught:
        bench.connector.send(write, ready, KEY)
    assert caught.value.code == "period_locked"
    do(bench, voucher(on=date(2025, 4, 1)), OTHER_KEY)
    assert not bench.agreement.ledger.drafts and bench.agreement.account_balance(4310) == -100


def test_drafts_that_cant_be_taken_away_are_named(bench):
    write = voucher(on=date(2025, 3, 31))
    ready = fail(bench, "error_before", "POST", "bookdraftentries", write)
    bench.agreement.bar_periods("2025-03-31")
    bench.arm("error_before", "DELETE", "draft-entries/2")
    with pytest.raises(RejectedError, match="delete its drafts 2 ") as caught:
        bench.connector.send(write, ready, KEY)
    assert caught.value.code == "drafts_left"


def change(bench, **values):
    """Change the drafts as a bookkeeper can."""
    for draft in bench.agreement.ledger.drafts.values():
        draft.update(values)


@pytest.mark.parametrize(
    "values", [{"amount": dkk("-50.00").amount}, {"amount": dkk("500.00").amount}, {"contraAccountNumber": 5820}], ids=str
)
def test_payment_that_was_changed_in_the_journal_is_not_booked(bench, values):
    write = entered(bench)
    change(bench, **values)
    with pytest.raises(RejectedError) as caught:
        do(bench, write, OTHER_KEY)
    assert caught.value.code == "changed" and bench.agreement.ledger.drafts
    change(bench, amount=dkk("-500.00").amount, contraAccountNumber=5690)
    assert do(bench, write, OTHER_KEY).data["booked"]


def test_payment_that_is_changed_before_it_is_sent_again_is_not_booked(bench):
    write = entered(bench)
    ready = fail(bench, "error_before", "POST", "bookdraftentries", write, OTHER_KEY)
    change(bench, contraAccountNumber=5820)
    with pytest.raises(RejectedError) as caught:
        bench.connector.send(write, ready, OTHER_KEY)
    assert caught.value.code == "changed"


def test_payment_that_a_person_booked_otherwise_is_a_persons(bench):
    write = entered(bench)
    ready = bench.connector.prepare(write, OTHER_KEY)
    change(bench, contraAccountNumber=5820)
    bench.agreement.ledger.book(bench.journal, list(bench.agreement.ledger.drafts))
    with pytest.raises(RejectedError, match="against account 5820") as caught:
        bench.connector.send(write, ready, OTHER_KEY)
    assert caught.value.code == "not_taken"
    assert bench.connector.look_up(write, ready, OTHER_KEY, ()).state == "ambiguous"


@pytest.mark.parametrize("is_booked", [False, True])
@pytest.mark.parametrize("values", [{}, {"date": date(2025, 1, 31)}], ids=str)
def test_lost_payment_that_a_person_moved_is_not_entered_again(bench, is_booked, values):
    write = payment(bench)
    ready = fail(bench, "drop_after", "POST", "/draft-entries/bulk", write)
    change(bench, customerInvoiceNumber=bench.add_overdue("900.00"), **values)
    if is_booked:
        bench.agreement.ledger.book(bench.journal, list(bench.agreement.ledger.drafts))
    assert bench.connector.look_up(write, ready, KEY, ()).state == "ambiguous"


def test_lost_payment_that_a_person_dated_back_and_booked_is_found(bench):
    write = payment(bench)
    ready = fail(bench, "drop_after", "POST", "/draft-entries/bulk", write)
    change(bench, date=date(2025, 1, 31))
    bench.agreement.ledger.book(bench.journal, list(bench.agreement.ledger.drafts))
    assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_lost_payment_is_found_where_the_filter_on_drafts_finds_nothing(bench, monkeypatch):
    write = payment(bench)
    ready = fail(bench, "drop_after", "POST", "/draft-entries/bulk", write)
    whole = services._filtered
    monkeypatch.setattr(
        services, "_filtered", lambda rows, text, fields: [] if text and fields is services.DRAFTS else whole(rows, text, fields)
    )
    assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_lost_mark_goes_into_the_contact_that_another_made(bench):
    one, other = (MarkInvoice(bench.add_overdue(), f"Inkasso {name}") for name in "AB")
    ready = fail(bench, "drop_before", "POST", "/Contacts", one)
    do(bench, other, OTHER_KEY)
    assert bench.connector.look_up(one, ready, KEY, ()).state == "absent"
    with pytest.raises(RetryLaterError, match="meanwhile"):
        bench.connector.send(one, ready, KEY)
    do(bench, one)
    (contact,) = bench.agreement.contacts.values()
    assert contact["notes"] == f"Faktura {other.invoice_ref}: Inkasso B\nFaktura {one.invoice_ref}: Inkasso A"


def test_booking_that_cant_be_read_afterwards_is_no_refusal(tmp_path):
    bench = made(tmp_path, payments_match=False)
    write = entered(bench)
    ready = bench.connector.prepare(write, OTHER_KEY)
    owed = bench.agreement.ledger.invoice_entry(int(write.invoice_ref))
    after = bench.agreement.ledger._book_one

    def book(row):
        after(row)
        owed["type"] = 99  # the ledger shows the invoice's entry no more

    bench.agreement.ledger._book_one = book
    with pytest.raises(OutcomeUnknownError, match="not readable"):
        bench.connector.send(write, ready, OTHER_KEY)
