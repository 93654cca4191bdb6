"""fortpyx logs in, reads a company with two rows a page, and books a payment and a voucher; pyfortnox reads days and texts as they come.

pyfortnox is older than OAuth 2: the login that fortpyx made goes with its requests as a header, by a keyword of its own.
"""

import json
import sys
from datetime import date
from functools import partial

import fortnox
from fortpyx import Fortpyx
from fortpyx.model import FortnoxInvoicePaymentWrap, FortnoxVoucherWrap
from loopback import ARGUMENTS, Loopback, lead

HOSTS = ("api.fortnox.se", "apps.fortnox.se")
lead(*HOSTS)
code, callback = ARGUMENTS
client = Fortpyx("app", "secret", page_size=2, auto_fetch_all_pages=True, http_adapter=Loopback(*HOSTS))
client.get_tokens(code, callback)
tokens = client.refresh_tokens()
api = client.fortnox
at_once = Fortpyx("app", "secret", *tokens, http_adapter=Loopback(*HOSTS)).fortnox  # the chart in few calls: it does not wait for the limit


def plain(row):
    return row.model_dump(mode="json", by_alias=True)


read = {
    "company": plain(api.company_information.retrieve_the__company__information().company_information),
    "years": [plain(row) for row in api.financial_years.retrieve_a_list_of_financial_years().financial_years],
    "accounts": [plain(row) for row in at_once.accounts.list_all_accounts().accounts],
    "customers": [plain(row) for row in api.customers.retrieve_a_list_of_customers().customers],
    "invoices": [plain(row) for row in api.invoices.retrieve_a_list_of_invoices().invoices],
    "unpaid": [row.document_number for row in api.invoices.retrieve_a_list_of_invoices(filter="unpaid").invoices],
    "invoice": plain(api.invoices.retrieve_a_single_invoice("1").invoice),
    "payments": [plain(row) for row in api.invoice_payments.retrieve_a_list_of_invoice_payments().invoice_payments],
}
older = fortnox.Client(access_token="-", client_secret="-")
older.http_client.get = partial(older.http_client.get, headers={"Authorization": f"Bearer {tokens[0]}"})
read["older"] = {
    "invoices": [row for page in (1, 2) for row in older.invoices.list(limit=3, page=page)],
    "invoice": older.invoices.retrieve(1),
    "payment": older.invoice_payments.retrieve(1),
}
given = {"InvoiceNumber": 2, "Amount": 1000.5, "ModeOfPayment": "BG", "PaymentDate": date(2025, 4, 14)}
entered = api.invoice_payments.create_an_invoice_payment(FortnoxInvoicePaymentWrap.model_validate({"InvoicePayment": given}))
api.invoice_payments.bookkeep_an_invoice_payment(entered, entered.invoice_payment.number)
rows = [{"Account": 6062, "Debit": 25.25, "Credit": 0}, {"Account": 1930, "Debit": 0, "Credit": 25.25}]
given = {"Description": "Inkasso", "TransactionDate": date(2025, 4, 14), "VoucherSeries": "A", "Year": 2, "VoucherRows": rows}
made = api.vouchers.create_a_voucher(FortnoxVoucherWrap.model_validate({"Voucher": given}))
read["entered"], read["voucher"] = entered.invoice_payment.number, [made.voucher.voucher_series, made.voucher.voucher_number]
json.dump(read, sys.stdout)
