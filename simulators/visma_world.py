"""What every part of the eAccounting simulator leans on: switches for what nobody knows, the clock's dates, the lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from simulators import kit

Json = dict[str, Any]
SWEDEN = ZoneInfo("Europe/Stockholm")
STORAGE = "https://eaccountingstorageSE.vismaonline.com"
"""Where the vendor's temporary files are, when the request does not say under which address the simulator is reached."""
ZERO = Decimal(0)
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Switches:
    """What the vendor's documentation leaves open; a connector must cope with every value of every field."""

    payment_touches_invoice: bool = True
    """Whether a payment moves the invoice's ModifiedUtc."""
    credit_touches_invoice: bool = True
    """Whether a credit that is set off moves the credited invoice's ModifiedUtc."""
    reminder_touches_invoice: bool = True
    """Whether a reminder moves the invoice's ModifiedUtc."""
    reminder_counts: bool = True
    """Whether POST .../paymentreminders raises PaymentRemindersCount."""
    late_fee: Literal["printed", "on_invoice", "voucher"] = "printed"
    """What becomes of LatePaymentFee: only printed, added to what the invoice leaves open, or booked beside it."""
    overpayment: bool = False
    """Whether a payment above what is open is taken."""
    complete_writes_off: bool = False
    """Whether PaymentType 2 with a short amount writes the rest off."""
    partial_may_complete: bool = True
    """Whether PaymentType 1 may pay all that is open."""
    rounding_payment: bool = True
    """Whether PaymentType 3 is taken."""
    bank_accounts_scope: Literal["purchase", "any"] = "purchase"
    """Whether /bankaccounts asks for a purchase scope."""
    readonly_sales_writes: bool = True
    """Whether ea:sales_readonly is enough for reminders, as the specification says."""
    credit_sign: Literal[1, -1] = -1
    """Sign of the totals and of what is left on a credit invoice."""
    factoring_fee: Literal["always", "with_agreement"] = "with_agreement"
    """Whether FactoringFeeAmount works without a factoring agreement."""
    limit_per: Literal["client", "client_and_company"] = "client"
    """Whether the companies of a client share its 600 requests a minute."""
    other_collector_shows: Literal["nothing", "count", "status"] = "nothing"
    """Which trace the vendor's own collection service leaves on an invoice."""
    refresh_tokens: Literal["rotating", "reusable", "reusable_not_returned"] = "rotating"
    """Whether a refresh uses its token up, and whether a reusable one comes back in the answer."""
    revoked_error: tuple[int, str] = (400, "invalid_grant")
    """Status and error of a refresh after the consent was withdrawn or the user's password changed."""
    voucher_source: Literal["invoice", "transaction", "none"] = "invoice"
    """What SourceId of a payment's voucher names."""
    bank_transactions: bool = True
    """Whether the company's product variant has bank transactions."""
    reference_shows: Literal["transaction", "voucher", "nowhere"] = "transaction"
    """Where a payment's Reference can be read afterwards."""
    payment_names_transaction: bool = True
    """Whether the answer to a payment holds BankTransactionId."""
    undo_payment: Literal["removes", "reverses"] = "removes"
    """What is left when a person undoes a payment in the product: nothing, or a voucher that turns it."""
    not_found_status: Literal[404, 400] = 404
    """HTTP status of error 3000."""
    denied_status: Literal[403, 400] = 403
    """HTTP status of a missing scope, right or product variant."""
    created_status: Literal[201, 200] = 201
    """HTTP status of what was created: 201 in 2026, 200 in 2018."""
    filters: Literal["all", "few", "unknown_ignored"] = "all"
    """Which fields a $filter may name: all, only those seen in use (else 6000), or others without effect."""
    page_size_max: int = 1000
    """The largest page; a larger $pagesize is cut without a word."""
    date_shape: Literal["midnight", "date", "zulu"] = "midnight"
    """How a day is written although its type is date-time."""
    retry_after_s: int | None = None
    """Retry-After on a 429; None sends none, and the wait stands in the text alone."""
    tax_reduction_in_remaining: bool = False
    """Whether RemainingAmount of a ROT/RUT invoice still holds the tax agency's share."""
    clock_ahead_s: int = 0
    """How far the vendor's clock is ahead of the client's."""
    faults_hit_oauth: bool = False
    """Whether drawn faults hit the identity server too; armed ones with a path do."""


class RefusedError(Exception):
    """A request the vendor refuses, with the code of its published catalogue and a sentence for developers."""

    def __init__(self, code: int, message: str, status: int = 400, errors: list[Json] | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status, self.errors = code, message, status, errors


@dataclass
class World:
    """What all companies of one simulator share."""

    clock: kit.Clock
    seed: int
    switches: Switches
    lock: threading.RLock = field(default_factory=threading.RLock)
    made: int = 0

    def today(self) -> date:
        """Return the Swedish date."""
        return datetime.fromtimestamp(self.clock.now(), SWEDEN).date()

    def now(self) -> float:
        """Return the clock's seconds since the epoch."""
        return self.clock.now()

    def stamp(self, moment: float) -> str:
        """Return a moment as the vendor's clock writes it: UTC, seven decimals."""
        told = datetime.fromtimestamp(moment + self.switches.clock_ahead_s, UTC)
        return told.strftime("%Y-%m-%dT%H:%M:%S.") + f"{told.microsecond:06}0Z"

    def guid(self, *parts: object) -> str:
        """Return a new id, the same for the same seed and history."""
        self.made += 1
        text = f"{kit.stable_hash(self.seed, self.made, *parts):016x}{kit.stable_hash(self.seed, self.made, 'tail', *parts):016x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def not_found(self, what: str) -> RefusedError:
        """Return the refusal of an id that is not there."""
        return RefusedError(3000, f"{what} could not be found.", self.switches.not_found_status)

    def denied(self, code: int, message: str) -> RefusedError:
        """Return the refusal of a missing scope, right or product variant."""
        return RefusedError(code, message, self.switches.denied_status)


def money(value: Any) -> Decimal:
    """Return the value with two decimals."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def day(value: date | str) -> date:
    """Return a date from a date or its ISO text, a time behind it cut off."""
    return value if isinstance(value, date) else date.fromisoformat(value[:10])


def with_check_digit(number: str) -> str:
    """Return a number with the check digit of modulus 10, which OCR and KID both take."""
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(reversed(number)))
    return number + str(-total % 10)
