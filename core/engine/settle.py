"""A settlement: checked to the minor unit, tied to the payments it pays out, and turned into one voucher.

Net form (facts: bookings, "Events"): the agency's commission and costs are booked with their VAT, interest and fees as income, and
the clearing account takes the rest, so that it ends at what is on its way to the bank. We never post to a bank account. Of interest and
fees that were booked when they were demanded it takes the receivable away (`core.engine.charges`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from core.claim import AgencyEvent, Allocation, Component, PaymentReceived, Settled
from core.engine.charges import Taken
from core.engine.context import Run
from core.engine.words import BookWords, words_of
from core.ids import stable_id
from core.ledger import Entry, LedgerAccount, moved, settlement_sums, signed_parts
from core.model import BooksSetup
from core.money import Money, round_half_up
from core.store import books, claims, people
from core.store.claims import StoredPayment
from core.store.tables import documents
from core.writes import BookVoucher, VoucherRow

__all__ = [
    "WAIT_FOR_PAYMENTS",
    "Voucher",
    "posting_of",
    "receive",
    "render_voucher",
    "settle_claims",
    "settlement_subject",
]

WAIT_FOR_PAYMENTS = timedelta(days=5)
"""How long a settlement waits for the payments it names before a person is asked."""


def receive(run: Run, connection: Connection, event: AgencyEvent, settled: Settled) -> str:
    """Store a settlement once all its payments are known; "" means it waits."""
    known = claims.find_settlement(connection, event.agency, settled.settlement_id)
    if known == settled:
        return "known settlement"
    if known is not None:
        text = (
            f"The agency reports settlement {settled.settlement_id} again with other figures ({settled.paid_out} paid out, before "
            f"{known.paid_out}). Nothing was changed; ask the agency which are right."
        )
        return _refuse(run, connection, "settlement_again", settled, text)
    if settled.currency != run.tenant.currency:
        text = f"Settlement {settled.settlement_id} is in {settled.currency}, and the books are kept in {run.tenant.currency}. Book it by hand."
        return _refuse(run, connection, "settlement_wrong", settled, text)
    paid = claims.find_payments(connection, event.agency, [line.payment_id for line in settled.lines])
    wrong = _wrong_sums(settled) or _wrong_lines(run.tenant.id, settled, paid)
    if not wrong and len(paid) < len(settled.lines):
        if run.now() - event.occurred_at > WAIT_FOR_PAYMENTS:
            text = f"Settlement {settled.settlement_id} pays out payments that were never reported; ask the agency."
            people.add_task(connection, run.tenant.id, "settlement_waits", settled.settlement_id, text, run.now())
        return ""
    wrong = wrong or _wrong_parts(settled, paid)
    if wrong:
        text = f"Settlement {settled.settlement_id} was not booked: {wrong}. Ask the agency for a right one, under another number."
        return _refuse(run, connection, "settlement_wrong", settled, text)
    claims.add_settlement(connection, run.tenant.id, event.agency, settled, event.document_id)
    for line in settled.lines:
        marked = claims.mark_settled(connection, event.agency, line.payment_id, settled.settlement_id)
        assert marked, "a payment that is paid out already was refused above"
    people.resolve_task(connection, run.tenant.id, "settlement_waits", settled.settlement_id, "its payments were reported", run.now())
    return "settled"


def _refuse(run: Run, connection: Connection, kind: str, settled: Settled, text: str) -> str:
    params = {"amount": settled.paid_out.text(), "currency": settled.paid_out.currency}
    people.add_task(connection, run.tenant.id, kind, settled.settlement_id, text, run.now(), params)
    return "refused"


def _wrong_sums(settled: Settled) -> str:
    """Tell what is wrong with a settlement by itself, or ""."""
    named = (getattr(settled, field.name) for field in fields(settled))
    amounts = [value for value in named if isinstance(value, Money)] + [line.amount for line in settled.lines]
    if any(amount.currency != settled.currency for amount in amounts):
        return f"not all of it is in {settled.currency}"
    if len({line.payment_id for line in settled.lines}) < len(settled.lines):
        return "it names a payment twice"
    total = settled.gross + settled.carried_in - settled.fees_kept - settled.commission - settled.vat - settled.costs - settled.carried_out
    if total != settled.paid_out:
        return f"it does not add up: {total} by its parts, {settled.paid_out} by its total"
    by_line = Money.sum((line.amount for line in settled.lines), settled.currency)
    if by_line != settled.gross:
        return f"its payments add up to {by_line}, its gross is {settled.gross}"
    return ""


def _wrong_lines(tenant: str, settled: Settled, paid: Mapping[str, StoredPayment]) -> str:
    """Tell what of a settlement contradicts the payments it names, as far as they are known, or ""."""
    for line in settled.lines:
        known = paid.get(line.payment_id)
        if known is None:
            continue
        reported = Money.sum((part.amount for part in signed_parts(known.payment)), known.payment.amount.currency)
        if known.tenant != tenant:
            return f"payment {line.payment_id} is another creditor's"
        if known.claim_id != line.claim_id:
            return f"payment {line.payment_id} was reported on claim {known.claim_id[:12]}, here it is on {line.claim_id[:12]}"
        if reported != line.amount:
            return f"payment {line.payment_id} was reported as {reported}, here it is {line.amount}"
        if known.settlement_id:
            return f"settlement {known.settlement_id} has paid out payment {line.payment_id}"
    return ""


def _wrong_parts(settled: Settled, paid: Mapping[str, StoredPayment]) -> str:
    """Tell which part of the gross the payments' allocations contradict, or ""."""
    for name, amount in settlement_sums((known.payment for known in paid.values()), settled.currency).items():
        if getattr(settled, name) != amount:
            return f"its {name.replace('_', ' ')} is {getattr(settled, name)}, the payments it names were reported with {amount}"
    return ""


