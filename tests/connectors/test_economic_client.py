"""The client: what every answer means, lists that are not whole, limits that are kept, and calls that never leave."""

import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract.bench import NOW
from connectors.economic import client as client_module
from connectors.economic.answers import AnswerReader, code_of, parse_json
from connectors.economic.governor import Governor
from connectors.economic.journals import JOURNALS
from connectors.economic.ledger import BOOKED, DRAFTS
from connectors.economic.settings import SETTINGS, read_settings
from core.errors import ConfigError, InvariantBrokenError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from simulators.economic import Switches
from tests.connectors.economic_bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def client(bench):
    return bench.connector._client


GIVEN = {"app_secret_token": "app-secret-1", "grant_token": "grant-1", "agreement_number": "1001"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"agreement_number": ""}, "agreement_number"),
        ({"agreement_number": "x"}, "not a whole number"),
        ({"grant_token": " "}, "grant_token"),
        ({"secret": "x"}, "is no setting"),
        ({"payment_sign": "both"}, "minus, plus"),
        ({"mark": "note"}, "contact, none"),
        ({"payment_mode": "for lang kode"}, "1 to 10 letters"),
        ({"rest_url": "http://example.com"}, "not an https address"),
        ({"apis_url": "https://x?y=1"}, "not an https address"),
        ({"versions": "journalsapi=15"}, "names no service and version"),
        ({"versions": "q2capi=v5.3.0"}, "names no service and version"),
        ({"bank_accounts": "Bank"}, "no account and no range"),
        ({"bank_accounts": "٣٣٣"}, "no account and no range"),
        ({"bank_accounts": "5829-5820"}, "from a higher account to a lower"),
        ({"app_secret_token": "漢字"}, "no token has"),
    ],
)
def test_wrong_settings_are_said(change, says):
    with pytest.raises(ConfigError, match=says):
        read_settings(GIVEN | change)


def test_settings_have_their_defaults():
    found = read_settings(
        GIVEN | {"versions": "journalsapi=v16.0.1", "bank_accounts": "5820, 5830-5831", "rest_url": "http://localhost:1/"}
    )
    assert (found.versions["journalsapi"], found.versions["documentsapi"]) == ("v16.0.1", "v4.0.1")
    assert found.bank_accounts == (range(5820, 5821), range(5830, 5832)) and found.rest_url == "http://localhost:1"
    assert (found.payment_sign, found.mark, found.apis_url) == ("minus", "contact", "https://apis.e-conomic.com")
    assert "grant-1" not in repr(found) and {one.name for one in SETTINGS if one.secret} == {"app_secret_token", "grant_token"}


def answer(status, body=None, **headers):
    return Answer(status, headers, json.dumps(body).encode() if body is not None else b"<html>")


def reader(bench):
    return AnswerReader(bench.clock, ("grant-1",))


LEGACY = {"message": "No grant-1 here", "errorCode": "E06000", "logId": "a2a2-CPH", "errors": ["x"]}
PROBLEM = {
    "title": "Bad",
    "errorCode": "General",
    "traceId": "t1-CPH",
    "errors": [{"errorCode": "JournalEntryDateAccountingYearPeriodBarred"}],
}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401, LEGACY), LoginExpiredError),
        (answer(403, LEGACY), LoginExpiredError),
        (answer(400, LEGACY), RejectedError),
        (answer(429), RetryLaterError),
        (answer(408, LEGACY), RetryLaterError),
        (answer(500, PROBLEM), RetryLaterError),
        (answer(302), RetryLaterError),
        (answer(404), RetryLaterError),
    ],
)
def test_reads_that_fail(bench, given, error):
    with pytest.raises(error):
        reader(bench).check_read(given)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401, LEGACY), LoginExpiredError),
        (answer(403, LEGACY), RetryLaterError),
        (answer(403, PROBLEM), RejectedError),
        (answer(404, PROBLEM), RejectedError),
        (answer(429), RetryLaterError),
        (answer(409, PROBLEM), RetryLaterError),
        (answer(500, PROBLEM), OutcomeUnknownError),
        (answer(302), OutcomeUnknownError),
    ],
)
def test_writes_that_fail(bench, given, error):
    with pytest.raises(error):
        reader(bench).check_write(given)


def test_write_without_the_right_waits_for_a_person(bench):
    with pytest.raises(RetryLaterError) as caught:
        reader(bench).check_write(answer(403, LEGACY))
    assert "SuperUser" in caught.value.todo


