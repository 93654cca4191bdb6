"""Mail: the same bytes for the same letter, and an honest word about what became of them.

SMTP tells when a mail is taken: the answer to the final dot. Before that dot nothing was taken; after it, without an answer, nobody
knows (RFC 5321, 4.2.5 and 4.5.3.2.6).
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from core.errors import ConfigError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError

__all__ = ["Attachment", "Mail", "Smtp", "build_mail"]

REMOTE: Final = "The mail server"
TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail before it is bytes; `message_id` is without angle brackets."""

    sender: str
    from_address: str
    reply_to: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    message_id: str
    date: datetime


def build_mail(mail: Mail) -> bytes:
    """Return a mail's bytes: equal mails give equal bytes.

    Raises:
        ConfigError: an address is none, or a line break hides in a header.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_header("sender", mail.sender), addr_spec=_address("sender", mail.from_address))
    message["To"] = Address(addr_spec=_address("recipient", mail.to))
    message["Reply-To"] = Address(addr_spec=_address("reply-to", mail.reply_to))
    message["Subject"] = _header("subject", mail.subject)
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = f"<{_header('message id', mail.message_id)}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answers it (RFC 3834)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in mail.attachments:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=_header("attachment", file.name))
    _fix_boundaries(message, mail.message_id)
    return message.as_bytes()


class Smtp:
    """A mail server, one connection a mail."""

    def __init__(self, host: str, port: int, security: str, user: str = "", password: str = "", timeout_s: float = TIMEOUT_S) -> None:
        if security not in ("none", "starttls", "tls"):
            raise ConfigError("mail security", f"{security!r} is none we know", "Use starttls, tls or none.")
        self._host, self._port, self._security, self._timeout_s = host, port, security, timeout_s
        self._user, self._password = user, password

    def send(self, from_address: str, to: str, raw: bytes) -> None:
        """Send a mail.

        Raises:
            RetryLaterError: not taken. RejectedError: refused. OutcomeUnknownError: the answer to the final dot was lost.
        """
        server = self._connect()
        try:
            self._envelope(server, from_address, to)
            self._data(server, raw)
        finally:
            # What the server says after it took the mail changes nothing.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _connect(self) -> smtplib.SMTP:
        try:
            context = ssl.create_default_context()
            if self._security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_s, context=context)
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
            server.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise LoginExpiredError(REMOTE, f"code {error.smtp_code}", todo="Set the password with `kravbro tenants mail`.") from None
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLaterError(REMOTE, type(error).__name__) from None
        return server

    def _envelope(self, server: smtplib.SMTP, from_address: str, to: str) -> None:
        try:
            for code, _ in (server.mail(from_address), server.rcpt(to)):
                _check(code)
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLaterError(REMOTE, type(error).__name__) from None

    def _data(self, server: smtplib.SMTP, raw: bytes) -> None:
        try:
            code, _ = server.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLaterError(REMOTE, type(error).__name__) from None
        if code != 354:
            _check(code)
            raise RetryLaterError(REMOTE, f"code {code}")
        try:
            server.send(_dotted(raw))
            code, _ = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            # The whole mail may have arrived before the connection broke.
            raise OutcomeUnknownError(REMOTE, type(error).__name__) from None
        _check(code)


def _check(code: int) -> None:
    """Raise unless the server agreed; 4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    if 200 <= code < 300:
        return
    if 400 <= code < 500:
        raise RetryLaterError(REMOTE, f"code {code}")
    raise RejectedError(REMOTE, str(code), "the address or the letter was refused")


def _dotted(raw: bytes) -> bytes:
    """Return the mail as DATA carries it: CRLF, leading dots doubled, the final dot."""
    lines = raw.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


def _header(what: str, value: str) -> str:
    if any(character in value for character in "\r\n\0"):
        raise ConfigError(f"the {what} of a letter", "it has a line break", "Correct it in the accounting system.")
    return value


def _address(what: str, value: str) -> str:
    try:
        Address(addr_spec=_header(what, value))
    except (ValueError, IndexError):
        raise ConfigError(
            f"the {what} of a letter", "it is no mail address", "Correct it in the accounting system or the mail settings."
        ) from None
    if "@" not in value:
        raise ConfigError(f"the {what} of a letter", "it is no mail address", "Correct it in the accounting system or the mail settings.")
    return value


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    """Give every part a boundary that depends on the message alone, so that equal mails are equal bytes."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{sha256(f'{seed} {number}'.encode()).hexdigest()[:32]}")
