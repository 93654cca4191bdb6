"""Payments that take each other back, whatever their order."""

from datetime import date

import pytest

from core.model import Payment, without_undone
from core.money import Money


def paid(ref, amount, account="1930"):
    return Payment(ref, "1", Money.parse(amount, "SEK"), date(2025, 4, 10), booked=True, account=account)


STANDS = {
    "the last before it": ([("a", "5"), ("b", "5"), ("back", "-5"), ("c", "5")], ["a", "c"]),
    "one after it, where none is before": ([("back", "-5"), ("a", "5"), ("b", "5")], ["b"]),
    "one of its account": ([("a", "5"), ("b", "5", "1689"), ("back", "-5")], ["b"]),
    "one of another, where its own has none": ([("a", "5", "1689"), ("back", "-5")], []),
    "none of another amount": ([("a", "4"), ("back", "-5")], ["a", "back"]),
    "each once": ([("a", "5"), ("back", "-5"), ("again", "-5")], ["again"]),
}


@pytest.mark.parametrize(("found", "stands"), STANDS.values(), ids=STANDS)
def test_payment_that_was_taken_back_is_left_out(found, stands):
    assert [one.source_ref for one in without_undone([paid(*one) for one in found], lambda one: one)] == stands
