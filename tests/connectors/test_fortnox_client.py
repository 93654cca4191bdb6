"""Requests to Fortnox: pages, the error table, the limit, and what the connector reads with them."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.contract.bench import NOW
from connectors.fortnox import client as client_module
from connectors.fortnox.answers import AnswerReader, parse_json
from connectors.fortnox.settings import read_settings
from core.errors import ConfigError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from core.model import Invoice, Payment, Problem
from core.money import Money
from simulators.fortnox import Switches
from tests.connectors.fortnox_bench import SETTINGS, Bench

TODAY_SE = date(2025, 4, 15)


def answered(bench, path):
    return [reply for request, reply in bench.adapter.seen if urlsplit(request.url).path == path]


def rewritten(bench, path, change, methods=("GET", "PUT", "POST")):
    """Let the simulator's JSON answers on a path be changed on their way."""
    app = bench.adapter.app

    def changed(environ, start_response):
        content = b"".join(app(environ, start_response))
        if environ["PATH_INFO"] != path or environ["REQUEST_METHOD"] not in methods:
            return [content]
        return [change(content, parse_qs(environ["QUERY_STRING"]))]

    bench.adapter.app = changed


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)


def add_invoices(bench, count):
    for _ in range(count):
        bench.add_overdue()


def test_every_page_is_read(bench, small_pages):
    add_invoices(bench, 5)
    assert [invoice.number for invoice in bench.connector.list_open_invoices()] == ["1", "2", "3", "4", "5"]
    assert len(answered(bench, "/3/invoices")) == 3


def test_empty_list_is_one_request(bench):
    assert list(bench.connector.list_open_invoices()) == []
    assert len(answered(bench, "/3/invoices")) == 1


def test_short_page_is_not_whole(bench, small_pages):
    add_invoices(bench, 5)

    def shorten(content, query):
        body = json.loads(content)
        body["Invoices"] = body["Invoices"][: 1 if query["page"] == ["2"] else 2]
        return json.dumps(body).encode()

    rewritten(bench, "/3/invoices", shorten)
    with pytest.raises(RetryLaterError, match="page 2 of 3 has 1 rows"):
        list(bench.connector.list_open_invoices())


def test_short_last_page_is_not_whole(bench, small_pages):
    add_invoices(bench, 3)
    rewritten(bench, "/3/invoices", lambda content, query: content.replace(b'"@TotalResources":3', b'"@TotalResources":4'))
    with pytest.raises(RetryLaterError, match="3 of 4 rows"):
        list(bench.connector.list_open_invoices())


def test_repeated_page_is_not_whole(bench, small_pages):
    add_invoices(bench, 5)
    rewritten(bench, "/3/invoices", lambda content, query: content.replace(b'"@CurrentPage":2', b'"@CurrentPage":1'))
    with pytest.raises(RetryLaterError, match="page 1 came for page 2"):
        list(bench.connector.list_open_invoices())


def test_same_rows_again_are_not_whole(bench, small_pages):
    add_invoices(bench, 5)
    bench.arm("page_repeated", "GET", "/3/invoices")
    with pytest.raises(RetryLaterError, match="page 2 holds the rows of the page before"):
        list(bench.connector.list_open_invoices())


def test_shifted_row_comes_once(bench, small_pages):
    add_invoices(bench, 5)
    for page in (2, 3):
        bench.arm("page_behind", "GET", f"page={page}")
    assert [invoice.number for invoice in bench.connector.list_open_invoices()] == ["1", "2", "3", "4", "5"]


def test_account_twice_is_one(bench):
    bench.arm("page_behind", "GET", "/3/accounts")
    numbers = [account.number for account in bench.connector.list_accounts(TODAY_SE)]
    assert len(numbers) == len(set(numbers)) > 50


