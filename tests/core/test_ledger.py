"""The ledger: every posting balances, and money is where it is said to be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claim import (
    Allocation,
    ClaimLine,
    Component,
    DebtorParty,
    InterestRule,
    Lifecycle,
    Party,
    PaymentReceived,
    Snapshot,
)
from core.errors import InvariantBrokenError
from core.ledger import (
    Entry,
    LedgerAccount,
    agency_payment,
    balance,
    check_balanced,
    claimed,
    direct_payment,
    handover,
    moved,
    reduced,
    reverse,
)
from core.model import Address, DebtorKind
from core.money import Money

DAY = date(2025, 5, 31)
PARTS = st.lists(
    st.tuples(st.sampled_from(list(Component)), st.integers(1, 10**9), st.sampled_from(["creditor", "agency", "authority"])), max_size=6
)


def sek(minor):
    return Money(minor, "SEK")


def payment(parts):
    allocations = tuple(Allocation(component, sek(minor), payee, "17") for component, minor, payee in parts)
    return PaymentReceived("P1", DAY, Money.sum((a.amount for a in allocations), "SEK"), allocations)


@given(PARTS)
def test_payments_always_balance(parts):
    entries = agency_payment(payment(parts), [])
    check_balanced(entries)
    got = balance(entries, LedgerAccount.IN_TRANSIT, "SEK") + balance(entries, LedgerAccount.KEPT, "SEK")
    assert got == payment(parts).amount


def test_example_of_the_bookings_sheet():
    claim = claimed(Component.PRINCIPAL, sek(12_500_00), DAY, invoice_ref="17")
    parts = [
        (Component.PRINCIPAL, 12_500_00, "creditor"),
        (Component.INTEREST, 100_00, "creditor"),
        (Component.COLLECTION_COST, 180_00, "agency"),
    ]
    entries = claim + agency_payment(payment(parts), claim)
    assert balance(entries, LedgerAccount.DEBTOR, "SEK") == sek(0)
    assert balance(entries, LedgerAccount.IN_TRANSIT, "SEK") == sek(12_600_00)
    assert balance(entries, LedgerAccount.KEPT, "SEK") == sek(180_00)


def test_interest_is_claimed_once():
    first = claimed(Component.INTEREST, sek(60_00), DAY)
    entries = first + agency_payment(payment([(Component.INTEREST, 100_00, "creditor")]), first)
    assert balance(entries, LedgerAccount.CREDITOR, "SEK", Component.INTEREST) == sek(-100_00)


def test_claimed_interest_covers_several_parts_once():
    first = claimed(Component.INTEREST, sek(100_00), DAY)
    entries = first + agency_payment(payment([(Component.INTEREST, 80_00, "creditor"), (Component.INTEREST, 80_00, "creditor")]), first)
    assert balance(entries, LedgerAccount.CREDITOR, "SEK", Component.INTEREST) == sek(-160_00)
    assert balance(entries, LedgerAccount.DEBTOR, "SEK", Component.INTEREST) == sek(0)


def test_handover_posts_a_claimed_figure():
    rule = InterestRule("statutory", "räntelag", "8.00", sek(12_34), DAY)
    assert balance(handover(claim(rule), DAY), LedgerAccount.DEBTOR, "SEK", Component.INTEREST) == sek(12_34)


def test_handover_posts_no_interest_by_rule():
    assert {entry.component for entry in handover(claim(InterestRule("statutory", "räntelag", "8.00")), DAY)} == {Component.PRINCIPAL}


def claim(rule):
    line = ClaimLine("17", "F17", DAY, DAY, sek(100_00), sek(100_00))
    debtor = DebtorParty("Kund AB", DebtorKind.BUSINESS, "", Address())
    return Snapshot("c", 1, Lifecycle.DRAFT, Party("B AB", "", Address()), (debtor,), "SEK", (line,), rule)


def test_principal_is_never_added_by_payment():
    entries = agency_payment(payment([(Component.PRINCIPAL, 50_00, "creditor")]), [])
    assert balance(entries, LedgerAccount.CREDITOR, "SEK") == sek(0)
    assert balance(entries, LedgerAccount.DEBTOR, "SEK") == sek(-50_00)


def test_booking_moves_to_clearing():
    part = Allocation(Component.PRINCIPAL, sek(100_00), "creditor", "17")
    entries = moved(LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING, part, DAY, "booked")
    assert balance(entries, LedgerAccount.CLEARING, "SEK") == sek(100_00)
    assert balance(entries, LedgerAccount.IN_TRANSIT, "SEK") == sek(-100_00)


def test_reversal_leaves_nothing():
    entries = direct_payment(sek(100_00), DAY, "17")
    both = entries + reverse(entries, DAY, "bounced")
    assert all(balance(both, account, "SEK") == sek(0) for account in LedgerAccount)


def test_nothing_makes_no_entry():
    assert claimed(Component.INTEREST, sek(0), DAY) == []


def test_credit_lowers_what_is_owed():
    entries = claimed(Component.PRINCIPAL, sek(100_00), DAY) + reduced(Component.PRINCIPAL, sek(40_00), DAY, "credited")
    assert balance(entries, LedgerAccount.DEBTOR, "SEK") == sek(60_00)


def test_unbalanced_posting_is_refused():
    with pytest.raises(InvariantBrokenError, match="does not balance"):
        check_balanced([Entry(LedgerAccount.DEBTOR, Component.PRINCIPAL, sek(1), DAY, "lost")])


def test_components_balance_each():
    one = Entry(LedgerAccount.DEBTOR, Component.PRINCIPAL, sek(1), DAY, "mixed")
    other = Entry(LedgerAccount.CREDITOR, Component.INTEREST, sek(-1), DAY, "mixed")
    with pytest.raises(InvariantBrokenError):
        check_balanced([one, other])
