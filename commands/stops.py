"""What a person says that stops or lets go: a hold, a dispute, an insolvency, and the end of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click

from commands.output import day, impersonal, money, said, tenant_option
from commands.plans import defer_with_letter
from commands.stopping import OF_THE_PERSON, add_hold, hold_id, look, release_debtor, same_stop, stops_of, tell
from commands.wiring import App, open_app
from core.engine.context import Run
from core.engine.explain import find_invoice_ref
from core.engine.reading import number_of
from core.errors import ConfigError
from core.money import Money
from core.policy import render_said
from core.policy.facts import Hold, HoldKind
from core.store import books, people
from core.store.books import Position
from core.words import ENGLISH

__all__ = ["dispute", "hold", "insolvent", "release"]

KINDS: Final = [kind.value for kind in HoldKind if kind not in (HoldKind.DISPUTE, HoldKind.INSOLVENCY)]
"""What is said with `claims hold`; a dispute and an insolvency have commands of their own."""

ENDLESS: Final = ("deceased", "protected_identity")
"""What no day ends: a person does."""


@click.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why; it is shown wherever the stop is.")
@click.option("--until", help="Its last day; until released unless told. A dead debtor and a protected identity have none.")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="hold",
    show_default=True,
    help="What stops it; a minor, a dead debtor and a protected identity stop everything of the debtor.",
)
@click.option("--debtor", is_flag=True, help="Stop everything of this invoice's debtor, whatever its customer number.")
@click.option("--letter", is_flag=True, help="Send the debtor the deferral of this invoice.")
def hold(ref: str, tenant_id: str, reason: str, until: str | None, kind: str, debtor: bool, letter: bool) -> None:  # noqa: FBT001
    """Stop every step for an invoice; a claim at the agency is paused."""
    app = open_app()
    run = look(app, tenant_id)
    last = day("--until", until, never=True)
    if last and last < run.today:
        raise ConfigError("--until", f"{last} has passed", "Give a day to come.")
    if last and kind in ENDLESS:
        raise ConfigError(
            "--until", f"no day ends {kind}", "Leave it out, and end the stop with `kravbro claims release INVOICE --reason WHY`."
        )
    source_ref = find_invoice_ref(run, ref)
    if letter:
        _check_letter(kind, debtor=debtor)
        with app.owned(tenant_id, ports=True) as owned:
            defer_with_letter(app, owned, source_ref, reason, last)
        return
    new = add_hold(app, run, source_ref, HoldKind(kind), reason, until=last, debtor=debtor or HoldKind(kind).of_person)
    tell(f"Invoice {number_of(run, source_ref)} is stopped{f' until {last}' if last else ''}: {reason}", new=new)


def _check_letter(kind: str, *, debtor: bool) -> None:
    if kind == "plan":
        raise ConfigError("--letter", "a plan's letter needs its instalments", "Say it with `kravbro claims plan INVOICE … --letter`.")
    if kind != "deferral":
        raise ConfigError("--letter", f"there is no letter about a {kind}", "Give --kind deferral, or leave it out.")
    if debtor:
        raise ConfigError("--letter", "a letter is about one invoice", "Say it for each invoice, without --debtor.")


@click.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", callback=said, help="What the debtor objects to; left out where only documents are noted.")
@click.option("--amount", help="The disputed part; all of it unless told.")
@click.option("--asked", default="", callback=impersonal, help="What documents the debtor asks for.")
@click.option("--given", default="", callback=impersonal, help="What documents the debtor was given.")
def dispute(ref: str, tenant_id: str, reason: str | None, amount: str | None, asked: str, given: str) -> None:
    """Record that the debtor disputes an invoice, whole or part; what is credited from then on ends that much of a part."""
    app = open_app()
    run = look(app, tenant_id)
    source_ref = find_invoice_ref(run, ref)
    if reason is None:
        note_documents(app, run, source_ref, asked, given)
        return
    part = money("--amount", amount, run.tenant.currency) if amount else None
    with app.database.read() as connection:
        invoice = books.find_invoice(connection, tenant_id, source_ref)
    if part and invoice and not 0 < part.minor <= invoice.open.minor:
        raise ConfigError("--amount", f"{part} is not a part of {invoice.open}", "Give the disputed part.")
    new = add_hold(app, run, source_ref, HoldKind.DISPUTE, reason, amount=part, asked=asked, given=given)
    tell(f"Invoice {number_of(run, source_ref)}: {part or 'all of it'} is disputed: {reason}", new=new)


@click.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why it goes on.")
@click.option("--debtor", is_flag=True, help="End too what is said of the debtor: a minor, dead, insolvent, a protected identity.")
def release(ref: str, tenant_id: str, reason: str, debtor: bool) -> None:  # noqa: FBT001
    """End every stop on an invoice, and with --debtor what is said of its debtor's person."""
    app = open_app()
    run = look(app, tenant_id)
    source_ref = find_invoice_ref(run, ref)
    with app.database.write() as connection:
        invoice = books.find_invoice(connection, tenant_id, source_ref)
        assert invoice is not None, "it was just found"
        before = stops_of(connection, run, invoice)
        kinds = tuple(kind for kind in HoldKind if debtor or kind not in OF_THE_PERSON)
        people.release_holds(connection, tenant_id, "invoice", source_ref, kinds, reason, app.clock.now())
        release_debtor(connection, run, invoice.debtor_ref, kinds, reason, app.clock.now())
    for hold_ in before:
        what = f"{hold_.kind.replace('_', ' ')} on {'the debtor' if hold_.scope == 'debtor' else f'invoice {invoice.number}'}: {render_said(hold_.reason, ENGLISH)}"
        click.echo(f"Ended: {what}." if hold_.kind in kinds else f"Stays: {what}. `--debtor` ends it.")
    if not before:
        click.echo(f"There was no stop on invoice {invoice.number}.")


