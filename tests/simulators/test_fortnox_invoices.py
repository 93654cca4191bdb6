import pytest

from tests.simulators.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def put(bench, number, **fields):
    return bench.call("PUT", f"/3/invoices/{number}", {"Invoice": fields})


def label(bench, text="Inkasso"):
    return bench.call("POST", "/3/labels", {"Label": {"Description": text}}).json["Label"]["Id"]


def test_detail_has_odd_types(bench):
    invoice = bench.get(f"/3/invoices/{bench.invoice()}").json["Invoice"]
    assert (invoice["Credit"], invoice["CreditInvoiceReference"], invoice["CurrencyRate"]) == ("false", "0", 1)
    assert (invoice["DocumentNumber"], invoice["InvoicePeriodStart"], invoice["FinalPayDate"]) == ("1", "", None)
    assert (invoice["Total"], type(invoice["Total"])) == (1250, int)


def test_odd_amount_has_decimals(bench):
    assert bench.get(f"/3/invoices/{bench.invoice('99.95')}").json["Invoice"]["Balance"] == 99.95


@pytest.mark.parametrize(("number", "ocr"), [(1, "133"), (3, "331"), (18, "1842"), (40, "4044")])
def test_ocr_is_as_recorded(bench, number, ocr):
    bench.invoice(DocumentNumber=str(number))
    assert bench.company.invoice(str(number))["OCR"] == ocr


def test_put_changes_only_given(bench):
    number = bench.invoice(booked=False, OurReference="Anna")
    invoice = put(bench, number, Comments="Ny").json["Invoice"]
    assert (invoice["Comments"], invoice["OurReference"]) == ("Ny", "Anna")


def test_put_ignores_empty_string(bench):
    number = bench.invoice(Comments="Gammal")
    reply = put(bench, number, Comments="")
    assert (reply.status, reply.json["Invoice"]["Comments"]) == (200, "Gammal")


def test_put_blank_word_empties(bench):
    number = bench.invoice(Comments="Gammal")
    assert put(bench, number, Comments="API_BLANK").json["Invoice"]["Comments"] == ""


@pytest.mark.parametrize(("mode", "status", "value"), [("ignored", 200, "Gammal"), ("empties", 200, ""), ("refused", 400, "Gammal")])
def test_null_in_put_is_switch(tmp_path, mode, status, value):
    bench = Bench(tmp_path, null_in_put=mode)
    number = bench.invoice(Comments="Gammal")
    assert put(bench, number, Comments=None).status == status
    assert bench.company.invoice(number)["Comments"] == value


FIELDS = [("booked_comments", "Comments"), ("booked_external_reference", "ExternalInvoiceReference1")]


@pytest.mark.parametrize(("switch", "name"), FIELDS)
@pytest.mark.parametrize(("mode", "outcome"), [("accepts", (200, "A7")), ("refuses", (400, "")), ("ignores", (200, ""))])
def test_booked_put_is_switch(tmp_path, switch, name, mode, outcome):
    bench = Bench(tmp_path, **{switch: mode})
    number = bench.invoice()
    reply = put(bench, number, **{name: "A7"})
    assert (reply.status, bench.company.invoice(number)[name]) == outcome


@pytest.mark.parametrize(("switch", "name"), FIELDS)
def test_unbooked_put_needs_no_switch(tmp_path, switch, name):
    bench = Bench(tmp_path, **{switch: "refuses"})
    assert put(bench, bench.invoice(booked=False), **{name: "A7"}).status == 200


def test_booked_due_date_stays(bench):
    number = bench.invoice()
    assert put(bench, number, DueDate="2025-12-24").status == 400
    assert bench.company.invoice(number)["DueDate"] == "2025-03-01"


def test_cancelled_invoice_stays(bench):
    number = bench.invoice(booked=False)
    bench.company.cancel_invoice(number)
    assert put(bench, number, Comments="Ny").status == 400


@pytest.mark.parametrize(("mode", "ids"), [("replaces", [2]), ("adds", [1, 2])])
def test_labels_put_is_switch(tmp_path, mode, ids):
    bench = Bench(tmp_path, labels_put=mode)
    first, second = label(bench), label(bench, "Tvist")
    number = bench.invoice(Labels=[{"Id": first}])
    put(bench, number, Labels=[{"Id": second}])
    assert bench.company.invoice(number)["Labels"] == [{"Id": n} for n in ids]


def test_unknown_label_is_refused(bench):
    assert put(bench, bench.invoice(), Labels=[{"Id": 9}]).status == 400


