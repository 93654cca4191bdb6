"""Webhooks that are due: who gets them, when they are tried again, and what became of them.

A send is taken by compare-and-set on its number of attempts, and the time at which it is due again is moved on in the
same statement. So a sender that dies loses nothing, and two senders side by side don't send the same attempt twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from core.clock import Clock
from core.errors import ConfigError
from core.ports import WebhookSend
from core.store.database import Database
from core.store.tables import feed_items, webhook_sends, webhooks
from core.store.tenants import get_agency, owner_vault
from core.vault import Vault

KIND: Final = "webhook secrets"
"""What the sealed signing secrets are bound to, beside their agency."""

LEASE: Final = timedelta(minutes=10)
"""How long a taken send is left alone; far longer than one attempt can take."""


@dataclass(frozen=True, slots=True)
class WebhookState:
    """An agency's webhook, and how many of its sends wait or were given up."""

    url: str
    created_at: datetime
    disabled_at: datetime | None
    waiting: int
    given_up: int


def register_webhook(connection: Connection, vault: Vault, agency: str, *, url: str, secrets: Sequence[str], now: datetime) -> None:
    """Send events to this address from now on; an address given before is replaced, a disabled one enabled.

    The signing secrets are given newest first, older ones for as long as the agency may still check with them.
    """
    sealed = owner_vault(vault, get_agency(connection, agency)).seal(KIND, " ".join(secrets).encode())
    known = update(webhooks).where(webhooks.c.agency == agency).values(url=url, secret=sealed, disabled_at=None)
    if connection.execute(known).rowcount == 0:
        connection.execute(insert(webhooks).values(agency=agency, url=url, secret=sealed, created_at=now))


def move_webhook(connection: Connection, agency: str, url: str) -> None:
    """Send events to another address; the secrets stay, and a disabled webhook is enabled."""
    connection.execute(update(webhooks).where(webhooks.c.agency == agency).values(url=url, disabled_at=None))


def find_webhook(connection: Connection, agency: str) -> WebhookState | None:
    """Return an agency's webhook, if it has one."""
    row = connection.execute(select(webhooks).where(webhooks.c.agency == agency)).first()
    if row is None:
        return None
    left = select(func.count(webhook_sends.c.next_at), func.count()).where(
        webhook_sends.c.agency == agency, webhook_sends.c.sent_at.is_(None)
    )
    waiting, unsent = connection.execute(left).one()
    return WebhookState(row.url, row.created_at, row.disabled_at, waiting, unsent - waiting)


@dataclass(frozen=True, slots=True)
class FailedSend:
    """An event the agency has not taken; `next_at` is None where nothing more is tried."""

    item_id: str
    type: str
    claim_id: str
    attempts: int
    next_at: datetime | None
    note: str


def list_failures(connection: Connection, agency: str) -> list[FailedSend]:
    """Return what was tried and not taken, oldest event first."""
    send, item = webhook_sends.c, feed_items.c
    query = (
        select(send.item_id, item.type, item.claim_id, send.attempts, send.next_at, send.note)
        .join(feed_items, item.id == send.item_id)
        .where(send.agency == agency, send.sent_at.is_(None), send.note != "")
        .order_by(item.position)
    )
    return [FailedSend(*row) for row in connection.execute(query)]


def add_secret(connection: Connection, vault: Vault, agency: str, secret: str) -> None:
    """Sign with a new secret and with those before, until `end_secrets`; an agency without a webhook is a `ConfigError`."""
    _change_secrets(connection, vault, agency, lambda known: [secret, *known])


def end_secrets(connection: Connection, vault: Vault, agency: str) -> None:
    """Sign with the newest secret alone from now on."""
    _change_secrets(connection, vault, agency, lambda known: known[:1])


def _change_secrets(connection: Connection, vault: Vault, agency: str, change: Callable[[list[str]], list[str]]) -> None:
    here = webhooks.c.agency == agency
    owner = owner_vault(vault, get_agency(connection, agency))
    sealed = connection.execute(select(webhooks.c.secret).where(here)).scalar_one_or_none()
    if sealed is None:
        raise ConfigError(f"agency {agency}", "it has no webhook", f"Give it one: `kravbro agencies webhook {agency} --url URL`.")
    secrets = change(owner.open(KIND, sealed).decode().split())
    connection.execute(update(webhooks).where(here).values(secret=owner.seal(KIND, " ".join(secrets).encode())))


