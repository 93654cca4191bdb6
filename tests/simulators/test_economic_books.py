"""What is written in the e-conomic simulator: drafts, booking, matching, documents, contacts, and the people's own side."""

import pytest

from simulators.economic import Switches
from tests.simulators.economic_bench import CUSTOMERS, DOCUMENTS, ENTRIES, JOURNALS, YEARS, Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_draft_changes_nothing_until_it_is_booked(bench):
    number = bench.draft().json["entryNumber"]
    assert bench.left() == 1250
    assert bench.book(number).status == 204
    assert bench.left() == 750 and bench.get(f"{JOURNALS}/draft-entries/{number}").status == 404
    paid, contra = bench.entries("type$eq:2")
    assert (paid["accountNumber"], paid["amount"], paid["remainder"]) == (5600, -500, 0)
    assert (contra["accountNumber"], contra["amount"]) == (5690, 500) and "customerNumber" not in contra
    (pair,) = bench.get(f"{ENTRIES}/booked-entries/matched-pairs").json["items"]
    assert (pair["fromEntryAmount"], pair["toEntryAmount"]) == (-500, 500)


@pytest.mark.parametrize(("sign", "amount", "left"), [(-1, -500, 750), (-1, 500, 1250), (1, 500, 750), (1, -500, 1250)])
def test_sign_of_a_payment_is_a_switch(tmp_path, sign, amount, left):
    bench = Bench(tmp_path, payment_sign=sign)
    bench.book(bench.draft(amount).json["entryNumber"])
    assert bench.left() == left


@pytest.mark.parametrize(("number", "left"), [(1002, 750), (1003, 1250)])
def test_sign_may_be_one_agreements_own(tmp_path, number, left):
    bench = Bench(tmp_path)
    own = {1002: Switches(payment_sign=1), 1003: None}[number]
    bench.agreement = bench.simulator.add_agreement(number, "Den Anden ApS", "25313763", switches=own)
    bench.token = bench.simulator.grant("public", number)
    bench.customer = bench.agreement.add_customer("Kunde To ApS")
    bench.invoice = bench.agreement.add_invoice(bench.customer, "1250.00", "2025-02-17", "2025-03-03")
    bench.book(bench.draft(500).json["entryNumber"])
    assert bench.left() == left


def test_payment_waits_for_matching(tmp_path):
    bench = Bench(
        tmp_path, payments_match=False, contra_line_customer=True, payment_keeps_invoice_number=False, matched_pair_amounts="entry"
    )
    bench.book(bench.draft().json["entryNumber"])
    paid, contra = bench.entries("type$eq:2")
    assert bench.left() == 1250 and "customerInvoiceNumber" not in paid and contra["customerNumber"] == 1
    assert bench.call("POST", f"{ENTRIES}/booked-entries/match", {"entryIds": [1, paid["entryNumber"]]}).status == 204
    assert bench.left() == 750
    (pair,) = bench.get(f"{ENTRIES}/booked-entries/matched-pairs").json["items"]
    assert (pair["fromEntryAmount"], pair["toEntryAmount"]) == (-500, 1250)


@pytest.mark.parametrize(
    ("ids", "code"),
    [([], "SELECTATLEASTONEENTRY"), ([99], "ENTRIESNOTFOUND"), ([1, 2], "NO_CUSTOMER_OR_SUPPLIER_ENTRIES"), ([1], "NO_MATCHES")],
)
def test_matches_that_are_refused(bench, ids, code):
    assert bench.call("POST", f"{ENTRIES}/booked-entries/match", {"entryIds": ids}).json["errorCode"] == f"ENTRYMATCHING_ERROR_{code}"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"journalNumber": 9}, "JournalDoesNotExist"),
        ({"customerNumber": 9}, "JournalEntryCustomerNotFound"),
        ({"contraAccountNumber": 9}, "JournalEntryContraAccountNotFound"),
        ({"contraAccountNumber": 5600}, "JournalEntryContraAccountIsBlockedForDirectEntries"),
        ({"contraAccountNumber": 4320}, "JournalEntryContraAccountNotAccessible"),
        ({"contraAccountNumber": 1000}, "JournalEntryWrongContraAccountType"),
        ({"currency": "XXX"}, "JournalEntryCurrencyNotFound"),
        ({"amount": 1.001}, "JournalEntryAmountExceedsDigitLimit"),
        ({"text": "x" * 251}, "JournalEntryTextTooLong"),
        ({"text": None}, "NullNotAllowed"),
        ({"voucherNumber": 5}, "JournalEntryVoucherNumberNotWithinBoundaries"),
        ({"customerInvoiceNumber": "A1"}, "Customer_Invoice_Is_Not_Numeric"),
        ({"entryTypeNumber": 6}, "JournalEntryTypeNotCorrect"),
        ({"entryTypeNumber": 5, "contraAccountNumber": ...}, "JournalEntryAccountAndContraAccountNotSet"),
        ({"date": "2031-01-01"}, "JournalEntryDateAccountingYearDoesNotExist"),
        ({"date": ...}, "RequiredPropertyMissing"),
    ],
)
def test_drafts_that_are_refused(bench, change, code):
    assert bench.draft(**change).json["errorCode"] == code


