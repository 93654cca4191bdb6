"""A stand-in for Bokhylla: its API as its documentation has it, and what its people do. It shares no code with the connector.

A misreading of the API that both sides share would pass every test; that is why nothing of the connector is imported here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from simulators import kit
from simulators.agency_settle import pdf_page

__all__ = ["BokhyllaSimulator"]

Json = dict[str, Any]
Answer = tuple[int, Any]
PAGE_SIZE = 200
BAS = ("1510", "1689", "1930", "2420", "2641", "3740", "3990", "6062", "6352", "8313")
"""The accounts of the chart that matter here."""


class BokhyllaSimulator:
    """One company's books behind a WSGI callable, with faults; what its people do are methods to add."""

    def __init__(self, clock: kit.Clock, key: str) -> None:
        self.clock, self.key = clock, key
        self.faults = kit.Faults()
        where = {"street": "Storgatan 1", "postcode": "111 22", "city": "Stockholm"}
        self.company = {
            "org_no": "556012-5790",
            "name": "Hyllan AB",
            "email": "a@hyllan.example",
            "bankgiro": "5050-1055",
            "bank_until": "",
            **where,
        }
        self.customers = {"1": {"id": "1", "name": "Kund 1 AB", "org_no": "556036-0793", "email": "kund@example.com", **where}}
        self.ways = {"BANK": "1930", "KB": "1689"}
        self.invoices: dict[str, Json] = {}
        self.payments: dict[str, Json] = {}
        self.orders: dict[str, str] = {}
        self.takes_orders = True

    # What its people do

    def add_invoice(self, total: str, issued: str, due: str, *, currency: str = "SEK", state: str = "sent") -> str:
        """Enter an invoice."""
        number = str(len(self.invoices) + 1)
        self.invoices[number] = {
            "id": number, "customer": "1", "customer_name": "Kund 1 AB", "owed": total, "left": total, "currency": currency, "issued": issued,
            "due": due, "state": state, "note": "", "reminders": 0,
        }  # fmt: skip
        self._touch(number)
        return number

    def pay(self, invoice: str, amount: str, day: str, way: str = "BANK", by: str = "person") -> str:
        """Enter a payment; a person's is booked at once."""
        number = f"P{len(self.payments) + 1}"
        row = {"invoice": invoice, "amount": amount, "currency": self.invoices[invoice]["currency"], "day": day, "way": way, "by": by}
        self.payments[number] = {"id": number, "booked": False, "account": self.ways[way], "entered": self._now(), **row}
        if by == "person":
            self.book(number)
        return number

    def book(self, payment: str) -> None:
        """Book a payment: what is left of its invoice falls."""
        row = self.payments[payment]
        row["booked"] = True
        self.company["bank_until"] = max(self.company["bank_until"], row["day"])
        self._lower(row["invoice"], Decimal(row["amount"]))

    def take_back(self, payment: str) -> None:
        """Delete a payment."""
        row = self.payments.pop(payment)
        self._lower(row["invoice"], -Decimal(row["amount"]))

    def credit(self, invoice: str) -> None:
        """Credit an invoice wholly."""
        self.invoices[invoice] |= {"left": "0.00", "state": "credited"}
        self._touch(invoice)

    def _lower(self, invoice: str, amount: Decimal) -> None:
        self.invoices[invoice]["left"] = str(Decimal(self.invoices[invoice]["left"]) - amount)
        self._touch(invoice)

    def _touch(self, invoice: str) -> None:
        self.invoices[invoice]["changed"] = self._now()

    def _now(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), UTC).isoformat()

    # What the program asks

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request, or lose its answer."""
        answer, fault = self._serve(environ)
        if answer is None:
            start_response(kit.DROPPED, [])
            return []
        status, body = answer
        content = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        headers = [("Content-Length", str(len(content)))]
        headers += [("Retry-After", "2")] if fault == "throttled_retry_after" else []
        start_response(f"{status} -", headers)
        return [content]

    def _serve(self, environ: dict[str, Any]) -> tuple[Answer | None, str | None]:
        method, path, query = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        raw = environ["wsgi.input"].read(length) if length else b""
        self.clock.advance(kit.latency_s(1, "", method, path))
        fault = self.faults.draw("", method, path)
        if fault in ("throttled", "throttled_retry_after"):
            return (429, {}), fault
        if fault in ("error_before", "drop_before"):
            return (500, {}) if fault == "error_before" else None, fault
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {self.key}":
            return (401, {}), fault
        answer = self.answer(method, path, dict(parse_qsl(query)), raw)
        if fault in ("error_after", "drop_after"):
            return (500, {}) if fault == "error_after" else None, fault
        return answer, fault

    def answer(self, method: str, path: str, query: dict[str, str], raw: bytes) -> Answer:
        """Return the status and the body of an answer."""
        name, *rest = path.strip("/").split("/")
        if name == "orders":
            return self._order(rest[0], json.loads(raw) if method == "PUT" else None)
        if name == "company":
            return 200, self.company
        if rest[1:] == ["pdf"]:
            return 200, pdf_page([f"Faktura {rest[0]}", self.invoices[rest[0]]["owed"]])
        accounts = {number: {"id": number, "name": f"Konto {number}"} for number in BAS}
        ways = {code: {"account": account} for code, account in self.ways.items()}
        rows = {"accounts": accounts, "ways": ways, "customers": self.customers, "invoices": self.invoices, "payments": self.payments}[name]
        if rest:
            return (200, rows[rest[0]]) if rest[0] in rows else (404, {})
        return 200, _page(list(rows.values()), query)

    def _order(self, key: str, order: Json | None) -> Answer:
        """Take an order once by its key, or tell what became of it."""
        if key not in self.orders:
            if order is None:
                return 404, {}
            if not self.takes_orders:
                return 422, {"code": "closed", "text": "the books are closed"}
            self.orders[key] = self._do(order)
        return 200, {"ref": self.orders[key]}

    def _do(self, order: Json) -> str:
        if order["do"] == "book_payment":
            return self.pay(order["invoice"], order["amount"], order["day"], order["way"], by="program")
        if order["do"] == "bookkeep_payment":
            self.book(order["payment"])
            return str(order["payment"])
        self.invoices[order["invoice"]]["note"] = order["note"]
        return f"N{len(self.orders) + 1}"


def _page(rows: list[Json], query: dict[str, str]) -> Json:
    """Return a page of a list: those that something is left of, of an invoice, or changed since a moment, after the last that was read."""
    kept = [
        row
        for row in rows
        if (not query.get("left") or Decimal(row["left"]))
        and query.get("invoice") in (None, row.get("invoice"))
        and str(row.get("changed") or row.get("entered", "")) >= query.get("since", "")
    ]
    ids = [row["id"] for row in kept]
    start = ids.index(query["after"]) + 1 if query.get("after") else 0
    limit = int(query.get("limit", PAGE_SIZE))
    page = kept[start : start + limit]
    return {"rows": page, "next": page[-1]["id"] if len(kept) > start + limit else ""}


if __name__ == "__main__":  # python -m kravbro_bokhylla.simulator PORT
    kit.Served(BokhyllaSimulator(kit.shared_clock(), "a-key"), int(sys.argv[1])).serve_until_interrupted()
