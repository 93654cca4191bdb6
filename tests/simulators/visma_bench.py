"""A simulated eAccounting with one client and two companies on a virtual clock, called in process."""

import base64
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from simulators import kit
from simulators.visma import SCOPES, Switches, VismaSimulator
from simulators.visma_auth import SERVICE

START = datetime(2025, 4, 15, 9, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
CALLBACK = "https://kravbro.example/callback"
BASIC = "Basic " + base64.b64encode(b"app:secret").decode()
EVERY = " ".join(sorted(SCOPES))


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
        return self.json["ErrorCode"]


class Bench:
    def __init__(self, folder, *, scopes=EVERY, faults=None, seed=1, company=None, **switches):
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = kit.Clock(folder / "clock")
        self.clock.set(START.timestamp())
        log = kit.RequestLog(folder)
        self.sim = VismaSimulator(clock=self.clock, seed=seed, faults=faults, log=log, switches=Switches(**switches), auto_consent="B200")
        self.sim.add_client("app", "secret", CALLBACK)
        self.sim.add_company("B100", "Byrån AB", "556012-5790")
        self.company = self.sim.add_company("B200", "Snickarna AB", **(company or {}))
        self.customer = self.company.add_customer("Kund AB", "556000-0001", "kund@example.com")
        self.login(scopes)

    def login(self, scopes=EVERY):
        self.answer = self.token(self.authorize(scope=scopes)).json
        self.access = self.answer["access_token"]

    def authorize(self, **query):
        asked = {
            "client_id": "app", "redirect_uri": CALLBACK, "response_type": "code", "state": "s", "scope": EVERY,
            "prompt": "select_account", "acr_values": SERVICE,
        }  # fmt: skip
        return self.raw("GET", f"/connect/authorize?{urlencode({**asked, **query})}")

    def token(self, reply):
        code = parse_qs(urlsplit(reply.headers["Location"]).query)["code"][0]
        return self.oauth("token", {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK})

    def refresh(self, token):
        return self.oauth("token", {"grant_type": "refresh_token", "refresh_token": token})

    def oauth(self, name, form, *, basic=BASIC):
        environ = {"HTTP_AUTHORIZATION": basic, "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        return self.raw("POST", f"/connect/{name}", urlencode(form).encode(), **environ)

    def call(self, method, path, body=None, *, token=None, **environ):
        content = b"" if body is None else json.dumps(body).encode()
        environ = {"HTTP_AUTHORIZATION": f"Bearer {token or self.access}", "CONTENT_TYPE": "application/json", **environ}
        return self.raw(method, path, content, **environ)

    def get(self, path, **environ):
        return self.call("GET", path, **environ)

    def rows(self, path, **query):
        text = "&".join(f"{quote(name.replace('_', '$'))}={quote(str(value))}" for name, value in query.items())
        return self.get(f"{path}?{text}").json["Data"]

    def raw(self, method, path, content=b"", **environ):
        seen = {}

        def start_response(status, headers):
            seen.update(status=int(status[:3]), headers=dict(headers))

        path, _, query = path.partition("?")
        base = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(content))}
        chunks = self.sim({**base, "wsgi.input": io.BytesIO(content), **environ}, start_response)
        return Reply(seen["status"], seen["headers"], b"".join(chunks))

    def invoice(self, total="1250.00", due=date(2025, 3, 1), **fields):
        return self.company.add_invoice(self.customer, total, date(2025, 2, 1), due, **fields)

    def shown(self, ident):
        return self.get(f"/v2/customerinvoices/{ident}").json

    def bank(self, name="Företagskonto"):
        return next(row["Id"] for row in self.rows("/v2/bankaccounts") if row["Name"] == name)

    def pay(self, ident, amount, kind=1, on="2025-04-14", **fields):
        body = {
            "CompanyBankAccountId": self.bank(), "PaymentDate": on, "PaymentAmount": amount, "PaymentCurrency": "SEK", "PaymentType": kind,
            **fields,
        }  # fmt: skip
        return self.call("POST", f"/v2/customerinvoices/{ident}/payments", body)

    def voucher(self, *rows, on="2025-04-14", text="Avräkning", query="", **fields):
        lines = [{"AccountNumber": account, "DebitAmount": debit, "CreditAmount": credit} for account, debit, credit in rows]
        return self.call("POST", f"/v2/vouchers{query}", {"VoucherDate": on, "VoucherText": text, "Rows": lines, **fields})
