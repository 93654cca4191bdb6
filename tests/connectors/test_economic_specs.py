"""The vendor's own schemas and recordings: every request we make, every answer we read, every recorded body."""

import json
import os
import re
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract.bench import NOW
from connectors.economic.answers import parse_json
from connectors.economic.mapping.invoices import parse_invoice, parse_invoice_row
from connectors.economic.mapping.parties import parse_debtor
from connectors.economic.settings import read_settings
from core.errors import RejectedError
from core.model import Problem
from core.writes import AttachDocument, CreatePaymentMode, MarkInvoice
from tests.connectors.economic_bench import OTHER_KEY
from tests.connectors.test_economic_writes import do, entered, made, stored, voucher
from tests.simulators.test_economic_specs import SPECS, legacy_problems, response_schema, service, service_problems

pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

NAMES = {
    "journalsapi": "Journals", "bookedEntriesapi": "BookedEntries", "documentsapi": "Documents", "accountingyearsapi": "AccountingYears",
    "customersapi": "Customers",
}  # fmt: skip
LEGACY = {
    "/self": "self",
    "/accounts": "accounts",
    "/customer-groups": "customer-groups",
    "/invoices/unpaid": "invoices.unpaid",
    "/invoices/booked": "invoices.booked",
}


@pytest.fixture
def busy(tmp_path):
    """An agreement on which every read and every write was done once."""
    bench = made(tmp_path)
    connector, ref = bench.connector, bench.add_overdue()
    bench.agreement.credit(ref, "100")
    bench.agreement.pay(ref, "100", "2025-04-01")
    bench.agreement.add_manual_invoice(bench.customer, "10", "2025-01-01", "2025-02-01")
    list(connector.list_open_invoices()), list(connector.list_changed_invoices(NOW)), list(connector.list_changed_payments(NOW))
    connector.get_invoice(ref), connector.get_debtor(bench.customer), connector.get_invoice_pdf(ref), connector.list_payments(ref)
    connector.check_company("10150817"), connector.locked_until(), connector.bank_postings_until(date(2025, 4, 15))
    connector.list_accounts(NOW), connector.propose_books_setup(NOW), connector.find_payment_mode("KB")
    do(bench, entered(bench), OTHER_KEY)
    booked = do(bench, voucher(), "d" * 32)
    with pytest.raises(RejectedError):
        do(bench, voucher(("5690", "100"), ("4310", "-99")), "e" * 32)  # its drafts are deleted
    stored(bench)
    do(bench, AttachDocument("d1", booked.remote_ref))
    do(bench, MarkInvoice(ref, "Inkasso A-1"))
    do(bench, MarkInvoice(ref, "Inkasso A-2"), OTHER_KEY)
    do(bench, CreatePaymentMode("K2", "Inkasso", "5690"))
    connector.look_up(voucher(), connector.prepare(voucher(), "a" * 32), "a" * 32, ())
    return bench.adapter.seen


