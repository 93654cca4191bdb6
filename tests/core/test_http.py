"""The HTTP client: how often a read is tried, and how long it waits because it was asked to."""

from datetime import UTC, datetime

import pytest
import requests

from core.clock import FixedClock
from core.errors import OutcomeUnknownError, RetryLaterError
from core.http import READ_TRIES, HttpClient, redact

START = datetime(2025, 4, 15, tzinfo=UTC)


class Replies(requests.adapters.BaseAdapter):
    """Answers 200 to everything, and counts."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def send(self, request, **_):
        self.count += 1
        reply = requests.Response()
        reply.status_code, reply._content = 200, b"{}"
        return reply

    def close(self):
        pass


@pytest.fixture
def bench():
    replies, clock, session = Replies(), FixedClock(START), requests.Session()
    session.mount("https://", replies)
    client = HttpClient("Vendor", "https://vendor.example", clock=clock, session=session)

    def read(*after_s):
        asked = list(after_s)

        def check(answer):
            if asked:
                raise RetryLaterError("Vendor", "busy", after_s=asked.pop(0))
            return answer.status

        return client.read("GET", "/x", check=check)

    return read, replies, clock


def test_read_waits_as_asked(bench):
    read, replies, clock = bench
    assert read(7.0, 60.0) == 200
    assert (replies.count, (clock.now() - START).total_seconds()) == (3, 67.0)


def test_read_waits_no_longer_than_a_minute(bench):
    read, replies, clock = bench
    with pytest.raises(RetryLaterError, match="next run"):
        read(61.0)
    assert (replies.count, clock.now()) == (1, START)


def test_read_waits_longer_each_time_unasked(bench):
    read, replies, clock = bench
    assert read(None, None, None) == 200
    assert (replies.count, (clock.now() - START).total_seconds()) == (4, 1 + 2 + 4)


class Broken(Replies):
    """Breaks every connection."""

    def send(self, request, **_):
        raise requests.ConnectionError("https://key@vendor.example/secret")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://key:word@vendor.example/v2?token=x", "vendor.example:443"),
        ("http://vendor.example:8080", "vendor.example:8080"),
        ("https://vendor.example:wrong", ""),
    ],
)
def test_broken_connection_names_host_and_port_alone(url, where):
    session = requests.Session()
    session.mount("https://", Broken())
    session.mount("http://", Broken())
    client = HttpClient("Vendor", url, clock=FixedClock(START), session=session)
    at = f" at {where}" if where else ""
    with pytest.raises(RetryLaterError) as read:
        client.read("GET", "/companies/1", check=lambda answer: answer)
    assert read.value.reason in (f"ConnectionError{at}", f"InvalidURL{at}")
    with pytest.raises((OutcomeUnknownError, RetryLaterError)) as written:
        client.write("POST", "/companies/1")
    assert written.value.reason == read.value.reason


def test_read_gives_up_in_the_end(bench):
    read, replies, _ = bench
    with pytest.raises(RetryLaterError):
        read(*[None] * READ_TRIES)
    assert replies.count == READ_TRIES


@pytest.mark.parametrize(
    "number", ["19700101-2397", "700101-2397", "100170-2001", "1001702001", "10017020106", "100170 20106", "131052-308T", "131052A308T"]
)
def test_personal_numbers_of_four_countries_are_taken_out(number):
    assert redact(f"no debtor {number}.") == "no debtor •••."


@pytest.mark.parametrize("text", ["12500.00 kronor", "invoice 10421", "CVR 10000017", "version 20250415"])
def test_other_figures_stay(text):
    assert redact(text) == text
