"""Requests to eAccounting: pages, the meaning of every answer, limits, temporary files."""

import json

import pytest

from connectors.visma import client as client_module
from connectors.visma.answers import MEANINGS, AnswerReader, code_of, parse_json
from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from simulators.visma import Switches
from tests.connectors.visma_bench import Bench

# code → what a read does, what a write does
CLASSES = {
    "rejected": (RejectedError, RejectedError),
    "locked": (RejectedError, RejectedError),
    "login": (LoginExpiredError, LoginExpiredError),
    "company": (LoginExpiredError, LoginExpiredError),
    "right": (LoginExpiredError, RejectedError),
    "busy": (RetryLaterError, OutcomeUnknownError),
    "quota": (RetryLaterError, RetryLaterError),
}


def refusal(code, text="no", status=400, **headers):
    body = {"ErrorCode": code, "DeveloperErrorMessage": text, "ErrorId": "3fa7da17-eeb2-48f6-997d-0be158f4cba4", "Errors": []}
    return Answer(status, headers, json.dumps(body).encode())


@pytest.fixture
def reader(visma):
    return AnswerReader(visma.clock, ("demo-secret-1",))


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("code", MEANINGS)
def test_every_code_has_its_meaning(reader, code, status):
    read, write = CLASSES[MEANINGS[code]]
    if (code, status) == (3000, 400):
        assert reader.check_read(refusal(code, status=status)).status == 400  # "there is none"
    else:
        with pytest.raises(read):
            reader.check_read(refusal(code, status=status))
    with pytest.raises(write) as said:
        reader.check_write(refusal(code, status=status))
    assert said.value.request_id.startswith("3fa7da17")


def test_locked_periods_have_the_engines_name(reader):
    for code in (4026, 4037, 4038):
        with pytest.raises(RejectedError) as said:
            reader.check_write(refusal(code))
        assert said.value.code == "period_locked"


def test_4002_is_told_apart_by_its_text(reader):
    with pytest.raises(RejectedError, match="4002"):
        reader.check_read(refusal(4002, "The invoice is already paid."))
    with pytest.raises(LoginExpiredError, match="product variant"):
        reader.check_read(refusal(4002, "No access to module Bokföring."))
    assert reader.lacks_feature(refusal(4002, "No access to module")) and not reader.lacks_feature(refusal(4002, "paid"))


WAITS = {
    "API calls quota exceeded! maximum admitted 600 per Minute. Try again in 55 seconds.": 55,
    "Try again in 2 minutes": 120,
    "Too many": None,
}


@pytest.mark.parametrize(("text", "wait"), WAITS.items())
def test_wait_stands_in_the_text(reader, text, wait):
    with pytest.raises(RetryLaterError) as said:
        reader.check_read(refusal(4010, text, 429))
    assert said.value.after_s == wait


def test_retry_after_comes_first(reader):
    for header, wait in (("7", 7), ("Tue, 15 Apr 2025 08:00:30 GMT", 30), ("soon", 9)):
        with pytest.raises(RetryLaterError) as said:
            reader.check_write(refusal(4010, "Try again in 9 seconds", 429, **{"Retry-After": header}))
        assert said.value.after_s == pytest.approx(wait, abs=1)


UNKNOWN = {
    (500, b"<html>"): (RetryLaterError, OutcomeUnknownError),
    (302, b""): (RetryLaterError, OutcomeUnknownError),
    (408, b""): (RetryLaterError, OutcomeUnknownError),
    (404, b"<html>"): (RetryLaterError, RejectedError),
    (400, b'{"Message": "odd"}'): (RejectedError, RejectedError),
    (403, b""): (RejectedError, RejectedError),
    (400, b'{"ErrorCode": "VALIDATION_ERROR"}'): (RejectedError, RejectedError),
}


