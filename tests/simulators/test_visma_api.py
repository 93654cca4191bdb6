"""What the eAccounting simulator does: the identity server, lists, invoices and payments, books, limits and faults."""

import pytest

from simulators import kit
from simulators.visma import default_app
from tests.simulators.visma_bench import CALLBACK, EVERY, Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


# The identity server


def test_picker_is_only_shown_when_asked_for(bench):
    asked = bench.token(bench.authorize()).json["access_token"]
    silent = bench.token(bench.authorize(prompt="login")).json["access_token"]
    names = [bench.get("/v2/companysettings", token=token).json["Name"] for token in (asked, silent)]
    assert names == ["Snickarna AB", "Byrån AB"]


def test_page_shows_the_companies(bench):
    bench.sim.identity.auto_consent = None
    page = bench.authorize().body.decode()
    assert "Byrån AB" in page and "Snickarna AB" in page
    assert "Snickarna AB" not in bench.authorize(prompt="login").body.decode()


def test_code_works_once_for_five_minutes(bench):
    reply = bench.authorize()
    assert bench.token(reply).status == 200
    assert bench.token(reply).json == {"error": "invalid_grant"}
    late = bench.authorize()
    bench.clock.advance(301)
    assert bench.token(late).status == 400


def test_scopes_and_callback_are_checked(bench):
    assert "invalid_scope" in bench.authorize(scope="ea:sales").headers["Location"]
    assert bench.authorize(redirect_uri="https://else.example").status == 400
    assert bench.oauth("token", {"grant_type": "password"}).json == {"error": "unsupported_grant_type"}
    assert bench.oauth("token", {}, basic="Basic eDp5").json == {"error": "invalid_client"}


def test_rotating_refresh_token_works_once(bench):
    first = bench.answer["refresh_token"]
    second = bench.refresh(first).json["refresh_token"]
    assert second != first and bench.refresh(first).status == 400
    assert bench.refresh(second).status == 200


@pytest.mark.parametrize("kind", ["reusable", "reusable_not_returned"])
def test_reusable_refresh_token_stays(tmp_path, kind):
    bench = Bench(tmp_path, refresh_tokens=kind)
    token = bench.answer["refresh_token"]
    for _ in range(3):
        reply = bench.refresh(token).json
        assert reply.get("refresh_token") == (token if kind == "reusable" else None)


def test_client_may_have_its_own_kind_of_refresh_token(tmp_path):
    bench = Bench(tmp_path, refresh_tokens="rotating")
    bench.sim.add_client("app", "secret", CALLBACK, refresh_tokens="reusable")
    bench.login()
    first = bench.answer["refresh_token"]
    again = [bench.oauth("token", {"grant_type": "refresh_token", "refresh_token": first}).json["refresh_token"] for _ in range(2)]
    assert again == [first, first]


def test_access_ends_after_an_hour_and_refresh_with_consent(bench):
    bench.clock.advance(3601)
    assert bench.get("/v2/companysettings").status == 401
    bench.sim.withdraw_consent("app", "B200")
    assert bench.refresh(bench.answer["refresh_token"]).json == {"error": "invalid_grant"}


def test_revocation_ends_a_refresh_token(bench):
    reply = bench.oauth("revocation", {"token": bench.answer["refresh_token"], "token_type_hint": "refresh_token"})
    assert (reply.status, reply.body) == (200, b"")
    assert bench.refresh(bench.answer["refresh_token"]).status == 400


@pytest.mark.parametrize("status", [403, 400])
def test_missing_scope_is_said(tmp_path, status):
    bench = Bench(tmp_path, scopes="ea:api offline_access ea:sales", denied_status=status)
    for path in ("/v2/vouchers", "/v2/bankaccounts"):
        assert (bench.get(path).status, bench.get(path).code) == (status, 4006)
    assert bench.get("/v2/customerinvoices").status == 200


