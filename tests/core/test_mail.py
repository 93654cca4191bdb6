"""Mails are the same bytes each time, and each way a server can fail ends in the right error."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import (
    ConfigError,
    InvariantBrokenError,
    KravbroError,
    OutcomeUnknownError,
    RejectedError,
    RetryLaterError,
)
from core.mail import Attachment, Mail, Smtp, build_mail
from core.model import is_mail_address
from core.writes import RECIPIENT_REFUSED

FROM, TO, PASSWORD = "faktura@snickeri.example", "debtor.person@kund.example", "hemligt-losen"
MAIL = Mail(
    sender="Åkeri, Söner & Co",
    from_address=FROM,
    reply_to="ekonomi@snickeri.example",
    to=TO,
    subject="Påminnelse om faktura 1042",
    text="Hej\n.\n..punkt\nåäö\n",
    html="<p>Hej åäö</p>",
    attachments=(Attachment("påminnelse.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff"),),
    message_id="a1b2@snickeri.example",
    date=dt.datetime(2025, 4, 15, 8, 0, tzinfo=dt.UTC),
)
RAW = build_mail(MAIL)


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(build_mail(mail), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_equal_mails_equal_bytes() -> None:
    assert build_mail(replace(MAIL)) == RAW
    assert build_mail(replace(MAIL, message_id="c3@snickeri.example")) != RAW


def test_mail_has_three_parts() -> None:
    message = parsed(MAIL)
    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.walk()][1:] == [
        "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    assert not message.defects


def test_contents_survive_the_mail() -> None:
    text, html = (part for part in parsed(MAIL).walk() if part.get_content_maintype() == "text")
    (file,) = parsed(MAIL).iter_attachments()
    assert text.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().strip() == MAIL.html
    assert file.get_content() == MAIL.attachments[0].content
    assert file.get_filename() == "påminnelse.pdf"


@pytest.mark.parametrize(
    "name",
    [
        "Åkeri, Söner & Co", 'A "B" \\ C, Inc.', "Ä" * 300, "A" * 300, "=?utf-8?q?x?=", "x <a@b.se>", "Bygg, " * 20 + "AB", "漢字 ☕ 株式会社", "",
        "Åkeri Söner och Döttrar Byggnadsfirma i Örnsköldsvik Aktiebolag (publ), filial",
    ],
)  # fmt: skip
def test_any_name_survives(name: str) -> None:
    mail = replace(MAIL, sender=name, subject=f"Påminnelse från {name}")
    # The old parser: the new one keeps the blanks between encoded words of a name (RFC 2047, 6.2, drops them).
    message = message_from_bytes(build_mail(mail))
    shown, address = parseaddr(message["From"].replace("\r\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (name, FROM)
    assert str(make_header(decode_header(message["Subject"]))) == f"Påminnelse från {name}"
    assert max(map(len, build_mail(mail).split(b"\r\n"))) <= 78


def test_lines_end_with_crlf() -> None:
    assert RAW.isascii()
    assert RAW.count(b"\n") == RAW.count(b"\r\n") == RAW.count(b"\r")


@pytest.mark.parametrize("field", ["sender", "subject", "from_address", "reply_to", "to", "message_id"])
@pytest.mark.parametrize("trick", ["x\r\nBcc: a@b.se", "x\nBcc: a@b.se", "x\ry", "x\0y", "x\u2028y"])
def test_header_injection_is_refused(field: str, trick: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_mail(replace(MAIL, **{field: trick}))  # type: ignore[arg-type]
    assert "Bcc" not in str(caught.value)


def test_attachment_injection_is_refused() -> None:
    with pytest.raises(ConfigError):
        build_mail(replace(MAIL, attachments=(Attachment("a\r\nb.pdf", "application/pdf", b""),)))
    with pytest.raises(InvariantBrokenError):
        build_mail(replace(MAIL, attachments=(Attachment("a.pdf", "x/y\r\nBcc: z", b""),)))


def test_naive_date_is_refused() -> None:
    with pytest.raises(InvariantBrokenError):
        build_mail(replace(MAIL, date=dt.datetime(2025, 4, 15, 8, 0)))  # noqa: DTZ001


@pytest.mark.parametrize("address", ["a@b.se", "a.b+c@sub.b-c.example", "x@xn--rksmrgs-5wao1o.se"])
def test_address_is_accepted(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize("address", ["", "a", "a@b", "a b@c.se", "a@b.se,c@d.se", "<a@b.se>", "å@b.se", "a@b.se\n", "@b.se"])
def test_address_is_not_accepted(address: str) -> None:
    assert not is_mail_address(address)


class Box:
    """Takes mails and answers the end of each as told."""

    def __init__(self, answer: str = "250 OK", rcpt: str = "250 OK") -> None:
        self.answer, self.rcpt, self.taken = answer, rcpt, list[bytes]()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope.original_content)
        return self.answer


@contextmanager
def mail_server(box: Box, **options: Any) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def plain(port: int, **options: Any) -> Smtp:
    return Smtp("127.0.0.1", port, "none", **{"timeout_s": 2.0, **options})


def test_sends_the_same_bytes() -> None:
    box, raw = Box(), b"Subject: x\r\n\r\n.\r\n..a\r\nb\r\n"
    with mail_server(box) as port:
        plain(port).send(FROM, TO, RAW)
        plain(port).send(FROM, TO, raw)
    assert box.taken == [RAW, raw]


@pytest.mark.parametrize("raw", [b"a\nb\r\n", b"a\rb\r\n", "å\r\n".encode()])
def test_sends_no_bare_lines(raw: bytes) -> None:
    with pytest.raises(InvariantBrokenError):
        plain(1).send(FROM, TO, raw)


@pytest.mark.parametrize(
    ("box", "error"),
    [
        (Box(answer="451 later"), RetryLaterError),
        (Box(answer="554 5.7.1 spam"), RejectedError),
        (Box(rcpt="450 greylisted debtor.person@kund.example"), RetryLaterError),
        (Box(rcpt="550 5.1.1 debtor.person@kund.example unknown"), RejectedError),
        (Box(rcpt="530 5.7.0 login first"), RetryLaterError),
    ],
)
def test_refusal_becomes_its_error(box: Box, error: type[KravbroError]) -> None:
    with mail_server(box) as port, pytest.raises(error) as caught:
        plain(port).send(FROM, TO, RAW)
    assert "debtor.person" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_rejection_names_both_codes() -> None:
    with mail_server(Box(rcpt="550 5.1.1 nobody")) as port, pytest.raises(RejectedError) as caught:
        plain(port).send(FROM, TO, RAW)
    assert (caught.value.code, caught.value.reason) == ("550 5.1.1", RECIPIENT_REFUSED)


def test_size_limit_rejects_early() -> None:
    box = Box()
    with mail_server(box, data_size_limit=100) as port, pytest.raises(RejectedError):
        plain(port).send(FROM, TO, RAW)
    assert not box.taken


Talk = Callable[[socket.socket], None]


@contextmanager
def raw_server(talk: Talk) -> Iterator[int]:
    """Serve one connection by a script, then close it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener.accept()[0] as peer:
            talk(peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(5)


def talks(*answers: str, then: Talk | None = None) -> Talk:
    """Greet, answer each command in turn, then do `then`, then hang up."""

    def talk(peer: socket.socket) -> None:
        lines = peer.makefile("rb")
        peer.sendall(f"{answers[0]}\r\n".encode())
        for answer in answers[1:]:
            lines.readline()
            peer.sendall(f"{answer}\r\n".encode())
        if then:
            then(peer)

    return talk


def read_mail(peer: socket.socket) -> None:
    seen = b""
    while not seen.endswith(b"\r\n.\r\n"):
        seen += peer.recv(65536)


def read_mail_then(answer: bytes) -> Talk:
    def talk(peer: socket.socket) -> None:
        read_mail(peer)
        peer.sendall(answer)

    return talk


UNTIL_DATA = ("220 hi", "250 hi", "250 ok", "250 ok", "354 go")


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4])
def test_early_hang_up_retries(steps: int) -> None:
    talk = talks(*UNTIL_DATA[:steps]) if steps else lambda peer: None
    with raw_server(talk) as port, pytest.raises(RetryLaterError):
        plain(port).send(FROM, TO, RAW)