def test_endless_list_meets_the_ceiling(bench, small_pages, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_COUNT_MAX", 2)
    add_invoices(bench, 5)
    with pytest.raises(RetryLaterError, match="more than 2 pages"):
        list(bench.connector.list_open_invoices())


def test_list_without_totals_ends_short(bench, small_pages):
    add_invoices(bench, 3)
    rewritten(bench, "/3/invoices", lambda content, query: json.dumps({"Invoices": json.loads(content)["Invoices"]}).encode())
    assert len(list(bench.connector.list_open_invoices())) == 3


def test_limit_is_never_exceeded(bench):
    add_invoices(bench, 40)
    for number in range(1, 41):
        bench.connector.get_invoice(str(number))
    assert [reply.status_code for _, reply in bench.adapter.seen if reply.status_code != 200] == []


@pytest.mark.parametrize("kind", ["throttled", "throttled_retry_after", "error_before", "drop_before", "drop_after"])
def test_read_survives_a_fault(bench, kind):
    bench.add_overdue()
    bench.arm(kind, "GET", "/3/invoices")
    assert len(list(bench.connector.list_open_invoices())) == 1


def test_read_gives_up_in_the_end(bench):
    bench.arm("error_before", "GET", "/3/settings/company", times=9)
    with pytest.raises(RetryLaterError, match=r"HTTP 500|Systemfel"):
        bench.connector.get_company()
    assert len(answered(bench, "/3/settings/company")) == 5


def test_retry_after_is_kept(bench):
    before = bench.clock.monotonic()
    bench.arm("throttled_retry_after", "GET", "/3/settings/company")
    bench.connector.get_company()
    assert 2 <= bench.clock.monotonic() - before < 4


def reader(bench):
    return AnswerReader(bench.clock, ("geheim-1234",))


def answer(status, body=b"", **headers):
    return Answer(status, headers, body)


LOWER = b'{"ErrorInformation":{"error":1,"message":"Nej.","code":%d}}'
UPPER = b'{"ErrorInformation":{"Error":1,"Message":"Nej.","Code":%d}}'


@pytest.mark.parametrize(
    ("status", "body", "on_read", "on_write"),
    [
        (400, LOWER % 2000587, RejectedError, RejectedError),
        (400, UPPER % 2003055, RejectedError, RejectedError),
        (400, LOWER % 2000401, RejectedError, RejectedError),
        (400, b'{"error":"x","message":"y"}', RejectedError, RejectedError),
        (418, b"<html>", RejectedError, RejectedError),
        (400, LOWER % 2000310, LoginExpiredError, LoginExpiredError),
        (403, LOWER % 2001103, LoginExpiredError, LoginExpiredError),
        (403, LOWER % 2000663, LoginExpiredError, RejectedError),
        (400, LOWER % 2001101, LoginExpiredError, RejectedError),
        (404, b"<html>", RetryLaterError, RejectedError),
        (429, b"", RetryLaterError, RetryLaterError),
        (408, b"", RetryLaterError, OutcomeUnknownError),
        (500, LOWER % 1000003, RetryLaterError, OutcomeUnknownError),
        (400, LOWER % 1000003, RetryLaterError, OutcomeUnknownError),
        (503, b"<html>", RetryLaterError, OutcomeUnknownError),
        (302, b"", RetryLaterError, OutcomeUnknownError),
    ],
)
def test_error_table(bench, status, body, on_read, on_write):
    with pytest.raises(on_read):
        reader(bench).check_read(answer(status, body))
    with pytest.raises(on_write):
        reader(bench).check_write(answer(status, body))


@pytest.mark.parametrize(("status", "body"), [(200, b""), (204, b""), (201, b"{}"), (401, b""), (404, UPPER % 2000434)])
def test_answers_the_client_understands(bench, status, body):
    assert reader(bench).check_read(answer(status, body)).status == status


def test_error_hides_what_is_secret(bench):
    body = LOWER.replace(b"Nej.", b"geheim-1234 Bearer abcdefgh 811228-9874 a@b.se") % 2000106
    with pytest.raises(RejectedError) as caught:
        reader(bench).check_write(answer(400, body, **{"X-Uid": "1ff2c743"}))
    text = str(caught.value)
    assert "1ff2c743" in text and "2000106" in text
    assert not any(secret in text for secret in ("geheim", "abcdefgh", "811228", "a@b.se"))


@pytest.mark.parametrize(
    ("header", "after_s"), [("7", 7.0), ("Tue, 15 Apr 2025 08:00:30 GMT", 30.0), ("Tue, 15 Apr 2025 07:00:00 GMT", 0.0), ("x", None)]
)
def test_retry_after_has_two_forms(bench, header, after_s):
    with pytest.raises(RetryLaterError) as caught:
        reader(bench).check_read(answer(429, b"", **{"Retry-After": header}))
    assert caught.value.after_s == after_s


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b'{"a":NaN}', b"[" * 100_000, b'{"a":1e99999999999999999999}'])
def test_no_json_is_none(body):
    assert parse_json(body) is None


