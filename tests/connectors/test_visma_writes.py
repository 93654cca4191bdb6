"""What eAccounting's writes send, and what is made of every answer: payments without an id, vouchers, files, marks."""

import json
from dataclasses import replace
from datetime import date

import pytest

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
    SendLetter,
    SendMessage,
    UploadDocument,
    VoucherRow,
)
from simulators.visma import Switches
from tests.connectors.visma_bench import KEY, OTHER_KEY, Bench

DAY = date(2025, 4, 10)
LINK = {"mark": "link", "link_url": "https://kravbro.example/invoices/{invoice}"}


def kr(text):
    return Money.parse(text, "SEK")


def pay(ref, amount="500.10", **given):
    return BookPayment(ref, kr(amount), DAY, "Inkasso", "1689", **given)


def do(bench, write, key=KEY, connector=None):
    connector = connector or bench.connector
    return connector.send(write, connector.prepare(write, key), key)


def made(tmp_path, **switches):
    bench = Bench(tmp_path, Switches(**switches))
    bench.consent()
    return bench


def sent_body(bench, part="/payments"):
    return [json.loads(request.body) for request, _ in bench.adapter.seen if request.method != "GET" and part in request.url][-1]


# Payments


def test_payment_is_sent_as_it_is(visma):
    ref = visma.add_overdue()
    receipt = do(visma, pay(ref))
    bank = visma.company.books.bank_of(1689)["Id"]
    assert sent_body(visma) == {
        "CompanyBankAccountId": bank, "PaymentDate": "2025-04-10", "Reference": "kb:0123456789abcdef", "PaymentAmount": 500.1,
        "PaymentCurrency": "SEK", "PaymentType": 1,
    }  # fmt: skip
    assert receipt.data == {"invoice": ref, "booked": True} and receipt.remote_ref.startswith("C1/")
    assert (
        visma.company.account_balance(1689) == visma.connector.get_invoice(ref).total.amount - visma.connector.get_invoice(ref).open.amount
    )
    (payment,) = visma.connector.list_payments(ref)
    assert (payment.source_ref, payment.account, payment.amount, payment.paid_on) == (receipt.remote_ref, "1689", kr("500.10"), DAY)


def test_moved_payment_names_its_event_and_is_found(visma):
    write = pay(visma.add_overdue(), event_on=date(2025, 3, 31))
    ready = visma.connector.prepare(write, KEY)
    receipt = visma.connector.send(write, ready, KEY)
    assert sent_body(visma)["Reference"] == "avser 2025-03-31 kb:0123456789abcdef"
    assert visma.connector.look_up(write, ready, KEY, ()).receipt == receipt
    do(visma, pay(visma.add_overdue(), event_on=DAY))
    assert sent_body(visma)["Reference"] == "kb:0123456789abcdef"


def test_all_that_is_open_is_a_complete_payment(visma):
    ref = visma.add_overdue()
    do(visma, pay(ref, "12500.00"))
    assert sent_body(visma)["PaymentType"] == 2 and visma.connector.get_invoice(ref).open == kr("0")


def test_short_payment_never_writes_off(tmp_path):
    bench = made(tmp_path, complete_writes_off=True)
    ref = bench.add_overdue()
    do(bench, pay(ref, "12499.60"))
    assert bench.connector.get_invoice(ref).open == kr("0.40")


@pytest.mark.parametrize("share", ["7000.00", "0.40"])
def test_customers_share_never_writes_off_the_states(tmp_path, share):
    """RemainingAmount may hold the tax agency's part: then a payment of the customer's share leaves that."""
    bench = made(tmp_path, tax_reduction_in_remaining=True, complete_writes_off=True)
    whole, connector = kr(share) + kr("3000"), bench.build(tax_reduction_balance="whole")
    ref = bench.add_overdue(whole.text(), RotReducedInvoicingType=1, RotReducedInvoicingAmount=3000)
    with pytest.raises(RejectedError, match="the API books no loss"):
        connector.prepare(pay(ref, "0.00", write_off=kr(share), write_off_account="3740"), KEY)
    do(bench, pay(ref, share), connector=connector)
    assert connector.get_invoice(ref).open == kr("0") and bench.company.invoice(ref)["RemainingAmount"] == 3000


def test_body_has_two_decimals_and_no_float(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref, "0.10"), KEY)
    assert b'"PaymentAmount":0.10,' in ready.body
    assert ready.evidence["open"] == "12500.00" and ready.evidence["paid"] == "0.00"