def test_barred_and_closed_periods(bench):
    bench.agreement.bar_periods("2025-03-31")
    assert bench.draft(date="2025-03-31").json["errorCode"] == "JournalEntryDateAccountingYearPeriodBarred"
    rows = bench.get(f"{YEARS}/accountingYears/periods", filter="year$eq:2025").json["items"]
    assert [row.get("isBarred") for row in rows[:4]] == [True, True, True, None]
    bench.agreement.bar_periods(None)
    bench.agreement.ledger.closed_years.add("2025")
    assert bench.draft().json["errorCode"] == "JournalEntryDateAccountingYearClosed"
    assert [row.get("isClosed") for row in bench.get(f"{YEARS}/AccountingYears/paged").json] == [None, True, None]


def test_barred_customer_takes_no_entries(bench):
    bench.agreement.set_customer("1", barred=True)
    assert bench.draft().json["errors"][0]["errorCode"] == "JournalEntryCustomerNotAccessible"


@pytest.mark.parametrize(("lock", "code"), [("period", "BARREDPERIODS_CUSTOMERS"), ("year", "CLOSED_ACCOUNTING_YEAR")])
def test_nothing_is_matched_in_a_locked_period(tmp_path, lock, code):
    bench = Bench(tmp_path, payments_match=False)
    bench.book(bench.draft().json["entryNumber"])
    paid, _contra = bench.entries("type$eq:2")
    if lock == "period":
        bench.agreement.bar_periods("2025-04-30")
    else:
        bench.agreement.ledger.closed_years.add("2025")
    answer = bench.call("POST", f"{ENTRIES}/booked-entries/match", {"entryIds": [1, paid["entryNumber"]]})
    assert answer.json["errorCode"] == f"ENTRYMATCHING_ERROR_{code}"


def voucher(bench, *amounts, number=100007):
    rows = [
        {"entryTypeNumber": 5, "journalNumber": 1, "date": "2025-04-10", "amount": amount, "currency": "DKK", "accountNumber": account,
         "voucherNumber": number, "text": "Afregning"}
        for account, amount in amounts
    ]  # fmt: skip
    return bench.call("POST", f"{JOURNALS}/draft-entries/bulk", {"entries": rows})


def test_voucher_must_balance(bench):
    half = voucher(bench, (2230, 100)).json["entryNumbers"]
    assert bench.book(*half).json["errorCode"] == "JournalVoucherDataIntegrityError"
    whole = voucher(bench, (2230, 100), (5690, -100), number=100008).json["entryNumbers"]
    assert bench.book(*whole).status == 204
    assert {row["accountNumber"]: row["amount"] for row in bench.entries("voucherNumber$eq:100008")} == {2230: 100, 5690: -100}


def test_bulk_is_all_or_nothing(bench):
    assert voucher(bench, (2230, 100), (9, -100)).status == 400
    assert bench.get(f"{JOURNALS}/draft-entries/count").json == 0
    assert bench.call("POST", f"{JOURNALS}/draft-entries/bulk", {"entries": []}).json["errorCode"] == "OneAPIEntriesListCannotBeEmpty"


def test_whole_journal_takes_what_others_left(bench):
    ours, others = bench.draft().json["entryNumber"], bench.draft(-1).json["entryNumber"]
    assert bench.call("POST", f"{JOURNALS}/journals/1/book").status == 204
    assert bench.left() == 749 and bench.book(ours, others).status == 404
    bench.draft()
    assert bench.call("DELETE", f"{JOURNALS}/draft-entries/delete/1").status == 204
    assert bench.get(f"{JOURNALS}/draft-entries").json["items"] == []


def test_standing_journal_keeps_its_drafts(bench):
    number = bench.draft(journalNumber=2).json["entryNumber"]
    bench.book(number, journal=2)
    assert bench.book(number, journal=2).status == 204 and bench.left() == 250


@pytest.mark.parametrize("moves", ["draft", "booking"])
def test_voucher_numbers_move(tmp_path, moves):
    bench = Bench(tmp_path, voucher_numbers_move=moves)
    number = bench.draft().json["entryNumber"]
    journal = bench.get(f"{JOURNALS}/journals").json["items"][0]
    assert journal["nextVoucherNumber"] == (100001 if moves == "draft" else 100000)
    assert bench.call("DELETE", f"{JOURNALS}/draft-entries/{number}").status == 204
    assert "nextVoucherNumber" not in Bench(tmp_path, next_voucher_number=False).get(f"{JOURNALS}/journals").json["items"][0]


