"""The demo without a fault: nothing differs anywhere, and its Danish and Norwegian companies keep their law.

The same seed gives the same requests, and what happens to one invoice changes the story of that invoice alone.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from commands import demo
from commands.demo_story import COMPANIES, START
from commands.demo_world import World
from commands.wiring import open_app
from core.law import load_law
from core.store import claims
from tests.simulation import demo_law
from tests.simulation.demo_money import check_books_agree
from tests.simulation.evidence import books_of, requests_of
from tests.simulation.evidence import play as play_alone

COUNTRIES = pytest.mark.parametrize("country", ["DK", "NO"])

DAYS_ALONE = "100"
"""By then every country has claims that ended and settlements; what comes later is played under faults, and by `make demo`."""
DAYS = 26
"""How long it is played in this process, where something can be done to an invoice."""
TENANT = COMPANIES[0].tenant
ON_DAY = 12
"""When invoices that would go to the agency have had their reminder, and something happens to three of them instead."""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    return folder, play_alone(folder, "--days", DAYS_ALONE)


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


def pay(world, number):
    world.books[TENANT].company.pay_invoice(number)


def dispute(world, number):
    demo._type("claims", "dispute", number, "--tenant", TENANT, "--reason", "one pallet was broken")


def hold(world, number):
    demo._type("claims", "hold", number, "--tenant", TENANT, "--reason", "we talk")


EVENTS = {17: (pay, "nothing_open"), 14: (dispute, "held_dispute"), 18: (hold, "held_hold")}
"""By the story's place in the demo: what happens to its invoice, and the reason that is then told."""


def play(home, *, disturbed=False):
    """Live so many days; return the requests, how far each claim came, and by its place each invoice with what is explained of it."""
    with World(home, 1, faults=False, evidence=None) as world:
        demo._set_up(world)
        numbers = {place: world.refs[TENANT, place] for place in EVENTS}
        for count in range(DAYS):
            for place, (happens, _) in EVENTS.items() if disturbed and count == ON_DAY else ():
                happens(world, numbers[place])
            demo._live(world, START + timedelta(days=count))
        told = {
            place: ((TENANT, number), json.loads(demo._type("claims", "explain", number, "--tenant", TENANT, "--json")))
            for place, number in numbers.items()
        }
        app = open_app()
        with app.database.read() as connection:
            found = {
                (company.tenant, line.invoice_ref): str(claim.lifecycle)
                for company in COMPANIES
                for claim in claims.list_claims(connection, company.tenant)
                for line in claim.snapshot.lines
            }
        asked = {name: json.loads(json.dumps(system.simulator.log.rows)) for name, system in world.systems.items()}
        return asked, found, told


def play_apart(tmp_path_factory, *, disturbed):
    with pytest.MonkeyPatch.context() as patch:
        keep_environment(patch)
        return play(tmp_path_factory.mktemp("world"), disturbed=disturbed)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return play_apart(tmp_path_factory, disturbed=False)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    return play_apart(tmp_path_factory, disturbed=True)


def keep_environment(patch):
    for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL"):
        patch.setenv(name, "")  # the world sets them; this puts them back afterwards


@pytest.mark.slow
def test_same_seed_gives_the_same_requests(played, undisturbed):
    """For as long as it is played here, two processes ask the same at the same moments; afterwards the longer one goes on."""
    until = datetime.combine(START + timedelta(days=DAYS), datetime.min.time(), UTC).timestamp()
    for name, rows in undisturbed[0].items():
        alone = requests_of(played[0], name)
        assert len(rows) > 500
        assert rows == [row for row in alone if row["t"] < until] != alone


@pytest.mark.slow
def test_events_change_their_own_stories(undisturbed, disturbed):
    _, first, told = undisturbed
    changed = {invoice for invoice, _ in told.values()}
    assert changed <= first.keys()
    assert disturbed[1] == {key: value for key, value in first.items() if key not in changed}


@pytest.mark.slow
@pytest.mark.parametrize("place", EVENTS)
def test_event_is_its_storys_reason(disturbed, place):
    told = disturbed[2][place][1]
    assert [one["id"] for one in told["decision"]["reasons"]] == [EVENTS[place][1]]
    rules = {why["rule"] for line in told["timeline"] for why in line["why"]} | {one["rule"] for one in told["decision"]["reasons"]}
    assert rules - {None} <= set(load_law().rules)
    assert "SE.sequence.reminder" in rules


@pytest.mark.slow
def test_handover_names_its_rule_and_facts(undisturbed):
    told = undisturbed[2][17][1]
    (handover,) = [line for line in told["timeline"] if line["what"] == "submit_claim"]
    reasons = {why["id"]: why for why in handover["why"]}
    assert (
        reasons["letter_ran_out"]["facts"]["pay_by"]
        == next(line for line in told["timeline"] if line["what"] == "send_letter_email")["facts"]["pay_by"]
    )
    assert reasons["law"]["rule"] == "SE.sequence.handover"
    assert reasons["step"]["policy_line"]
