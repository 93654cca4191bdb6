"""Mail: the same bytes for the same letter, and an honest word about what became of them.

A server takes a mail by its answer to the final dot (RFC 5321, 4.1.1.4): before the dot is sent nothing was taken, after
it, without an answer, nobody knows. smtplib hides that moment, so the steps of a transaction are driven one by one here.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from core.errors import ConfigError, InvariantBrokenError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.model import is_mail_address

__all__ = ["Attachment", "Mail", "Smtp", "build_mail"]

REMOTE: Final = "The mail server"
SETTINGS: Final = "mail settings"
SET_SERVER: Final = "Check --host, --port and --security of `kravbro tenants mail TENANT`."
SET_SECURITY: Final = "Set another --security or --port with `kravbro tenants mail TENANT`."
SET_LOGIN: Final = "Set --user and --password-file with `kravbro tenants mail TENANT`."
SET_SENDER: Final = "Set another --from with `kravbro tenants mail TENANT`."
TOO_LARGE: Final = 552
"""Refuses this mail; any other refusal at MAIL is of the sender, and would be of every mail."""

HELO: Final = "[127.0.0.1]"
"""What we call ourselves: an address literal is always allowed, and asking for the machine's own name can take seconds."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
FILE_NAME_BYTES_MAX: Final = 250
MESSAGE_ID: Final = re.compile(r"[!-;=?A-Z\[-~]+@[!-;=?A-Z\[-~]+")
MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail before it is bytes; `message_id` is without angle brackets, `date` is aware."""

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
    """Return a mail's bytes, CRLF and ASCII; equal mails give equal bytes.

    Raises:
        ConfigError: an address is none, or a control character hides in what becomes a header.
    """
    if mail.date.tzinfo is None:
        raise InvariantBrokenError("a mail's date has a zone")
    alternative = _multipart("alternative", mail.message_id, [_text("plain", mail.text), _text("html", mail.html)])
    body = _multipart("mixed", mail.message_id, [alternative, *(_file(file) for file in mail.attachments)])
    return "\r\n".join(
        (
            f"From: {_phrase('sender', mail.sender)}\r\n <{_address('sender', mail.from_address)}>",
            f"Reply-To: {_address('reply', mail.reply_to)}",
            f"To: {_address('recipient', mail.to)}",
            f"Subject: {_subject(mail.subject)}",
            f"Date: {format_datetime(mail.date.astimezone(UTC))}",
            f"Message-ID: <{_message_id(mail.message_id)}>",
            # So that no out-of-office note answers it (RFC 3834).
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            body,
        )
    ).encode("ascii")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server; every mail goes over a connection of its own.

    Attributes:
        security: "none", "starttls" or "tls".
        tls: what certificates are trusted; the machine's own list by default.
    """

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.security not in ("none", "starttls", "tls"):
            raise ConfigError(SETTINGS, f"unknown security {self.security!r}", "Use starttls, tls or none.")
        if self.user and self.security == "none" and self.host not in LOOPBACK:
            raise ConfigError(SETTINGS, "the password would travel unencrypted", "Use starttls or tls.")

    def send(self, from_address: str, to: str, raw: bytes) -> None:
        """Send a built mail once, as it stands.

        What is wrong with the settings is no reason to stop a run or to pause a tenant: nothing was taken, so the mail waits, and
        the error says what to set.

        Raises:
            RetryLaterError: surely not taken. RejectedError: this mail is refused. OutcomeUnknownError: the answer was lost.
        """
        if not is_mail_address(from_address):
            raise RetryLaterError(REMOTE, "the sender is no plain e-mail address", todo=SET_SENDER)
        if not is_mail_address(to):
            raise RejectedError(REMOTE, "address", "the recipient is no plain e-mail address")
        if not raw.isascii() or re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
            raise InvariantBrokenError("a mail is ASCII with CRLF line ends")
        with self._logged_in() as server:
            with _nothing_taken():
                _expect_sender(server.mail(from_address, _size(server, raw)))
                _expect(server.rcpt(to), "RCPT")
                _expect(server.docmd("DATA"), "DATA", wanted=3)
                server.send(_dotted(raw))
            _finish(server)

    def try_login(self) -> None:
        """Log in and leave again; raises `RetryLaterError` with what to set where that can't be done."""
        with self._logged_in():
            pass

    @contextlib.contextmanager
    def _logged_in(self) -> Iterator[smtplib.SMTP]:
        with _nothing_taken(SET_SERVER):
            server = self._greeted()
        try:
            with _nothing_taken(SET_SECURITY):
                self._secure(server)
            with _nothing_taken(SET_LOGIN):
                self._login(server)
            yield server
            # A mail is taken by now; what the server says to our goodbye changes nothing.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _greeted(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, HELO, timeout=self.timeout_s, context=self._context())
        return smtplib.SMTP(self.host, self.port, HELO, timeout=self.timeout_s)

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            # Going on in the clear is what an attacker in between would want, so this is never skipped.
            if not server.has_extn("starttls"):
                raise RetryLaterError(REMOTE, "it offers no STARTTLS", todo=SET_SECURITY)
            code, _ = server.starttls(context=self._context())
            if code != 220:
                raise RetryLaterError(REMOTE, f"STARTTLS: code {code}", todo=SET_SECURITY)
            server.ehlo_or_helo_if_needed()

    def _login(self, server: smtplib.SMTP) -> None:
        if self.user:
            server.login(self.user, self.password)

    def _context(self) -> ssl.SSLContext:
        return self.tls or ssl.create_default_context()