def declared(request):
    """The declared operation of a service's request, and the service's name; None for the old host."""
    match = re.match(r"/(\w+api)/(v[\d.]+)(/.*)", urlsplit(request.url).path)
    if match is None:
        return None
    name = NAMES[match[1]]
    assert service(name)["info"]["version"] == match[2].removeprefix("v")
    fits = [known for known in service(name)["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), match[3])]
    return service(name)["paths"][min(fits, key=lambda known: known.count("{"))][request.method.lower()], name


def test_versions_are_those_of_the_schemas():
    given = {"app_secret_token": "a", "grant_token": "b", "agreement_number": "1"}
    pinned = read_settings(given).versions
    assert {name: f"v{service(NAMES[name])['info']['version']}" for name in pinned} == dict(pinned)


def test_every_request_is_declared(busy):
    for request, _ in busy:
        found = declared(request)
        names = {name for name, _ in parse_qsl(urlsplit(request.url).query)}
        if found is None:
            assert request.method == "GET" and names <= {"filter", "sort", "skippages", "pagesize"}
        else:
            assert names <= {one["name"] for one in found[0].get("parameters", [])}, request.url


def test_every_body_fits_its_schema(busy):
    checked = 0
    for request, _ in busy:
        found = declared(request)
        if request.method in ("GET", "DELETE") or found is None or "json" not in request.headers["Content-Type"]:
            continue
        operation, name = found
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.loads(request.body)
        assert service_problems(body, schema, name) == [] and None not in body.values()
        checked += 1
    assert checked >= 7


def test_attachment_has_the_declared_parts(busy):
    (request,) = [one for one, _ in busy if one.method == "POST" and "AttachedDocuments" in one.url]
    known = service("Documents")["components"]["schemas"]["AttachedDocumentCreate"]["properties"]
    assert set(re.findall(rb'name="(\w+)"', request.body)) <= {name.encode() for name in known}


def test_every_answer_fits_its_schema(busy):
    checked = 0
    for request, reply in busy:
        found, path = declared(request), urlsplit(request.url).path
        if "json" not in reply.headers.get("Content-Type", ""):
            continue
        if found:
            media = "application/problem+json" if reply.status_code >= 400 else "application/json"
            schema = response_schema(found[1], path, request.method.lower(), str(reply.status_code), media)
            assert service_problems(reply.json(), schema, found[1]) == [], path
        else:
            name = LEGACY.get(path) or re.sub(r"/(customers|booked)/\d+", r"/\1/X", path)
            name = {"/customers/X": "customers.customerNumber", "/invoices/booked/X": "invoices.booked.bookedInvoiceNumber"}.get(name, name)
            assert legacy_problems(reply.json(), name) == [], path
        checked += 1
    assert checked > 40


def test_filters_name_what_is_filterable(busy):
    """Every property and operator in a filter of ours is declared for it."""
    seen = set()
    for request, _ in busy:
        found, query = declared(request), dict(parse_qsl(urlsplit(request.url).query))
        if found is None or "filter" not in query:
            continue
        rows = found[0]["responses"]["200"]["content"]["application/json"]["schema"]
        schemas = service(found[1])["components"]["schemas"]
        reference = json.dumps(rows if "items" in rows else schemas.get(rows.get("$ref", "").rsplit("/", 1)[-1], {}))
        names = re.findall(r"#/components/schemas/(\w+)", reference)
        name = names[0] if names else {"booked-entries": "BookedEntry"}[urlsplit(request.url).path.split("/")[3]]
        for prop, operator in re.findall(r"(\w+)\$(eq|ne|gte|gt|lte|lt|in|nin|like):", query["filter"]):
            assert operator in schemas[name]["properties"][prop]["x-filterable"].split(", "), (name, prop, operator)
            seen.add((name, prop, operator))
    assert len(seen) > 12


@cache
def recorded():
    """Every recorded body, by its file's name."""
    folder = Path(SPECS) / "fixtures" / "economic"
    return {file.name: parse_json(file.read_bytes()) for file in sorted(folder.glob("*/*.json"))}


def rows(key):
    return [row for body in recorded().values() for row in body.get("collection", []) if key in row]


def test_recorded_invoices_are_read():
    found = rows("bookedInvoiceNumber")
    assert len(found) >= 2
    for raw in found:
        invoice = parse_invoice(raw)
        assert not isinstance(invoice, Problem), invoice
        assert (invoice.source_ref, invoice.total.amount, invoice.open.amount) == (
            str(raw["bookedInvoiceNumber"]),
            raw["grossAmount"],
            raw["remainder"],
        )
        assert (invoice.issued_on.isoformat(), invoice.due_on.isoformat()) == (raw["date"], raw["dueDate"])
        assert invoice.leave_alone == (("credit",) if raw["grossAmount"] < 0 else ())
        assert parse_invoice_row(raw).debtor_ref == str(raw["customer"]["customerNumber"])


def test_recorded_customers_are_read():
    found = rows("customerGroup")
    assert len(found) >= 20
    for raw in found:
        debtor = parse_debtor(raw)
        assert not isinstance(debtor, Problem), debtor
        assert (debtor.source_ref, debtor.name, debtor.active) == (
            str(raw["customerNumber"]),
            raw["name"].strip(),
            not raw.get("barred", False),
        )
        assert debtor.address.country or not raw.get("country"), raw["country"]


def test_recorded_bodies_that_are_neither_are_known():
    others = {
        name
        for name, body in recorded().items()
        if not any(key in row for row in body.get("collection", [{}]) for key in ("customerGroup", "bookedInvoiceNumber"))
    }
    assert all(re.match(r"L\d+_response|L183_payment_terms|products", name) for name in others) and os.environ["KRAVBRO_SPECS"]
