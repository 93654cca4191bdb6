"""The same seed gives the same requests; what happens to one invoice changes the story of that invoice alone."""

import json
from datetime import timedelta

import pytest

from commands import demo
from commands.demo_story import COMPANIES, START
from commands.demo_world import World
from commands.wiring import open_app
from core.law import load_law
from core.store import claims

DAYS = 26
TENANT = COMPANIES[0].tenant
INDEX = 17
"""The invoice that would go to the agency, and is paid, disputed or held instead, after its reminder."""
ON_DAY = 12


def pay(world, number):
    world.companies[TENANT].pay_invoice(number)


def dispute(world, number):
    demo._type("claims", "dispute", number, "--tenant", TENANT, "--reason", "one pallet was broken")


def hold(world, number):
    demo._type("claims", "hold", number, "--tenant", TENANT, "--reason", "we talk")


def play(home, happens=None):
    """Live so many days; return the requests, how far each claim came, the invoice and what is explained of it."""
    with World(home, 1, faults=False, evidence=None) as world:
        demo._set_up(world)
        number = world.numbers[TENANT, INDEX]
        for count in range(DAYS):
            if count == ON_DAY and happens:
                happens(world, number)
            demo._live(world, START + timedelta(days=count))
        told = json.loads(demo._type("claims", "explain", number, "--tenant", TENANT, "--json"))
        app = open_app()
        with app.database.read() as connection:
            found = {
                (company.tenant, line.invoice_ref): str(claim.lifecycle)
                for company in COMPANIES
                for claim in claims.list_claims(connection, company.tenant)
                for line in claim.snapshot.lines
            }
        return [json.dumps(row) for row in world.fortnox.log.rows], found, (TENANT, number), told


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        keep_environment(patch)
        return play(tmp_path_factory.mktemp("undisturbed"))


def keep_environment(patch):
    for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL"):
        patch.setenv(name, "")  # the world sets them; this puts them back afterwards


@pytest.mark.slow
def test_same_seed_gives_the_same_requests(undisturbed, tmp_path, monkeypatch):
    keep_environment(monkeypatch)
    assert play(tmp_path)[0] == undisturbed[0]


@pytest.mark.slow
@pytest.mark.parametrize(("happens", "reason"), [(pay, "nothing_open"), (dispute, "held_dispute"), (hold, "held_hold")])
def test_one_event_changes_one_story(undisturbed, tmp_path, monkeypatch, happens, reason):
    keep_environment(monkeypatch)
    _, first, invoice, _ = undisturbed
    _, other, _, told = play(tmp_path, happens)
    assert invoice in first
    assert other == {key: value for key, value in first.items() if key != invoice}
    assert [one["id"] for one in told["decision"]["reasons"]] == [reason]
    rules = {why["rule"] for line in told["timeline"] for why in line["why"]} | {one["rule"] for one in told["decision"]["reasons"]}
    assert rules - {None} <= set(load_law().rules)
    assert "SE.sequence.reminder" in rules


@pytest.mark.slow
def test_handover_names_its_rule_and_facts(undisturbed):
    told = undisturbed[3]
    (handover,) = [line for line in told["timeline"] if line["what"] == "submit_claim"]
    reasons = {why["id"]: why for why in handover["why"]}
    assert (
        reasons["letter_ran_out"]["facts"]["pay_by"]
        == next(line for line in told["timeline"] if line["what"] == "send_letter_email")["facts"]["pay_by"]
    )
    assert reasons["law"]["rule"] == "SE.sequence.handover"
    assert reasons["step"]["policy_line"]
