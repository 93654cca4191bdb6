"""Every answer of the e-conomic simulator against the vendor's own schemas: draft-03 for the old host, OpenAPI for the services."""

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from tests.simulators.economic_bench import CUSTOMERS, DOCUMENTS, ENTRIES, JOURNALS, YEARS, Bench

SPECS = os.environ.get("KRAVBRO_SPECS")
pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

# What recorded answers have and the schemas lack (facts: section 2), and a flag that comes as a boolean.
EXTRA_KEYS = {"orderNumber", "exchangeRate", "grossAmountInBaseCurrency", "cvr", "remainderInBaseCurrency", "zone", "isDeleted"}
LENIENT = {"internationalLedger", "pagination", "metaData"}

LEGACY = {
    "/self": "self",
    "/customers": "customers",
    "/customers/1": "customers.customerNumber",
    "/customer-groups": "customer-groups",
    "/accounts?pagesize=1000": "accounts",
    "/invoices/booked": "invoices.booked",
    "/invoices/unpaid": "invoices.unpaid",
    "/invoices/paid": "invoices.paid",
    "/invoices/overdue": "invoices.overdue",
    "/invoices/not-due": "invoices.not-due",
    "/invoices/booked/1": "invoices.booked.bookedInvoiceNumber",
    "/invoices/totals/booked/unpaid/overdue": "invoices.totals.booked.unpaid.overdue",
}
SERVICES = {
    f"{ENTRIES}/booked-entries": "BookedEntries",
    f"{ENTRIES}/booked-entries/paged": "BookedEntries",
    f"{ENTRIES}/booked-entries/count": "BookedEntries",
    f"{ENTRIES}/booked-entries/matched-pairs": "BookedEntries",
    f"{JOURNALS}/draft-entries": "Journals",
    f"{JOURNALS}/draft-entries/1": "Journals",
    f"{JOURNALS}/draft-entries/count": "Journals",
    f"{JOURNALS}/journals": "Journals",
    f"{DOCUMENTS}/AttachedDocuments": "Documents",
    f"{YEARS}/accountingYears/periods": "AccountingYears",
    f"{YEARS}/AccountingYears/paged": "AccountingYears",
    f"{CUSTOMERS}/Contacts": "Customers",
}


def folder(name):
    roots = (Path(SPECS), Path(SPECS) / "specs")
    return next(root for root in roots if (root / "economic").is_dir()) / "economic" / "EConomic.NET" / "specs" / name


@cache
def legacy_schema(name):
    return json.loads((folder("legacy") / f"{name}.get.schema.json").read_text(encoding="utf-8"))


@cache
def service(name):
    return json.loads((folder("openapi") / f"openapi-{name}.json").read_text(encoding="utf-8"))


