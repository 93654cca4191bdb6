"""What every stop shares: the invoice it is on, its id, and the debtor's customer numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import Connection

from commands.wiring import App
from core.clock import day_in
from core.engine.context import Run
from core.ids import stable_id
from core.model import Invoice
from core.policy.facts import Hold, HoldKind
from core.store import books, people

__all__ = ["OF_THE_PERSON", "add_hold", "hold_id", "look", "release_debtor", "same_stop", "say_stop", "stops_of", "tell"]

OF_THE_PERSON = (HoldKind.MINOR, HoldKind.DECEASED, HoldKind.PROTECTED_IDENTITY, HoldKind.INSOLVENCY)
"""What is so of a debtor, whatever is agreed about one invoice: it ends only where somebody says that it does."""


def stops_of(connection: Connection, run: Run, invoice: Invoice) -> list[Hold]:
    """Return the stops on an invoice and on its debtor, at whichever customer number each was said."""
    held = people.list_holds(connection, run.tenant.id, run.tenant.currency)
    return [*held.get(("invoice", invoice.source_ref), ()), *held.get(("debtor", invoice.debtor_ref), ())]


def release_debtor(connection: Connection, run: Run, debtor_ref: str, kinds: tuple[HoldKind, ...], reason: str, now: datetime) -> int:
    """End stops of a debtor at all of its customer numbers, an insolvency's task with them; return how many there were."""
    count = 0
    for number in people.customer_numbers(connection, run.tenant.id, debtor_ref):
        count += people.release_holds(connection, run.tenant.id, "debtor", number, kinds, reason, now)
        if HoldKind.INSOLVENCY in kinds:
            people.resolve_task(connection, run.tenant.id, "proof_of_claim", number, reason, now)
    return count


def look(app: App, tenant_id: str) -> Run:
    """Return a run that only looks, on today."""
    return app.look(tenant_id, day_in(app.tenant(tenant_id).country, app.clock.now()))


def hold_id(app: App, run: Run, kind: HoldKind, ref: str) -> str:
    """Return the id of a stop that is said now."""
    return stable_id(run.tenant.id, str(kind), ref, app.clock.now().isoformat())


def add_hold(
    app: App, run: Run, source_ref: str, kind: HoldKind, reason: str, *, until: date | None = None, debtor: bool = False, **more: Any
) -> bool:
    """Store what a person says stops an invoice or, with `debtor`, all of its debtor; return whether it is new."""
    with app.database.write() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, source_ref)
        ref = invoice.debtor_ref if debtor and invoice else source_ref
        hold = Hold(hold_id(app, run, kind, ref), kind, "debtor" if debtor else "invoice", reason, run.today, until, **more)
        return say_stop(connection, run, hold, ref)


def say_stop(connection: Connection, run: Run, hold: Hold, ref: str) -> bool:
    """Store a stop on an invoice or a debtor unless one stands that says the same; return whether it is new."""
    if same_stop(connection, run, hold, ref):
        return False
    people.add_hold(connection, run.tenant.id, hold, ref, run.now())
    return True


def same_stop(connection: Connection, run: Run, hold: Hold, ref: str) -> str:
    """Return the id of a stop that says the same, since whatever day; "" where none stands."""
    standing = people.list_holds(connection, run.tenant.id, run.tenant.currency).get((hold.scope, ref), ())
    for one in standing:
        asked, given = hold.asked or one.asked, hold.given or one.given  # documents may have been noted since
        if replace(hold, id=one.id, from_on=one.from_on, asked=asked, given=given) == one:
            return one.id
    return ""


def tell(sentence: str, *, new: bool) -> None:
    """Print what stops now, or that it was said before."""
    click.echo(f"{sentence}." if new else f"{sentence}. That was said already: nothing has changed.")
