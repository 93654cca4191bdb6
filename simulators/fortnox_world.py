"""What every part of the Fortnox simulator leans on: switches for what nobody knows, the clock's dates, the lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from simulators import kit

Json = dict[str, Any]
SWEDEN = ZoneInfo("Europe/Stockholm")
API = "https://api.fortnox.se"
"""The vendor's own address: `@url` values carry it, whatever port the simulator listens on."""


@dataclass(frozen=True)
class Switches:
    """What the vendor's documentation leaves open; a connector must cope with every value of every field."""

    booked_comments: Literal["accepts", "refuses", "ignores"] = "accepts"
    """PUT of Comments on a booked invoice; `ignores` answers 200 with the old value."""
    booked_labels: Literal["accepts", "refuses", "ignores"] = "accepts"
    """PUT of Labels on a booked invoice."""
    booked_external_reference: Literal["accepts", "refuses", "ignores"] = "accepts"
    """PUT of ExternalInvoiceReference1/2 on a booked invoice."""
    labels_put: Literal["replaces", "adds"] = "replaces"
    """Whether Labels in a PUT replace the whole array."""
    null_in_put: Literal["ignored", "empties", "refused"] = "ignored"
    """What JSON null does in a PUT."""
    readonly_fields: Literal["ignored", "refused"] = "ignored"
    """What becomes of a known but read-only field in a body."""
    unknown_parameter: Literal["refused", "ignored"] = "refused"
    """What becomes of a query parameter that the resource does not have."""
    printreminder_counts: bool = True
    """Whether GET .../printreminder raises Reminders and sets LastRemindDate."""
    write_off_sign: Literal[1, -1] = 1
    """1: a positive WriteOffs.Amount lowers the balance; -1: a negative one does."""
    zero_amount_write_off: bool = True
    """Whether a payment of 0 with write-offs is taken."""
    overpayment: bool = False
    """Whether a payment above Balance is taken (Balance turns negative)."""
    negative_payment: bool = False
    """Whether a payment below 0 is taken on an ordinary invoice."""
    delete_booked_payment: bool = False
    """Whether DELETE of a booked payment works; it then reverses the voucher and restores Balance."""
    bookkeep_answers: bool = True
    """Whether PUT .../invoicepayments/{n}/bookkeep answers with the payment or with an empty body."""
    overdue_from: Literal["day_after", "due_date"] = "day_after"
    """First day on which filter=unpaidoverdue lists an invoice."""
    unpaid_lists_unbooked: bool = True
    """Whether filter=unpaid and unpaidoverdue hold invoices that are not booked."""
    unpaid_lists_credits: bool = True
    """Whether filter=unpaid and unpaidoverdue hold credit notes with a rest."""
    lastmodified_zone: str = "Europe/Stockholm"
    """Zone in which a lastmodified value is read."""
    payment_touches_invoice: bool = True
    """Whether booking a payment moves the invoice's own modification time."""
    denied_status: Literal[403, 400] = 403
    """HTTP status of a missing scope or licence."""
    retry_after_s: int | None = None
    """Retry-After on the simulator's own 429; None sends none, as recorded answers carry none."""
    throttled_requests_count: bool = False
    """Whether requests answered with 429 fill the window too."""
    client_credentials: bool = True
    """Whether grant_type=client_credentials is switched on."""
    revoked_consent_error: tuple[int, str, str] = (400, "invalid_grant", "Consent not found")
    """Status, error and description for client_credentials without a consent."""
    balance_currency: Literal["invoice", "book"] = "invoice"
    """Currency of Balance on a foreign invoice."""
    payment_amount_currency: Literal["invoice", "book"] = "invoice"
    """Currency of a payment's Amount on a foreign invoice; AmountCurrency is always the invoice's."""
    tax_reduction_in_balance: bool = False
    """Whether Balance of a ROT/RUT invoice still holds the tax agency's share."""
    attachments_as_list: bool = True
    """Whether attachments-v1 answers with an array, or with one object as its schema says."""
    faults_hit_oauth: bool = False
    """Whether drawn faults hit the OAuth server too (a lost refresh needs a new consent); armed ones with a path do."""


class RefusedError(Exception):
    """A request the vendor refuses, with its own code (a word under /api/) and Swedish sentence."""

    def __init__(self, code: int | str, message: str, status: int = 400) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status = code, message, status


@dataclass
class World:
    """What all companies of one simulator share."""

    clock: kit.Clock
    seed: int
    switches: Switches
    lock: threading.RLock = field(default_factory=threading.RLock)

    def today(self) -> date:
        """Return the Swedish date."""
        return datetime.fromtimestamp(self.clock.now(), SWEDEN).date()

    def now(self) -> float:
        """Return the clock's seconds since the epoch."""
        return self.clock.now()

    def uuid(self, *parts: object) -> str:
        """Return an id in the vendor's UUID form, the same for the same seed and parts."""
        text = f"{kit.stable_hash(self.seed, *parts):016x}{kit.stable_hash(self.seed, 'tail', *parts):016x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def words(text: str) -> tuple[str, ...]:
    """Return the blank-separated words of a table."""
    return tuple(text.split())


def money(value: Any) -> Decimal:
    """Return the value rounded half up to two decimals, as the server does with row prices."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def day(value: date | str) -> date:
    """Return a date from a date or its ISO text."""
    return value if isinstance(value, date) else date.fromisoformat(value)
