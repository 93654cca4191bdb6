"""Reminders that eAccounting mails itself, with our own text: they show on the invoice there.

POST /customerinvoices/{id}/paymentreminders mails the invoice to whom it is told, for overdue invoices only, and answers with nothing.
Whether a late fee that is given along is booked is not said, so none is: it stands in our text, and is booked by voucher when it comes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from typing_extensions import override

from connectors.visma.answers import NAME
from connectors.visma.kinds import JSON_TYPE, Kind
from connectors.visma.mapping.invoices import reminder_count
from connectors.visma.mapping.render import json_body
from core.errors import LoginExpiredError, RejectedError, RetryLaterError
from core.http import Answer
from core.writes import Delivery, Finding, Prepared, Receipt, SendLetter

__all__ = ["MailReminders"]


class MailReminders(Kind[SendLetter]):
    """Has eAccounting mail a reminder of one invoice."""

    delivery: ClassVar[Delivery] = Delivery(
        "at_most_once", remains="After a lost answer nobody can tell whether the debtor has it: a person looks in eAccounting and says so."
    )

    @override
    def prepare(self, write: SendLetter, key: str) -> Prepared:
        """Render the request; without a list of copies none is sent."""
        if (write.letter_kind, write.channel) != ("reminder", "email") or len(write.covers) != 1:
            raise RejectedError(NAME, "no_reminder", "only a reminder of one invoice, by mail, goes out from here")
        details = {"Email": write.recipient, "CcRecipients": None, "Subject": write.subject, "Message": write.text}
        body = json_body({"LatePaymentFee": 0, "EmailDetails": details})
        return Prepared("POST", f"/v2/customerinvoices/{write.covers[0]}/paymentreminders", body, JSON_TYPE)

    @override
    def confirm(self, write: SendLetter, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Take the answer for a yes, and note the count it left behind."""
        return Receipt("", {"reminders": self._count(write.covers[0])})

    def _count(self, invoice_ref: str) -> int | None:
        """Return how many reminders are counted now; the mail has gone, so that a failed read must not lose that."""
        try:
            return reminder_count(self.client.get(f"/v2/customerinvoices/{invoice_ref}"))
        except (RetryLaterError, LoginExpiredError, RejectedError):
            return None

    @override
    def look_up(self, write: SendLetter, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """A count that rose may be a person's reminder, and one that did not may not count ours."""
        return Finding("ambiguous")
