"""Reminders that eAccounting mails itself, with our own text: they show on the invoice there.

POST /customerinvoices/{id}/paymentreminders mails the invoice to whom it is told, for overdue invoices only, and answers with nothing.
What becomes of a late fee that is given along is not said: it may be printed alone, booked, or added to what the invoice leaves open. So
none is, unless the accountant looked and said so; and what the invoice leaves open afterwards is told with the receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from typing_extensions import override

from connectors.visma.answers import NAME
from connectors.visma.client import VismaClient
from connectors.visma.kinds import JSON_TYPE, Kind
from connectors.visma.mapping.invoices import Reading, balance_of, remaining, reminder_count
from connectors.visma.mapping.render import json_body
from core.errors import LoginExpiredError, RejectedError, RetryLaterError
from core.http import Answer
from core.model import Problem
from core.writes import Delivery, Finding, Prepared, Receipt, SendLetter

__all__ = ["MailReminders"]


class MailReminders(Kind[SendLetter]):
    """Has eAccounting mail a reminder of one invoice."""

    delivery: ClassVar[Delivery] = Delivery(
        "at_most_once", remains="After a lost answer nobody can tell whether the debtor has it: a person looks in eAccounting and says so."
    )

    def __init__(self, client: VismaClient, reading: Callable[[], Reading]) -> None:
        super().__init__(client)
        self._reading = reading

    @override
    def prepare(self, write: SendLetter, key: str) -> Prepared:
        """Render the request; without a list of copies none is sent."""
        if (write.letter_kind, write.channel) != ("reminder", "email") or len(write.covers) != 1:
            raise RejectedError(NAME, "no_reminder", "only a reminder of one invoice, by mail, goes out from here")
        details = {"Email": write.recipient, "CcRecipients": None, "Subject": write.subject, "Message": write.text}
        body = json_body({"LatePaymentFee": write.fee if write.fee_along else 0, "EmailDetails": details})
        return Prepared("POST", f"/v2/customerinvoices/{write.covers[0]}/paymentreminders", body, JSON_TYPE)

    @override
    def confirm(self, write: SendLetter, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Take the answer for a yes, and note the count and the open amount it left behind."""
        return Receipt("", self._left(write.covers[0]))

    def _left(self, invoice_ref: str) -> dict[str, Any]:
        """Return how many reminders are counted now, and what is open; the mail has gone, so that a failed read must not lose that."""
        try:
            raw = self.client.get(f"/v2/customerinvoices/{invoice_ref}")
        except (RetryLaterError, LoginExpiredError, RejectedError):
            return {"reminders": None}
        balance = balance_of(raw, self._reading())
        # With a fee on it an invoice has more left than its total, and can't be read as one: then what is left says it all the same.
        left = remaining(raw) if isinstance(balance, Problem) else balance.open.text()
        return {"reminders": reminder_count(raw)} | ({"open": left} if left else {})

    @override
    def look_up(self, write: SendLetter, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """A count that rose may be a person's reminder, and one that did not may not count ours; what is open now is told along."""
        return Finding("ambiguous", Receipt("", self._left(write.covers[0])))