@pytest.mark.parametrize(("answer", "errors"), UNKNOWN.items(), ids=str)
def test_other_answers_have_a_meaning_too(reader, answer, errors):
    for check, error in zip((reader.check_read, reader.check_write), errors, strict=True):
        with pytest.raises(error):
            check(Answer(answer[0], {}, answer[1]))


def test_reasons_hold_nothing_secret(reader):
    text = "demo-secret-1 for 700101-2397, kund@example.com"
    with pytest.raises(RejectedError) as said:
        reader.check_write(refusal(2000, text))
    assert not any(part in str(said.value) for part in text.split(", "))
    more = json.dumps({"ErrorCode": 2000, "DeveloperErrorMessage": "Bad", "Errors": [{"Message": "Name is long"}]}).encode()
    with pytest.raises(RejectedError, match="Bad \\(Name is long\\)"):
        reader.check_write(Answer(400, {}, more))


def test_odd_json_is_none():
    assert parse_json(b"{") is None and parse_json(b'{"a": NaN}') is None
    assert code_of(Answer(400, {}, b'{"ErrorCode": true}')) is None and code_of(Answer(200, {}, b'{"ErrorCode": 4010}')) is None


# Lists


def open_refs(bench):
    return [one.source_ref for one in bench.connector.list_open_invoices()]


def test_list_follows_the_vendors_page_size(tmp_path):
    bench = Bench(tmp_path, Switches(page_size_max=2))
    bench.consent()
    refs = [bench.add_overdue() for _ in range(5)]
    assert open_refs(bench) == refs