def test_good_status_without_json_is_temporary(bench):
    rewritten(bench, "/3/settings/company", lambda content, query: b"<html>")
    with pytest.raises(RetryLaterError, match="no CompanySettings"):
        bench.connector.get_company()


def test_missing_list_is_refused(bench):
    rewritten(bench, "/3/invoices", lambda content, query: b'{"Invoices":{}}')
    with pytest.raises(RetryLaterError, match="no Invoices"):
        list(bench.connector.list_open_invoices())


def test_totals_may_be_text(bench, small_pages):
    add_invoices(bench, 3)
    rewritten(bench, "/3/invoices", lambda content, query: content.replace(b'"@TotalPages":2', b'"@TotalPages":"2"'))
    assert len(list(bench.connector.list_open_invoices())) == 3


def test_pdf_leaves_the_invoice_unsent(bench):
    number = bench.add_overdue(sent=False)
    assert bench.connector.get_invoice_pdf(number).startswith(b"%PDF")
    assert bench.company.invoice(number)["Sent"] is False


def test_page_instead_of_pdf_is_refused(bench):
    number = bench.add_overdue()
    rewritten(bench, f"/3/invoices/{number}/preview", lambda content, query: b"<html>")
    with pytest.raises(RetryLaterError, match="no PDF"):
        bench.connector.get_invoice_pdf(number)


@pytest.mark.parametrize("call", ["get_invoice", "get_debtor", "get_invoice_pdf"])
def test_missing_resource_is_refused(bench, call):
    with pytest.raises(RejectedError, match="200043"):
        getattr(bench.connector, call)("999")


def test_only_safe_addresses_are_read(bench):
    number = bench.add_overdue()
    bench.connector.get_invoice(number)
    bench.connector.get_invoice_pdf(number)
    unsafe = ("email", "einvoice", "eprint", "print", "printreminder")
    assert not any(urlsplit(request.url).path.endswith(unsafe) for request, _ in bench.adapter.seen)
    assert bench.company.sendings == []


def test_changes_since_are_listed(bench):
    first = bench.add_overdue()
    bench.clock.sleep(7200)
    second = bench.add_overdue()
    since = datetime.fromtimestamp(bench.clock.monotonic() - 3600, UTC)
    assert [invoice.number for invoice in bench.connector.list_changed_invoices(since)] == [second]
    everything = datetime.fromtimestamp(bench.clock.monotonic() - 9000, UTC)
    assert [invoice.number for invoice in bench.connector.list_changed_invoices(everything)] == [first, second]


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "UTC", "America/New_York", "Asia/Tokyo"])
def test_overlap_covers_every_zone(tmp_path, zone):
    bench = Bench(tmp_path, Switches(lastmodified_zone=zone))
    bench.add_overdue()
    since = NOW - bench.connector.overlap
    assert len(list(bench.connector.list_changed_invoices(since))) == 1


