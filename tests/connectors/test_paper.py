"""What the contract suite does not ask of the connector for paper books: its settings, its numbers, its odd answers."""

from datetime import date

import pytest

from connectors.paper import client as client_module
from connectors.paper.mapping import parse_debtor, parse_invoice
from connectors.paper.settings import read_settings
from core.errors import ConfigError, RejectedError, RetryLaterError
from core.model import Problem
from core.writes import LOCKED_PERIOD
from tests.connectors.paper_contract import PaperBench

GOOD = {"api_url": "http://127.0.0.1:8183", "api_key": "k"}
DEBTOR = {
    "no": "1", "name": "Kunde", "kind": "business", "identity_no": "10000017", "email": "", "phone": "", "e_invoice": False, "active": True,
    "line1": "", "postcode": "", "city": "", "country": "DK",
}  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    return PaperBench(tmp_path, country="DK")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"api_key": ""}, "paper.api_key: is missing"), ({"colour": "red"}, "paper.colour: is no setting"), ({"api_url": "http://books.example"}, "paper.api_url"),
        ({"api_url": "ftp://127.0.0.1"}, "paper.api_url"), ({"payment_mode": "a b"}, "paper.payment_mode"),
    ],
)  # fmt: skip
def test_wrong_setting_is_said(given, said):
    with pytest.raises(ConfigError, match=said):
        read_settings(GOOD | given)


def test_good_settings_are_read():
    assert read_settings(GOOD | {"api_url": "https://books.example/"}).api_url == "https://books.example"
    assert "k" not in repr(read_settings(GOOD)).partition("api_url")[0]


@pytest.mark.parametrize(
    ("given", "number", "language"),
    [
        ({}, "10000017", "da"), ({"identity_no": "10000018"}, "", "da"), ({"identity_no": ""}, "", "da"),
        ({"country": "NO", "identity_no": "910 000 012"}, "910000012", "no"), ({"country": "DE", "identity_no": "DE1"}, "", "en"),
        ({"kind": "consumer", "identity_no": "100170-2001"}, "1001702001", "da"), ({"country": "SE", "identity_no": "556036-0793"}, "5560360793", "sv"),
    ],
)  # fmt: skip
def test_number_is_checked_by_country(given, number, language):
    debtor = parse_debtor(DEBTOR | given)
    assert (debtor.identity_no, debtor.language) == (number, language)
    assert bool(debtor.identity_note) == (not number)


def test_unreadable_row_says_no_names():
    found = parse_debtor(DEBTOR | {"kind": "friend"})
    assert isinstance(found, Problem) and found.raw_ref == "1" and "Kunde" not in found.message
    assert isinstance(parse_invoice({"no": "7"}, detailed=True), Problem)
    assert isinstance(parse_invoice([], detailed=True), Problem)


def test_locked_period_has_the_engines_name(bench):
    write = bench.write("book_voucher")
    bench.company.locked_until = date(2025, 4, 30)
    with pytest.raises(RejectedError) as told:
        bench.connector.send(write, bench.connector.prepare(write, "k"), "k")
    assert told.value.code == LOCKED_PERIOD
    assert bench.connector.locked_until() == date(2025, 4, 30)


def test_list_that_does_not_end_is_not_whole(bench, monkeypatch):
    for _ in range(3):
        bench.add_invoice()
    monkeypatch.setattr(client_module, "PAGE_SIZE", 1)
    monkeypatch.setattr(client_module, "PAGE_COUNT_MAX", 2)
    with pytest.raises(RetryLaterError, match="without an end"):
        list(bench.connector.list_open_invoices())


@pytest.mark.parametrize("content", [b"<html>404</html>", b"[]"])
def test_another_servers_404_is_an_outage(bench, content, monkeypatch):
    monkeypatch.setattr(bench.simulator, "_serve", lambda _: ((404, content), None))
    with pytest.raises(RetryLaterError):
        bench.connector.get_invoice("1")


def test_book_shows_where_bookings_go(bench):
    setup = bench.connector.propose_books_setup(date(2025, 4, 15))
    assert (setup.receivable, setup.clearing, setup.loss, setup.mode) == ("5600", "5690", "3680", "KB")