def test_list_that_repeats_a_page_fails(visma, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    refs = [visma.add_overdue() for _ in range(4)]
    visma.arm("page_repeated", "GET", "/v2/customerinvoices")
    with pytest.raises(RetryLaterError, match="is not whole"):
        open_refs(visma)
    visma.arm("page_behind", "GET", "/v2/customerinvoices")
    assert set(open_refs(visma)) <= set(refs)


def answered(visma, monkeypatch, bodies):
    """Let the API answer with these bodies, one after the other."""
    left = list(bodies)

    def send(request, **_):
        import requests

        reply = requests.Response()
        reply.status_code, reply._content = 200, left.pop(0)
        return reply

    monkeypatch.setattr(visma.adapter, "send", send)


def envelope(rows, **meta):
    told = {
        "CurrentPage": 1, "PageSize": 2, "TotalNumberOfPages": 2, "TotalNumberOfResults": 3, "ServerTimeUtc": "2025-04-15T08:00:00.1234567Z",
    }  # fmt: skip
    return json.dumps({"Meta": told | meta, "Data": rows}).encode()


BROKEN = {
    "another page": [envelope([{"Id": 1}, {"Id": 2}], CurrentPage=2)],
    "short before the end": [envelope([{"Id": 1}])],
    "same again": [envelope([{"Id": 1}, {"Id": 2}]), envelope([{"Id": 1}, {"Id": 2}], CurrentPage=2)],
    "too few": [envelope([{"Id": 1}, {"Id": 2}]), envelope([], CurrentPage=2)],
    "no meta": [b'{"Data": []}'],
    "made up meta": [b'{"Data": [], "Meta": {"CurrentPage": 0, "PageSize": 50, "TotalPages": 0, "TotalCount": 0}}'],
    "camel case": [b'{"data": [], "meta": {}}'],
    "no clock": [envelope([], ServerTimeUtc="now")],
    "flags for numbers": [envelope([], PageSize=True)],
    "no JSON": [b"<html>"],
}


@pytest.mark.parametrize("bodies", BROKEN.values(), ids=BROKEN)
def test_broken_list_is_no_short_list(visma, monkeypatch, bodies):
    answered(visma, monkeypatch, bodies)
    with pytest.raises(RetryLaterError):
        list(visma.connector._client.list_rows("/v2/customers"))


def test_endless_list_ends(visma, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_COUNT_MAX", 2)
    endless = [envelope([{"Id": page}], CurrentPage=page, PageSize=1, TotalNumberOfPages=9) for page in (1, 2)]
    answered(visma, monkeypatch, endless)
    with pytest.raises(RetryLaterError, match="no end after 2 pages"):
        list(visma.connector._client.list_rows("/v2/customers"))


def test_object_that_is_none_is_not_readable(visma, monkeypatch):
    answered(visma, monkeypatch, [b"[]"] * 5)
    with pytest.raises(RetryLaterError, match="no object"):
        visma.connector.get_company()


def test_missing_invoice_is_refused_either_way(tmp_path):
    for status in (404, 400):
        (tmp_path / str(status)).mkdir()
        bench = Bench(tmp_path / str(status), Switches(not_found_status=status))
        bench.consent()
        with pytest.raises(RejectedError, match="3000"):
            bench.connector.get_invoice("11111111-1111-1111-1111-111111111111")


def test_refused_filter_falls_back(tmp_path):
    bench = Bench(tmp_path, Switches(filters="few"))
    bench.consent()
    client = bench.connector._client
    assert client.list_filtered("/v2/customers", "Nonsense eq 1") == []
    with pytest.raises(RejectedError, match="6000"):
        client.list_filtered("/v2/customers", "Nonsense eq 1", certain="Nonsense eq 1")
    with pytest.raises(RejectedError, match="3000"):
        client.find_filtered("/v2/banktransactions/x/matched", "VoucherDate ge 2025-01-01")


def test_missing_list_is_none_where_it_may_be(tmp_path):
    bench = Bench(tmp_path, Switches(bank_transactions=False))
    bench.consent()
    bank = bench.company.books.bank_of(1930)["Id"]
    assert bench.connector._client.find_filtered(f"/v2/banktransactions/{bank}/matched", "") is None
    with pytest.raises(LoginExpiredError):
        list(bench.connector._client.list_rows(f"/v2/banktransactions/{bank}/matched"))


# Limits and files


def test_limit_is_kept_per_client_and_resource(visma):
    for _ in range(605):
        visma.connector.get_company()
    buckets = {name: len(seen) for name, seen in visma.budget.taken.items()}
    assert "visma:demo:companysettings" in buckets
    assert not [row for row in visma.simulator.log.rows if row["status"] == 429]


def test_pdf_is_fetched_without_a_token(visma):
    assert visma.connector.get_invoice_pdf(visma.add_overdue()).startswith(b"%PDF")
    request, _ = visma.adapter.seen[-1]
    assert "Authorization" not in request.headers and "/temp/fileanonymous/" in request.url


@pytest.mark.parametrize("url", ["http://evil.example/x", "ftp://x", "", "file:///etc/passwd"])
def test_file_from_a_strange_address_is_not_fetched(visma, url):
    with pytest.raises(RetryLaterError, match="no https address"):
        visma.connector._client.get_file(url)


def test_file_that_is_no_pdf_is_refused(visma, monkeypatch):
    answered(visma, monkeypatch, [b"<html>"])
    with pytest.raises(RetryLaterError, match="no PDF"):
        visma.connector._client.get_file("https://storage.example/x")


def test_file_that_is_gone_is_tried_again(visma):
    with pytest.raises(RetryLaterError, match="404 for a temporary file"):
        visma.connector._client.get_file("https://storage.example/temp/fileanonymous/x")


def test_nothing_is_ever_deleted(visma):
    from pathlib import Path

    folder = Path(client_module.__file__).parent
    assert not [path for path in folder.rglob("*.py") if "DELETE" in path.read_text(encoding="utf-8")]


def test_readme_names_every_switch():
    from dataclasses import fields
    from pathlib import Path

    text = (Path(client_module.__file__).parent / "README.md").read_text(encoding="utf-8")
    table = text.partition("## What only a live company can settle")[2]
    assert [switch.name for switch in fields(Switches) if f"`{switch.name}`" not in table] == []
