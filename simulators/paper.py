"""The books of companies that keep them by hand, behind a small HTTP API of JSON: a stand-in where no accounting system is connected yet.

A WSGI app. Every company has a key, sent as `Authorization: Bearer KEY`. Lists go on after the last number that was read, so that no page
shifts. A write is `PUT /writes/KEY`: the same key and content again changes nothing and gives the same answer, and `GET /writes/KEY` tells
whether it landed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from simulators import kit
from simulators.agency_settle import pdf_page
from simulators.paper_company import Json, PaperCompany, RefusedError

__all__ = ["PaperCompany", "PaperSimulator", "default_app"]

REASONS: Final = {
    200: "OK",
    201: "Created",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    422: "Refused",
    429: "Slow Down",
    500: "Error",
}
Answer = tuple[int, Any]


class PaperSimulator:
    """Several companies' books behind one WSGI callable."""

    def __init__(
        self, *, clock: kit.Clock | None = None, seed: int = 1, faults: kit.Faults | None = None, log: kit.RequestLog | None = None
    ) -> None:
        """Start without companies."""
        self.clock, self.seed = clock or kit.Clock(), seed
        self.faults, self.log = faults or kit.Faults(seed=seed), log or kit.RequestLog()
        self.companies: dict[str, PaperCompany] = {}
        self.lock = threading.RLock()

    def add_company(
        self, key: str, name: str, org_no: str, country: str, currency: str, *, first_invoice: int = 1, **details: Any
    ) -> PaperCompany:
        """Open the books of a company; `details` are its address, accounts to be paid on and numbers."""
        base = {
            "line1": "",
            "postcode": "",
            "city": "",
            "email": "",
            "phone": "",
            "vat_no": "",
            "iban": "",
            "bic": "",
            "fi_creditor_no": "",
        }
        company = PaperCompany(self.clock, name, org_no, country, currency, base | details, first_invoice=first_invoice)
        company.modes["BANK"] = {"code": "BANK", "text": company.chart["bank"][1], "account": company.account("bank")}
        self.companies[key] = company
        return company

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request; one at a time."""
        with self.lock:
            answer, fault = self._serve(environ)
        if answer is None:
            start_response(kit.DROPPED, [])
            return []
        status, body = answer
        content = body if isinstance(body, bytes) else json.dumps(body, default=_plain, ensure_ascii=False).encode()
        kind = "application/pdf" if isinstance(body, bytes) else "application/json"
        headers = [("Content-Type", kind), ("Content-Length", str(len(content)))]
        headers += [("Retry-After", "2")] if fault == "throttled_retry_after" else []
        start_response(f"{status} {REASONS[status]}", headers)
        return [content]

    def _serve(self, environ: dict[str, Any]) -> tuple[Answer | None, str | None]:
        method, path, query = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        raw = environ["wsgi.input"].read(length) if length else b""
        company = self.companies.get(environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer "))
        tenant, target = company.org_no if company else "", path + (f"?{query}" if query else "")
        self.clock.advance(kit.latency_s(self.seed, tenant, method, target))
        moment, fault = self.clock.now(), self.faults.draw(tenant, method, target)
        answer: Answer | None = {
            "throttled": (429, _error("slow_down")), "throttled_retry_after": (429, _error("slow_down")),
            "error_before": (500, _error("upset")), "drop_before": None,
        }.get(fault or "", (0, None))  # fmt: skip
        if answer == (0, None):
            answer = _answer(company, method, path, dict(parse_qsl(query)), raw) if company else (401, _error("who_are_you"))
            answer = {"error_after": (500, _error("upset")), "drop_after": None}.get(fault or "", answer)
        status = answer[0] if answer else 599
        self.log.add(t=moment, tenant=tenant, method=method, path=target, body=_for_log(raw), status=status, fault=fault)
        return answer, fault

    def write_state(self, folder: Path) -> Path:
        """Write `state.json` with every company by its number."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "state.json"
        with self.lock:
            state = {"companies": {company.org_no: company.state() for company in self.companies.values()}}
        path.write_text(json.dumps(state, default=_plain, ensure_ascii=False, indent=1), encoding="utf-8")
        return path


