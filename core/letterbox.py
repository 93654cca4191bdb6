"""The way out for letters by mail, with the PDFs attached, and for messages to the client itself.

E-mail is at least once and identical: same Message-ID, Date and bytes, one automatic repeat at most (design: a missing notice
is worse than a second copy).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from html import escape
from typing import Final

from core.errors import ConfigError, InvariantBrokenError, RejectedError
from core.mail import Attachment, Mail, Smtp, build_mail
from core.ports import DocumentStore
from core.writes import Delivery, Finding, Prepared, Receipt, SendLetter, SendMessage, SendNote, Write

__all__ = ["Letterbox"]

SEND_MESSAGE: Final = Delivery(
    "at_least_once", remains="An answer lost after the last dot: the client's contact can get the same mail twice."
)
SEND_LETTER: Final = Delivery(
    "at_least_once", remains="An answer lost after the last dot: the debtor can get the same mail twice, with one Message-ID and one fee."
)


class Letterbox:
    """Sends letters for one tenant; implements `core.ports.Channel`."""

    name = "E-mail"

    def __init__(
        self,
        *,
        smtp: Smtp | None,
        documents: DocumentStore,
        now: Callable[[], datetime],
        sender_name: str,
        from_address: str,
        reply_to: str,
    ) -> None:
        self._smtp, self._documents, self._now = smtp, documents, now
        self._sender_name, self._from_address, self._reply_to = sender_name, from_address, reply_to
        self.deliveries: Mapping[str, Delivery] = {"send_letter": SEND_LETTER, "send_note": SEND_LETTER, "send_message": SEND_MESSAGE}

    def prepare(self, write: Write, key: str) -> Prepared:
        """Render the letter's bytes."""
        letter = _letter(write)
        if self._smtp is None:
            raise RejectedError("E-mail", "no_smtp", "no mail server is set; set one with `kravbro tenants mail TENANT`")
        pdfs = [] if isinstance(letter, SendMessage) else [self._documents.get(document_id) for document_id in letter.document_ids]
        html = f"<pre>{escape(letter.text)}</pre>" if isinstance(letter, SendMessage) else letter.html
        mail = Mail(
            sender=self._sender_name, from_address=self._from_address, reply_to=self._reply_to, to=letter.recipient, subject=letter.subject,
            text=letter.text, html=html, attachments=tuple(Attachment(pdf.name, pdf.media_type, pdf.content) for pdf in pdfs),
            message_id=f"{key}@{self._from_address.rpartition('@')[2]}", date=self._now(),
        )  # fmt: skip
        try:
            return Prepared("SMTP", letter.recipient, build_mail(mail))
        except ConfigError as error:
            # One debtor's strange address or name must not stop the others' letters.
            raise RejectedError("E-mail", "unmailable", str(error)) from None

    def send(self, write: Write, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared mail."""
        letter = _letter(write)
        if self._smtp is None:
            raise RejectedError("E-mail", "no_smtp", "no mail server is set; set one with `kravbro tenants mail TENANT`")
        self._smtp.send(self._from_address, letter.recipient, prepared.body)
        return Receipt("", {"channel": "email"})

    def look_up(self, write: Write, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """A mailbox can't be asked."""
        return Finding("ambiguous")


def _letter(write: Write) -> SendLetter | SendNote | SendMessage:
    if not isinstance(write, SendLetter | SendNote | SendMessage):
        raise InvariantBrokenError(f"the letterbox can't send {write.kind}")
    return write
