"""Connecting a company: nothing is stored before it is the right one, and the browser's road works as printed."""

import json
import subprocess
import sys
import webbrowser
from html.parser import HTMLParser
from pathlib import Path
from queue import Queue

import pytest
import requests
from click.testing import CliRunner

from cli import cli
from commands.connected import check_org_no
from commands.wiring import open_app
from core.store import people, tenants
from tests.story import ORG_NO, free_port

OTHER_NO = "556012-5790"
ROOT = Path(__file__).parent.parent.parent


class Page(HTMLParser):
    """The hidden fields of the consent page."""

    def __init__(self, text):
        super().__init__()
        self.fields = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input":
            self.fields[found["name"]] = found["value"]


class Browser(list):
    """The addresses that were opened, the company the administrator approves, and the last page."""

    company = "1002"

    def __init__(self):
        super().__init__()
        self.pages = Queue()


@pytest.fixture
def browser(monkeypatch):
    """A browser whose administrator approves a company, after a stranger's answer."""
    opened = Browser()

    def approve(address):
        opened.append(address)
        page = Page(requests.get(address, timeout=5).text)
        if requests.get(page.fields["redirect_uri"], params={"state": "wrong", "code": "x"}, timeout=5).status_code != 400:
            return  # a stranger's answer was taken
        done = requests.post(address.partition("?")[0], data=page.fields | {"tenant": opened.company, "decision": "approve"}, timeout=5)
        opened.pages.put(done.text)

    monkeypatch.setattr(webbrowser, "open", approve)
    return opened


@pytest.fixture
def connect(story):
    """Type `connect fortnox`, by the browser on a free port that is registered; there is a second company, `OTHER_NO`."""
    port = free_port()
    story.simulator.add_company(1002, "Annan AB", OTHER_NO)
    story.simulator.consent("client", 1002)
    story.simulator.add_client("client", "client-secret", f"http://localhost:{port}/")

    def connect(tenant, *more, org_no=ORG_NO, code=0):
        url = story.url
        urls = ("--set", f"api_url={url}", "--set", f"apps_url={url}", "--set", "client_id=client")
        secret = ("--secret-file", str(story.home / "secret"), "--port", str(port))
        return story.type("connect", "fortnox", "--tenant", tenant, "--org-no", org_no, *urls, *secret, *more, code=code)

    return connect


def tenant(tenant_id="t"):
    return open_app().tenant(tenant_id)


def test_browser_finds_the_tenant_id(connect, browser):
    said = connect("new", org_no=OTHER_NO)
    assert len(browser) == 1 and f"here:\n{browser[0]}\nThis waits 5 minutes for it.\n" in said
    assert "<h1>Connected" in browser.pages.get(timeout=5)
    assert (tenant("new").settings["tenant_id"], tenant("new").settings.get("auth")) == ("1002", None)
    app = open_app()
    assert app.tokens(tenant("new")).get().refresh == ""  # by client credentials
    assert app.connector(tenant("new")).get_company().remote_id == "1002"


@pytest.mark.parametrize("number", ["5566778", "556677-88991", "1234", "nobody"])
def test_number_with_a_slip_opens_no_browser(connect, browser, number):
    said = connect("new", org_no=number, code=2)
    assert "--org-no: no company in Sweden, Denmark, Norway or Finland" in said and number not in said and browser == []


@pytest.mark.parametrize("number", ["556677-8899", "16556677-8899", "10150817", "923609016", "0112038-9"])
def test_number_of_each_country_is_taken(number):
    check_org_no(number)


def test_given_tenant_id_needs_no_browser(connect, browser):
    connect("new", "--set", "tenant_id=1002", org_no=OTHER_NO)
    assert browser == []


def test_code_login_is_kept_and_resumes(story, connect, browser):
    browser.company = "1001"
    connect("t", "--set", "auth=authorization_code")
    story.simulator.revoke_consent("client", 1001)
    story.clock.advance(7200)
    story.type("run", "--tenant", "t", code=1)
    assert tenant().state == "paused"
    assert "runs again" in connect("t", "--set", "auth=authorization_code")
    app = open_app()
    assert app.tokens(tenant()).get().refresh
    with app.database.read() as connection:
        assert not [task for task in people.list_tasks(connection, "t") if task.kind == "login"]
    story.run()


def test_refused_connect_changes_nothing(story, connect, browser):
    before = tenant()
    said = connect("t", "--set", "tenant_id=1002", "--set", "label=Annat", code=2)
    assert "Annan AB" in said
    assert (tenant(), browser) == (before, [])
    connect("x", "--set", "tenant_id=1002", code=2)
    assert [one["id"] for one in json.loads(story.type("tenants", "list", "--json"))["tenants"]] == ["t"]


