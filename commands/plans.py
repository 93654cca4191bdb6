"""Instalment plans, and the letters that tell a debtor of one or of a deferral."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from commands.output import day, money, said, tenant_option
from commands.stopping import add_hold, hold_id, look, same_stop, tell
from commands.wiring import App, open_app
from core.claim import Instalment as PlanPart
from core.engine.context import Run
from core.engine.crash import point
from core.engine.explain import find_invoice_ref
from core.engine.facts import holds_of
from core.errors import ConfigError
from core.model import Invoice
from core.money import Money
from core.policy import standing
from core.policy.facts import Hold, HoldKind, Instalment
from core.store import books, people

if TYPE_CHECKING:
    from core.engine.notes import Note, Wanted

__all__ = ["as_parts", "defer_with_letter", "in_words", "plan", "schedule_of"]


@click.command()
@click.argument("ref")
@tenant_option
@click.option("--instalment", "parts", metavar="DAY=AMOUNT", multiple=True, required=True, help="A day and what is paid on it; once each.")
@click.option("--reason", callback=said, help="Why, shown wherever the stop is; that it was agreed, in the reader's language, unless told.")
@click.option("--letter", is_flag=True, help="Send the debtor the plan, to sign.")
def plan(ref: str, tenant_id: str, parts: tuple[str, ...], reason: str | None, letter: bool) -> None:  # noqa: FBT001
    """Record an instalment plan: every step is stopped as long as the books show its instalments paid."""
    app = open_app()
    if letter:
        with app.owned(tenant_id, ports=True) as run:
            _plan_with_letter(app, run, find_invoice_ref(run, ref), parts, reason or "")
        return
    run = look(app, tenant_id)
    source_ref = find_invoice_ref(run, ref)
    with app.database.read() as connection:
        invoice = books.find_invoice(connection, tenant_id, source_ref)
    assert invoice is not None, "it was just found"
    if invoice.currency != run.tenant.currency:
        raise ConfigError(f"invoice {invoice.number}", f"it is in {invoice.currency}, which no policy chases", "It needs no plan.")
    schedule = schedule_of(parts, invoice, run.today)
    until, total = schedule[-1].due_on, Money.sum((one.amount for one in schedule), invoice.currency)
    new = add_hold(app, run, source_ref, HoldKind.PLAN, reason or "", until=until, instalments=schedule, open_before=invoice.open)
    left = f"; {invoice.open - total} of it is in none of them" if total < invoice.open else ""
    tell(f"Invoice {invoice.number} is stopped while its {len(schedule)} instalments, the last on {until}, are paid{left}", new=new)


def _plan_with_letter(app: App, run: Run, source_ref: str, parts: tuple[str, ...], reason: str) -> None:
    """Store the plan and its letter's intent in one transaction."""
    from core.engine import notes

    invoice = notes.read(run, source_ref)
    schedule = schedule_of(parts, invoice, run.today)
    instalments, until = as_parts(run, invoice, schedule), schedule[-1].due_on
    hold = Hold(
        hold_id(app, run, HoldKind.PLAN, source_ref), HoldKind.PLAN, "invoice", reason, run.today, until, instalments=schedule,
        open_before=invoice.open,
    )  # fmt: skip
    wanted = notes.Wanted("instalment_agreement", (invoice,), until, "a person", instalments)
    note = _store(app, run, hold, source_ref, wanted)
    click.echo(
        f"Invoice {invoice.number} is stopped while its {len(schedule)} instalments, the last on {until}, are paid; the plan {in_words(note)}."
    )


def defer_with_letter(app: App, run: Run, source_ref: str, reason: str, until: date | None) -> None:
    """Store a deferral and its letter's intent in one transaction."""
    from core.engine import notes

    if until is None:
        raise ConfigError("--letter", "the debtor must be told a day to pay", "Give --until.")
    invoice = notes.read(run, source_ref)
    hold = Hold(hold_id(app, run, HoldKind.DEFERRAL, source_ref), HoldKind.DEFERRAL, "invoice", reason, run.today, until)
    note = _store(app, run, hold, source_ref, notes.Wanted("deferral", (_owed(run, invoice),), until, "a person"))
    click.echo(f"Invoice {invoice.number} is stopped until {until}: {reason}; the letter {in_words(note)}.")


def _store(app: App, run: Run, hold: Hold, source_ref: str, wanted: Wanted) -> Note:
    """Write the letter, and store it with the stop that it tells of: a new one, or the one that says the same already."""
    from core.engine import notes

    with app.database.read() as connection:
        id_ = same_stop(connection, run, hold, source_ref) or hold.id
    note = notes.write(run, replace(wanted, hold=id_))
    with app.database.write() as connection:
        people.add_hold(connection, run.tenant.id, replace(hold, id=id_), source_ref, app.clock.now())
        notes.plan(run, connection, note)
    point("plan.after_commit")
    return note


def as_parts(run: Run, invoice: Invoice, schedule: tuple[Instalment, ...]) -> tuple[PlanPart, ...]:
    """Return the instalments of a letter, which must be all that is asked for."""
    asks, total = _asks(run, _owed(run, invoice)), Money.sum((one.amount for one in schedule), invoice.currency)
    if total != asks:
        raise ConfigError(
            "--instalment", f"they are {total} together, and a letter needs all of {asks}", "Give instalments that add up to it."
        )
    return tuple(PlanPart(one.due_on, one.amount) for one in schedule)


def _owed(run: Run, invoice: Invoice) -> Invoice:
    if invoice.currency != run.tenant.currency or _asks(run, invoice).minor <= 0:
        raise ConfigError(
            f"invoice {invoice.number}", "nothing of it can be asked for", "Look at it with `kravbro claims explain INVOICE`."
        )
    return invoice


def _asks(run: Run, invoice: Invoice) -> Money:
    with run.database.read() as connection:
        holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
    return standing(invoice, holds_of(holds, invoice), run.today, run.tenant.country, run.policy.small_amount).asks


def in_words(note: Note) -> str:
    """Say how a planned letter goes."""
    return "goes by e-mail with the next run" if note.by_mail else "waits to be printed: `kravbro tenants print TENANT`"


def schedule_of(parts: Iterable[str], invoice: Invoice, today: date) -> tuple[Instalment, ...]:
    """Read instalments as they are typed, in the order of their days."""
    read = [part.partition("=") for part in parts]
    schedule = sorted(
        (Instalment(day("--instalment", on), money("--instalment", amount, invoice.currency)) for on, _, amount in read),
        key=lambda one: one.due_on,
    )
    if schedule[0].due_on < today:
        raise ConfigError("--instalment", f"{schedule[0].due_on} has passed", "Give days to come.")
    if len({one.due_on for one in schedule}) < len(schedule):
        raise ConfigError("--instalment", "two are due on one day", "Write them as one.")
    total = Money.sum((one.amount for one in schedule), invoice.currency)
    if total > invoice.open:
        raise ConfigError("--instalment", f"they are {total} together, and {invoice.open} is open", "Give no more than is open.")
    return tuple(schedule)
