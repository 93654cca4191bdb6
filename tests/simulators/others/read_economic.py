"""python-economic-rest reads an agreement with two rows a page; it cannot write invoices or books.

It sends its two tokens by the names they had when it was written; today's are X-AppSecretToken and X-AgreementGrantToken.
"""

import json
import sys

from economic.auth import Authentication
from economic.customer_groups import CustomerGroup
from economic.customers import Customer
from economic.invoices import BookedInvoice
from loopback import ARGUMENTS, lead

lead("restapi.e-conomic.com", renamed={"appId": "X-AppSecretToken", "accessId": "X-AgreementGrantToken"})
auth = Authentication("secret", *ARGUMENTS)


def plain(row):
    return {**row._mutable_fields, **row._immutable_fields}


read = {
    "customers": [plain(row) for row in Customer.all(auth, page_size=2)],
    "customer": plain(Customer.get(auth, 1)),
    "groups": [plain(row) for row in CustomerGroup.all(auth, page_size=2)],
    "invoices": [plain(row) for row in BookedInvoice.all(auth, page_size=2)],
    "backwards": [row.id for row in BookedInvoice.all(auth, page_size=2, reverse=True)],
    "late": [row.id for row in BookedInvoice.filter(auth, page_size=2, date__gte="2025-03-01", sorting=["-date", "bookedInvoiceNumber"])],
    "invoice": plain(BookedInvoice.get(auth, 1)),
}
json.dump(read, sys.stdout)
