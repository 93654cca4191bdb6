"""What a client's own text says of paying, and what only looks like it."""

import pytest

from letters.own_text import find_payment


@pytest.mark.parametrize(
    "text",
    [
        "Betala till bankgiro 5050-1055", "till 5050\u20131055, inte till kontot nedan", "till 5050 1055", "till 5050 \u2212 1055", "till 50501055",
        "till 5050\u200b\u20111055", "\uff15\uff10\uff15\uff10-1055", "Swish 123 456 78 90", "Swish 1234567890", "plusgiro 12 34 56-7", "pg 1234 - 5",
        "SE35 5000 0000 0549 1000 0003", "konto 1234.56.78901", "+71<123456789012347+81234567<", "Tel. 08-123 45 67 5050-1055",
        "Betala bara 500:-", "500 :\u2013", "500,-", "Det räcker med 500 kr.", "bara 1 200,50 kronor", "Kun kr 500", "NOK 1.200", "\u20ac5", "5 \u20ac",
    ],
)  # fmt: skip
def test_account_or_amount_is_found(text):
    assert find_payment(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ring 08-123 45 67.", "Ring 070\u2013123 4567", "Ring 0701234567", "Ring +46 (0)8-123 45 67", "Ring (08) 123 45 67", "Ring 08/123 45 67",
        "Stängt 2025-12-24, 2025-12-31 och 2026-01-01", "Öppet 8.00\u201316.30, kl 9-17", "Kr. himmelsfärdsdag är den 29 maj", "Krav: se sidan 2",
        "Vi har gjort bröd sedan 1987.", "Storgatan 5, 111 22 Stockholm", "12 kronblad", "Ring 0512 - 123 45",
    ],
)  # fmt: skip
def test_telephone_days_and_addresses_are_none(text):
    assert find_payment(text) == ""
