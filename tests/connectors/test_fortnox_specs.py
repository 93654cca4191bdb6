"""The vendor's own file and recordings: every request we make, every answer we read, every recorded body."""

import json
import os
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract.bench import NOW
from connectors.fortnox.auth import OAuth
from connectors.fortnox.mapping.invoices import Reading, parse_invoice, parse_invoice_row
from connectors.fortnox.mapping.parties import parse_debtor
from connectors.fortnox.settings import read_settings
from core.errors import KravbroError
from core.http import Answer
from core.model import Problem
from tests.connectors.fortnox_bench import SETTINGS, Bench
from tests.connectors.test_fortnox_client import reader
from tests.connectors.test_fortnox_writes import KEY, MAKERS, prepared

SPECS = os.environ.get("KRAVBRO_SPECS", "")
GOLDEN = Path(__file__).parents[1] / "golden" / "fortnox" / "recorded.json"
pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

# What the vendor's file lacks or contradicts (facts: sections 2, 3 and 5).
UNDECLARED = {"page", "limit", "offset", "sortorder", "financialyear", "fromdate", "todate", "path"}
READ_ONLY = {"Year", "CustomerNumber"}
LENIENT = {"CurrencyRate", "ContractReference", "PaymentWay", "Size"}


@cache
def spec():
    return json.loads((Path(SPECS) / "specs" / "fortnox" / "openapi.json").read_text(encoding="utf-8"))


def operation(method, path):
    """Return the declared operation for a path; literal segments win over parameters."""
    fits = [known for known in spec()["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path)]
    best = min(fits, key=lambda known: known.count("{"))
    return spec()["paths"][best][method.lower()]


def without_contradictions(value):
    if isinstance(value, list):
        return [without_contradictions(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {name: without_contradictions(inner) for name, inner in value.items() if inner is not None and name not in LENIENT}


def problems(value, schema):
    from openapi_schema_validator import OAS30Validator

    found = OAS30Validator({**schema, "components": spec()["components"]}).iter_errors(without_contradictions(value))
    return [error.message for error in found if not (error.validator == "required" and set(error.message.split("'")) & READ_ONLY)]


def unknown_keys(value, schema):
    node = spec()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(value, list):
        return {name for inner in value for name in unknown_keys(inner, node.get("items", {}))}
    if not isinstance(value, dict):
        return set()
    known = node.get("properties", {})
    return set(value) - set(known) | {name for key in value if key in known for name in unknown_keys(value[key], known[key])}


@pytest.fixture
def busy(tmp_path):
    """A company on which every read and every write was done once."""
    bench = Bench(tmp_path)
    bench.company.labels.append({"Id": 4, "Description": "Inkasso"})
    number, connector = bench.add_overdue(), bench.connector
    bench.company.credit_invoice(number, "100")
    bench.company.pay_invoice(number, "100", on="2025-04-01")
    list(connector.list_open_invoices()), list(connector.list_changed_invoices(NOW)), connector.list_payments(number)
    connector.get_invoice(number), connector.get_debtor("1"), connector.get_invoice_pdf(number)
    connector.get_company(), connector.locked_until(), connector.bank_postings_until(date(2025, 4, 15))
    connector.propose_books_setup(date(2025, 4, 15)), connector.find_payment_mode("BG"), connector.find_payment_mode("X")
    for kind in sorted(MAKERS):
        write, ready, *_ = prepared(bench, kind)
        if kind != "create_payment_mode":
            connector.send(write, ready, KEY)
            connector.look_up(write, ready, KEY, ())
    return [(request, reply) for request, reply in bench.adapter.seen if "/oauth" not in request.url]


def test_every_request_is_declared(busy):
    for request, _ in busy:
        parts = urlsplit(request.url)
        declared = {one["name"]: one["schema"] for one in operation(request.method, parts.path).get("parameters", [])}
        for name, value in parse_qsl(parts.query):
            assert name in declared or name in UNDECLARED | {"lastmodified", "sortby"}, (parts.path, name)
            assert value in declared.get(name, {}).get("enum", [value])


def test_every_body_fits_its_schema(busy):
    checked = 0
    for request, _ in busy:
        if request.body and "json" in request.headers["Content-Type"]:
            schema = operation(request.method, urlsplit(request.url).path)["requestBody"]["content"]["*/*"]["schema"]
            body = json.loads(request.body)
            assert problems(body, schema) == [] and unknown_keys(body, schema) == set()
            checked += 1
    assert checked >= 6


def test_every_answer_fits_its_schema(busy):
    checked = 0
    for request, reply in busy:
        responses = operation(request.method, urlsplit(request.url).path)["responses"]
        declared = responses.get(str(reply.status_code), responses["default"]).get("content", {}).get("application/json")
        if declared and reply.headers.get("Content-Type") == "application/json":
            assert problems(reply.json(), declared["schema"]) == [], request.url
            checked += 1
    assert checked > 40


def outcome(path, body, status, bench):
    """Say in a few words what becomes of a recorded body."""
    answer = Answer(status, {}, body.encode())
    try:
        if "oauth" in path:
            return _token(answer, bench)
        reader(bench).check_read(answer)
        if status in (401, 404):
            raise reader(bench).refusal(answer, is_write=False)
    except KravbroError as error:
        return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
    return _parsed(json.loads(body))


def _token(answer, bench):
    class Recorded:
        def write(self, *_, **__):
            return answer

    token = OAuth(read_settings(SETTINGS), Recorded(), reader(bench), bench.clock).renew(None)
    return f"token for {(token.expires_at - NOW).total_seconds():.0f} s, {'with' if token.refresh else 'without'} refresh token"


def _parsed(body):
    parsers = {
        "Invoice": lambda raw: parse_invoice(raw, Reading()),
        "Invoices": lambda raw: parse_invoice_row(raw, Reading()),
        "Customer": parse_debtor,
    }
    for key, parse in parsers.items():
        if key in body:
            rows = body[key] if isinstance(body[key], list) else [body[key]]
            return ", ".join(f"{count} {words}" for words, count in sorted(Counter(_words(parse(raw)) for raw in rows).items())) or "empty"
    return "not read: " + ", ".join(sorted(body))


def _words(found):
    if isinstance(found, Problem):
        return f"problem: {found.message}"
    if hasattr(found, "leave_alone"):
        return f"{found.kind} open {found.open}, {'/'.join(found.leave_alone) or 'collectable'}"
    return f"{found.kind} in {found.address.country or '(no country)'}, {found.identity_note or 'with identity number'}"


def recorded(bench):
    import yaml

    folder = Path(SPECS) / "fixtures" / "fortnox" / "accodeing-vcr"
    found = {}
    for file in sorted(folder.glob("*/*.yml")):
        for index, exchange in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["http_interactions"]):
            answer = exchange["response"]
            name = f"{file.relative_to(folder).with_suffix('')}" + (f"#{index}" if index else "")
            found[name] = outcome(exchange["request"]["uri"], answer["body"]["string"], answer["status"]["code"], bench)
    return found


def test_recorded_bodies_read_as_listed(bench):
    """Regenerate with KRAVBRO_GOLDEN=write and read the difference before you keep it."""
    found = recorded(bench)
    if os.environ.get("KRAVBRO_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert len(found) >= 44
