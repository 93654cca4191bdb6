"""Waiting times and limitation."""

from datetime import date

import pytest

from core.law import Interruption, InterruptionKind, demand_deadline, limitation_ends, load_law
from core.model import DebtorKind

LAW = load_law()
START = date(2020, 3, 1)


@pytest.mark.parametrize(
    ("sent", "deadline"),
    [
        (date(2025, 5, 5), date(2025, 5, 13)),  # 8 days decide: six bank days end on the 13th too
        (date(2025, 6, 16), date(2025, 6, 25)),  # Midsummer Eve closes the banks: receipt 18, then 19, 23, 24, 25
        (date(2025, 12, 19), date(2026, 1, 5)),  # receipt 23 December, then 29, 30, 2 and 5 January
        (date(2025, 5, 9), date(2025, 5, 19)),  # 8 days end on Saturday the 17th and move on
    ],
)
def test_demand_gives_enough_days(sent, deadline):
    assert demand_deadline(LAW, sent) == deadline


def test_slow_mail_moves_the_deadline():
    assert demand_deadline(LAW, date(2025, 5, 5), receipt_bank_days=5) == date(2025, 5, 16)


def test_quick_mail_keeps_eight_days():
    assert demand_deadline(LAW, date(2025, 5, 5), receipt_bank_days=0) == date(2025, 5, 13)


def test_claim_lives_ten_years():
    assert limitation_ends(LAW, DebtorKind.BUSINESS, START) == date(2030, 3, 1)


def test_consumer_claim_lives_three_years():
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START) == date(2023, 3, 1)


def test_consumer_loan_lives_ten_years():
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, private_supply=False) == date(2030, 3, 1)


def test_leap_day_ends_on_the_28th():
    assert limitation_ends(LAW, DebtorKind.CONSUMER, date(2024, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize("kind", [InterruptionKind.PAYMENT, InterruptionKind.ACKNOWLEDGEMENT])
def test_payment_starts_it_anew(kind):
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [Interruption(kind, date(2022, 5, 5))]) == date(2025, 5, 5)


@pytest.mark.parametrize("kind", [InterruptionKind.REMINDER, InterruptionKind.DEMAND])
def test_received_letter_starts_it_anew(kind):
    letter = Interruption(kind, date(2022, 5, 5), proof_of_receipt=True)
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [letter]) == date(2025, 5, 5)


@pytest.mark.parametrize("kind", [InterruptionKind.REMINDER, InterruptionKind.DEMAND])
def test_letter_without_proof_does_not(kind):
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [Interruption(kind, date(2022, 5, 5))]) == date(2023, 3, 1)


def test_interruption_too_late_does_not():
    late = Interruption(InterruptionKind.PAYMENT, date(2023, 3, 2))
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [late]) == date(2023, 3, 1)


def test_interruption_on_last_day_counts():
    last = Interruption(InterruptionKind.PAYMENT, date(2023, 3, 1))
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [last]) == date(2026, 3, 1)


def test_interruptions_chain_in_any_order():
    chain = [Interruption(InterruptionKind.PAYMENT, day) for day in (date(2024, 1, 1), date(2022, 1, 1))]
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, chain) == date(2027, 1, 1)


def test_legal_step_counts_from_its_end():
    step = Interruption(InterruptionKind.LEGAL_STEP, date(2022, 5, 5), ended_on=date(2023, 6, 6))
    assert limitation_ends(LAW, DebtorKind.CONSUMER, START, [step]) == date(2026, 6, 6)
