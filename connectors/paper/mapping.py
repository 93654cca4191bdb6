"""Rows of the books to our values and back; what can't be read becomes a `Problem`, and the sweep goes on."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from stdnum.dk import cpr, cvr
from stdnum.fi import hetu, ytunnus
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr as se_orgnr
from stdnum.se import personnummer

from connectors.paper.client import Json
from core.errors import InvariantBrokenError
from core.model import Account, Address, BooksSetup, Company, Debtor, DebtorKind, Invoice, InvoiceKind, Payment, Problem
from core.money import Money, MoneyError
from core.ports import Document
from core.writes import (
    AttachDocument,
    BookkeepPayment,
    BookPayment,
    BookVoucher,
    CreatePaymentMode,
    MarkInvoice,
    UploadDocument,
    VoucherRow,
    Write,
)

__all__ = ["digits", "parse_account", "parse_company", "parse_debtor", "parse_invoice", "parse_payment", "propose_setup", "render"]

T = TypeVar("T")

CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], Callable[[str], bool]]]] = {
    "DK": (cvr.is_valid, cpr.is_valid),
    "NO": (no_orgnr.is_valid, fodselsnummer.is_valid),
    "SE": (se_orgnr.is_valid, personnummer.is_valid),
    "FI": (ytunnus.is_valid, hetu.is_valid),
}
"""By country, the check of a company's number and of a person's."""

LANGUAGES: Final = {"DK": "da", "NO": "no", "SE": "sv", "AX": "sv", "FI": "fi"}
PEOPLE: Final = (DebtorKind.CONSUMER, DebtorKind.SOLE_TRADER)


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return re.sub(r"[^0-9]", "", text)


def parse_company(raw: Json) -> Company | Problem:
    """Return the company; its number is also its id, for books on paper have no other."""

    def company(row: Json) -> Company:
        country = row["country"]
        return Company(
            digits(row["org_no"]), _named(row), digits(row["org_no"]), _address(row), country, row["currency"], row["email"], row["phone"],
            row["vat_no"], iban=row["iban"], bic=row["bic"], fi_creditor_no=row["fi_creditor_no"],
        )  # fmt: skip

    return _readable("company", raw, company)


def parse_invoice(raw: Json, *, detailed: bool) -> Invoice | Problem:
    """Return an invoice; a list row shows the same, but nobody waits for its details to be complete."""

    def invoice(row: Json) -> Invoice:
        found = Invoice(
            source_ref=row["no"], number=row["no"], kind=InvoiceKind(row["kind"]), debtor_ref=row["debtor"], debtor_name=row["debtor_name"],
            total=_money(row, "total"), open=_money(row, "open"), issued_on=_day(row, "issued_on"), due_on=_day(row, "due_on"),
            payment_reference=row["reference"], leave_alone=_leave_alone(row), external_ref=row["mark"],
        )  # fmt: skip
        if not detailed:
            return found
        reminded = row["reminded_on"]
        return replace(
            found, detailed=True, vendor_reminders=int(row["reminders"]), credited_by=row["credited_by"],
            vendor_reminded_on=date.fromisoformat(reminded) if reminded else None,
        )  # fmt: skip

    return _readable("invoices", raw, invoice)


def parse_debtor(raw: Json) -> Debtor | Problem:
    """Return a debtor, with its number if that is well-formed for its country."""

    def debtor(row: Json) -> Debtor:
        kind, address = DebtorKind(row["kind"]), _address(row)
        number, note = _identity(row["identity_no"], address.country, is_person=kind in PEOPLE)
        return Debtor(
            row["no"], _named(row), kind, number, address, row["email"], row["phone"], LANGUAGES.get(address.country, "en"),
            bool(row["e_invoice"]), bool(row["active"]), note,
        )  # fmt: skip

    return _readable("debtors", raw, debtor)


def parse_payment(raw: Json) -> Payment | Problem:
    """Return a payment; one set off from a credit note has the source "credit"."""

    def payment(row: Json) -> Payment:
        written_off = _money(row, "written_off") if row["written_off"] else None
        return Payment(
            row["no"], row["invoice"], _money(row, "amount"), _day(row, "paid_on"), bool(row["booked"]), row["source"], row["mode"],
            row["account"], written_off,
        )  # fmt: skip

    return _readable("payments", raw, payment)


def parse_account(raw: Json) -> Account | Problem:
    """Return an account of the chart."""
    return _readable("accounts", raw, lambda row: Account(row["no"], row["name"]))


def propose_setup(rows: list[Json], mode: str) -> BooksSetup:
    """Return where bookings would go: the chart itself says what each account is for; "" where it has none."""
    by_role = {str(row.get("role")): str(row.get("no")) for row in rows}
    roles = ("receivable", "clearing", "interest", "fee", "cost", "input_vat", "rounding", "loss", "advance")
    found: dict[str, Any] = {role: by_role.get(role, "") for role in roles}
    return BooksSetup(mode=mode, series="A", feared_loss="", **found)


def render(write: Write, document: Callable[[str], Document]) -> bytes:
    """Return a write as the body of its request; the bytes of a file come from the document store when it is sent."""
    body: dict[str, Any]
    match write:
        case BookPayment():
            off = write.write_off.text() if write.write_off else ""
            body = {
                "invoice": write.invoice_ref, "amount": write.amount.text(), "currency": write.amount.currency, "paid_on": str(write.paid_on),
                "mode": write.mode, "account": write.account, "write_off": off, "write_off_account": write.write_off_account,
            }  # fmt: skip
        case BookkeepPayment():
            body = {"payment": write.payment_ref}
        case BookVoucher():
            body = {
                "series": write.series,
                "date": str(write.booked_on),
                "text": write.text,
                "rows": [_voucher_row(row) for row in write.rows],
            }
        case UploadDocument():
            body = {"name": write.name, "content_base64": base64.b64encode(document(write.document_id).content).decode()}
        case AttachDocument():
            body = {"file": write.file_ref, "voucher": write.voucher_ref}
        case MarkInvoice():
            body = {"invoice": write.invoice_ref, "text": write.text}
        case CreatePaymentMode():
            body = {"code": write.code, "text": write.text, "account": write.account}
        case _:
            raise InvariantBrokenError(f"paper bookkeeping was given a write they do not declare: {write.kind}")
    return json.dumps({"kind": write.kind, **body}, ensure_ascii=False, sort_keys=True).encode()


def _voucher_row(row: VoucherRow) -> dict[str, str]:
    return {"account": row.account, "debit": row.debit.text(), "credit": row.credit.text(), "text": row.text}


def _identity(text: str, country: str, *, is_person: bool) -> tuple[str, str]:
    """Return the number and a note on why there is none."""
    if not text:
        return "", "no identity number on the debtor"
    checks = CHECKS.get(country)
    if checks is None:
        return "", f"identity numbers of {country or 'no country'} are not checked here"
    return (digits(text), "") if checks[is_person](text) else ("", "the identity number on the debtor is not valid")


def _leave_alone(row: Json) -> tuple[str, ...]:
    found = {"unbooked": not row["booked"], "credit": row["kind"] == "credit", "credited": bool(row["credited_by"])}
    return tuple(name for name, holds in found.items() if holds)


def _address(row: Json) -> Address:
    return Address(row["line1"], "", row["postcode"], row["city"], row["country"])


def _named(row: Json) -> str:
    if not row["name"]:
        raise ValueError("has no name")
    return str(row["name"])


def _money(row: Json, name: str) -> Money:
    return Money.parse(row[name], row["currency"])


def _day(row: Json, name: str) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise ValueError(f"has no day in {name}") from None


def _readable(source: str, raw: Json, parse: Callable[[Json], T]) -> T | Problem:
    ref = str(raw.get("no", ""))[:50] if isinstance(raw, dict) else ""
    try:
        return parse(raw)
    except (ValueError, MoneyError, KeyError, TypeError) as error:
        what = (
            f"lacks {error}" if isinstance(error, KeyError) else "has another form than agreed" if isinstance(error, TypeError) else error
        )
        message = f"Row {ref or '(unknown)'} of the {source} {what}; correct it in the books."
        return Problem(source, ref, message, json.dumps(raw, default=str).encode())
