"""A client stops an announced handover with one click on the link in its mail, and nothing else does."""

import re

import pytest
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from tests.scenarios.test_cooling_off import TEXT, handed_over, tasks
from tests.scenarios.test_one_claim import body_of

SITE = "https://kravbro.example"


@pytest.fixture
def browser(story):
    """A browser of somebody who has the mail and nothing more."""
    app = open_app()
    with TestClient(create_app(app.database, app.vault, app.clock), base_url=SITE) as client:
        yield client
    app.database.close()


def link(story, name="", held_until=""):
    """Live until the handover of the one invoice is announced by mail, and return the link in it."""
    (story.home / "policy.toml").write_text(TEXT)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    mail = ("--host", "127.0.0.1", "--port", str(story.smtp_port), "--security", "none", "--from", "a@bjorks.example")
    story.type("tenants", "mail", "t", *mail, "--contact", "ekonomi@bjorks.example", "--site", SITE)
    number = story.invoice()
    if name:
        story.company.set_invoice(number, CustomerName=name)
    if held_until:
        story.days(1)
        story.type("claims", "hold", number, "--tenant", "t", "--reason", "a talk", "--until", held_until)
    story.until("letters_sent")
    return next_link(story)


def next_link(story):
    before = len(story.mailbox.mails)
    for _ in range(40):
        story.days(1)
        if len(story.mailbox.mails) > before:
            return re.search(r"https://\S+", body_of(story.mailbox.mails[-1]))[0]
    raise AssertionError("nothing was announced")


def test_one_click_stops_the_handover(story, browser):
    address = link(story)
    page = browser.get(address)
    assert "Faktura 1 till Kund 1 AB, 12" in page.text and "<button>Stoppa kravet</button>" in page.text
    assert "Kravet är stoppat" in browser.post(address).text
    assert sum(handed_over(story, 6)) == 0
    assert "goes to nord" not in tasks(story)
    assert "stoppad av företaget" in story.type("claims", "explain", "1", "--tenant", "t")


def test_opening_the_page_stops_nothing(story, browser):
    address = link(story)
    for _ in range(3):
        browser.get(address)
    assert handed_over(story, 3) == [0, 0, 1]


def test_click_stops_though_an_earlier_hold_has_run_out(story, browser):
    address = link(story, held_until="2025-04-18")
    assert "<button>" in browser.get(address).text
    assert "Kravet är stoppat" in browser.post(address).text
    assert sum(handed_over(story, 6)) == 0


def test_second_click_says_the_same(story, browser):
    address = link(story)
    assert [browser.post(address).text for _ in range(2)] == [browser.get(address).text] * 2


def test_link_of_what_has_gone_stops_nothing(story, browser):
    address = link(story)
    assert handed_over(story, 3) == [0, 0, 1]
    assert "Det finns inget att stoppa" in browser.get(address).text
    assert "Det finns inget att stoppa" in browser.post(address).text
    assert "stoppad av företaget" not in story.type("claims", "explain", "1", "--tenant", "t")


def test_link_of_an_older_mail_stops_what_was_announced_anew(story, browser):
    old = link(story)
    browser.post(old)
    story.days(1)
    story.type("claims", "release", "1", "--tenant", "t", "--reason", "no answer")
    assert "Det finns inget att stoppa" in browser.post(old).text  # nothing is announced
    new = next_link(story)
    assert browser.get(old).text == browser.get(new).text
    assert "Kravet är stoppat" in browser.post(old).text
    assert sum(handed_over(story, 6)) == 0


@pytest.mark.parametrize(
    "altered",
    [lambda path: path[:-3] + ("AAA" if path[-3:] != "AAA" else "BBB"), lambda path: path + "x" * 300, lambda path: path.replace("/t/", "/u/"), lambda path: "/stop/t/%00"],
)  # fmt: skip
def test_altered_link_is_unknown_and_stops_nothing(story, browser, altered):
    path = altered(link(story).removeprefix(SITE))
    for answer in (browser.get(path), browser.post(path)):
        assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)
    assert handed_over(story, 3) == [0, 0, 1]


def test_page_runs_nothing_and_tells_nobody_its_address(story, browser):
    headers = browser.get(link(story)).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_debtor_name_is_text_on_the_page(story, browser):
    assert "Kund &lt;script&gt;alert(1)&lt;/script&gt;, 12" in browser.get(link(story, "Kund <script>alert(1)</script>")).text


def test_site_must_be_reached_over_tls(story):
    said = story.type("tenants", "mail", "t", "--host", "h", "--from", "a@bjorks.example", "--site", "http://kravbro.example", code=2)
    assert "--site" in said and "https://" in said
