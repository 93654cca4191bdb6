"""Limitation: where it runs from, what starts it anew in which country, and what proof that takes."""

from datetime import date

import pytest

from core.law import Interruption, InterruptionKind, limitation, limitation_ends, load_law
from core.model import DebtorKind
from tests.core.law.words import plain

LAW = load_law()
START = date(2020, 3, 1)
DUE = date(2020, 4, 1)
KINDS = {
    "SE": set(InterruptionKind),
    "DK": {"acknowledgement", "written_acknowledgement", "settlement", "legal_step", "judgment"},
    "NO": {"acknowledgement", "written_acknowledgement", "settlement", "interest_payment", "legal_step"},
    "FI": set(InterruptionKind) - {"judgment"},
}


def ends(country, *interruptions, debtor=DebtorKind.BUSINESS):
    return limitation_ends(LAW, debtor, START, interruptions, country=country, due_on=DUE)


def event(kind, on=date(2022, 5, 5), **changes):
    return Interruption(InterruptionKind(kind), on, **{"proof_of_receipt": True, **changes})


@pytest.mark.parametrize(
    ("country", "end"),
    [("SE", date(2030, 3, 1)), ("DK", date(2023, 4, 1)), ("NO", date(2023, 4, 1)), ("FI", date(2023, 4, 1)), ("EU", date(2023, 4, 1))],
)
def test_period_runs_from_origin_or_due_day(country, end):
    assert ends(country) == end


def test_unknown_due_day_is_the_origin():
    assert limitation_ends(LAW, DebtorKind.BUSINESS, START, country="DK") == date(2023, 3, 1)


@pytest.mark.parametrize("country", ["DK", "NO", "FI"])
def test_consumer_lives_no_shorter_abroad(country):
    assert ends(country, debtor=DebtorKind.CONSUMER) == ends(country)


@pytest.mark.parametrize("country", KINDS)
@pytest.mark.parametrize("kind", list(InterruptionKind))
def test_what_interrupts_differs(country, kind):
    assert (ends(country, event(kind)) > ends(country)) is (kind in KINDS[country])


@pytest.mark.parametrize("kind", ["written_acknowledgement", "settlement", "judgment"])
def test_danish_claim_that_is_recognised_lives_ten_years(kind):
    assert ends("DK", event(kind)) == date(2032, 5, 5)
    assert ends("DK", event("acknowledgement")) == date(2025, 5, 5)


def test_weaker_event_shortens_nothing():
    assert ends("DK", event("judgment"), event("acknowledgement", date(2023, 1, 1))) == date(2032, 5, 5)


@pytest.mark.parametrize("country", ["SE", "FI"])
def test_letter_needs_proof_of_receipt(country):
    assert ends(country, event("demand", proof_of_receipt=False)) == ends(country)


def test_dropped_step_does_not_count():
    assert ends("DK", event("legal_step", pursued=False)) == ends("DK")


def rules(country, *interruptions):
    found = limitation(LAW, DebtorKind.BUSINESS, START, interruptions, country=country, due_on=DUE)
    return [rule.id for rule in plain(found.rules)]


def test_each_interruption_is_explained():
    events = (
        event("legal_step", date(2022, 1, 1), pursued=False), event("reminder", date(2021, 1, 1)), event("acknowledgement"),
        event("acknowledgement", date(2026, 1, 1)),
    )  # fmt: skip
    assert rules("DK", *events) == [
        "DK.limitation.ends", "DK.limitation.not_counted", "DK.limitation.not_pursued", "DK.limitation.counts", "DK.limitation.too_late",
    ]  # fmt: skip
    assert rules("SE", event("demand", proof_of_receipt=False)) == ["SE.limitation.ends", "SE.limitation.no_proof"]


def test_answer_names_its_rows():
    found = limitation(LAW, DebtorKind.BUSINESS, START, [event("judgment"), event("settlement")], country="DK", due_on=DUE)
    assert [row.key for row in found.rows] == ["DK.limitation.general", "DK.limitation.recognised"]
    assert found.rules[0].sentence.startswith("The claim lives until 2032-05-05: 3 years, reckoned from 2020-04-01")


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


def test_consumer_is_presumed_to_buy_privately():
    assert limitation(LAW, DebtorKind.CONSUMER, START).ends_on == date(2023, 3, 1)
