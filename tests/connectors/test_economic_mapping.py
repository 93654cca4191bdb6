"""What e-conomic's JSON becomes in our model, and what is refused, row by row."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.economic.mapping import books, entries, invoices, parties, render
from connectors.economic.mapping.entries import Draft, Entry, Pair
from connectors.economic.mapping.values import UnreadableError
from core.errors import InvariantBrokenError
from core.model import Account, DebtorKind, InvoiceKind, Problem
from core.money import Money
from core.ports import Document
from core.writes import BookPayment, BookVoucher, VoucherRow

ROW = {
    "bookedInvoiceNumber": 15, "date": "2025-02-17", "dueDate": "2025-03-03", "currency": "DKK", "grossAmount": Decimal("1250.00"),
    "vatAmount": Decimal("250.00"), "remainder": Decimal("1000.000000"), "customer": {"customerNumber": 7},
    "recipient": {"name": "Kunde ApS", "cvr": "13 58 56 28"}, "paymentTerms": {"paymentTermsType": "net"}, "references": {"other": "PO 9"},
}  # fmt: skip
CUSTOMER = {
    "customerNumber": 7, "name": "Kunde ApS", "corporateIdentificationNumber": "DK-13585628", "address": "Storegade 1\n2. sal", "zip": "8000",
    "city": "Aarhus C", "country": "Danmark", "email": "ikke-en-adresse kunde@example.com anden@example.com",
}  # fmt: skip
DAY = date(2025, 4, 10)


def dkk(amount):
    return Money.parse(amount, "DKK")


def test_invoice_is_read():
    found = invoices.parse_invoice(ROW)
    assert (found.source_ref, found.debtor_ref, found.total, found.open) == ("15", "7", dkk("1250"), dkk("1000"))
    assert (found.issued_on, found.due_on, found.vat_total) == (date(2025, 2, 17), date(2025, 3, 3), dkk("250"))
    assert (found.debtor_identity_no, found.external_ref, found.payment_reference, found.detailed) == ("13585628", "PO 9", "15", True)
    assert invoices.parse_invoice_row(ROW).vat_total is None


@pytest.mark.parametrize(
    ("terms", "kind", "reasons"),
    [
        ("net", InvoiceKind.INVOICE, ()),
        ("invoiceMonth", InvoiceKind.INVOICE, ()),
        ("factoring", InvoiceKind.INVOICE, ("financed",)),
        ("paidInCash", InvoiceKind.CASH, ("cash_invoice",)),
        ("prepaid", InvoiceKind.CASH, ("cash_invoice",)),
        ("creditcard", InvoiceKind.INVOICE, ("autogiro_or_card",)),
    ],
)
def test_payment_terms_may_leave_it_alone(terms, kind, reasons):
    found = invoices.parse_invoice_row(ROW | {"paymentTerms": {"paymentTermsType": terms}})
    assert (found.kind, found.leave_alone) == (kind, reasons)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dueDate": None}, "has no due date"),
        ({"dueDate": "soon"}, "has no date in dueDate"),
        ({"remainder": None}, "has no remainder"),
        ({"remainder": "1000"}, "has no number in remainder"),
        ({"remainder": Decimal("0.001")}, "no amount in DKK"),
        ({"remainder": Decimal("1250.01")}, "wrong sign"),
        ({"currency": "XXX"}, "no amount in XXX"),
        ({"customer": {}}, "has no customer number"),
        ({"customer": 7}, "is not a JSON object"),
        ({"bookedInvoiceNumber": True}, "has no text in bookedInvoiceNumber"),
        ({"grossAmount": Decimal("1E+20")}, "no usable number"),
    ],
)
def test_bad_row_is_a_problem(change, says):
    found = invoices.parse_invoice_row(ROW | change)
    assert isinstance(found, Problem) and says in found.message and found.message.endswith("correct it in e-conomic.")


def test_what_is_left_alone_needs_no_due_date():
    credit = invoices.parse_invoice_row(ROW | {"grossAmount": Decimal(-100), "remainder": Decimal(-100), "dueDate": None})
    assert (credit.kind, credit.leave_alone, credit.due_on) == (InvoiceKind.CREDIT, ("credit",), date(2025, 2, 17))
    cash = invoices.parse_invoice_row(ROW | {"paymentTerms": {"paymentTermsType": "paidInCash"}, "dueDate": None})
    assert cash.due_on == cash.issued_on


def test_row_twice_is_one_and_a_changed_one_a_problem():
    found = list(invoices.parse_invoice_rows([ROW, ROW, ROW | {"remainder": Decimal(1)}, {}]))
    assert [type(one).__name__ for one in found] == ["Invoice", "Problem", "Problem"]
    assert "came twice" in found[1].message


def entry(number=1, kind=1, amount="1250", *, open_="1250", invoice="15", text="", voucher=1, account="5600", on=DAY, customer="7"):
    left = None if open_ is None else dkk(open_)
    return Entry(number, kind, account, dkk(amount), on, None, text, voucher, customer, invoice, left)


def test_reminders_are_counted_where_they_belong():
    invoice = invoices.parse_invoice(ROW)
    found = [
        entry(2, 6, "100", invoice="15"),
        entry(3, 6, "100", invoice="16"),
        entry(4, 6, "100", invoice="", on=date(2025, 3, 20)),
        entry(5, 6, "100", invoice="", on=date(2025, 3, 3)),
    ]
    seen = invoices.with_reminders(invoice, found)
    assert (seen.vendor_reminders, seen.vendor_reminded_on) == (2, DAY)
    assert invoices.with_reminders(invoice, []).vendor_reminders == 0


@pytest.mark.parametrize(("balance", "reasons"), [(dkk("0.01"), ()), (dkk("0"), ("credited",)), (dkk("-5"), ("credited",)), (None, ())])
def test_customer_in_credit_is_left_alone(balance, reasons):
    assert invoices.in_credit(invoices.parse_invoice(ROW), balance).leave_alone == reasons


def test_debt_of_the_ledger_alone():
    found = invoices.from_entry(entry(44, 10, "300", open_="120", invoice=""))
    assert (found.source_ref, found.number, found.kind, found.total, found.open) == (
        "entry-44", "entry-44", InvoiceKind.OTHER, dkk("300"), dkk("120"),
    )  # fmt: skip
    assert invoices.entry_number("entry-44") == 44 and invoices.entry_number("15") is invoices.entry_number("entry-x") is None


def test_debtor_is_read():
    found = parties.parse_debtor(CUSTOMER)
    assert (found.kind, found.identity_no, found.email, found.language) == (DebtorKind.BUSINESS, "13585628", "kunde@example.com", "da")
    assert (found.address.line1, found.address.line2, found.address.country, found.active) == ("Storegade 1", "2. sal", "DK", True)
    assert isinstance(parties.parse_debtor({"customerNumber": 7}), Problem)


@pytest.mark.parametrize(
    ("change", "kind", "number", "note"),
    [
        ({"ean": "5790000000001"}, DebtorKind.PUBLIC, "13585628", ""),
        ({"corporateIdentificationNumber": ""}, DebtorKind.CONSUMER, "", "no identity number"),
        ({"corporateIdentificationNumber": "", "ean": "5790000000001"}, DebtorKind.PUBLIC, "", "no identity number"),
        ({"corporateIdentificationNumber": "13585627"}, DebtorKind.CONSUMER, "", "not valid"),
        ({"corporateIdentificationNumber": "211062-5629"}, DebtorKind.CONSUMER, "2110625629", ""),
        ({"corporateIdentificationNumber": "556677-8899", "country": "Sverige"}, DebtorKind.BUSINESS, "5566778899", ""),
        ({"corporateIdentificationNumber": "556677-8898", "country": "Sverige"}, DebtorKind.CONSUMER, "", "not valid"),
        ({"corporateIdentificationNumber": "123", "country": "Tyskland"}, DebtorKind.BUSINESS, "", "not checked"),
    ],
)
def test_debtor_kinds_are_cautious(change, kind, number, note):
    found = parties.parse_debtor(CUSTOMER | change)
    assert (found.kind, found.identity_no) == (kind, number) and note in found.identity_note


def test_country_nobody_knows_is_none():
    found = parties.parse_debtor(CUSTOMER | {"country": "Langbortistan"})
    assert (found.address.country, found.identity_no, found.kind) == ("", "13585628", DebtorKind.BUSINESS)


def test_domestic_zone_stands_for_a_missing_country():
    row = {name: value for name, value in CUSTOMER.items() if name != "country"} | {"vatZone": {"vatZoneNumber": 1}, "barred": True}
    found = parties.parse_debtor(row)
    assert (found.address.country, found.active) == ("DK", False)


SELF = {
    "agreementNumber": 1001, "agreementType": {"name": "Danmark"}, "companyAffiliation": "E-conomic", "settings": {"baseCurrency": "DKK"},
    "company": {"name": "Bageren ApS", "companyIdentificationNumber": "DK10150817", "country": "Danmark"},
    "bankInformation": {"bankSortCode": "0040", "bankAccountNumber": "0440116243"},
}  # fmt: skip


def test_company_is_read():
    found = parties.parse_company(SELF)
    assert (found.remote_id, found.org_no, found.country, found.currency) == ("1001", "10150817", "DK", "DKK")
    assert found.iban == "DK5000400440116243"  # the example of the European Committee for Banking Standards
    assert parties.is_same_number("DK 10 15 08 17", found.org_no) and not parties.is_same_number("", "")
    assert parties.parse_company(SELF | {"bankInformation": {"bankSortCode": "40"}}).iban == ""
    assert isinstance(parties.parse_company(SELF | {"settings": {}}), Problem)


def test_agreements_are_told_apart():
    assert parties.agreement_of(SELF) == "1001" and parties.agreement_of([]) == ""
    assert (
        parties.is_developers(SELF | {"companyAffiliation": "Developer"})
        and not parties.is_developers(SELF)
        and not parties.is_developers(None)
    )


PERIODS = [
    {"year": "2024/2025", "dateFrom": "2024-07-01T00:00:00Z", "dateTo": "2025-02-28T00:00:00Z", "isBarred": True},
    {"year": "2024/2025", "dateFrom": "2025-03-01T00:00:00Z", "dateTo": "2025-03-31T00:00:00Z", "isClosed": True},
    {"year": "2024/2025", "dateFrom": "2025-04-01T00:00:00Z", "dateTo": "2025-06-30T00:00:00Z"},
    {"year": "2025/2026", "dateFrom": "2025-07-01T00:00:00Z", "dateTo": "2026-06-30T00:00:00Z", "isBarred": True},
    {"dateFrom": "x"},
]


def test_periods_that_have_begun_lock():
    assert books.locked_until(PERIODS, date(2025, 4, 15)) == date(2025, 3, 31)
    assert books.locked_until(PERIODS[2:], date(2025, 4, 15)) is None
    assert (books.year_of(PERIODS, DAY), books.year_of(PERIODS, date(2031, 1, 1))) == ("2024/2025", "")


def account(number, name, kind="profitAndLoss", **more):
    return {"accountNumber": number, "name": name, "accountType": kind, **more}


GROUPS = [{"account": {"accountNumber": 5600}}, {}, {"account": 7}]
CHART = [
    account(1000, "RESULTAT", "heading"), account(5600, "Debitorer", "status", blockDirectEntries=True),
    account(5690, "Mellemregning inkasso", "status"), account(1110, "Rykkergebyrer m/moms", vatAccount={"vatCode": "U25"}),
    account(1120, "Rykkergebyrer"), account(4310, "Renteindtægter", barred=True), account(4311, "Morarenter"),
    account(2700, "Tab på debitorer"), account(6904, "Købsmoms", "status"), account(2230, "Inkassoomkostninger"),
]  # fmt: skip


def test_setup_goes_by_names():
    setup = books.propose_setup(CHART, GROUPS, "KB")
    assert (setup.mode, setup.series, setup.receivable, setup.clearing, setup.fee) == ("KB", "KB", "5600", "5690", "1120")
    assert (setup.interest, setup.loss, setup.input_vat, setup.cost, setup.advance) == ("4311", "2700", "6904", "2230", "")
    assert books.propose_setup([], [], "KB").receivable == ""


def test_blocked_account_is_open_for_debtors_alone():
    collective = books.collective_accounts(GROUPS)
    assert books.parse_account(CHART[1], collective) == Account("5600", "Debitorer")
    assert books.parse_account(CHART[1]).active is False and books.parse_account(CHART[0]) is None
    assert isinstance(books.parse_account({"accountType": "status"}), Problem)


def test_entries_that_cant_be_read_are_none():
    raw = {"entryNumber": 1, "accountNumber": 5600, "amount": 5, "currencyCode": "DKK", "date": "2025-04-10T00:00:00Z", "type": 2}
    assert entries.parse_entry(raw).on == DAY and entries.parse_entry(raw).open is None
    draft = {"entryNumber": 1, "journalNumber": 3, "amount": 5, "currency": "DKK", "date": "2025-04-10"}
    assert entries.parse_draft(draft).amount == dkk("5")
    pair = {
        "fromEntry": 1,
        "toEntry": 2,
        "fromEntryDate": "2025-04-10",
        "toEntryDate": "2025-04-11",
        "fromEntryAmount": -5,
        "toEntryAmount": 7,
    }
    assert entries.parse_pair(pair) == (Pair(frozenset({1, 2}), Decimal(5)), date(2025, 4, 11))
    for bad in ({"amount": "x"}, {"entryNumber": "x"}, {"date": None}, {"fromEntry": 2}, {"fromEntryAmount": "x"}):
        assert entries.parse_entry(raw | bad) is None or "amount" not in bad
        assert entries.parse_draft(draft | bad) is None or "fromEntry" in bad or "fromEntryAmount" in bad
    assert (
        entries.parse_pair(pair | {"fromEntry": 2})
        is entries.parse_pair(pair | {"fromEntryAmount": None})
        is entries.parse_pair([])
        is None
    )


OURS = "Inkasso: indbetaling faktura 15 kb-0123456789abcdef"


def paid(debt, *credits_, pairs=None, lines=(), losses=("2790",)):
    made = pairs or [Pair(frozenset({debt.number, one.number}), min(abs(one.amount.amount), debt.amount.amount)) for one in credits_]
    found = {one.number: one for one in credits_}
    return entries.payments_on(debt, made, found, [*credits_, *lines], losses=losses, mode="KB")


def test_own_payment_and_its_write_off_are_one():
    cash, rest = entry(2, 2, "-499.60", open_="0", text=OURS, voucher=9), entry(3, 2, "-0.40", open_="0", text=OURS, voucher=10)
    lines = [entry(4, 2, "499.60", open_=None, account="5690", voucher=9), entry(5, 2, "0.40", open_=None, account="2790", voucher=10)]
    (found,) = paid(entry(open_="750"), cash, rest, lines=lines)
    assert (found.source_ref, found.mode, found.account) == ("kb-0123456789abcdef", "KB", "5690")
    assert (found.amount, found.written_off, found.booked) == (dkk("499.60"), dkk("0.40"), True)


def test_credit_note_is_no_money():
    (found,) = paid(entry(open_="1000"), entry(2, 1, "-250", open_="0", invoice="16", voucher=3))
    assert (found.source, found.amount, found.invoice_ref) == ("credit", dkk("250"), "15")


@pytest.mark.parametrize("whole", [False, True])
def test_payment_of_two_invoices_is_shared(whole):
    debt, payment = entry(open_="250"), entry(2, 2, "-1500", open_="0", invoice="", voucher=3)
    amounts = (Decimal(1250), Decimal(1500)) if whole else (Decimal(1000), Decimal(500))
    pairs = [Pair(frozenset({1, 2}), amounts[0]), Pair(frozenset({2, 7}), amounts[1])]
    (found,) = paid(debt, payment, pairs=pairs)
    assert found.amount == dkk("1000")


def test_two_shared_payments_may_be_unreadable():
    debt = entry(open_="0")
    credits_ = [entry(2, 2, "-1200", open_="0", voucher=3), entry(3, 2, "-1100", open_="0", voucher=4)]
    pairs = [Pair(frozenset({1, number}), Decimal(1000)) for number in (2, 3)] + [
        Pair(frozenset({number, 9}), Decimal(100)) for number in (2, 3)
    ]
    with pytest.raises(UnreadableError, match="nobody can tell"):
        paid(debt, *credits_, pairs=pairs)


def test_contra_account_is_told_by_the_voucher():
    payment = entry(2, 2, "-100", open_="0", voucher=9)
    bank = entry(3, 2, "100", open_=None, account="5820", voucher=9)
    other = entry(4, 2, "50", open_=None, account="2220", voucher=9)
    assert entries.contra_account(payment, [payment, bank]) == "5820"
    assert entries.contra_account(payment, [payment, bank, other]) == "5820"
    assert entries.contra_account(payment, [payment, other, entry(5, 2, "50", open_=None, account="5810", voucher=9)]) == ""
    assert entries.contra_account(payment, [entry(3, 2, "100", open_=None, account="5820", voucher=8)]) == ""


def test_drafts_are_payments_not_booked():
    drafts = [
        Draft(1, 2, 3, dkk("-500"), DAY, OURS, 9, "5600", "5690", "7", "15"),
        Draft(2, 2, 3, dkk("-0.40"), DAY, OURS, 9, "5600", "2790", "7", "15"),
        Draft(3, 2, 1, dkk("50"), DAY, "Anna", 9, "5600", "5820", "7", "15"),
        Draft(4, 5, 1, dkk("50"), DAY, "", 9, "5600", "5820", "7", "15"),
        Draft(5, 2, 1, dkk("50"), DAY, "", 9, "5600", "5820", "7", "16"),
    ]
    ours, annas = entries.draft_payments("15", drafts, losses=("2790",), mode="KB")
    assert (ours.amount, ours.written_off, ours.mode, ours.booked) == (dkk("500"), dkk("0.40"), "KB", False)
    assert (annas.source_ref, annas.amount, annas.mode, annas.account) == ("draft-3", dkk("50"), "", "5820")


KEY = "0123456789abcdef" * 2


def test_payment_is_rendered_with_its_sign():
    write = BookPayment("15", dkk("500.10"), DAY, "KB", "5690", dkk("0.40"), "2790", "Rest")
    body = render.render_payment(write, KEY, journal=3, customer="7", sign="minus")
    assert body.count(b'"amount":-500.10') == body.count(b'"amount":-0.40') == 1
    assert b'"customerInvoiceNumber": "15"' not in body and b'"customerInvoiceNumber":"15"' in body
    assert body.count(b"kb-0123456789abcdef") == 2 and b"2025-04-10T00:00:00Z" in body
    alone = render.render_payment(
        BookPayment("15", dkk("0"), DAY, "KB", "5690", dkk("0.40"), "2790"), KEY, journal=3, customer="7", sign="plus"
    )
    assert alone.count(b'"amount"') == 1 and b'"amount":0.40' in alone


def test_moved_payment_names_the_day_of_its_event():
    write = BookPayment("15", dkk("5"), DAY, "KB", "5690", event_on=date(2025, 3, 31))
    body = render.render_payment(write, KEY, journal=3, customer="7", sign="plus").decode()
    assert "Inkasso: indbetaling faktura 15 (vedr. 2025-03-31) kb-0123456789abcdef" in body
    assert "vedr." not in render.render_payment(replace(write, event_on=DAY), KEY, journal=3, customer="7", sign="plus").decode()


def test_voucher_is_rendered_balanced():
    rows = (
        VoucherRow("5690", dkk("100"), dkk("0"), "x" * 300),
        VoucherRow("4310", dkk("0"), dkk("100")),
        VoucherRow("1", dkk("0"), dkk("0")),
    )
    body = render.render_voucher(BookVoucher("KB", DAY, date(2025, 4, 9), "Afregning\n1", rows), KEY, journal=3, voucher=300007)
    assert b'"amount":100.00' in body and b'"amount":-100.00' in body and body.count(b'"voucherNumber":300007') == 2
    assert b"Afregning 1 (vedr. 2025-04-09) kb-0123456789abcdef" in body
    assert b"(vedr. 2025-04-09): xxx" in body and b"x" * 80 not in body


def test_each_row_names_its_voucher():
    rows = (VoucherRow("5690", dkk("100"), dkk("0"), "Inkassohonorar"), VoucherRow("4310", dkk("0"), dkk("100"), "Overbetaling P1"))
    for text in ("Overbetaling P1", "Overbetaling P1, dag 2025-04-09"):
        body = render.render_voucher(BookVoucher("KB", DAY, date(2025, 4, 9), text, rows), KEY, journal=3, voucher=1).decode()
        assert body.count(text) == 2 and body.count("2025-04-09") == 2 and ": Inkassohonorar kb-" in body
    body = render.render_voucher(BookVoucher("KB", DAY, DAY, "Overbetaling P1", rows), KEY, journal=3, voucher=1).decode()
    assert '"Overbetaling P1 kb-' in body and '"Overbetaling P1: Inkassohonorar kb-' in body and "vedr." not in body


def test_references_and_documents():
    assert render.split_voucher_ref(render.voucher_ref(300007, "2024/2025")) == ("300007", "2024/2025")
    for bad in ("300007", "x@2025", "1@"):
        with pytest.raises(InvariantBrokenError):
            render.split_voucher_ref(bad)
    body, media = render.render_document(Document("d", 'Å"f.pdf', "application/pdf", "", b"%PDF"), "1", "2025", KEY)
    assert (body, media) == render.render_document(Document("d", 'Å"f.pdf', "application/pdf", "", b"%PDF"), "1", "2025", KEY)
    assert b'name="onConflict"\r\n\r\n1\r\n' in body and b'filename="A-f.pdf"' in body and b"kb-0123456789abcdef" in body
    assert render.clean("a\u200b\tb\n c", 4) == "a b"
