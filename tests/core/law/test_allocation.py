"""Where a payment goes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.law import Debt, allocate, load_law
from core.money import Money
from tests.core.law.words import plain

LAW = load_law()
OLD = Debt("1", date(2026, 1, 1), Money(60_00, "SEK"), Money(5_00, "SEK"), Money(100_00, "SEK"))
NEW = Debt("2", date(2026, 2, 1), Money(0, "SEK"), Money(1_00, "SEK"), Money(200_00, "SEK"))


def shares(minor, *debts, designated=(), country="SE"):
    found = allocate(LAW, country, Money(minor, "SEK"), debts, designated)
    plain(found.rules)
    return [(one.ref, one.component, one.amount.minor) for one in found.shares]


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
def test_costs_and_interest_come_first(country):
    assert shares(70_00, OLD, country=country) == [("1", "cost", 60_00), ("1", "interest", 5_00), ("1", "principal", 5_00)]


def test_oldest_debt_comes_first():
    assert shares(166_00, NEW, OLD) == [
        ("1", "cost", 60_00), ("1", "interest", 5_00), ("1", "principal", 100_00), ("2", "interest", 1_00),
    ]  # fmt: skip


def test_debtors_word_comes_before_that():
    assert shares(10_00, OLD, NEW, designated=("2",)) == [("2", "interest", 1_00), ("2", "principal", 9_00)]


def test_word_about_two_debts_keeps_its_order():
    assert [one[0] for one in shares(202_00, OLD, NEW, designated=("2", "1"))] == ["2", "2", "1"]


def test_word_is_told_with_its_rule():
    plain = allocate(LAW, "SE", Money(1, "SEK"), [OLD])
    assert [rule.id for rule in plain.rules] == ["SE.payment.order"]
    assert plain.rules[0].sentence.endswith("goes to cost, then interest, then principal, the oldest debt first.")
    told = allocate(LAW, "SE", Money(1, "SEK"), [OLD], ["1"])
    assert [rule.id for rule in told.rules] == ["SE.payment.designated", "SE.payment.order"]


def test_too_much_stays_the_debtors():
    found = allocate(LAW, "SE", Money(166_00, "SEK"), [OLD])
    assert (found.too_much, found.rules[-1].id) == (Money(1_00, "SEK"), "SE.payment.overpaid")


def test_exact_payment_leaves_nothing():
    found = allocate(LAW, "SE", Money(165_00, "SEK"), [OLD])
    assert (found.too_much.minor, [rule.id for rule in found.rules]) == (0, ["SE.payment.order"])


AMOUNTS = st.integers(0, 10**6).map(lambda minor: Money(minor, "SEK"))
DEBTS = st.lists(
    st.builds(Debt, st.sampled_from("abc"), st.dates(), AMOUNTS, AMOUNTS, AMOUNTS), max_size=3, unique_by=lambda debt: debt.ref
)


@given(AMOUNTS, DEBTS, st.lists(st.sampled_from("abc"), max_size=2))
def test_shares_add_up_to_the_payment(payment, debts, designated):
    found = allocate(LAW, "DK", payment, debts, designated)
    assert Money.sum((one.amount for one in found.shares), "SEK") + found.too_much == payment
    owed = {debt.ref: debt.cost + debt.interest + debt.principal for debt in debts}
    assert all(Money.sum((one.amount for one in found.shares if one.ref == ref), "SEK") <= owed[ref] for ref in owed)
