import pytest
import requests

from simulators import kit
from simulators.fortnox import default_app
from tests.simulators.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def statuses(bench, count, path="/3/me", **kwargs):
    return [bench.call("GET", path, **kwargs).status for _ in range(count)]


def test_25_requests_are_answered(bench):
    assert statuses(bench, 25) == [200] * 25


def test_26th_request_is_throttled(bench):
    statuses(bench, 25)
    reply = bench.get("/3/me")
    assert reply.status == 429
    assert "Retry-After" not in reply.headers


def test_window_slides(bench):
    statuses(bench, 25)
    spent = bench.sim.log.rows[-1]["t"] - bench.sim.log.rows[-25]["t"]
    bench.clock.advance(5 - spent)
    assert statuses(bench, 2)[0] == 200


def test_window_does_not_slide_early(bench):
    statuses(bench, 25)
    bench.clock.advance(1)
    assert bench.get("/3/me").status == 429


def test_second_token_shares_window(bench):
    statuses(bench, 25)
    assert bench.call("GET", "/3/me", token=bench.credentials().json["access_token"]).status == 429


def test_other_tenant_has_own_window(bench):
    statuses(bench, 25)
    bench.sim.add_company(1002, "Andra AB")
    bench.sim.consent("app", 1002)
    assert bench.call("GET", "/3/me", token=bench.credentials("1002").json["access_token"]).status == 200


def test_retry_after_is_switch(tmp_path):
    bench = Bench(tmp_path, retry_after_s=3)
    statuses(bench, 25)
    assert bench.get("/3/me").headers["Retry-After"] == "3"


@pytest.mark.parametrize(("counts", "status"), [(False, 200), (True, 429)])
def test_throttled_requests_may_count(tmp_path, counts, status):
    bench = Bench(tmp_path, throttled_requests_count=counts)
    statuses(bench, 25)
    bench.clock.advance(2)
    statuses(bench, 25)
    bench.clock.advance(3)
    assert bench.get("/3/me").status == status


def test_wall_clock_counts_too():
    simulator = default_app()
    assert simulator.world.clock.path is None
    assert all(simulator._throttle.allows("demo", 1001) for _ in range(25))
    assert not simulator._throttle.allows("demo", 1001)


@pytest.mark.parametrize(("kind", "header"), [("throttled", None), ("throttled_retry_after", "2")])
def test_throttle_fault_has_no_effect(bench, kind, header):
    number = bench.invoice()
    bench.sim.faults.arm(kind, method="POST")
    reply = bench.payment(number, 100)
    assert (reply.status, reply.headers.get("Retry-After")) == (429, header)
    assert bench.company.state()["payments"] == []


@pytest.mark.parametrize(
    ("kind", "status", "payments"), [("error_before", 500, 0), ("error_after", 500, 1), ("drop_before", 599, 0), ("drop_after", 599, 1)]
)
def test_fault_before_or_after_effect(bench, kind, status, payments):
    number = bench.invoice()
    bench.sim.faults.arm(kind, method="POST", path_part="/invoicepayments")
    assert bench.payment(number, 100).status == status
    assert len(bench.company.state()["payments"]) == payments
    assert (bench.sim.log.rows[-1]["fault"], bench.sim.log.rows[-1]["status"]) == (kind, status)


def test_fault_strikes_only_once(bench):
    number = bench.invoice()
    bench.sim.faults.arm("error_before", method="POST")
    bench.payment(number, 100)
    assert bench.payment(number, 100).status == 201


def test_lost_refresh_spends_token(bench):
    bench.sim.oauth.auto_consent = 1001
    asked = "client_id=app&response_type=code&state=s&scope=invoice&access_type=offline"
    code = bench.raw("GET", f"/oauth-v1/auth?{asked}").headers["Location"].split("code=")[1].split("&")[0]
    token = bench.oauth("token", {"grant_type": "authorization_code", "code": code}).json["refresh_token"]
    bench.sim.faults.arm("drop_after", path_part="/oauth-v1/token")
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert [bench.oauth("token", form).status for _ in range(2)] == [599, 400]


def test_drawn_faults_spare_oauth(tmp_path):
    bench = Bench(tmp_path, faults=kit.Faults(seed=1, rate=1.0))
    assert bench.credentials().status == 200
    assert bench.get("/3/me").status != 200


def test_real_connection_is_dropped(bench):
    number = bench.invoice()
    bench.sim.faults.arm("drop_after", method="POST")
    head = {"Authorization": f"Bearer {bench.token}"}
    body = {"InvoicePayment": {"InvoiceNumber": int(number), "Amount": 100, "ModeOfPayment": "BG"}}
    with kit.Served(bench.sim) as served:
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{served.url}/3/invoicepayments", json=body, headers=head, timeout=5)
        found = requests.get(f"{served.url}/3/invoicepayments?invoicenumber={number}", headers=head, timeout=5).json()
    assert [row["Amount"] for row in found["InvoicePayments"]] == [100]


def test_real_connection_loses_no_effect(bench):
    number = bench.invoice()
    bench.sim.faults.arm("drop_before", method="POST")
    body = {"InvoicePayment": {"InvoiceNumber": int(number), "Amount": 100, "ModeOfPayment": "BG"}}
    with kit.Served(bench.sim) as served, pytest.raises(requests.ConnectionError):
        requests.post(f"{served.url}/3/invoicepayments", json=body, headers={"Authorization": f"Bearer {bench.token}"}, timeout=5)
    assert bench.company.state()["payments"] == []


def test_request_costs_virtual_time(bench):
    before = bench.clock.now()
    bench.get("/3/me")
    assert 0.020 <= bench.clock.now() - before <= 0.120


def test_same_seed_same_log(tmp_path):
    logs = []
    for name in ("first", "second"):
        bench = Bench(tmp_path / name, seed=7, faults=kit.Faults(seed=7, rate=0.3))
        bench.payment(bench.invoice(), 100)
        statuses(bench, 10, "/3/invoices")
        logs.append((bench.sim.log.rows, bench.sim.state(), bench.token))
    assert logs[0] == logs[1]


def test_other_seed_other_log(tmp_path):
    tokens = [Bench(tmp_path / str(seed), seed=seed).token for seed in (1, 2)]
    assert tokens[0] != tokens[1]