def test_browser_shows_a_wrong_company(connect, browser):
    assert "Annan AB" in connect("new", code=2)
    assert "<h1>Not connected" in browser.pages.get(timeout=5)


def test_known_tenant_is_asked_for_consent(connect, browser):
    browser.company = "1001"
    connect("t", "--set", "tenant_id=")
    assert len(browser) == 1 and tenant().settings["tenant_id"] == "1001"


@pytest.mark.parametrize(("name", "code"), [("new", 2), ("t", 1)])
def test_wrong_secret_is_wrong_input_at_first(story, connect, name, code):
    (story.home / "wrong").write_text("wrong-secret")
    said = connect(name, "--set", "tenant_id=1001", "--secret-file", str(story.home / "wrong"), code=code)
    assert "Check client id and secret" in said
    assert ("no longer" in said) == (code == 1)


def test_silent_browser_is_wrong_input_at_first(connect, monkeypatch):
    monkeypatch.setattr("commands.connect.CONSENT_WAIT_S", 0.1)
    assert "not connected (no answer from the browser)" in connect("new", "--no-browser", org_no=OTHER_NO, code=2)


def test_outage_connects_nothing(story, connect):
    story.simulator.faults.arm("error_before", path_part="/oauth-v1/token", times=9)
    assert "nothing is connected. Run the connect command again" in connect("new", "--set", "tenant_id=1002", org_no=OTHER_NO)


def test_tenant_stays_its_company(connect):
    assert "another company's" in connect("t", "--set", "tenant_id=1002", org_no=OTHER_NO, code=2)


def test_reconnecting_keeps_what_was_set(story, connect):
    story.type("tenants", "accounts", "t", "--set", "clearing=1684", "--confirm")
    before = tenant()
    assert "stay as they were confirmed" in connect("t", "--set", "label=Annat", org_no=ORG_NO.replace("-", ""))
    after = tenant()
    assert (after.books_setup, after.books_confirmed) == (before.books_setup, True)
    assert after.settings == before.settings | {"label": "Annat"}


def test_unconfirmed_accounts_are_proposed_anew(story, connect, browser):
    connect("new", org_no=OTHER_NO)
    proposed = tenant("new").books_setup
    story.type("tenants", "accounts", "new", "--set", "clearing=1684")
    connect("new", org_no=OTHER_NO)
    assert tenant("new").books_setup == proposed


def test_known_secret_is_not_asked_again(story):
    story.type("connect", "fortnox", "--tenant", "t", "--org-no", ORG_NO, "--set", "label=Annat")
    assert tenant().settings["label"] == "Annat"
    app = open_app()
    with app.database.read() as connection:
        kept = tenants.read_secrets(connection, "tenant t", "connector", tenants.owner_vault(app.vault, tenant()))
    assert kept == {"client_secret": "client-secret"}


@pytest.mark.parametrize("closed", ["< /dev/null", "<&-"])
def test_nobody_to_ask_is_one_sentence(story, closed):
    command = f"{sys.executable} -m cli connect fortnox --tenant n --org-no {OTHER_NO} --set client_id=client {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, start_new_session=True, check=False)
    sentence = "--secret-file: the client secret is missing, and nobody is at a terminal to be asked. Give a file with it.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_secret_may_be_piped_in(story):
    story.simulator.add_company(1002, "Annan AB", OTHER_NO)
    story.simulator.consent("client", 1002)
    settings = {"api_url": story.url, "apps_url": story.url, "client_id": "client", "tenant_id": "1002"}
    given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    secret = (story.home / "secret").read_text() + "\n"
    done = CliRunner().invoke(cli, ["connect", "fortnox", "--tenant", "n", "--org-no", OTHER_NO, *given], input=secret)
    assert (done.exit_code, "Annan AB is connected" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("setting", "said"), [("client_secret=x9y8", "--secret-file"), ("labell=x", "no setting 'labell'"), ("label", "NAME=VALUE")]
)
def test_wrong_settings_are_refused(connect, setting, said):
    found = connect("t", "--set", setting, code=2)
    assert said in found and "x9y8" not in found


def test_missing_client_is_told_first(story, browser):
    said = story.type("connect", "fortnox", "--tenant", "n", "--org-no", ORG_NO, "--secret-file", str(story.home / "secret"), code=2)
    assert "client_id" in said and browser == []
