"""eAccounting's rows as our model: invoices and why they are left alone, debtors, accounts, and everything that is set aside."""

from datetime import date

import pytest

from connectors.visma.mapping.books import (
    locked_until,
    newest_day,
    parse_account,
    parse_bank_account,
    parse_moved,
    parse_transacted,
    year_of,
)
from connectors.visma.mapping.invoices import Reading, balance_of, credit_ids, credit_pending, parse_invoice, parse_invoice_rows, rate_of
from connectors.visma.mapping.parties import identity_of, parse_company, parse_debtor
from connectors.visma.mapping.render import clean, split_voucher_ref
from connectors.visma.mapping.values import Row, UnreadableError
from core.errors import InvariantBrokenError, RejectedError
from core.model import Invoice, InvoiceKind, Problem
from core.money import Money
from simulators.visma import Switches
from tests.connectors.visma_bench import Bench

SEK = Reading("SEK")


@pytest.fixture
def raw(visma):
    """An overdue invoice as the API gives it."""
    ref = visma.add_overdue()
    return visma.connector._client.get(f"/v2/customerinvoices/{ref}")


def kr(text):
    return Money.parse(text, "SEK")


def test_invoice_is_read_whole(visma):
    ref = visma.add_overdue()
    found = visma.connector.get_invoice(ref)
    assert (found.source_ref, found.number, found.kind, found.debtor_name) == (ref, "1001", InvoiceKind.INVOICE, "Kund Ett AB")
    assert (found.total, found.open, found.vat_total) == (kr("12500"), kr("12500"), kr("2500"))
    assert (found.issued_on, found.due_on, found.payment_reference) == (date(2025, 2, 1), date(2025, 3, 3), "10017")
    assert found.detailed and found.labels == () and found.vendor_reminders == 0 and not found.leave_alone


LEFT_ALONE = {
    "financed: sold": {"IsSold": True},
    "financed: applied": {"FactoringInvoiceStatus": 1},
    "financed: reminded": {"FactoringInvoiceStatus": 6},
    "financed: collection": {"FactoringInvoiceStatus": 7},
    "financed: second": {"FactoringInvoiceStatus": 11},
    "autogiro_or_card": {"IsDirectDebit": True},
    "not_delivered: mail": {"IsNotDelivered": True},
    "not_delivered: e-invoice": {"HasAutoInvoiceError": True},
    "quick_invoice: no rows": {"IsQuickInvoice": True, "Rows": []},
    "quick_invoice: no address": {"IsQuickInvoice": True, "InvoiceAddress1": None},
    "unknown_tax_reduction": {"UsesGreenTechnology": True},
}


@pytest.mark.parametrize(("name", "fields"), LEFT_ALONE.items())
def test_some_are_left_alone(raw, name, fields):
    assert parse_invoice({**raw, **fields}, SEK).leave_alone == (name.partition(":")[0],)


COLLECTED = {
    "reclaimed": {"FactoringInvoiceStatus": 8},
    "withdrawn": {"FactoringInvoiceStatus": 2},
    "whole quick invoice": {"IsQuickInvoice": True},
    "green with its part": {"UsesGreenTechnology": True, "RotReducedInvoicingAmount": 1, "RemainingAmountInvoiceCurrency": 12499},
    "by Kivra": {"SendType": 4},
}


@pytest.mark.parametrize("fields", COLLECTED.values(), ids=COLLECTED)
def test_others_are_not(raw, fields):
    assert parse_invoice({**raw, **fields}, SEK).leave_alone == ()


def test_held_customer_is_left_alone(visma):
    ref = visma.add_overdue()
    customer = visma.connector.get_invoice(ref).debtor_ref
    visma.company.label_customer(customer, "VIP")
    assert visma.connector.get_invoice(ref).labels == ("VIP",)
    visma.company.label_customer(customer, "ej inkasso")
    assert visma.connector.get_invoice(ref).leave_alone == ("hold_label",)
    assert visma.build(hold_label="").get_invoice(ref).leave_alone == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_credit_is_negative_whatever_its_sign(tmp_path, sign):
    bench = Bench(tmp_path, Switches(credit_sign=sign))
    bench.consent()
    ref = bench.add_overdue()
    note = bench.connector.get_invoice(bench.company.credit_invoice(ref, "500", on="2025-04-01"))
    assert (note.kind, note.total, note.open, note.leave_alone) == (InvoiceKind.CREDIT, -kr("500"), kr("0"), ("credit",))
    assert bench.connector.get_invoice(ref).open == kr("12000")


