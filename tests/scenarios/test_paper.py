"""A Danish company whose books are kept by hand, typed as its accountant would, from the connect to the settlement in its books."""

import email
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from commands.wiring import open_app
from core.store.tables import tenants
from simulators import kit
from simulators.paper import PaperSimulator
from tests.story import START, moment

ORG_NO, DEBTOR_NO = "10000009", "10000017"
COMPANIES = {
    "DK": ("Firmaet ApS", ORG_NO, "DKK", "DK5000400440116243", DEBTOR_NO),
    "NO": ("Firmaet AS", "910000004", "NOK", "NO9386011117947", "910000012"),
}
"""By country: name, number, currency, account and a debtor's number."""


class Paper:
    """The company `dk` beside the story's own: its books, and what is typed about it."""

    def __init__(self, story, url, simulator, country="DK"):
        self.story, self.url, self.simulator, self.country = story, url, simulator, country
        name, self.org_no, currency, iban, self.debtor_no = COMPANIES[country]
        self.company = simulator.add_company("a-key", name, self.org_no, country, currency, iban=iban, email="b@firmaet.example")
        (story.home / "key").write_text("a-key\n")

    def connect(self, *more, tenant="dk", org_no=None, code=0):
        given = ("--set", f"api_url={self.url}", "--secret-file", str(self.story.home / "key"))
        return self.story.type("connect", "paper", "--tenant", tenant, "--org-no", org_no or self.org_no, *given, *more, code=code)

    def go_live(self):
        type_ = self.story.type
        self.connect()
        type_("tenants", "accounts", "dk", "--confirm")
        type_("policy", "use", "dk", f"{self.country.lower()}-standard")
        type_("tenants", "choose", "dk", "--agency", "nord")
        type_("tenants", "fee", "dk", "--agreement", "terms of sale", "--since", "2025-01-01")
        named = ("contract", "signatory", "client-number", "price-version", "payout-account", "processor-agreement")
        type_(
            "tenants", "mandate", "dk", "--fees-kept-by", "agency", *[part for name in named for part in (f"--{name}", "Anna Berg, 2025")]
        )
        port = str(self.story.smtp_port)
        type_("tenants", "mail", "dk", "--host", "127.0.0.1", "--port", port, "--security", "none", "--from", "b@firmaet.example")
        type_("tenants", "live", "dk")

    def invoice(self, total="12500.00"):
        debtor = self.company.add_debtor(
            "Kunde ApS", self.debtor_no, "kunde@kunde.example", line1="Algade 1", postcode="5000", city="Odense C"
        )
        due_on = START + timedelta(days=2)
        return self.company.add_invoice(debtor, total, due_on - timedelta(days=30), due_on, reference="000000000010017")

    def days(self, count):
        done = []
        for _ in range(count):
            self.story.today += timedelta(days=1)
            self.story.clock.advance_to(moment(self.story.today, 6).timestamp())
            yesterday = self.story.today - timedelta(days=1)
            if yesterday.weekday() < 5:
                self.company.book_bank(yesterday, "Bank", Decimal("-2.00"), self.company.account("bank_fee"))
            done.append(json.loads(self.story.type("run", "--tenant", "dk", "--json")))
        return done


@pytest.fixture
def paper(story):
    simulator = PaperSimulator(clock=story.clock)
    with kit.Served(simulator) as served:
        yield Paper(story, served.url, simulator)


def test_country_and_currency_are_the_companys(paper):
    assert "Firmaet ApS is connected" in paper.connect()
    tenant = open_app().tenant("dk")
    assert (tenant.country, tenant.currency, tenant.connector, tenant.books_setup.clearing) == ("DK", "DKK", "paper", "5690")
    assert "secret" not in tenant.settings and "a-key" not in str(tenant)


def test_connected_again_keeps_what_it_knew(paper):
    paper.go_live()
    assert "accounts stay" in paper.connect()
    assert open_app().tenant("dk").books_confirmed


def test_wrong_company_is_refused(paper):
    assert "Firmaet ApS" in paper.connect(org_no=DEBTOR_NO, code=2)
    assert "has no setting 'colour'" in paper.connect("--set", "colour=red", code=2)
    assert "is secret" in paper.connect("--set", "api_key=a-key", code=2)
    assert "connected in fortnox" in paper.connect(tenant="t", org_no="556677-8899", code=2)
    assert "connected as tenant dk already" in (paper.connect() and paper.connect(tenant="two", code=2))


def test_company_of_another_system_is_refused(paper):
    paper.connect()
    with open_app().database.write() as connection:
        connection.execute(update(tenants).where(tenants.c.id == "dk").values(connector="another"))
    assert "connected as tenant dk already" in paper.connect(tenant="two", code=2)


