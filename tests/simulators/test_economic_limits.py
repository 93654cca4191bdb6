"""Access, the cost bucket, idempotency keys, faults and the grant page of the e-conomic simulator."""

import pytest

from simulators.economic import default_app
from tests.simulators.economic_bench import ENTRIES, JOURNALS, Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_access_is_by_both_tokens(bench):
    assert bench.call("GET", "/self", HTTP_X_APPSECRETTOKEN="x").status == 401
    assert bench.call("GET", f"{ENTRIES}/booked-entries", HTTP_X_AGREEMENTGRANTTOKEN="x").json["status"] == 401
    bench.simulator.revoke("public", 1001)
    assert bench.get("/self").json["httpStatusCode"] == 401


def test_roles_and_modules(bench):
    bench.simulator.add_app("public", "secret", role="Bookkeeping")
    assert bench.get("/customers").status == 403 and bench.get("/accounts").status == 200
    bench.simulator.add_app("public", "secret")
    bench.agreement.modules = ("Faktura",)
    assert bench.get(f"{JOURNALS}/journals").json["errorCode"] == "AccessDeniedAgreementMissingModules"


def test_bucket_tells_what_is_used(bench):
    reply = bench.get("/invoices/unpaid")
    assert (reply.headers["X-CallCost"], reply.headers["X-RateLimiting"]) == ("5", "token-limit-10000-per-60-seconds: 5/10000")
    bench.simulator.spend(1001, 9_991)
    refused = bench.get("/invoices/unpaid")
    assert refused.status == 429 and 50 <= int(refused.headers["Retry-After"]) <= 60
    bench.clock.advance(61)
    assert bench.get("/invoices/unpaid").status == 200


def test_bucket_without_advice(tmp_path):
    bench = Bench(tmp_path, retry_after=False, refused_calls_cost=True)
    bench.simulator.spend(1001, 10_000)
    refused = bench.get("/self")
    assert refused.status == 429 and "Retry-After" not in refused.headers
    assert refused.headers["X-RateLimiting"].endswith("10001/10000")


def keyed(bench, amount=-500):
    body = {"entryTypeNumber": 2, "journalNumber": 1, "date": "2025-04-10", "amount": amount, "currency": "DKK", "customerNumber": 1}
    return bench.call("POST", f"{JOURNALS}/draft-entries", body, HTTP_IDEMPOTENCY_KEY="k")


def test_key_replays_for_an_hour(bench):
    first, again = keyed(bench), keyed(bench)
    assert first.body == again.body and again.headers["X-ResultFromCache"] == "true" and "X-ResultFromCache" not in first.headers
    bench.clock.advance(3601)
    assert keyed(bench).json["entryNumber"] == 2


@pytest.mark.parametrize(("switch", "status"), [("replays", 201), ("refused", 409)])
def test_key_with_another_body(tmp_path, switch, status):
    bench = Bench(tmp_path, idempotency_other_body=switch)
    keyed(bench)
    assert keyed(bench, -1).status == status


@pytest.mark.parametrize("keeps", [False, True])
def test_key_may_keep_errors(tmp_path, keeps):
    bench = Bench(tmp_path, idempotency_keeps_errors=keeps)
    bench.simulator.faults.arm("error_before", path_part="draft-entries")
    assert keyed(bench).status == 500
    assert keyed(bench).status == (500 if keeps else 201)


@pytest.mark.parametrize(
    ("fault", "status", "drafts"),
    [("error_before", 500, 0), ("error_after", 500, 1), ("drop_before", 599, 0), ("drop_after", 599, 1), ("throttled_retry_after", 429, 0)],
)
def test_faults_strike_before_or_after(bench, fault, status, drafts):
    bench.simulator.faults.arm(fault, path_part="draft-entries")
    assert keyed(bench).status == status
    assert bench.get(f"{JOURNALS}/draft-entries/count").json == drafts
    assert bench.simulator.log.rows[0]["fault"] == fault


def test_grant_page_gives_a_token_and_no_state(bench):
    path = "/secure/api1/requestaccess.aspx"
    page = bench.get(path, appPublicToken="public", redirectUrl="http://localhost:1/?a=b")
    assert b"Testbageriet" in page.body
    form = b"appPublicToken=public&redirectUrl=http%3A%2F%2Flocalhost%3A1%2F%3Fa%3Db&agreement=1001&decision=approve&state=x"
    sent_back = bench.call("POST", path, raw=form, media="application/x-www-form-urlencoded")
    assert sent_back.status == 302 and sent_back.headers["Location"] == f"http://localhost:1/?a=b&token={bench.token}"
    assert bench.get(path, appPublicToken="other").status == 400
    bench.simulator.auto_consent = 1001
    assert bench.token.encode() in bench.get(path, appPublicToken="public").body
    assert all(bench.token not in str(row) and "public" not in row["path"] for row in bench.simulator.log.rows)


def test_default_app_stands_by_itself(tmp_path):
    simulator = default_app(seed=3, clock=Bench(tmp_path).clock)
    token = simulator.grant("demo-public", 1001)
    assert token == default_app(seed=3, clock=Bench(tmp_path).clock).grant("demo-public", 1001)
    assert len(simulator.agreements[1001].invoices) == 9 and simulator.write_state(tmp_path).exists()
