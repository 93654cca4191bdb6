"""Handovers that were announced to the creditor and have not gone yet, and the link by which a person stops one.

A link (`core.store.links`) tells which handover it stops, of which invoice to which agency, and stops nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from core.claim import Lifecycle
from core.ids import stable_id
from core.policy.facts import Hold, HoldKind
from core.store import people
from core.store.claims import claims_of_invoice
from core.store.links import open_note, seal_note
from core.store.tables import announcements
from core.vault import OwnerVault

__all__ = ["TASK", "Announced", "announce", "list_announcements", "open_link", "seal_link", "standing", "stop", "withdraw_announcement"]

TASK: Final = "handover_announced"
_SEALED_AS: Final = "stop link"


@dataclass(frozen=True, slots=True)
class Announced:
    """One announced handover: of which invoice, to whom, announced when, and the day it goes."""

    invoice_ref: str
    agency: str
    on: date
    goes_on: date


def announce(connection: Connection, tenant: str, invoice_ref: str, agency: str, on: date) -> None:
    """Store that a handover was announced to the creditor."""
    withdraw_announcement(connection, tenant, invoice_ref)
    connection.execute(insert(announcements).values(tenant=tenant, invoice_ref=invoice_ref, agency=agency, announced_on=on))


def withdraw_announcement(connection: Connection, tenant: str, invoice_ref: str) -> None:
    """Take back an announcement: it has gone, or it goes no more."""
    connection.execute(delete(announcements).where(announcements.c.tenant == tenant, announcements.c.invoice_ref == invoice_ref))


def list_announcements(connection: Connection, tenant: str) -> dict[str, tuple[str, date]]:
    """Return the agency and the day of every announced handover, by invoice."""
    query = select(announcements).where(announcements.c.tenant == tenant)
    return {row.invoice_ref: (row.agency, row.announced_on) for row in connection.execute(query)}


def seal_link(vault: OwnerVault, announced: Announced) -> str:
    """Return the part of an address that stops this handover."""
    return seal_note(vault, _SEALED_AS, announced.invoice_ref, announced.agency, str(announced.on), str(announced.goes_on))


def open_link(vault: OwnerVault, sealed: str) -> Announced | None:
    """Return which handover a link stops, or None where we made no such link."""
    parts = open_note(vault, _SEALED_AS, sealed)
    if parts is None:
        return None
    invoice_ref, agency, on, goes_on = parts
    return Announced(invoice_ref, agency, date.fromisoformat(on), date.fromisoformat(goes_on))


def standing(connection: Connection, tenant: str, link: Announced) -> Announced | None:
    """Return the announcement that a link can stop: its own, or a later one of the same invoice to the same agency.

    A person who presses the button of an older mail means the same. None where nothing stands announced, or the claim has left: that can
    only be withdrawn.
    """
    agency, on = list_announcements(connection, tenant).get(link.invoice_ref, ("", link.on))
    if agency != link.agency:
        return None
    claims = claims_of_invoice(connection, tenant, link.invoice_ref)
    if any(claim.is_active and claim.lifecycle not in (Lifecycle.DRAFT, Lifecycle.QUEUED) for claim in claims):
        return None
    return replace(link, on=on, goes_on=on + (link.goes_on - link.on))  # it waits as long as the first time


def stop(connection: Connection, tenant: str, announced: Announced, reason: str, now: datetime, today: date) -> bool:
    """Hold the invoice until a person releases it; return False where there is nothing to stop. Stopping twice is once."""
    if people.is_held(connection, tenant, announced.invoice_ref):
        return True
    if standing(connection, tenant, announced) is None:
        return False
    hold = Hold(stable_id(tenant, "stopped handover", announced.invoice_ref, now.isoformat()), HoldKind.HOLD, "invoice", reason, today)
    people.add_hold(connection, tenant, hold, announced.invoice_ref, now)
    people.resolve_task(connection, tenant, TASK, announced.invoice_ref, "stopped through its link", now)
    return True
