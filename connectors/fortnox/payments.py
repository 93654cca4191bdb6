"""Payments: entering, booking, and the mode of payment they are entered with.

https://apps.fortnox.se/apidocs, InvoicePayments. An entered payment changes nothing until it is booked; a booked one can't
be changed or deleted here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import ClassVar

from typing_extensions import override

from connectors.fortnox.client import FortnoxClient
from connectors.fortnox.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken, read_back
from connectors.fortnox.mapping.books import parse_mode, parse_payment, parse_payment_row, payment_marks, payment_numbers
from connectors.fortnox.mapping.render import is_mark, mark_of, render_mode, render_payment
from core.http import Answer
from core.model import Payment, Problem
from core.writes import BookkeepPayment, BookPayment, CreatePaymentMode, Delivery, Finding, Prepared, Receipt

__all__ = ["BookPayments", "BookkeepPayments", "CreatePaymentModes", "list_changed_payments", "list_payments"]

PATH = "/3/invoicepayments"


def list_payments(client: FortnoxClient, invoice_ref: str, write_off_sign: str) -> list[Payment | Problem]:
    """Return every payment on an invoice, from details: list rows have no mode, no account and no write-offs."""
    found = []
    for number in payment_numbers(client.list_rows(PATH, "InvoicePayments", invoicenumber=invoice_ref), invoice_ref):
        raw = client.find(f"{PATH}/{number}", "InvoicePayment")
        if raw is not None:
            found.append(parse_payment(raw, write_off_sign=write_off_sign))
    return found


def list_changed_payments(client: FortnoxClient, since: str) -> Iterator[Payment | Problem]:
    """Yield the payments changed since a moment in Swedish time, once each: pages shift while people work."""
    seen: set[object] = set()
    for raw in client.list_rows(PATH, "InvoicePayments", lastmodified=since, sortby="paymentdate"):
        payment = parse_payment_row(raw)
        ref = payment.raw_ref if isinstance(payment, Problem) else payment.source_ref
        if ref not in seen:
            seen.add(ref)
            yield payment


class BookPayments(Kind[BookPayment]):
    """Enters a payment; it has no field for a mark, so the numbers seen before the send are the evidence."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A person who enters the same amount, day and mode in the same minutes is taken for us.",
    )

    def __init__(self, client: FortnoxClient, write_off_sign: str) -> None:
        super().__init__(client)
        self._sign = write_off_sign

    @override
    def prepare(self, write: BookPayment, key: str) -> Prepared:
        """Render the payment and note the numbers of the payments that are there."""
        numbers = payment_numbers(self._rows(write), write.invoice_ref)
        body = render_payment(write, key, write_off_sign=self._sign)
        return Prepared("POST", PATH, body, JSON_TYPE, {"payments": numbers})

    @override
    def confirm(self, write: BookPayment, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the payment that was made with the one that was sent."""
        payment = parse_payment(self.echoed(answer, "InvoicePayment"), write_off_sign=self._sign)
        if isinstance(payment, Problem):
            raise not_taken(f"payment {payment.raw_ref}", ["content"])
        if differing := _differing(write, payment):
            raise not_taken(f"payment {payment.source_ref}", differing)
        return _receipt(payment)

    @override
    def look_up(self, write: BookPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look among the payments that are new since; a write-off's mark decides, else amount, day and mode."""
        known = {*prepared.evidence["payments"], *taken}
        new = [number for number in payment_numbers(self._rows(write), write.invoice_ref) if number not in known]
        raws = [raw for number in new if (raw := self.client.find(f"{PATH}/{number}", "InvoicePayment")) is not None]
        marked = [raw for raw in raws if mark_of(key) in payment_marks(raw)]
        # What bears the mark of another intent is that one's, however equal it is.
        unmarked = [raw for raw in raws if not any(map(is_mark, payment_marks(raw)))]
        payments = [parse_payment(raw, write_off_sign=self._sign) for raw in marked or unmarked]
        same = [payment for payment in payments if not isinstance(payment, Problem) and not _differing(write, payment)]
        # What bears our mark is ours even if it looks otherwise: never absent, a person looks at it.
        unclear = [_ref(payment) for payment in payments if payment not in same and (marked or isinstance(payment, Problem))]
        return finding([_receipt(payment) for payment in same], unclear)

    def _rows(self, write: BookPayment) -> Collection[object]:
        return list(self.client.list_rows(PATH, "InvoicePayments", invoicenumber=write.invoice_ref))


class BookkeepPayments(Kind[BookkeepPayment]):
    """Books an entered payment; the vendor's own flag tells whether it landed."""

    delivery: ClassVar[Delivery] = Delivery("look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: a second call is refused.")

    @override
    def prepare(self, write: BookkeepPayment, key: str) -> Prepared:
        """Render the call; no client sends a body, whatever the vendor's file says."""
        return Prepared("PUT", f"{PATH}/{write.payment_ref}/bookkeep", b"", JSON_TYPE)

    @override
    def confirm(self, write: BookkeepPayment, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Look at the flag, in the answer or, where there is no body, in the payment."""
        echo = self.client.object_in(answer, "InvoicePayment")
        payment = _booked(echo) if echo else None
        payment = payment or read_back(lambda: self._find(write))
        if payment is None:
            raise not_taken(f"payment {write.payment_ref}", ["Booked"])
        return _receipt(payment)

    @override
    def look_up(self, write: BookkeepPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the payment."""
        payment = self._find(write)
        return finding([_receipt(payment)] if payment else [])

    def _find(self, write: BookkeepPayment) -> Payment | None:
        raw = self.client.find(f"{PATH}/{write.payment_ref}", "InvoicePayment")
        return _booked(raw) if raw else None


class CreatePaymentModes(Kind[CreatePaymentMode]):
    """Creates our mode of payment; its code is ours, so it is found by that."""

    delivery: ClassVar[Delivery] = Delivery("look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: a second call is refused.")

    @override
    def prepare(self, write: CreatePaymentMode, key: str) -> Prepared:
        """Render the mode."""
        return Prepared("POST", "/3/modesofpayments", render_mode(write), JSON_TYPE)

    @override
    def confirm(self, write: CreatePaymentMode, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the account it is tied to."""
        mode = parse_mode(self.echoed(answer, "ModeOfPayment"))
        if isinstance(mode, Problem) or mode.number != write.account:
            raise not_taken(f"mode of payment {write.code}", ["AccountNumber"])
        return Receipt(write.code, {"account": mode.number})

    @override
    def look_up(self, write: CreatePaymentMode, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the mode; one that is tied elsewhere is not ours to judge."""
        raw = self.client.find(f"/3/modesofpayments/{write.code}", "ModeOfPayment")
        if raw is None:
            return finding([])
        mode = parse_mode(raw)
        tied = not isinstance(mode, Problem) and mode.number == write.account
        return finding([Receipt(write.code, {"account": write.account})] if tied else [], [] if tied else [write.code])


def _booked(raw: dict[str, object]) -> Payment | None:
    payment = parse_payment(raw, write_off_sign="plus")
    return payment if isinstance(payment, Payment) and payment.booked else None


def _ref(payment: Payment | Problem) -> str:
    return payment.raw_ref if isinstance(payment, Problem) else payment.source_ref


def _receipt(payment: Payment) -> Receipt:
    return Receipt(payment.source_ref, {"invoice": payment.invoice_ref, "booked": payment.booked})


def _differing(write: BookPayment, payment: Payment) -> list[str]:
    same = {
        "InvoiceNumber": payment.invoice_ref == write.invoice_ref,
        "Amount": payment.amount == write.amount,
        "PaymentDate": payment.paid_on == write.paid_on,
        "ModeOfPayment": payment.mode == write.mode,
        "ModeOfPaymentAccount": payment.account == write.account,
        "WriteOffs": (payment.written_off or None) == (write.write_off or None),
    }
    return [name for name, holds in same.items() if not holds]
