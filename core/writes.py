"""What may leave the program: one frozen value per kind of write, and what an adapter makes of it.

The engine journals a `Write` as an intent, has the adapter render it to bytes (`Prepared`), sends those bytes and no
others, and files the `Receipt`. How sure the adapter can be of the effect is its declared `Delivery`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Base64Bytes, Field, TypeAdapter

from core.claim import PriorPayment, Snapshot
from core.money import Money

__all__ = [
    "LOCKED_PERIOD",
    "MAIL_UNSENDABLE",
    "NOT_LANDED",
    "POST",
    "RECIPIENT_REFUSED",
    "WRITES",
    "AdjustClaim",
    "AttachDocument",
    "BookPayment",
    "BookVoucher",
    "BookkeepPayment",
    "CreatePaymentMode",
    "Delivery",
    "Finding",
    "MarkInvoice",
    "NoteKind",
    "Prepared",
    "PrintReminder",
    "Receipt",
    "SendLetter",
    "SendMessage",
    "SendNote",
    "StepLetter",
    "SubmitClaim",
    "UploadDocument",
    "VoucherRow",
    "Write",
]


POST: Final = "post"
"""The way out of letters that a person prints; nothing of the program sends by it (see `core.engine.post`)."""

MAIL_UNSENDABLE: Final = "unsendable"
"""The mark in the note of a letter whose mail could not even be written."""

RECIPIENT_REFUSED: Final = "at RCPT"
"""The reason of a refusal by a mail server that does not know, or does not take mail for, the address."""

LOCKED_PERIOD: Final = "period_locked"
"""The code of a refusal because the books' period is locked: the booking is planned again, for the first open day."""

NOT_LANDED: Final = "not_landed"
"""The code of a person's word that an uncertain write was not done: what is still due is planned again."""


@dataclass(frozen=True, slots=True)
class BookPayment:
    """Enter a payment on an invoice, not yet booked: principal the debtor paid the agency.

    A `write_off` (positive) also lowers the invoice's open amount, against `write_off_account`. `event_on` is the day it was received, where it
    was by an agency: it stands in the text where a locked period moved the booking to `paid_on`.
    """

    invoice_ref: str
    amount: Money
    paid_on: date
    mode: str
    account: str
    write_off: Money | None = None
    write_off_account: str = ""
    text: str = ""
    event_on: date | None = None
    kind: Literal["book_payment"] = "book_payment"

    @property
    def moved_from(self) -> date | None:
        """The day of the event where the booking is on another."""
        return None if self.event_on == self.paid_on else self.event_on


@dataclass(frozen=True, slots=True)
class BookkeepPayment:
    """Book a payment that was entered; only now the invoice's open amount falls.

    `entered` is what was entered: a person may have changed it since.
    """

    payment_ref: str
    invoice_ref: str
    entered: BookPayment | None = None
    kind: Literal["bookkeep_payment"] = "bookkeep_payment"


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """One row of a voucher; one of `debit` and `credit` is zero."""

    account: str
    debit: Money
    credit: Money
    text: str = ""


@dataclass(frozen=True, slots=True)
class BookVoucher:
    """Book a voucher (interest, fees, costs, a settlement); `event_on` stands in the text where the period is locked."""

    series: str
    booked_on: date
    event_on: date
    text: str
    rows: tuple[VoucherRow, ...]
    kind: Literal["book_voucher"] = "book_voucher"


@dataclass(frozen=True, slots=True)
class UploadDocument:
    """Put a document where the books keep their files; the bytes come from the document store."""

    document_id: str
    name: str
    media_type: str
    sha256: str
    kind: Literal["upload_document"] = "upload_document"


@dataclass(frozen=True, slots=True)
class AttachDocument:
    """Tie an uploaded document to its voucher; where the books have no inbox, `file_ref` is the document's own id in our store."""

    file_ref: str
    voucher_ref: str
    kind: Literal["attach_document"] = "attach_document"


@dataclass(frozen=True, slots=True)
class MarkInvoice:
    """Leave a mark on the invoice that a person sees in the accounting system; "" takes it away."""

    invoice_ref: str
    text: str
    kind: Literal["mark_invoice"] = "mark_invoice"


@dataclass(frozen=True, slots=True)
class CreatePaymentMode:
    """Create our own mode of payment, tied to the clearing account."""

    code: str
    text: str
    account: str
    kind: Literal["create_payment_mode"] = "create_payment_mode"


StepLetter = Literal["reminder", "notice", "demand"]
"""The letters that steps of a policy send."""

NoteKind = Literal["instalment_offer", "instalment_agreement", "deferral", "thanks", "withdrawal"]
"""The letters beside the policy's steps."""


