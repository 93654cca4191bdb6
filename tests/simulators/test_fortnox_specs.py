import json
import os
from functools import cache
from pathlib import Path

import pytest

from tests.simulators.fortnox_bench import Bench

SPECS = os.environ.get("KRAVBRO_SPECS")
pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

# Where recorded reality contradicts the vendor's own file (facts: MetaInformation is missing from its wrappers, two real
# keys too, CurrencyRate is text in lists, ContractReference text since 2024, PaymentWay "" is not in its enum).
EXTRA_KEYS = {"MetaInformation", "InvoiceReference", "Cost", "@urlTaxReductionList"}
LENIENT = {"CurrencyRate", "ContractReference", "PaymentWay"}

ANSWERS = {
    "/3/companyinformation": "/3/companyinformation",
    "/3/settings/company": "/3/settings/company",
    "/3/settings/lockedperiod": "/3/settings/lockedperiod",
    "/3/me": "/3/me",
    "/3/financialyears": "/3/financialyears",
    "/3/accounts": "/3/accounts",
    "/3/accounts/1510": "/3/accounts/{Number}",
    "/3/predefinedaccounts": "/3/predefinedaccounts",
    "/3/predefinedaccounts/BG": "/3/predefinedaccounts/{name}",
    "/3/predefinedvoucherseries": "/3/predefinedvoucherseries",
    "/3/predefinedvoucherseries/INVOICE": "/3/predefinedvoucherseries/{Name}",
    "/3/voucherseries": "/3/voucherseries",
    "/3/voucherseries/A": "/3/voucherseries/{Code}",
    "/3/modesofpayments": "/3/modesofpayments",
    "/3/modesofpayments/BG": "/3/modesofpayments/{Code}",
    "/3/labels": "/3/labels",
    "/3/customers": "/3/customers",
    "/3/customers/1": "/3/customers/{CustomerNumber}",
    "/3/invoices": "/3/invoices",
    "/3/invoices/1": "/3/invoices/{DocumentNumber}",
    "/3/invoices/2": "/3/invoices/{DocumentNumber}",
    "/3/invoicepayments": "/3/invoicepayments",
    "/3/invoicepayments/1": "/3/invoicepayments/{Number}",
    "/3/vouchers": "/3/vouchers",
    "/3/vouchers/A/1": "/3/vouchers/{VoucherSeries}/{VoucherNumber}",
    "/3/vouchers/sublist/A": "/3/vouchers/sublist/{VoucherSeries}",
    "/3/inbox": "/3/inbox",
    "/3/inbox/inbox_v": "/3/inbox",
    "/3/voucherfileconnections": "/3/voucherfileconnections",
}


@cache
def spec():
    roots = (Path(SPECS), Path(SPECS) / "specs")
    return json.loads(next(root / "fortnox/openapi.json" for root in roots if (root / "fortnox").is_dir()).read_text(encoding="utf-8"))


def schema(path, method="get", status="200"):
    return spec()["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]


def without_contradictions(value):
    if isinstance(value, list):
        return [without_contradictions(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: without_contradictions(inner) for key, inner in value.items() if inner is not None and key not in LENIENT}


def unknown_keys(value, reference):
    node = spec()["components"]["schemas"][reference["$ref"].rsplit("/", 1)[1]] if "$ref" in reference else reference
    if isinstance(value, list):
        return {key for inner in value for key in unknown_keys(inner, node.get("items", {}))}
    if not isinstance(value, dict):
        return set()
    known = node.get("properties", {})
    inside = {key for name in value if name in known for key in unknown_keys(value[name], known[name])}
    return inside | (set(value) - set(known) - EXTRA_KEYS)


def check(body, reference):
    from openapi_schema_validator import OAS30Validator

    problems = list(OAS30Validator({**reference, "components": spec()["components"]}).iter_errors(without_contradictions(body)))
    assert problems == []
    assert unknown_keys(body, reference) == set()


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.call("POST", "/3/labels", {"Label": {"Description": "Inkasso"}})
    bench.company.credit_invoice(bench.invoice(Labels=[{"Id": 1}]), "250", on="2025-04-10")
    bench.bookkeep(bench.payment("1", 10.5, WriteOffs=[{"AccountNumber": 3740, "Amount": 0.5}]))
    bench.voucher((6062, 5.5, 0), (1689, 0, 5.5))
    file_id = bench.upload().json["File"]["Id"]
    body = {"FileId": file_id, "VoucherSeries": "A", "VoucherNumber": "1", "VoucherYear": 2}
    bench.call("POST", "/3/voucherfileconnections", {"VoucherFileConnection": body})
    return bench


@pytest.mark.parametrize(("path", "described"), ANSWERS.items())
def test_answer_fits_spec(bench, path, described):
    reply = bench.get(path)
    assert reply.status == 200
    check(reply.json, schema(described))


WRITES = [
    ("POST", "/3/labels", {"Label": {"Description": "Tvist"}}, "/3/labels"),
    ("POST", "/3/modesofpayments", {"ModeOfPayment": {"Code": "I", "AccountNumber": "1689"}}, "/3/modesofpayments"),
    ("POST", "/3/invoicepayments", {"InvoicePayment": {"InvoiceNumber": 1, "Amount": 1}}, "/3/invoicepayments"),
    ("PUT", "/3/invoices/1", {"Invoice": {"Comments": "x"}}, "/3/invoices/{DocumentNumber}"),
    ("PUT", "/3/invoices/1/externalprint", None, "/3/invoices/{DocumentNumber}/externalprint"),
]


@pytest.mark.parametrize(("method", "path", "body", "described"), WRITES)
def test_write_answer_fits_spec(bench, method, path, body, described):
    reply = bench.call(method, path, body)
    assert reply.status == (201 if method == "POST" else 200)
    check(reply.json, schema(described, method.lower(), str(reply.status)))


def test_upload_answer_fits_spec(bench):
    check(bench.upload().json, schema("/3/inbox", "post", "201"))


def test_missing_invoice_fits_spec(bench):
    check(bench.get("/3/invoices/99").json, schema("/3/invoices/{DocumentNumber}", "get", "default"))


def test_lower_case_error_does_not(bench):
    body = bench.get("/3/invoices?filter=x").json
    assert unknown_keys(body, schema("/3/invoices", "get", "default")) == {"error", "message", "code"}


def test_list_row_matches_spec_exactly(bench):
    row = bench.get("/3/invoices").json["Invoices"][0]
    assert set(row) == set(spec()["components"]["schemas"]["fortnox_InvoiceListItem"]["properties"])


def test_filters_of_spec_are_known(bench):
    names = [parameter["name"] for parameter in spec()["paths"]["/3/invoices"]["get"]["parameters"]]
    plain = {"filter": "unpaid", "sortby": "total", "fromdate": "2025-01-01", "todate": "2025-12-31", "lastmodified": "2025-01-01"}
    dates = dict.fromkeys(("fromfinalpaydate", "tofinalpaydate"), "2025-01-01")
    replies = [
        bench.get(f"/3/invoices?{name}={({**plain, **dates}).get(name, '1')}").status for name in names if not bench.clock.advance(1)
    ]
    assert replies == [200] * len(names)
