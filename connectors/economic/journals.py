"""Journals: our own one stands for a mode of payment, and is the only one we post to.

A journal whose entries stay after booking would book them again, so such a one is refused. The list of journals takes no filter:
every operator answers 500.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from typing_extensions import override

from connectors.economic.answers import NAME
from connectors.economic.client import EconomicClient, service
from connectors.economic.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken, read_back
from connectors.economic.mapping.books import Journal, journal_name, parse_journal
from connectors.economic.mapping.render import render_journal
from core.errors import OutcomeUnknownError, RejectedError
from core.writes import CreatePaymentMode, Delivery, Finding, Prepared, Receipt

__all__ = ["JOURNALS", "CreatePaymentModes", "Journals"]

JOURNALS: Final = service("journalsapi") + "/journals"


class Journals:
    """The journals of an agreement."""

    def __init__(self, client: EconomicClient) -> None:
        self._client = client

    def find(self, code: str) -> list[Journal]:
        """Return the journals of our name, the oldest first."""
        found = (parse_journal(raw) for raw in self._client.list_items(JOURNALS))
        return sorted((one for one in found if one and one.name == journal_name(code)), key=lambda one: one.number)

    def get(self, code: str) -> Journal:
        """Return our own journal, or refuse."""
        found = self.find(code)
        if not found:
            wrong = f"there is no journal {journal_name(code)!r} in e-conomic: it is made before the first payment is booked"
            raise RejectedError(NAME, "no_journal", wrong)
        if found[0].standing:
            raise RejectedError(
                NAME, "standing_journal", f"journal {journal_name(code)!r} keeps its entries after booking: change that in e-conomic"
            )
        return found[0]


class CreatePaymentModes(Kind[CreatePaymentMode]):
    """Creates our own journal; it is found by its name."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A request that lands later than absent_after makes a second journal; the older one is used.",
    )

    def __init__(self, client: EconomicClient, journals: Journals) -> None:
        super().__init__(client)
        self._journals = journals

    @override
    def prepare(self, write: CreatePaymentMode, key: str) -> Prepared:
        """Render the journal."""
        return Prepared("POST", JOURNALS, render_journal(journal_name(write.code), write), JSON_TYPE)

    @override
    def send(self, write: CreatePaymentMode, prepared: Prepared, key: str) -> Receipt:
        """Create it and compare the account it is tied to."""
        self.write(prepared, key)
        found = read_back(lambda: self._journals.find(write.code))
        if not found:
            raise OutcomeUnknownError(NAME, "the journal that was made is not in the list")
        if found[0].contra != write.account or found[0].standing:
            raise not_taken(f"journal {found[0].name}", ["customerContraAccount" if not found[0].standing else "isStandingJournal"])
        return Receipt(write.code, {"account": found[0].contra, "journal": found[0].number})

    @override
    def look_up(self, write: CreatePaymentMode, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the name; one that is tied elsewhere is not ours to judge."""
        found = self._journals.find(write.code)
        tied = bool(found) and found[0].contra == write.account
        receipts = [Receipt(write.code, {"account": write.account, "journal": found[0].number})] if tied else []
        return finding(receipts, [write.code] if found and not tied else [])
