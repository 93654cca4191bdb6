"""The feed's tables: positions in commit order, idempotent publishing, reports once, keys as hashes. On both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from core.claim import Acknowledged, AgencyEvent
from core.clock import FixedClock
from core.errors import ConfigError, InvariantBrokenError
from core.model import Problem
from core.ports import OutboxItem
from core.store import feed
from core.store.feed.claims import SNAPSHOTS
from core.store.tables import agency_events, feed_items, feed_state, webhook_sends
from core.store.tenants import add_agency
from core.vault import Vault
from tests.portal.seed import snapshot

ONLY_POSTGRES = pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
"""SQLite has one writer at a time: there the slow transaction is simply waited for."""

VAULT = Vault(b"k" * 32)
MOMENT = datetime(2025, 4, 15, 7, tzinfo=UTC)


def publish(connection, now, key, claim_id="c1", agency="nord", **changes):
    body = SNAPSHOTS.dump_json(snapshot(claim_id, **changes))
    return feed.publish(connection, key=key, agency=agency, tenant="t", type="claim.submitted", body=body, now=now)


def publish_now(database, now, *keys):
    for key in keys:
        with database.write() as connection:
            publish(connection, now, key, f"claim-{key}")
    feed.publish_waiting(database)


def events(database, agency="nord", cursor="", limit=100):
    with database.read() as connection:
        return feed.list_events(connection, agency, cursor, limit=limit)


def ids(page):
    return [event.id for event in page.events]


def report(key="key-00001", request_hash="h", agency="nord", claim_id="c1"):
    message = AgencyEvent(agency, feed.message_id(agency, key), claim_id, MOMENT, data=Acknowledged("A-1"))
    return feed.Report("t", key, request_hash, message)


def test_publishes_once_per_key(database, now):
    for _ in range(2):
        with database.write() as connection:
            assert publish(connection, now, "k1") == "k1"
    feed.publish_waiting(database)
    assert ids(events(database)) == ["k1"]
    assert events(database).events[0].sequence == 1


@pytest.mark.parametrize("changes", [{"version": 2}, {"claim_id": "c2"}])
def test_other_content_under_a_key_is_an_error(database, now, changes):
    with database.write() as connection:
        publish(connection, now, "k1")
    with pytest.raises(InvariantBrokenError, match="event k1 was published before"), database.write() as connection:
        publish(connection, now, "k1", **changes)
    feed.publish_waiting(database)
    assert [(event.id, event.claim_id) for event in events(database).events] == [("k1", "c1")]


def test_concurrent_twins_publish_once(database, now):
    def once(_):
        with database.write() as connection:
            return publish(connection, now, "k1")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(once, range(16))) == {"k1"}
    feed.publish_waiting(database)
    assert [event.sequence for event in events(database).events] == [1]


def test_sequences_count_per_claim(database, now):
    with database.write() as connection:
        for key, claim_id in (("a", "c1"), ("b", "c2"), ("c", "c1")):
            publish(connection, now, key, claim_id)
    feed.publish_waiting(database)
    assert [(event.claim_id, event.sequence) for event in events(database).events] == [("c1", 1), ("c2", 1), ("c1", 2)]


def test_uncommitted_events_have_no_position(database, now):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        publish(connection, now, "lost")
        _ = 1 / 0
    feed.publish_waiting(database)
    assert ids(events(database)) == []


@ONLY_POSTGRES
def test_slow_transaction_gets_later_position(database, now):
    with database.write() as slow:
        publish(slow, now, "slow", "c1")
        publish_now(database, now, "fast")
        cursor = events(database).cursor
        assert ids(events(database)) == ["fast"]
    feed.publish_waiting(database)
    assert ids(events(database, cursor=cursor)) == ["slow"]
    assert ids(events(database)) == ["fast", "slow"]


@ONLY_POSTGRES
def test_same_claim_waits_for_slow_one(database, now):
    with ExitStack() as stack:
        slow = stack.enter_context(database.write())
        publish(slow, now, "first", "c1")
        second = threading.Thread(target=publish_now_same, args=(database, now))
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(10)
    feed.publish_waiting(database)
    assert ids(events(database)) == ["first", "second"]


def publish_now_same(database, now):
    with database.write() as connection:
        publish(connection, now, "second", "c1")


def test_readers_never_miss_an_event(database, now):
    """Many publishers, and a reader that keeps its cursor: it sees every event once, in the order of positions."""
    seen, cursor, done = [], "", threading.Event()

    def read():
        nonlocal cursor
        while True:
            last_round = done.is_set()
            page = events(database, cursor=cursor, limit=7)
            seen.extend(ids(page))
            cursor = page.cursor
            if last_round and not page.events:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: publish_now(database, now, f"k{number}"), range(60)))
    done.set()
    reader.join(30)
    assert sorted(seen) == sorted(f"k{number}" for number in range(60))


def test_positions_have_no_gaps(database, now):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: publish_now(database, now, f"k{number}"), range(30)))
    with database.read() as connection:
        positions = list(connection.execute(select(feed_items.c.position).order_by(feed_items.c.position)).scalars())
        assert connection.execute(select(feed_state.c.last_position)).scalar() == 30
    assert positions == list(range(1, 31))


def test_many_waiting_events_take_batches(database, now, monkeypatch):
    monkeypatch.setattr("core.store.feed.events.BATCH", 2)
    monkeypatch.setattr("core.store.feed.outbox.BATCH", 2)
    with database.write() as connection:
        for number in range(5):
            publish(connection, now, f"k{number}", f"c{number}")
    assert feed.publish_waiting(database) == 5
    assert ids(events(database)) == [f"k{number}" for number in range(5)]


def test_waits_for_nothing_without_writing(database):
    with database.write():
        assert database.is_sqlite is False or feed.publish_waiting(database) == 0


def test_other_agencies_see_nothing(database, now):
    publish_now(database, now, "k1")
    assert ids(events(database, "syd")) == []
    with database.read() as connection:
        assert feed.find_claim(connection, "syd", "claim-k1") is None
        assert feed.find_claim(connection, "nord", "claim-k1").tenant == "t"


def test_new_epoch_expires_cursors(database, now):
    publish_now(database, now, "k1")
    cursor = events(database).cursor
    with database.write() as connection:
        feed.new_epoch(connection)
    assert events(database, cursor=cursor) is None
    assert ids(events(database)) == ["k1"]


def test_cursor_from_the_future_is_unknown(database, now):
    publish_now(database, now, "k1", "k2")
    cursor = events(database).cursor
    with database.write() as connection:  # as a restored backup that kept its epoch
        connection.execute(update(feed_state).values(last_position=1))
    assert events(database, cursor=cursor) is None


def test_older_version_does_not_replace(database, now):
    with database.write() as connection:
        publish(connection, now, "k1", version=3)
        publish(connection, now, "k2", version=2)
        feed.refresh_claim(connection, snapshot(version=1), now)
        assert feed.find_claim(connection, "nord", "c1").snapshot.version == 3


def test_refresh_makes_no_event(database, now):
    with database.write() as connection:
        publish(connection, now, "k1")
        feed.refresh_claim(connection, snapshot(version=2), now)
        feed.refresh_claim(connection, snapshot("unknown"), now)
        assert feed.find_claim(connection, "nord", "c1").snapshot.version == 2
        assert feed.find_claim(connection, "nord", "unknown") is None
        assert connection.execute(select(func.count()).select_from(feed_items)).scalar() == 1


def test_claim_stays_with_its_agency(database, now):
    with database.write() as connection:
        publish(connection, now, "k1")
    with pytest.raises(InvariantBrokenError), database.write() as connection:
        publish(connection, now, "k2", agency="syd")


def test_outbox_publishes_the_given_bytes(database, now):
    outbox = feed.StoreOutbox(database, FixedClock(now), "nord", "t")
    body = SNAPSHOTS.dump_json(snapshot())
    for _ in range(2):
        assert outbox.publish(OutboxItem("k1", "claim.submitted", "c1", body)) == "k1"
    with database.read() as connection:
        assert SNAPSHOTS.dump_json(feed.find_claim(connection, "nord", "c1").snapshot) == body
    assert ids(events(database)) == ["k1"]
    assert (outbox.find("k1"), outbox.find("k2")) == ("k1", None)


def test_webhooks_queue_with_positions(database, now):
    with database.write() as connection:
        add_agency(connection, VAULT, id="nord", name="N", adapter="feed", now=now)
    publish_now(database, now, "before")
    with database.write() as connection:
        feed.register_webhook(connection, VAULT, "nord", url="https://a.example", secrets=["whsec_AAAA"], now=now)
    publish_now(database, now, "after")
    with database.read() as connection:
        assert list(connection.execute(select(webhook_sends.c.item_id)).scalars()) == ["after"]


def test_report_is_stored_once(database, now):
    for _ in range(2):
        with database.write() as connection:
            answer = feed.store_report(connection, report(), now)
        assert (answer.status, report().message.message_id in answer.body) == (202, True)
    assert list(feed.StoreReports(database, "t", "nord").list_events()) == [report().message]


def test_concurrent_reports_count_once(database, now):
    def once(_):
        with database.write() as connection:
            return feed.store_report(connection, report(), now)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(once, range(16)))) == 1
    assert len(list(feed.StoreReports(database, "t", "nord").list_events())) == 1


def test_other_request_is_refused(database, now):
    with database.write() as connection:
        feed.store_report(connection, report(), now)
        assert feed.store_report(connection, report(request_hash="other"), now).status == 422
        assert feed.find_answer(connection, "nord", "key-00001", "other").status == 422
        assert feed.find_answer(connection, "nord", "key-00002", "h") is None
    assert len(list(feed.StoreReports(database, "t", "nord").list_events())) == 1


def test_message_id_comes_from_key(database, now):
    with pytest.raises(InvariantBrokenError), database.write() as connection:
        wrong = report()
        feed.store_report(connection, replace(wrong, message=replace(wrong.message, message_id="x")), now)


def test_handled_reports_are_gone(database, now):
    with database.write() as connection:
        for number in range(3):
            feed.store_report(connection, report(f"key-{number}", claim_id=f"c{number}"), now)
        message_id = feed.message_id("nord", "key-1")
        assert feed.mark_handled(connection, "nord", message_id, "done", now) is True
        assert feed.mark_handled(connection, "nord", message_id, "again", now) is False
    assert [event.claim_id for event in feed.StoreReports(database, "t", "nord").list_events()] == ["c0", "c2"]


def test_reports_come_in_pages(database, now, monkeypatch):
    monkeypatch.setattr("core.store.feed.reports.BATCH", 2)
    with database.write() as connection:
        for number in range(5):
            feed.store_report(connection, report(f"key-{number}", claim_id=f"c{number}"), now)
    assert [event.claim_id for event in feed.StoreReports(database, "t", "nord").list_events()] == [f"c{number}" for number in range(5)]


def test_unreadable_report_is_a_problem(database, now):
    with database.write() as connection:
        row = {"agency": "nord", "message_id": "m", "tenant": "t", "claim_id": "c1", "kind": "x", "serial": 1, "body": "{}"}
        connection.execute(insert(agency_events).values(**row, occurred_at=now, received_at=now))
    (problem,) = feed.StoreReports(database, "t", "nord").list_events()
    assert isinstance(problem, Problem)
    assert (problem.raw_ref, problem.raw) == ("m", b"{}")


def test_last_answer_decides_acknowledgement(database, now):
    with database.write() as connection:
        assert feed.has_acknowledged(connection, "nord", "c1") is False
        feed.store_report(connection, report(), now)
        assert feed.has_acknowledged(connection, "nord", "c1") is True
        assert feed.has_acknowledged(connection, "syd", "c1") is False


def test_keys_open_until_revoked(database, now):
    with database.write() as connection:
        add_agency(connection, VAULT, id="nord", name="N", adapter="feed", now=now)
        key = feed.create_key(connection, "nord", ["claims:read"], now)
        found = feed.find_key(connection, key)
        assert (found.agency, found.scopes) == ("nord", {"claims:read"})
        assert feed.find_key(connection, key[:-1] + ("A" if key[-1] != "A" else "B")) is None
        feed.revoke_key(connection, found.key_id, now + timedelta(days=1))
        assert feed.find_key(connection, key) is None
        assert feed.list_keys(connection, "nord")[0].revoked_at == now + timedelta(days=1)


@pytest.mark.parametrize(("agency", "scopes"), [("none", ["claims:read"]), ("nord", []), ("nord", ["claims:all"])])
def test_keys_need_agency_and_scope(database, now, agency, scopes):
    with database.write() as connection:
        add_agency(connection, VAULT, id="nord", name="N", adapter="feed", now=now)
        with pytest.raises(ConfigError):
            feed.create_key(connection, agency, scopes, now)


def test_unknown_key_is_not_revoked(database, now):
    with pytest.raises(ConfigError), database.write() as connection:
        feed.revoke_key(connection, "0" * 16, now)
