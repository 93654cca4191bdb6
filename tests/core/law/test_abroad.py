"""Debtors abroad: whose law, which amounts, which road."""

import pytest

from core.law import european_order, governing_law, load_law
from core.model import DebtorKind
from tests.core.law.words import plain

LAW = load_law()


def governing(home, abroad, debtor):
    found = governing_law(LAW, home, abroad, debtor)
    plain([found.rule])
    return (found.country, found.fixed_amounts, found.rule.id)


def test_neighbours_share_a_law():
    assert governing("SE", "SE", DebtorKind.CONSUMER) == ("SE", True, "SE.abroad.same")


def test_consumer_owes_by_the_own_law():
    assert governing("SE", "DK", DebtorKind.CONSUMER) == ("DK", True, "SE.abroad.home_law")


@pytest.mark.parametrize("debtor", [DebtorKind.BUSINESS, DebtorKind.SOLE_TRADER, DebtorKind.PUBLIC])
def test_trader_owes_by_the_sellers_law(debtor):
    assert governing("SE", "DK", debtor) == ("SE", False, "SE.abroad.creditor_law")


def test_unknown_law_is_a_persons():
    assert governing("SE", "DE", DebtorKind.CONSUMER) == (None, False, "SE.abroad.no_tables")


@pytest.mark.parametrize(
    ("home", "abroad", "open_"),
    [("SE", "FI", True), ("SE", "DE", True), ("SE", "DK", False), ("DK", "SE", False), ("SE", "NO", False), ("SE", "SE", False)],
)
def test_european_order_leaves_denmark_out(home, abroad, open_):
    found, rule = european_order(LAW, home, abroad)
    plain([rule])
    assert (found, rule.id) == (open_, f"{home}.abroad.{'european_order' if open_ else 'no_european_order'}")