@click.command()
@click.argument("customer")
@tenant_option
@click.option("--on", required=True, help="The day of the bankruptcy or the reconstruction.")
@click.option("--claims-by", required=True, help="The last day to prove the claim.")
@click.option("--reason", default="bankruptcy", show_default=True, callback=said, help="What it is, and who administers it.")
def insolvent(customer: str, tenant_id: str, on: str, claims_by: str, reason: str) -> None:
    """Stop everything of an insolvent debtor; proving the claim becomes a task with its last day."""
    app = open_app()
    run = look(app, tenant_id)
    since, last = day("--on", on), day("--claims-by", claims_by)
    if since > run.today:
        raise ConfigError("--on", f"{since} is to come", "Give the day it happened.")
    if last < run.today:
        raise ConfigError(
            "--claims-by", f"{last} has passed", "Give a day to come, e.g. the one that the administrator sets for late proofs."
        )
    with app.database.read() as connection:
        numbers = people.customer_numbers(connection, tenant_id, customer)
        owed = [one for one in books.list_positions(connection, tenant_id, debtor_refs=numbers) if one.open.minor > 0]
        names = [books.number_of(connection, tenant_id, one.source_ref) for one in owed]
    if not owed:
        raise ConfigError(f"customer {customer}", "nothing of it is open here", "Give a customer number of the accounting system.")
    text = f"Customer {customer} is insolvent since {since} ({reason}): prove the claim by {last}: {_claim_of(owed, names)}."
    hold = Hold(hold_id(app, run, HoldKind.INSOLVENCY, customer), HoldKind.INSOLVENCY, "debtor", f"{reason}, since {since}", since)
    with app.database.write() as connection:
        tasks = [task for task in people.list_tasks(connection, tenant_id) if task.kind == "proof_of_claim" and task.subject in numbers]
        known = same_stop(connection, run, hold, customer) and any(task.text == text for task in tasks)
        if not known:
            release_debtor(connection, run, customer, (HoldKind.INSOLVENCY,), "said anew", app.clock.now())
            people.add_hold(connection, tenant_id, hold, customer, app.clock.now())
            people.add_task(connection, tenant_id, "proof_of_claim", customer, text, app.clock.now(), {"claims_by": last.isoformat()})
    tell(f"Everything of customer {customer} is stopped. {text.rstrip('.')}", new=not known)


def _claim_of(owed: list[Position], numbers: Iterable[str]) -> str:
    currencies = sorted({one.open.currency for one in owed})
    totals = ", ".join(str(Money.sum((one.open for one in owed if one.open.currency == code), code)) for code in currencies)
    return f"{totals} on {', '.join(numbers)}"


def note_documents(app: App, run: Run, source_ref: str, asked: str, given: str) -> None:
    """Note what documents were asked for, or given, in a dispute there is."""
    if not asked and not given:
        raise ConfigError("dispute", "nothing is said", "Give --reason, or --asked or --given for a dispute there is.")
    with app.database.write() as connection:
        if not people.note_documents(connection, run.tenant.id, source_ref, asked=asked, given=given):
            raise ConfigError(f"invoice {number_of(run, source_ref)}", "it is not disputed", "Give --reason: what the debtor objects to.")
    click.echo(f"Invoice {number_of(run, source_ref)}: noted.")
