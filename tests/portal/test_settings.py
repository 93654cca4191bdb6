"""The form of a connector's settings: made from its data, opened by a link that ends, saved only where everything is right."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from core.capabilities import tables
from core.clock import FixedClock
from core.errors import ConfigError, LoginExpiredError, RetryLaterError
from core.ports import Setting
from core.store.announcements import Announced, seal_link
from core.store.database import Database
from core.store.links import SETTINGS_LIFE, seal_settings_link
from core.store.migrate import upgrade
from core.store.tenants import add_tenant, change_tenant, get_tenant, owner_vault
from core.vault import Vault
from core.writes import Delivery
from portal.app import create_app
from portal.settings import BODY_BYTES_MAX, Connectors
from tests.portal.seed import NOW

SETTINGS = (
    Setting("shelf", "Where <b>books</b> stand; see `kravbro connect`.", required=True),
    Setting("shelf_key", "The key to them.", required=True, secret=True),
    Setting("colour", "Colour of a mark.", default="red", choices=("red", "blue")),
    Setting("accounts", "Bank accounts.", default="1930"),
    Setting("house_url", "Where the house is.", default="https://house.example", fixed=True),
    Setting("seal", "Fetched when connecting.", secret=True, fixed=True),
)
ONCE = Delivery("look_up", absent_after_s=120, remains="A second <one>.")
DELIVERIES = {"book_payment": ONCE, "mark_invoice": ONCE, "print_reminder": Delivery("at_most_once", remains="Nobody can tell.")}
BOOKS = SimpleNamespace(NAME="Hylla & Co", SETTINGS=SETTINGS, DELIVERIES=DELIVERIES)
SITE = "https://kravbro.example"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
"""What a browser says of a form on a page of ours, whose referrer policy hides the origin."""


class Form(HTMLParser):
    """What a browser would send if the button were pressed, and the attributes of each field."""

    def __init__(self, text):
        super().__init__()
        self.values, self.fields, self.select = {}, {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag in ("input", "select") and "name" in found:
            self.fields[found["name"]] = found
            self.select = found["name"] if tag == "select" else ""
            if "disabled" not in found:
                self.values[found["name"]] = found.get("value", "")
        elif tag == "option" and "selected" in found and "disabled" not in self.fields[self.select]:
            self.values[self.select] = None

    def handle_data(self, data):
        if self.values.get(self.select, "") is None:
            self.values[self.select] = data


class World:
    """A tenant in each country whose books are on a shelf, and what was asked of its connector."""

    def __init__(self, folder):
        self.clock, self.vault = FixedClock(NOW), Vault(b"k" * 32)
        self.database = Database(f"sqlite:///{folder / 'settings.db'}")
        self.changes, self.refusal = [], None
        upgrade(self.database)
        with self.database.write() as connection:
            for country in ("SE", "DK", "NO", "FI"):
                made = {"id": country.lower(), "name": f"Bok & <{country}>", "connector": "shelf", "org_no": "1", "currency": "SEK"}
                add_tenant(connection, self.vault, **made, country=country, now=NOW)
                change_tenant(connection, country.lower(), settings={"shelf": 'A"><i>', "accounts": "1940"})
        self.client = TestClient(create_app(self.database, self.vault, self.clock, connectors=Connectors(self.load, self.change)), SITE)

    def load(self, name):
        if name != "shelf":
            raise ConfigError(f"connector {name}", "it is not installed", "Install its package.")
        return BOOKS

    def change(self, tenant_id, given):
        self.changes.append((tenant_id, dict(given)))
        if self.refusal:
            raise self.refusal
        with self.database.write() as connection:
            kept = get_tenant(connection, tenant_id).settings
            change_tenant(connection, tenant_id, settings={**kept, **{name: text for name, text in given.items() if name != "shelf_key"}})
            return get_tenant(connection, tenant_id)

    def vault_of(self, tenant_id):
        with self.database.read() as connection:
            return owner_vault(self.vault, get_tenant(connection, tenant_id))

    def link(self, tenant_id="se"):
        return f"/settings/{tenant_id}/{seal_settings_link(self.vault_of(tenant_id), self.clock.now())}"

    def form(self, link):
        return Form(self.client.get(link).text)

    def send(self, link, headers=OURS, **typed):
        """Type into the form and press its button."""
        values = self.form(link).values | {f"set-{name}": text for name, text in typed.items()}
        return self.client.post(link, data=values, headers=headers)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.database.close()


def test_every_setting_has_its_field(world):
    text, fields = world.client.get(world.link()).text, world.form(world.link()).fields
    assert [f"set-{one.name}" in fields for one in SETTINGS] == [True] * len(SETTINGS)
    for one in SETTINGS:
        assert f'<label for="set-{one.name}">{one.name.replace("_", " ").capitalize()} <code>{one.name}</code>' in text
        assert fields[f"set-{one.name}"]["aria-describedby"] == f"set-{one.name}-help"
    assert (
        "Colour of a mark." in text and "Standard: <code>red</code>" in text and text.count("(måste anges)") == 1
    )  # shelf: the key is kept


def test_form_holds_what_holds(world):
    assert {name: text for name, text in world.form(world.link()).values.items() if name != "seen"} == {
        "set-shelf": 'A"><i>', "set-shelf_key": "", "set-colour": "red", "set-accounts": "1940",
    }  # fmt: skip


def test_words_of_data_are_text(world):
    text = world.client.get(world.link()).text
    assert (
        "Bok &amp; &lt;SE&gt;" in text
        and "Hylla &amp; Co" in text
        and "Where &lt;b&gt;books&lt;/b&gt; stand; see <code>kravbro connect</code>." in text
    )
    assert not re.search(r"<b>|<i>|<SE>|<one>", text)


def test_what_is_fixed_cannot_be_typed(world):
    fields = world.form(world.link()).fields
    assert [name for name, field in fields.items() if "disabled" in field] == ["set-house_url", "set-seal"]
    world.refusal = ConfigError("shelf.house_url", "changes by connecting again, and in no other way", "Use `kravbro connect`.")
    answer = world.send(world.link(), house_url="https://evil.example")
    assert answer.status_code == 422 and "house_url: changes by connecting again" in answer.text


def test_table_is_the_readmes(world):
    cells = re.findall(r"<td[^>]*>(.*?)</td>", world.client.get(world.link()).text)
    assert cells == [
        "<code>book_payment</code>, <code>mark_invoice</code>",
        "En gång: blir svaret borta slås det upp innan något skickas igen.<br><code>look_up, after 120 s</code>",
        "A second &lt;one&gt;.",
        "<code>print_reminder</code>",
        "Högst en gång: blir svaret borta frågas en person.<br><code>at_most_once</code>",
        "Nobody can tell.",
    ]
    assert "| `book_payment`, `mark_invoice` | look_up, after 120 s | A second <one>. |" in tables(BOOKS)[1]


@pytest.mark.parametrize(
    ("tenant", "lang", "title", "ends"),
    [
        ("se", "sv", "Inställningar för", "11:00"),
        ("dk", "da", "Indstillinger for", "11:00"),
        ("no", "nb", "Innstillinger for", "11:00"),
        ("fi", "fi", "Asetukset:", "12:00"),
    ],
)
def test_frame_is_in_the_words_of_the_country(world, tenant, lang, title, ends):
    text = world.client.get(world.link(tenant)).text
    assert f'<html lang="{lang}">' in text and f"<h1>{title}" in text and ends in text


def test_only_what_is_new_is_saved(world):
    answer = world.send(world.link(), colour="blue", accounts=" 1940 ", shelf_key="")
    assert (answer.status_code, world.changes) == (200, [("se", {"colour": "blue"})])
    assert "Sparat: Hylla &amp; Co svarade" in answer.text and "<option selected>blue" in answer.text


def test_new_secret_is_handed_on_and_never_shown(world):
    answer = world.send(world.link(), shelf_key="n3w-key")
    assert world.changes == [("se", {"shelf_key": "n3w-key"})] and "n3w-key" not in answer.text
    world.refusal = ConfigError("shelf.shelf_key", "these books belong to another", "Give the right key.")
    answer = world.send(world.link(), shelf_key="n3w-key")
    assert answer.status_code == 422 and "n3w-key" not in answer.text


def test_nothing_new_asks_nobody(world):
    assert "Inget var ändrat." in world.send(world.link()).text and world.changes == []


def test_opening_the_page_asks_nobody(world):
    world.client.get(world.link())
    assert world.changes == []


def test_wrong_value_is_told_at_its_field(world):
    world.refusal = ConfigError("shelf.accounts", "'19<x' is no account", "Write for instance 1930.")
    answer = world.send(world.link(), accounts="19<x", colour="blue")
    at = answer.text.index("accounts: &#x27;19&lt;x&#x27; is no account. Write for instance 1930.")
    assert answer.text.index('id="set-accounts"') < at < answer.text.index("<button>") and "Inget är sparat." in answer.text
    assert (answer.status_code, Form(answer.text).values["set-accounts"], Form(answer.text).values["set-colour"]) == (422, "19<x", "blue")
    assert world.form(world.link()).values["set-accounts"] == "1940"


@pytest.mark.parametrize(
    ("refusal", "status", "says"),
    [
        (RetryLaterError("Hylla", "no answer", then="the settings are as they were"), 503, "Hylla could not answer"),
        (LoginExpiredError("Hylla", "invalid_client"), 422, "no longer lets us in"),
        (ConfigError("tenant se", "it is paused", "See what to do."), 422, "tenant se: it is paused. See what to do."),
    ],
)
def test_refusal_is_told_above_the_form(world, refusal, status, says):
    world.refusal = refusal
    answer = world.send(world.link(), colour="blue")
    assert answer.status_code == status and says in answer.text.partition("<form")[0]


def test_form_of_older_settings_saves_nothing(world):
    link = world.link()
    old = world.form(link).values
    world.send(link, colour="blue")
    answer = world.client.post(link, data=old | {"set-accounts": "1950"}, headers=OURS)
    assert (answer.status_code, len(world.changes)) == (409, 1) and "någon annan ändrade" in answer.text
    assert world.send(link, accounts="1950").status_code == 200


def test_link_ends_after_its_hour(world):
    link = world.link()
    world.clock.moment = NOW + SETTINGS_LIFE - timedelta(seconds=1)
    assert world.client.get(link).status_code == 200
    world.clock.moment = NOW + SETTINGS_LIFE
    for answer in (world.client.get(link), world.client.post(link, data={"set-colour": "blue"})):
        assert answer.status_code == 410 and "Länken har gått ut." in answer.text and "<form" not in answer.text
    assert world.changes == []


@pytest.mark.parametrize(
    "altered",
    [
        lambda link: link.replace("/se/", "/dk/"),
        lambda link: link.replace("/se/", "/nobody/"),
        lambda link: link[:-3] + ("AAA" if link[-3:] != "AAA" else "BBB"),
        lambda link: "/settings/se/%00",
        lambda link: "/settings/se/AAAA",
    ],
)
def test_link_that_is_not_ours_opens_nothing(world, altered):
    link = altered(world.link())
    for answer in (world.client.get(link), world.client.post(link, data={"set-colour": "blue"})):
        assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)
    assert world.changes == []


def test_link_that_stops_a_handover_opens_no_settings(world):
    stop = seal_link(world.vault_of("se"), Announced("1", "nord", NOW.date(), NOW.date()))
    assert world.client.get(f"/settings/se/{stop}").status_code == 404
    assert world.client.get(world.link().replace("/settings/", "/stop/")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_form_from_another_site_saves_nothing(world, headers):
    answer = world.send(world.link(), headers, colour="blue")
    assert (answer.status_code, world.changes) == (403, []) and "annan webbplats" in answer.text


@pytest.mark.parametrize("headers", [OURS, {"Origin": "null"}, {"Origin": SITE}, {}])
def test_form_of_our_own_page_is_taken(world, headers):
    assert world.send(world.link(), headers, colour="blue").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (urlencode({"set-colour": "x" * BODY_BYTES_MAX}), 413),
        ("&".join(f"set-{number}=1" for number in range(300)), 400),
        ("set-colour=%ff", 400),
        ("set-colour", 400),
        (b"\x00\xff", 400),
    ],
)
def test_body_that_cannot_be_read_saves_nothing(world, body, status):
    answer = world.client.post(world.link(), content=body, headers=OURS | {"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, world.changes) == (status, []) and "för stort eller går inte att läsa" in answer.text


def test_page_runs_nothing_and_tells_nobody_its_address(world):
    headers = world.client.get(world.link()).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "form-action 'self'; frame-ancestors 'none'" in policy
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert not re.search(r"<script| style=| on\w+=", world.client.get(world.link()).text)


def test_connector_that_is_gone_is_one_sentence(world):
    with world.database.write() as connection:
        change_tenant(connection, "se", connector="gone")
    answer = world.client.get(world.link())
    assert answer.status_code == 503 and "kan inte visas nu" in answer.text


def test_without_connectors_there_are_no_settings(world):
    client = TestClient(create_app(world.database, world.vault, world.clock))
    assert client.get(world.link()).status_code == 404