def test_break_before_dot_retries() -> None:
    big = b"a" * 70 + b"\r\n"

    def hang_up(peer: socket.socket) -> None:
        peer.recv(1000)

    with raw_server(talks(*UNTIL_DATA, then=hang_up)) as port, pytest.raises(RetryLaterError):
        plain(port).send(FROM, TO, big * 200_000)


def test_lost_answer_is_unknown() -> None:
    with raw_server(talks(*UNTIL_DATA, then=read_mail)) as port, pytest.raises(OutcomeUnknownError):
        plain(port).send(FROM, TO, RAW)


def test_late_answer_is_unknown() -> None:
    done = threading.Event()

    def stay_silent(peer: socket.socket) -> None:
        read_mail(peer)
        done.wait(5)

    with raw_server(talks(*UNTIL_DATA, then=stay_silent)) as port:
        with pytest.raises(OutcomeUnknownError):
            plain(port, timeout_s=0.3).send(FROM, TO, RAW)
        done.set()


def test_odd_answer_is_unknown() -> None:
    with raw_server(talks(*UNTIL_DATA, then=read_mail_then(b"what?\r\n"))) as port, pytest.raises(OutcomeUnknownError):
        plain(port).send(FROM, TO, RAW)


def test_answered_end_is_known() -> None:
    with raw_server(talks(*UNTIL_DATA, then=read_mail_then(b"250 taken\r\n"))) as port:
        plain(port).send(FROM, TO, RAW)
    with raw_server(talks(*UNTIL_DATA, then=read_mail_then(b"421 closing\r\n"))) as port, pytest.raises(RetryLaterError):
        plain(port).send(FROM, TO, RAW)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (("554 no service",), RetryLaterError),
        (("421 busy",), RetryLaterError),
        (("220 hi", "250 hi", "452 full"), RetryLaterError),
        (("220 hi", "250 hi", "552 5.3.4 too large"), RejectedError),
        (("220 hi", "250 hi", "553 5.1.8 no such sender"), RetryLaterError),
        (("220 hi", "250 hi", "250 ok", "250 ok", "554 no", "250 bye"), RejectedError),
        (("220 hi", "250 hi", "250 ok", "250 ok", "451 later"), RetryLaterError),
        (("220 hi", "250 hi", "250 ok", "250 ok", "554 no"), RejectedError),
    ],
)
def test_each_step_can_refuse(answers: tuple[str, ...], error: type[KravbroError]) -> None:
    with raw_server(talks(*answers)) as port, pytest.raises(error):
        plain(port).send(FROM, TO, RAW)


