"""What stands against collecting: each thing beside the case in which it does not."""

from dataclasses import replace
from datetime import date

import pytest

from core.law import Circumstances, Interruption, InterruptionKind, bars, load_law
from core.model import DebtorKind
from core.money import Money
from tests.core.law.words import plain

LAW = load_law()
ON = date(2026, 6, 30)
PLAIN = Circumstances()


def sek(text):
    return Money.parse(text, "SEK")


def found(what=PLAIN, open_="1000", country="SE", on=ON, debtor=DebtorKind.CONSUMER):
    answer = bars(LAW, country, debtor, what, open_principal=sek(open_), on=on, due_on=date(2023, 8, 1))
    plain(bar.rule for bar in answer)
    return [(bar.rule.id.partition(".")[2], bar.forbids) for bar in answer]


def test_plain_claim_has_no_bar():
    assert found() == []


@pytest.mark.parametrize(
    ("change", "bar"),
    [
        ({"minor": True}, ("collect.minor", True)),
        ({"deceased": True}, ("collect.deceased", True)),
        ({"insolvent": True}, ("collect.insolvent", True)),
        ({"stop_asked": True}, ("collect.stop_asked", True)),
        ({"protected_identity": True}, ("collect.protected", False)),
    ],
)
@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
def test_person_stands_against_it(country, change, bar):
    assert found(replace(PLAIN, **change), country=country) == [bar]


@pytest.mark.parametrize(("disputed", "forbids"), [("999.99", False), ("1000", True), ("1200", True)])
def test_dispute_of_the_whole_forbids(disputed, forbids):
    assert found(Circumstances(disputed=sek(disputed))) == [("collect.disputed", forbids)]


def test_dispute_of_nothing_is_none():
    assert found(Circumstances(disputed=sek("0"))) == []


@pytest.mark.parametrize(("open_", "bar"), [("0.99", [("collect.small", True)]), ("1.00", []), ("0", [])])
def test_trifle_is_not_chased(open_, bar):
    assert found(open_=open_) == bar


def test_trifle_is_told_with_its_limit():
    answer = bars(LAW, "SE", DebtorKind.CONSUMER, PLAIN, open_principal=sek("0.50"), on=ON)
    assert answer[0].rule.sentence == "0.50 SEK is less than 1.00 SEK: it is not chased."


# The claim of 2023-07-15 dies on 2026-07-15 in Sweden; a person is asked in its last 90 days.
@pytest.mark.parametrize(
    ("on", "bar"),
    [
        (date(2026, 4, 16), []), (date(2026, 4, 17), [("limitation.near", False)]), (date(2026, 7, 15), [("limitation.near", False)]),
        (date(2026, 7, 16), [("limitation.passed", True)]),
    ],
)  # fmt: skip
def test_dying_claim_is_told(on, bar):
    assert found(Circumstances(originated_on=date(2023, 7, 15)), on=on) == bar


def test_other_debtors_claims_live_longer():
    what = Circumstances(originated_on=date(2023, 7, 15))
    assert found(what, on=date(2026, 7, 16), debtor=DebtorKind.BUSINESS) == []
    assert found(replace(what, private_supply=False), on=date(2026, 7, 16)) == []


def test_due_day_counts_in_denmark():
    assert found(Circumstances(originated_on=date(2023, 7, 15)), country="DK", on=date(2026, 8, 1)) == [("limitation.near", False)]


def test_interrupted_claim_lives_on():
    paid = (Interruption(InterruptionKind.PAYMENT, date(2025, 1, 1)),)
    assert found(Circumstances(originated_on=date(2023, 7, 15), interruptions=paid), on=date(2026, 7, 16)) == []
