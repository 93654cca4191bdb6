"""`kravbro claims`: what was handed over, what waits for a person, and why an invoice is where it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from commands.handed_over import answer, approve, withdraw, write_off
from commands.output import as_json, day, json_option, show, tenant_option, timeline_lines
from commands.plans import plan
from commands.resolving import resolve
from commands.stopping import look
from commands.stops import dispute, hold, insolvent, release
from commands.wiring import open_app
from core.engine.explain import explain_invoice, find_invoice_ref
from core.engine.timeline_words import say
from core.model import Invoice
from core.policy import render_state
from core.store import books, people
from core.store import claims as store
from core.words import ENGLISH, LANGUAGES


@click.group()
def claims() -> None:
    """List and explain claims; hold, release, dispute, answer, withdraw, approve, resolve."""


for command in (hold, release, dispute, plan, insolvent, withdraw, answer, write_off, approve, resolve):
    claims.add_command(command)


@claims.command(name="list")
@tenant_option
@click.option(
    "--invoices", is_flag=True, help="List the invoices that were read instead, the longest overdue first: each can be explained."
)
@json_option
def list_(tenant_id: str, invoices: bool, as_json_: bool) -> None:  # noqa: FBT001
    """List a tenant's claims, or its invoices."""
    app = open_app()
    found = app.read(tenant_id, store.list_claims)
    if invoices:
        read = app.read(tenant_id, partial(books.list_invoices, open_only=False))
        _show_invoices(read, found, tenant_id, as_json_=as_json_)
        return
    rows = [
        {
            "id": claim.id if as_json_ else claim.id[:12], "invoices": ", ".join(line.invoice_no for line in claim.snapshot.lines),
            "debtor": claim.snapshot.debtors[0].name, "lifecycle": str(claim.lifecycle), "phase": str(claim.phase or "-"),
            "agency": claim.agency, "case": claim.agency_case_ref or "-", "ended_as": str(claim.close_reason or "-"),
        }
        for claim in found
    ]  # fmt: skip
    columns = ("id", "invoices", "debtor", "lifecycle", "phase", "agency", "case", "ended_as")
    show(rows, columns, json_=as_json_, name="claims", empty="No claim was handed over yet.")


def _show_invoices(read: Iterable[Invoice], found: Iterable[store.Claim], tenant_id: str, *, as_json_: bool) -> None:
    newest = {line.invoice_ref: claim.id for claim in found for line in claim.snapshot.lines}
    rows = [
        {
            "invoice": invoice.source_ref if as_json_ else invoice.number, "number": invoice.number, "debtor": invoice.debtor_name, "due_on": invoice.due_on,
            "open": invoice.open.text(), "total": invoice.total.text(), "currency": invoice.currency,
            "claim": newest.get(invoice.source_ref, "-")[: None if as_json_ else 12],
        }
        for invoice in read
    ]  # fmt: skip
    columns = ("invoice", "debtor", "due_on", "open", "total", "currency", "claim")
    show(
        rows,
        columns,
        json_=as_json_,
        name="invoices",
        empty=f"No invoice was read yet: `kravbro run --tenant {tenant_id}` reads the books.",
    )


@claims.command()
@tenant_option
@json_option
def tasks(tenant_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """List what waits for a person."""
    rows = [
        {"id": task.id[:12], "since": task.created_at.date().isoformat(), "kind": task.kind, "what": task.text}
        for task in open_app().read(tenant_id, people.list_tasks)
    ]
    show(rows, ("id", "since", "kind", "what"), json_=as_json_, name="tasks", empty="Nothing waits for a person.")


@claims.command()
@click.argument("ref")
@tenant_option
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=ENGLISH, show_default=True, envvar="KRAVBRO_LANGUAGE", show_envvar=True,
    help="The language it is told in.",
)  # fmt: skip
@click.option("--as-of", metavar="DAY", help="Decide as on this day, on the facts of today.")
@json_option
def explain(ref: str, tenant_id: str, language: str, as_of: str | None, as_json_: bool) -> None:  # noqa: FBT001
    """Tell why an invoice (or a claim's first one) is where it is, what would have to change, and what happens next."""
    app = open_app()
    on = day("--as-of", as_of)
    run = app.look(tenant_id, on) if on else look(app, tenant_id)
    told = explain_invoice(run, find_invoice_ref(run, ref), language)
    if as_json_:
        as_json(asdict(told))
        return
    click.echo(say("about_invoice", language, **told.invoice))
    for line in told.lines:
        click.echo(f"  {line}")
    if told.claim:
        click.echo(_claim_line(told.claim, language))
    click.echo(say("happened" if told.timeline else "nothing_happened", language))
    for line in timeline_lines(told.timeline, language):
        click.echo(f"  {line}")


def _claim_line(claim: dict[str, Any], language: str) -> str:
    states = [render_state(claim["lifecycle"], language)]
    if claim["phase"] and claim["lifecycle"] != "closed":
        states.append(render_state(claim["phase"], language))
    if claim["close_reason"]:
        states.append(say("about_end", language, reason=render_state(claim["close_reason"], language)))
    case = say("about_case", language, case=claim["agency_case_ref"]) if claim["agency_case_ref"] else ""
    return say("about_claim", language, claim=claim["id"][:12], agency=claim["agency_name"], case=case, states=", ".join(states))
