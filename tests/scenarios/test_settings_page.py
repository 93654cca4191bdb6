"""An accountant opens the link that the operator made, changes settings in the form, and the company they are proved at is the tenant's own."""

import re

import pytest
from fastapi.testclient import TestClient

from commands.serve import application
from commands.wiring import open_app

SITE = "https://kravbro.example"


@pytest.fixture
def browser(story):
    """A browser of somebody who has the link and nothing more."""
    app = open_app()
    with TestClient(application(app), base_url=SITE) as client:
        yield client
    app.database.close()


def link(story):
    return story.type("tenants", "settings", "t", "--link", "--site", SITE).split()[0]


def seen(text):
    return re.search(r'name="seen" value="(\w+)"', text)[1]


def send(browser, address, **typed):
    return browser.post(address, data={"seen": seen(browser.get(address).text)} | {f"set-{name}": text for name, text in typed.items()})


def stored():
    return open_app().tenant("t").settings


def test_what_is_typed_is_what_the_next_run_has(story, browser):
    answer = send(browser, link(story), bank_accounts="1930", label="Krav")
    assert answer.status_code == 200 and "Sparat: Fortnox svarade" in answer.text
    assert (stored()["bank_accounts"], stored()["label"]) == ("1930", "Krav")
    assert "Krav" in story.type("tenants", "settings", "t")
    story.run()


def test_page_shows_the_connectors_own_words(story, browser):
    text = browser.get(link(story)).text
    assert "Inställningar för Björks Bageri AB" in text and "Bokföringen i Fortnox." in text and "client-secret" not in text
    assert "Accounts that are bank accounts: numbers and ranges." in text and "<code>book_payment</code>" in text


def test_opening_the_page_calls_no_vendor(story, browser):
    address = link(story)
    story.simulator.faults.arm("drop_before", times=1)
    assert browser.get(address).status_code == 200 and story.simulator.faults.armed[-1].times == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"bank_accounts": "19x"}, "bank_accounts: &#x27;19x&#x27; is no account and no range."),
        ({"label": ""}, "label: must have 1 to 25 characters."),
        ({"api_url": "https://evil.example"}, "api_url: changes by connecting again"),
        ({"tenant_id": "1002"}, "tenant_id: changes by connecting again"),
        ({"client_secret": "wrong"}, "the settings were not saved (invalid_client"),
        ({"colour": "red"}, "fortnox.colour: is no setting of this connector."),
    ],
)
def test_what_is_wrong_is_told_and_not_saved(story, browser, typed, says):
    before = stored()
    answer = send(browser, link(story), write_off_sign="minus", **typed)
    assert answer.status_code == 422 and says in answer.text and stored() == before


def test_new_secret_is_kept_once_it_works(story, browser):
    story.run()
    story.simulator.add_client("client", "new-secret", "http://localhost:8765/")
    answer = send(browser, link(story), client_secret="new-secret")
    assert answer.status_code == 200 and "new-secret" not in answer.text
    story.clock.advance(7200)
    story.run()


def test_link_of_this_morning_is_of_no_use_tonight(story, browser):
    address = link(story)
    story.clock.advance(3600)
    assert browser.get(address).status_code == 410 and browser.post(address, data={"set-label": "Krav"}).status_code == 410
    assert "label" not in stored()
