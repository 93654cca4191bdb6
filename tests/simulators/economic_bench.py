"""An agreement in the e-conomic simulator, called as any client would, in this process."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from simulators import kit
from simulators.economic import EconomicSimulator, Switches

START = 1744704000.0  # 2025-04-15 08:00 UTC
JOURNALS, ENTRIES = "/journalsapi/v15.0.0", "/bookedEntriesapi/v4.0.0"
DOCUMENTS, YEARS, CUSTOMERS = "/documentsapi/v4.0.1", "/accountingyearsapi/v2.0.1", "/customersapi/v3.1.0"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Bench:
    """One agreement with a customer and an invoice over 1250.00 due 2025-03-03."""

    def __init__(self, folder: Path, **switches: Any) -> None:
        self.clock = kit.Clock(folder / "clock")
        self.clock.set(START)
        self.simulator = EconomicSimulator(clock=self.clock, switches=Switches(**switches))
        self.simulator.add_app("public", "secret")
        self.agreement = self.simulator.add_agreement(1001, "Testbageriet ApS")
        self.token = self.simulator.grant("public", 1001)
        self.customer = self.agreement.add_customer("Kunde Et ApS", "13585628", "kunde@example.com")
        self.invoice = self.agreement.add_invoice(self.customer, "1250.00", "2025-02-17", "2025-03-03")

    def call(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", media: str = "application/json", **headers: str) -> Reply:
        content = raw or (json.dumps(body).encode() if body is not None else b"")
        bare, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": bare, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(content)), "CONTENT_TYPE": media,
            "wsgi.input": io.BytesIO(content), "HTTP_X_APPSECRETTOKEN": "secret", "HTTP_X_AGREEMENTGRANTTOKEN": self.token, **headers,
        }  # fmt: skip
        started: list[Any] = []
        content = b"".join(self.simulator(environ, lambda status, given: started.append((status, given))))
        return Reply(int(started[0][0][:3]), dict(started[0][1]), content)

    def get(self, path: str, **query: object) -> Reply:
        return self.call("GET", path + (f"?{urlencode(query)}" if query else ""))

    def entries(self, filter_: str) -> list[dict[str, Any]]:
        return self.get(f"{ENTRIES}/booked-entries", filter=filter_).json["items"]

    def draft(self, amount: float = -500, **more: Any) -> Reply:
        body = {
            "entryTypeNumber": 2, "journalNumber": 1, "date": "2025-04-10T00:00:00Z", "amount": amount, "currency": "DKK", "text": "Inkasso",
            "customerNumber": int(self.customer), "customerInvoiceNumber": self.invoice, "contraAccountNumber": 5690,
        } | more  # fmt: skip
        return self.call("POST", f"{JOURNALS}/draft-entries", {name: value for name, value in body.items() if value is not ...})

    def book(self, *numbers: int, journal: int = 1) -> Reply:
        return self.call("POST", f"{JOURNALS}/journals/{journal}/bookdraftentries", {"entryNumbers": list(numbers)})

    def left(self) -> float:
        return self.get(f"/invoices/booked/{self.invoice}").json["remainder"]

    def attach(self, voucher: int = 1, conflict: str = "1", content: bytes = b"%PDF-1") -> Reply:
        fields = {"accountingYear": "2025", "voucherNumber": str(voucher), "note": "kb", "onConflict": conflict}
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n' + content
        raw = b"".join(parts) + file + b"\r\n--x--\r\n"
        return self.call("POST", f"{DOCUMENTS}/AttachedDocuments", raw=raw, media="multipart/form-data; boundary=x")
