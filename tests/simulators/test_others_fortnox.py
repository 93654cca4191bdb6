"""fortpyx, which others wrote from the vendor's specification, and pyfortnox, older and without types, meet the simulator."""

from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.simulators.fortnox_bench import CALLBACK, Bench
from tests.simulators.others import told

SCOPES = "invoice customer payment bookkeeping companyinformation settings"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("fortnox"))
    company = bench.company
    company.add_customer("Kund AB", "556000-0001", "kund@example.com")
    company.add_customer("Åsa Östlund", "700101-2397", "asa@example.com", type="PRIVATE")
    company.add_customer("Kund Tre AB", "556671-0017", city="Malmö")
    for number in range(5):
        company.add_invoice(str(1 + number % 3), f"{1000 + number}.50", date(2025, 2, 1 + number), date(2025, 3, 1 + number))
    company.pay_invoice("1", "200.25")
    company.pay_invoice("3")
    company.cancel_invoice(company.add_invoice("1", "10.00", date(2025, 2, 1), date(2025, 3, 1), booked=False))
    bench.before = company.state()
    return bench


@pytest.fixture(scope="module")
def read(bench):
    bench.sim.oauth.auto_consent = 1001
    asked = {"client_id": "app", "response_type": "code", "state": "s", "scope": SCOPES, "redirect_uri": CALLBACK, "access_type": "offline"}
    page = bench.raw("GET", f"/oauth-v1/auth?{urlencode(asked)}")
    code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
    return told("read_fortnox.py", bench.sim, code, CALLBACK)


def same(rows, shown, *names):
    """Whether the client's rows are the state's, in these fields; figures are the ones that JSON has."""
    assert [[row[name] for name in names] for row in rows] == [[row[name] for name in names] for row in shown]


def test_client_reads_every_page_of_customers_and_invoices(bench, read):
    same(
        read["customers"], bench.before["customers"], "CustomerNumber", "Name", "OrganisationNumber", "Email", "Address1", "ZipCode", "City"
    )
    names = ("DocumentNumber", "CustomerNumber", "CustomerName", "Total", "Balance", "Currency", "Booked", "Cancelled", "OCR")
    same(read["invoices"], bench.before["invoices"], *names)
    assert [row["Balance"] for row in read["invoices"]] == [800.25, 1001.5, 0, 1003.5, 1004.5, 0] and read["unpaid"] == ["1", "2", "4", "5"]


def test_client_reads_one_invoice_with_its_rows(bench, read):
    shown = bench.before["invoices"][0]
    same([read["invoice"]], [shown], "DocumentNumber", "Total", "TotalVAT", "Net", "Balance", "VoucherNumber", "YourReference", "Remarks")
    same(read["invoice"]["InvoiceRows"], shown["InvoiceRows"], "Price", "VAT", "Total", "AccountNumber", "Description")


def test_client_reads_payments_accounts_years_and_company(bench, read):
    same(read["payments"], bench.before["payments"], "Number", "InvoiceNumber", "Amount", "Booked", "Source")
    assert read["company"]["CompanyName"] == bench.company.name and read["company"]["OrganizationNumber"] == bench.company.org_no
    assert [(row["Id"], row["FromDate"], row["ToDate"]) for row in read["years"]] == [
        (year - 2023, f"{year}-01-01", f"{year}-12-31") for year in (2024, 2025, 2026)
    ]
    assert {row["Number"]: row["Description"] for row in read["accounts"]}[1510] == "Kundfordringar" and len(read["accounts"]) > 20


def test_older_client_reads_days_and_every_field_as_they_come(bench, read):
    names = ("DocumentNumber", "InvoiceDate", "DueDate", "FinalPayDate", "Total", "Balance", "Booked", "Cancelled", "OCR")
    same(read["older"]["invoices"], bench.before["invoices"], *names)
    assert read["older"]["invoice"] == bench.before["invoices"][0] and read["older"]["payment"] == bench.before["payments"][0]
    assert read["older"]["invoice"]["DueDate"] == "2025-03-01"


def test_client_books_a_payment_and_a_voucher(bench, read):
    payment = bench.company.state()["payments"][-1]
    assert [payment[name] for name in ("Number", "InvoiceNumber", "Amount", "Booked")] == [read["entered"], 2, 1000.5, True]
    assert bench.company.invoice("2")["Balance"] == 1
    voucher = bench.company.state()["vouchers"][-1]
    assert [voucher["VoucherSeries"], voucher["VoucherNumber"]] == read["voucher"]
    assert [(row["Account"], row["Debit"], row["Credit"]) for row in voucher["VoucherRows"]] == [(6062, 25.25, 0), (1930, 0, 25.25)]


def test_every_call_was_answered(bench, read):
    assert {row["status"] for row in bench.sim.log.rows[1:]} <= {200, 201, 302}