def test_payment_is_not_sent_where_the_balance_moved(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    visma.company.pay_invoice(ref, "1", on="2025-04-11")
    with pytest.raises(RetryLaterError, match=r"12499\.00 SEK is open on invoice 1001, it was 12500\.00 before"):
        visma.connector.send(pay(ref), ready, KEY)
    assert visma.company.account_balance(1689) == 0


def test_our_other_payments_are_no_reason_to_wait(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    do(visma, pay(ref, "7000.00"), OTHER_KEY)
    assert visma.connector.send(pay(ref), ready, KEY).remote_ref
    assert visma.connector.get_invoice(ref).open == kr("4999.90")


def test_payment_that_became_the_last_one_waits(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    do(visma, pay(ref, "11999.90"), OTHER_KEY)
    with pytest.raises(RetryLaterError):
        visma.connector.send(pay(ref), ready, KEY)


REFUSED = {
    "another account": (lambda ref: BookPayment(ref, kr("1"), DAY, "Inkasso", "1684"), "no_bank_account"),
    "another name": (lambda ref: BookPayment(ref, kr("1"), DAY, "KB", "1689"), "no_bank_account"),
    "ahead": (lambda ref: BookPayment(ref, kr("1"), date(2025, 4, 16), "Inkasso", "1689"), "4023"),
    "no year": (lambda ref: BookPayment(ref, kr("1"), date(2019, 12, 31), "Inkasso", "1689"), "no_fiscal_year"),
    "loss": (lambda ref: pay(ref, "0.00", write_off=kr("12500"), write_off_account="6351"), "no_write_off"),
    "loss beside": (lambda ref: pay(ref, "1.00", write_off=kr("0.40"), write_off_account="3740"), "no_write_off"),
}


@pytest.mark.parametrize(("write", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cant_be_booked_is_refused_before_it_goes(visma, write, code):
    with pytest.raises(RejectedError) as said:
        visma.connector.prepare(write(visma.add_overdue()), KEY)
    assert said.value.code == code


def test_closed_bank_account_is_refused(visma):
    visma.company.books.bank_of(1689)["IsActive"] = False
    with pytest.raises(RejectedError, match="no open bank account named 'Inkasso' on account 1689"):
        visma.connector.prepare(pay(visma.add_overdue()), KEY)


def test_small_rest_is_rounded_off(visma):
    ref = visma.add_overdue("100.40")
    visma.company.pay_invoice(ref, "100", on="2025-04-09")
    receipt = do(visma, pay(ref, "0.00", write_off=kr("0.40"), write_off_account="3740"))
    assert sent_body(visma)["PaymentType"] == 3 and visma.connector.get_invoice(ref).open == kr("0")
    assert [one.source_ref for one in visma.connector.list_payments(ref)][-1] == receipt.remote_ref


VISIBLE = {
    "usual": {}, "by transaction": {"voucher_source": "transaction"}, "by transaction alone": {"voucher_source": "none"},
    "by voucher alone": {"bank_transactions": False}, "no reference": {"reference_shows": "nowhere"},
    "no transaction id": {"payment_names_transaction": False, "reference_shows": "nowhere"},
}  # fmt: skip


@pytest.mark.parametrize("switches", VISIBLE.values(), ids=VISIBLE)
@pytest.mark.parametrize("currency", ["SEK", "EUR"])
def test_two_equal_instalments_on_one_day_are_two(tmp_path, switches, currency):
    bench = made(tmp_path, **switches)
    ref = bench.add_overdue(currency=currency)
    write = BookPayment(ref, Money.parse("500.10", currency), DAY, "Inkasso", "1689")
    first, second = do(bench, write).remote_ref, do(bench, write, OTHER_KEY).remote_ref
    assert first != second
    assert {one.source_ref for one in bench.connector.list_payments(ref)} == {first, second}
    assert {one.amount for one in bench.connector.list_payments(ref)} == {write.amount}


def test_persons_equal_payment_is_not_ours_while_the_mark_shows(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    do(visma, pay(ref), OTHER_KEY)
    assert visma.connector.look_up(pay(ref), ready, KEY, ()).state == "absent"


def test_persons_equal_payment_is_taken_for_ours_where_nothing_shows(tmp_path):
    """What the delivery table says remains."""
    bench = made(tmp_path, reference_shows="nowhere")
    ref = bench.add_overdue()
    ready = bench.connector.prepare(pay(ref), KEY)
    bench.company.pay_invoice(ref, "500.10", on="2025-04-10", ledger=1689)
    assert bench.connector.look_up(pay(ref), ready, KEY, ()).state == "found"


def test_persons_other_payment_is_never_ours(tmp_path):
    bench = made(tmp_path, reference_shows="nowhere")
    ref = bench.add_overdue()
    ready = bench.connector.prepare(pay(ref), KEY)
    for amount, on, ledger in (("500.11", "2025-04-10", 1689), ("500.10", "2025-04-09", 1689), ("500.10", "2025-04-10", 1930)):
        bench.company.pay_invoice(ref, amount, on=on, ledger=ledger)
    assert bench.connector.look_up(pay(ref), ready, KEY, ()).state == "absent"


def test_two_that_fit_are_for_a_person(tmp_path):
    bench = made(tmp_path, reference_shows="nowhere")
    ref = bench.add_overdue()
    ready = bench.connector.prepare(pay(ref), KEY)
    for _ in range(2):
        bench.company.pay_invoice(ref, "500.10", on="2025-04-10", ledger=1689)
    found = bench.connector.look_up(pay(ref), ready, KEY, ())
    assert found.state == "ambiguous" and len(found.candidates) == 2


INVISIBLE = {"bank_transactions": False, "voucher_source": "none"}


def test_balance_alone_tells_where_nothing_shows(tmp_path):
    bench = made(tmp_path, **INVISIBLE)
    ref = bench.add_overdue()
    receipt = do(bench, pay(ref))
    assert receipt.remote_ref == "unlisted/1001-0.00+500.10-0123456789abcdef"
    confirmed = do(bench, BookkeepPayment(receipt.remote_ref, ref), OTHER_KEY)
    assert confirmed.remote_ref == receipt.remote_ref
    with pytest.raises(RejectedError, match=r"500\.10 SEK is paid of invoice 1001, and its vouchers and bank transactions show 0\.00 SEK"):
        bench.connector.list_payments(ref)


def test_balance_that_tells_nothing_is_for_a_person(tmp_path):
    bench = made(tmp_path, **INVISIBLE)
    ref = bench.add_overdue()
    ready = bench.connector.prepare(pay(ref), KEY)
    bench.company.pay_invoice(ref, "7", on="2025-04-10")
    assert bench.connector.look_up(pay(ref), ready, KEY, ()).state == "ambiguous"
    taken = ["unlisted/1001-0.00+500.10-0123456789abcdef"]
    bench.company.pay_invoice(ref, "493.10", on="2025-04-10")
    assert bench.connector.look_up(pay(ref), ready, KEY, ()).receipt.remote_ref == taken[0]
    assert bench.connector.look_up(pay(ref), ready, KEY, taken).state == "ambiguous"


def test_another_payment_of_ours_is_not_found_for_one_that_was_lost(tmp_path):
    bench = made(tmp_path, **INVISIBLE)
    ref = bench.add_overdue()
    ready = bench.connector.prepare(pay(ref), KEY)
    other = do(bench, pay(ref), OTHER_KEY).remote_ref
    assert bench.connector.look_up(pay(ref), ready, KEY, [other]).state == "ambiguous"
    bench.company.pay_invoice(ref, "500.10", on="2025-04-10", ledger=1689)  # ours, late
    assert bench.connector.look_up(pay(ref), ready, KEY, [other]).state == "found"


def test_what_was_paid_before_is_not_taken_off_again(tmp_path):
    bench = made(tmp_path, **INVISIBLE)
    ref = bench.add_overdue()
    other = do(bench, pay(ref), OTHER_KEY).remote_ref
    ready = bench.connector.prepare(pay(ref), KEY)
    assert bench.connector.look_up(pay(ref), ready, KEY, [other]).state == "absent"
    bench.company.pay_invoice(ref, "500.10", on="2025-04-10", ledger=1689)
    assert bench.connector.look_up(pay(ref), ready, KEY, [other]).state == "found"


def test_two_equal_ones_are_told_apart_by_the_balance_alone(tmp_path):
    bench = made(tmp_path, **INVISIBLE)
    ref = bench.add_overdue()
    assert do(bench, pay(ref)).remote_ref != do(bench, pay(ref), OTHER_KEY).remote_ref
    assert bench.connector.get_invoice(ref).open == kr("11499.80")


def rewritten(bench, part, change):
    """Let the JSON answers to a write be changed on their way."""
    app = bench.adapter.app

    def changed(environ, start_response):
        content = b"".join(app(environ, start_response))
        if part not in environ["PATH_INFO"] or environ["REQUEST_METHOD"] == "GET":
            return [content]
        return [json.dumps(change(json.loads(content))).encode()]

    bench.adapter.app = changed


@pytest.mark.parametrize("field", ["PaymentAmount", "PaymentDate", "CompanyBankAccountId"])
def test_other_payment_that_comes_back_is_not_taken(visma, field):
    rewritten(visma, "/payments", lambda body: {**body, field: {"PaymentAmount": 1, "PaymentDate": "2025-04-09"}.get(field, "x")})
    with pytest.raises(RejectedError, match=field):
        do(visma, pay(visma.add_overdue()))


def test_answer_without_sense_leaves_it_open(visma):
    rewritten(visma, "/payments", lambda _: [])
    with pytest.raises(OutcomeUnknownError, match="without an object"):
        do(visma, pay(visma.add_overdue()))
    visma.adapter.app = visma.simulator
    rewritten(visma, "/payments", lambda body: {**body, "PaymentAmount": "x"})
    with pytest.raises(RejectedError, match="content"):
        do(visma, pay(visma.add_overdue()))


def test_payment_that_does_not_show_yet_is_open(visma, monkeypatch):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    monkeypatch.setattr(visma.simulator, "_routed", _lost(visma.simulator._routed))
    with pytest.raises(OutcomeUnknownError, match="does not show in the books yet"):
        visma.connector.send(pay(ref), ready, KEY)


def _lost(routed):
    """An API that says yes to a payment and books nothing."""

    def answer(request, grant):
        from simulators.visma_wire import Answer

        return Answer(201, request.body) if request.path.endswith("/payments") else routed(request, grant)

    return answer


def test_failed_read_after_a_payment_leaves_it_open(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(pay(ref), KEY)
    visma.connector.get_company()
    visma.arm("error_before", "GET", "/v2/vouchers", times=9)
    with pytest.raises(OutcomeUnknownError, match="not readable afterwards"):
        visma.connector.send(pay(ref), ready, KEY)


def test_locked_period_is_the_engines_to_mend(visma):
    ref = visma.add_overdue()
    visma.company.lock_period("2025-04-10")
    with pytest.raises(RejectedError) as said:
        do(visma, pay(ref))
    assert said.value.code == "period_locked"


def test_undone_payment_is_not_confirmed(visma):
    ref = visma.add_overdue()
    receipt = do(visma, pay(ref))
    write = BookkeepPayment(receipt.remote_ref, ref)
    assert do(visma, write).data["booked"] is True
    visma.company.undo_payment(visma.company.books.vouchers[-1]["Id"])
    ready = visma.connector.prepare(write, KEY)
    assert visma.connector.look_up(write, ready, KEY, ()).state == "absent"
    with pytest.raises(RejectedError, match="a person undid it"):
        visma.connector.send(write, ready, KEY)


# What shows of payments


def test_bundled_payment_pays_each_its_own(visma):
    """One deposit of a person's over two invoices: each shows its own row, and the voucher is both's."""
    one, other = visma.add_overdue("100.00"), visma.add_overdue("200.00")
    for ref, amount in ((one, "100"), (other, "200")):
        visma.company.pay_invoice(ref, amount, on="2025-04-10")
    bank = visma.company.books.bank_of(1930)["Id"]
    first, second = visma.company.books.transactions[bank]
    vouchers = visma.company.books.vouchers
    second["Rows"][0]["PaymentVoucherId"] = first["Rows"][0]["PaymentVoucherId"]
    vouchers[-2]["Rows"] = [*vouchers[-2]["Rows"], *vouchers[-1]["Rows"]]
    vouchers[-2]["SourceId"] = first["Id"]
    vouchers.pop()
    first["Rows"] += second["Rows"]
    visma.company.books.transactions[bank] = [first]
    assert [payment.amount for payment in visma.connector.list_payments(one)] == [kr("100")]
    assert [payment.amount for payment in visma.connector.list_payments(other)] == [kr("200")]


def test_fee_that_was_taken_off_is_part_of_the_payment(tmp_path):
    bench = made(tmp_path, factoring_fee="always")
    ref = bench.add_overdue("1000.00")
    invoicing, bank = bench.company.invoicing, bench.company.books.bank_of(1930)["Id"]
    given = {"CompanyBankAccountId": bank, "PaymentDate": "2025-04-10", "PaymentAmount": 970, "PaymentCurrency": "SEK", "PaymentType": 2}
    invoicing.pay(invoicing.invoices[ref], {**given, "FactoringFeeAmount": 30, "FactoringFeeAccountNumber": 6064})
    (payment,) = bench.connector.list_payments(ref)
    assert (payment.amount, payment.account) == (kr("1000"), "1930")


def test_cash_companys_payment_is_what_came(tmp_path):
    for name, switches in (("a", {}), ("b", {"bank_transactions": False})):
        (tmp_path / name).mkdir()
        bench = Bench(tmp_path / name, Switches(**switches), method=1)
        bench.consent()
        ref = bench.add_overdue("1000.00")
        bench.company.pay_invoice(ref, "400", on="2025-04-10")
        (payment,) = bench.connector.list_payments(ref)
        assert (payment.amount, payment.account) == (kr("400"), "1930")


@pytest.mark.parametrize("switches", [{}, {"bank_transactions": False}, {"undo_payment": "reverses"}])
def test_history_leaves_out_what_was_undone_and_is_no_customers(tmp_path, switches):
    bench = made(tmp_path, **switches)
    ref = bench.add_overdue("1000.00")
    since = bench.clock.now()
    bench.company.pay_invoice(ref, "400", on="2025-04-10")
    bench.company.undo_payment(bench.company.pay_invoice(ref, "300", on="2025-04-10"), on="2025-04-11")
    bench.company.book_bank("2025-04-11", "Bankavgift", "-2.00", 6570)
    found = list(bench.connector.list_changed_payments(since))
    assert [(one.amount, one.invoice_ref) for one in found] == [(kr("400"), ref)]


def test_undone_payment_is_left_out_however_its_number_sorts(tmp_path):
    """C100 turns C99, and as text it comes first."""
    bench = made(tmp_path, undo_payment="reverses")
    ref, other = bench.add_overdue("1000.00"), bench.add_overdue("1000.00")
    for _ in range(98):
        bench.company.pay_invoice(other, "1", on="2025-04-10")
    bench.company.undo_payment(bench.company.pay_invoice(ref, "300", on="2025-04-10"), on="2025-04-10")
    assert bench.connector.list_payments(ref) == []


@pytest.mark.parametrize("undone", [False, True])
def test_loss_that_a_person_booked_is_no_payment(tmp_path, undone):
    bench = made(tmp_path, undo_payment="reverses")
    ref, since = bench.add_overdue("1000.00"), bench.clock.now()
    bench.company.pay_invoice(ref, "400", on="2025-04-10")
    voucher = bench.company.lose_invoice(ref, on="2025-04-11")
    if undone:
        bench.company.undo_payment(voucher, on="2025-04-12")
    expected = [(kr("400"), None)] if undone else [(kr("400"), None), (kr("0"), kr("600"))]
    assert [(one.amount, one.written_off) for one in bench.connector.list_payments(ref)] == expected
    assert [(one.amount, one.written_off) for one in bench.connector.list_changed_payments(since)] == expected


def test_payment_set_off_against_a_debt_is_one(visma):
    """No money came, and yet the customer paid."""
    ref = visma.add_overdue("1000.00")
    visma.company.lose_invoice(ref, on="2025-04-11")
    rows = visma.company.books.vouchers[-1]["Rows"]
    rows[:2] = [{**rows[0], "AccountNumber": 2440, "DebitAmount": 1000}]
    (payment,) = visma.connector.list_payments(ref)
    assert (payment.amount, payment.account, payment.written_off) == (kr("1000"), "2440", None)


def test_sale_to_a_factor_is_no_payment(visma):
    ref, since = visma.add_overdue("1000.00"), visma.clock.now()
    visma.company.sell_invoice(ref, on="2025-04-11")
    with pytest.raises(RejectedError, match="it is sold to a factor"):
        visma.connector.list_payments(ref)
    assert list(visma.connector.list_changed_payments(since)) == []
    assert visma.connector.get_invoice(ref).leave_alone == ("financed",)


@pytest.mark.parametrize("source", ["invoice", "transaction", "none"])
@pytest.mark.parametrize("ledger", [1930, 1689, 1940])
def test_foreign_payment_is_in_the_invoices_currency_whatever_the_banks(tmp_path, source, ledger):
    bench = made(tmp_path, voucher_source=source)
    ref, since = bench.add_overdue("1000.00", currency="EUR"), bench.clock.now()
    home = bench.add_overdue("1000.00")
    bench.company.pay_invoice(ref, "333.33", on="2025-04-10", ledger=ledger)
    bench.company.pay_invoice(home, "50.00", on="2025-04-10", ledger=1930)
    euro = Money.parse("333.33", "EUR")
    assert [one.amount for one in bench.connector.list_payments(ref)] == [euro]
    assert {one.invoice_ref: one.amount for one in bench.connector.list_changed_payments(since)} == {ref: euro, home: kr("50")}


def test_one_of_several_in_a_third_currency_is_refused(visma):
    ref, since = visma.add_overdue("1000.00", currency="USD"), visma.clock.now()
    visma.company.pay_invoice(ref, "100.00", on="2025-04-10", ledger=1940)
    (transaction,) = visma.company.books.transactions[visma.company.books.bank_of(1940)["Id"]]
    transaction["Rows"] *= 2
    with pytest.raises(RejectedError, match="no voucher of its own tells"):
        visma.connector.list_payments(ref)
    (problem, _) = visma.connector.list_changed_payments(since)
    assert problem.source == "payments" and "what that is in USD" in problem.message


def test_voucher_of_a_foreign_invoice_without_a_rate_is_refused(tmp_path):
    bench = made(tmp_path, bank_transactions=False)
    ref = bench.add_overdue(currency="EUR")
    bench.company.pay_invoice(ref, "100", on="2025-04-10")
    bench.company.set_invoice(ref, CurrencyRate=None)
    with pytest.raises(RejectedError, match="no currency rate"):
        bench.connector.list_payments(ref)


# The bank account, vouchers and files


def test_bank_account_needs_a_scope_or_a_person(visma):
    with pytest.raises(RejectedError, match="create a bank account named 'KB' on account 1689 in eAccounting"):
        visma.connector.prepare(CreatePaymentMode("KB", "Inkasso", "1689"), KEY)


def test_bank_account_of_another_ledger_is_for_a_person(visma):
    visma.company.add_bank_account("KB", 1684)
    write = CreatePaymentMode("KB", "Inkasso", "1689")
    connector = visma.build(scope="ea:api offline_access ea:sales ea:purchase ea:accounting")
    ready = connector.prepare(write, KEY)
    assert connector.look_up(write, ready, KEY, ()).state == "ambiguous"
    assert connector.find_payment_mode("kb").number == "1684"


def test_other_bank_account_that_comes_back_is_not_taken(visma):
    scope = "ea:api offline_access ea:sales ea:purchase ea:accounting"
    visma.consent(scope=scope)
    rewritten(visma, "/bankaccounts", lambda body: {**body, "LedgerAccountNumber": "x"})
    with pytest.raises(RejectedError, match="LedgerAccountNumber"):
        do(visma, CreatePaymentMode("KB", "Inkasso", "1689"), connector=visma.build(scope=scope))


def voucher(**given):
    zero = kr("0")
    rows = (VoucherRow("6062", kr("100"), zero, "Inkassoarvode " * 9), VoucherRow("1689", zero, kr("100")))
    return replace(BookVoucher("default", date(2025, 4, 15), date(2025, 4, 15), "Avräkning S-1 inkasso", rows), **given)


def test_voucher_is_sent_as_it_is(visma):
    receipt = do(visma, voucher())
    body = sent_body(visma, "/vouchers")
    assert body["VoucherText"] == "Avräkning S-1 inkasso kb:0123456789abcdef" and "NumberSeries" not in body
    assert len(body["Rows"][0]["TransactionText"]) == 60 and "TransactionText" not in body["Rows"][1]
    assert receipt.remote_ref.startswith("A1/") and receipt.data == {"number": "A1"}


def test_moved_voucher_names_its_event_and_own_series(visma):
    receipt = do(visma, voucher(series="I", event_on=date(2025, 3, 31)))
    body = sent_body(visma, "/vouchers")
    assert body["VoucherText"].endswith("(avser 2025-03-31) kb:0123456789abcdef") and body["NumberSeries"] == "I"
    assert receipt.data["number"] == "I1"


VOUCHERS_NOT_TAKEN = {
    "VoucherText": lambda body: {**body, "VoucherText": "x"},
    "VoucherDate": lambda body: {**body, "VoucherDate": "2025-04-14"},
    "Rows": lambda body: {**body, "Rows": body["Rows"][:1]},
    "content": lambda body: {**body, "Rows": [{"AccountNumber": "x"}]},
}


@pytest.mark.parametrize(("field", "change"), VOUCHERS_NOT_TAKEN.items())
def test_other_voucher_that_comes_back_is_not_taken(visma, field, change):
    rewritten(visma, "/vouchers", change)
    with pytest.raises(RejectedError, match=field):
        do(visma, voucher())


def test_voucher_without_an_id_leaves_it_open(visma):
    rewritten(visma, "/vouchers", lambda body: {**body, "Id": None})
    with pytest.raises(OutcomeUnknownError):
        do(visma, voucher())


REFUSED_VOUCHERS = {
    "no year": ({"booked_on": date(2019, 1, 1)}, "no_fiscal_year"),
    "locked": ({"booked_on": date(2025, 1, 31)}, "period_locked"),
    "unknown account": ({"rows": (VoucherRow("9999", kr("1"), kr("0")), VoucherRow("1689", kr("0"), kr("1")))}, "3002"),
}


@pytest.mark.parametrize(("given", "code"), REFUSED_VOUCHERS.values(), ids=REFUSED_VOUCHERS)
def test_wrong_voucher_is_refused(visma, given, code):
    visma.company.lock_period("2025-01-31")
    with pytest.raises(RejectedError) as said:
        do(visma, voucher(**given))
    assert said.value.code == code


def test_voucher_is_found_after_a_lock_moved_it(visma):
    do(visma, voucher(event_on=date(2025, 3, 31)))
    again = voucher(event_on=date(2025, 3, 31), booked_on=date(2025, 4, 20))
    assert visma.connector.look_up(again, visma.connector.prepare(voucher(), KEY), KEY, ()).state == "found"


@pytest.mark.parametrize("calm", [True, False])
def test_voucher_is_not_absent_where_the_list_moved(tmp_path, monkeypatch, calm):
    """A voucher that goes between two pages takes the first of the next page to the page before."""
    bench = made(tmp_path, page_size_max=2)
    ref = bench.add_overdue()
    early = [bench.company.pay_invoice(ref, "1", on="2025-04-15") for _ in range(2)]
    ready = bench.connector.prepare(voucher(), KEY)
    bench.arm("drop_after", "POST", "/v2/vouchers")
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(voucher(), ready, KEY)
    listed, undo = bench.connector._client.get_page, [] if calm else early[:1]

    def get_page(path, **given):
        if given.get("number") == 2 and undo:
            bench.company.undo_payment(undo.pop())
        return listed(path, **given)

    monkeypatch.setattr(bench.connector._client, "get_page", get_page)
    if calm:
        assert bench.connector.look_up(voucher(), ready, KEY, ()).state == "found"
    else:
        with pytest.raises(RetryLaterError, match="it changed while it was read"):
            bench.connector.look_up(voucher(), ready, KEY, ())


def upload(bench, content=b"%PDF-1"):
    import hashlib

    document = Document("d1", "Avräkning 1.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content)
    bench.documents.kept["d1"] = document
    return UploadDocument("d1", document.name, document.media_type, document.sha256)


def test_file_is_uploaded_and_linked(visma):
    file, receipt = do(visma, upload(visma)), do(visma, voucher(), OTHER_KEY)
    assert file.data["name"] == "kb-0123456789abcdef-Avrakning-1.pdf"
    do(visma, AttachDocument(file.remote_ref, receipt.remote_ref))
    stored = visma.company.books.attachments[file.remote_ref]
    assert (stored["DocumentId"], stored["_data"]) == (receipt.remote_ref.partition("/")[2], b"%PDF-1")


def test_linked_elsewhere_is_for_a_person(visma):
    file, one, other = do(visma, upload(visma)), do(visma, voucher(), OTHER_KEY), do(visma, voucher(text="x"))
    do(visma, AttachDocument(file.remote_ref, one.remote_ref))
    write = AttachDocument(file.remote_ref, other.remote_ref)
    assert visma.connector.look_up(write, visma.connector.prepare(write, KEY), KEY, ()).state == "ambiguous"


def test_wrong_files_are_refused(visma):
    write = upload(visma)
    with pytest.raises(InvariantBrokenError):
        visma.connector.prepare(replace(write, sha256="x"), KEY)
    rewritten(visma, "/attachments", lambda body: {**body, "FileName": "x"})
    with pytest.raises(RejectedError, match="FileName"):
        do(visma, write)
    rewritten(visma, "/attachments", lambda body: {**body, "Id": "x"})
    with pytest.raises(OutcomeUnknownError):
        do(visma, write)


def test_link_to_another_voucher_is_not_taken(visma):
    file, receipt = do(visma, upload(visma)), do(visma, voucher(), OTHER_KEY)
    rewritten(visma, "/attachmentlinks", lambda body: {**body, "DocumentId": "x"})
    with pytest.raises(RejectedError, match="DocumentId"):
        do(visma, AttachDocument(file.remote_ref, receipt.remote_ref))


# Marks


@pytest.mark.parametrize("settings", [{}, LINK], ids=["note", "link"])
def test_mark_is_replaced_and_taken_away(visma, settings):
    connector, ref = visma.build(**settings), visma.add_overdue()
    for text in ("Inkasso A-1", "Inkasso A-2", ""):
        do(visma, MarkInvoice(ref, text), connector=connector)
    notes = [(one["Text"], one["IsDone"]) for one in visma.company.notes.values()]
    links = [(one["PartnerSystemName"], one["Href"]) for one in visma.company.links.values()]
    wanted = ([], [("Inte hos inkasso", "https://kravbro.example/invoices/1001")]) if settings else ([("Inte hos inkasso", True)], [])
    assert (notes, links) == wanted


@pytest.mark.parametrize("settings", [{}, LINK], ids=["note", "link"])
def test_no_mark_can_be_taken_away_where_there_is_none(visma, settings):
    ref = visma.add_overdue()
    theirs = {"AttachedTo": ref, "DocumentType": 1, "Subject": "Ring kunden", "Text": "Inkasso A-1"}
    visma.connector.get_company()
    headers = {"Authorization": f"Bearer {visma.tokens.token.access}"}
    visma.session.post("https://eaccountingapi.vismaonline.com/v2/notes", json=theirs, headers=headers)
    link = {"ResourceId": ref, "ResourceType": 3, "Href": "https://x", "PartnerCompanyName": "Annan", "PartnerSystemName": "x"}
    visma.session.post("https://eaccountingapi.vismaonline.com/v2/partnerresourcelinks", json=link, headers=headers)
    with pytest.raises(RejectedError, match="no mark of ours"):
        visma.build(**settings).prepare(MarkInvoice(ref, ""), KEY)
    do(visma, MarkInvoice(ref, "Inkasso A-1"), connector=visma.build(**settings))
    assert len(visma.company.notes) + len(visma.company.links) == 3


def test_long_mark_is_cut_and_another_is_not_taken(visma):
    ref = visma.add_overdue()
    do(visma, MarkInvoice(ref, "x" * 300))
    assert len(next(iter(visma.company.notes.values()))["Text"]) == 256
    rewritten(visma, "/notes", lambda body: {**body, "Text": "y"})
    with pytest.raises(RejectedError, match="Text"):
        do(visma, MarkInvoice(ref, "Inkasso"))


# Reminders


LETTER = SendLetter("reminder", "email", "kund@example.com", "Påminnelse", "Betala.", "", (), ("x",), kr("60"), date(2025, 4, 25))


@pytest.mark.parametrize("counts", [True, False])
def test_reminder_is_mailed_with_our_text_and_no_fee(tmp_path, counts):
    bench = made(tmp_path, reminder_counts=counts, late_fee="on_invoice")
    ref = bench.add_overdue()
    receipt = do(bench, replace(LETTER, covers=(ref,)))
    assert sent_body(bench, "/paymentreminders") == {
        "LatePaymentFee": 0,
        "EmailDetails": {"Email": "kund@example.com", "CcRecipients": None, "Subject": "Påminnelse", "Message": "Betala."},
    }
    assert receipt.data == {"reminders": int(counts), "open": "12500.00"} and bench.connector.get_invoice(ref).open == kr("12500")
    assert [(one["to"], one["message"]) for one in bench.company.sent] == [("kund@example.com", "Betala.")]


def test_fee_goes_along_where_it_was_chosen_and_what_it_leaves_open_is_told(tmp_path):
    bench = made(tmp_path, late_fee="on_invoice")
    ref = bench.add_overdue()
    receipt = do(bench, replace(LETTER, covers=(ref,), fee_along=True))
    assert sent_body(bench, "/paymentreminders")["LatePaymentFee"] == 60 and receipt.data["open"] == "12560.00"


def test_count_that_cant_be_read_loses_no_reminder(visma):
    ref = visma.add_overdue()
    ready = visma.connector.prepare(replace(LETTER, covers=(ref,)), KEY)
    visma.connector.get_company()
    visma.arm("error_before", "GET", "/v2/customerinvoices", times=9)
    assert visma.connector.send(replace(LETTER, covers=(ref,)), ready, KEY).data == {"reminders": None}


@pytest.mark.parametrize("change", [{"letter_kind": "notice"}, {"channel": "print"}, {"covers": ("a", "b")}])
def test_other_letters_dont_go_out_there(visma, change):
    with pytest.raises(RejectedError, match="only a reminder of one invoice"):
        visma.connector.prepare(replace(LETTER, **change), KEY)


def test_reminder_before_the_due_date_is_refused(visma):
    customer = visma.company.add_customer("Kund", "556677-0019", "kund@example.com")
    ref = visma.company.add_invoice(customer, "100", "2025-04-01", "2025-05-01")
    with pytest.raises(RejectedError, match="4002"):
        do(visma, replace(LETTER, covers=(ref,)))


# The rest


def test_unknown_write_is_a_bug(visma):
    with pytest.raises(InvariantBrokenError):
        visma.connector.prepare(SendMessage("a@example.com", "s", "t"), KEY)


def test_money_waits_for_a_right_that_is_lost_and_a_mark_is_refused_alone(visma):
    ref = visma.add_overdue()
    paying, marking = visma.connector.prepare(pay(ref), KEY), visma.connector.prepare(MarkInvoice(ref, "Inkasso"), OTHER_KEY)
    booking = visma.connector.prepare(voucher(), KEY)
    identity, kept = visma.simulator.identity, dict(visma.simulator.identity.tokens)
    reads = ("ea:sales_readonly", "ea:purchase_readonly", "ea:accounting_readonly")
    identity.tokens = {token: replace(grant, scopes=reads) for token, grant in kept.items()}
    for write, ready in ((pay(ref), paying), (voucher(), booking)):
        with pytest.raises(RetryLaterError, match="as a user with full rights") as waits:
            visma.connector.send(write, ready, KEY)
        assert waits.value.todo
    identity.tokens = {token: replace(grant, scopes=()) for token, grant in kept.items()}
    with pytest.raises(RejectedError) as said:
        visma.connector.send(MarkInvoice(ref, "Inkasso"), marking, OTHER_KEY)
    assert said.value.code == "4006"
    identity.tokens = kept
    assert visma.connector.send(pay(ref), paying, KEY).remote_ref
    visma.company.status = 0
    with pytest.raises(LoginExpiredError, match="start-up guide"):
        visma.connector.get_company()