def test_journals_are_created_whole(bench):
    flags = "balancingBehavior autoApprove isStandingJournal requireAdminApproval lockVatCodes allowPartialBooking requireBalancePerVoucherId repeatText"
    body = {"name": "Inkasso (KB)", "customerContraAccount": 5690, **dict.fromkeys(flags.split(), False)}
    assert bench.call("POST", f"{JOURNALS}/journals", {"name": "x"}).json["errorCode"] == "RequiredPropertyMissing"
    number = bench.call("POST", f"{JOURNALS}/journals", body).json["number"]
    bench.book(bench.draft(journalNumber=number, contraAccountNumber=...).json["entryNumber"], journal=number)
    assert bench.agreement.account_balance(5690) == 500


def test_document_fails_or_merges(bench):
    assert bench.attach().status == 201
    assert bench.attach().json["errorCode"] == "DocumentAlreadyAttachedToVoucher"
    assert bench.attach(conflict="0").json == {"number": 1}
    (row,) = bench.get(f"{DOCUMENTS}/AttachedDocuments", filter="voucherNumber$eq:1$and:accountingYear$eq:2025").json["items"]
    assert (row["pageCount"], row["note"]) == (2, "kb")
    assert bench.get(f"{DOCUMENTS}/AttachedDocuments/1/pdf").body == b"%PDF-1%PDF-1"
    assert bench.attach(voucher=99).json["errorCode"] == "InvalidVoucherNumber"
    assert bench.attach(content=b"text").json["errorCode"] == "InvalidFileData"


def test_contact_needs_its_version(bench):
    body = {"customerNumber": 1, "name": "Inkasso", "notes": "A"}
    number = bench.call("POST", f"{CUSTOMERS}/Contacts", body).json["number"]
    (kept,) = bench.get(f"{CUSTOMERS}/Contacts", filter="customerNumber$eq:1").json["items"]
    assert bench.call("PUT", f"{CUSTOMERS}/Contacts", {**body, "number": number}).json["errorCode"] == "UpdateConflict"
    changed = {**body, "number": number, "notes": "B", "objectVersion": kept["objectVersion"]}
    assert bench.call("PUT", f"{CUSTOMERS}/Contacts", changed).status == 204
    assert bench.call("PUT", f"{CUSTOMERS}/Contacts", changed).status == 409
    assert bench.call("PUT", f"{CUSTOMERS}/Contacts", changed | {"number": 9}).status == 404
    assert bench.call("POST", f"{CUSTOMERS}/Contacts", body | {"customerNumber": 9}).json["errorCode"] == "CustomerNotFound"
    assert bench.call("POST", f"{CUSTOMERS}/Contacts", body | {"name": ""}).json["errorCode"] == "InvalidContact"


@pytest.mark.parametrize("numbered", [True, False])
def test_reminder_is_an_entry_of_its_own(tmp_path, numbered):
    bench = Bench(tmp_path, reminder_invoice_number=numbered)
    bench.agreement.remind(bench.invoice)
    (own, _) = bench.entries("type$eq:6")
    assert own.get("customerInvoiceNumber") == (1 if numbered else None) and own["remainder"] == 100
    assert bench.left() == 1250 and bench.get("/customers/1").json["balance"] == 1350


def test_credit_note_and_what_people_undo(bench):
    paid = bench.agreement.pay(bench.invoice, "250")
    bench.agreement.take_back(paid)
    assert bench.left() == 1250
    note = bench.agreement.credit(bench.invoice, matched=False)
    assert [row["remainder"] for row in bench.get("/invoices/unpaid").json["collection"]] == [1250, -1250]
    bench.agreement.ledger.match([bench.agreement.invoice(note)["entry"], bench.agreement.invoice(bench.invoice)["entry"]])
    assert bench.get("/invoices/unpaid").json["collection"] == [] and bench.get("/customers/1").json["balance"] == 0


def test_credit_notes_may_look_otherwise(tmp_path):
    bench = Bench(tmp_path, unpaid_lists_credits=False, credit_remainder="zero", due_date_of_credits=False)
    note = bench.agreement.credit(bench.invoice, matched=False)
    row = bench.get(f"/invoices/booked/{note}").json
    assert (row["remainder"], "dueDate" in row) == (0, False)
    assert len(bench.get("/invoices/unpaid").json["collection"]) == 1


def test_debts_without_an_invoice(bench):
    entries = {
        bench.agreement.add_manual_invoice(bench.customer, "300", "2025-01-01", "2025-02-01"),
        bench.agreement.add_opening("1", "50", "2025-01-01"),
    }
    assert {row["entryNumber"] for row in bench.entries("type$eq:10$or:type$eq:7") if "remainder" in row} == entries
    bench.agreement.pay_on_account(bench.customer, "40")
    assert bench.get("/customers/1").json["balance"] == 1560
    assert {len(part) for part in bench.simulator.state()["agreements"]["1001"].values() if isinstance(part, list)} >= {1, 2}


def test_bank_is_booked_by_itself(bench):
    from datetime import date

    bench.agreement.bank_booked_until = date(2025, 4, 8)
    bench.get("/self")
    assert {row["date"][:10] for row in bench.entries("accountNumber$eq:5820")} == {"2025-04-09", "2025-04-10", "2025-04-11", "2025-04-14"}
