"""The demo without a fault: nothing differs anywhere, and its Danish and Norwegian companies keep their law."""

import pytest

from tests.simulation import demo_law
from tests.simulation.demo_money import check_books_agree
from tests.simulation.evidence import books_of, play

COUNTRIES = pytest.mark.parametrize("country", ["DK", "NO"])

DAYS = "100"
"""By then every country has claims that ended and settlements; what comes later is played under faults, and by `make demo`."""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    return folder, play(folder, "--days", DAYS)


@pytest.mark.slow
def test_nothing_differs_without_faults(played):
    figures = played[1]
    assert figures["differences"] == figures["uncertain"] == figures["rate_limited"] == figures["faults_injected"] == 0
    assert figures["ledger_balanced"]


@pytest.mark.slow
@COUNTRIES
def test_every_story_is_told(played, country):
    its = played[1]["by_country"][country]
    assert its["invoices_seen"] >= 17 and its["direct_payments_reported"] == its["tenants"]
    assert min(its["reminders_sent"], its["claims_handed_over"], its["claims_closed"], its["payments_booked"]) >= 5


@pytest.mark.slow
def test_books_and_agency_agree(played):
    for books in books_of(played[0]):
        check_books_agree(played[0], books)


@pytest.mark.slow
@COUNTRIES
@pytest.mark.parametrize("check", ["notice_before_handover", "letters_speak", "letter_fees", "agency_costs"])
def test_law_is_kept(played, country, check):
    getattr(demo_law, f"check_{check}")(played[0], country)
