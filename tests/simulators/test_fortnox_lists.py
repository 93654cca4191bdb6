from datetime import date

import pytest

from tests.simulators.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def numbers(bench, query):
    reply = bench.get(f"/3/invoices?{query}")
    assert reply.status == 200, reply.body
    return [row["DocumentNumber"] for row in reply.json["Invoices"]]


def test_pages_hold_everything_once(bench):
    for _ in range(5):
        bench.invoice()
    pages = [bench.get(f"/3/invoices?limit=2&page={page}").json for page in (1, 2, 3)]
    assert [row["DocumentNumber"] for page in pages for row in page["Invoices"]] == ["1", "2", "3", "4", "5"]
    assert pages[2]["MetaInformation"] == {"@TotalResources": 5, "@TotalPages": 3, "@CurrentPage": 3}


def test_empty_list_is_page_one(bench):
    body = bench.get("/3/invoices").body
    assert body == b'{"MetaInformation":{"@TotalResources":0,"@TotalPages":0,"@CurrentPage":1},"Invoices":[]}'


def test_page_defaults_to_100(bench):
    for _ in range(101):
        bench.invoice()
    assert len(numbers(bench, "")) == 100
    assert len(numbers(bench, "limit=9999")) == 101
    assert numbers(bench, "offset=99") == ["100", "101"]


def test_page_is_not_text(bench):
    assert bench.get("/3/invoices?page=two").code == 2000588


def test_list_row_has_27_keys(bench):
    bench.invoice()
    row = bench.get("/3/invoices").json["Invoices"][0]
    assert len(row) == 27
    assert row["CurrencyRate"] == "1"
    assert "Reminders" not in row


def test_sort_order_turns(bench):
    for total in ("300", "100", "200"):
        bench.invoice(total)
    assert numbers(bench, "sortby=total") == ["2", "3", "1"]
    assert numbers(bench, "sortby=total&sortorder=descending") == ["1", "3", "2"]


def test_unknown_sort_is_refused(bench):
    assert bench.get("/3/invoices?sortby=duedate").code == 2000588


@pytest.mark.parametrize(
    ("name", "found"),
    [("unpaid", ["1", "2", "5"]), ("unpaidoverdue", ["1", "5"]), ("fullypaid", ["3"]), ("cancelled", ["4"]), ("unbooked", ["5"])],
)
def test_filter_picks_its_own(bench, name, found):
    bench.invoice()
    bench.invoice(due=date(2025, 5, 1))
    bench.company.pay_invoice(bench.invoice(), on="2025-04-01")
    bench.company.cancel_invoice(bench.invoice(booked=False))
    bench.invoice(booked=False)
    assert numbers(bench, f"filter={name}") == found


def test_unknown_filter_is_lower_case(bench):
    bench.invoice()
    reply = bench.get("/3/invoices?filter=doesntexist")
    assert reply.status == 400
    assert reply.json == {"ErrorInformation": {"error": 1, "message": "Ett ogiltigt filter har använts.", "code": 2000587}}


def test_missing_invoice_is_upper_case(bench):
    reply = bench.get("/3/invoices/123456789")
    assert reply.status == 404
    assert reply.body == b'{"ErrorInformation":{"Error":1,"Message":"Kan inte hitta fakturan.","Code":2000434}}'


@pytest.mark.parametrize(("first", "found"), [("day_after", []), ("due_date", ["1"])])
def test_due_today_is_switch(tmp_path, first, found):
    bench = Bench(tmp_path, overdue_from=first)
    bench.invoice(due=date(2025, 4, 15))
    assert numbers(bench, "filter=unpaidoverdue") == found


def test_overdue_follows_swedish_date(bench):
    bench.invoice(due=date(2025, 4, 15))
    bench.clock.advance(14 * 3600 + 3590)
    bench.login()
    assert numbers(bench, "filter=unpaidoverdue") == []
    bench.clock.advance(20)
    assert numbers(bench, "filter=unpaidoverdue") == ["1"]


def test_unbooked_leaves_unpaid_by_switch(tmp_path):
    bench = Bench(tmp_path, unpaid_lists_unbooked=False)
    bench.invoice(booked=False)
    assert numbers(bench, "filter=unpaid") == []


@pytest.mark.parametrize(("lists", "found"), [(True, ["1", "2"]), (False, ["1"])])
def test_credit_rest_is_switch(tmp_path, lists, found):
    bench = Bench(tmp_path, unpaid_lists_credits=lists)
    bench.invoice()
    bench.call("PUT", "/3/invoices/1/credit")
    assert numbers(bench, "filter=unpaid") == found