def test_wrong_key_is_no_expired_login(paper):
    (paper.story.home / "key").write_text("another")
    assert "not connected (the key is not known)" in paper.connect(code=2)


def test_country_without_its_law_is_refused(paper):
    paper.company.country = "DE"
    assert "whose law is not known here" in paper.connect(code=2)


def test_swedish_policy_is_refused(paper):
    paper.connect()
    assert "DK" in paper.story.type("policy", "use", "dk", "se-standard", code=2)
    assert "dk-business-cautious" in paper.story.type("run", "--tenant", "dk", code=2)


def test_danish_claim_from_letter_to_settlement(paper):
    paper.go_live()
    number = paper.invoice()
    paper.days(50)
    claim = paper.story.acknowledge()
    assert [(one["kind"], one["fee"]["amount"]) for one in claim["notices"]] == [("reminder", "100.00"), ("notice", "100.00")]
    assert (claim["currency"], claim["creditor"]["address"]["country"], claim["interest"]["statute"][:10]) == ("DKK", "DK", "renteloven")
    parts = [
        {"component": "principal", "amount": dkk("12500.00"), "invoice_ref": number},
        {"component": "interest", "amount": dkk("150.00")},
        {"component": "compensation", "amount": dkk("310.00")},
        {"component": "collection_cost", "amount": dkk("1700.00"), "payee": "agency"},
    ]
    paid = {"payment_id": "P1", "received_on": str(paper.story.today), "amount": dkk("14660.00"), "allocations": parts}
    paper.story.tell(claim, "payment_received", **paid)
    paper.days(1)
    assert paper.company.open_of(number) == 0
    paper.story.report("/settlements", {"data": settlement(claim, str(paper.story.today))})
    paper.days(1)
    (voucher,) = [one for one in paper.company.vouchers if one["series"] == "A"]
    assert voucher["text"] == "Afregning S1 inkasso"
    amounts = {row["account"]: row["amount"] for row in voucher["rows"]}
    role = paper.company.account
    assert (amounts[role("interest")], amounts[role("fee")], amounts[role("input_vat")]) == (-150, -310, Decimal("581.25"))
    assert paper.company.invoices[number]["mark"] == "Inkasso A-1001"
    assert json.loads(paper.story.type("reconcile", "--tenant", "dk", "--json"))["differences"] == []


def test_letter_is_danish_with_its_payment_line(paper):
    paper.company.details["fi_creditor_no"] = "81234567"
    paper.go_live()
    paper.invoice()
    paper.days(20)
    message = email.message_from_bytes(paper.story.mailbox.mails[0])
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True).decode()
    assert "mangler vi 12.500,00 kr." in text and "+71<000000000010017+81234567<" in text


def dkk(amount):
    return {"amount": amount, "currency": "DKK"}


def settlement(claim, day):
    amounts = {
        "gross": "14660.00", "principal": "12500.00", "interest": "150.00", "creditor_fees": "310.00", "fees_kept": "1700.00",
        "commission": "625.00", "vat": "581.25", "costs": "0.00", "carried_in": "0.00", "carried_out": "0.00", "paid_out": "11753.75",
    }  # fmt: skip
    named = {"settlement_id": "S1", "settled_on": day, "currency": "DKK", "agency_vat_no": "DK10000025", "invoice_no": "F1"}
    line = {"claim_id": claim["claim_id"], "payment_id": "P1", "amount": dkk("14660.00")}
    return named | {name: dkk(amount) for name, amount in amounts.items()} | {"kind": "settled", "lines": [line]}


NOTICE_THEN_HANDOVER = """name = "x"
country = "DK"
currency = "DKK"
[[step]]
action = "notice"
after_days = 7
pay_within_days = 10
[[step]]
action = "handover"
after_previous_days = 0
"""


def test_notice_refused_by_mail_and_posted_within_its_three_days_counts(paper, monkeypatch):
    paper.go_live()
    (paper.story.home / "policy.toml").write_text(NOTICE_THEN_HANDOVER)
    paper.story.type("policy", "use", "dk", str(paper.story.home / "policy.toml"))
    paper.invoice()

    async def refuse(self, server, session, envelope, address, options):
        return "550 5.1.1 no such user"

    with monkeypatch.context() as patch:
        patch.setattr(type(paper.story.mailbox), "handle_RCPT", refuse, raising=False)
        assert any(paper.days(1)[0]["to_print"] for _ in range(15))
    paper.days(3)
    assert "One letter is" in paper.story.type("tenants", "print", "dk", "--out", str(paper.story.home / "p.pdf"))
    done = paper.days(25)
    assert sum(one["claims_handed_over"] for one in done) == 1
