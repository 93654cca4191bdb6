"""Fortnox's JSON to our model and back: odd types, reasons to leave alone, identity numbers, texts."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.fortnox.mapping import books, files, invoices, marks
from connectors.fortnox.mapping.books import parse_payment, propose_setup, touches, years_between
from connectors.fortnox.mapping.invoices import Reading, parse_invoice, parse_invoice_row, parse_invoice_rows
from connectors.fortnox.mapping.parties import country_code, identity_of, is_same_number, parse_company, parse_database_number, parse_debtor
from connectors.fortnox.mapping.render import (
    clean,
    mark_of,
    render_connection,
    render_file,
    render_payment,
    render_voucher,
)
from core.errors import InvariantBrokenError
from core.model import DebtorKind, Invoice, InvoiceKind, Problem
from core.money import Money
from core.ports import Document
from core.writes import AttachDocument, BookPayment, BookVoucher, VoucherRow

KEY = "0123456789abcdef0123456789abcdef"
ROW = {
    "@url": "https://api.fortnox.se/3/invoices/7",
    "Balance": 900.5,
    "Booked": True,
    "Cancelled": False,
    "Currency": "SEK",
    "CurrencyRate": "1",
    "CurrencyUnit": 1,
    "CustomerName": "Kund Ett AB",
    "CustomerNumber": "12",
    "DocumentNumber": "7",
    "DueDate": "2025-03-03",
    "ExternalInvoiceReference1": "",
    "FinalPayDate": None,
    "InvoiceDate": "2025-02-01",
    "InvoiceType": "INVOICE",
    "NoxFinans": False,
    "OCR": "737",
    "Sent": True,
    "Total": 1250,
}
DETAIL = ROW | {
    "Credit": "false",
    "CreditInvoiceReference": "0",
    "ContributionValue": "API_NORIGHT",
    "EmailInformation": {"EmailAddressTo": "kund@example.com"},
    "Labels": [{"Id": 3}],
    "LastRemindDate": None,
    "NotCompleted": False,
    "OrganisationNumber": "556677-8899",
    "PaymentWay": "",
    "Reminders": 0,
    "TaxReduction": None,
    "TotalVAT": 250,
}
CUSTOMER = {"CustomerNumber": "12", "Name": "Kund Ett AB", "Type": "COMPANY", "OrganisationNumber": "556677-8899"}
PAYMENT = {
    "Number": "5", "InvoiceNumber": 7, "Amount": 100, "AmountCurrency": 100, "Currency": "SEK", "PaymentDate": "2025-03-10",
    "Booked": True, "ModeOfPayment": "KB", "ModeOfPaymentAccount": 1689, "Source": "direct", "WriteOffs": [],
}  # fmt: skip


def sek(text):
    return Money.parse(text, "SEK")


def wire(raw):
    return json.loads(json.dumps(raw), parse_float=Decimal)


def row(**fields):
    return parse_invoice_row(wire(ROW | fields), Reading())


def detail(note=None, **fields):
    return parse_invoice(wire(DETAIL | fields), Reading(), credit_note=note)


def test_row_becomes_invoice():
    found = row()
    assert (found.total, found.open, found.due_on) == (sek("1250"), sek("900.50"), date(2025, 3, 3))
    assert found.leave_alone == () and not found.detailed and found.payment_reference == "737"


def test_detail_adds_the_rest():
    found = detail(Reminders="2", LastRemindDate="2025-03-20")
    assert (found.vendor_reminders, found.vendor_reminded_on) == (2, date(2025, 3, 20))
    assert (found.labels, found.vat_total, found.debtor_identity_no) == (("3",), sek("250"), "5566778899")


@pytest.mark.parametrize(
    "fields",
    [
        {"Total": "1250.00", "Balance": "900.50"},
        {"Booked": "true", "Cancelled": "false", "Sent": "1"},
        {"CustomerNumber": 12, "DocumentNumber": 7},
        {"DueDate": "2025-03-03 00:00:00", "FinalPayDate": ""},
        {"CurrencyRate": 1, "CurrencyUnit": "1", "Currency": "sek"},
    ],
)
def test_odd_types_change_nothing(fields):
    assert row(**fields) == row()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Booked": False}, "unbooked"),
        ({"Sent": False}, "unsent"),
        ({"Cancelled": True, "Balance": 0}, "cancelled"),
        ({"Total": -1250, "Balance": -1250}, "credit"),
        ({"InvoiceType": "INTRESTINVOICE"}, "interest_invoice"),
        ({"InvoiceType": "CASHINVOICE"}, "cash_invoice"),
        ({"InvoiceType": "SOMETHINGNEW"}, "unknown_type"),
        ({"NoxFinans": True}, "financed"),
    ],
)
def test_row_is_left_alone(fields, reason):
    assert row(**fields).leave_alone == (reason,)


@pytest.mark.parametrize("kind", ["INVOICE", "AGREEMENTINVOICE", "SUMMARYINVOICE"])
def test_ordinary_types_are_collected(kind):
    assert row(InvoiceType=kind).kind is InvoiceKind.INVOICE
    assert row(InvoiceType=kind).leave_alone == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"NotCompleted": True}, "not_completed"),
        ({"PaymentWay": "AG"}, "autogiro_or_card"),
        ({"PaymentWay": "CARD"}, "autogiro_or_card"),
        ({"Credit": "true"}, "credit"),
        ({"CreditInvoiceReference": "8"}, "credited"),
    ],
)
def test_detail_is_left_alone(fields, reason):
    assert reason in detail(**fields).leave_alone


@pytest.mark.parametrize("note", [{"Booked": False, "Balance": -250}, {"Booked": True, "Balance": -1}, {"Booked": True}, "?"])
def test_open_credit_note_stops(note):
    assert detail(note, CreditInvoiceReference="8").leave_alone == ("credited",)


@pytest.mark.parametrize("note", [{"Booked": True, "Balance": 0}, {"Cancelled": True, "Balance": 0}])
def test_settled_credit_note_stops_nothing(note):
    found = detail(note, CreditInvoiceReference="8")
    assert (found.leave_alone, found.credited_by) == ((), "8")


def test_overpaid_row_is_readable():
    found = row(Balance=-5)
    assert isinstance(found, Invoice)
    assert found.open == Money(-500, "SEK")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"DueDate": ""}, "has no due date"),
        ({"CustomerNumber": ""}, "has no customer number"),
        ({"Currency": "XXX"}, "no amount in XXX"),
        ({"Currency": ""}, "any currency"),
        ({"Balance": 1250.01}, "above what the customer owes"),
        ({"Balance": "API_NORIGHT"}, "may not see it"),
        ({"Total": 1.005}, "no amount in SEK"),
        ({"Total": 1e14, "Balance": 1e14}, "no amount in SEK"),
        ({"Total": "1e999999999"}, "no usable number in Total"),
        ({"DueDate": "2025-02-30"}, "no date in DueDate"),
        ({"Booked": "perhaps"}, "neither true nor false"),
        ({"CustomerNumber": {"a": 1}}, "no text in CustomerNumber"),
    ],
)
def test_bad_row_is_a_problem(fields, words):
    found = row(**fields)
    assert isinstance(found, Problem)
    assert words in found.message and found.message.endswith(".") and found.raw_ref == "7"


@pytest.mark.parametrize("raw", [None, 7, "x", [], {}])
def test_no_row_is_a_problem(raw):
    assert isinstance(parse_invoice_row(raw, Reading()), Problem)
    assert isinstance(parse_debtor(raw), Problem)
    assert isinstance(parse_payment(raw, write_off_sign="plus"), Problem)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text("a0-, 2025", max_size=10) | st.sampled_from(["API_NORIGHT", "0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Id", "Amount", "x"]), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted({*DETAIL, "Country"})), JSON_VALUES, max_size=6))
def test_nothing_escapes_from_mapping(fields):
    found = parse_invoice(DETAIL | fields, Reading(), credit_note=fields)
    assert isinstance(found, Invoice | Problem)
    assert not isinstance(found, Invoice) or found.kind is InvoiceKind.CREDIT or found.open <= found.total


def test_problem_names_no_person():
    found = row(DueDate="", CustomerName="Tilda Testsson 811228-9874")
    assert "Tilda" not in found.message and "811228" not in found.message
    assert b"Tilda" in found.raw and "Tilda" not in repr(found)


def test_row_twice_counts_once():
    rows = [wire(ROW), wire(ROW), wire(ROW | {"Balance": 100}), wire(ROW | {"DocumentNumber": "8"})]
    found = list(parse_invoice_rows(rows, Reading()))
    assert [getattr(one, "number", "problem") for one in found] == ["7", "problem", "8"]


def test_tax_reduction_leaves_the_share():
    found = detail(TaxReduction=400, Balance=850)
    assert (found.total, found.open, found.tax_reduction) == (sek("850"), sek("850"), sek("400"))


def test_whole_balance_is_no_share():
    assert isinstance(detail(TaxReduction=400, Balance=1250), Problem)
    whole = Reading(tax_reduction_balance="whole")
    opens = [parse_invoice(wire(DETAIL | {"TaxReduction": 400, "Balance": left}), whole).open for left in (1250, 500, 400, 0)]
    assert opens == [sek("850"), sek("100"), sek("0"), sek("0")]


EUR = {"Currency": "EUR", "CurrencyRate": "11.2", "Total": 1000}


@pytest.mark.parametrize(
    ("how", "balance", "left"),
    [
        ("unsure", 1000, "1000"), ("unsure", 11200, "1000"), ("unsure", 0, "0"), ("unsure", 500, None),
        ("invoice", 500, "500"), ("book", 5600, "500"), ("book", 11200, "1000"), ("invoice", 11200, None),
    ],
)  # fmt: skip
def test_foreign_balance_follows_setting(how, balance, left):
    found = parse_invoice_row(wire(ROW | EUR | {"Balance": balance}), Reading(foreign_balance=how))
    assert isinstance(found, Problem) if left is None else found.open == Money.parse(left, "EUR")


@pytest.mark.parametrize(
    ("number", "private", "kind", "kept"),
    [
        ("556677-8899", False, DebtorKind.BUSINESS, "5566778899"),
        ("165566778899", False, DebtorKind.BUSINESS, "5566778899"),
        ("212000-0142", False, DebtorKind.PUBLIC, "2120000142"),
        ("811228-9874", True, DebtorKind.CONSUMER, "8112289874"),
        ("19811228-9874", False, DebtorKind.SOLE_TRADER, "8112289874"),
        ("811299-9878", True, DebtorKind.CONSUMER, ""),
        ("811328-9874", True, DebtorKind.CONSUMER, ""),
        ("556677-8898", False, DebtorKind.BUSINESS, ""),
        ("556677-8899", True, DebtorKind.CONSUMER, ""),
        ("", False, DebtorKind.BUSINESS, ""),
    ],
)
def test_identity_decides_the_kind(number, private, kind, kept):
    found = identity_of(number, "SE", private=private)
    assert found[:2] == (kind, kept)
    assert bool(found[2]) is not bool(kept)


def test_coordination_number_is_a_person():
    assert identity_of("701063-2391", "SE", private=True) == (DebtorKind.CONSUMER, "7010632391", "")


@pytest.mark.parametrize(("country", "number", "kept"), [("DK", "13585628", "13585628"), ("DK", "13585629", ""), ("DE", "136695976", "")])
def test_foreign_number_is_checked(country, number, kept):
    assert identity_of(number, country, private=False)[1] == kept


def test_same_number_however_written():
    assert is_same_number("19811228-9874", "8112289874")
    assert is_same_number("165566778899", "556677-8899")
    assert not is_same_number("", "") and not is_same_number("556677-8899", "556677-8890")


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [("SE", "", "SE"), ("", "Sverige", "SE"), ("", " norway ", "NO"), ("", "Great  Britain", "GB"), ("", "Atlantis", ""), ("", "", "")],
)
def test_country_comes_from_name(code, name, found):
    assert country_code(code, name) == found


def test_customer_becomes_debtor():
    delivery = {"DefaultDeliveryTypes": {"Invoice": "ELECTRONICINVOICE"}}
    found = parse_debtor(CUSTOMER | delivery | {"Country": "Danmark", "EmailInvoice": "", "Email": "a@b.se", "Phone1": None})
    assert (found.address.country, found.language, found.email, found.phone) == ("DK", "da", "a@b.se", "")
    assert found.e_invoice and found.active


def test_empty_customer_still_has_kind():
    found = parse_debtor({"CustomerNumber": "1", "Name": "Någon", "Type": "PRIVATE", "Active": False, "Address1": None})
    assert (found.kind, found.active, found.address.complete) == (DebtorKind.CONSUMER, False, False)


def test_company_without_name_is_problem():
    assert isinstance(parse_company({"DatabaseNumber": "5"}), Problem)
    assert parse_company({"DatabaseNumber": 5, "Name": "A", "OrganizationNumber": "556677-8899"}).org_no == "5566778899"


def test_payment_reads_its_write_offs():
    found = parse_payment(wire(PAYMENT | {"WriteOffs": [{"Amount": "0.50"}]}), write_off_sign="plus")
    assert (found.written_off, found.account, found.booked) == (sek("0.50"), "1689", True)
    assert parse_payment(wire(PAYMENT | {"WriteOffs": [{"Amount": -0.5}]}), write_off_sign="minus").written_off == sek("0.50")


def test_foreign_payment_counts_its_own_currency():
    found = parse_payment(PAYMENT | {"Currency": "EUR", "Amount": 1120}, write_off_sign="plus")
    assert found.amount == Money.parse("100", "EUR")


def accounts(*numbers, **fields):
    return [{"Number": number, "Description": "x", "Active": True, "VATCode": "", **fields} for number in numbers]


def test_setup_prefers_predefined_accounts():
    predefined = [{"Name": "DEMAND", "Account": 3591}, {"Name": "CUSTCLAIM", "Account": "1510"}]
    found = propose_setup(accounts(3591, 3990, 1510, 1689), predefined, [{"Code": "B"}, {"Code": "A", "Manual": True}], "KB")
    assert (found.fee, found.receivable, found.clearing, found.series) == ("3591", "1510", "1689", "A")
    assert found.cost == "" and found.interest == ""


@pytest.mark.parametrize("fields", [{"Active": False}, {"VATCode": "MP1"}, {"CostCenterSettings": "MANDATORY"}])
def test_setup_skips_unusable_accounts(fields):
    chart = accounts(3591, **fields) + accounts(3990)
    assert propose_setup(chart, [{"Name": "DEMAND", "Account": 3591}], [], "KB").fee == "3990"


def test_voucher_touches_an_account():
    voucher = {"VoucherRows": [{"Account": 1930}, {"Account": "3001"}]}
    assert touches(voucher, [range(1920, 2000)]) and touches(voucher, [range(3001, 3002)])
    assert not touches(voucher, [range(1510, 1520)]) and not touches(None, [range(9999)])


def test_years_are_found_by_day():
    years = [{"Id": 1, "FromDate": "2024-05-01", "ToDate": "2025-04-30"}, {"Id": 2, "FromDate": "2025-05-01", "ToDate": "2026-04-30"}, "?"]
    assert years_between(years, date(2025, 4, 30), date(2025, 4, 30)) == ["1"]
    assert years_between(years, date(2025, 4, 30), date(2025, 5, 1)) == ["2", "1"]
    assert years_between(years, date(2023, 1, 1), date(2023, 1, 2)) == []


PAY = BookPayment("7", sek("500.10"), date(2025, 4, 10), "KB", "1689", text="Rest")


def test_payment_is_rendered_exactly():
    body = render_payment(PAY, KEY, write_off_sign="plus")
    assert b'"Amount":500.10,' in body and b'"InvoiceNumber":7,' in body and b"WriteOffs" not in body


def test_foreign_payment_sends_its_currency():
    body = json.loads(
        render_payment(BookPayment("7", Money.parse("5", "EUR"), date(2025, 4, 10), "KB", "1689"), KEY, write_off_sign="plus")
    )
    assert body["InvoicePayment"]["AmountCurrency"] == 5 and "Amount" not in body["InvoicePayment"]


@pytest.mark.parametrize(("sign", "amount"), [("plus", 0.4), ("minus", -0.4)])
def test_write_off_bears_the_mark(sign, amount):
    write = BookPayment("7", sek("0"), date(2025, 4, 10), "KB", "1689", sek("0.40"), "3740", "Öresavrundning")
    (part,) = json.loads(render_payment(write, KEY, write_off_sign=sign))["InvoicePayment"]["WriteOffs"]
    assert part == {"Amount": amount, "AccountNumber": 3740, "Description": "Öresavrundning", "TransactionInformation": mark_of(KEY)}


def test_voucher_says_when_it_happened():
    rows = (VoucherRow("1689", sek("100"), sek("0"), "a" * 150), VoucherRow("8313", sek("0"), sek("100")))
    body = json.loads(render_voucher(BookVoucher("A", date(2025, 4, 1), date(2025, 3, 31), "x" * 300, rows), KEY))["Voucher"]
    assert len(body["Description"]) == 200 and body["Description"].endswith(" (avser 2025-03-31)")
    assert body["Comments"] == "kb:0123456789abcdef"
    assert body["VoucherRows"][1] == {"Account": 8313, "Credit": 100.0}


def test_unmoved_voucher_keeps_its_text():
    body = render_voucher(BookVoucher("A", date(2025, 4, 1), date(2025, 4, 1), "Ränta", ()), KEY)
    assert '"Description":"Ränta"'.encode() in body


@pytest.mark.parametrize(
    ("text", "kept"), [("“Hej” | då 😀", "\u2019Hej\u2019 / då"), ("a\tb\n c", "a b c"), ("[x]{y}<z>~", "(x)(y)(z)-"), ("é", "é")]
)
def test_refused_characters_are_replaced(text, kept):
    assert clean(text, 50) == kept


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.integers(1, 60))
def test_cleaning_twice_changes_nothing(text, length):
    once = clean(text, length)
    assert len(once) <= length and clean(once, length) == once


def test_upload_is_the_same_bytes():
    document = Document("d", "Avräkning 4/25.pdf", "application/pdf", "", b"%PDF")
    assert render_file(document, KEY) == render_file(document, KEY)
    body, media_type, name = render_file(document, KEY)
    assert name == "kb-0123456789abcdef-Avrakning-4-25.pdf" and media_type.split("boundary=")[1].encode() in body


GARBAGE = [
    None,
    7,
    "x",
    [],
    {"VoucherRows": 5},
    {"Labels": "x"},
    {"Source": [], "Number": True},
    {"Comments": {}, "Id": [], "ReferenceType": []},
]


@pytest.mark.parametrize("raw", GARBAGE)
def test_garbage_reads_as_nothing(raw):
    assert books.payment_day(raw) is None and books.may_be_bank(raw) is None and books.voucher_key(raw) is None
    assert books.payment_numbers([raw], "7") == [] and books.years_between([raw], date.min, date.max) == []
    assert books.payment_marks(raw) == [] and books.voucher_comments(raw) == ""
    assert files.parse_file(raw) is None and files.parse_files(raw) == [] and not files.is_folder(raw, "inbox_v")
    assert not files.ties(raw, "f", "A/1/1") and marks.label_id_of([raw], "Inkasso") is None
    assert invoices.credit_pending(raw) and parse_database_number(raw) == ""


@pytest.mark.parametrize(
    "raw", [{"WriteOffs": 5}, {"VoucherRows": [5]}, {"Labels": [5]}, {"CreditInvoiceReference": []}, {"VoucherSeries": []}]
)
def test_damaged_details_read_as_nothing(raw):
    assert books.payment_marks(raw) == [] and not touches(raw, [range(9999)])
    assert invoices.credit_reference(raw) == "" and invoices.voucher_of(raw) is None
    assert marks.parse_marks(raw) in (None, marks.Marks(("", ""), ()))


DAMAGED = [
    {"VoucherSeries": "A", "VoucherNumber": 1, "Year": 1, "TransactionDate": "yesterday"},
    {"Code": [], "Manual": True},
    {"VoucherRows": [{"Account": {}}]},
]


def test_damaged_rows_count_for_nothing():
    assert books.may_be_bank(DAMAGED[0]) is None
    assert propose_setup([], [], [DAMAGED[1]], "KB").series == ""
    assert not touches(DAMAGED[2], [range(9999)])
    write = BookVoucher("A", date(2025, 4, 1), date(2025, 4, 1), "x", ())
    assert books.voucher_differences(write, DAMAGED[2], KEY) == ["content"]


@pytest.mark.parametrize(
    "fields", [{"Number": ""}, {"PaymentDate": None}, {"InvoiceNumber": 0}, {"Amount": None}, {"WriteOffs": [{"Amount": "x"}]}]
)
def test_damaged_payment_is_a_problem(fields):
    assert isinstance(parse_payment(PAYMENT | fields, write_off_sign="plus"), Problem)


@pytest.mark.parametrize(
    ("how", "fields"),
    [("book", {"CurrencyRate": 0.97}), ("unsure", {"CurrencyRate": ""}), ("unsure", {"CurrencyRate": "-1"}), ("unsure", {"Balance": None})],
)
def test_foreign_balance_needs_a_rate(how, fields):
    assert isinstance(parse_invoice_row(wire(ROW | EUR | {"Balance": 500} | fields), Reading(foreign_balance=how)), Problem)


@pytest.mark.parametrize("fields", [{"Reminders": 1.5}, {"Labels": 5}, {"EmailInformation": "x"}, {"LastRemindDate": "soon"}])
def test_damaged_detail_is_a_problem(fields):
    assert isinstance(detail(**fields), Problem)


@pytest.mark.parametrize("ref", ["A/1", "A/x/1", "A/1/x", ""])
def test_wrong_voucher_reference_is_our_bug(ref):
    with pytest.raises(InvariantBrokenError):
        render_connection(AttachDocument("f", ref))
