"""What is written: signs, matching, two calls of which one is lost, and what people do in between."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest

from core.errors import ConfigError, InvariantBrokenError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.ports import Document
from core.writes import AttachDocument, BookkeepPayment, BookPayment, CreatePaymentMode, MarkInvoice, SendMessage
from tests.connectors.economic_bench import DAY, KEY, OTHER_KEY, dkk, do, entered, made, payment, voucher

MARK = "kb-0123456789abcdef"


@pytest.fixture
def bench(tmp_path):
    return made(tmp_path)


def left(bench, write):
    return bench.agreement.invoice(write.invoice_ref)["remainder"]


def test_payment_is_entered_then_booked(bench):
    write = entered(bench)
    (draft,) = bench.agreement.ledger.drafts.values()
    assert (draft["amount"], draft["contraAccountNumber"], draft["text"]) == (-500, 5690, f"Inkasso: indbetaling faktura 1 {MARK}")
    receipt = do(bench, write, OTHER_KEY)
    assert (receipt.remote_ref, receipt.data["booked"], left(bench, write)) == (MARK, True, 12_000)
    assert bench.agreement.account_balance(5690) == 500
    (shown,) = bench.connector.list_payments("1")
    assert (shown.source_ref, shown.booked, shown.mode, shown.account) == (MARK, True, "KB", "5690")


def test_write_off_is_booked_beside_it(bench):
    write = entered(bench, amount="12499.60", write_off=dkk("0.40"), write_off_account="2790", text="Rest")
    do(bench, write, OTHER_KEY)
    assert (left(bench, write), bench.agreement.account_balance(2790)) == (0, dkk("0.40").amount)
    (shown,) = bench.connector.list_payments("1")
    assert (shown.amount, shown.written_off) == (dkk("12499.60"), dkk("0.40"))


def test_wrong_sign_stops_everything(tmp_path):
    bench = made(tmp_path, payment_sign=1)
    write = entered(bench)
    with pytest.raises(RejectedError, match="raises what the customer owes") as caught:
        do(bench, write, OTHER_KEY)
    assert caught.value.code == "wrong_sign"
    assert bench.connector.look_up(write, bench.connector.prepare(write, OTHER_KEY), OTHER_KEY, ()).state == "ambiguous"
    for another in (payment(bench), voucher()):
        for connector in (bench.connector, bench.build()):  # the next process finds it too
            with pytest.raises(RetryLaterError, match="wrong sign") as stopped:
                connector.send(another, connector.prepare(another, "a" * 32), "a" * 32)
            assert "payment_sign" in stopped.value.todo


def test_wrong_sign_that_was_taken_back_stops_nothing(tmp_path):
    bench = made(tmp_path, payment_sign=1)
    write = entered(bench)
    with pytest.raises(RejectedError):
        do(bench, write, OTHER_KEY)
    wrong = next(one for one in bench.agreement.ledger.entries if one["type"] == 2 and "open" in one)
    bench.agreement.take_back(str(wrong["entryNumber"]))
    bench.connector = bench.build(payment_sign="plus")
    again = payment(bench)
    key = "b" * 32
    booked = do(bench, BookkeepPayment(do(bench, again, key).remote_ref, again.invoice_ref), "c" * 32)
    assert booked.remote_ref == f"kb-{'b' * 16}" and left(bench, again) == 12_000


def test_what_is_not_matched_is_matched(tmp_path):
    bench = made(tmp_path, payments_match=False, payment_keeps_invoice_number=False)
    write = entered(bench)
    do(bench, write, OTHER_KEY)
    assert left(bench, write) == 12_000
    assert [row["path"].rpartition("/")[2] for row in bench.simulator.log.rows if row["method"] == "POST"] == [
        "bulk",
        "bookdraftentries",
        "match",
    ]


def test_what_cant_be_matched_is_said(tmp_path):
    bench = made(tmp_path, payments_match=False)
    write = entered(bench)
    for period in bench.agreement.ledger.periods:
        period["isClosed"] = period["dateTo"] < date(2025, 3, 1)  # the invoice's
    with pytest.raises(RejectedError, match="match it with invoice 1") as caught:
        do(bench, write, OTHER_KEY)
    assert caught.value.code == "not_matched"
    (shown,) = bench.connector.list_payments("1")
    assert (shown.source_ref, shown.booked) == (MARK, False)


def test_person_who_pays_meanwhile_is_no_wrong_sign(bench):
    write = entered(bench)
    ready = bench.connector.prepare(write, OTHER_KEY)
    bench.agreement.pay("1", "200", "2025-04-11")
    assert bench.connector.send(write, ready, OTHER_KEY).data["booked"]
    assert left(bench, write) == 11_800


def test_draft_that_vanished_is_refused(bench):
    write = entered(bench)
    bench.agreement.ledger.drafts.clear()
    with pytest.raises(RejectedError, match="no longer in the journal"):
        bench.connector.prepare(write, OTHER_KEY)


def test_draft_that_a_person_booked_is_booked(bench):
    write = entered(bench)
    bench.agreement.ledger.book(bench.journal, [1])
    assert do(bench, write, OTHER_KEY).data["booked"]
    assert not [row for row in bench.simulator.log.rows if "bookdraftentries" in row["path"]]


def test_draft_that_lies_twice_is_a_persons(bench):
    write = entered(bench)
    again = {name: value for name, value in bench.agreement.ledger.drafts[1].items() if name != "voucherNumber"}
    bench.agreement.ledger.add_draft(bench.journal, again, receivable=5600)
    with pytest.raises(RejectedError, match="lies twice"):
        bench.connector.prepare(write, OTHER_KEY)


def test_half_that_a_person_booked_is_booked_whole(bench):
    write = entered(bench, write_off=dkk("0.40"), write_off_account="2790", text="Rest")
    bench.agreement.ledger.book(bench.journal, [2])
    do(bench, write, OTHER_KEY)
    assert left(bench, write) == dkk("11999.60").amount and not bench.agreement.ledger.drafts


def test_half_that_is_booked_meanwhile_is_no_success(bench):
    write = entered(bench, write_off=dkk("0.40"), write_off_account="2790", text="Rest")
    ready = bench.connector.prepare(write, OTHER_KEY)
    bench.agreement.ledger.book(bench.journal, [2])
    assert bench.connector.look_up(write, ready, OTHER_KEY, ()).state == "absent"
    with pytest.raises(RejectedError, match="does not exist"):
        bench.connector.send(write, ready, OTHER_KEY)


def test_only_our_own_drafts_are_booked(bench):
    write = entered(bench)
    others = {
        "entryTypeNumber": 5,
        "journalNumber": bench.journal,
        "date": DAY,
        "amount": dkk("1").amount,
        "currency": "DKK",
        "accountNumber": 2230,
    }
    bench.agreement.ledger.add_draft(bench.journal, others, receivable=0)
    do(bench, write, OTHER_KEY)
    assert [one["accountNumber"] for one in bench.agreement.ledger.drafts.values()] == [2230]


def test_late_first_call_is_not_a_refusal(bench):
    write = entered(bench)
    ready = bench.connector.prepare(write, OTHER_KEY)
    guard = bench.connector._kinds["bookkeep_payment"]._guard.check

    def meanwhile():
        guard()
        bench.agreement.ledger.book(bench.journal, [1])

    bench.connector._kinds["bookkeep_payment"]._guard.check = meanwhile
    assert bench.connector.send(write, ready, OTHER_KEY).data["booked"] and left(bench, write) == 12_000


def test_payment_on_a_debt_without_invoice_is_a_persons(bench):
    entry = bench.agreement.add_manual_invoice(bench.customer, "300", "2025-01-01", "2025-02-01")
    for write in (BookPayment(f"entry-{entry}", dkk("1"), DAY, "KB", "5690"), MarkInvoice(f"entry-{entry}", "x")):
        with pytest.raises(RejectedError, match="is no invoice"):
            bench.connector.prepare(write, KEY)


def test_changed_draft_is_no_longer_what_was_sent(bench):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    bench.connector.send(write, ready, KEY)
    bench.agreement.ledger.drafts[1]["amount"] = dkk("-1").amount
    found = bench.connector.look_up(write, ready, KEY, ())
    assert (found.state, found.candidates) == ("ambiguous", (MARK,))
    with pytest.raises(RejectedError, match="not_taken"):
        bench.connector.send(write, ready, KEY)


def test_key_is_kept_for_an_hour_and_the_mark_for_ever(bench):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    bench.connector.send(write, ready, KEY)
    bench.connector.send(write, ready, KEY)
    assert len(bench.agreement.ledger.drafts) == 1
    bench.clock.sleep(3601)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_journal_must_be_ours(bench):
    write = payment(bench)
    with pytest.raises(RejectedError, match="there is no journal 'Inkasso \\(XX\\)'"):
        bench.connector.prepare(BookPayment(write.invoice_ref, dkk("1"), DAY, "XX", "5690"), KEY)
    bench.agreement.ledger.journals[bench.journal]["isStandingJournal"] = True
    with pytest.raises(RejectedError, match="keeps its entries"):
        bench.connector.prepare(write, KEY)
    with pytest.raises(ConfigError, match="booked twice"):
        bench.connector.find_payment_mode("KB")


def test_journal_is_made_empty_and_tied(bench):
    write = CreatePaymentMode("K2", "Inkasso", "5690")
    assert do(bench, write).data["account"] == "5690"
    kept = bench.agreement.ledger.journals[4]
    assert (kept["isStandingJournal"], kept["requireBalancePerVoucherId"], kept["name"]) == (False, True, "Inkasso (K2)")
    assert bench.connector.find_payment_mode("K2").number == "5690"
    other = CreatePaymentMode("K2", "Inkasso", "5810")
    assert bench.connector.look_up(other, bench.connector.prepare(other, KEY), KEY, ()).state == "ambiguous"
    with pytest.raises(RejectedError, match="customerContraAccount"):
        do(bench, other, OTHER_KEY)


@pytest.mark.parametrize(
    ("fault", "step", "drafts"),
    [("drop_after", "/bulk", 2), ("error_before", "/bookdraftentries", 2), ("error_after", "/bookdraftentries", 0)],
)
def test_voucher_goes_on_where_it_was_lost(bench, fault, step, drafts):
    write = voucher()
    ready = bench.connector.prepare(write, KEY)
    bench.arm(fault, "POST", step)
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, KEY)
    assert len(bench.agreement.ledger.drafts) == drafts
    assert bench.connector.look_up(write, ready, KEY, ()).state == ("absent" if drafts else "found")
    assert bench.connector.send(write, ready, KEY).remote_ref.endswith("@2025") and not bench.agreement.ledger.drafts
    assert bench.agreement.account_balance(5690) == 100


def test_voucher_is_found_by_its_mark_under_another_number(bench):
    write = voucher()
    first = do(bench, write)
    bench.agreement.ledger.journals[bench.journal]["used"] += 100
    ready = bench.connector.prepare(write, KEY)
    assert ready.evidence["voucher"] != first.data["voucher"]
    assert bench.connector.send(write, ready, KEY) == first
    assert bench.connector.look_up(write, ready, KEY, ()).receipt == first
    assert bench.connector.look_up(write, ready, KEY, [first.remote_ref]).state == "absent"


def test_voucher_numbers_are_never_used_twice(tmp_path):
    for switches in ({}, {"voucher_numbers_move": "booking"}, {"next_voucher_number": False}):
        bench = made(tmp_path, **switches)
        numbers = [do(bench, voucher(), f"{number:032}"[::-1]).data["voucher"] for number in range(1, 4)]
        do(bench, payment(bench), OTHER_KEY)
        numbers.append(do(bench, voucher(), "9" * 32).data["voucher"])
        drafted = [one["voucherNumber"] for one in bench.agreement.ledger.drafts.values()]
        assert len({*numbers, *drafted}) == 5, switches


@pytest.mark.parametrize("booked", [True, False])
def test_voucher_whose_number_another_has_taken_is_rendered_anew(bench, booked):
    write = voucher()
    ready = bench.connector.prepare(write, KEY)
    bench.arm("drop_before", "POST", "/bulk")
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, KEY)
    other = bench.connector.prepare(write, OTHER_KEY)
    assert other.evidence["voucher"] == ready.evidence["voucher"]
    if not booked:
        bench.arm("error_before", "POST", "/bookdraftentries")
    with suppress(OutcomeUnknownError):
        bench.connector.send(write, other, OTHER_KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "absent"
    with pytest.raises(RetryLaterError, match="was taken by another"):
        bench.connector.send(write, ready, KEY)
    first, second = do(bench, write, OTHER_KEY), do(bench, write)
    assert second.remote_ref != first.remote_ref and bench.agreement.account_balance(5690) == 200


def test_voucher_that_does_not_balance_is_refused(bench):
    with pytest.raises(RejectedError, match="not in balance"):
        do(bench, voucher(("5690", "100"), ("4310", "-99")))


def test_vouchers_and_payments_need_their_year(bench):
    for write in (voucher(on=date(2031, 1, 1)), replace(payment(bench), paid_on=date(2031, 1, 1))):
        with pytest.raises(RejectedError, match="no accounting year"):
            bench.connector.prepare(write, KEY)


def test_payment_on_a_barred_customer_waits(bench):
    write = payment(bench)
    bench.agreement.set_customer(bench.customer, barred=True)
    with pytest.raises(RejectedError, match="customer 1 is barred"):
        bench.connector.prepare(write, KEY)
    bench.agreement.set_customer(bench.customer, barred=None)
    assert do(bench, write)


def test_voucher_booked_otherwise_is_a_persons(bench):
    write = voucher()
    ready = bench.connector.prepare(write, KEY)
    bench.connector.send(write, ready, KEY)
    next(one for one in bench.agreement.ledger.entries if one["accountNumber"] == 4310)["amount"] = dkk("-99").amount
    assert bench.connector.look_up(write, ready, KEY, ()).state == "ambiguous"
    with pytest.raises(RejectedError, match="amounts"):
        bench.connector.send(write, ready, KEY)


def stored(bench, content=b"%PDF-1", media="application/pdf", sha="", name="Afregning.pdf"):
    import hashlib

    document = Document("d1", name, media, sha or hashlib.sha256(content).hexdigest(), content)
    bench.documents.kept["d1"] = document
    return document


def test_document_is_attached_once(bench):
    ref = do(bench, voucher()).remote_ref
    stored(bench)
    write = AttachDocument("d1", ref)
    assert do(bench, write).remote_ref == "1"
    (kept,) = bench.agreement.documents.values()
    assert (kept["note"], kept["accountingYear"], bench.agreement.contents[1]) == (MARK, "2025", b"%PDF-1")
    with pytest.raises(RejectedError, match="DocumentAlreadyAttachedToVoucher"):
        do(bench, write, OTHER_KEY)
    assert bench.connector.look_up(write, bench.connector.prepare(write, OTHER_KEY), OTHER_KEY, ()).state == "absent"


def test_documents_that_dont_fit_are_said(bench, monkeypatch):
    stored(bench, sha="0" * 64)
    with pytest.raises(InvariantBrokenError):
        bench.connector.prepare(AttachDocument("d1", "1@2025"), KEY)
    stored(bench, media="text/plain")
    with pytest.raises(RejectedError, match="by hand"):
        bench.connector.prepare(AttachDocument("d1", "1@2025"), KEY)
    monkeypatch.setattr("connectors.economic.vouchers.FILE_MAX", 2)
    stored(bench)
    with pytest.raises(RejectedError, match="too large"):
        bench.connector.prepare(AttachDocument("d1", "1@2025"), KEY)


def notes(bench):
    return [one.get("notes", "") for one in bench.agreement.contacts.values()]


def test_marks_share_one_contact_of_ours(bench):
    anna = bench.agreement.add_contact(bench.customer, "Anna", notes="Ring først", email="anna@example.com")
    one, other = bench.add_overdue(), bench.add_overdue()
    do(bench, MarkInvoice(one, "Inkasso A-1"))
    do(bench, MarkInvoice(other, "Inkasso A-2"), OTHER_KEY)
    do(bench, MarkInvoice(one, "Inkasso avslutat A-1"), "a" * 32)
    assert notes(bench) == ["Ring først", f"Faktura {other}: Inkasso A-2\nFaktura {one}: Inkasso avslutat A-1"]
    do(bench, MarkInvoice(other, ""), "b" * 32)
    assert notes(bench)[1] == f"Faktura {one}: Inkasso avslutat A-1"
    assert bench.agreement.contacts[anna]["email"] == "anna@example.com" and "email" not in bench.agreement.contacts[2]
    with pytest.raises(RejectedError, match="no mark of ours"):
        bench.connector.prepare(MarkInvoice(other, ""), KEY)


def test_contact_that_changed_meanwhile_waits(bench):
    ref = bench.add_overdue()
    do(bench, MarkInvoice(ref, "A"))
    write = MarkInvoice(ref, "B")
    ready = bench.connector.prepare(write, OTHER_KEY)
    bench.agreement.contacts[1] |= {"objectVersion": "c1-9", "notes": "En persons linje\nFaktura 1: A"}
    with pytest.raises(RetryLaterError, match="409"):
        bench.connector.send(write, ready, OTHER_KEY)
    do(bench, write, OTHER_KEY)
    assert notes(bench) == ["En persons linje\nFaktura 1: B"]


def test_full_notes_are_said(bench):
    ref = bench.add_overdue()
    bench.agreement.add_contact(bench.customer, "Inkasso (Kravbro)", notes="x" * 2000)
    with pytest.raises(RejectedError, match="are full"):
        bench.connector.prepare(MarkInvoice(ref, "A"), KEY)


def test_kind_that_is_not_declared_is_our_bug(bench):
    with pytest.raises(InvariantBrokenError):
        bench.connector.prepare(SendMessage("a@example.com", "s", "t"), KEY)
    assert "mark_invoice" not in bench.build(mark="none").deliveries and "upload_document" not in bench.connector.deliveries


def test_lost_read_after_a_write_leaves_it_open(bench):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    bench.arm("drop_before", "GET", "/draft-entries", times=5)
    with pytest.raises(OutcomeUnknownError, match="not readable"):
        bench.connector.send(write, ready, KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_locked_period_is_told_by_its_name(bench):
    write = payment(bench)
    bench.agreement.bar_periods("2025-04-30")
    with pytest.raises(RejectedError) as caught:
        do(bench, write)
    assert caught.value.code == "period_locked"


def test_prepared_bytes_hold_no_token(bench):
    ready = bench.connector.prepare(payment(bench), KEY)
    assert bench.token not in json.dumps([ready.target, dict(ready.headers), ready.evidence]) and bench.token.encode() not in ready.body