def test_variant_company_and_client_are_checked(bench):
    bench.company.variant = "Bookkeeping"
    assert bench.get("/v2/customerinvoices").code == 4009
    bench.company.variant, bench.company.status = "Standard", 2
    assert bench.voucher((6062, 5, 0), (1689, 0, 5)).code == 4019
    bench.company.status = 0
    assert bench.get("/v2/companysettings").code == 4004
    bench.company.status = 1
    bench.sim.identity.clients["app"] = type(bench.sim.identity.clients["app"])("app", "secret", (), sandbox=True)
    assert bench.get("/v2/companysettings").code == 4034


# Lists


def test_pages_are_as_asked(bench):
    idents = [bench.invoice() for _ in range(5)]
    first = bench.get("/v2/customerinvoices?$page=1&$pagesize=2").json
    assert first["Meta"]["TotalNumberOfPages"] == 3 and first["Meta"]["TotalNumberOfResults"] == 5
    found = [row["Id"] for page in (1, 2, 3) for row in bench.rows("/v2/customerinvoices", _page=page, _pagesize=2)]
    assert found == idents
    assert bench.get("/v2/customerinvoices").json["Meta"]["PageSize"] == 50
    assert bench.get("/v2/customerinvoices?$page=0").code == 6001


def test_page_size_is_cut(tmp_path):
    bench = Bench(tmp_path, page_size_max=3)
    for _ in range(4):
        bench.invoice()
    assert len(bench.rows("/v2/customerinvoices", _pagesize=1000)) == 3


FILTERS = {
    "RemainingAmount gt 100 and IsCreditInvoice eq false": 1,
    "RemainingAmount le 100": 1,
    "InvoiceNumber eq 1001 or InvoiceNumber eq 1002": 2,
    "not (InvoiceNumber eq 1001)": 1,
    "DueDate lt 2025-03-02T00:00:00Z": 1,
    "contains(CustomerName, 'kund')": 2,
    "CustomerName eq 'Kund AB' and DueDate ge 2025-03-02": 1,
}


@pytest.mark.parametrize(("text", "count"), FILTERS.items())
def test_filter_finds(bench, text, count):
    bench.invoice("1250.00")
    bench.invoice("80.00", due="2025-04-01")
    assert len(bench.rows("/v2/customerinvoices", _filter=text)) == count


def test_filter_takes_a_guid_unquoted(bench):
    ident = bench.invoice()
    assert len(bench.rows("/v2/customerinvoices", _filter=f"Id eq {ident.upper()}")) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("Nonsense eq 1", 6000), ("DueDate xx 1", 6000), ("DueDate ge 2025-13-40", 6001), ("DueDate", 6000), ("(a eq 1", 6000)],
)
def test_bad_filter_is_refused(bench, text, code):
    from urllib.parse import quote

    assert bench.get(f"/v2/customerinvoices?$filter={quote(text)}").code == code


def test_unproven_filters_are_refused_or_ignored(tmp_path):
    refusing, ignoring = Bench(tmp_path / "a", filters="few"), Bench(tmp_path / "b", filters="unknown_ignored")
    assert refusing.get("/v2/vouchers?$filter=SourceId%20eq%201").code == 6000
    ignoring.voucher((6062, 5, 0), (1689, 0, 5))
    assert len(ignoring.rows("/v2/vouchers", _filter="SourceId eq 11111111-1111-1111-1111-111111111111")) == 1


def test_changes_are_listed_by_the_servers_clock(tmp_path):
    bench = Bench(tmp_path, clock_ahead_s=3600)
    ident = bench.invoice()
    now = bench.get("/v2/customerinvoices").json["Meta"]["ServerTimeUtc"]
    assert now.startswith("2025-04-15T08:00:0")
    assert bench.rows("/v2/customerinvoices", modifiedSinceUtc=now) == []
    bench.clock.advance(10)
    bench.company.pay_invoice(ident, "10")
    assert [row["Id"] for row in bench.rows("/v2/customerinvoices", modifiedSinceUtc=now)] == [ident]


# Invoices and payments


