"""What a report must fulfil beyond its shape; what doesn't is refused at the border, with the field named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from core.claim import (
    Allocation,
    Component,
    DemandSent,
    DisputeRaised,
    EventData,
    FeeCharged,
    InfoRequested,
    LossProposed,
    PaymentReceived,
    PhaseChanged,
    PlanProposed,
    Settled,
    SettlementLine,
    Snapshot,
)
from core.ledger import settlement_sums, signed_parts
from core.money import Money
from core.store.claims import StoredPayment
from core.store.feed import ReadableClaim
from portal.feed.errors import FeedError

ID: Final = re.compile(r"[!-~]{1,100}", re.ASCII)
"""An id of the agency's: it becomes a key in our tables and a subject in the books."""

TEXT_MAX: Final = 2000
ITEMS_MAX: Final = 10_000
DOCUMENTS_MAX: Final = 20
EARLIEST: Final = date(1990, 1, 1)
SKEW: Final = timedelta(days=1)
"""How far ahead of our clock the agency's may be: its day begins before ours where it is further east."""


def check_moment(occurred_at: datetime, now: datetime) -> None:
    """Refuse a moment that can't be meant."""
    earliest = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)
    if not earliest <= occurred_at <= now + SKEW:
        raise _invalid("occurred_at", "It must not be in the future, nor before 1990.")


def check_event(data: EventData, claim: Snapshot, now: datetime) -> None:
    """Refuse a report that contradicts itself or its claim."""
    today = now.date()
    match data:
        case InfoRequested():
            _question(data)
        case DemandSent():
            _demand(data, today)
        case PhaseChanged():
            _text("raw_code", data.raw_code)
        case PaymentReceived():
            _payment(data, claim, today)
        case FeeCharged():
            _fee(data, claim, today)
        case PlanProposed():
            _plan(data, claim)
        case DisputeRaised() | LossProposed():
            _text("text", data.text)
            if data.amount is not None:
                _positive("amount", data.amount, claim.currency)


def check_settlement(data: Settled, claims: Sequence[ReadableClaim], payments: Mapping[str, StoredPayment], now: datetime) -> None:
    """Refuse a settlement that doesn't add up, or contradicts its payments.

    `claims` are those of its lines, in order; `payments` those it names that are known already, by id: one may still be on its way.
    """
    _id("settlement_id", data.settlement_id)
    _day("settled_on", data.settled_on, now.date())
    for name in ("agency_vat_no", "invoice_no", "bank_reference"):
        _text(name, getattr(data, name))
    if not 0 < len(data.lines) <= ITEMS_MAX:
        raise _invalid("data.lines", "A settlement names at least one payment.")
    for name, amount in _amounts(data):
        _currency(name, amount, data.currency)
    named: set[str] = set()
    for number, (line, claim) in enumerate(zip(data.lines, claims, strict=True)):
        field = f"lines.{number}"
        _id(f"{field}.payment_id", line.payment_id)
        _currency(f"{field}.amount", line.amount, claim.snapshot.currency)
        if claim.tenant != claims[0].tenant:
            raise _invalid(f"data.{field}.claim_id", "A settlement names payments of one creditor only.")
        if line.payment_id in named:
            raise _invalid(f"data.{field}.payment_id", "A settlement names a payment once.")
        named.add(line.payment_id)
        if line.payment_id in payments:
            _settled_payment(field, line, payments[line.payment_id], data.settlement_id)
    _settled_sums(data, payments)


def _settled_payment(field: str, line: SettlementLine, known: StoredPayment, settlement_id: str) -> None:
    if known.claim_id != line.claim_id:
        raise _invalid(f"data.{field}.claim_id", "The payment was reported on another claim.")
    if Money.sum((part.amount for part in signed_parts(known.payment)), line.amount.currency) != line.amount:
        raise _invalid(f"data.{field}.amount", "The payment was reported with another amount; a reversal is settled below nothing.")
    if known.settlement_id not in ("", settlement_id):
        raise _invalid(f"data.{field}.payment_id", "Another settlement has paid this payment out.")


def _settled_sums(data: Settled, payments: Mapping[str, StoredPayment]) -> None:
    deducted = data.fees_kept + data.commission + data.vat + data.costs + data.carried_out
    if data.gross + data.carried_in - deducted != data.paid_out:
        rule = "gross + carried in - fees kept - commission - VAT - costs - carried out must be what is paid out."
        raise _invalid("data.paid_out", rule)
    parts = data.principal + data.interest + data.creditor_fees + data.fees_kept
    if parts != data.gross or parts != Money.sum((line.amount for line in data.lines), data.currency):
        rule = "Principal, interest, creditor fees and fees kept must add up to the gross, and so must the lines."
        raise _invalid("data.gross", rule)
    if len(payments) < len(data.lines):
        return
    for name, amount in settlement_sums((known.payment for known in payments.values()), data.currency).items():
        if getattr(data, name) != amount:
            raise _invalid(f"data.{name}", "It must be what the allocations of the named payments add up to.")


