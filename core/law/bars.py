"""What may not be collected, or only by a person's hand: the debtor's circumstances, a dispute, a trifle, a claim that died."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.law.limitation import Interruption, limitation_ends
from core.law.rows import Rule
from core.law.tables import Law
from core.model import DebtorKind
from core.money import Money

__all__ = ["NEAR_DAYS", "Bar", "Circumstances", "bars"]

NEAR_DAYS = 90
"""How long before a claim dies a person is asked; our own margin, enough for a summons."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the debtor and the claim beside its figures.

    Attributes:
        disputed: how much of the principal the debtor disputes, None for nothing.
        creditor_delay: the delay is the creditor's own doing.
        stop_asked: a consumer asked that voluntary collection stop (Finland).
        originated_on: the day the claim came about; without it, and without the bill's day, limitation is not looked at.
        interruptions: what may have started limitation anew.
        private_supply: False where a consumer owes for something else than goods or services for private use.
    """

    disputed: Money | None = None
    creditor_delay: bool = False
    minor: bool = False
    deceased: bool = False
    protected_identity: bool = False
    insolvent: bool = False
    stop_asked: bool = False
    originated_on: date | None = None
    interruptions: tuple[Interruption, ...] = ()
    private_supply: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that stands against collecting: for good or until it changes (`forbids`), or so that a person decides."""

    rule: Rule
    forbids: bool = True


def bars(
    law: Law, country: str, debtor: DebtorKind, what: Circumstances, *, open_principal: Money, on: date, due_on: date | None = None
) -> tuple[Bar, ...]:
    """Return what stands against collecting on a day; nothing if all may go on.

    Args:
        law: the tables.
        country: whose law.
        debtor: the kind of debtor.
        what: the circumstances.
        open_principal: what is open, the disputed part included.
        on: the day.
        due_on: the due day.
    """
    return (
        *_of_amounts(law, country, what, open_principal, on),
        *_of_person(law, country, what),
        *_of_time(law, country, debtor, what, on, due_on),
    )


def _of_amounts(law: Law, country: str, what: Circumstances, open_principal: Money, on: date) -> Iterator[Bar]:
    disputed = what.disputed or Money.zero(open_principal.currency)
    if disputed:
        yield Bar(law.rule(f"{country}.collect.disputed", amount=disputed), forbids=disputed >= open_principal)
    limit = law.limit(country, "smallest_claim", on)
    if limit and Money.zero(open_principal.currency) < open_principal and open_principal.amount < limit.value:
        yield Bar(law.rule(f"{country}.collect.small", open=open_principal, limit=f"{limit.value} {open_principal.currency}"))


def _of_person(law: Law, country: str, what: Circumstances) -> Iterator[Bar]:
    if what.minor:
        yield Bar(law.rule(f"{country}.collect.minor"))
    if what.deceased:
        yield Bar(law.rule(f"{country}.collect.deceased"))
    if what.insolvent:
        yield Bar(law.rule(f"{country}.collect.insolvent"))
    if what.stop_asked:
        yield Bar(law.rule(f"{country}.collect.stop_asked"))
    if what.protected_identity:
        yield Bar(law.rule(f"{country}.collect.protected"), forbids=False)


def _of_time(law: Law, country: str, debtor: DebtorKind, what: Circumstances, on: date, due_on: date | None) -> Iterator[Bar]:
    if what.originated_on is None:
        return
    ends_on = limitation_ends(
        law, debtor, what.originated_on, what.interruptions, country=country, due_on=due_on, private_supply=what.private_supply
    )  # fmt: skip
    if on > ends_on:
        yield Bar(law.rule(f"{country}.limitation.passed", until=ends_on))
    elif on + timedelta(days=NEAR_DAYS) > ends_on:
        yield Bar(law.rule(f"{country}.limitation.near", until=ends_on), forbids=False)