def test_missing_server_retries() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(RetryLaterError):
            plain(free.getsockname()[1]).send(FROM, TO, RAW)
    with pytest.raises(RetryLaterError):
        Smtp("mail.invalid", 25, "none", timeout_s=1.0).send(FROM, TO, RAW)


@pytest.mark.parametrize(("answer", "named"), [("535 5.7.8 no", "--password-file"), ("534 too weak", "--user"), ("454 auth is down", "")])
def test_refused_login_waits(answer: str, named: str) -> None:
    hello = "250-hi\r\n250 AUTH PLAIN"
    with raw_server(talks("220 hi", hello, answer, answer)) as port, pytest.raises(RetryLaterError) as caught:
        plain(port, user="kravbro", password=PASSWORD).send(FROM, TO, RAW)
    assert named in caught.value.todo and bool(named) == bool(caught.value.todo)
    assert PASSWORD not in str(caught.value)
    assert "kravbro@" not in str(caught.value)


def test_login_not_offered_names_the_setting() -> None:
    with raw_server(talks("220 hi", "250 hi")) as port, pytest.raises(RetryLaterError, match="--user"):
        plain(port, user="kravbro", password=PASSWORD).send(FROM, TO, RAW)


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        (("554 no service",), "--host"),
        (("421 busy",), ""),
        (("220 hi", "250 hi", "553 5.1.8 no such sender"), "--from"),
        (("220 hi", "250 hi", "451 later"), ""),
        (("220 hi", "250 hi", "250 ok", "450 greylisted"), ""),
        (("220 hi", "250 hi", "250 ok", "530 login first"), "--user"),
    ],
)
def test_setting_is_named_where_it_is_one(answers: tuple[str, ...], named: str) -> None:
    with raw_server(talks(*answers)) as port, pytest.raises(RetryLaterError) as caught:
        plain(port).send(FROM, TO, RAW)
    assert named in caught.value.todo and bool(named) == bool(caught.value.todo)