def _question(data: InfoRequested) -> None:
    _id("question_id", data.question_id)
    _text("question", data.question)
    if not data.question.strip():
        raise _invalid("data.question", "It must say what is asked.")
    if len(data.documents) > DOCUMENTS_MAX:
        raise _invalid("data.documents", f"It must name at most {DOCUMENTS_MAX} kinds.")
    if data.reply_by is not None and data.reply_by < EARLIEST:
        raise _invalid("data.reply_by", "It must not be before 1990.")


def _demand(data: DemandSent, today: date) -> None:
    _day("sent_on", data.sent_on, today)
    if data.pay_by < data.sent_on:
        raise _invalid("data.pay_by", "It must not be before the day the demand was sent.")


def _fee(data: FeeCharged, claim: Snapshot, today: date) -> None:
    _id("fee_id", data.fee_id)
    _day("charged_on", data.charged_on, today)
    _positive("amount", data.amount, claim.currency)
    if data.component in (Component.PRINCIPAL, Component.OVERPAYMENT):
        raise _invalid("data.component", "A fee is interest, a fee or a cost.")


def _payment(data: PaymentReceived, claim: Snapshot, today: date) -> None:
    _id("payment_id", data.payment_id)
    _day("received_on", data.received_on, today)
    _positive("amount", data.amount, claim.currency)
    if data.reverses:
        _id("reverses", data.reverses)
    if data.reverses == data.payment_id:
        raise _invalid("data.reverses", "A reversal has a payment_id of its own.")
    for number, part in enumerate(data.allocations):
        _allocation(f"allocations.{number}", part, claim)
    if Money.sum((part.amount for part in data.allocations), claim.currency) != data.amount:
        raise _invalid("data.allocations", "The allocations must add up to the amount.")


def _allocation(field: str, part: Allocation, claim: Snapshot) -> None:
    _positive(f"{field}.amount", part.amount, claim.currency)
    must_name = part.component is Component.PRINCIPAL
    if (must_name or part.invoice_ref) and part.invoice_ref not in {line.invoice_ref for line in claim.lines}:
        raise _invalid(f"data.{field}.invoice_ref", "It must name an invoice of the claim, by the invoice_ref of its line.")


def _plan(data: PlanProposed, claim: Snapshot) -> None:
    _id("plan_id", data.plan_id)
    if not 0 < len(data.instalments) <= ITEMS_MAX:
        raise _invalid("data.instalments", "A plan has at least one instalment.")
    for number, part in enumerate(data.instalments):
        _positive(f"instalments.{number}.amount", part.amount, claim.currency)
        if part.due_on < EARLIEST:
            raise _invalid(f"data.instalments.{number}.due_on", "It must not be before 1990.")


def _amounts(data: Settled) -> Iterable[tuple[str, Money]]:
    names = (
        "gross", "principal", "interest", "creditor_fees", "fees_kept", "commission", "vat", "costs", "carried_in", "carried_out",
        "paid_out",
    )  # fmt: skip
    yield from ((name, getattr(data, name)) for name in names)
    yield from ((f"lines.{number}.amount", line.amount) for number, line in enumerate(data.lines))


def _day(field: str, day: date, today: date) -> None:
    if not EARLIEST <= day <= today + SKEW:
        raise _invalid(f"data.{field}", "It must not be in the future, nor before 1990.")


def _positive(field: str, amount: Money, currency: str) -> None:
    _currency(field, amount, currency)
    if amount.minor <= 0:
        raise _invalid(f"data.{field}", "It must be more than nothing; a reversal is told by `reverses`, not by a sign.")


def _currency(field: str, amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise _invalid(f"data.{field}", "It must be in the currency of the claim, or of the settlement.")


def _id(field: str, text: str) -> None:
    if not ID.fullmatch(text):
        raise _invalid(f"data.{field}", "It must be 1 to 100 printable characters without spaces.")


def _text(field: str, text: str) -> None:
    if len(text) > TEXT_MAX or "\0" in text:  # PostgreSQL keeps no NUL in a text
        raise _invalid(f"data.{field}", f"It must be at most {TEXT_MAX} characters, and no NUL.")


def _invalid(field: str, message: str) -> FeedError:
    return FeedError(422, "invalid", message, field=field)
