"""visma (pwitab) refreshes its token, reads a company, and changes a customer; it knows neither invoices nor vouchers."""

import json
import os
import sys
import tempfile
from pathlib import Path

import marshmallow
from loopback import ARGUMENTS, lead

lead("identity.vismaonline.com", "eaccountingapi.vismaonline.com")
# marshmallow's own setting for fields that a model does not know: the vendor has added some since 2018.
marshmallow.Schema.Meta.unknown = marshmallow.EXCLUDE
refresh_token, customer = ARGUMENTS
with tempfile.TemporaryDirectory() as folder:
    tokens = Path(folder) / "tokens.json"
    expired = {"access_token": "", "refresh_token": refresh_token, "expires": "2018-01-01T00:00:00+00:00"}
    tokens.write_text(json.dumps(expired))
    os.environ |= {"VISMA_API_CLASS": "visma.api.VismaAPI", "VISMA_API_TOKEN_PATH": str(tokens)}
    os.environ |= {"VISMA_API_CLIENT_ID": "app", "VISMA_API_CLIENT_SECRET": "secret"}
    from visma import models, query  # each model logs in when it is defined, and takes the tokens that the one before left in the file
query.APIModelIterable.PAGINATION_PAGE_SIZE = 2


def plain(row):
    return json.loads(json.dumps({field.data_key: getattr(row, name) for name, field in row.schema_fields.items()}, default=str))


read = {
    "company": plain(next(iter(models.CompanySettings.objects.all()))),
    "years": [plain(row) for row in models.FiscalYear.objects.all()],
    "banks": [plain(row) for row in models.BankAccount.objects.all()],
    "labels": [plain(row) for row in models.CustomerLabel.objects.all()],
    "customers": [plain(row) for row in models.Customer.objects.all()],
    "named": [row.name for row in models.Customer.objects.filter(name__exact="Åsa Östlund")],
}
changed = models.Customer.objects.get(customer)
read["customer"] = plain(changed)
changed.telephone = "08-765 43 21"
changed.save()
json.dump(read, sys.stdout)
