"""The connector against the published specifications, the documented examples, and a set of examples that contradict them."""

import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.visma.answers import MEANINGS, AnswerReader
from connectors.visma.auth import OAuth
from connectors.visma.mapping.invoices import Reading, parse_invoice
from connectors.visma.mapping.parties import parse_debtor
from connectors.visma.settings import read_settings
from core.errors import LoginExpiredError, RejectedError, RetryLaterError
from core.http import Answer
from core.model import Problem
from tests.connectors.visma_bench import SETTINGS, Bench
from tests.connectors.visma_contract import VismaBench
from tests.visma_specs import load, problems

SPECS = os.environ.get("KRAVBRO_SPECS")
pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

BODIES = {
    ("POST", "/v2/customerinvoices/*/payments"): "InvoicePaymentApi",
    ("POST", "/v2/vouchers"): "VoucherApi",
    ("POST", "/v2/attachments"): "AttachmentUploadApi",
    ("POST", "/v2/attachmentlinks"): "AttachmentLinkApi",
    ("POST", "/v2/notes"): "NoteApi",
    ("PUT", "/v2/notes/*"): "NoteApi",
    ("POST", "/v2/bankaccounts"): "BankAccountApi",
    ("POST", "/v2/customerinvoices/*/paymentreminders"): "PaymentReminderEmailApi",
    ("POST", "/v2/partnerresourcelinks"): "PartnerResourceLinkApi",
}
PARAMETERS = {"modifiedSinceUtc", "includeMatched", "useAutomaticVatCalculation", "useDefaultVatCodes", "useDefaultVoucherSeries"}


def fixtures(name):
    return Path(SPECS) / "fixtures" / "visma" / name


def read(name):
    return json.loads(fixtures(name).read_text(encoding="utf-8"))


@pytest.fixture
def busy(tmp_path):
    """Every exchange of a bench that has read and written everything it can."""
    found = []
    for settings in ({}, {"mark": "link", "link_url": "https://kravbro.example/{invoice}"}):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        bench = VismaBench(folder, switches={}, settings=settings)
        for sample in (*bench.samples, *bench.confirming, *bench.once):
            write, key = bench.write(sample), sample.ljust(32, "0")
            bench.connector.send(write, bench.connector.prepare(write, key), key)
        connector, since = bench.connector, bench.clock.now()
        for one in connector.list_open_invoices():
            connector.get_debtor(connector.get_invoice(one.source_ref).debtor_ref)
            connector.get_invoice_pdf(one.source_ref)
            connector.list_payments(one.source_ref)
        list(connector.list_changed_invoices(since))
        list(connector.list_changed_payments(since - connector.overlap))
        today = bench.clock.now().date()
        connector.bank_postings_until(today), connector.locked_until(), connector.propose_books_setup(today)
        found += [exchange for exchange in bench.adapter.seen if "/v2/" in exchange[0].url]
    return found


def shape(path):
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*", path)


def published():
    new, old = (load(SPECS, name)["operations"] for name in ("eaccounting-v2-2026-09-extract.json", "eaccounting-v2-2021-04-extract.json"))
    pairs = {(one["method"], "/v2" + one["path"]) for one in new} | {(one["method"], one["path"]) for one in old}
    return {(method, re.sub(r"\{[^}]*\}", "*", path)) for method, path in pairs}


def test_every_request_is_an_operation(busy):
    known = published()
    made = {(request.method, shape(urlsplit(request.url).path)) for request, _ in busy}
    assert made - known == set() and len(made) >= 18


def test_every_parameter_is_known(busy):
    for request, _ in busy:
        for name, _ in parse_qsl(urlsplit(request.url).query):
            assert name in PARAMETERS or name in ("$page", "$pagesize", "$filter"), request.url


def test_every_body_fits_its_model(busy):
    seen = set()
    for request, _ in busy:
        if request.body:
            key = (request.method, shape(urlsplit(request.url).path))
            seen.add(key)
            assert problems(SPECS, BODIES[key], json.loads(request.body), answer=False) == [], key
    assert seen == set(BODIES) - {("PUT", "/v2/notes/*")}