def test_bad_row_does_not_stop_the_list(bench):
    add_invoices(bench, 3)
    bench.company.set_invoice("2", DueDate="")
    found = list(bench.connector.list_open_invoices())
    assert [type(one) for one in found] == [Invoice, Problem, Invoice]


def test_open_amount_follows_payments(bench):
    number = bench.add_overdue()
    bench.company.pay_invoice(number, "500")
    assert bench.connector.get_invoice(number).open == Money.parse("12000", "SEK")
    (payment,) = bench.connector.list_payments(number)
    assert (payment.mode, payment.account, payment.booked) == ("BG", "1930", True)


def test_foreign_payment_of_the_past_is_a_problem(bench):
    """Its list row says one amount, and not in which currency that is."""
    bench.company.pay_invoice(bench.add_overdue(), "500")
    bench.company.pay_invoice(bench.add_overdue(currency="EUR"), "500")
    found = list(bench.connector.list_changed_payments(NOW - timedelta(days=1)))
    assert [type(one) for one in found] == [Payment, Problem]


def test_payments_of_similar_numbers_stay_out(bench):
    add_invoices(bench, 11)
    bench.company.pay_invoice("11", "500")
    assert bench.connector.list_payments("1") == []
    assert len(bench.connector.list_payments("11")) == 1


def test_credited_invoice_is_followed(bench):
    number = bench.add_overdue()
    bench.company.credit_invoice(number, "2500")
    found = bench.connector.get_invoice(number)
    assert (found.open, found.credited_by, found.leave_alone) == (Money.parse("10000", "SEK"), "2", ())


@pytest.mark.parametrize("currency", ["invoice", "book"])
def test_foreign_invoice_is_read_both_ways(tmp_path, currency):
    bench = Bench(tmp_path, Switches(balance_currency=currency))
    number = bench.add_overdue(currency="EUR")
    assert bench.connector.get_invoice(number).open == Money.parse("12500", "EUR")
    bench.company.pay_invoice(number, "2500")
    assert isinstance(bench.connector.get_invoice(number), Problem)
    assert bench.build(foreign_balance=currency).get_invoice(number).open == Money.parse("10000", "EUR")


@pytest.mark.parametrize(("whole", "setting"), [(False, "share"), (True, "whole")])
def test_tax_reduction_is_read_both_ways(tmp_path, whole, setting):
    bench = Bench(tmp_path, Switches(tax_reduction_in_balance=whole))
    number = bench.add_overdue(TaxReduction=5000, TaxReductionType="rot")
    found = bench.build(tax_reduction_balance=setting).get_invoice(number)
    assert (found.total, found.open) == (Money.parse("7500", "SEK"), Money.parse("7500", "SEK"))


def test_pledged_invoice_is_left_alone(bench):
    bench.company.books.predefined["CUSTCLAIM"] = 1512
    number = bench.add_overdue()
    assert bench.connector.get_invoice(number).leave_alone == ("pledged",)
    assert bench.build(pledged_accounts="").get_invoice(number).leave_alone == ()


def test_bank_postings_come_from_payments(bench):
    number = bench.add_overdue()
    assert bench.connector.bank_postings_until(TODAY_SE) is None
    bench.company.pay_invoice(number, "100", on="2025-04-08")
    bench.company.pay_invoice(number, "100", on="2025-04-20")
    assert bench.connector.bank_postings_until(TODAY_SE) == date(2025, 4, 8)


def test_bank_postings_come_from_vouchers(bench):
    bench.company.book_bank("2024-12-30", "Ränta", "50", 3990)
    assert bench.connector.bank_postings_until(date(2025, 1, 10)) == date(2024, 12, 30)
    bench.company.book_bank("2025-01-09", "Ränta", "50", 3990)
    assert bench.connector.bank_postings_until(date(2025, 1, 10)) == date(2025, 1, 9)
    assert bench.connector.bank_postings_until(date(2025, 1, 8)) == date(2024, 12, 30)