def test_payment_goes_straight_to_the_books(bench):
    ident = bench.invoice()
    reply = bench.pay(ident, 250.5, Reference="kb:1")
    assert reply.status == 201 and reply.json["BankTransactionId"] == bench.rows(f"/v2/banktransactions/{bench.bank()}/matched")[0]["Id"]
    shown = bench.shown(ident)
    assert (shown["RemainingAmount"], shown["PaymentStatus"], shown["PaymentDate"]) == (999.5, 2, "2025-04-14T00:00:00")
    assert bench.company.account_balance(1930) == bench.company.account_balance(1510) - 749 == 250.5


REFUSED_PAYMENTS = {
    "too much": ({"amount": 1250.01}, 2000),
    "nothing": ({"amount": 0}, 2000),
    "future": ({"on": "2025-04-16"}, 4023),
    "no year": ({"on": "2019-04-16"}, 3001),
    "short and complete": ({"kind": 2, "amount": 100}, 2000),
    "domestic amount": ({"DomesticPaymentAmount": 5}, 4039),
    "fee without agreement": ({"FactoringFeeAmount": 5, "FactoringFeeAccountNumber": 6064}, 2000),
    "long reference": ({"Reference": "x" * 101}, 2000),
    "another currency": ({"PaymentCurrency": "EUR"}, 2000),
    "unknown type": ({"kind": 9}, 2000),
    "unknown bank": ({"CompanyBankAccountId": "x"}, 2000),
}


@pytest.mark.parametrize(("given", "code"), REFUSED_PAYMENTS.values(), ids=REFUSED_PAYMENTS)
def test_wrong_payment_is_refused(bench, given, code):
    ident = bench.invoice()
    assert bench.pay(ident, **{"amount": 10, **given}).code == code
    assert bench.shown(ident)["RemainingAmount"] == 1250


def test_paid_invoice_takes_no_more(bench):
    ident = bench.invoice()
    assert bench.pay(ident, 1250, kind=2).status == 201
    assert bench.pay(ident, 1).code == 4002
    assert bench.shown(ident)["PaymentStatus"] == 0


def test_agency_fee_is_taken_off(tmp_path):
    bench = Bench(tmp_path, factoring_fee="always")
    ident = bench.invoice("1000.00")
    bench.pay(ident, 970, kind=2, FactoringFeeAmount=30, FactoringFeeAccountNumber=6064)
    assert bench.shown(ident)["RemainingAmount"] == 0
    assert (bench.company.account_balance(6064), bench.company.account_balance(1930)) == (30, 970)


def test_small_rest_is_rounded_off(bench):
    ident = bench.invoice("100.40")
    bench.pay(ident, 100)
    assert bench.pay(ident, 0.4, kind=3).status == 201
    assert bench.shown(ident)["RemainingAmount"] == 0 and float(bench.company.account_balance(3740)) == 0.4


def test_norwegian_company_keeps_norwegian_books(tmp_path):
    bench = Bench(tmp_path, company={"country": "NO"})
    ref = bench.company.add_invoice(bench.customer, "1250.00", "2025-03-01", "2025-03-31")
    seen = bench.company.invoice(ref)
    assert (seen["CurrencyCode"], seen["CurrencyRate"], seen["InvoiceCountryCode"]) == ("NOK", 1, "NO")
    assert seen["PaymentReferenceNumber"] == "10017"
    bench.company.pay_invoice(ref, "1250.00", "2025-04-01")
    bench.company.book_bank("2025-04-02", "Gebyr", "-2.00", 7770)
    balances = [bench.company.account_balance(account) for account in (1500, 1920, 2700, 3000, 7770)]
    assert balances == [0, 1248, -250, -1000, 2]