def test_good_answers_pass(bench):
    for given in (answer(200, {}), answer(204)):
        assert reader(bench).check_read(given) is reader(bench).check_write(given) is given
    assert reader(bench).check_read(answer(404, LEGACY)).status == 404


def test_refusal_has_code_request_and_no_secret(bench):
    told = reader(bench).refusal(answer(400, LEGACY))
    assert (told.code, told.request_id) == ("E06000", "a2a2-CPH") and "grant-1" not in str(told)
    locked = reader(bench).refusal(answer(400, PROBLEM))
    assert (locked.code, locked.request_id) == ("period_locked", "t1-CPH")
    assert code_of(answer(400, {"errors": {"customer": {}}, "errorCode": "E1"})) == "E1" and code_of(answer(500)) == ""


@pytest.mark.parametrize(
    ("text", "wait"), [("7", 7.0), ("Tue, 15 Apr 2025 08:00:30 GMT", 30.0), ("soon", None), ("", None), ("9999999999", 86_400.0)]
)
def test_retry_after_is_kept(bench, text, wait):
    with pytest.raises(RetryLaterError) as caught:
        reader(bench).check_read(answer(429, None, **{"Retry-After": text}))
    assert caught.value.after_s == wait


def test_json_is_exact():
    assert parse_json(b'{"a": 100.000000}')["a"] == Decimal("100.000000")
    assert parse_json(b"NaN") is parse_json(b"<html>") is None


def calls(governor, bench, *used):
    """How long a governor waits before each call, given what the answers say is used."""
    waits = []
    for one in used:
        before = bench.clock.monotonic()
        governor.before()
        waits.append(round(bench.clock.monotonic() - before, 3))
        governor.after(Answer(200, {"X-RateLimiting": f"token-limit-10000-per-60-seconds: {one}/10000"}, b""))
    return waits


def test_bucket_is_paused_near_its_end(bench):
    governor = Governor("1", bench.clock, bench.budget)
    assert calls(governor, bench, 100, 7_999, 8_000, 10_000, 12_000, 5) == [0, 0, 0, 18, 30, 42]
    governor.after(Answer(200, {}, b""))
    assert calls(governor, bench, 5) == [0]


def test_calls_of_a_day_are_counted(bench):
    governor = Governor("1", bench.clock, bench.budget)
    calls(governor, bench, *[1] * 250)
    assert bench.budget.counted["economic:1:calls"] == 250


def test_every_call_is_counted_whoever_makes_it_and_however_often(bench):
    bench.arm("throttled", "GET", "/self", times=2)
    for _ in range(3):
        bench.build().get_company()
    assert bench.budget.counted["economic:1001:calls"] == len(bench.simulator.log.rows) == 5


def test_shared_bucket_is_waited_for(bench):
    bench.simulator.spend(1001, 9_500)
    before = bench.clock.monotonic()
    for _ in range(3):
        bench.connector.get_company()
    assert 25 < bench.clock.monotonic() - before < 70
    assert all(row["status"] == 200 for row in bench.simulator.log.rows)


def test_refusal_by_the_bucket_is_waited_out(tmp_path):
    for given in (True, False):
        bench = Bench(tmp_path, Switches(retry_after=given))
        bench.simulator.spend(1001, 10_000)
        assert bench.connector.get_company()


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", f"{JOURNALS}/3/book"),
        ("POST", f"{JOURNALS}/3/bookWithDateInterval"),
        ("POST", "{journalsapi}/entries/draft/3/book"),
        ("DELETE", f"{DRAFTS}/delete/3"),
        ("DELETE", "/invoices/drafts"),
        ("DELETE", "/invoices/drafts/7"),
        ("DELETE", f"{JOURNALS}/3"),
        ("DELETE", "{documentsapi}/AttachedDocuments/deletebulk"),
        ("PUT", "/customers/7"),
        ("PUT", "{customersapi}/Customers/7"),
        ("PUT", "/self/company"),
    ],
)
def test_what_touches_others_never_leaves(bench, client, method, target):
    with pytest.raises(InvariantBrokenError, match="not ours"):
        client.write(method, target, b"{}", {}, "k")
    assert bench.simulator.log.rows == []


def test_one_draft_may_be_deleted(client):
    with pytest.raises(RejectedError) as caught:
        client.write("DELETE", f"{DRAFTS}/7", b"", {}, "k")
    assert caught.value.code == "JournalEntryDoesNotExist"


