"""What the agencies' contract suite asks of a bench: an adapter, the agency's hands at its other end, and the engine's mark."""

from __future__ import annotations

from typing import Protocol

from core.ports import Channel, Reports


class Agency(Channel, Reports, Protocol):
    """Everything an agency adapter implements."""


class Bench(Protocol):
    """One adapter with the agency at its other end."""

    agency: Agency

    def received(self) -> list[tuple[str, str]]:
        """Return claim and kind of everything that reached the agency, in its order."""
        ...

    def report(self, claim_id: str) -> str:
        """Let the agency report something, and return the message's id."""
        ...

    def repeat(self) -> None:
        """Let the agency send its last report again."""
        ...

    def spoil(self, message_id: str) -> None:
        """Make a report unreadable."""
        ...

    def handle(self, message_id: str) -> None:
        """Mark a report handled, as the engine does."""
        ...

    def close(self) -> None:
        """Give back what the bench holds."""
        ...