def test_clearing_payment_shows_no_bank(bench):
    number = bench.add_overdue()
    bench.company.books.modes["KB"] = {"Code": "KB", "Description": "", "AccountNumber": "1689", "@url": ""}
    bench.company.pay_invoice(number, "100", on="2025-04-08", mode="KB")
    assert bench.connector.bank_postings_until(TODAY_SE) is None


def test_bank_search_is_bounded(bench):
    number = bench.add_overdue()
    bench.company.books.modes["KB"] = {"Code": "KB", "Description": "", "AccountNumber": "1689", "@url": ""}
    bench.company.book_bank("2025-03-01", "Ränta", "50", 3990)
    for day in range(1, 16):
        for _ in range(4):
            bench.company.pay_invoice(number, "1", on=f"2025-04-{day:02}", mode="KB")
    assert bench.connector.bank_postings_until(TODAY_SE) is None
    assert len(bench.adapter.seen) < 60


def test_locked_period_is_read(bench):
    assert bench.connector.locked_until() is None
    bench.company.lock_period("2025-03-31")
    assert bench.connector.locked_until() == date(2025, 3, 31)


def test_setup_follows_the_books(bench):
    found = bench.connector.propose_books_setup(TODAY_SE)
    assert (found.receivable, found.fee, found.interest, found.clearing) == ("1510", "3590", "8313", "1689")
    bench.company.set_account(3590, VATCode="MP1")
    bench.company.set_account(1689, Active=False)
    found = bench.connector.propose_books_setup(TODAY_SE)
    assert (found.fee, found.clearing) == ("3990", "1684")


def test_missing_year_is_said(bench):
    with pytest.raises(RejectedError, match="no financial year for 2031"):
        bench.connector.list_accounts(date(2031, 1, 1))
    assert any(account.number == "1510" for account in bench.connector.list_accounts(TODAY_SE))


def test_right_company_is_confirmed(bench):
    assert bench.connector.check_company("556677-8899").name == "Testbolaget AB"


@pytest.mark.parametrize(("number", "shown"), [("556016-0680", True), ("811228-9874", False)])
def test_wrong_company_is_refused(bench, number, shown):
    with pytest.raises(ConfigError, match="belong to Testbolaget AB") as caught:
        bench.connector.check_company(number)
    assert (number in str(caught.value)) is shown


def test_payment_mode_is_found(bench):
    assert bench.connector.find_payment_mode("BG").number == "1930"
    assert bench.connector.find_payment_mode("KB") is None


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": ""}, {"client_secret": " "}, {"tenant_id": ""}, {"tenant_id": "x"}, {"auth": "password"}, {"mark": "comment"},
        {"api_url": "http://api.fortnox.se"}, {"apps_url": "ftp://x"}, {"api_url": "https://u:p@x"}, {"bank_accounts": "19"}, {"bank_accounts": "1999-1920"},
        {"label": "x" * 26}, {"payment_mode": "a b"}, {"unknown": "1"}, {"write_off_sign": "+"}, {"foreign_balance": "eur"},
    ],
)  # fmt: skip
def test_wrong_setting_is_named(change):
    with pytest.raises(ConfigError) as caught:
        read_settings(SETTINGS | change)
    assert f"fortnox.{next(iter(change))}" in str(caught.value)
    assert "demo-secret-1" not in str(caught.value)


def test_defaults_are_enough():
    found = read_settings(SETTINGS)
    assert (found.api_url, found.auth, 1930 in found.bank_accounts[0]) == ("https://api.fortnox.se", "client_credentials", True)
    assert "demo-secret-1" not in repr(found)


def test_simulators_may_be_plain():
    assert read_settings(SETTINGS | {"api_url": "http://127.0.0.1:8001/"}).api_url == "http://127.0.0.1:8001"