def test_both_hosts_are_asked_in_their_versions(bench):
    bench.build(versions="journalsapi=v99.0.0", rest_url="https://rest.test", apis_url="https://apis.test")
    connector = bench.build(rest_url="https://rest.test", apis_url="https://apis.test", versions="bookedEntriesapi=v9.9.9")
    connector.get_company()
    with pytest.raises(RetryLaterError):
        connector.list_payments(bench.add_overdue())
    hosts = [request.url.partition("?")[0] for request, _ in bench.adapter.seen]
    assert hosts[0] == "https://rest.test/self" and hosts[-1] == "https://apis.test/bookedEntriesapi/v9.9.9/booked-entries"
    assert all(request.headers["X-AgreementGrantToken"] == bench.token for request, _ in bench.adapter.seen)


class Canned:
    """An HTTP client that gives these answers."""

    def __init__(self, *bodies):
        self.bodies = list(bodies)

    def read(self, method, path, *, check, **_):
        return check(self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0])


def page(rows, total):
    return answer(200, {"collection": rows, "pagination": {"results": total}})


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        ([page([1], 5)], "1 of 5 rows"),
        ([page([1, 2], 9)], "holds the rows of the page before"),
        ([answer(200, {"collection": []})], "no list"),
        ([answer(200, [])], "no object"),
        ([page([1, 2], 9), page([3], 9)], "3 of 9 rows"),
    ],
)
def test_broken_lists_of_the_old_host(client, monkeypatch, bodies, says):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    client._rest = Canned(*bodies)
    with pytest.raises(RetryLaterError, match=says):
        list(client.list_rows("/x"))


@pytest.mark.parametrize(
    ("bodies", "says"),
    [([answer(200, {"items": [1], "cursor": "7"})], "came twice"), ([answer(200, {"cursor": "7"})], "has no items")],
)
def test_broken_lists_of_a_service(client, bodies, says):
    client._apis = Canned(*bodies)
    with pytest.raises(RetryLaterError, match=says):
        list(client.list_items(BOOKED))


def test_lists_end_at_a_ceiling(client, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_COUNT_MAX", 2)
    monkeypatch.setattr(client_module, "PAGE_SIZE", 1)
    client._rest = Canned(page([1], 9), page([2], 9))
    with pytest.raises(RetryLaterError, match="more than 2 pages"):
        list(client.list_rows("/x"))
    client._apis = Canned(answer(200, {"items": [], "cursor": "1"}), answer(200, {"items": [], "cursor": "2"}))
    with pytest.raises(RetryLaterError, match="more than 2 pages"):
        list(client.list_items(BOOKED))


def test_counts_and_pdfs_are_what_they_should_be(bench, client):
    client._apis = Canned(answer(200, {"no": "count"}))
    with pytest.raises(RetryLaterError, match="no count"):
        client.count(BOOKED)
    with pytest.raises(RetryLaterError, match="no list"):
        client.first_items(BOOKED, "", "")
    client._rest = Canned(answer(200, {"no": "pdf"}))
    with pytest.raises(RetryLaterError, match="no PDF"):
        client.get_pdf("/x")
    with pytest.raises(RejectedError):
        bench.build().get_invoice_pdf("99")


def test_old_error_of_a_key_is_left_behind(tmp_path):
    bench = Bench(tmp_path, Switches(idempotency_keeps_errors=True))
    journal = bench.add_journal()
    bench.arm("error_before", "POST", "/draft-entries")
    body = json.dumps(
        {"entryTypeNumber": 2, "journalNumber": journal, "date": "2025-04-10", "amount": -1, "currency": "DKK", "customerNumber": 1}
    ).encode()
    headers = {"Content-Type": "application/json"}
    with pytest.raises(OutcomeUnknownError):
        bench.connector._client.write("POST", DRAFTS, body, headers, "k")
    assert bench.connector._client.write("POST", DRAFTS, body, headers, "k").status == 201
    assert len(bench.agreement.ledger.drafts) == 1
    keys = [request.headers.get("Idempotency-Key") for request, _ in bench.adapter.seen]
    assert keys[0] == keys[1] != keys[2] and keys[2].endswith("-1")


def test_no_secret_is_in_an_address_or_the_log(bench):
    bench.add_overdue()
    list(bench.connector.list_open_invoices())
    shown = json.dumps(bench.simulator.log.rows) + "".join(request.url for request, _ in bench.adapter.seen)
    assert bench.token not in shown and "app-secret-1" not in shown
    assert bench.clock.now() >= NOW


def test_readme_names_switches():
    text = (Path(__file__).parents[2] / "connectors" / "economic" / "README.md").read_text(encoding="utf-8")
    settled = text.partition("## What only a live company can settle")[2]
    assert [one.name for one in fields(Switches) if f"`{one.name}`" not in settled] == []
