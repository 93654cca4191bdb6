"""What the parts of a run work with: the tenant's ways out, its policy and law, and what the run has seen and done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from core.clock import Clock
from core.errors import RetryLaterError
from core.law import Law
from core.policy import Policy
from core.policy.facts import Decision
from core.ports import Channel, LetterRenderer, Onboards, Reads, Reports
from core.store import leases
from core.store.database import Database
from core.store.journal import Journal
from core.store.tenants import Tenant
from core.vault import OwnerVault
from core.writes import POST

__all__ = ["Ports", "Progress", "Run", "Summary", "agency_channel", "unseen"]


def agency_channel(agency: str) -> str:
    """Return the name of an agency's way out: what was meant for one agency never goes to another."""
    return f"agency:{agency}"


OUTAGE: Final = 3
"""So many different things in a row without an answer: the remote is down, not one thing of it broken."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ways out of the program for one tenant; `channels` are "books", "mail" and one for each agency, by `agency_channel`."""

    reads: Reads
    onboards: Onboards
    channels: Mapping[str, Channel]
    reports: Reports | None
    letters: LetterRenderer


@dataclass(slots=True)
class Summary:
    """What one run saw and did, counted."""

    invoices_seen: int = 0
    quarantined: int = 0
    events_handled: int = 0
    letters_sent: int = 0
    claims_handed_over: int = 0
    claims_closed: int = 0
    payments_booked: int = 0
    vouchers_booked: int = 0
    fees_booked: int = 0
    direct_payments_reported: int = 0
    adjustments_sent: int = 0
    refused: int = 0
    uncertain: int = 0
    differences: int = 0
    asked: int = 0
    to_print: int = 0
    waiting: int = 0
    """Invoices whose step is due and which something stops: the bank's postings, a hold, a person who must do something."""
    waits_for: list[dict[str, Any]] = field(default_factory=list)
    """What they wait for, by `core.engine.waiting.waits_for`."""
    planned: list[dict[str, str]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    ended_by: str = ""
    """The sentence that says who could not be reached, where that ended the run before its end."""


Progress = Callable[[str, int], None]
"""Is told how many of what are done, e.g. ("invoices read", 400), for somebody who waits."""


def unseen(what: str, done: int) -> None:
    """Nobody waits."""


@dataclass(slots=True)
class Run:
    """One run of one tenant: the day, the owner's epoch, and everything the parts need."""

    id: str
    tenant: Tenant
    today: date
    epoch: int
    dry_run: bool
    database: Database
    clock: Clock
    vault: OwnerVault
    journal: Journal
    ports: Ports
    policy: Policy
    policy_version: int
    law: Law
    summary: Summary = field(default_factory=Summary)
    decisions: dict[str, Decision] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Invoices whose balance our own bookings have moved since the sweep."""
    resting: set[str] = field(default_factory=lambda: {POST})
    """Ways out that a person must mend first: nothing more is sent by them in this run."""
    progress: Progress = unseen
    unanswered: set[str] = field(default_factory=set)
    """What the remote could not give us, since the last thing it gave."""
    leased_at: datetime | None = None
    """When the lease was last renewed; None for a run that holds none."""

    def now(self) -> datetime:
        """Return the time."""
        return self.clock.now()

    def keep_lease(self) -> None:
        """Hold the tenant's lease for another while once a third of it is gone; called before everything that may take long.

        Raises:
            BusyError: another run has the tenant; this one must not go on.
        """
        now = self.now()
        if self.leased_at is None or now < self.leased_at + leases.LEASE / 3:
            return
        with self.database.write() as connection:
            leases.renew(connection, self.tenant.id, self.epoch, now)
        self.leased_at = now

    def bear(self, what: str, error: RetryLaterError) -> None:
        """Go on without one thing that the remote could not give; several different ones in a row are an outage, which ends the run."""
        self.unanswered.add(what)
        if len(self.unanswered) >= OUTAGE:
            raise error

    def channel(self, name: str) -> Channel | None:
        """Return a way out, or None where the tenant has none."""
        return self.ports.channels.get(name)

    def can(self, channel: str, kind: str) -> bool:
        """Tell whether a way out exists and does this kind of write."""
        way = self.channel(channel)
        return way is not None and kind in way.deliveries
