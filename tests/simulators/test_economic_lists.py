"""Lists of both hosts of the e-conomic simulator: paging, the filter grammar, and what its servers do wrong."""

import pytest

from simulators import kit
from tests.simulators.economic_bench import ENTRIES, JOURNALS, Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def numbers(reply):
    return [row["bookedInvoiceNumber"] for row in reply.json["collection"]]


def test_pages_of_the_old_host(bench):
    for _ in range(4):
        bench.agreement.add_invoice(bench.customer, "10", "2025-02-01", "2025-03-01")
    first = bench.get("/invoices/unpaid", pagesize=2, sort="-bookedInvoiceNumber").json["pagination"]
    assert (first["results"], "previousPage" in first, "nextPage" in first) == (5, False, True)
    last = bench.get("/invoices/unpaid", pagesize=2, skippages=2)
    assert numbers(last) == [5] and "nextPage" not in last.json["pagination"]
    assert numbers(bench.get("/invoices/unpaid", skippages=9)) == []
    assert bench.get("/invoices/unpaid", pagesize=1001).json["errorCode"] == "E04810"


def test_decimals_keep_their_zeros(bench):
    body = bench.get("/invoices/unpaid").body
    assert b'"remainder":1250.00' in body and b'"exchangeRate":100.000000' in body


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("bookedInvoiceNumber$in:[1,2]", 200),
        ("dueDate$lt:2025-01-01", 400),
        ("bookedInvoiceNumber$in:[" + ",".join(["1"] * 201) + "]", 400),
        ("bookedInvoiceNumber", 500),
    ],
)
def test_filters_of_the_old_host(bench, text, status):
    reply = bench.get("/invoices/booked", filter=text)
    assert reply.status == status
    assert status != 400 or "bookedInvoiceNumber" in reply.json["allowedFilteringFields"]


def test_unknown_parameter_is_ignored_and_echoed(bench):
    reply = bench.get("/invoices/booked", fitler="bookedInvoiceNumber$eq:99")
    assert numbers(reply) == [1] and "fitler=" in reply.json["self"]


def test_lists_of_invoices_differ(bench):
    bench.agreement.pay(bench.agreement.add_invoice(bench.customer, "10", "2025-02-01", "2025-03-01"))
    bench.agreement.add_invoice(bench.customer, "20", "2025-04-01", "2025-04-15")
    found = {kind: numbers(bench.get(f"/invoices/{kind}")) for kind in ("booked", "unpaid", "paid", "overdue", "not-due")}
    assert found == {"booked": [1, 2, 3], "unpaid": [1, 3], "paid": [2], "overdue": [1], "not-due": [3]}
    assert bench.get("/invoices/booked/overdue").status == 404
    assert bench.get("/invoices/totals/booked/unpaid/overdue").json["grossRemainderInBaseCurrency"] == 1250


def test_cursor_ends_by_its_absence(bench, monkeypatch):
    monkeypatch.setattr("simulators.economic_services.CURSOR_PAGE", 2)
    first = bench.get(f"{ENTRIES}/booked-entries").json
    rest = bench.get(f"{ENTRIES}/booked-entries", cursor=first["cursor"]).json
    assert [row["entryNumber"] for row in first["items"] + rest["items"]] == [1, 2, 3] and "cursor" not in rest


def test_sort_counts_on_pages_alone(bench):
    sorted_ = bench.get(f"{ENTRIES}/booked-entries/paged", sort="-entryNumber").json
    ignored = bench.get(f"{ENTRIES}/booked-entries", sort="-entryNumber").json["items"]
    assert [row["entryNumber"] for row in sorted_] == [3, 2, 1] and [row["entryNumber"] for row in ignored] == [1, 2, 3]
    assert bench.get(f"{ENTRIES}/booked-entries/paged", pagesize=101).status == 400
    assert bench.get(f"{ENTRIES}/booked-entries/paged", sort="text").status == 400


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("type$eq:1$and:remainder$ne:0", 3),  # what has no remainder is not equal to 0 either
        ("(type$eq:6$or:type$eq:1)$and:customerNumber$eq:1", 1),
        ("customerNumber$eq:$null:", 2),
        ("text$like:FAKTURA", 3),
        ("text$like:*tura 1", 3),
        ("text$like:$[x$]", None),
        ("date$gte:2025-02-18", 0),
        ("entryNumber$nin:[1,2]", 1),
    ],
)
def test_filters_of_the_services(bench, text, found):
    if found is None:
        assert bench.get(f"{ENTRIES}/booked-entries", filter=text).status == 500
    else:
        assert len(bench.entries(text)) == found


def test_bad_filters_of_the_services(bench):
    assert bench.get(f"{ENTRIES}/booked-entries", filter="type$gt:1").status == 500
    assert bench.get(f"{ENTRIES}/booked-entries", filter="projectName$eq:1").status == 400
    assert bench.get(f"{JOURNALS}/journals", filter="number$eq:1").status == 500
    assert bench.get(f"{JOURNALS}/draft-entries", filter="text$like:x").status == 400


def test_false_and_unset_are_left_out(bench, tmp_path):
    (row,) = bench.get(f"{JOURNALS}/journals").json["items"][:1]
    assert "isStandingJournal" not in row and bench.entries("entryNumber$eq:2")[0].keys().isdisjoint({"customerNumber", "remainder"})
    given = Bench(tmp_path, false_booleans="given", dates="plain")
    assert given.get(f"{JOURNALS}/journals").json["items"][0]["isStandingJournal"] is False
    assert given.entries("entryNumber$eq:1")[0]["date"] == "2025-02-17"


@pytest.mark.parametrize("kind", kit.PAGE_KINDS)
def test_pages_shift(bench, kind):
    for _ in range(3):
        bench.agreement.add_invoice(bench.customer, "10", "2025-02-01", "2025-03-01")
    bench.simulator.faults.arm(kind)
    seen = [number for page in (0, 1) for number in numbers(bench.get("/invoices/unpaid", pagesize=2, skippages=page))]
    assert seen != [1, 2, 3, 4]


@pytest.mark.parametrize(("kind", "unpaid", "entries"), [("paid_between", 0, 5), ("added_between", 2, 6), ("changed_between", 1, 5)])
def test_people_work_between_pages(bench, kind, unpaid, entries):
    bench.simulator.faults.arm(kind)
    bench.get("/invoices/unpaid", pagesize=1, skippages=1)
    assert len(numbers(bench.get("/invoices/unpaid"))) == unpaid and bench.get(f"{ENTRIES}/booked-entries/count").json == entries
