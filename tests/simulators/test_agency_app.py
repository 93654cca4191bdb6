import base64
import hashlib
import hmac
import json
import threading

import pytest
import requests

from simulators import kit
from simulators.agency import AgencySimulator, default_app
from simulators.agency_wire import mask
from tests.simulators.test_agency_feed import KEY, START, feed, make_bench, make_claim, served  # noqa: F401

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def bench(make_bench, feed):  # noqa: F811
    feed.submit(make_claim())
    bench = make_bench(webhook_secret=SECRET)
    bench.agency.work()
    return bench


@pytest.fixture
def url(bench):
    with kit.Served(bench.agency.app) as server:
        yield server.url


def hook(url, timestamp, *, key=b"k" * 32, body=b"{}", sent=None):
    digest = hmac.new(key, f"e1.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,AAAA v1,{base64.b64encode(digest).decode()}"
    headers = {"webhook-id": "e1", "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    return requests.post(f"{url}/webhook", data=sent or body, headers=headers, timeout=5).status_code


def test_cases_are_listed(url):
    cases = requests.get(f"{url}/cases", timeout=5).json()["cases"]
    assert [(row["claim_id"], row["state"]) for row in cases] == [("claim-1", "open")]


def test_story_is_changed(url, bench):
    answer = requests.post(f"{url}/cases/claim-1/story", json={"story": "pays_in_full"}, timeout=5)
    assert answer.json()["next_step"] == "demand"
    bench.days(20)
    assert bench.case()["close_reason"] == "paid"


@pytest.mark.parametrize(
    ("claim_id", "body", "status"), [("claim-1", {"story": "x"}, 400), ("claim-1", [], 400), ("no", {"story": "loss"}, 404)]
)
def test_story_is_not_changed_when_wrong(url, bench, claim_id, body, status):
    assert requests.post(f"{url}/cases/{claim_id}/story", json=body, timeout=5).status_code == status
    assert bench.case()["story"] == "silent"


def test_second_demand_is_not_sent(url, bench):
    bench.agency.tell("claim-1", "pays_direct")
    bench.days(3)
    bench.agency.tell("claim-1", "pays_in_full")
    bench.days(20)
    assert len(bench.data("demand_sent")) == 1


def test_signed_webhook_is_taken(url, bench):
    assert hook(url, int(START)) == 204
    assert bench.agency.app.hints == ["e1"]


@pytest.mark.parametrize("shift", [-400, 400])
def test_webhook_from_other_time_is_refused(url, bench, shift):
    assert hook(url, int(START) + shift) == 401
    assert bench.agency.app.hints == []


def test_webhook_with_wrong_key_is_refused(url):
    assert hook(url, int(START), key=b"x" * 32) == 401


def test_changed_webhook_is_refused(url):
    assert hook(url, int(START), sent=b'{"a":1}') == 401


def test_webhook_without_secret_is_refused(make_bench):  # noqa: F811
    with kit.Served(make_bench().agency.app) as server:
        assert hook(server.url, int(START)) == 401


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/x", 404), ("POST", "/cases", 405), ("GET", "/webhook", 405)])
def test_wrong_requests_are_refused(url, method, path, status):
    assert requests.request(method, url + path, timeout=5).status_code == status


def test_default_app_works_in_background(served, feed):  # noqa: F811
    feed.submit(make_claim())
    app = default_app(served.url, KEY, 7)
    stop, waiter = app.work_forever(0.02), threading.Event()
    for _ in range(200):
        if feed.received or waiter.wait(0.02):
            break
    stop.set()
    assert [path for _, path, _ in feed.received] in (["/v1/claims/claim-1/ack"], ["/v1/claims/claim-1/reject"])


def test_unknown_story_is_refused():
    with pytest.raises(ValueError, match="no such story: x"):
        AgencySimulator("A", "http://127.0.0.1:9", KEY, kit.Clock(), stories={"1": "x"})


def test_state_is_written(bench, tmp_path):
    path = bench.agency.write_state(tmp_path / "agency")
    state = json.loads(path.read_text())
    assert set(state) == {"claims", "payments", "fees", "settlements", "events", "refused", "waiting"}
    assert state["claims"][0]["invoices"][0]["invoice_no"] == "1"


@pytest.mark.parametrize("number", ["800101-9876", "8001019876", "198001019876", "19800161-9876"])
def test_persons_numbers_are_masked(number):
    assert "9876" not in mask(f'"{number}"')


@pytest.mark.parametrize("text", ["5560000001", "556000-0001", "2025-04-15", "12500.00", "P-8001019876"])
def test_other_numbers_are_not_masked(text):
    assert mask(text) == text