def test_credit_that_is_not_set_off_stops(visma):
    ref = visma.add_overdue("1000.00")
    visma.company.pay_invoice(ref, "800", on="2025-04-01")
    note = visma.company.credit_invoice(ref, "500", on="2025-04-02")
    visma.company.set_invoice(ref, remaining="200")
    assert visma.connector.get_invoice(ref).leave_alone == ("credited",)
    visma.company.set_invoice(note, remaining="0")
    assert visma.connector.get_invoice(ref).leave_alone == () and visma.connector.get_invoice(ref).credited_by == note


@pytest.mark.parametrize(("setting", "switch"), [("share", False), ("whole", True)])
def test_only_the_customers_share_is_owed(tmp_path, setting, switch):
    bench = Bench(tmp_path, Switches(tax_reduction_in_remaining=switch))
    bench.consent()
    ref = bench.add_overdue("10000.00", RotReducedInvoicingType=1, RotReducedInvoicingAmount=3000)
    bench.company.pay_invoice(ref, "6500", on="2025-04-01")
    found = bench.build(tax_reduction_balance=setting).get_invoice(ref)
    assert (found.total, found.open, found.tax_reduction) == (kr("7000"), kr("500"), kr("3000"))
    if switch:
        bench.company.set_invoice(ref, remaining="2000")
        assert bench.build(tax_reduction_balance=setting).get_invoice(ref).open == kr("0")


UNREADABLE = {
    "has no due date": {"DueDate": None},
    "has no number": {"InvoiceNumber": None},
    "has no customer": {"CustomerId": None},
    "has no id in Id": {"Id": "inv-001"},
    "has no number in InvoiceNumber": {"InvoiceNumber": "2001"},
    "has no date in DueDate": {"DueDate": "soon"},
    "has an amount in TotalAmountInvoiceCurrency that is no amount in SEK": {"TotalAmountInvoiceCurrency": 1.005},
    "is no amount in XXX": {"CurrencyCode": "XXX"},
    "has a negative total": {"TotalAmountInvoiceCurrency": -1},
    "has more left to pay than the customer owes": {"RemainingAmountInvoiceCurrency": 12500.01},
    "has neither true nor false in IsSold": {"IsSold": "false"},
    "has no list in CreditedBy": {"CreditedBy": "x"},
    "has no whole number in PaymentRemindersCount": {"PaymentRemindersCount": 1.5},
    "has no RemainingAmountInvoiceCurrency": {"RemainingAmountInvoiceCurrency": None},
    "has no usable number": {"TotalAmountInvoiceCurrency": 10**20},
    "has no text in CustomerName": {"InvoiceCustomerName": "", "CustomerName": 7},
}


@pytest.mark.parametrize(("words", "fields"), UNREADABLE.items())
def test_bad_row_is_set_aside(raw, words, fields):
    from decimal import Decimal

    exact = {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in fields.items()}
    found = parse_invoice({**raw, **exact}, SEK)
    assert isinstance(found, Problem) and words in found.message and "Kund" not in found.message


def test_no_object_is_a_problem():
    assert isinstance(parse_invoice(["x"], SEK), Problem) and isinstance(balance_of({}, SEK), Problem)
    with pytest.raises(UnreadableError):
        Row({"a": ["x", 1]}).texts("a")
    with pytest.raises(UnreadableError):
        Row({"a": "x"}).moment("a")
    assert Row({}).moment("a") is None


def test_same_row_twice_is_one(raw):
    assert len(list(parse_invoice_rows([raw, raw], SEK))) == 1
    later = {**raw, "RemainingAmountInvoiceCurrency": 1}
    kinds = [type(one) for one in parse_invoice_rows([raw, later], SEK)]
    assert kinds == [Invoice, Problem]


def test_days_are_the_first_ten_characters(raw):
    for text in ("2025-03-03", "2025-03-03T00:00:00", "2025-03-03T00:00:00Z", "2025-03-03T00:00:00+01:00"):
        assert parse_invoice({**raw, "DueDate": text}, SEK).due_on == date(2025, 3, 3)


