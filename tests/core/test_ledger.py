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
    FeeCharged,
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
    fee_charged,
    handover,
    moved,
    reduced,
    released,
    reverse,
    settlement_sums,
    signed_parts,
    too_much,
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


def test_too_much_pays_nothing():
    owed = claimed(Component.PRINCIPAL, sek(100), DAY, invoice_ref="17")
    paid = agency_payment(payment([(Component.PRINCIPAL, 130, "creditor")]), owed)
    assert balance([*owed, *paid, *too_much(sek(30), DAY, "17")], LedgerAccount.DEBTOR, "SEK") == sek(0)


def test_unbalanced_posting_is_refused():
    with pytest.raises(InvariantBrokenError, match="does not balance"):
        check_balanced([Entry(LedgerAccount.DEBTOR, Component.PRINCIPAL, sek(1), DAY, "lost")])


def test_components_balance_each():
    one = Entry(LedgerAccount.DEBTOR, Component.PRINCIPAL, sek(1), DAY, "mixed")
    other = Entry(LedgerAccount.CREDITOR, Component.INTEREST, sek(-1), DAY, "mixed")
    with pytest.raises(InvariantBrokenError):
        check_balanced([one, other])


FEE = FeeCharged("F1", Component.COLLECTION_COST, sek(180_00), DAY)


def demanded(entries):
    check_balanced(entries)
    return -balance(entries, LedgerAccount.CREDITOR, "SEK")


@pytest.mark.parametrize(("paid", "wanted"), [(100_00, 180_00), (180_00, 180_00), (250_00, 250_00)])
def test_fee_after_its_payment_is_demanded_once(paid, wanted):
    early = agency_payment(payment([(Component.COLLECTION_COST, paid, "agency")]), [])
    assert demanded(early + fee_charged(FEE, early)) == sek(wanted)


def test_two_fees_are_demanded_both():
    early = agency_payment(payment([(Component.COLLECTION_COST, 180_00, "agency")]), [])
    first = early + fee_charged(FEE, early)
    assert demanded(first + fee_charged(FEE, first)) == sek(360_00)


def test_interest_of_two_invoices_is_demanded_once():
    first = claimed(Component.INTEREST, sek(60_00), DAY)
    parts = [(Component.INTEREST, 60_00, "creditor"), (Component.INTEREST, 60_00, "creditor")]
    assert demanded(first + agency_payment(payment(parts), first)) == sek(120_00)


def test_release_leaves_nothing_demanded():
    claim = claimed(Component.PRINCIPAL, sek(100_00), DAY, invoice_ref="17") + claimed(Component.REMINDER_FEE, sek(60_00), DAY)
    entries = claim + direct_payment(sek(30_00), DAY, "17")
    gone = released(entries, DAY, "rejected")
    check_balanced(gone)
    assert balance(entries + gone, LedgerAccount.DEBTOR, "SEK") == sek(0)
    assert balance(entries + gone, LedgerAccount.DIRECT, "SEK") == sek(30_00)


def test_release_demands_no_overpayment_back():
    assert released(direct_payment(sek(30_00), DAY, "17"), DAY, "rejected") == []


def test_reversal_takes_from_a_settlement():
    parts = [
        (Component.PRINCIPAL, 100_00, "creditor"),
        (Component.REMINDER_FEE, 60_00, "creditor"),
        (Component.LEGAL_COST, 5_00, "authority"),
    ]
    one, back = payment(parts), PaymentReceived("R1", DAY, payment(parts).amount, payment(parts).allocations, reverses="P1")
    sums = {"principal": sek(100_00), "interest": sek(0), "creditor_fees": sek(60_00), "fees_kept": sek(5_00)}
    assert settlement_sums([one], "SEK") == sums
    assert signed_parts(back)[0].amount == sek(-100_00)
    assert set(settlement_sums([one, back], "SEK").values()) == {sek(0)}