@pytest.mark.parametrize("mode", ["refuses", "ignores"])
def test_booked_labels_are_switch(tmp_path, mode):
    bench = Bench(tmp_path, booked_labels=mode)
    number, known = bench.invoice(), label(bench)
    put(bench, number, Labels=[{"Id": known}])
    assert bench.company.invoice(number)["Labels"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Coments": "x"}, 2001399),
        ({"Comments": "”citat”"}, 2000359),
        ({"Comments": "a|b"}, 2000359),
        ({"Comments": "\U0001f600"}, 2000359),
        ({"YourReference": "x" * 51}, 2000107),
        ({"Freight": "much"}, 2000108),
        ({"NotCompleted": "perhaps"}, 2000134),
        ({"DueDate": "soon"}, 2000588),
        ({"CustomerNumber": "99"}, 2000433),
    ],
)
def test_bad_field_is_refused(bench, fields, code):
    reply = put(bench, bench.invoice(booked=False), **fields)
    assert (reply.status, reply.code) == (400, code)


def test_swedish_letters_are_taken(bench):
    text = "Överlämnad till inkasso: ärende A-7/25 (1 250,50 kr) \u2013 åtgärd\nklar!"
    assert put(bench, bench.invoice(), Comments=text).json["Invoice"]["Comments"] == text


@pytest.mark.parametrize(("mode", "status"), [("ignored", 200), ("refused", 400)])
def test_readonly_field_is_switch(tmp_path, mode, status):
    bench = Bench(tmp_path, readonly_fields=mode)
    number = bench.invoice(booked=False)
    assert put(bench, number, Balance=1, Comments="Ny").status == status
    assert bench.company.invoice(number)["Balance"] == 1250


@pytest.mark.parametrize(("body", "code"), [(None, 2001392), ({}, 2001392), ({"Invoices": {}}, 2001392), ([1], 2001392)])
def test_wrong_envelope_is_refused(bench, body, code):
    assert bench.call("PUT", f"/3/invoices/{bench.invoice()}", body).code == code


def test_broken_json_is_refused(bench):
    number = bench.invoice()
    auth = {"HTTP_AUTHORIZATION": f"Bearer {bench.token}"}
    assert bench.raw("PUT", f"/3/invoices/{number}", b"{", CONTENT_TYPE="application/json", **auth).code == 2002115
    assert bench.raw("PUT", f"/3/invoices/{number}", b"{}", CONTENT_TYPE="text/plain", **auth).code == 1000031


def test_rows_are_priced_anew(bench):
    number = bench.invoice(booked=False)
    invoice = put(bench, number, InvoiceRows=[{"Price": 1.125, "DeliveredQuantity": "2"}]).json["Invoice"]
    assert (invoice["InvoiceRows"][0]["Price"], invoice["Net"], invoice["Total"], invoice["Balance"]) == (1.13, 2.26, 2.83, 2.83)
    assert invoice["InvoiceRows"][0]["RowId"] != 1


def test_email_information_is_merged(bench):
    given = {"EmailAddressTo": "ny@example.com", "EmailSubject": "Faktura {no}"}
    email = put(bench, bench.invoice(), EmailInformation=given).json["Invoice"]["EmailInformation"]
    assert (email["EmailAddressTo"], email["EmailBody"]) == ("ny@example.com", " ")


def test_each_mail_is_sent(bench):
    number = bench.invoice(sent=False)
    assert [bench.get(f"/3/invoices/{number}/email").status for _ in range(2)] == [200, 200]
    assert [row["kind"] for row in bench.company.sendings] == ["email", "email"]
    assert bench.company.invoice(number)["Sent"] is True


def test_mail_needs_an_address(bench):
    bench.company.add_customer("Utan adress")
    number = bench.invoice(sent=False)
    assert bench.get(f"/3/invoices/{number}/email").status == 400
    assert bench.company.sendings == []


@pytest.mark.parametrize(("name", "sent"), [("preview", False), ("print", True)])
def test_pdf_may_mark_sent(bench, name, sent):
    number = bench.invoice(sent=False)
    reply = bench.get(f"/3/invoices/{number}/{name}", HTTP_ACCEPT="application/pdf")
    assert (reply.headers["Content-Type"], reply.body[:5]) == ("application/pdf", b"%PDF-")
    assert bench.company.invoice(number)["Sent"] is sent


def test_pdf_error_is_json(bench):
    assert bench.get("/3/invoices/99/preview").code == 2000434


def test_external_print_only_marks(bench):
    number = bench.invoice(sent=False)
    assert bench.call("PUT", f"/3/invoices/{number}/externalprint").json["Invoice"]["Sent"] is True