def replay(connection: Connection, agency: str, now: datetime) -> int:
    """Start again with what was given up; return how many sends that are."""
    given_up = (webhook_sends.c.agency == agency, webhook_sends.c.sent_at.is_(None), webhook_sends.c.next_at.is_(None))
    return connection.execute(update(webhook_sends).where(*given_up).values(attempts=0, next_at=now)).rowcount


class StoreWebhookQueue:
    """The `WebhookQueue` of every agency."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database, self._vault, self._clock = database, vault, clock

    def take(self) -> WebhookSend | None:
        """Take the send that has been due longest, or None where nothing is due."""
        now = self._clock.now()
        with self._database.read() as connection:
            row = _find_due(connection, now)
            if row is None:
                return None
            agency = get_agency(connection, row.agency)
        secrets = owner_vault(self._vault, agency).open(KIND, row.secret).decode().split()
        send = _send(row, tuple(secrets))
        with self._database.write() as connection:
            seen = (*_is(send), webhook_sends.c.attempts == row.attempts, webhook_sends.c.next_at == row.next_at)
            taken = update(webhook_sends).where(*seen).values(attempts=send.attempt, next_at=now + LEASE)
            return send if connection.execute(taken).rowcount == 1 else None

    def sent(self, send: WebhookSend) -> None:
        """Record that the agency has it."""
        self._record(send, sent_at=self._clock.now(), next_at=None, note="")

    def retry(self, send: WebhookSend, after_s: float, note: str) -> None:
        """Record a failure, and when to try again."""
        self._record(send, next_at=self._clock.now() + timedelta(seconds=after_s), note=note)

    def give_up(self, send: WebhookSend, note: str) -> None:
        """Record the last failure; nothing more is tried until somebody replays it."""
        self._record(send, next_at=None, note=note)

    def hold(self, agency: str, after_s: float) -> None:
        """Leave the agency alone for a while: what is due earlier waits too."""
        until = self._clock.now() + timedelta(seconds=after_s)
        earlier = (webhook_sends.c.agency == agency, webhook_sends.c.sent_at.is_(None), webhook_sends.c.next_at < until)
        with self._database.write() as connection:
            connection.execute(update(webhook_sends).where(*earlier).values(next_at=until))

    def disable(self, agency: str) -> None:
        """Send the agency nothing more until it gives an address again."""
        with self._database.write() as connection:
            connection.execute(update(webhooks).where(webhooks.c.agency == agency).values(disabled_at=self._clock.now()))

    def _record(self, send: WebhookSend, **values: object) -> None:
        with self._database.write() as connection:
            # Only while the send is still ours: after the lease somebody else may have taken it.
            mine = (*_is(send), webhook_sends.c.attempts == send.attempt)
            connection.execute(update(webhook_sends).where(*mine).values(**values))


def _send(row: Row[Any], secrets: tuple[str, ...]) -> WebhookSend:
    return WebhookSend(
        row.agency, row.item_id, row.url, secrets, type=row.type, claim_id=row.claim_id, sequence=row.sequence,
        occurred_at=row.occurred_at, attempt=row.attempts + 1,
    )  # fmt: skip


def _find_due(connection: Connection, now: datetime) -> Row[Any] | None:
    send, item = webhook_sends.c, feed_items.c
    query: Select[Any] = (
        select(
            send.agency, send.item_id, send.attempts, send.next_at, webhooks.c.url, webhooks.c.secret,
            item.type, item.claim_id, item.sequence, item.occurred_at,
        )
        .join(feed_items, item.id == send.item_id)
        .join(webhooks, webhooks.c.agency == send.agency)
        .where(send.sent_at.is_(None), send.next_at <= now, webhooks.c.disabled_at.is_(None))
        .order_by(send.next_at, item.position)
        .limit(1)
    )  # fmt: skip
    return connection.execute(query).first()


def _is(send: WebhookSend) -> tuple[Any, Any]:
    return webhook_sends.c.agency == send.agency, webhook_sends.c.item_id == send.item_id
