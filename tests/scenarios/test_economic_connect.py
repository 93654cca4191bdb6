"""Connecting a company in e-conomic: the browser's road, a grant that was revoked, and the guided check of a trial agreement."""

import json
import re
import webbrowser

import pytest
import requests

from commands.wiring import open_app
from core.store import tenants
from tests.books import CVR
from tests.story import free_port

OTHER_CVR = "25313763"


@pytest.fixture
def story(danish):
    danish.connect()
    return danish


@pytest.fixture
def browser(monkeypatch):
    """A browser in which the administrator grants access to the first agreement on the page, or to another."""
    opened = []

    def approve(address):
        session = requests.Session()
        page = session.get(address, timeout=5)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text.replace("&amp;", "&")))
        form = {**fields, "agreement": opened.agreement, "decision": "approve"}
        done = session.post(page.url.partition("?")[0], data=form, timeout=5)
        opened.append((address, done.url, done.text))

    class Browser(list):
        agreement = "1001"

    opened = Browser()
    monkeypatch.setattr(webbrowser, "open", approve)
    return opened


def connect(story, tenant, *more, org_no=CVR, code=0, urls=True):
    url = story.url
    given = {"rest_url": url, "apis_url": url, "secure_url": url, "app_public_token": "public"} if urls else {}
    options = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    files = ("--secret-file", str(story.home / "secret"), "--port", str(free_port()))
    return story.type("connect", "economic", "--tenant", tenant, "--org-no", org_no, *options, *files, *more, code=code)


def secrets_of(tenant_id):
    app = open_app()
    tenant = app.tenant(tenant_id)
    with app.database.read() as connection:
        return tenants.read_secrets(connection, f"tenant {tenant_id}", "connector", tenants.owner_vault(app.vault, tenant))


def test_browser_brings_the_grant(story, browser):
    story.simulator.add_agreement(1002, "Anden Bager ApS", OTHER_CVR)
    browser.agreement = "1002"
    said = connect(story, "anden", org_no=OTHER_CVR)
    assert "Anden Bager ApS is connected" in said and story.simulator.grant("public", 1002) not in said
    ((started, ended, page),) = browser
    assert started in said and "token" not in ended and "<h1>Connected" in page
    tenant = open_app().tenant("anden")
    assert (tenant.settings["agreement_number"], tenant.country, tenant.currency) == ("1002", "DK", "DKK")
    assert secrets_of("anden") == {"app_secret_token": "app-secret", "grant_token": story.simulator.grant("public", 1002)}
    assert tenant.books_setup.clearing == "5690" and tenant.books_setup.receivable == "5600"


def test_browser_shows_a_wrong_company(story, browser):
    story.simulator.add_agreement(1002, "Anden Bager ApS", OTHER_CVR)
    browser.agreement = "1002"
    assert "belong to Anden Bager ApS" in connect(story, "x", code=2)
    assert "<h1>Not connected" in browser[0][2]
    assert [one["id"] for one in json.loads(story.type("tenants", "list", "--json"))["tenants"]] == ["t"]


def test_kept_grant_needs_no_browser(story, browser):
    assert "t: Bjørns Bageri ApS is connected" in connect(story, "t", urls=False)
    assert browser == []


def test_revoked_grant_pauses_and_is_given_anew(story, browser):
    story.simulator.revoke("public", 1001)
    assert "kravbro connect economic" in story.type("run", "--tenant", "t", code=1)
    assert open_app().tenant("t").state == "paused"
    assert "It runs again" in connect(story, "t", urls=False)
    assert len(browser) == 1
    story.run()


def test_grant_of_another_agreement_is_refused(story):
    story.simulator.add_agreement(1002, "Bjørns Bageri ApS", CVR)
    (story.home / "grant").write_text(story.simulator.grant("public", 1002))
    before = secrets_of("t")
    assert "of agreement 1002, not 1001" in connect(story, "t", "--grant-file", str(story.home / "grant"), code=2)
    assert secrets_of("t") == before


def test_without_public_token_the_file_is_told_of(story):
    url = story.url
    options = ("--set", f"rest_url={url}", "--set", f"apis_url={url}")
    said = connect(story, "x", *options, org_no=OTHER_CVR, code=2, urls=False)
    assert "app_public_token" in said and "--grant-file" in said


def test_bad_grant_file_is_said(story):
    (story.home / "grant").write_text("wrong")
    assert "was not connected" in connect(story, "x", "--grant-file", str(story.home / "grant"), org_no=OTHER_CVR, code=2)


def test_doctor_sees_the_agreement(story):
    story.company.book_bank("2025-04-14", "Gebyr", "-2")
    assert "Bjørns Bageri ApS" in story.type("doctor", "--tenant", "t")


def test_settings_change_and_the_grant_stays(story):
    before = secrets_of("t")
    assert "saved" in story.type("tenants", "settings", "t", "--set", "mark=none", "--set", "versions=journalsapi=v15.0.0")
    assert open_app().tenant("t").settings["mark"] == "none" and secrets_of("t") == before
    (story.home / "other").write_text("other-secret")
    assert "not saved" in story.type("tenants", "settings", "t", "--secret-file", str(story.home / "other"), code=2)
    assert secrets_of("t") == before
