"""Delivery reports as mail servers send them; everything else is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dsn import DeliveryReport, read_report

HEAD = 'From: <>\r\nContent-Type: multipart/report; report-type="delivery-status"; boundary=b\r\n'


def report(*parts: str, head: str = HEAD) -> bytes:
    return (head + "\r\n" + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


def status(*recipients: str) -> str:
    return "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n" + "\r\n\r\n".join(recipients)


FAILED = "Final-Recipient: rfc822; k@example.com\r\nAction: failed\r\nStatus: 5.1.1"
DELAYED = "Final-Recipient: rfc822; k@example.com\r\nAction: delayed\r\nStatus: 4.2.2 (mailbox full)"
ORIGINAL = "Content-Type: message/rfc822\r\n\r\nMessage-ID:\r\n <abc@x.example>\r\nSubject: y\r\n\r\nHej"


def test_mail_that_came_back() -> None:
    assert read_report(report(status(FAILED), ORIGINAL)) == DeliveryReport(("abc@x.example",), "failed", "5.1.1")


def test_headers_alone_are_enough() -> None:
    headers = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <abc@x.example>\r\nSubject: y"
    assert read_report(report(status(FAILED), headers)) == DeliveryReport(("abc@x.example",), "failed", "5.1.1")


def test_without_the_mail_what_it_answers_counts() -> None:
    found = read_report(report(status(FAILED), head="References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\n" + HEAD))
    assert found is not None and found.message_ids == ("b@x", "a@x")


def test_returned_mail_names_itself_and_not_what_it_answers() -> None:
    found = read_report(report(status(FAILED), ORIGINAL, head="In-Reply-To: <other@x>\r\n" + HEAD))
    assert found is not None and found.message_ids == ("abc@x.example",)


@pytest.mark.parametrize(
    ("recipients", "fate", "code"),
    [
        ((DELAYED,), "delayed", "4.2.2"),
        ((DELAYED, FAILED), "failed", "5.1.1"),
        ((FAILED.replace("failed", "FAILED"),), "failed", "5.1.1"),
        ((FAILED.replace("failed", "relayed"),), "delivered", "5.1.1"),
        (("Action: failed\r\nStatus: nobody",), "failed", ""),
    ],
)
def test_fate_and_code(recipients: tuple[str, ...], fate: str, code: str) -> None:
    found = read_report(report(status(*recipients), ORIGINAL))
    assert found is not None and (found.fate, found.status) == (fate, code)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: Re: x\r\n\r\nI pay tomorrow.",
        report(ORIGINAL),
        report(status("Final-Recipient: rfc822; k@example.com\r\nAction: guessed")),
        HEAD.encode() + b"\r\nnot in parts",
        report(status(FAILED), head=HEAD.replace("report;", "mixed;")),
    ],
)
def test_no_report(raw: bytes) -> None:
    assert read_report(raw) is None


@given(st.binary(max_size=400))
def test_rubbish_never_breaks_it(rubbish: bytes) -> None:
    read_report(rubbish)
    read_report(HEAD.encode() + b"\r\n--b\r\n" + rubbish)