def _answer(company: PaperCompany, method: str, path: str, query: dict[str, str], raw: bytes) -> Answer:
    company.keep_bank()
    name, *rest = path.strip("/").split("/")
    if name == "writes" and len(rest) == 1:
        return _write(company, rest[0], raw) if method == "PUT" else _written(company, rest[0])
    reader = READERS.get(name)
    found = reader(company, rest, query) if reader and method == "GET" else None
    return (404, _error("no_such_thing")) if found is None else (200, found)


def _list(rows: Iterable[Json], query: dict[str, str], changed: str) -> Json:
    """Return a page of rows, ordered by number and after the last that was read, of those that changed since a moment."""
    since, limit = float(query.get("since", 0)), int(query.get("limit", 200))
    kept = [(_place(row["no"]), row) for row in rows if row[changed] >= since]
    ordered = [row for place, row in sorted(kept, key=lambda one: one[0]) if place > _place(query.get("after", ""))]
    return {"rows": ordered[:limit], "more": len(ordered) > limit}


def _place(number: str) -> tuple[int, str]:
    return len(number), number


def _invoices(company: PaperCompany, rest: list[str], query: dict[str, str]) -> Any:
    if not rest:
        rows = [company.row(number) for number in company.invoices]
        return _list([row for row in rows if row["open"] or not query.get("open")], query, "changed_at")
    if rest[0] not in company.invoices:
        return None
    row = company.row(rest[0])
    if rest[1:] == ["pdf"]:
        return pdf_page([company.name, f"Faktura {row['no']}", row["debtor_name"], f"{row['total']} {row['currency']}", f"{row['due_on']}"])
    return row


def _payments(company: PaperCompany, _: list[str], query: dict[str, str]) -> Any:
    wanted = query.get("invoice")
    return _list([row for row in company.payments.values() if wanted in (None, row["invoice"])], query, "entered_at")


def _company(company: PaperCompany, *_: Any) -> Any:
    base = {"name": company.name, "org_no": company.org_no, "country": company.country, "currency": company.currency}
    return base | company.details | {"bank_until": company.bank_until, "locked_until": company.locked_until}


def _accounts(company: PaperCompany, *_: Any) -> Any:
    return {"rows": [{"no": number, "name": name, "role": role} for role, (number, name) in company.chart.items()]}


READERS: Final[dict[str, Callable[[PaperCompany, list[str], dict[str, str]], Any]]] = {
    "company": _company,
    "accounts": _accounts,
    "invoices": _invoices,
    "payments": _payments,
    "debtors": lambda company, rest, _: company.debtors.get(rest[0]) if rest else None,
    "modes": lambda company, rest, _: company.modes.get(rest[0]) if rest else None,
}


def _written(company: PaperCompany, key: str) -> Answer:
    known = company.writes.get(key)
    return (200, {"ref": known["ref"]}) if known else (404, _error("no_such_thing"))


def _write(company: PaperCompany, key: str, raw: bytes) -> Answer:
    seen, known = hashlib.sha256(raw).hexdigest(), company.writes.get(key)
    if known:
        return (200, {"ref": known["ref"]}) if known["sha256"] == seen else (409, _error("key_used"))
    body = json.loads(raw, parse_float=Decimal)
    try:
        company.check_open()
        ref = WRITERS[body["kind"]](company, body)
    except RefusedError as error:
        return 422, {"code": error.code, "text": error.text}
    company.writes[key] = {"sha256": seen, "ref": ref}
    return 201, {"ref": ref}


def _enter_payment(company: PaperCompany, body: Json) -> str:
    if body["mode"] not in company.modes or company.modes[body["mode"]]["account"] != body["account"]:
        raise RefusedError("no_mode", "there is no such way of payment on that account")
    more = {"written_off": Decimal(body["write_off"]), "write_off_account": body["write_off_account"]} if body["write_off"] else {}
    if body["invoice"] in company.invoices and company.invoices[body["invoice"]]["currency"] != body["currency"]:
        raise RefusedError("currency", "the invoice is in another currency")
    amount, on = Decimal(body["amount"]), date.fromisoformat(body["paid_on"])
    return company.enter_payment(body["invoice"], amount, on, body["mode"], body["account"], source="program", booked=False, **more)


