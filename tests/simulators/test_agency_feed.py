"""A tiny feed written from docs/feed.md, a bench around it, and how the agency reads."""

import copy
import hashlib
import json
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from simulators import kit
from simulators.agency import AgencySimulator

START = datetime(2025, 4, 15, 8, tzinfo=UTC).timestamp()
KEY = "kb_1_secret"


def sek(amount):
    return {"amount": amount, "currency": "SEK"}


def make_claim(number="1", amount="12500.00", **changes):
    line = {"invoice_ref": f"r{number}", "invoice_no": number, "issued_on": "2025-01-31", "due_on": "2025-03-02"}
    claim = {
        "claim_id": f"claim-{number}",
        "version": 1,
        "lifecycle": "submitted",
        "creditor": {"name": "Borgenär AB", "org_no": "5560000001"},
        "debtors": [{"name": "Gäldenär AB", "identity_no": "5560000002", "address": {}}],
        "currency": "SEK",
        "lines": [{**line, "original": sek(amount), "open": sek(amount), "interest_from": None}],
        "interest": {"kind": "statutory", "margin_pp": "8"},
        **dict.fromkeys(("fees", "payments", "direct_payments", "credits", "documents"), ()),
        "instructions": {"allow_legal": False, "end_stage": "pre_legal_notice"},
        "disputed": None,
    }
    return {**claim, **changes}


class FakeFeed:
    def __init__(self):
        self.claims, self.events, self.documents, self.keys = {}, [], {}, {}
        self.received, self.asked, self.answers_410 = [], [], 0
        self.faults, self.lock = kit.Faults(), threading.Lock()

    def submit(self, claim, event="claim.submitted"):
        self.claims[claim["claim_id"]] = copy.deepcopy(claim)
        self.publish(event, claim["claim_id"])

    def publish(self, kind, claim_id):
        number = len(self.events) + 1
        self.events.append({"id": f"e{number}", "type": kind, "claim_id": claim_id, "sequence": number, "occurred_at": ""})

    def change(self, claim_id, event, **changes):
        claim = self.claims[claim_id]
        self.claims[claim_id] = {**claim, **changes, "version": claim["version"] + 1}
        self.publish(event, claim_id)

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self.lock:
            status, content, headers = self._with_fault(environ, method, path, body)
        start_response(status if isinstance(status, str) else f"{status} X", [("Content-Length", str(len(content))), *headers])
        return [content]

    def _with_fault(self, environ, method, path, body):
        fault = self.faults.draw("", method, path) or ""
        self.asked.append((method, path, environ.get("HTTP_IF_NONE_MATCH", "")))
        if fault.startswith("throttled"):
            return 429, b"", [("Retry-After", "7")]
        failed = ("500 X" if fault.startswith("error") else kit.DROPPED, b"", [])
        if fault.endswith("before"):
            return failed
        answer = self._post(environ, path, body) if method == "POST" else self._get(environ, path)
        return failed if fault.endswith("after") else answer

    def _get(self, environ, path):
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {KEY}":
            return 401, b"{}", []
        if path == "/v1/events":
            return self._events(parse_qs(environ["QUERY_STRING"]))
        if "/documents/" in path:
            return 200, self.documents[path.rsplit("/", 1)[1]], []
        claim = self.claims.get(path.rsplit("/", 1)[1])
        if claim is None:
            return 404, b"{}", []
        etag = f'"{claim["version"]}"'
        return (304, b"", []) if environ.get("HTTP_IF_NONE_MATCH") == etag else (200, json.dumps(claim).encode(), [("ETag", etag)])

    def _events(self, query):
        cursor, limit = query.get("cursor", [""])[0], int(query.get("limit", ["100"])[0])
        if cursor and self.answers_410:
            self.answers_410 -= 1
            return 410, b"{}", []
        start = int(cursor or 0)
        page = {"events": self.events[start : start + limit], "has_more": start + limit < len(self.events)}
        page["cursor"] = str(min(len(self.events), start + limit)) if page["events"] else cursor
        return 200, json.dumps(page).encode(), []

    def _post(self, environ, path, body):
        key = environ["HTTP_IDEMPOTENCY_KEY"]
        if self.keys.setdefault(key, (path, body)) != (path, body):
            return 422, b"{}", []
        self.received.append((key, path, json.loads(body)))
        return 202, json.dumps({"message_id": key, "status": "stored"}).encode(), []


