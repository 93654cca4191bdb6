import pytest

from tests.simulators.fortnox_bench import Bench

FEE = {"AccountNumber": 6351, "Amount": 250}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def balance(bench, number):
    return bench.get(f"/3/invoices/{number}").json["Invoice"]["Balance"]


def test_unbooked_payment_changes_nothing(bench):
    number = bench.invoice()
    payment = bench.payment(number, 1250).json["InvoicePayment"]
    assert (payment["Booked"], payment["Number"], payment["InvoiceNumber"], payment["Source"]) == (False, "1", 1, "direct")
    assert (balance(bench, number), bench.company.account_balance(1510)) == (1250, 1250)


def test_booked_payment_moves_balance(bench):
    number = bench.invoice()
    booked = bench.bookkeep(bench.payment(number, 1000)).json["InvoicePayment"]
    assert (booked["Booked"], booked["VoucherSeries"], booked["VoucherNumber"]) == (True, "C", 1)
    assert (balance(bench, number), bench.company.account_balance(1510), bench.company.account_balance(1930)) == (250, 250, 1000)
    assert bench.company.invoice(number)["FinalPayDate"] is None


def test_last_payment_sets_pay_date(bench):
    number = bench.invoice()
    bench.bookkeep(bench.payment(number, 1000))
    bench.bookkeep(bench.payment(number, 250, on="2025-04-15"))
    assert bench.company.invoice(number)["FinalPayDate"] == "2025-04-15"


def test_paid_invoice_takes_nothing(bench):
    number = bench.invoice()
    bench.company.pay_invoice(number, on="2025-04-01")
    assert bench.payment(number, 1).code == 2003055


def test_second_booking_meets_paid(bench):
    number = bench.invoice()
    first, second = bench.payment(number, 1250), bench.payment(number, 1250)
    bench.bookkeep(first)
    assert bench.bookkeep(second).code == 2003055
    assert bench.company.account_balance(1930) == 1250


def test_booking_works_only_once(bench):
    payment = bench.payment(bench.invoice(), 100)
    bench.bookkeep(payment)
    assert bench.bookkeep(payment).status == 400
    assert bench.company.account_balance(1930) == 100


def test_own_mode_uses_clearing(bench):
    mode = {"Code": "INKASSO", "Description": "Inkasso", "AccountNumber": "1689"}
    assert bench.call("POST", "/3/modesofpayments", {"ModeOfPayment": mode}).status == 201
    number = bench.invoice()
    payment = bench.payment(number, 500, ModeOfPayment="INKASSO")
    bench.bookkeep(payment)
    assert payment.json["InvoicePayment"]["ModeOfPaymentAccount"] == 1689
    assert (bench.company.account_balance(1689), bench.company.account_balance(1930)) == (500, 0)


@pytest.mark.parametrize(("account", "code"), [("1234", 2000423), ("abcd", 2000108)])
def test_mode_needs_real_account(bench, account, code):
    mode = {"Code": "X", "Description": "X", "AccountNumber": account}
    assert bench.call("POST", "/3/modesofpayments", {"ModeOfPayment": mode}).code == code


def test_mode_is_made_once(bench):
    mode = {"ModeOfPayment": {"Code": "X", "Description": "X", "AccountNumber": "1689"}}
    assert [bench.call("POST", "/3/modesofpayments", mode).status for _ in range(2)] == [201, 400]


def test_booking_needs_a_mode(bench):
    payment = bench.payment(bench.invoice(), 100, ModeOfPayment="")
    assert payment.status == 201
    assert bench.bookkeep(payment).status == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"on": "2025-01-31"},
        {"Currency": "EUR"},
        {"ModeOfPayment": "NONE"},
        {"ModeOfPaymentAccount": 1111},
        {"amount": 1250.01},
        {"amount": 0},
        {"amount": -5},
    ],
)
def test_bad_payment_is_refused(bench, fields):
    amount = fields.pop("amount", 100)
    assert bench.payment(bench.invoice(), amount, **fields).status == 400
    assert bench.company.state()["payments"] == []


def test_unbooked_invoice_takes_nothing(bench):
    assert bench.payment(bench.invoice(booked=False), 100).status == 400