def response_schema(name, path, method="get", status="200", media="application/json"):
    bare = re.sub(r"^/\w+api/v[\d.]+", "", path.partition("?")[0])
    fits = [known for known in service(name)["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), bare)]
    declared = service(name)["paths"][min(fits, key=lambda known: known.count("{"))][method]
    return declared["responses"][status]["content"][media]["schema"]


def legacy_problems(value, name):
    from jsonschema import Draft3Validator

    clean = {key: inner for key, inner in value.items() if key not in LENIENT}
    if "settings" in clean:
        clean["settings"] = {key: inner for key, inner in clean["settings"].items() if key not in LENIENT}
    return [error.message for error in Draft3Validator(legacy_schema(name)).iter_errors(clean)]


def service_problems(value, schema, name):
    from openapi_schema_validator import OAS30Validator

    components = service(name)["components"]
    found = OAS30Validator({**schema, "components": components}).iter_errors(value)
    flags = {
        prop for one in components["schemas"].values() for prop, kind in one.get("properties", {}).items() if kind.get("type") == "boolean"
    }
    # Booleans that are false are left out, though some are declared as required (facts: section 4.5).
    return [error.message for error in found if not (error.validator == "required" and error.message.split("'")[1] in flags)]


def unknown_keys(value, schema):
    if isinstance(value, list):
        return {name for inner in value for name in unknown_keys(inner, schema.get("items") or {})}
    if not isinstance(value, dict):
        return set()
    known = schema.get("properties") or {}
    inside = {name for key in value if key in known for name in unknown_keys(value[key], known[key])}
    return inside | (set(value) - set(known) - EXTRA_KEYS if known else set())


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    foreign = bench.agreement.add_customer(
        "Kund AB", "556677-8899", country="Sverige", ean="5790000000001", currency="EUR", group=2, barred=True
    )
    bench.agreement.add_invoice(
        foreign, "100", "2025-04-01", "2025-05-01", currency="EUR", references={"other": "PO 1"}, notes={"heading": "x"}
    )
    bench.agreement.credit(bench.agreement.add_invoice(bench.customer, "10", "2025-02-01", "2025-03-01"))
    bench.agreement.pay(bench.invoice, "100")
    bench.agreement.remind(bench.invoice)
    bench.draft()
    bench.attach()
    bench.agreement.add_contact(bench.customer, "Anna", notes="x", receiveInvoices=True)
    return bench


@pytest.mark.parametrize(("path", "name"), LEGACY.items())
def test_answer_of_the_old_host_fits(bench, path, name):
    reply = bench.call("GET", path)
    assert reply.status == 200
    body = reply.json
    assert legacy_problems(body, name) == []
    assert unknown_keys({key: inner for key, inner in body.items() if key not in LENIENT}, legacy_schema(name)) - {"name"} == set()


@pytest.mark.parametrize(("path", "name"), SERVICES.items())
def test_answer_of_a_service_fits(bench, path, name):
    reply = bench.call("GET", path)
    assert reply.status == 200
    assert service_problems(reply.json, response_schema(name, path), name) == []


@pytest.mark.parametrize("switch", [{"false_booleans": "given"}, {"dates": "plain"}])
def test_other_values_fit_too(tmp_path, switch):
    bench = Bench(tmp_path, **switch)
    path = f"{JOURNALS}/journals"
    assert service_problems(bench.get(path).json, response_schema("Journals", path), "Journals") == []


def test_writes_answer_as_declared(bench):
    assert service_problems(bench.draft().json, response_schema("Journals", "/draft-entries", "post", "201"), "Journals") == []
    assert service_problems(bench.attach(2).json, response_schema("Documents", "/AttachedDocuments", "post", "201"), "Documents") == []
    contact = bench.call("POST", f"{CUSTOMERS}/Contacts", {"customerNumber": 1, "name": "B"})
    assert service_problems(contact.json, response_schema("Customers", "/Contacts", "post", "201"), "Customers") == []


def test_problem_documents_fit(bench):
    for reply, status in ((bench.draft(amount=None), "400"), (bench.book(99), "404"), (bench.draft(text="x" * 251), "400")):
        path = "/journals/1/bookdraftentries" if status == "404" else "/draft-entries"
        schema = response_schema("Journals", path, "post", status, "application/problem+json")
        assert reply.headers["Content-Type"] == "application/problem+json" and service_problems(reply.json, schema, "Journals") == []


def test_error_codes_are_the_vendors(bench):
    """Every code of a refused draft or match that we know is one that the vendor lists."""
    listed = {
        code
        for name in ("Journals", "BookedEntries", "Documents")
        for tag in service(name)["tags"]
        for code in tag.get("x-error-codes", [])
    }
    text = (Path(__file__).parents[2] / "simulators" / "economic_ledger.py").read_text() + (
        Path(__file__).parents[2] / "simulators" / "economic_services.py"
    ).read_text()
    used = set(re.findall(r'"((?:JournalEntry|ENTRYMATCHING|Customer_)\w+)"', text))
    assert used <= listed | {"JournalEntryContraAccountNotAccessible"} and len(used) > 12


def test_filterable_properties_are_the_vendors():
    from simulators import economic_services as own

    for known, name, schema in (
        (own.ENTRIES, "BookedEntries", "BookedEntry"),
        (own.DRAFTS, "Journals", "DraftEntry"),
        (own.DOCUMENTS, "Documents", "AttachedDocument"),
        (own.PERIODS, "AccountingYears", "AccountingYearPeriod"),
        (own.PAIRS, "BookedEntries", "MatchedBookedEntriesPair"),
        (own.CONTACTS, "Customers", "Contact"),
    ):
        declared = service(name)["components"]["schemas"][schema]["properties"]
        for prop, operators in known.items():
            assert operators == set(declared[prop]["x-filterable"].split(", ")), (schema, prop)