class Bench:
    def __init__(self, folder, served, feed, **settings):
        self.feed, self.clock = feed, kit.Clock(folder / f"clock-{id(self)}")
        self.clock.set(START)
        self.agency = AgencySimulator("Fordran AB", served.url, KEY, self.clock, **{"seed": 7, "timeout_s": 5, **settings})

    def days(self, count):
        for _ in range(count):
            report = self.agency.work()
            self.clock.advance_to((self.clock.now() // 86400 + 1) * 86400 + 8 * 3600)
        return report

    def kinds(self):
        words = {"settlements": "settled"}
        tails = ((path.rsplit("/", 1)[1], body) for _, path, body in self.feed.received)
        return [words.get(tail) or body.get("data", {}).get("kind", tail) for tail, body in tails]

    def data_of_settlements(self):
        return [body["data"] for _, path, body in self.feed.received if path == "/v1/settlements"]

    def data(self, kind):
        return [body["data"] for _, _, body in self.feed.received if body.get("data", {}).get("kind") == kind]

    def case(self, claim_id="claim-1"):
        return next(row for row in self.agency.state()["claims"] if row["claim_id"] == claim_id)


@pytest.fixture
def feed():
    return FakeFeed()


@pytest.fixture
def served(feed):
    with kit.Served(feed) as server:
        yield server


@pytest.fixture
def make_bench(tmp_path, served, feed):
    return lambda story="silent", **settings: Bench(tmp_path, served, feed, **{"stories": {"*": story}, **settings})


def with_document(feed, content, sha256=None):
    feed.documents["d1"] = content
    row = {"document_id": "d1", "sha256": sha256 or hashlib.sha256(content).hexdigest()}
    feed.submit(make_claim(documents=[row]))


def test_new_claim_is_acknowledged(make_bench, feed):
    feed.submit(make_claim())
    bench = make_bench()
    assert bench.days(1).complete
    _, path, body = feed.received[0]
    assert path == "/v1/claims/claim-1/ack"
    assert body["agency_case_ref"] == bench.case()["case_ref"]
    assert body["occurred_at"].startswith("2025-04-15T08:00:00.")


def test_same_event_twice_counts_once(make_bench, feed):
    feed.submit(make_claim())
    feed.events.append(feed.events[0])
    bench = make_bench()
    bench.days(2)
    assert bench.kinds() == ["ack"]


def test_pages_are_read_to_the_end(make_bench, feed):
    for number in "12345":
        feed.submit(make_claim(number))
    bench = make_bench(page_limit=2)
    bench.days(1)
    assert bench.kinds() == ["ack"] * 5
    assert bench.agency.cursor == "5"


def test_cursor_waits_for_failed_claim(make_bench, feed):
    feed.submit(make_claim())
    feed.faults.arm("error_before", path_part="/v1/claims/", times=2)
    bench = make_bench()
    assert not bench.days(1).complete
    assert bench.agency.cursor == ""
    bench.days(1)
    assert bench.kinds() == ["ack"]


def test_expired_cursor_starts_again(make_bench, feed):
    feed.submit(make_claim())
    bench = make_bench()
    bench.days(1)
    feed.answers_410 = 1
    feed.submit(make_claim("2"))
    bench.days(1)
    assert bench.kinds() == ["ack", "ack"]


def test_unchanged_claim_is_not_sent_again(make_bench, feed):
    feed.submit(make_claim())
    bench = make_bench()
    bench.days(1)
    feed.publish("claim.updated", "claim-1")
    bench.days(1)
    assert ("GET", "/v1/claims/claim-1", '"1"') in feed.asked


def test_unknown_claim_is_passed_over(make_bench, feed):
    feed.publish("claim.submitted", "gone")
    feed.submit(make_claim())
    bench = make_bench()
    assert bench.days(1).complete
    assert bench.kinds() == ["ack"]


def test_right_document_is_accepted(make_bench, feed):
    with_document(feed, b"%PDF")
    bench = make_bench()
    bench.days(1)
    assert bench.kinds() == ["ack"]


def test_wrong_document_is_rejected(make_bench, feed):
    with_document(feed, b"%PDF", sha256="0" * 64)
    bench = make_bench()
    bench.days(1)
    assert feed.received[0][2]["code"] == "document_corrupt"
    assert feed.received[0][2]["fields"] == ["documents.0"]


def test_missing_answer_delays_acknowledgement(make_bench, feed):
    with_document(feed, b"%PDF")
    feed.faults.arm("drop_before", path_part="/documents/", times=2)
    bench = make_bench()
    bench.days(1)
    assert bench.kinds() == []
    bench.days(1)
    assert bench.kinds() == ["ack"]


def test_masked_number_is_fetched_again(make_bench, feed):
    feed.submit(make_claim(debtors=[{"identity_no": "19800101****"}]))
    bench = make_bench()
    bench.days(1)
    feed.claims["claim-1"].update(version=2, debtors=[{"identity_no": "198001019876"}])
    bench.days(1)
    asked = len(feed.asked)
    bench.days(1)
    assert bench.agency.cases["claim-1"].snapshot["debtors"][0]["identity_no"] == "198001019876"
    assert len(feed.asked) == asked + 1


def test_log_bears_no_key(make_bench, feed):
    feed.submit(make_claim())
    bench = make_bench()
    bench.days(1)
    rows = bench.agency.log.rows
    assert [row["tenant"] for row in rows] == ["", "5560000001", "5560000001"]
    assert "secret" not in json.dumps(rows)


def test_requests_cost_virtual_time(make_bench, feed):
    bench = make_bench()
    bench.agency.work()
    assert 0.02 <= bench.clock.now() - START <= 0.12


def test_throttling_is_waited_out(make_bench, feed):
    feed.submit(make_claim())
    feed.faults.arm("throttled_retry_after", method="POST")
    bench = make_bench()
    bench.agency.work()
    assert bench.kinds() == ["ack"]
    assert bench.clock.now() - START > 7


@pytest.mark.parametrize("fault", ["error_before", "error_after", "drop_before", "drop_after"])
def test_lost_report_keeps_key_and_bytes(make_bench, feed, fault):
    feed.submit(make_claim())
    feed.faults.arm(fault, method="POST")
    bench = make_bench()
    assert bench.days(1).waiting == 1
    assert bench.days(1).waiting == 0
    assert len(feed.keys) == 1
    assert bench.agency.state()["refused"] == []


def test_refused_report_is_kept_in_sight(make_bench, feed):
    feed.submit(make_claim())
    bench = make_bench()
    feed.keys[f"fordran-ab.{kit.stable_hash('claim-1'):016x}.1.acknowledged"] = ("other", b"bytes")
    assert bench.days(1).refused == 1
    assert bench.agency.state()["refused"][0]["status"] == 422
