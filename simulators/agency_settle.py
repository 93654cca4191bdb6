"""The agency's payouts: once a week and creditor, with commission and VAT taken off, and a statement as PDF."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from simulators.agency_cases import Payment
from simulators.agency_desk import Desk, short_id
from simulators.agency_law import SWEDEN, Country
from simulators.agency_money import Json, money, parse_money, share
from simulators.agency_wire import Message, moment

COMMISSION_PER_CENT = 5
VAT_PER_CENT = 25
PAYOUT_WEEKDAY = 4
"""Friday; a week whose Friday is missed is paid out on the Saturday or Sunday, else with the next."""


@dataclass(frozen=True)
class Sums:
    """A payout's arithmetic, in minor units."""

    gross: int
    principal: int
    interest: int
    creditor_fees: int
    fees_kept: int
    commission: int
    vat: int
    costs: int
    carried_in: int
    carried_out: int
    paid_out: int


def reckon(payments: Sequence[Payment], *, costs: int = 0, carried_in: int = 0) -> Sums:
    """Reckon what the creditor gets of these payments; less than nothing is carried to the next payout."""
    gross = sum(payment.amount for payment in payments)
    principal = sum(payment.part("principal") for payment in payments)
    interest = sum(payment.part("interest") for payment in payments)
    kept = sum(parse_money(row["amount"]) for payment in payments for row in payment.allocations if row["payee"] == "agency")
    commission = share(principal, COMMISSION_PER_CENT)
    # The agency's pay is its commission and the fees it keeps; VAT is due on both (bookings.md, principle 4).
    vat = share(commission + kept, VAT_PER_CENT)
    net = gross + carried_in - kept - commission - vat - costs
    rest = gross - principal - interest - kept
    return Sums(gross, principal, interest, rest, kept, commission, vat, costs, carried_in, min(net, 0), max(net, 0))


class Cashier:
    """Pays creditors what was collected and reported."""

    def __init__(self, desk: Desk) -> None:
        """Start with nothing carried."""
        self.desk = desk
        self.settlements: list[Json] = []
        self._carried: dict[tuple[str, str], int] = {}
        self._weeks: set[tuple[str, str, str]] = set()

    def pay_out(self, today: date) -> None:
        """Settle each creditor's payments that the feed has taken, at most once a week."""
        if today.weekday() < PAYOUT_WEEKDAY:
            return
        week = f"{today.isocalendar().year}-W{today.isocalendar().week:02}"
        ready = [payment for payment in self.desk.payments if payment.reported and not payment.settlement_id]
        for creditor, currency in sorted({(payment.creditor, payment.currency) for payment in ready}):
            if (creditor, currency, week) in self._weeks:
                continue
            self._weeks.add((creditor, currency, week))
            own = [payment for payment in ready if (payment.creditor, payment.currency) == (creditor, currency)]
            self._settle(creditor, currency, week, own, today)

    def _settle(self, creditor: str, currency: str, week: str, payments: list[Payment], today: date) -> None:
        owner = (creditor, currency)
        sums = reckon(payments, costs=self.desk.outlays.pop(owner, 0), carried_in=self._carried.pop(owner, 0))
        self._carried[owner] = sums.carried_out
        settlement_id = short_id("S", self.desk.slug, creditor, currency, week)
        for payment in payments:
            payment.settlement_id = settlement_id
        law = self.desk.laws.get(creditor, SWEDEN)
        data = {
            "settlement_id": settlement_id,
            "settled_on": str(today),
            "currency": currency,
            **{name: money(amount, currency) for name, amount in vars(sums).items()},
            "lines": [{"claim_id": p.claim_id, "payment_id": p.payment_id, "amount": money(p.amount, currency)} for p in payments],
            "agency_vat_no": law.vat_no,
            "invoice_no": f"F{settlement_id[2:]}",
            "bank_reference": f"UTB {settlement_id}",
        }
        self.settlements.append({"creditor": creditor, "week": week, **data})
        self._post(creditor, data, law)

    def _post(self, creditor: str, data: Json, law: Country) -> None:
        desk, settlement_id = self.desk, data["settlement_id"]
        pdf = statement(data, law.texts)
        document = {"name": f"avrakning-{settlement_id}.pdf", "media_type": "application/pdf"}
        body = {
            "occurred_at": moment(desk.wire.clock.now()),
            "data": data,
            "document": {**document, "content_base64": base64.b64encode(pdf).decode()},
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        message = Message(f"{desk.slug}.settlement.{settlement_id}", "/v1/settlements", text, "", creditor, "settled", data, desk.today)
        desk.outbox.add(message)


def statement(data: Json, words: Mapping[str, str] = SWEDEN.texts) -> bytes:
    """Return the payout's statement: one page of text as PDF, the same bytes for the same data."""
    rows = [
        f"{words['statement']} {data['settlement_id']}",
        f"{words['day']} {data['settled_on']}",
        f"{words['invoice']} {data['invoice_no']}, VAT {data['agency_vat_no']}",
    ]
    rows += [f"{name}: {value['amount']} {value['currency']}" for name, value in data.items() if isinstance(value, dict)]
    rows += [f"{row['payment_id']}  {row['amount']['amount']}" for row in data["lines"]]
    return pdf_page(rows)


def pdf_page(rows: Sequence[str]) -> bytes:
    """Return a PDF 1.4 file with these lines of text; what does not fit on the page is left to the data."""
    shown = "".join(f"({_escape(row)}) Tj T*\n" for row in rows[:50])
    stream = f"BT /F1 11 Tf 50 790 Td 15 TL\n{shown}ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    file, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
