"""Pages that shift while a client reads: what each fault shows, and that the books stay as they are unless people act."""

import pytest

from simulators import kit
from tests.simulators.fortnox_bench import Bench

TWO = {"page_ahead": ["4", "5"], "page_behind": ["2", "3"], "page_repeated": ["1", "2"]}


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    for _ in range(5):
        bench.invoice()
    return bench


def page(bench, number, path="/3/invoices?limit=2"):
    body = bench.get(f"{path}&page={number}").json
    return [row["DocumentNumber"] for row in body["Invoices"]], body["MetaInformation"]


def whole(bench):
    return [row["DocumentNumber"] for row in bench.get("/3/invoices").json["Invoices"]]


@pytest.mark.parametrize("kind", sorted(TWO))
def test_second_page_shifts(bench, kind):
    before = bench.company.state()
    bench.sim.faults.arm(kind, path_part="/3/invoices")
    assert page(bench, 2)[0] == TWO[kind]
    assert bench.sim.log.rows[-1]["fault"] == kind
    assert page(bench, 2)[0] == ["3", "4"]
    assert bench.company.state() == before


@pytest.mark.parametrize(("kind", "total"), [("page_ahead", 4), ("page_behind", 6), ("page_repeated", 5)])
def test_totals_shift_with_the_rows(bench, kind, total):
    bench.sim.faults.arm(kind)
    assert page(bench, 2)[1] == {"@TotalResources": total, "@TotalPages": -(-total // 2), "@CurrentPage": 2}


@pytest.mark.parametrize("kind", ["page_ahead", "page_repeated", *kit.PEOPLE_KINDS])
def test_first_page_waits_for_the_second(bench, kind):
    bench.sim.faults.arm(kind)
    assert page(bench, 1)[0] == ["1", "2"]
    assert bench.sim.faults.injected == 0
    page(bench, 2)
    assert bench.sim.faults.injected == 1


def test_first_page_shows_a_row_twice(bench):
    bench.sim.faults.arm("page_behind")
    assert page(bench, 1)[0] == ["1", "1"]


def test_reordered_page_is_seeded(tmp_path):
    found = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        bench = Bench(tmp_path / folder, faults=kit.Faults(seed=seed))
        for _ in range(9):
            bench.invoice()
        bench.sim.faults.arm("page_reordered", path_part="/3/invoices")
        found.append(page(bench, 1, "/3/invoices?limit=9")[0])
    assert found[0] == found[1] != found[2]
    assert sorted(found[0]) == [str(number) for number in range(1, 10)] != found[0]


@pytest.mark.parametrize("kind", kit.PAGE_KINDS)
def test_only_lists_shift(bench, kind):
    bench.sim.faults.arm(kind)
    assert bench.get("/3/invoices/1").status == 200
    assert bench.sim.faults.injected == 0


def test_paid_invoice_leaves_the_list(bench):
    page(bench, 1, "/3/invoices?filter=unpaid&limit=2")
    bench.sim.faults.arm("paid_between")
    rows, meta = page(bench, 2, "/3/invoices?filter=unpaid&limit=2")
    assert meta["@TotalResources"] == 4
    (paid,) = bench.company.state()["payments"]
    assert paid["Booked"] and str(paid["InvoiceNumber"]) not in rows


def test_added_invoice_joins_the_list(bench):
    bench.sim.faults.arm("added_between")
    assert page(bench, 2)[1]["@TotalResources"] == 6
    assert bench.company.invoice("6")["Booked"] is True


def test_changed_invoice_stays_in_place(bench):
    bench.sim.faults.arm("changed_between")
    assert page(bench, 2)[1]["@TotalResources"] == 5
    due = [bench.company.invoice(number)["DueDate"] for number in whole(bench)]
    assert sorted(due) == ["2025-03-01"] * 4 + ["2025-03-15"]


def test_nobody_acts_in_a_locked_period(bench):
    bench.company.lock_period("2025-12-31")
    bench.sim.faults.arm("paid_between")
    assert page(bench, 2)[0] == ["3", "4"]
    assert bench.company.state()["payments"] == []


def test_drawn_kinds_fit_the_request(tmp_path):
    bench = Bench(tmp_path, faults=kit.Faults(seed=1, rate=1.0, kinds=kit.PAGE_KINDS))
    bench.invoice()
    assert bench.get("/3/me").status == 200
    page(bench, 1)
    assert [row["fault"] in ("page_behind", "page_reordered") for row in bench.sim.log.rows[-2:]] == [False, True]
