"""A connected tenant's settings on the command line: shown from the connector's data, and changed only where the company stays the same."""

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest

from commands import changing
from commands.wiring import open_app
from core.store import tenants
from core.store.tenants import change_tenant
from simulators import kit
from simulators.paper import PaperSimulator
from tests.story import ON_BOTH, START, moment

SITE = "https://kravbro.example"


def settings(story, *more, code=0):
    return story.type("tenants", "settings", "t", *more, code=code)


def stored():
    return open_app().tenant("t").settings


def secrets():
    app = open_app()
    with app.database.read() as connection:
        return tenants.read_secrets(connection, "tenant t", "connector", tenants.owner_vault(app.vault, app.tenant("t")))


def test_every_setting_is_shown_and_no_secret(story):
    rows = {row["name"]: row for row in json.loads(settings(story, "--json"))["settings"]}
    assert (rows["tenant_id"]["value"], rows["tenant_id"]["fixed"], rows["label"]["value"]) == ("1001", True, "Inkasso")
    assert (rows["client_secret"]["value"], rows["client_secret"]["kept"]) == (None, True)
    assert "client_secret" in (text := settings(story)) and "client-secret" not in text


@ON_BOTH
def test_change_is_kept_and_the_rest_stays(story):
    before = stored()
    assert "saved" in settings(story, "--set", "bank_accounts=1930", "--set", "label=Krav")
    assert stored() == {**before, "bank_accounts": "1930", "label": "Krav"} and secrets() == {"client_secret": "client-secret"}
    story.run()


def test_same_value_is_no_change(story):
    before = stored()
    assert "nothing was changed" in settings(story, "--set", "label=Inkasso", "--set", "tenant_id=1001")
    assert stored() == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("bank_accounts=x", "fortnox.bank_accounts: 'x' is no account"),
        ("mark=paint", "Use one of external_reference, label"),
        ("colour=red", "has no setting 'colour'"),
        ("client_secret=x", "is secret"),
        ("label=a\tb", "can't be seen"),
    ],
)
def test_wrong_value_changes_nothing(story, given, says):
    before = stored()
    assert says in settings(story, "--set", "bank_accounts=1930", "--set", given, code=2)
    assert stored() == before


@pytest.mark.parametrize("name", ["client_id", "tenant_id", "auth", "scope", "api_url", "apps_url", "payment_mode"])
def test_what_says_which_books_changes_by_connecting_alone(story, name):
    before = stored()
    assert "Use `kravbro connect` for fortnox with --tenant t" in settings(story, "--set", f"{name}=1", code=2)
    assert stored() == before


def test_secret_is_proved_before_it_is_kept(story):
    story.run()  # a token is stored that is still good
    (story.home / "new").write_text("new-secret")
    assert "not saved (invalid_client" in settings(story, "--secret-file", str(story.home / "new"), code=2)
    assert secrets() == {"client_secret": "client-secret"}
    story.simulator.add_client("client", "new-secret", "http://localhost:8765/")
    assert "saved" in settings(story, "--secret-file", str(story.home / "new"))
    assert secrets() == {"client_secret": "new-secret"}


def test_silent_vendor_leaves_all_as_it_was(story):
    before = stored()
    story.simulator.faults.arm("drop_before", times=20)
    said = settings(story, "--set", "label=Krav")
    assert "the settings are as they were" in said and stored() == before


def test_other_books_of_the_same_number_are_refused(story):
    app = open_app()
    company = app.tenant("t").company
    with app.database.write() as connection:
        change_tenant(connection, "t", company=replace(company, remote_id="1000"))
    assert "other books of Björks Bageri AB" in settings(story, "--set", "label=Krav", code=2)
    assert "label" not in stored()


def test_key_of_another_company_is_refused(story):
    simulator = PaperSimulator(clock=story.clock)
    for key, org_no in (("a-key", "10000009"), ("b-key", "10000017")):
        simulator.add_company(key, f"Firmaet {key} ApS", org_no, "DK", "DKK", iban="DK5000400440116243", email="b@firmaet.example")
        (story.home / key).write_text(key)
    with kit.Served(simulator) as served:
        given = ("--set", f"api_url={served.url}", "--secret-file", str(story.home / "a-key"))
        story.type("connect", "paper", "--tenant", "dk", "--org-no", "10000009", *given)
        said = story.type("tenants", "settings", "dk", "--secret-file", str(story.home / "b-key"), code=2)
        assert "paper.api_key: these books belong to Firmaet b-key ApS" in said
        assert "saved" in story.type("tenants", "settings", "dk", "--secret-file", str(story.home / "a-key"))


def test_paused_tenant_is_not_reached(story):
    app = open_app()
    with app.database.write() as connection:
        change_tenant(connection, "t", state="paused", pause_reason="it was disconnected: connect it again")
    assert "it is paused: it was disconnected" in settings(story, "--set", "label=Krav", code=2)


@ON_BOTH
def test_change_meanwhile_is_not_overwritten(story, monkeypatch):
    reach = changing.reach

    def slow(app, *rest):
        with app.database.write() as connection:
            change_tenant(connection, "t", settings={**app.tenant("t").settings, "label": "Annan"})
        return reach(app, *rest)

    monkeypatch.setattr(changing, "reach", slow)
    assert "changed meanwhile" in settings(story, "--set", "label=Krav", code=2)
    assert stored()["label"] == "Annan"


def test_link_needs_a_site_over_tls(story):
    assert "where `kravbro serve` is reached" in settings(story, "--link", code=2)
    for site in ("http://kravbro.example", "http://127.0.0.1.example", "kravbro.example", "https://kravbro.example/?a=1"):
        assert "over TLS" in settings(story, "--link", "--site", site, code=2)
    assert settings(story, "--link", "--site", f"{SITE}/").startswith(f"{SITE}/settings/t/")


def test_link_says_until_when(story):
    found = json.loads(settings(story, "--link", "--site", SITE, "--json"))
    assert moment(START, 6) <= datetime.fromisoformat(found["until"]) < moment(START, 7)
    assert re.search("Good until 06:[0-9]{2} CEST: whoever", settings(story, "--link", "--site", SITE))


def test_site_of_the_mails_is_the_links(story):
    mail = ("--host", "127.0.0.1", "--port", str(story.smtp_port), "--security", "none", "--from", "a@bjorks.example")
    story.type("tenants", "mail", "t", *mail, "--site", SITE)
    assert settings(story, "--link").startswith(f"{SITE}/settings/t/")
