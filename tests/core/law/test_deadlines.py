"""Waiting times of letters."""

from datetime import date

import pytest

from core.law import demand_deadline, letter_deadline, load_law

LAW = load_law()


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


@pytest.mark.parametrize(
    ("country", "kind", "sent", "deadline"),
    [
        ("DK", "notice", date(2026, 3, 9), date(2026, 3, 19)),
        ("DK", "notice", date(2026, 3, 23), date(2026, 4, 7)),  # 2 April is Maundy Thursday, then Easter
        ("DK", "demand", date(2026, 3, 9), date(2026, 3, 19)),
        ("NO", "notice", date(2026, 3, 2), date(2026, 3, 16)),
        ("NO", "demand", date(2026, 3, 7), date(2026, 3, 23)),  # 14 days end on a Saturday
        ("FI", "demand", date(2026, 3, 2), date(2026, 3, 16)),
        ("EU", "demand", date(2026, 3, 2), date(2026, 3, 16)),
        ("SE", "notice", date(2026, 3, 2), date(2026, 3, 2)),  # no time of its own
        ("SE", "notice", date(2026, 3, 7), date(2026, 3, 9)),
    ],
)
def test_letters_of_others_give_enough_days(country, kind, sent, deadline):
    assert letter_deadline(LAW, kind, sent, country=country) == deadline


def test_demand_deadline_is_the_countrys():
    assert demand_deadline(LAW, date(2026, 3, 2), country="FI") == date(2026, 3, 16)
    assert letter_deadline(LAW, "demand", date(2026, 3, 2)) == demand_deadline(LAW, date(2026, 3, 2)) == date(2026, 3, 10)


def test_receipt_counts_in_sweden_only():
    assert letter_deadline(LAW, "demand", date(2026, 3, 2), country="FI", receipt_bank_days=60) == date(2026, 3, 16)