def test_foreign_invoice_keeps_its_currency(visma):
    ref = visma.add_overdue("100.00", currency="EUR")
    found = visma.connector.get_invoice(ref)
    assert found.total == Money.parse("100", "EUR")
    assert rate_of({"CurrencyCode": "EUR", "CurrencyRate": 0, "Id": ref}, "SEK").message.endswith("correct it in eAccounting.")


def test_last_of_many_credits_may_be_the_one_that_is_pending(visma):
    ref = visma.add_overdue("1000.00")
    notes = [visma.company.credit_invoice(ref, "1.00") for _ in range(7)]
    assert "credited" not in visma.connector.get_invoice(ref).leave_alone
    visma.company.set_invoice(notes[-1], remaining="1.00")
    assert "credited" in visma.connector.get_invoice(ref).leave_alone


def test_unreadable_credits_are_pending():
    assert credit_pending([]) and credit_ids({"CreditedBy": "x"}) == []


# Parties


def test_debtor_is_read(visma):
    customer = visma.company.add_customer(
        "Tilda Testsson", "19700101-2397", "", private=True, EmailAddresses=["t@example.com"], MobilePhone="070", SalesDocumentLanguage="EN"
    )
    found = visma.connector.get_debtor(customer)
    assert (found.kind, found.identity_no, found.email, found.phone, found.language) == (
        "consumer", "7001012397", "t@example.com", "070", "en",
    )  # fmt: skip
    assert found.address.complete and found.active and not found.e_invoice


def test_odd_customers(visma):
    known = visma.connector._client.get(f"/v2/customers/{visma.company.add_customer('X')}")
    assert parse_debtor({**known, "Name": ""}, "SE").message.startswith("eAccounting's customers row")
    found = parse_debtor({**known, "InvoiceCountryCode": None, "ElectronicAddress": "0007:1"}, "NO")
    assert (found.address.country, found.language, found.e_invoice) == ("", "no", True)
    assert found.identity_note == "no identity number on the customer"


@pytest.mark.parametrize(
    ("text", "country", "private", "kind", "note"),
    [
        ("556677-8899", "SE", False, "business", ""),
        ("212000-0142", "SE", False, "public", ""),
        ("700101-2397", "SE", False, "sole_trader", ""),
        ("556677-8890", "SE", False, "business", "the identity number on the customer is not valid"),
        ("556677-8899", "SE", True, "consumer", "a private customer with an organisation number"),
        ("937884117", "NO", False, "business", ""),
        ("12345678", "DE", False, "business", "identity numbers of DE are not checked here"),
        ("12345678", "DK", False, "business", "the identity number on the customer is not valid"),
    ],
)
def test_identity_is_checked(text, country, private, kind, note):
    found = identity_of(text, country, private=private)
    assert (found[0], found[2]) == (kind, note) and bool(found[1]) == (not note)


def test_company_is_read(visma):
    found = visma.connector.get_company()
    assert (found.remote_id, found.org_no, found.country, found.currency, found.bankgiro) == (
        "B200",
        "5566778899",
        "SE",
        "SEK",
        "5050-1055",
    )
    bare = {"Name": "Firma AS", "CountryCode": "NO", "CorporateIdentityNumber": "937 884 117"}
    assert (parse_company(bare).remote_id, parse_company(bare).currency) == ("937884117", "NOK")
    assert "has no country" in parse_company({"Name": "x"}).message


# Books


def test_accounts_that_take_no_voucher_are_closed(visma):
    accounts = {one.number: one for one in visma.connector.list_accounts(date(2025, 4, 15))}
    assert accounts["1689"].active and not accounts["2650"].active and accounts["2641"].vat_code
    assert isinstance(parse_account({"Number": 1510}), Problem) and isinstance(parse_bank_account({"Name": "x"}), Problem)
    with pytest.raises(RejectedError, match="no fiscal year for 2019-01-01"):
        visma.connector.list_accounts(date(2019, 1, 1))


def test_proposal_avoids_accounts_with_vat(visma):
    setup = visma.connector.propose_books_setup(date(2025, 4, 15))
    assert (setup.mode, setup.series, setup.receivable, setup.clearing, setup.fee) == ("Inkasso", "default", "1510", "1689", "3990")
    visma.company.books.set_account(3990, VatCodeDescription="05")
    visma.company.books.set_account(1689, IsActive=False)
    setup = visma.connector.propose_books_setup(date(2025, 4, 15))
    assert (setup.fee, setup.clearing) == ("3590", "1684")


