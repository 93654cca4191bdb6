"""A history out of a file: both forms say the same, and a mistake is told with its place."""

import json
from datetime import date

import pytest

from core.errors import ConfigError
from core.history import read_history
from core.model import DebtorKind
from core.money import Money

INVOICE = {
    "number": "17", "debtor": "3", "debtor_kind": "business", "currency": "SEK", "total": "1250.00", "issued_on": "2024-04-05",
    "due_on": "2024-05-05", "payments": [{"on": "2024-05-09", "amount": "1000.00"}, {"on": "2024-06-01", "amount": "250.00"}],
}  # fmt: skip
HEAD = "number,debtor,debtor_kind,currency,total,issued_on,due_on,paid_on,paid\n"
ROW = "17,3,business,SEK,1250.00,2024-04-05,2024-05-05,"


def as_json(*invoices):
    return json.dumps({"invoices": invoices})


def test_json_and_csv_say_the_same():
    (past,) = read_history(as_json(INVOICE), "h.json")
    assert [past] == read_history(f"{HEAD}{ROW}2024-05-09,1000.00\n{ROW}2024-06-01,250.00\n", "h.csv")
    assert (past.total, past.debtor_kind, past.settled_on) == (Money(1250_00, "SEK"), DebtorKind.BUSINESS, date(2024, 6, 1))


def test_unpaid_invoice_has_an_empty_payment():
    (past,) = read_history(f"{HEAD}{ROW},\n", "h.csv")
    assert past.payments == ()


@pytest.mark.parametrize(
    ("text", "place", "wrong"),
    [
        (as_json({**INVOICE, "total": "12.345"}), "h, invoice 17", "more digits"),
        (as_json({**INVOICE, "total": "-1.00"}), "h, invoice 17", "not above zero"),
        (as_json(INVOICE, INVOICE), "h, invoice 17", "there twice"),
        (as_json({**INVOICE, "due": "x"}), "h", "invoices.1.due"),
        ("{", "h", "the file"),
        ("[]", "h", "the file"),
        (as_json({**INVOICE, "payments": [{"on": "9999-12-31", "amount": "1.00"}]}), "h", "invoices.1.payments.1.on"),
        (f"{HEAD}17,3,business,SEK,1250.00,0001-01-01,2024-05-05,,\n", "h, invoice 17", "issued_on"),
        ("number,debtor\n", "h:1", "debtor_kind is missing"),
        (f"{HEAD}{ROW}2024-05-09,\n", "h:2", "its day and its amount"),
        (f"{HEAD}{ROW},\n17,4,business,SEK,1250.00,2024-04-05,2024-05-05,,\n", "h:3", "told otherwise above"),
        (f"{HEAD}17,3,firm,SEK,1250.00,2024-04-05,2024-05-05,,\n", "h, invoice 17", "debtor_kind"),
    ],
)
def test_mistake_is_told_with_its_place(text, place, wrong):
    with pytest.raises(ConfigError) as caught:
        read_history(text, "h")
    assert str(caught.value).startswith(f"{place}: ")
    assert wrong in str(caught.value)


@pytest.mark.parametrize("text", ["null", "[]"])
def test_file_that_is_called_json_is_read_as_that(text):
    with pytest.raises(ConfigError, match="the file"):
        read_history(text, "h.json")
    with pytest.raises(ConfigError, match="the column number is missing"):
        read_history("null", "h.csv")
