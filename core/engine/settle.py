"""A settlement: checked to the öre, tied to the payments it pays out, and turned into one voucher.

Net form (facts: bookings, "Events"): the agency's commission and costs are booked with their VAT, interest and fees as income, and
the clearing account takes the rest, so that it ends at what is on its way to the bank. We never post to a bank account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from core.claim import AgencyEvent, Component, Settled
from core.engine.run import Run
from core.errors import ConfigError
from core.model import BooksSetup
from core.money import Money, round_half_up
from core.store import books, claims, people
from core.store.tables import documents
from core.writes import BookVoucher, VoucherRow

__all__ = ["Voucher", "receive", "render_voucher"]

WAIT_FOR_PAYMENTS = timedelta(days=5)
"""How long a settlement waits for the payments it names before a person is asked."""


def receive(run: Run, connection: Connection, event: AgencyEvent, settled: Settled) -> str:
    """Store a settlement once all its payments are known; "" means it waits."""
    wrong = _wrong(connection, run.tenant.id, event.agency, settled)
    if wrong == "waits":
        if run.now() - event.occurred_at > WAIT_FOR_PAYMENTS:
            text = f"Settlement {settled.settlement_id} pays out payments that were never reported; ask the agency."
            people.add_task(connection, run.tenant.id, "settlement_waits", settled.settlement_id, text, run.now())
        return ""
    if wrong:
        people.add_task(connection, run.tenant.id, "settlement_wrong", settled.settlement_id, wrong, run.now())
        return "refused"
    if not claims.add_settlement(connection, run.tenant.id, event.agency, settled, event.document_id):
        return "known settlement"
    for line in settled.lines:
        if not claims.mark_settled(connection, event.agency, line.payment_id, settled.settlement_id):
            text = f"Settlement {settled.settlement_id} pays out payment {line.payment_id}, which another settlement has paid out."
            people.add_task(connection, run.tenant.id, "settlement_wrong", settled.settlement_id, text, run.now())
    return "settled"


def _wrong(connection: Connection, tenant: str, agency: str, settled: Settled) -> str:
    total = settled.gross + settled.carried_in - settled.fees_kept - settled.commission - settled.vat - settled.costs - settled.carried_out
    if total != settled.paid_out:
        return f"Settlement {settled.settlement_id} does not add up: {total} by its parts, {settled.paid_out} by its total."
    if settled.principal + settled.interest + settled.creditor_fees + settled.fees_kept != settled.gross:
        return f"Settlement {settled.settlement_id}: its components don't add up to its gross."
    for line in settled.lines:
        payment = claims.find_payment(connection, agency, line.payment_id)
        if payment is None:
            return "waits"
        try:
            claim = claims.get_claim(connection, line.claim_id)
        except ConfigError:
            return f"Settlement {settled.settlement_id} names a claim we don't know."
        if claim.tenant != tenant:
            return f"Settlement {settled.settlement_id} mixes creditors."
        if payment.amount != line.amount:
            return (
                f"Settlement {settled.settlement_id}: payment {line.payment_id} was reported as {payment.amount}, here it is {line.amount}."
            )
    return ""


@dataclass(frozen=True, slots=True)
class Voucher:
    """A settlement as it will be booked, with what it settles by claim."""

    write: BookVoucher
    settles: dict[str, list[dict[str, Any]]]
    fee_rows: int
    document: dict[str, str] | None
    vat_note: str


def render_voucher(run: Run, connection: Connection, agency: str, settled: Settled) -> Voucher:
    """Return the voucher of a settlement."""
    setup = run.tenant.books_setup
    has_vat_invoice = bool(settled.agency_vat_no and settled.invoice_no)
    deductible = _share(settled.vat, setup.deductible_pct) if has_vat_invoice else Money.zero(settled.currency)
    cost = settled.commission + settled.costs + (settled.vat - deductible)
    rows = _rows(setup, settled, cost, deductible)
    booked_on = first_open_day(connection, run.tenant.id, settled.settled_on)
    text = f"Avräkning {settled.settlement_id} inkasso"
    if booked_on != settled.settled_on:
        text += f", händelsedag {settled.settled_on}"
    write = BookVoucher(setup.series, booked_on, settled.settled_on, text, tuple(rows))
    note = "" if has_vat_invoice or not settled.vat else "the agency's invoice number or VAT id is missing, so its VAT was booked as cost"
    fees = sum(bool(row.debit or row.credit) for row in rows if row.account in (setup.interest, setup.fee, setup.cost))
    return Voucher(write, _settles(connection, agency, settled), fees, _document(connection, run.tenant.id, agency, settled), note)


def first_open_day(connection: Connection, tenant: str, on: date) -> date:
    """Return the day itself, or the first day after the locked period."""
    locked = books.get_sweep(connection, tenant).locked_until
    return on if locked is None or on > locked else locked + timedelta(days=1)


def _rows(setup: BooksSetup, settled: Settled, cost: Money, deductible: Money) -> list[VoucherRow]:
    zero = Money.zero(settled.currency)
    debits = [(setup.cost, cost, "Inkassoarvode"), (setup.input_vat, deductible, "Ingående moms")]
    credits_ = [(setup.interest, settled.interest, "Dröjsmålsränta"), (setup.fee, settled.creditor_fees, "Påminnelseavgift, ersättning")]
    rows = [VoucherRow(account, amount, zero, text) for account, amount, text in debits if amount]
    rows += [VoucherRow(account, zero, amount, text) for account, amount, text in credits_ if amount]
    rest = Money.sum((amount for _, amount, _ in debits), settled.currency) - Money.sum((a for _, a, _ in credits_), settled.currency)
    if rest.minor > 0:
        rows.append(VoucherRow(setup.clearing, zero, rest, "Avräkning inkasso"))
    elif rest.minor < 0:
        rows.append(VoucherRow(setup.clearing, -rest, zero, "Avräkning inkasso"))
    return rows


def _settles(connection: Connection, agency: str, settled: Settled) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in settled.lines:
        payment = claims.find_payment(connection, agency, line.payment_id)
        assert payment is not None, "a settlement is stored when its payments are known"
        parts = [part for part in payment.allocations if part.payee == "creditor" and part.component != Component.OVERPAYMENT]
        found.setdefault(line.claim_id, []).extend(
            {"component": str(part.component), "amount": part.amount.text(), "invoice_ref": part.invoice_ref} for part in parts
        )
    return found


def _document(connection: Connection, tenant: str, agency: str, settled: Settled) -> dict[str, str] | None:
    document_id = claims.settlement_document(connection, agency, settled.settlement_id)
    if document_id is None:
        return None
    here = (documents.c.tenant == tenant, documents.c.document_id == document_id)
    row = connection.execute(select(documents.c.name, documents.c.media_type, documents.c.sha256).where(*here)).one_or_none()
    if row is None:
        return None
    return {"document_id": document_id, "name": row.name, "media_type": row.media_type, "sha256": row.sha256}


def _share(amount: Money, per_cent: int) -> Money:
    return round_half_up(amount.amount * Decimal(per_cent) / 100, amount.currency)