def test_locked_until_is_the_later_lock(visma):
    assert visma.connector.locked_until() is None
    visma.company.lock_period("2024-11-30")
    visma.company.books.years[0]["IsLockedForAccounting"] = True
    assert visma.connector.locked_until() == date(2024, 12, 31)
    visma.company.lock_period("2025-01-31")
    assert visma.connector.locked_until() == date(2025, 1, 31)
    assert isinstance(locked_until({"AccountingLockedTo": 5}, []), Problem)


def test_bad_rows_of_the_books_are_passed_over():
    assert year_of([{"Id": 5}, {}], date(2025, 1, 1)) == ""
    assert parse_moved({"Rows": 5}, ()) is None and parse_moved({}, ()) is None
    assert parse_transacted({"Id": 5}, "1930") == [] and parse_transacted({}, "1930") == []
    row = {"Id": "3fa7da17-eeb2-48f6-997d-0be158f4cba4", "TransactionDate": "2025-01-01", "TransactionAmountCurrency": "SEK"}
    bad = [{"SourceId": "x", "AmountTransactionCurrency": 5}, {"SourceId": row["Id"], "AmountTransactionCurrency": 0}, {"SourceId": 5}]
    assert parse_transacted({**row, "Rows": bad}, "1930") == []
    assert newest_day([{"Rows": 5}], ["1930"], date(2025, 1, 1)) is None


def test_bank_postings_ignore_our_clearing_account(visma):
    ref = visma.add_overdue()
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) is None
    visma.company.pay_invoice(ref, "1", on="2025-04-12", ledger=1689)
    visma.company.pay_invoice(ref, "1", on="2025-04-10")
    visma.company.book_bank("2025-04-11", "Bankavgift", "-2.00", 6570)
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 4, 11)
    assert visma.connector.bank_postings_until(date(2025, 4, 10)) == date(2025, 4, 10)


def test_money_that_lies_unmatched_ends_the_postings(visma):
    """It may be any debtor's; what went out is nobody's."""
    ref = visma.add_overdue()
    visma.company.book_bank("2025-04-14", "Bankavgift", "-2.00", 6570)
    visma.company.receive("2025-03-03", "-70.00")
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 4, 14)
    money = visma.company.receive("2025-03-04", "1000.00")
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 3, 3)
    visma.company.match(money, ref)
    visma.company.receive("2024-12-01", "1.00")  # nobody's by now
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 4, 14)


def test_bank_that_no_customer_pays_into_shows_nothing_of_them(visma):
    ref = visma.add_overdue()
    visma.company.pay_invoice(ref, "1", on="2025-04-10")
    visma.company.book_bank("2025-04-14", "Ränta", "2.00", 8310, bank=1940)
    assert visma.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 4, 10)


def test_postings_show_by_vouchers_where_there_is_no_bank(tmp_path):
    bench = Bench(tmp_path, Switches(bank_transactions=False))
    bench.consent()
    ref = bench.add_overdue()
    bench.company.pay_invoice(ref, "1", on="2025-04-10")
    bench.company.pay_invoice(ref, "1", on="2025-04-12", ledger=1689)
    assert bench.connector.bank_postings_until(date(2025, 4, 15)) == date(2025, 4, 10)


def test_texts_are_cleaned():
    assert clean(" a\n\tb\u0000 c ", 5) == "a b c"
    with pytest.raises(InvariantBrokenError):
        split_voucher_ref("x")


def test_changes_are_asked_for_by_the_vendors_clock(tmp_path):
    bench = Bench(tmp_path, Switches(clock_ahead_s=-3 * 86_400))
    bench.consent()
    ref = bench.add_overdue()
    since = bench.clock.now()
    bench.clock.sleep(60)
    bench.company.pay_invoice(ref, "1", on="2025-04-10")
    assert [one.source_ref for one in bench.connector.list_changed_invoices(since)] == [ref]
    assert [one.invoice_ref for one in bench.connector.list_changed_payments(since)] == [ref]
    bench.clock.sleep(60)
    assert list(bench.connector.list_changed_invoices(bench.clock.now())) == []