@dataclass(frozen=True, slots=True)
class SendLetter:
    """Send a letter of a step that is already rendered, by mail or by post.

    `covers` names the invoices; `fee` is counted once, however often the same letter goes, and the accounting system that mails it is told
    it where it is given along.
    """

    letter_kind: StepLetter
    channel: Literal["email", "print"]
    recipient: str
    subject: str
    text: str
    html: str
    document_ids: tuple[str, ...]
    covers: tuple[str, ...]
    fee: Money
    pay_by: date
    announces_collection: bool = False
    fee_along: bool = False
    kind: Literal["send_letter"] = "send_letter"

    @property
    def way(self) -> str:
        """The way out it takes: the mail, or a person who prints and posts it."""
        return POST if self.channel == "print" else "mail"


@dataclass(frozen=True, slots=True)
class SendNote:
    """Send a letter that no step of the policy sends, already rendered; it costs the debtor nothing. `covers` names the invoices."""

    letter_kind: NoteKind
    channel: Literal["email", "print"]
    recipient: str
    subject: str
    text: str
    html: str
    document_ids: tuple[str, ...]
    covers: tuple[str, ...]
    kind: Literal["send_note"] = "send_note"

    @property
    def way(self) -> str:
        """The way out it takes: the mail, or a person who prints and posts it."""
        return POST if self.channel == "print" else "mail"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Tell the client's own contact something by mail."""

    recipient: str
    subject: str
    text: str
    kind: Literal["send_message"] = "send_message"


@dataclass(frozen=True, slots=True)
class PrintReminder:
    """Have the books write a reminder of their own about one invoice; its PDF comes with the receipt.

    Attributes:
        letter: what carries the PDF to the debtor, complete but for it and for its last day to pay.
        name: the PDF's name.
        pay_within_days: how long the vendor's text gives, from the day it is written.
    """

    invoice_ref: str
    letter: SendLetter
    name: str
    pay_within_days: int
    kind: Literal["print_reminder"] = "print_reminder"


@dataclass(frozen=True, slots=True)
class SubmitClaim:
    """Hand a claim over to the agency."""

    snapshot: Snapshot
    kind: Literal["submit_claim"] = "submit_claim"


AdjustmentKind = Literal["updated", "direct_payment", "paused", "resumed", "withdrawn", "answered"]


@dataclass(frozen=True, slots=True)
class AdjustClaim:
    """Tell the agency what changed on a claim it has: the snapshot is the new whole, `change` says what to look at."""

    change: AdjustmentKind
    snapshot: Snapshot
    payment: PriorPayment | None = None
    reason: str = ""
    kind: Literal["adjust_claim"] = "adjust_claim"


Write = Annotated[
    BookPayment
    | BookkeepPayment
    | BookVoucher
    | UploadDocument
    | AttachDocument
    | MarkInvoice
    | CreatePaymentMode
    | SendLetter
    | SendNote
    | SendMessage
    | PrintReminder
    | SubmitClaim
    | AdjustClaim,
    Field(discriminator="kind"),
]

WRITES: Final[TypeAdapter[Write]] = TypeAdapter(Write)
"""Reads and writes any `Write` as JSON, for the journal."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The request as it will be sent: kept encrypted and re-sent byte for byte.

    `evidence` is what was seen before the send, for vendors that keep no mark of ours (ids only, no personal data).
    """

    method: str
    target: str
    body: Base64Bytes
    headers: tuple[tuple[str, str], ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the remote answered: its id for what was made, facts worth keeping, and the document it made, which the journal doesn't keep."""

    remote_ref: str
    data: dict[str, Any] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a look-up: found (with its receipt), surely absent, or several candidates a person must tell apart."""

    state: Literal["found", "absent", "ambiguous"]
    receipt: Receipt | None = None
    candidates: tuple[str, ...] = ()


How = Literal["idempotency_key", "look_up", "at_most_once", "at_least_once"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How sure a kind of write can be of its effect.

    Attributes:
        how: `idempotency_key` (the remote drops repeats within `ttl_s`), `look_up` (ask, and send again only what is
            absent), `at_most_once` (a person settles what is unknown), `at_least_once` (a second identical copy does no harm).
        ttl_s: how long a key counts, for `idempotency_key`; None is for ever.
        absent_after_s: how long after the send "not there" is believed, for `look_up`.
        remains: what can still go wrong, one sentence for the delivery table of the README.
    """

    how: How
    ttl_s: float | None = None
    absent_after_s: float = 0.0
    remains: str = ""

    def __post_init__(self) -> None:
        if self.how not in get_args(How):  # what became of it would be settled as if it were one of these
            raise ValueError(f"{self.how!r} is no delivery; there are {', '.join(get_args(How))}")
