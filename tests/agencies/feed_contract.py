"""The bench of the agencies' contract suite for the claims feed, on a store."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from agencies.feed import build
from core.claim import Acknowledged, AgencyEvent
from core.clock import FixedClock
from core.store import feed
from core.store.tables import agency_events
from core.store.tenants import add_agency
from core.vault import Vault
from tests.schema import migrated

NOW = datetime(2025, 4, 15, 8, tzinfo=UTC)


class FeedBench:
    """An agency that reads the feed of one tenant, as the feed's HTTP side has the store do it."""

    def __init__(self, folder):
        self.database, self.serial = migrated(folder / "feed.db"), 0
        with self.database.write() as connection:
            add_agency(connection, Vault(b"k" * 32), id="nord", name="Nord", adapter="feed", now=NOW)
        outbox = feed.StoreOutbox(self.database, FixedClock(NOW), "nord", "t")
        self.agency = build(outbox=outbox, reports=feed.StoreReports(self.database, "t", "nord"))

    def received(self):
        with self.database.read() as connection:
            page = feed.list_events(connection, "nord", "", limit=100)
        return [(event.claim_id, event.type) for event in page.events] if page else []

    def report(self, claim_id):
        self.serial += 1
        key = f"key-{self.serial:05}"
        message = AgencyEvent("nord", feed.message_id("nord", key), claim_id, NOW, data=Acknowledged(f"A-{self.serial}"))
        self.last = feed.Report("t", key, "hash", message)
        self.repeat()
        return message.message_id

    def repeat(self):
        with self.database.write() as connection:
            feed.store_report(connection, self.last, NOW)

    def spoil(self, message_id):
        with self.database.write() as connection:
            connection.execute(update(agency_events).where(agency_events.c.message_id == message_id).values(body="{}"))

    def handle(self, message_id):
        with self.database.write() as connection:
            feed.mark_handled(connection, "nord", message_id, "done", NOW)

    def close(self):
        self.database.close()