def test_payment_needs_invoice_number(bench):
    assert bench.call("POST", "/3/invoicepayments", {"InvoicePayment": {"Amount": 5}}).code == 2001795
    assert bench.payment("77", 5).code == 2000434


def test_unknown_payment_field_is_refused(bench):
    assert bench.payment(bench.invoice(), 5, Reference="A7").code == 2001399


def test_inactive_account_is_refused(bench):
    number = bench.invoice()
    bench.company.set_account(1930, Active=False)
    assert bench.payment(number, 100).code == 2000550


@pytest.mark.parametrize(("allowed", "status"), [(False, 400), (True, 201)])
def test_overpayment_is_switch(tmp_path, allowed, status):
    bench = Bench(tmp_path, overpayment=allowed)
    assert bench.payment(bench.invoice(), 1300).status == status


def test_overpayment_turns_balance_negative(tmp_path):
    bench = Bench(tmp_path, overpayment=True)
    number = bench.invoice()
    bench.bookkeep(bench.payment(number, 1300))
    assert balance(bench, number) == -50


def test_locked_period_blocks_both(bench):
    number = bench.invoice()
    payment = bench.payment(number, 100)
    bench.company.lock_period("2025-04-14")
    assert (bench.payment(number, 100).code, bench.bookkeep(payment).code) == (2000401, 2000401)
    assert balance(bench, number) == 1250


def test_day_after_lock_is_open(bench):
    number = bench.invoice()
    bench.company.lock_period("2025-04-13")
    assert bench.bookkeep(bench.payment(number, 100)).status == 200


def test_write_off_lowers_balance(bench):
    number = bench.invoice()
    row = {**FEE, "TransactionInformation": "INK 7"}
    bench.bookkeep(bench.payment(number, 1000, WriteOffs=[row]))
    assert (balance(bench, number), bench.company.account_balance(6351), bench.company.account_balance(1510)) == (0, 250, 0)


@pytest.mark.parametrize(("sign", "rest"), [(1, 1000), (-1, 1500)])
def test_write_off_sign_is_switch(tmp_path, sign, rest):
    bench = Bench(tmp_path, write_off_sign=sign)
    number = bench.invoice()
    bench.bookkeep(bench.payment(number, 0, WriteOffs=[FEE]))
    assert balance(bench, number) == rest


@pytest.mark.parametrize(("allowed", "status"), [(True, 201), (False, 400)])
def test_pure_write_off_is_switch(tmp_path, allowed, status):
    bench = Bench(tmp_path, zero_amount_write_off=allowed)
    assert bench.payment(bench.invoice(), 0, WriteOffs=[FEE]).status == status


def test_pure_write_off_spares_bank(bench):
    number = bench.invoice()
    bench.bookkeep(bench.payment(number, 0, WriteOffs=[{**FEE, "Amount": 1250}]))
    assert (bench.company.account_balance(1930), bench.company.account_balance(6351), balance(bench, number)) == (0, 1250, 0)


@pytest.mark.parametrize("row", [{"Amount": 5}, {"AccountNumber": 6351}, {"AccountNumber": 1111, "Amount": 5}, {**FEE, "Note": "x"}])
def test_bad_write_off_is_refused(bench, row):
    assert bench.payment(bench.invoice(), 100, WriteOffs=[row]).status == 400


def test_unbooked_payment_can_change(bench):
    number = bench.payment(bench.invoice(), 100).json["InvoicePayment"]["Number"]
    reply = bench.call("PUT", f"/3/invoicepayments/{number}", {"InvoicePayment": {"PaymentDate": "2025-04-10"}})
    assert (reply.json["InvoicePayment"]["PaymentDate"], reply.json["InvoicePayment"]["Amount"]) == ("2025-04-10", 100)


def test_refused_change_leaves_payment(bench):
    number = bench.payment(bench.invoice(), 100).json["InvoicePayment"]["Number"]
    body = {"InvoicePayment": {"PaymentDate": "2025-04-10", "Amount": 9999}}
    assert bench.call("PUT", f"/3/invoicepayments/{number}", body).status == 400
    assert bench.get(f"/3/invoicepayments/{number}").json["InvoicePayment"]["PaymentDate"] == "2025-04-14"


