"""visma (pwitab), a client that others wrote and ran against the vendor's sandbox in 2018, meets the simulator.

It takes some fields as never empty that today's specification lets be so, and a day as a date; a company may be just like that.
"""

import pytest

from simulators.visma_wire import wire
from tests.simulators.others import told
from tests.simulators.visma_bench import Bench

TERMS = "6f1c4a0e-0000-4000-8000-000000000030"
ACCOUNT = "6f1c4a0e-0000-4000-8000-000000001930"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("visma"), date_shape="date")
    company = bench.company
    company.settings |= dict.fromkeys(("BankAccount", "VatCode", "Iban", "Address2", "PlusGiro", "MobilePhone"), "")
    company.settings |= {"TermsOfPaymentId": TERMS, "VatPeriod": 3}
    for bank in company.books.bank_accounts.values():
        bank["BankAccountTypeDescription"] = "Kassakonto"
    company.add_customer("Åsa Östlund", "700101-2397", "asa@example.com", private=True)
    company.add_customer("Kund Tre AB", "556671-0017")
    company.label_customer(bench.customer, "Ej inkasso")
    company.labels[company.customers[bench.customer]["CustomerLabels"][0]["Id"]]["Description"] = "Lämnas inte till inkasso"
    for ident in company.customers:
        company.set_customer(ident, PayToAccountId=ACCOUNT)
    bench.before = bench.sim.state()["companies"]["B200"]
    return bench


@pytest.fixture(scope="module")
def read(bench):
    return told("read_visma.py", bench.sim, bench.answer["refresh_token"], bench.customer)


def same(rows, shown, *names):
    assert [[row[name] for name in names] for row in rows] == [[row[name] for name in names] for row in shown]


def test_client_reads_every_page_of_customers(bench, read):
    names = ("Id", "CustomerNumber", "Name", "CorporateIdentityNumber", "IsPrivatePerson", "EmailAddress", "InvoiceCity", "PayToAccountId")
    same(read["customers"], bench.before["customers"], *names)
    same([read["customer"]], bench.before["customers"][:1], *names)
    assert len(read["customers"]) == 3 and read["named"] == ["Åsa Östlund"]


def test_client_reads_company_years_banks_and_labels(bench, read):
    same([read["company"]], [bench.company.settings], "Name", "CorporateIdentityNumber", "CountryCode", "CurrencyCode", "BankGiro", "City")
    years = wire(bench.company.books.years, bench.sim.world)
    same(read["years"], years, "Id", "StartDate", "EndDate", "IsLockedForAccounting", "BookkeepingMethod")
    same(read["banks"], bench.before["bank_accounts"], "Id", "Name", "LedgerAccountNumber", "BankAccountType", "IsActive")
    same(read["labels"], bench.before["labels"], "Id", "Name", "Description")
    assert len(read["years"]) == len(read["banks"]) == 3


def test_client_changes_a_customer(bench, read):
    was, now = bench.before["customers"][0], bench.company.customers[bench.customer]
    changed = {name for name in was if was[name] != now[name]}
    assert now["Telephone"] == "08-765 43 21" and "Telephone" in changed
    assert not changed & {"Name", "CorporateIdentityNumber", "EmailAddress", "CustomerNumber", "InvoiceAddress1", "IsPrivatePerson"}


def test_every_call_was_answered(bench, read):
    assert {row["status"] for row in bench.sim.log.rows} <= {200, 302}