@contextlib.contextmanager
def _nothing_taken(todo: str = "") -> Iterator[None]:
    """Turn what breaks before the final dot into an error of ours; `from None`, since smtplib's carry addresses."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        # 4xx passes by itself; what a server says for good at these steps, it says to every mail.
        passes = 400 <= error.smtp_code < 500
        raise RetryLaterError(REMOTE, f"{type(error).__name__}: code {error.smtp_code}", todo="" if passes else todo) from None
    except (smtplib.SMTPException, OSError) as error:
        raise RetryLaterError(REMOTE, type(error).__name__, todo=todo) from None


def _finish(server: smtplib.SMTP) -> None:
    """Send the final dot and read the answer; from the dot's first byte on, silence may mean yes."""
    try:
        server.send(b".\r\n")
        answer = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknownError(REMOTE, f"no answer to the end of the mail: {type(error).__name__}") from None
    if not 200 <= answer[0] < 600:
        raise OutcomeUnknownError(REMOTE, "the answer to the end of the mail makes no sense")
    _expect(answer, "end of the mail")


def _expect(answer: tuple[int, bytes], step: str, *, wanted: int = 2) -> None:
    """Raise unless the answer is of the wanted class; only codes are told on, for the text may hold the address."""
    code, text = answer
    if code // 100 == wanted:
        return
    if code == 530:
        raise RetryLaterError(REMOTE, "it wants a login or encryption first", todo=SET_LOGIN)
    if code // 100 == 5:
        detail = re.match(rb"5\.\d{1,3}\.\d{1,3}", text)
        raise RejectedError(REMOTE, f"{code} {detail.group().decode()}" if detail else str(code), f"at {step}")
    raise RetryLaterError(REMOTE, f"{step}: code {code}")


def _expect_sender(answer: tuple[int, bytes]) -> None:
    """Raise unless the sender is taken."""
    if answer[0] // 100 == 5 and answer[0] not in (530, TOO_LARGE):
        raise RetryLaterError(REMOTE, f"the sender is refused: code {answer[0]}", todo=SET_SENDER)
    _expect(answer, "MAIL")


def _size(server: smtplib.SMTP, raw: bytes) -> list[str]:
    """Let a server that can, refuse a mail too large before it travels (RFC 1870)."""
    return [f"size={len(raw)}"] if server.has_extn("size") else []


def _dotted(raw: bytes) -> bytes:
    """Return the mail as DATA carries it, without the final dot: leading dots doubled, a line end at the end."""
    stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


# The message is put together by hand: Python 3.11's `EmailMessage` loses the quotes around a long name with a comma, and
# folds differently from version to version, while a letter must come out the same.


def _multipart(kind: str, message_id: str, parts: list[str]) -> str:
    # Neither base64 nor an ASCII header can hold "=_", so no part can hold its own boundary.
    boundary = f"=_{sha256(f'{kind} {message_id}'.encode()).hexdigest()[:32]}"
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n{inside}--{boundary}--\r\n'


def _text(kind: str, text: str) -> str:
    body = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return f"Content-Type: text/{kind}; charset=utf-8\r\n{_base64(body.encode())}"


def _file(file: Attachment) -> str:
    if not MEDIA_TYPE.fullmatch(file.media_type):
        raise InvariantBrokenError("an attachment has a media type")
    name = _one_line("attachment's name", file.name)
    if not name or len(name.encode()) > FILE_NAME_BYTES_MAX:
        raise ConfigError("mail", "an attachment's name is empty or too long", "Give the file a shorter name.")
    plain = re.fullmatch(r"[A-Za-z0-9._ -]+", name)
    named = f'filename="{name}"' if plain else f"filename*=utf-8''{quote(name, safe='')}"
    return f"Content-Type: {file.media_type}\r\nContent-Disposition: attachment;\r\n {named}\r\n{_base64(file.content)}"


def _base64(content: bytes) -> str:
    lines = base64.encodebytes(content).decode().replace("\n", "\r\n")
    return f"Content-Transfer-Encoding: base64\r\n\r\n{lines}"


def _phrase(what: str, name: str) -> str:
    """Return a display name: in quotes where that does, else as encoded words."""
    name = _one_line(what, name)
    if name.isascii() and len(name) <= 60 and "=?" not in name:
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return Header(name, "utf-8", header_name="Reply-To", maxlinelen=75).encode(linesep="\r\n")


def _subject(text: str) -> str:
    text = _one_line("subject", text)
    if text.isascii() and len(text) <= 60 and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject", maxlinelen=75).encode(linesep="\r\n")


def _one_line(what: str, value: str) -> str:
    if not value.isprintable() and any(not char.isprintable() and char not in "\u00a0\u202f\u00ad" for char in value):
        raise ConfigError("mail", f"the {what} holds a line break or another control character", "Take it out.")
    return value


def _address(what: str, value: str) -> str:
    if not is_mail_address(value):
        raise ConfigError("mail", f"the {what} address is not one plain e-mail address", "Correct it where it is kept.")
    return value


def _message_id(value: str) -> str:
    if len(value) > 200 or not MESSAGE_ID.fullmatch(value):
        raise ConfigError("mail", "the message id is not of the form id@domain", "Take it from the intent's id.")
    return value
