"""The outbox of the feed's adapter: publishes through the store and gives positions at once."""

from __future__ import annotations

from core.clock import Clock
from core.ports import OutboxItem
from core.store.database import Database
from core.store.feed.events import BATCH, assign_positions, find, has_waiting, publish


def publish_waiting(database: Database) -> int:
    """Give positions to every event that waits for one; return how many there were."""
    with database.read() as connection:
        if not has_waiting(connection):
            return 0  # the usual case, asked every second: it must not take the writer's place
    done = 0
    while True:
        with database.write() as connection:
            given = assign_positions(connection)
        done += given
        if given < BATCH:
            return done


class StoreOutbox:
    """An `Outbox` into the feed of one agency, for one tenant."""

    def __init__(self, database: Database, clock: Clock, agency: str, tenant: str) -> None:
        self._database, self._clock, self._agency, self._tenant = database, clock, agency, tenant

    def publish(self, item: OutboxItem) -> str:
        """Store the event and the claim in its body unless the key is there already; return the event's id."""
        with self._database.write() as connection:
            done = publish(
                connection, key=item.key, agency=self._agency, tenant=self._tenant, type=item.type, body=item.body,
                now=self._clock.now(),
            )  # fmt: skip
        # A transaction of its own, so that no claim's row is held while waiting for the publisher's. Dying in between
        # delays the event until anybody publishes again; `kravbro serve` does so all the time.
        publish_waiting(self._database)
        return done

    def find(self, key: str) -> str | None:
        """Return the id of the event with this key."""
        with self._database.read() as connection:
            return find(connection, key)
