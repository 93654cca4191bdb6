"""The same seed gives the same requests; what happens to one invoice changes the story of that invoice alone."""

import json
from datetime import timedelta

import pytest

from commands import demo
from commands.demo_story import COMPANIES, START
from commands.demo_world import World
from commands.wiring import open_app
from core.store import claims

DAYS = 26
PAID = 17
"""The invoice that would go to the agency, and is paid instead."""


def play(home, *, paid_on=None):
    """Live so many days; return the requests, and how far each invoice came."""
    with World(home, 1, faults=False, evidence=None) as world:
        demo._set_up(world)
        number = world.numbers[COMPANIES[0].tenant, PAID]
        for count in range(DAYS):
            if count == paid_on:
                world.companies[COMPANIES[0].tenant].pay_invoice(number)
            demo._live(world, START + timedelta(days=count))
        app = open_app()
        with app.database.read() as connection:
            found = {
                (company.tenant, line.invoice_ref): str(claim.lifecycle)
                for company in COMPANIES
                for claim in claims.list_claims(connection, company.tenant)
                for line in claim.snapshot.lines
            }
        return [json.dumps(row) for row in world.fortnox.log.rows], found, (COMPANIES[0].tenant, number)


@pytest.mark.slow
def test_one_payment_changes_one_story(tmp_path, monkeypatch):
    for name in ("KRAVBRO_HOME", "KRAVBRO_CLOCK_FILE", "KRAVBRO_DATABASE_URL"):
        monkeypatch.setenv(name, "")  # the world sets them; this puts them back afterwards
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    first_log, first, _ = play(tmp_path / "a")
    again_log, again, _ = play(tmp_path / "b")
    assert again_log == first_log
    _, other, paid = play(tmp_path / "c", paid_on=12)
    assert paid in first
    assert other == {key: value for key, value in first.items() if key != paid}
    assert again == first