def test_cash_company_books_revenue_when_paid(tmp_path):
    bench = Bench(tmp_path, company={"method": 1})
    ident = bench.invoice("1250.00")
    assert bench.company.account_balance(3001) == 0
    bench.pay(ident, 1250, kind=2)
    assert (bench.company.account_balance(3001), bench.company.account_balance(1510)) == (-1000, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_credit_is_set_off(tmp_path, sign):
    bench = Bench(tmp_path, credit_sign=sign)
    ident = bench.invoice()
    note = bench.shown(bench.company.credit_invoice(ident, "250"))
    shown = bench.shown(ident)
    assert (shown["RemainingAmount"], shown["SetOffAmountInvoiceCurrency"]) == (1000, 250)
    assert shown["CreditedBy"] == [{"CreditInvoiceId": note["Id"]}] and note["ReferringInvoiceId"] == ident
    assert note["TotalAmount"] == 250 * sign and note["RemainingAmount"] == 0


def test_tax_reduction_is_the_states(tmp_path):
    for switch, left in ((False, 750), (True, 1250)):
        bench = Bench(tmp_path / str(switch), tax_reduction_in_remaining=switch)
        ident = bench.invoice(RotReducedInvoicingType=1, RotReducedInvoicingAmount=500)
        assert bench.shown(ident)["RemainingAmount"] == left


def test_payment_shows_where_the_switches_say(tmp_path):
    wanted = {"invoice": True, "transaction": False, "none": False}
    for source, names_invoice in wanted.items():
        bench = Bench(tmp_path / source, voucher_source=source, reference_shows="voucher")
        ident = bench.invoice()
        bench.pay(ident, 10, Reference="kb:1")
        voucher = bench.rows("/v2/vouchers")[-1]
        assert (voucher["SourceId"] == ident) == names_invoice and "kb:1" in voucher["VoucherText"]
        assert bench.rows(f"/v2/banktransactions/{bench.bank()}/matched")[0]["Rows"][0]["SourceId"] == ident


@pytest.mark.parametrize(("kind", "vouchers"), [("removes", 0), ("reverses", 2)])
def test_payment_can_be_undone(tmp_path, kind, vouchers):
    bench = Bench(tmp_path, undo_payment=kind)
    ident = bench.invoice()
    bench.company.undo_payment(bench.company.pay_invoice(ident, "250"))
    assert bench.shown(ident)["RemainingAmount"] == 1250
    assert sum(row["VoucherType"] == 10 for row in bench.rows("/v2/vouchers")) == vouchers
    assert bench.company.account_balance(1930) == 0


def test_reminder_is_sent_to_overdue_invoices_alone(bench):
    late, early = bench.invoice(), bench.invoice(due="2025-05-01")
    body = {"LatePaymentFee": 60, "EmailDetails": {"Email": "a@example.com", "Subject": "s", "Message": "m"}}
    reply = bench.call("POST", f"/v2/customerinvoices/{late}/paymentreminders", body)
    assert (reply.status, reply.body) == (200, b"")
    assert bench.call("POST", f"/v2/customerinvoices/{early}/paymentreminders", body).code == 4002
    assert bench.shown(late)["PaymentRemindersCount"] == 1 and bench.company.sent[0]["to"] == "a@example.com"


@pytest.mark.parametrize(("switch", "left", "income"), [("printed", 1250, 0), ("on_invoice", 1310, 0), ("voucher", 1250, -60)])
def test_late_fee_follows_its_switch(tmp_path, switch, left, income):
    bench = Bench(tmp_path, late_fee=switch)
    ident = bench.invoice()
    bench.call("POST", f"/v2/customerinvoices/{ident}/paymentreminders", {})
    assert bench.shown(ident)["RemainingAmount"] == left and bench.company.account_balance(3540) == income


@pytest.mark.parametrize(("shows", "trace"), [("nothing", (0, 0)), ("count", (1, 0)), ("status", (0, 7))])
def test_other_collectors_leave_their_trace(tmp_path, shows, trace):
    bench = Bench(tmp_path, other_collector_shows=shows)
    ident = bench.invoice()
    bench.company.collect_elsewhere(ident)
    shown = bench.shown(ident)
    assert (shown["PaymentRemindersCount"], shown["FactoringInvoiceStatus"]) == trace


def test_pdf_is_anonymous_and_temporary(bench):
    url = bench.get(f"/v2/customerinvoices/{bench.invoice()}/pdf", HTTP_HOST="127.0.0.1:1").json["Url"]
    path = url.removeprefix("http://127.0.0.1:1")
    assert bench.raw("GET", path).body.startswith(b"%PDF")
    assert bench.get(path).status == 400
    bench.clock.advance(301)
    assert bench.raw("GET", path).status == 404


def test_drafts_are_no_invoices(bench):
    bench.company.add_draft(bench.customer, "100", "2025-02-01")
    assert bench.rows("/v2/customerinvoices") == []


# Books and the rest


REFUSED_VOUCHERS = {
    "unbalanced": ([(6062, 5, 0), (1689, 0, 4)], {}, 2000),
    "unknown account": ([(9999, 5, 0), (1689, 0, 5)], {}, 3002),
    "blocked account": ([(2650, 5, 0), (1689, 0, 5)], {}, 2000),
    "three decimals": ([(6062, 5.001, 0), (1689, 0, 5.001)], {}, 2000),
    "no rows": ([], {}, 2000),
    "no text": ([(6062, 5, 0), (1689, 0, 5)], {"text": ""}, 2000),
    "no year": ([(6062, 5, 0), (1689, 0, 5)], {"on": "2019-01-01"}, 3001),
    "locked": ([(6062, 5, 0), (1689, 0, 5)], {"on": "2025-01-31"}, 4026),
}


@pytest.mark.parametrize(("rows", "given", "code"), REFUSED_VOUCHERS.values(), ids=REFUSED_VOUCHERS)
def test_wrong_voucher_is_refused(bench, rows, given, code):
    bench.company.lock_period("2025-01-31")
    assert bench.voucher(*rows, **given).code == code
    assert bench.rows("/v2/vouchers") == []


def test_row_text_is_limited(bench):
    body = {
        "VoucherDate": "2025-04-14",
        "VoucherText": "x",
        "Rows": [{"AccountNumber": 6062, "DebitAmount": 1, "TransactionText": "x" * 61}],
    }
    assert bench.call("POST", "/v2/vouchers", body).code == 2000


def test_locked_year_is_refused(bench):
    bench.company.books.years[0]["IsLockedForAccounting"] = True
    assert bench.voucher((6062, 5, 0), (1689, 0, 5), on="2024-06-01").code == 4038
    assert bench.get("/v2/companysettings").json["AccountingLockedTo"] == "0001-01-01T00:00:00"


def test_series_counts_where_the_default_is_off(bench):
    rows = ((6062, 5, 0), (1689, 0, 5))
    default = bench.voucher(*rows, NumberSeries="I").json
    chosen = bench.voucher(*rows, NumberSeries="I", query="?useDefaultVoucherSeries=false").json
    assert (default["NumberAndNumberSeries"], chosen["NumberAndNumberSeries"]) == ("A1", "I1")
    year = bench.rows("/v2/fiscalyears")[1]["Id"]
    assert bench.get(f"/v2/vouchers/{year}/{chosen['Id']}").json["NumberSeries"] == "I"
    assert bench.get("/v2/accountbalances/6062/2025-04-15").json["Balance"] == 10


def test_attachment_is_linked_once(bench):
    ident = bench.call("POST", "/v2/attachments", {"ContentType": "application/pdf", "FileName": "a.pdf", "Data": "JVBERi0="}).json["Id"]
    voucher = bench.voucher((6062, 5, 0), (1689, 0, 5)).json["Id"]
    link = {"DocumentId": voucher, "DocumentType": 3, "AttachmentIds": [ident]}
    assert bench.rows("/v2/attachments") != []
    assert bench.call("POST", "/v2/attachmentlinks", link).status == 200
    assert bench.call("POST", "/v2/attachmentlinks", link).code == 2000
    assert bench.rows("/v2/attachments") == [] and bench.rows("/v2/attachments", includeMatched="true") != []


def test_put_of_a_customer_blanks_what_is_left_out(bench):
    kept = {name: bench.get(f"/v2/customers/{bench.customer}").json[name] for name in
            ("Name", "InvoiceCity", "InvoicePostalCode", "TermsOfPaymentId", "IsPrivatePerson", "IsActive")}  # fmt: skip
    assert bench.call("PUT", f"/v2/customers/{bench.customer}", kept).json["EmailAddress"] is None
    assert bench.call("PUT", f"/v2/customers/{bench.customer}", {"Name": "x"}).code == 2000


def test_notes_are_limited_and_never_deleted(bench):
    ident = bench.invoice()
    note = {"AttachedTo": ident, "DocumentType": 1, "Text": "x" * 256}
    made = bench.call("POST", "/v2/notes", note).json["Id"]
    assert bench.shown(ident)["Notes"] == [made]
    assert bench.call("POST", "/v2/notes", {**note, "Text": "x" * 257}).code == 2000
    assert bench.call("DELETE", f"/v2/notes/{made}").status == 405


# Limits and faults


@pytest.mark.parametrize("per", ["client", "client_and_company"])
def test_limit_is_600_a_minute_and_address(tmp_path, per):
    bench = Bench(tmp_path, limit_per=per)
    other = bench.token(bench.authorize(prompt="login")).json["access_token"]
    for _ in range(600):
        bench.sim._throttle.wait_s(bench.sim.identity.tokens[bench.access], "GET", "/v2/companysettings")
    reply = bench.get("/v2/companysettings")
    assert (reply.status, reply.code) == (429, 4010) and "Retry-After" not in reply.headers
    assert "Try again in" in reply.json["DeveloperErrorMessage"]
    assert bench.get("/v2/fiscalyears").status == 200
    assert bench.get("/v2/companysettings", token=other).status == (429 if per == "client" else 200)
    bench.clock.advance(61)
    assert bench.get("/v2/companysettings").status == 200


def test_faults_strike_before_and_after(bench):
    ident = bench.invoice()
    for kind, status, left in (
        ("error_before", 500, 1250),
        ("error_after", 500, 1240),
        ("throttled", 429, 1240),
        ("drop_after", 599, 1230),
    ):
        bench.sim.faults.arm(kind, method="POST", path_part="/payments")
        assert bench.pay(ident, 10).status == status
        assert bench.shown(ident)["RemainingAmount"] == left


def test_pages_shift(bench):
    for _ in range(4):
        bench.invoice()
    bench.sim.faults.arm("page_behind", method="GET", path_part="/v2/customerinvoices")
    assert len(bench.rows("/v2/customerinvoices", _page=1, _pagesize=3)) == 3
    bench.sim.faults.arm("paid_between", method="GET", path_part="/v2/customerinvoices")
    bench.rows("/v2/customerinvoices", _page=2, _pagesize=3)
    assert sum(row["PaymentStatus"] == 0 for row in bench.rows("/v2/customerinvoices")) == 1


def test_state_and_log_are_written(bench, tmp_path):
    import json

    bench.pay(bench.invoice(), 10)
    state = json.loads(bench.sim.write_state(tmp_path).read_text())["companies"]["B200"]
    assert state["invoices"][0]["RemainingAmount"] == 1240 and state["bank_transactions"]
    log = [json.loads(line) for line in (tmp_path / "requests.jsonl").read_text().splitlines()]
    assert log[-1]["path"].endswith("/payments") and log[-1]["body"]["PaymentAmount"] == 10
    assert all("secret" not in json.dumps(row) for row in log)


def test_same_seed_gives_the_same_ids(tmp_path):
    one, two = (Bench(tmp_path / name) for name in ("a", "b"))
    assert one.invoice() == two.invoice()


def test_default_app_has_two_companies(tmp_path):
    clock = kit.Clock(tmp_path / "clock")
    clock.set(1_744_700_000)
    app = default_app(1, clock)
    assert {company.name for company in app.companies.values()} == {"Byrån AB", "Demobolaget AB"}
    assert len(app.companies["B200"].invoicing.invoices) == 9
    assert EVERY.split()
