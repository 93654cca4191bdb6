import os

import pytest

from tests.simulators.visma_bench import Bench
from tests.visma_specs import load, problems

SPECS = os.environ.get("KRAVBRO_SPECS")
pytestmark = [pytest.mark.specs, pytest.mark.skipif(not SPECS, reason="KRAVBRO_SPECS is not set")]

LISTS = {
    "/v2/customerinvoices": "CustomerInvoiceApi",
    "/v2/customers": "CustomerApi",
    "/v2/customerlabels": "CustomerLabelApi",
    "/v2/notes": "NoteApi",
    "/v2/partnerresourcelinks": "PartnerResourceLinkApi",
    "/v2/fiscalyears": "FiscalYearApi",
    "/v2/accounts/{year}": "AccountApi",
    "/v2/accounts/standardaccounts": "StandardAccountApi",
    "/v2/bankaccounts": "BankAccountApi",
    "/v2/banktransactions/{bank}/matched": "BankTransactionApi",
    "/v2/vouchers": "VoucherApi",
    "/v2/attachments?includeMatched=true": "AttachmentResultApi",
}
ONES = {
    "/v2/companysettings": "CompanySettingsApi",
    "/v2/customerinvoices/{invoice}": "CustomerInvoiceApi",
    "/v2/customerinvoices/{credit}": "CustomerInvoiceApi",
    "/v2/customerinvoices/{invoice}/pdf": "InvoiceUrlApi",
    "/v2/customers/{customer}": "CustomerApi",
    "/v2/notes/{note}": "NoteApi",
    "/v2/vouchers/{year}/{voucher}": "VoucherApi",
    "/v2/attachments/{attachment}": "AttachmentResultApi",
}


@pytest.fixture(params=["midnight", "date", "zulu"])
def bench(request, tmp_path):
    bench = Bench(tmp_path, date_shape=request.param)
    ident = bench.invoice()
    bench.company.label_customer(bench.customer, "Ej inkasso")
    known = {"invoice": ident, "customer": bench.customer, "bank": bench.bank()}
    known["credit"] = bench.company.credit_invoice(ident, "250", on="2025-04-10")
    bench.pay(ident, 10.5)
    bench.company.remind(ident)
    known["year"] = bench.rows("/v2/fiscalyears")[1]["Id"]
    known["voucher"] = bench.voucher((6062, 5.5, 0), (1689, 0, 5.5)).json["Id"]
    known["note"] = bench.call("POST", "/v2/notes", note(ident)).json["Id"]
    bench.call("POST", "/v2/partnerresourcelinks", link(ident))
    known["attachment"] = bench.call("POST", "/v2/attachments", attachment()).json["Id"]
    bench.known = known
    return bench


def note(ident):
    return {"AttachedTo": ident, "DocumentType": 1, "Subject": "Kravbro", "Text": "Inkasso 1"}


def link(ident):
    return {"ResourceId": ident, "ResourceType": 3, "Href": "https://x.example", "PartnerCompanyName": "K", "PartnerSystemName": "K"}


def attachment():
    return {"ContentType": "application/pdf", "FileName": "a.pdf", "Data": "JVBERi0="}


@pytest.mark.parametrize(("path", "model"), LISTS.items())
def test_list_fits_spec(bench, path, model):
    body = bench.get(path.format(**bench.known)).json
    assert set(body) == {"Meta", "Data"} and body["Data"]
    assert problems(SPECS, "CommonPaginationMetadata", body["Meta"]) == []
    assert [wrong for row in body["Data"] for wrong in problems(SPECS, model, row)] == []


@pytest.mark.parametrize(("path", "model"), ONES.items())
def test_object_fits_spec(bench, path, model):
    assert problems(SPECS, model, bench.get(path.format(**bench.known)).json) == []


def test_invoice_has_every_field(bench):
    known = load(SPECS, "eaccounting-v2-2026-09-extract.json")["schemas"]["CustomerInvoiceApi"]["properties"]
    assert set(known) - set(bench.shown(bench.known["invoice"])) == {"ContributionMargin"}


def test_answers_to_writes_fit_spec(bench):
    known = bench.known
    link_ = bench.rows("/v2/partnerresourcelinks")[0]["Id"]
    replies = {
        "InvoicePaymentApi": bench.pay(known["invoice"], 10),
        "VoucherApi": bench.voucher((6062, 5.5, 0), (1689, 0, 5.5)),
        "NoteApi": bench.call("PUT", f"/v2/notes/{known['note']}", note(known["invoice"])),
        "PartnerResourceLinkApi": bench.call("PUT", f"/v2/partnerresourcelinks/{link_}", link(known["invoice"])),
        "AttachmentResultApi": bench.call("POST", "/v2/attachments", attachment()),
        "BankAccountApi": bench.call("POST", "/v2/bankaccounts", {"Name": "Inkasso", "BankAccountType": 2, "LedgerAccountNumber": 1689}),
        "AttachmentLinkApi": bench.call(
            "POST",
            "/v2/attachmentlinks",
            {"DocumentId": known["voucher"], "DocumentType": 3, "AttachmentIds": [known["attachment"]]},
        ),
        "CustomerApi": bench.call("PUT", f"/v2/customers/{bench.customer}", bench.get(f"/v2/customers/{bench.customer}").json),
    }
    for model, reply in replies.items():
        assert reply.status in (200, 201), reply.json
        assert problems(SPECS, model, reply.json) == []


def test_replacing_a_customer_leaves_what_is_read_only(bench):
    schema = load(SPECS, "eaccounting-v2-2026-09-extract.json")["schemas"]["CustomerApi"]
    read_only = {name for name, one in schema["properties"].items() if one.get("readOnly")} - {"ChangedUtc"}
    bench.company.set_customer(bench.customer, PayToAccountId=bench.bank(), LastInvoiceDate="2025-02-01T00:00:00")
    was = bench.get(f"/v2/customers/{bench.customer}").json
    given = {name: was[name] for name in schema["required"]}
    now = bench.call("PUT", f"/v2/customers/{bench.customer}", given).json
    assert {name: now[name] for name in read_only & set(was)} == {name: was[name] for name in read_only & set(was)}
    assert "PayToAccountId" in read_only and problems(SPECS, "CustomerApi", now) == []


def test_refusals_fit_spec(bench):
    for reply in (bench.get("/v2/customers/x"), bench.voucher((6062, 5, 0)), bench.get("/v2/vouchers?$filter=x")):
        assert reply.status >= 400
        assert problems(SPECS, "CommonExtendedBadRequest", reply.json) == []
        assert [wrong for one in reply.json["Errors"] for wrong in problems(SPECS, "CommonError", one)] == []


def test_every_address_is_published(bench):
    """Each route is an operation of a specification, with its scopes."""
    from simulators.visma import ROUTES

    published = {}
    for operation in load(SPECS, "eaccounting-v2-2026-09-extract.json")["operations"]:
        published[operation["method"], _shape("/v2" + operation["path"])] = set(operation["scopes_any_of"])
    for operation in load(SPECS, "eaccounting-v2-2021-04-extract.json")["operations"]:
        published.setdefault((operation["method"], _shape(operation["path"])), set(operation["scopes"]))
    for method, pattern, scopes, *_ in ROUTES:
        key = (method, _shape(pattern.pattern))
        assert key in published, key
        if pattern.pattern != "/v2/bankaccounts":  # its scope is a switch
            assert set(scopes) == published[key], key


def _shape(path):
    import re

    return re.sub(r"\{[^}]*\}|\([^)]*\)", "*", path)
