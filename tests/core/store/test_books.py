"""Snapshots of the books: what changed is written, what did not is not, and a list row forgets no details."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.model import Invoice, InvoiceKind
from core.money import Money
from core.store import books

SEK = Money(125_00, "SEK")


def invoice(ref="1", **more):
    given = {"number": ref, "kind": InvoiceKind.INVOICE, "debtor_ref": "K1", "debtor_name": "Kund", "total": SEK, "open": SEK,
             "issued_on": date(2025, 3, 1), "due_on": date(2025, 4, 1)}  # fmt: skip
    return Invoice(source_ref=ref, **(given | more))


def save(database, now, *seen):
    with database.write() as connection:
        changed = books.changed_invoices(connection, "a", seen)
        books.save_invoices(connection, "a", changed, now)
        return [one.source_ref for one in changed]


def test_only_what_changed_is_written(database, now):
    assert save(database, now, invoice("1"), invoice("2")) == ["1", "2"]
    assert save(database, now, invoice("1"), invoice("2", open=Money(1, "SEK"))) == ["2"]
    with database.read() as connection:
        assert books.find_invoice(connection, "a", "2").open == Money(1, "SEK")
        assert books.find_invoice(connection, "b", "2") is None


def test_list_row_keeps_details(database, now):
    detailed = replace(invoice(), detailed=True)
    save(database, now, detailed)
    assert save(database, now + timedelta(days=1), invoice()) == []
    assert save(database, now + timedelta(days=1), invoice(due_on=date(2025, 5, 1))) == ["1"]


@pytest.mark.parametrize("count", [0, 1, 1201])
def test_finds_many_by_id(database, now, count):
    save(database, now, *(invoice(str(number)) for number in range(count)))
    with database.read() as connection:
        assert len(books.find_invoices(connection, "a", {str(number) for number in range(count)} | {"x"})) == count


def test_knows_what_is_open(database, now):
    save(database, now, invoice("1"), invoice("2", open=Money(0, "SEK")))
    with database.read() as connection:
        assert books.open_refs(connection, "a") == {"1"}
