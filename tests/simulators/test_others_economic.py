"""python-economic-rest, a client that others wrote for the old host, meets the simulator."""

import json

import pytest

from tests.simulators.economic_bench import Bench
from tests.simulators.others import told


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("economic"))
    agreement = bench.agreement
    agreement.add_customer("Åse Østergård", "", "aase@example.com", address="Storegade 2")
    agreement.add_customer("Kunde Tre A/S", "25313763")
    for number in range(5):
        agreement.add_invoice(str(1 + number % 3), f"{1000 + number}.50", f"2025-03-0{1 + number}", "2025-04-01")
    agreement.pay("2", "400.25")
    return bench


@pytest.fixture(scope="module")
def read(bench):
    return told("read_economic.py", bench.simulator, bench.token)


def shown(bench, path):
    return json.loads(bench.call("GET", path).body)


def test_client_reads_every_page_of_customers(bench, read):
    kept = bench.agreement.state()["customers"]
    assert [row["name"] for row in read["customers"]] == ["Kunde Et ApS", "Åse Østergård", "Kunde Tre A/S"] and len(kept) == 3
    assert read["customers"] == shown(bench, "/customers?pagesize=1000")["collection"]
    assert read["customer"] == shown(bench, "/customers/1") and read["customer"]["corporateIdentificationNumber"] == "13585628"
    assert [row["name"] for row in read["groups"]] == ["Danmark", "Udland"]


def test_client_reads_every_page_of_booked_invoices(bench, read):
    assert [(row["bookedInvoiceNumber"], row["grossAmount"], row["remainder"]) for row in read["invoices"]] == [
        (1, 1250, 1250), (2, 1000.5, 600.25), (3, 1001.5, 1001.5), (4, 1002.5, 1002.5), (5, 1003.5, 1003.5), (6, 1004.5, 1004.5),
    ]  # fmt: skip
    assert read["invoices"] == shown(bench, "/invoices/booked?pagesize=1000")["collection"]
    assert read["backwards"] == [6, 5, 4, 3, 2, 1]


def test_client_filters_and_sorts(read):
    assert read["late"] == [6, 5, 4, 3, 2]


def test_client_reads_one_invoice_with_its_lines(bench, read):
    assert read["invoice"] == shown(bench, "/invoices/booked/1") and read["invoice"]["lines"]


def test_every_call_was_answered(bench, read):
    assert {row["status"] for row in bench.simulator.log.rows} == {200}
