"""What every part of the e-conomic simulator leans on: switches for what nobody knows, the clock's dates, the lock, refusals."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from simulators import kit

Json = dict[str, Any]
DENMARK = ZoneInfo("Europe/Copenhagen")
REST = "https://restapi.e-conomic.com"
"""The vendor's own address: links carry it, whatever port the simulator listens on."""


@dataclass(frozen=True)
class Switches:
    """What the vendor's documentation leaves open; a connector must cope with every value of every field."""

    payment_sign: Literal[-1, 1] = -1
    """Sign of a customer payment's amount that credits the customer: -1 posts the amount to the customer as it stands."""
    payments_match: bool = True
    """Whether a payment with customerInvoiceNumber is matched with that invoice when it is booked."""
    payment_keeps_invoice_number: bool = True
    """Whether the booked entry of a payment still bears customerInvoiceNumber."""
    contra_line_customer: bool = False
    """Whether the other lines of a customer's voucher bear the customer's and the invoice's number too."""
    contra_line_remainder: bool = False
    """Whether lines that are no debtor's have a remainder too, of 0."""
    zero_remainder: Literal["given", "omitted"] = "given"
    """Whether a debtor's line of which nothing is left has a remainder."""
    matched_pair_amounts: Literal["matched", "entry"] = "matched"
    """Whether a matched pair tells what was matched, or the whole amount of each entry."""
    matched_pair_from: Literal["later", "earlier"] = "later"
    """Which of two matched entries is `fromEntry`."""
    reminder_invoice_number: bool = True
    """Whether the ledger entry of the vendor's own reminder bears the number of the invoice it is about."""
    unpaid_lists_credits: bool = True
    """Whether /invoices/unpaid holds credit notes that are not matched."""
    credit_remainder: Literal["negative", "zero"] = "negative"
    """What `remainder` of an open credit note is."""
    due_date_of_credits: bool = True
    """Whether a credit note has a dueDate."""
    overdue_from: Literal["day_after", "due_date"] = "day_after"
    """First day on which /invoices/overdue lists an invoice."""
    next_voucher_number: bool = True
    """Whether a journal tells its nextVoucherNumber."""
    voucher_numbers_move: Literal["draft", "booking"] = "draft"
    """Whether nextVoucherNumber moves on when a draft takes a number, or when it is booked."""
    false_booleans: Literal["omitted", "given"] = "omitted"
    """Whether the new services write booleans that are false."""
    dates: Literal["timestamp", "plain"] = "timestamp"
    """Whether the new services write dates with a time."""
    idempotency_keeps_errors: bool = False
    """Whether a repeated Idempotency-Key also replays an answer that was an error of the server's."""
    idempotency_other_body: Literal["replays", "refused"] = "replays"
    """What an Idempotency-Key with another body gives."""
    retry_after: bool = True
    """Whether a 429 says how long to wait."""
    refused_calls_cost: bool = False
    """Whether calls answered with 429 fill the bucket too."""
    entry_filters: Literal["work", "500"] = "work"
    """Whether filters on remainder answer 500, as others of the same services do."""
    booked_text: Literal["kept", "cut"] = "kept"
    """Whether a booked entry has the whole text of its draft, or its first 100 characters."""


class LegacyRefusedError(Exception):
    """A request that the old host refuses."""

    def __init__(self, code: str, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status, self.more = code, message, status, more


class ServiceRefusedError(Exception):
    """A request that one of the new services refuses."""

    def __init__(self, code: str, message: str, status: int = 400, prop: str = "") -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status, self.prop = code, message, status, prop


@dataclass
class World:
    """What all agreements of one simulator share."""

    clock: kit.Clock
    seed: int
    switches: Switches
    lock: threading.RLock = field(default_factory=threading.RLock)

    def today(self) -> date:
        """Return the Danish date."""
        return datetime.fromtimestamp(self.clock.now(), DENMARK).date()

    def now(self) -> float:
        """Return the clock's seconds since the epoch."""
        return self.clock.now()

    def token(self, *parts: object) -> str:
        """Return a secret in the vendor's form, the same for the same seed and parts."""
        return "".join(f"{kit.stable_hash(self.seed, part, *parts):016x}" for part in ("a", "b"))[:43]


def money(value: Any) -> Decimal:
    """Return the value rounded half up to two decimals."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def day(value: date | str) -> date:
    """Return a date from a date or its ISO text, a time behind it cut off."""
    return value if isinstance(value, date) else date.fromisoformat(value[:10])