def test_booked_payment_cannot_change(bench):
    payment = bench.payment(bench.invoice(), 100)
    bench.bookkeep(payment)
    assert bench.call("PUT", "/3/invoicepayments/1", {"InvoicePayment": {"PaymentDate": "2025-04-10"}}).status == 400


def test_unbooked_payment_is_deleted(bench):
    bench.payment(bench.invoice(), 100)
    reply = bench.call("DELETE", "/3/invoicepayments/1")
    assert (reply.status, reply.body) == (204, b"")
    assert bench.get("/3/invoicepayments/1").status == 404


@pytest.mark.parametrize(("allowed", "status", "rest"), [(False, 400, 1150), (True, 204, 1250)])
def test_booked_delete_is_switch(tmp_path, allowed, status, rest):
    bench = Bench(tmp_path, delete_booked_payment=allowed)
    number = bench.invoice()
    bench.bookkeep(bench.payment(number, 100))
    assert bench.call("DELETE", "/3/invoicepayments/1").status == status
    assert (balance(bench, number), bench.company.account_balance(1510)) == (rest, rest)


def test_bounced_payment_is_taken_back(bench):
    number = bench.invoice()
    bench.company.delete_payment(bench.company.pay_invoice(number, on="2025-04-01"))
    assert (balance(bench, number), bench.company.invoice(number)["FinalPayDate"], bench.company.account_balance(1930)) == (1250, None, 0)


@pytest.mark.parametrize(("answers", "body"), [(True, True), (False, False)])
def test_bookkeep_body_is_switch(tmp_path, answers, body):
    bench = Bench(tmp_path, bookkeep_answers=answers)
    reply = bench.bookkeep(bench.payment(bench.invoice(), 100))
    assert (reply.status, bool(reply.body)) == (200, body)


def test_list_holds_one_invoice(bench):
    first, second = bench.invoice(), bench.invoice()
    bench.payment(first, 10)
    bench.payment(second, 20, WriteOffs=[{**FEE, "Amount": 1}])
    rows = bench.get(f"/3/invoicepayments?invoicenumber={second}").json["InvoicePayments"]
    assert [(row["Amount"], row["WriteOffExist"], row["InvoiceNumber"]) for row in rows] == [(20, True, 2)]
    assert "ModeOfPayment" not in rows[0]


def test_detail_echoes_references(bench):
    number = bench.invoice(ExternalInvoiceReference1="A7")
    bench.payment(number, 10)
    payment = bench.get("/3/invoicepayments/1").json["InvoicePayment"]
    assert (payment["ExternalInvoiceReference1"], payment["InvoiceTotal"]) == ("A7", "1250.00")


def test_client_bank_routine_pays(bench):
    number = bench.invoice()
    bench.company.pay_invoice(number, "250", on="2025-04-01", source="file")
    row = bench.get("/3/invoicepayments").json["InvoicePayments"][0]
    assert (row["Source"], row["Booked"], balance(bench, number)) == ("file", True, 1000)
    assert bench.company.account_balance(1930) == 250


@pytest.mark.parametrize(("currency", "amount"), [("invoice", 40), ("book", 448)])
def test_foreign_amount_is_switch(tmp_path, currency, amount):
    bench = Bench(tmp_path, payment_amount_currency=currency)
    number = bench.invoice("100", currency="EUR")
    bench.bookkeep(bench.payment(number, amount))
    assert balance(bench, number) == 60
    assert bench.company.account_balance(1930) == 448


def test_rate_difference_is_booked(bench):
    number = bench.invoice("100", currency="EUR")
    bench.bookkeep(bench.payment(number, 100, CurrencyRate=11))
    accounts = [bench.company.account_balance(account) for account in (1510, 1930, 7960)]
    assert (balance(bench, number), accounts) == (0, [0, 1100, 20])


def test_cash_company_books_at_payment(bench):
    company = bench.sim.add_company(1002, "Kontant AB", accounting_method="CASH")
    company.add_customer("Kund")
    number = company.add_invoice("1", "1250", "2025-02-01", "2025-03-01")
    assert company.account_balance(1510) == 0
    company.pay_invoice(number, on="2025-04-01")
    assert [company.account_balance(account) for account in (1930, 3001, 2611, 1510)] == [1250, -1000, -250, 0]