def test_addresses_are_checked_before_a_byte() -> None:
    with pytest.raises(RetryLaterError, match="--from"):
        plain(1).send("nobody", TO, RAW)
    with pytest.raises(RejectedError):
        plain(1).send(FROM, "nobody", RAW)


def test_password_needs_encryption() -> None:
    with pytest.raises(ConfigError):
        Smtp("mail.example", 25, "none", "kravbro", PASSWORD)
    assert PASSWORD not in repr(Smtp("mail.example", 25, "tls", "kravbro", PASSWORD))


def test_unknown_security_is_refused() -> None:
    with pytest.raises(ConfigError, match="ssl3"):
        Smtp("mail.example", 25, "ssl3")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start + dt.timedelta(days=9))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(port: int, security: Any, certificate: Path | None) -> Smtp:
    context = ssl.create_default_context(cafile=certificate)
    return Smtp("localhost", port, security, "kravbro", PASSWORD, 2.0, context)


def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode())


def test_starttls_logs_in(certificate: Path) -> None:
    box = Box()
    options = {"tls_context": server_tls(certificate), "authenticator": knows, "auth_required": True}
    with mail_server(box, **options) as port:
        trusting(port, "starttls", certificate).send(FROM, TO, RAW)
    assert box.taken == [RAW]


def test_required_login_names_the_setting(certificate: Path) -> None:
    box = Box()
    with mail_server(box, tls_context=server_tls(certificate), authenticator=knows, auth_required=True) as port:
        right = trusting(port, "starttls", certificate)
        with pytest.raises(RetryLaterError, match="--user"):
            replace(right, user="", tls=right.tls).send(FROM, TO, RAW)
        with pytest.raises(RetryLaterError, match="--password-file"):
            replace(right, password="wrong").send(FROM, TO, RAW)
    assert not box.taken


def test_starttls_is_not_skipped() -> None:
    box = Box()
    with mail_server(box) as port, pytest.raises(RetryLaterError, match=r"STARTTLS.*--security"):
        trusting(port, "starttls", None).send(FROM, TO, RAW)
    assert not box.taken


def test_unknown_certificate_stops(certificate: Path) -> None:
    box = Box()
    with mail_server(box, tls_context=server_tls(certificate)) as port, pytest.raises(RetryLaterError):
        trusting(port, "starttls", None).send(FROM, TO, RAW)
    assert not box.taken


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_from_the_start(certificate: Path, trusted: bool) -> None:  # noqa: FBT001
    def talk(peer: socket.socket) -> None:
        try:
            with server_tls(certificate).wrap_socket(peer, server_side=True) as secure:
                talks("220 hi", "250-hi\r\n250 AUTH PLAIN", "235 in", *UNTIL_DATA[2:], then=read_mail_then(b"250 ok\r\n"))(secure)
        except (OSError, ssl.SSLError):
            pass

    with raw_server(talk) as port:
        smtp = trusting(port, "tls", certificate if trusted else None)
        if trusted:
            smtp.send(FROM, TO, RAW)
        else:
            with pytest.raises(RetryLaterError):
                smtp.send(FROM, TO, RAW)
