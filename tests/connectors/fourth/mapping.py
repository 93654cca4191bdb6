"""Rows of Bokhylla to our values and back, without any request; what can't be read becomes a `Problem`, and the sweep goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from core.errors import InvariantBrokenError
from core.model import Address, Company, Debtor, DebtorKind, Invoice, InvoiceKind, Payment, Problem
from core.money import Money, MoneyError
from core.writes import BookkeepPayment, BookPayment, MarkInvoice, Write
from stdnum.se import orgnr

from kravbro_bokhylla.client import Json

__all__ = ["parse_company", "parse_debtor", "parse_invoice", "parse_payment", "render"]


def parse_company(raw: Json) -> Company:
    """Return the company; its number is also its id."""
    number = orgnr.compact(raw["org_no"])
    return Company(number, raw["name"], number, _address(raw), "SE", "SEK", raw["email"], bankgiro=raw["bankgiro"])


def parse_invoice(raw: Json, *, detailed: bool) -> Invoice | Problem:
    """Return an invoice, or a `Problem` for a bad row; `leave_alone` says why one is never collected."""
    try:
        found = Invoice(
            raw["id"], raw["id"], InvoiceKind.INVOICE, raw["customer"], raw["customer_name"], _money(raw, "owed"), _money(raw, "left"),
            date.fromisoformat(raw["issued"]), date.fromisoformat(raw["due"]), leave_alone=() if raw["state"] == "sent" else (raw["state"],),
            external_ref=raw["note"],
        )  # fmt: skip
    except (ValueError, MoneyError, KeyError, TypeError) as error:
        return _problem("invoices", raw, error)
    return replace(found, detailed=True, vendor_reminders=raw["reminders"]) if detailed else found


def parse_debtor(raw: Json) -> Debtor | Problem:
    """Return a debtor, with its number if that is valid, or a `Problem`."""
    try:
        number = orgnr.compact(raw["org_no"]) if orgnr.is_valid(raw["org_no"]) else ""
        return Debtor(raw["id"], raw["name"], DebtorKind.BUSINESS, number, _address(raw), raw["email"])
    except (KeyError, TypeError) as error:
        return _problem("customers", raw, error)


def parse_payment(raw: Json) -> Payment | Problem:
    """Return a payment, or a `Problem`."""
    try:
        paid_on = date.fromisoformat(raw["day"])
        return Payment(raw["id"], raw["invoice"], _money(raw, "amount"), paid_on, raw["booked"], raw["by"], raw["way"], raw["account"])
    except (ValueError, MoneyError, KeyError, TypeError) as error:
        return _problem("payments", raw, error)


def render(write: Write) -> bytes:
    """Return a write as the body of its request."""
    match write:
        case BookPayment():
            body = {"invoice": write.invoice_ref, "amount": write.amount.text(), "day": str(write.paid_on), "way": write.mode}
        case BookkeepPayment():
            body = {"payment": write.payment_ref}
        case MarkInvoice():
            body = {"invoice": write.invoice_ref, "note": write.text}
        case _:
            raise InvariantBrokenError(f"Bokhylla was given a write that it does not declare: {write.kind}")
    return json.dumps({"do": write.kind, **body}, ensure_ascii=False).encode()


def _address(raw: Json) -> Address:
    return Address(raw["street"], "", raw["postcode"], raw["city"], "SE")


def _money(raw: Json, name: str) -> Money:
    return Money.parse(raw[name], raw["currency"])


def _problem(source: str, raw: Json, error: Exception) -> Problem:
    ref = str(raw.get("id", ""))
    return Problem(
        source, ref, f"Row {ref} of the {source} can't be read ({type(error).__name__}); correct it in Bokhylla.", repr(raw).encode()
    )