@dataclass(frozen=True, slots=True)
class Voucher:
    """A settlement as it will be booked, with what it settles by claim."""

    write: BookVoucher
    settles: dict[str, list[dict[str, Any]]]
    fee_rows: int
    document: dict[str, str] | None
    vat_note: str
    overpaid: Money
    charges: list[dict[str, str]]


def render_voucher(run: Run, connection: Connection, agency: str, settled: Settled, taken: Taken) -> Voucher:
    """Return the voucher of a settlement, with what it takes from the receivable; it has no rows where all of the payout is principal."""
    setup = run.tenant.books_setup
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    parts = {line.payment_id: _creditor_parts(paid[line.payment_id].payment) for line in settled.lines}
    overpaid = Money.sum(
        (part.amount for own in parts.values() for part in own if part.component == Component.OVERPAYMENT), settled.currency
    )
    has_vat_invoice = bool(settled.agency_vat_no and settled.invoice_no)
    deductible = _share(settled.vat, setup.deductible_pct) if has_vat_invoice else Money.zero(settled.currency)
    words = words_of(run.tenant.country)
    rows = _rows(setup, words, settled, deductible, overpaid, taken)
    booked_on = books.first_open_day(connection, run.tenant.id, settled.settled_on)
    text = f"{words.settlement} {settled.settlement_id} {words.collection}"
    if booked_on != settled.settled_on:
        text += f", {words.event_day} {settled.settled_on}"
    write = BookVoucher(setup.series, booked_on, settled.settled_on, text, tuple(rows))
    fees = sum(
        bool(row.debit or row.credit) for row in rows if row.account in (setup.interest, setup.fee, setup.cost, setup.charges_receivable)
    )
    note = "" if has_vat_invoice or not settled.vat else "the agency's invoice number or VAT id is missing, so its VAT was booked as cost"
    return Voucher(
        write, _settles(settled, parts), fees, _document(connection, run.tenant.id, agency, settled), note, overpaid, taken.charges
    )


def settle_claims(
    run: Run, connection: Connection, cause: str, settles: Mapping[str, list[dict[str, Any]]], currency: str, on: date
) -> None:
    """Move what a settlement pays out of each claim to settled, in the transaction that records that it is in the books."""
    for claim_id, parts in settles.items():
        claim = claims.get_claim(connection, claim_id)
        entries = [entry for part in parts for entry in _settled(part, currency, on)]
        claims.post(connection, claim, posting_of(cause, claim_id), cause, entries, run.now())


def settlement_subject(agency: str, settlement_id: str) -> str:
    """Return how the journal names a settlement."""
    return f"settlement:{agency}:{settlement_id}"


def posting_of(cause: str, claim_id: str) -> str:
    """Return the id of the posting that settles a claim."""
    return stable_id("settled", cause, claim_id)


def _rows(setup: BooksSetup, words: BookWords, settled: Settled, deductible: Money, overpaid: Money, taken: Taken) -> list[VoucherRow]:
    """Return debits as they are and credits as negative amounts, then what clearing takes; a claw-back turns the signs."""
    cost = settled.commission + settled.costs + (settled.vat - deductible)
    found = [
        (setup.cost, cost, words.cost),
        (setup.input_vat, deductible, words.input_vat),
        (setup.charges_receivable, -taken.sums["interest"] - taken.sums["fee"], words.charges),
        (setup.interest, taken.sums["interest"] - settled.interest, words.interest),
        (setup.fee, taken.sums["fee"] + overpaid - settled.creditor_fees, words.fee),
        (setup.advance, -overpaid, words.overpaid),
    ]
    rest = Money.sum((amount for _, amount, _ in found), settled.currency)
    zero = Money.zero(settled.currency)
    return [
        VoucherRow(account, max(amount, zero), max(-amount, zero), text)
        for account, amount, text in (*found, (setup.clearing, -rest, f"{words.settlement} {words.collection}"))
        if amount
    ]


def _creditor_parts(payment: PaymentReceived) -> list[Allocation]:
    return [part for part in signed_parts(payment) if part.payee == "creditor"]


def _settles(settled: Settled, parts: Mapping[str, list[Allocation]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in settled.lines:
        found.setdefault(line.claim_id, []).extend(
            {"component": str(part.component), "amount": part.amount.text(), "invoice_ref": part.invoice_ref}
            for part in parts[line.payment_id]
        )
    return found


def _settled(part: Mapping[str, str], currency: str, on: date) -> list[Entry]:
    source = LedgerAccount.CLEARING if part["component"] == Component.PRINCIPAL else LedgerAccount.IN_TRANSIT
    allocation = Allocation(Component(part["component"]), Money.parse(part["amount"], currency), "creditor", part["invoice_ref"])
    return moved(source, LedgerAccount.SETTLED, allocation, on, "settled")


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
