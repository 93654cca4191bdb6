"""What the connector writes, beyond the contract suite: the exact bytes, the answers that are refused, the odd ones."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import date

import pytest

from connectors.fortnox.connector import DELIVERIES, SETTINGS
from core.errors import InvariantBrokenError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.money import Money
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    PrintReminder,
    SendLetter,
    UploadDocument,
    VoucherRow,
)
from simulators import kit
from simulators.fortnox import Switches
from tests.connectors.fortnox_bench import KEY, OTHER_KEY, Bench
from tests.connectors.fortnox_contract import MATCHING, other_values
from tests.connectors.test_fortnox_client import rewritten

ZERO = Money.zero("SEK")
CREATE_MODE = CreatePaymentMode("KB", "Inkasso", "1689")


def sek(text):
    return Money.parse(text, "SEK")


def do(bench, write, key=KEY):
    return bench.connector.send(write, bench.connector.prepare(write, key), key)


def payment(bench, amount="500.10", **fields):
    if bench.connector.find_payment_mode("KB") is None:
        do(bench, CREATE_MODE)
    number = fields.pop("number", None) or bench.add_overdue()
    return BookPayment(number, sek(amount), date(2025, 4, 10), "KB", "1689", **fields)


def booking(bench):
    write = payment(bench)
    return BookkeepPayment(do(bench, write, OTHER_KEY).remote_ref, write.invoice_ref)


def voucher(bench, amount="100", booked_on=date(2025, 4, 15)):
    rows = (VoucherRow("1689", sek(amount), ZERO, "Avräkning"), VoucherRow("8313", ZERO, sek(amount)))
    return BookVoucher("A", booked_on, date(2025, 4, 14), "Inkasso “ränta”", rows)


def upload(bench, content=b"%PDF-settlement"):
    document = Document("d1", "Avräkning.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content)
    bench.documents.kept["d1"] = document
    return UploadDocument("d1", document.name, document.media_type, document.sha256)


def attachment(bench):
    return AttachDocument(do(bench, upload(bench), OTHER_KEY).remote_ref, do(bench, voucher(bench), OTHER_KEY).remote_ref)


def marking(bench):
    return MarkInvoice(bench.add_overdue(), "KB 2025-17")


def reminding(bench):
    letter = SendLetter("reminder", "email", "kund@example.com", "s", "t", "h", (), ("1",), ZERO, date(2025, 4, 25))
    return PrintReminder(bench.add_overdue(), letter, "paminnelse-1.pdf", 10)


MAKERS = {
    "book_payment": (payment, "POST", "/3/invoicepayments"),
    "bookkeep_payment": (booking, "PUT", "/bookkeep"),
    "book_voucher": (voucher, "POST", "/3/vouchers"),
    "upload_document": (upload, "POST", "/3/inbox"),
    "attach_document": (attachment, "POST", "/3/voucherfileconnections"),
    "mark_invoice": (marking, "PUT", "/3/invoices/"),
    "create_payment_mode": (lambda bench: CREATE_MODE, "POST", "/3/modesofpayments"),
    "print_reminder": (reminding, "GET", "/printreminder"),
}
KINDS = pytest.mark.parametrize("kind", sorted(MAKERS))
LOOKED_UP = pytest.mark.parametrize("kind", sorted(set(MAKERS) - {"print_reminder"}))


def prepared(bench, kind):
    maker, method, path = MAKERS[kind]
    write = maker(bench)
    return write, bench.connector.prepare(write, KEY), method, path


def test_every_kind_is_tried():
    assert set(MAKERS) == set(DELIVERIES)
    asked = {kind: delivery for kind, delivery in DELIVERIES.items() if kind != "print_reminder"}
    assert all(delivery.how == "look_up" and delivery.absent_after_s > 40 for delivery in asked.values())
    assert DELIVERIES["print_reminder"].how == "at_most_once"


@KINDS
def test_refused_token_repeats_the_write(bench, kind):
    write, ready, *_ = prepared(bench, kind)
    bench.connector.get_company()
    bench.simulator.oauth._access.clear()
    receipt = bench.connector.send(write, ready, KEY)
    assert receipt.remote_ref or receipt.content
    assert bench.tokens.renewals == 2


@KINDS
def test_exactly_the_prepared_bytes_leave(bench, kind):
    write, ready, method, path = prepared(bench, kind)
    bench.connector.send(write, ready, KEY)
    request = next(request for request, _ in reversed(bench.adapter.seen) if request.method == method and path in request.url)
    assert (request.body or b"") == ready.body
    assert "Authorization" not in dict(ready.headers) and "Authorization" in request.headers


@KINDS
def test_preparing_sends_nothing(bench, kind):
    write, *_ = prepared(bench, kind)
    before = len(bench.simulator.log.rows)
    bench.connector.prepare(write, KEY)
    assert {row["method"] for row in bench.simulator.log.rows[before:]} <= {"GET"}


@LOOKED_UP
def test_unreadable_answer_is_unknown(bench, kind):
    write, ready, *_ = prepared(bench, kind)
    target = ready.target.partition("?")[0]
    rewritten(bench, target, lambda content, query: b"" if content.startswith(b"{") else content, ("PUT", "POST"))
    if kind == "bookkeep_payment":
        assert bench.connector.send(write, ready, KEY).remote_ref
        return
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, KEY)


@KINDS
def test_foreign_scope_refuses_the_write(bench, kind):
    write, ready, *_ = prepared(bench, kind)
    bench.simulator.consent("demo", 1001, ["profile"])
    bench.tokens.token = None
    with pytest.raises(LoginExpiredError if kind == "mark_invoice" else RejectedError):  # a mark is read before it is sent
        bench.connector.send(write, ready, KEY)


def test_lost_answer_over_real_http(bench):
    with kit.Served(bench.simulator) as served:
        bench.session = None
        bench.connector = bench.build(api_url=served.url, apps_url=served.url)
        write, ready, method, path = prepared(bench, "book_payment")
        bench.arm("drop_after", method, path)
        with pytest.raises(OutcomeUnknownError):
            bench.connector.send(write, ready, KEY)
        assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_unreached_server_took_nothing(bench):
    write, ready, *_ = prepared(bench, "book_payment")
    bench.session = None
    closed = bench.build(api_url="http://127.0.0.1:9")
    with pytest.raises(RetryLaterError):
        closed.send(write, ready, KEY)


def test_equal_payments_unclaimed_are_ambiguous(bench):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    refs = {bench.connector.send(write, ready, KEY).remote_ref for _ in range(2)}
    found = bench.connector.look_up(write, ready, KEY, ())
    assert found.state == "ambiguous" and set(found.candidates) == refs


@pytest.mark.parametrize("change", [{"amount": sek("500.11")}, {"paid_on": date(2025, 4, 11)}, {"mode": "BG", "account": "1930"}])
def test_other_payment_is_not_ours(bench, change):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    do(bench, replace(write, **change), OTHER_KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "absent"


@pytest.mark.parametrize(("sign", "setting"), [(1, "plus"), (-1, "minus")])
def test_write_off_clears_the_rest(tmp_path, sign, setting):
    bench = Bench(tmp_path, Switches(write_off_sign=sign))
    bench.connector = bench.build(write_off_sign=setting)
    write = payment(bench, "12499.60", write_off=sek("0.40"), write_off_account="3740", text="Rest")
    ready = bench.connector.prepare(write, KEY)
    receipt = bench.connector.send(write, ready, KEY)
    do(bench, BookkeepPayment(receipt.remote_ref, write.invoice_ref))
    assert bench.connector.get_invoice(write.invoice_ref).open == ZERO
    assert bench.connector.look_up(write, ready, KEY, ()).receipt.remote_ref == receipt.remote_ref


def test_marked_write_off_beats_equal_ones(bench):
    write = payment(bench, "100", write_off=sek("1"), write_off_account="3740")
    ready = [bench.connector.prepare(write, key) for key in (KEY, OTHER_KEY)]
    refs = [bench.connector.send(write, one, key).remote_ref for one, key in zip(ready, (KEY, OTHER_KEY), strict=True)]
    found = [bench.connector.look_up(write, one, key, ()).receipt.remote_ref for one, key in zip(ready, (KEY, OTHER_KEY), strict=True)]
    assert found == refs


def test_booked_payment_lowers_the_balance(bench):
    write = payment(bench)
    ref = do(bench, write).remote_ref
    assert bench.connector.get_invoice(write.invoice_ref).open == sek("12500")
    do(bench, BookkeepPayment(ref, write.invoice_ref))
    assert bench.connector.get_invoice(write.invoice_ref).open == sek("11999.90")


def test_bookkeeping_without_body_is_confirmed(tmp_path):
    bench = Bench(tmp_path, Switches(bookkeep_answers=False))
    assert do(bench, booking(bench)).data["booked"] is True


def test_unreadable_confirmation_is_unknown(tmp_path):
    bench = Bench(tmp_path, Switches(bookkeep_answers=False))
    write = booking(bench)
    bench.arm("error_before", "GET", f"/3/invoicepayments/{write.payment_ref}", times=9)
    with pytest.raises(OutcomeUnknownError, match="not readable afterwards"):
        do(bench, write)


def test_paid_invoice_refuses_more(bench):
    number = bench.add_overdue()
    bench.company.pay_invoice(number)
    with pytest.raises(RejectedError) as caught:
        do(bench, payment(bench, number=number))
    assert caught.value.code == "already_paid"


@pytest.mark.parametrize("maker", [payment, voucher])
def test_locked_period_is_refused(bench, maker):
    write = maker(bench)
    bench.company.lock_period("2025-04-30")
    with pytest.raises(RejectedError) as caught:
        do(bench, write)
    assert caught.value.code == "period_locked"


def test_foreign_payment_keeps_its_currency(tmp_path):
    for number, currency in enumerate(("invoice", "book")):
        (tmp_path / str(number)).mkdir()
        bench = Bench(tmp_path / str(number), Switches(payment_amount_currency=currency))
        do(bench, CREATE_MODE)
        write = BookPayment(bench.add_overdue(currency="EUR"), Money.parse("100", "EUR"), date(2025, 4, 10), "KB", "1689")
        do(bench, write)
        assert bench.connector.list_payments(write.invoice_ref)[0].amount == Money.parse("100", "EUR")


@pytest.mark.parametrize("name", ["Amount", "PaymentDate", "ModeOfPayment", "ModeOfPaymentAccount"])
def test_other_payment_than_sent_is_refused(bench, name):
    write = payment(bench)
    values = {"Amount": 1, "PaymentDate": "2025-01-01", "ModeOfPayment": "BG", "ModeOfPaymentAccount": 1930}

    def change(content, query):
        body = json.loads(content)
        if "InvoicePayment" in body:
            body["InvoicePayment"][name] = values[name]
        return json.dumps(body).encode()

    rewritten(bench, "/3/invoicepayments", change)
    with pytest.raises(RejectedError, match=f"not_taken.*another {name}"):
        do(bench, write)


ODD = {
    "book_voucher": ("/3/vouchers", "Voucher", {"VoucherNumber": None}, OutcomeUnknownError),
    "upload_document": ("/3/inbox", "File", {"Id": ""}, OutcomeUnknownError),
    "mark_invoice": ("/3/invoices/1", "Invoice", {"Labels": 5}, OutcomeUnknownError),
    "attach_document": ("/3/voucherfileconnections", "VoucherFileConnection", {"VoucherNumber": "99"}, RejectedError),
    "create_payment_mode": ("/3/modesofpayments", "ModeOfPayment", {"AccountNumber": "1930"}, RejectedError),
    "book_payment": ("/3/invoicepayments", "InvoicePayment", {"Amount": {}}, RejectedError),
}


@pytest.mark.parametrize("kind", sorted(ODD))
def test_odd_answer_is_no_receipt(bench, kind):
    path, name, fields, error = ODD[kind]
    write, ready, *_ = prepared(bench, kind)

    def change(content, query):
        body = json.loads(content)
        body.get(name, {}).update(fields)
        return json.dumps(body).encode()

    rewritten(bench, path, change, ("PUT", "POST"))
    with pytest.raises(error):
        bench.connector.send(write, ready, KEY)


@pytest.mark.parametrize("change", [(b'"Size":15', b'"Size":3'), (b'"Name":"kb-', b'"Name":"xx-')])
def test_other_file_than_sent_is_refused(bench, change):
    rewritten(bench, "/3/inbox", lambda content, query: content.replace(*change))
    with pytest.raises(RejectedError, match="not_taken"):
        do(bench, upload(bench))


def test_unreadable_new_payment_is_ambiguous(bench):
    write = payment(bench)
    ready = bench.connector.prepare(write, KEY)
    ref = bench.connector.send(write, ready, KEY).remote_ref
    rewritten(bench, f"/3/invoicepayments/{ref}", lambda content, query: content.replace(b'"PaymentDate"', b'"X"'))
    assert bench.connector.look_up(write, ready, KEY, ()).candidates == (ref,)
    with pytest.raises(RejectedError, match="unreadable"):
        bench.connector.list_payments(write.invoice_ref)


def test_changed_payment_with_mark_is_ambiguous(bench):
    write = payment(bench, "100", write_off=sek("1"), write_off_account="3740")
    ready = bench.connector.prepare(write, KEY)
    ref = bench.connector.send(write, ready, KEY).remote_ref
    bench.company.payments.records[ref].detail["PaymentDate"] = "2025-04-12"
    assert bench.connector.look_up(write, ready, KEY, ()).candidates == (ref,)


def test_bookkeeping_that_did_nothing_is_refused(bench):
    write = booking(bench)
    rewritten(bench, f"/3/invoicepayments/{write.payment_ref}", lambda content, query: content.replace(b'"Booked":true', b'"Booked":false'))
    rewritten(bench, f"/3/invoicepayments/{write.payment_ref}/bookkeep", lambda content, query: b"")
    with pytest.raises(RejectedError, match="not_taken"):
        do(bench, write)


def test_vanished_payment_is_absent(bench):
    write = booking(bench)
    bench.company.delete_payment(write.payment_ref)
    assert bench.connector.look_up(write, bench.connector.prepare(write, KEY), KEY, ()).state == "absent"


def test_other_voucher_than_sent_is_refused(bench):
    rewritten(bench, "/3/vouchers", lambda content, query: content.replace(b'"Debit":100', b'"Debit":10'))
    with pytest.raises(RejectedError, match=r"not_taken.*VoucherRows"):
        do(bench, voucher(bench))


def test_voucher_needs_its_year(bench):
    with pytest.raises(RejectedError) as caught:
        bench.connector.prepare(voucher(bench, booked_on=date(2031, 1, 2)), KEY)
    assert caught.value.code == "no_financial_year"


def test_voucher_goes_into_its_own_year(bench):
    assert do(bench, voucher(bench, booked_on=date(2024, 12, 30))).data["year"] == "1"


def test_voucher_is_found_without_list_comments(bench):
    write = voucher(bench)
    ready = bench.connector.prepare(write, KEY)
    receipt = bench.connector.send(write, ready, KEY)
    rewritten(bench, "/3/vouchers", lambda content, query: content.replace(b'"Comments":"kb:0123456789abcdef"', b'"Comments":""'))
    assert bench.connector.look_up(write, ready, KEY, ()).receipt == receipt


def test_voucher_booked_on_its_event_day_is_found(bench):
    """The period was locked since: the day to book on has moved, the voucher has not."""
    first = voucher(bench, booked_on=date(2025, 4, 14))
    bench.connector.send(first, bench.connector.prepare(first, KEY), KEY)
    moved = voucher(bench)
    assert bench.connector.look_up(moved, bench.connector.prepare(moved, KEY), KEY, ()).state == "found"
    assert bench.connector.look_up(moved, bench.connector.prepare(moved, OTHER_KEY), OTHER_KEY, ()).state == "absent"


def test_voucher_twice_is_ambiguous(bench):
    write = voucher(bench)
    ready = bench.connector.prepare(write, KEY)
    refs = [bench.connector.send(write, ready, KEY).remote_ref for _ in range(2)]
    assert bench.connector.look_up(write, ready, KEY, ()).candidates == tuple(refs)
    assert bench.connector.look_up(write, ready, KEY, refs[:1]).receipt.remote_ref == refs[1]


def test_row_shown_twice_is_one_voucher(bench):
    write = voucher(bench)
    ready = bench.connector.prepare(write, KEY)
    receipt = bench.connector.send(write, ready, KEY)
    bench.arm("page_behind", "GET", "/3/vouchers")
    assert bench.connector.look_up(write, ready, KEY, ()).receipt == receipt


def test_changed_document_is_not_sent(bench):
    write = upload(bench)
    upload(bench, b"%PDF-other")
    with pytest.raises(InvariantBrokenError):
        bench.connector.prepare(write, KEY)


def test_document_arrives_unharmed(bench):
    content = b"%PDF\r\n--boundary\r\n\x00\xff" * 50
    ref = do(bench, upload(bench, content)).remote_ref
    assert bench.company.contents[ref] == content


def test_root_folder_is_not_the_inbox(bench):
    write = upload(bench)
    ready = bench.connector.prepare(write, KEY)
    receipt = bench.connector.send(write, ready, KEY)
    root = json.dumps({"Folder": {"Id": "root", "Files": []}}).encode()
    rewritten(bench, "/3/inbox", lambda content, query: root)
    assert bench.connector.look_up(write, ready, KEY, ()).receipt == receipt


def test_file_of_another_voucher_is_ambiguous(bench):
    write = attachment(bench)
    do(bench, write)
    other = replace(write, voucher_ref=do(bench, voucher(bench)).remote_ref)
    assert bench.connector.look_up(other, bench.connector.prepare(other, KEY), KEY, ()).state == "ambiguous"


def test_mode_tied_elsewhere_is_ambiguous(bench):
    do(bench, CREATE_MODE)
    other = replace(CREATE_MODE, account="1684")
    assert bench.connector.look_up(other, bench.connector.prepare(other, KEY), KEY, ()).state == "ambiguous"


def test_every_switch_turns():
    assert {name for name, _ in other_values()} == {switch.name for switch in fields(Switches)}
    assert all(set(settings) <= {setting.name for setting in SETTINGS} for settings in MATCHING.values())


def test_undeclared_write_is_our_bug(bench):
    class Strange:
        kind = "send_letter"

    with pytest.raises(InvariantBrokenError):
        bench.connector.prepare(Strange(), KEY)


@pytest.mark.parametrize(("counts", "reminders"), [(True, 1), (False, 0)])
def test_reminder_comes_as_pdf(tmp_path, counts, reminders):
    bench = Bench(tmp_path, Switches(printreminder_counts=counts))
    write = reminding(bench)
    receipt = do(bench, write)
    assert receipt.content.startswith(b"%PDF") and receipt.data == {"reminders": reminders}
    assert bench.connector.get_invoice(write.invoice_ref).vendor_reminders == reminders


def test_reminder_survives_an_unread_count(bench):
    write, ready, *_ = prepared(bench, "print_reminder")
    rewritten(bench, f"/3/invoices/{write.invoice_ref}", lambda content, query: b"" if content.startswith(b"{") else content)
    receipt = bench.connector.send(write, ready, KEY)
    assert receipt.content.startswith(b"%PDF") and receipt.data == {"reminders": None}


@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before", "error_before"])
def test_lost_reminder_is_unknown_and_asked_once(bench, fault):
    write, ready, method, path = prepared(bench, "print_reminder")
    bench.arm(fault, method, path)
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "ambiguous"
    assert sum(row["path"].endswith("/printreminder") for row in bench.simulator.log.rows) == 1


def test_throttled_reminder_was_not_written(bench):
    write, ready, method, path = prepared(bench, "print_reminder")
    bench.arm("throttled", method, path)
    with pytest.raises(RetryLaterError):
        bench.connector.send(write, ready, KEY)
    assert bench.company.sendings == []


def test_page_instead_of_reminder_is_unknown(bench):
    write = reminding(bench)
    rewritten(bench, f"/3/invoices/{write.invoice_ref}/printreminder", lambda content, query: b"<html>")
    with pytest.raises(OutcomeUnknownError, match="without a PDF"):
        do(bench, write)


def test_paid_invoice_is_not_reminded(bench):
    write = reminding(bench)
    bench.company.pay_invoice(write.invoice_ref)
    with pytest.raises(RejectedError):
        do(bench, write)
