import json
import os
from pathlib import Path

import pytest

from simulators.fortnox import default_app
from tests.simulators.fortnox_bench import Bench

CASSETTE = """---
http_interactions:
- request: {{method: get, uri: "https://api.fortnox.se/3/x", body: {{string: ''}}}}
  response:
    status: {{code: {status}}}
    body:
      string: '{body}'
  recorded_at: {at}
"""
EARLY, LATE = "Mon, 30 Jan 2023 10:10:53 GMT", "Tue, 31 Jan 2023 11:39:51 GMT"


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def cassettes(tmp_path):
    def write(name, body, at=EARLY, status=200):
        path = tmp_path / "cassettes" / "customers" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CASSETTE.format(status=status, body=json.dumps(body), at=at), encoding="utf-8")
        return path.parent.parent

    return write


def customer(name, number="7", **fields):
    return {"Customer": {"CustomerNumber": number, "Name": name, "Phone1": None, **fields}}


def test_latest_body_of_number_wins(bench, cassettes):
    cassettes("a_new", customer("Ny"), LATE)
    folder = cassettes("b_old", customer("Gammal"), EARLY)
    assert bench.sim.load_recorded(folder, 1001) == {"customers": 1, "invoices": 0, "bodies": 2}
    assert bench.get("/3/customers/7").json == customer("Ny")


def test_errors_are_not_loaded(bench, cassettes):
    folder = cassettes("miss", customer("Fel"), status=404)
    assert bench.sim.load_recorded(folder, 1001)["customers"] == 0


def test_list_row_alone_gets_detail(bench, cassettes):
    row = {"@url": "u", "CustomerNumber": "7", "Name": "Rad", "Phone": "070", "City": ""}
    bench.sim.load_recorded(cassettes("all", {"Customers": [row]}), 1001)
    assert bench.get("/3/customers").json["Customers"] == [row]
    assert (bench.get("/3/customers/7").json["Customer"]["Phone1"], bench.get("/3/customers/7").json["Customer"]["City"]) == ("070", None)


def test_default_app_has_overdue():
    simulator = default_app(seed=3)
    today = simulator.world.today().isoformat()
    dues = [invoice["DueDate"] for invoice in simulator.companies[1001].state()["invoices"]]
    assert (len(dues), sum(due < today for due in dues)) == (9, 6)
    assert simulator.companies[1001].bank_booked_until is not None


def test_default_app_takes_recordings(cassettes):
    simulator = default_app(recorded=cassettes("all", customer("Ny")))
    assert [row["Name"] for row in simulator.companies[1001].state()["customers"]] == ["Ny"]


SPECS = os.environ.get("KRAVBRO_SPECS")


@pytest.fixture
def recorded(bench):
    if not SPECS:
        pytest.skip("KRAVBRO_SPECS is not set")
    roots = (Path(SPECS), Path(SPECS).parent)
    folder = next(root / "fixtures/fortnox/accodeing-vcr" for root in roots if (root / "fixtures/fortnox").is_dir())
    bench.counts = bench.sim.load_recorded(folder, 1001)
    bench.folder = folder
    return bench


def body_of(recorded, name):
    import yaml

    return json.loads(yaml.safe_load((recorded.folder / name).read_text())["http_interactions"][0]["response"]["body"]["string"])


@pytest.mark.specs
def test_recorded_detail_comes_back(recorded):
    assert recorded.get("/3/invoices/1").json == body_of(recorded, "invoices/find_id_1.yml")
    assert recorded.get("/3/customers/1").json == body_of(recorded, "customers/find_id_1.yml")


@pytest.mark.specs
def test_recorded_list_comes_back(recorded):
    rows = body_of(recorded, "invoices/all.yml")["Invoices"]
    served = {row["DocumentNumber"]: row for row in recorded.get("/3/invoices").json["Invoices"]}
    assert [served[row["DocumentNumber"]] for row in rows] == rows
    assert recorded.counts["invoices"] == len(served)


@pytest.mark.specs
def test_recorded_miss_comes_back(recorded):
    assert recorded.get("/3/invoices/?customername=nothing").json == body_of(recorded, "invoices/search_miss.yml")
    assert recorded.get("/3/invoices/?filter=doesntexist").json == body_of(recorded, "invoices/filter_invalid.yml")


@pytest.mark.specs
def test_own_invoice_has_recorded_keys(recorded):
    recorded.company.add_customer("Kund AB", CustomerNumber="900")
    own = recorded.company.invoice(recorded.company.add_invoice("900", "5", "2025-02-01", "2025-03-01"))
    real = body_of(recorded, "invoices/row_price_limit.yml")["Invoice"]
    assert set(own) == set(real)
    assert set(own["InvoiceRows"][0]) == set(real["InvoiceRows"][0])


@pytest.mark.specs
def test_derived_company_can_be_paid(recorded):
    def change(detail):
        return {"Booked": True, "Sent": True, "Total": 1250, "Balance": 1250, "InvoiceDate": "2025-02-01", "DueDate": "2025-03-01"}

    company = recorded.sim.derive_company(1001, 1002, change)
    company.pay_invoice("1", "250", on="2025-04-01")
    assert (company.invoice("1")["Balance"], recorded.company.invoice("1")["Balance"]) == (1000, 0)
    assert company.account_balance(1510) == 1250 * len(company.invoicing.records) - 250