def _book_payment(company: PaperCompany, body: Json) -> str:
    company.book_payment(body["payment"])
    return str(body["payment"])


def _book_voucher(company: PaperCompany, body: Json) -> str:
    rows = [(row["account"], Decimal(row["debit"]) - Decimal(row["credit"])) for row in body["rows"]]
    return company.book_voucher(body["series"], date.fromisoformat(body["date"]), body["text"], rows)


def _keep_file(company: PaperCompany, body: Json) -> str:
    content = base64.b64decode(body["content_base64"], validate=True)
    ref = f"D{len(company.files) + 1}"
    company.files[ref] = {"name": body["name"], "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return ref


def _attach(company: PaperCompany, body: Json) -> str:
    voucher = next((row for row in company.vouchers if row["no"] == body["voucher"]), None)
    if voucher is None or body["file"] not in company.files:
        raise RefusedError("no_voucher", "there is no such voucher or file")
    if body["file"] not in voucher["files"]:
        voucher["files"].append(body["file"])
    return f"{body['voucher']}/{body['file']}"


def _mark(company: PaperCompany, body: Json) -> str:
    if body["invoice"] not in company.invoices:
        raise RefusedError("no_invoice", "there is no such invoice")
    company.set_invoice(body["invoice"], mark=body["text"])
    return f"{body['invoice']}/{len(company.writes) + 1}"  # every write has a number of its own


def _create_mode(company: PaperCompany, body: Json) -> str:
    known = company.modes.setdefault(body["code"], {"code": body["code"], "text": body["text"], "account": body["account"]})
    if known["account"] != body["account"]:
        raise RefusedError("mode_used", "that way of payment is tied to another account")
    return str(body["code"])


WRITERS: Final[dict[str, Callable[[PaperCompany, Json], str]]] = {
    "book_payment": _enter_payment,
    "bookkeep_payment": _book_payment,
    "book_voucher": _book_voucher,
    "upload_document": _keep_file,
    "attach_document": _attach,
    "mark_invoice": _mark,
    "create_payment_mode": _create_mode,
}


def _error(code: str) -> Json:
    return {"code": code, "text": code.replace("_", " ")}


def _plain(value: object) -> object:
    return str(value)


def _for_log(raw: bytes) -> Any:
    body = json.loads(raw) if raw else None
    return {name: "…" if name == "content_base64" else value for name, value in body.items()} if isinstance(body, dict) else body


def default_app(country: str = "DK", seed: int = 1, clock: kit.Clock | None = None) -> PaperSimulator:
    """Return a simulator with one demo company (key `demo`) and a few invoices around today; its bank is booked every bank day."""
    simulator = PaperSimulator(clock=clock, seed=seed)
    today = datetime.fromtimestamp(simulator.clock.now(), UTC).date()
    name, org_no, currency, identities, details = DEMO[country]
    company = simulator.add_company("demo", name, org_no, country, currency, **details)
    for index, identity in enumerate(identities):
        debtor = company.add_debtor(
            f"Kunde {index + 1}", identity, f"kunde{index}@example.com", line1=f"Torvet {index + 1}", postcode="1000", city="By"
        )
        for late in (-10, 5, 40):
            due_on = today - timedelta(days=late)
            company.add_invoice(debtor, f"{1250 * (index + 1)}.00", due_on - timedelta(days=30), due_on)
    company.bank_until, company.bank_daily = today - timedelta(days=8), True
    company.keep_bank()
    return simulator


DEMO: Final[dict[str, tuple[str, str, str, tuple[str, ...], Json]]] = {
    "DK": ("Demofirmaet ApS", "10000009", "DKK", ("10000017", "10000025"), {"iban": "DK5000400440116243"}),
    "NO": ("Demofirmaet AS", "910000004", "NOK", ("910000012", "910000020"), {"iban": "NO9386011117947"}),
}
"""By country: name, number, currency, debtors' numbers and details; well-formed and made up."""
