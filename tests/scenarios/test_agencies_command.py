"""`kravbro agencies`: keys and webhooks can be listed, changed and started again."""

import json

import pytest
from sqlalchemy import update

from commands.wiring import open_app
from core.store import feed
from core.store.tables import webhook_sends

URL = "https://93.184.215.14/hook"


def told(story, *arguments):
    return json.loads(story.type("agencies", *arguments, "--json"))


def secrets_of(agency="nord"):
    app = open_app()
    feed_queue = feed.StoreWebhookQueue(app.database, app.vault, app.clock)
    return feed_queue.take().secrets


def test_keys_are_listed_without_their_secret(story):
    key_id = story.key.split("_")[1]
    assert [one["id"] for one in told(story, "keys", "nord")["keys"]] == [key_id]
    story.type("agencies", "revoke", key_id)
    said = story.type("agencies", "keys", "nord", "--json")
    assert json.loads(said)["keys"][0]["revoked_at"] != "-"
    assert story.key.split("_", 2)[2] not in said


def test_secret_rotates_and_ends(story):
    first = told(story, "webhook", "nord", "--url", URL)["secret"]
    second = told(story, "rotate", "nord")["secret"]
    story.handed_over()
    assert secrets_of() == (second, first)
    story.clock.advance(700)
    assert told(story, "rotate", "nord", "--end")["secret"] is None
    assert secrets_of() == (second,)


def test_another_address_keeps_the_secret(story):
    first = told(story, "webhook", "nord", "--url", URL)["secret"]
    assert told(story, "webhook", "nord", "--url", f"{URL}/2")["secret"] is None
    story.handed_over()
    assert secrets_of() == (first,)
    assert told(story, "webhooks", "nord")["url"] == f"{URL}/2"


def test_failures_are_listed_and_replayed(story):
    story.type("agencies", "webhook", "nord", "--url", URL)
    story.handed_over()
    assert told(story, "webhooks", "nord")["failures"] == []
    assert "No webhook" in story.type("agencies", "replay", "nord")
    with open_app().database.write() as connection:
        connection.execute(update(webhook_sends).values(attempts=10, next_at=None, note="HTTP 500"))
    state = told(story, "webhooks", "nord")
    assert (state["given_up"], state["failures"][0]["note"]) == (len(state["failures"]), "HTTP 500")
    assert "given up" in story.type("agencies", "webhooks", "nord")
    assert "sent again" in story.type("agencies", "replay", "nord")
    assert told(story, "webhooks", "nord")["waiting"] == len(state["failures"])


@pytest.mark.parametrize("url", ["http://93.184.215.14/", "https://127.0.0.1/", "https://10.0.0.1/", "ftp://x", "https://no.invalid/"])
def test_wrong_address_is_refused_at_once(story, url):
    story.type("agencies", "webhook", "nord", "--url", url, code=2)
    story.type("agencies", "webhooks", "nord", code=2)


def test_private_address_for_a_trial(story):
    story.type("agencies", "webhook", "nord", "--url", "http://127.0.0.1:8182/webhook", "--private")
    assert told(story, "webhooks", "nord")["url"].startswith("http://127")


@pytest.mark.parametrize("command", ["keys", "webhooks", "replay", "rotate"])
def test_unknown_agency_is_told(story, command):
    assert "no such agency" in story.type("agencies", command, "nobody", code=2)
    assert command == "keys" or "no webhook" in story.type("agencies", command, "nord", code=2)
