"""A simulated Fortnox with one client and one company on a virtual clock, called in process."""

import base64
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from simulators import kit
from simulators.fortnox import DEFAULT_SCOPES, FortnoxSimulator, Switches

START = datetime(2025, 4, 15, 9, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
CALLBACK = "https://kravbro.example/callback"
BASIC = "Basic " + base64.b64encode(b"app:secret").decode()


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        error = self.json["ErrorInformation"]
        return error.get("code", error.get("Code"))


class Bench:
    def __init__(self, folder, *, scopes=DEFAULT_SCOPES, faults=None, seed=1, **switches):
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = kit.Clock(folder / "clock")
        self.clock.set(START.timestamp())
        self.sim = FortnoxSimulator(clock=self.clock, seed=seed, faults=faults, switches=Switches(**switches))
        self.sim.add_client("app", "secret", CALLBACK)
        self.company = self.sim.add_company(1001, "Snickarna AB", "556677-8899")
        self.sim.consent("app", 1001, scopes)
        self.login()

    def login(self):
        self.token = self.credentials().json.get("access_token", "")

    def credentials(self, tenant="1001"):
        return self.oauth("token", {"grant_type": "client_credentials"}, tenant=tenant)

    def oauth(self, name, form, *, basic=BASIC, tenant=""):
        environ = {"HTTP_AUTHORIZATION": basic, "HTTP_TENANTID": tenant, "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        return self.raw("POST", f"/oauth-v1/{name}", urlencode(form).encode(), **environ)

    def call(self, method, path, body=None, *, token=None, **environ):
        content = b"" if body is None else json.dumps(body).encode()
        environ = {"HTTP_AUTHORIZATION": f"Bearer {token or self.token}", "CONTENT_TYPE": "application/json", **environ}
        return self.raw(method, path, content, **environ)

    def get(self, path, **environ):
        return self.call("GET", path, **environ)

    def raw(self, method, path, content=b"", **environ):
        seen = {}

        def start_response(status, headers):
            seen.update(status=int(status[:3]), headers=dict(headers))

        path, _, query = path.partition("?")
        base = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(content))}
        chunks = self.sim({**base, "wsgi.input": io.BytesIO(content), **environ}, start_response)
        return Reply(seen["status"], seen["headers"], b"".join(chunks))

    def invoice(self, total="1250.00", due=date(2025, 3, 1), **fields):
        if not self.company.customers:
            self.company.add_customer("Kund AB", "556000-0001", "kund@example.com")
        return self.company.add_invoice("1", total, fields.pop("invoice_date", date(2025, 2, 1)), due, **fields)

    def payment(self, number, amount=None, on="2025-04-14", **fields):
        amounts = {} if amount is None else {"Amount": amount}
        body = {"InvoiceNumber": int(number), "ModeOfPayment": "BG", "PaymentDate": on, **amounts, **fields}
        return self.call("POST", "/3/invoicepayments", {"InvoicePayment": body})

    def bookkeep(self, payment):
        return self.call("PUT", f"/3/invoicepayments/{payment.json['InvoicePayment']['Number']}/bookkeep")

    def voucher(self, *rows, on="2025-04-14", series="A", year=2, **fields):
        lines = [{"Account": account, "Debit": debit, "Credit": credit} for account, debit, credit in rows]
        body = {"Description": "Avräkning", "TransactionDate": on, "VoucherSeries": series, "VoucherRows": lines, **fields}
        return self.call("POST", f"/3/vouchers?financialyear={year}", {"Voucher": body})

    def upload(self, content=b"%PDF-1.4 x", name="avrakning.pdf", path="Inbox_v"):
        head = f'--sep\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
        body = head.encode() + content + b"\r\n--sep--\r\n"
        return self.call(
            "POST",
            f"/3/inbox?path={path}",
            CONTENT_TYPE="multipart/form-data; boundary=sep",
            **{"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))},
        )