def test_search_is_a_substring(bench):
    for _ in range(10):
        bench.invoice()
    assert numbers(bench, "documentnumber=1") == ["1", "10"]
    assert numbers(bench, "customername=KUND") == [str(n) for n in range(1, 11)]


def test_search_misses_cleanly(bench):
    bench.invoice()
    assert numbers(bench, "customername=nothing") == []


def test_two_searches_intersect(bench):
    bench.invoice(OurReference="Anna", YourReference="Bo")
    bench.invoice(OurReference="Anna")
    assert numbers(bench, "ourreference=anna&yourreference=bo") == ["1"]


def test_dates_bound_the_list(bench):
    bench.invoice(invoice_date=date(2025, 1, 10))
    bench.invoice(invoice_date=date(2025, 2, 10))
    assert numbers(bench, "fromdate=2025-02-01&todate=2025-02-10") == ["2"]
    assert bench.get("/3/invoices?fromdate=soon").code == 2000588


def test_final_pay_date_bounds(bench):
    bench.invoice()
    bench.company.pay_invoice(bench.invoice(), on="2025-04-01")
    assert numbers(bench, "fromfinalpaydate=2025-04-01") == ["2"]


def test_lastmodified_reads_swedish_time(bench):
    bench.invoice()
    assert numbers(bench, "lastmodified=2025-04-15%2008:59") == ["1"]
    assert numbers(bench, "lastmodified=2025-04-15%2009:01:00") == []


def test_lastmodified_zone_is_switch(tmp_path):
    bench = Bench(tmp_path, lastmodified_zone="UTC")
    bench.invoice()
    assert numbers(bench, "lastmodified=2025-04-15%2008:59") == []
    assert numbers(bench, "lastmodified=2025-04-15%2006:59") == ["1"]


@pytest.mark.parametrize(("touches", "found"), [(True, ["1"]), (False, [])])
def test_payment_may_touch_invoice(tmp_path, touches, found):
    bench = Bench(tmp_path, payment_touches_invoice=touches)
    number = bench.invoice()
    bench.clock.advance(3600)
    bench.company.pay_invoice(number, on="2025-04-14")
    bench.login()
    assert numbers(bench, "lastmodified=2025-04-15%2009:30") == found


def test_bad_lastmodified_is_refused(bench):
    assert bench.get("/3/invoices?lastmodified=yesterday").code == 2000588


@pytest.mark.parametrize(("mode", "status"), [("refused", 400), ("ignored", 200)])
def test_unknown_parameter_is_switch(tmp_path, mode, status):
    assert Bench(tmp_path, unknown_parameter=mode).get("/3/invoices?CustomerNumber=1").status == status


def test_flags_narrow_the_list(bench):
    bench.invoice(sent=False)
    bench.invoice()
    assert numbers(bench, "sent=false") == ["1"]
    assert numbers(bench, "credit=true") == []


def test_label_finds_marked_invoices(bench):
    bench.call("POST", "/3/labels", {"Label": {"Description": "Inkasso"}})
    bench.invoice(Labels=[{"Id": 1}])
    bench.invoice()
    assert numbers(bench, "label=1") == ["1"]


def test_customer_list_has_phone(bench):
    bench.company.add_customer("Anna", "", "", type="PRIVATE", Phone1="070-1")
    row, detail = bench.get("/3/customers").json["Customers"][0], bench.get("/3/customers/1").json["Customer"]
    assert (row["Phone"], detail["Phone1"]) == ("070-1", "070-1")
    assert (row["Address2"], detail["Address2"]) == ("", None)
    assert "Type" not in row


def test_customer_filters_and_searches(bench):
    bench.company.add_customer("Anna", "19900101-0017")
    bench.company.add_customer("Bo", "556000-0001", Active=False)
    found = [
        [row["Name"] for row in bench.get(f"/3/customers?{q}").json["Customers"]] for q in ("filter=inactive", "organisationnumber=1990")
    ]
    assert found == [["Bo"], ["Anna"]]
    assert bench.get("/3/customers?filter=dead").code == 2000587


def test_missing_customer_is_upper_case(bench):
    reply = bench.get("/3/customers/99")
    assert (reply.status, reply.json["ErrorInformation"]["Code"]) == (404, 2000433)


def test_wrong_address_is_html(bench):
    reply = bench.get("/3/invoises")
    assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


def test_wrong_method_is_html(bench):
    assert bench.call("DELETE", "/3/invoices/1").status == 405


def test_xml_is_not_served(bench):
    assert bench.get("/3/invoices", HTTP_ACCEPT="application/xml").code == 1000030
    assert bench.get("/3/invoices", HTTP_ACCEPT="application/json").status == 200


def test_trailing_slash_is_taken(bench):
    assert bench.get("/3/invoices/").status == 200