@pytest.mark.parametrize(("counts", "reminders", "on"), [(True, 1, "2025-04-15"), (False, 0, None)])
def test_print_reminder_is_switch(tmp_path, counts, reminders, on):
    bench = Bench(tmp_path, printreminder_counts=counts)
    number = bench.invoice()
    assert bench.get(f"/3/invoices/{number}/printreminder").body.startswith(b"%PDF-")
    invoice = bench.company.invoice(number)
    assert (invoice["Reminders"], invoice["LastRemindDate"]) == (reminders, on)


def test_paid_invoice_is_not_reminded(bench):
    number = bench.invoice()
    bench.company.pay_invoice(number, on="2025-04-01")
    assert bench.get(f"/3/invoices/{number}/printreminder").status == 400
    assert bench.company.invoice(number)["Reminders"] == 0


def test_vendor_reminder_counts(bench):
    number = bench.invoice()
    bench.company.remind(number, "2025-04-10")
    assert (bench.company.invoice(number)["Reminders"], bench.company.invoice(number)["LastRemindDate"]) == (1, "2025-04-10")


def test_bookkeep_writes_voucher(bench):
    number = bench.invoice(booked=False)
    invoice = bench.call("PUT", f"/3/invoices/{number}/bookkeep").json["Invoice"]
    assert (invoice["Booked"], invoice["VoucherSeries"], invoice["VoucherNumber"], invoice["VoucherYear"]) == (True, "B", 1, 2)
    assert (bench.company.account_balance(1510), bench.company.account_balance(3001), bench.company.account_balance(2611)) == (
        1250,
        -1000,
        -250,
    )


def test_bookkeep_works_only_once(bench):
    assert bench.call("PUT", f"/3/invoices/{bench.invoice()}/bookkeep").status == 400
    assert bench.company.account_balance(1510) == 1250


def test_zero_invoice_is_paid(bench):
    assert bench.company.invoice(bench.invoice("0"))["FinalPayDate"] == "2025-02-01"


def test_booked_invoice_is_not_cancelled(bench):
    assert bench.call("PUT", f"/3/invoices/{bench.invoice()}/cancel").status == 400


def test_cancelled_balance_is_zero(bench):
    number = bench.invoice(booked=False)
    invoice = bench.call("PUT", f"/3/invoices/{number}/cancel").json["Invoice"]
    assert (invoice["Cancelled"], invoice["Balance"]) == (True, 0)


def test_credit_answers_with_original(bench):
    number = bench.invoice()
    invoice = bench.call("PUT", f"/3/invoices/{number}/credit").json["Invoice"]
    note = bench.company.invoice(invoice["CreditInvoiceReference"])
    assert (invoice["DocumentNumber"], invoice["Balance"]) == (number, 1250)
    assert (note["Credit"], note["Total"], note["Booked"], note["CreditInvoiceReference"]) == ("true", -1250, False, number)


def test_booked_credit_settles_both(bench):
    number = bench.invoice()
    note = bench.company.credit_invoice(number, "250", on="2025-04-10")
    assert (bench.company.invoice(number)["Balance"], bench.company.invoice(note)["Balance"]) == (1000, 0)
    assert [row["Source"] for row in bench.company.state()["payments"]] == ["settle", "settle"]
    assert bench.company.account_balance(1510) == 1000


def test_credit_works_only_once(bench):
    number = bench.invoice()
    bench.call("PUT", f"/3/invoices/{number}/credit")
    assert bench.call("PUT", f"/3/invoices/{number}/credit").status == 400


@pytest.mark.parametrize(("whole", "balance"), [(False, 700), (True, 1000)])
def test_tax_share_is_switch(tmp_path, whole, balance):
    bench = Bench(tmp_path, tax_reduction_in_balance=whole)
    invoice = bench.company.invoice(bench.invoice("1000", TaxReduction=300, TaxReductionType="rot"))
    assert (invoice["Total"], invoice["TotalToPay"], invoice["Balance"]) == (1000, 700, balance)
    assert bench.company.account_balance(1513) == 300


@pytest.mark.parametrize(("currency", "balance"), [("invoice", 100), ("book", 1120)])
def test_foreign_balance_is_switch(tmp_path, currency, balance):
    bench = Bench(tmp_path, balance_currency=currency)
    invoice = bench.company.invoice(bench.invoice("100", currency="EUR"))
    assert (invoice["Currency"], invoice["CurrencyRate"], invoice["Balance"]) == ("EUR", 11.2, balance)
    assert bench.company.account_balance(1510) == 1120