def test_scopes_cover_every_request(busy):
    granted = set(read_settings(SETTINGS).scope.split()) | {"ea:purchase"}  # the bench creates a bank account too
    scopes = {}
    for one in load(SPECS, "eaccounting-v2-2026-09-extract.json")["operations"]:
        scopes[one["method"], re.sub(r"\{[^}]*\}", "*", "/v2" + one["path"])] = set(one["scopes_any_of"])
    for one in load(SPECS, "eaccounting-v2-2021-04-extract.json")["operations"]:
        scopes.setdefault((one["method"], re.sub(r"\{[^}]*\}", "*", one["path"])), set(one["scopes"]))
    for request, _ in busy:
        key = (request.method, shape(urlsplit(request.url).path))
        assert scopes[key] & granted, key


def test_every_published_code_is_classed():
    codes = {one["code"] for one in load(SPECS, "eaccounting-error-codes.json")["codes"]}
    assert codes == set(MEANINGS)


# The documented examples


@pytest.fixture
def quiet(tmp_path):
    bench = Bench(tmp_path)
    return bench, AnswerReader(bench.clock, ("demo-secret-1",))


def test_documented_429_is_read(quiet):
    with pytest.raises(RetryLaterError) as said:
        quiet[1].check_read(Answer(429, {}, json.dumps(read("documented-examples/error-429-documented.json")).encode()))
    assert said.value.after_s == 55 and said.value.request_id == "3fa7da17-eeb2-48f6-997d-0be158f4cba4"


def token_of(quiet, body, status=200):
    bench, reader = quiet

    class Recorded:
        def write(self, *_, **__):
            return Answer(status, {}, json.dumps(body).encode())

    return OAuth(read_settings(SETTINGS), Recorded(), reader, bench.clock).exchange("code", "https://x.example")


def test_documented_token_is_read(quiet):
    token = token_of(quiet, read("documented-examples/token-response-documented.json"))
    assert (token.access, token.refresh) == ("<access_token>", "<refresh_token>")


def test_documented_claims_name_our_scopes():
    claims = read("documented-examples/access-token-claims-documented.json")
    assert {"ea:api", "offline_access", "ea:sales", "ea:accounting"} <= set(claims["scope"]) and claims["customer_id"]


# Examples that were made up, and contradict the specifications: nothing of them may be misread


@pytest.mark.parametrize("name", ["invoice_simple", "invoice_with_rows"])
def test_made_up_invoice_is_set_aside(name):
    assert isinstance(parse_invoice(read(f"synthetic-spiris-rust/{name}.json"), Reading("SEK")), Problem)


@pytest.mark.parametrize("name", ["customer_simple", "customer_full"])
def test_made_up_customer_is_set_aside(name):
    assert isinstance(parse_debtor(read(f"synthetic-spiris-rust/{name}.json"), "SE"), Problem)


@pytest.mark.parametrize("name", ["customer_list_empty", "customer_list_page1", "customer_list_page2"])
def test_made_up_list_is_no_list(visma, monkeypatch, name):
    import requests

    reply = requests.Response()
    reply.status_code, reply._content = 200, fixtures(f"synthetic-spiris-rust/{name}.json").read_bytes()
    monkeypatch.setattr(visma.adapter, "send", lambda *_, **__: reply)
    with pytest.raises(RetryLaterError, match="no envelope"):
        list(visma.connector._client.list_rows("/v2/customers"))


MADE_UP_ERRORS = {
    "error_400_validation": (400, RejectedError),
    "error_404_not_found": (404, RetryLaterError),
    "error_429_rate_limit": (429, RetryLaterError),
    "error_500_server": (500, RetryLaterError),
}


@pytest.mark.parametrize(("name", "wanted"), MADE_UP_ERRORS.items())
def test_made_up_error_is_no_vendor_code(quiet, name, wanted):
    status, error = wanted
    with pytest.raises(error) as said:
        quiet[1].check_read(Answer(status, {}, fixtures(f"synthetic-spiris-rust/{name}.json").read_bytes()))
    assert getattr(said.value, "code", str(status)) == str(status)


def test_made_up_tokens_are_as_good_as_documented_ones(quiet):
    assert token_of(quiet, read("synthetic-spiris-rust/token_response_with_refresh.json")).refresh == "refresh_token_abc123"
    assert token_of(quiet, read("synthetic-spiris-rust/token_response_valid.json")).refresh == ""
    with pytest.raises(LoginExpiredError):
        token_of(quiet, read("synthetic-spiris-rust/token_error_invalid_grant.json"), 400)
