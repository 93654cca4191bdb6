"""What the contract suite asks of a bench: one company in a simulator, its people, its vendor's whims, and the connector to try.

The module that the entry point `kravbro.connector_benches` names has `variants()`, which returns `Variants`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from core.clock import Clock
from core.ports import Channel, Onboards, Reads
from core.writes import Write

if TYPE_CHECKING:
    import pytest

__all__ = ["NOW", "PAID_ON", "TODAY", "Bench", "Connector", "Maker", "Variants"]

NOW: Final = datetime(2025, 4, 15, 8, tzinfo=UTC)
"""When a bench's clock starts."""

TODAY: Final = NOW.date()
PAID_ON: Final = date(2025, 4, 10)
"""The day on which a bench's people book a payment, a credit or a reminder."""


class Connector(Reads, Channel, Onboards, Protocol):
    """Everything a connector implements."""


class Bench(Protocol):
    """One connector against its simulator, at `NOW`; a new bench is a new company, without invoices.

    Attributes:
        org_no: the company's organisation number.
        payment_mode: a mode of payment that exists.
        renews_alone: whether a renewal whose answer was lost needs no new consent.
        samples: names of the writes it can make and look up; with `once` at least one of each kind the connector declares.
        once: names of the writes that nobody can look up.
        repeatable: samples that may be made twice, so that two equal ones are two.
        doubtful: samples that the vendor may refuse or take, nobody knows.
        confirming: samples of kinds that only confirm what another write has done, where a vendor does in one step what others do in two.
        marked: repeatable samples whose effect bears a mark of ours: nobody else's equal one is taken for it.
    """

    connector: Connector
    clock: Clock
    org_no: str
    payment_mode: str
    renews_alone: bool
    samples: tuple[str, ...]
    once: tuple[str, ...]
    repeatable: tuple[str, ...]
    marked: tuple[str, ...]
    doubtful: tuple[str, ...]
    confirming: tuple[str, ...]

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the connector ask for two rows a page."""
        ...

    def add_invoice(self, total: str = "12500.00", *, currency: str = "", share: str = "") -> str:
        """Add a booked, sent, overdue invoice; `share` is what the customer owes of it where the state pays the rest."""
        ...

    def add_draft(self) -> str:
        """Add an invoice that is not booked."""
        ...

    def add_due_today(self) -> str:
        """Add a booked, sent invoice that is due today."""
        ...

    def credit(self, ref: str) -> None:
        """Credit an invoice wholly, as its people do."""
        ...

    def spoil(self, ref: str) -> None:
        """Make an invoice unreadable."""
        ...

    def pay(self, ref: str, amount: str) -> str:
        """Book a payment to the company's own bank, as its people do, and return its ref."""
        ...

    def take_back(self, payment_ref: str) -> None:
        """Delete a payment, as its people do."""
        ...

    def remind(self, ref: str) -> int:
        """Let the vendor's own reminder go out, and return how many the vendor then shows."""
        ...

    def sent_to_debtors(self) -> int:
        """Return how many documents the vendor sent or printed."""
        ...

    def write(self, sample: str) -> Write:
        """Return a new write that can be made now."""
        ...

    def count(self, write: Write) -> int:
        """Return how often its effect stands in the books."""
        ...

    def refuses_first(self, write: Write) -> bool:
        """Tell whether the first request of this write is refused in this variant, and another one does it."""
        ...

    def break_next(self, fault: str, write: Write | None = None) -> None:
        """Let the next sending of this write (or the next read) go wrong: a kind of `simulators.kit.Faults`."""
        ...

    def break_often(self, rate: float) -> None:
        """Let this share of all requests go wrong from now on."""
        ...

    def refusing(self, write: Write) -> AbstractContextManager[None]:
        """Let the vendor refuse this write for a while."""
        ...

    def expire_token(self) -> None:
        """Let the access token run out; a new one can be had."""
        ...

    def lose_renewal(self) -> None:
        """Let the token run out and the answer to the next renewal be lost."""
        ...

    def revoke_login(self) -> None:
        """Let the company withdraw its consent."""
        ...


Maker = Callable[[Path], Bench]
"""A bench's class, or `functools.partial` of it; it is given a folder to write in."""

Variants = Mapping[str, Maker]
"""Benches by the name of what is different in them; each is one value of one thing the vendor leaves open."""
