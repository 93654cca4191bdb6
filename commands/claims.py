"""`kravbro claims`: what is at the agency and why, and what a person may say about it."""

from __future__ import annotations

import getpass
import mimetypes
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from commands.output import as_json, day, json_option, money, said, show, tenant_option, timeline_lines
from commands.stops import (
    OF_THE_PERSON,
    add_hold,
    defer_with_letter,
    hold_id,
    insolvent,
    look,
    note_documents,
    plan,
    release_debtor,
    stops_of,
)
from commands.wiring import App, open_app
from core.engine import aftermath, outcomes
from core.engine.adjust import TOLD
from core.engine.context import Run
from core.engine.explain import explain_invoice, find_invoice_ref
from core.engine.timeline_words import say
from core.errors import ConfigError
from core.model import Invoice
from core.policy import render_state
from core.policy.facts import Hold, HoldKind
from core.states import IntentState
from core.store import books, people
from core.store import claims as store
from core.store.journal import Intent
from core.words import ENGLISH, LANGUAGES
from core.writes import Finding, Receipt, SendLetter

FILE_MAX: Final = 10_485_760
"""How many bytes a file of an answer may have: as many as an agency's own report may."""


KINDS: Final = [kind.value for kind in HoldKind if kind not in (HoldKind.DISPUTE, HoldKind.INSOLVENCY)]
"""What is said with `claims hold`; a dispute and an insolvency have commands of their own."""

ENDLESS: Final = ("deceased", "protected_identity")
"""What no day ends: a person does."""


@click.group()
def claims() -> None:
    """List and explain claims; hold, release, dispute, answer, withdraw, approve, resolve."""


claims.add_command(plan)
claims.add_command(insolvent)


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


@claims.command()
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
        raise ConfigError("--until", f"no day ends {kind}", "Leave it out, and end the stop with `kravbro claims release INVOICE`.")
    source_ref = find_invoice_ref(run, ref)
    if letter:
        _check_letter(kind, debtor=debtor)
        with app.owned(tenant_id, ports=True) as owned:
            defer_with_letter(app, owned, source_ref, reason, last)
        return
    add_hold(app, run, source_ref, HoldKind(kind), reason, until=last, debtor=debtor or HoldKind(kind).of_person)
    click.echo(f"Invoice {source_ref} is stopped{f' until {last}' if last else ''}: {reason}.")


def _check_letter(kind: str, *, debtor: bool) -> None:
    if kind == "plan":
        raise ConfigError("--letter", "a plan's letter needs its instalments", "Say it with `kravbro claims plan INVOICE … --letter`.")
    if kind != "deferral":
        raise ConfigError("--letter", f"there is no letter about a {kind}", "Give --kind deferral, or leave it out.")
    if debtor:
        raise ConfigError("--letter", "a letter is about one invoice", "Say it for each invoice, without --debtor.")


@claims.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", callback=said, help="What the debtor objects to; left out where only documents are noted.")
@click.option("--amount", help="The disputed part; all of it unless told.")
@click.option("--asked", default="", help="What documents the debtor asks for.")
@click.option("--given", default="", help="What documents the debtor was given.")
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
    add_hold(app, run, source_ref, HoldKind.DISPUTE, reason, amount=part, asked=asked, given=given)
    click.echo(f"Invoice {source_ref}: {part or 'all of it'} is disputed: {reason}.")


@claims.command()
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
        what = f"{hold_.kind.replace('_', ' ')} on {'the debtor' if hold_.scope == 'debtor' else f'invoice {source_ref}'}: {hold_.reason}"
        click.echo(f"Ended: {what}." if hold_.kind in kinds else f"Stays: {what}. `--debtor` ends it.")
    if not before:
        click.echo(f"There was no stop on invoice {source_ref}.")


@claims.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why the claim is taken back; the agency reads it.")
def withdraw(ref: str, tenant_id: str, reason: str) -> None:
    """Take a claim back from the agency with the next run."""
    app = open_app()
    with app.owned(tenant_id) as run, app.database.write() as connection:
        claim = _claim(connection, run, ref)
        if claim.lifecycle not in TOLD:
            raise ConfigError(f"claim {claim.id[:12]}", f"it is {claim.lifecycle}", "Only a claim at the agency can be taken back.")
        store.change_claim(connection, claim, replace(claim.snapshot, withdraw_reason=reason))
        for line in claim.snapshot.lines:
            hold_ = Hold(hold_id(app, run, HoldKind.HOLD, line.invoice_ref), HoldKind.HOLD, "invoice", f"withdrawn: {reason}", run.today)
            people.add_hold(connection, tenant_id, hold_, line.invoice_ref, app.clock.now())
            aftermath.propose(run, connection, line.invoice_ref, f"Claim {claim.id[:12]} is taken back ({reason})")
    click.echo(f"Claim {claim.id[:12]} is taken back with the next run; its invoices stay on hold until released.")


@claims.command()
@click.argument("ref")
@tenant_option
@click.option("--text", required=True, callback=said, help="The answer; the agency reads it.")
@click.option(
    "--document", "documents", multiple=True, metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that goes with it, e.g. the contract; may be given more than once.",
)  # fmt: skip
def answer(ref: str, tenant_id: str, text: str, documents: tuple[Path, ...]) -> None:
    """Answer what the agency has asked about a claim; it is told with the next run."""
    from core.engine import questions

    app = open_app()
    files = [_read_file(path) for path in documents]
    with app.owned(tenant_id) as run, app.database.write() as connection:
        claim = _claim(connection, run, ref, left=True)
        asked = questions.answer(run, connection, claim, text, files)
    for one in asked:
        click.echo(f"Answered: {one.question}")
    click.echo(f"The agency reads it on claim {claim.id[:12]} after the next run.")


def _read_file(path: Path) -> tuple[str, str, bytes]:
    """Return a file as an answer carries it: its name, its media type, its bytes."""
    content = path.read_bytes()
    if not 0 < len(content) <= FILE_MAX:
        raise ConfigError(
            f"--document {path}", f"it has {len(content)} bytes", f"Give a file that holds something, and at most {FILE_MAX} bytes."
        )
    return path.name, mimetypes.guess_type(path.name)[0] or "application/octet-stream", content


@claims.command(name="write-off")
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why it is a loss: the accountant's judgement.")
def write_off_(ref: str, tenant_id: str, reason: str) -> None:
    """Write off what an ended claim left unpaid, as the accountant has decided; it is booked with the next run."""
    from core.engine import write_off

    app = open_app()
    source_ref = find_invoice_ref(look(app, tenant_id), ref)
    with app.owned(tenant_id) as run, app.database.write() as connection:
        invoice, account = write_off.plan(run, connection, source_ref, reason)
    click.echo(
        f"{invoice.open} of invoice {invoice.number} is written off to account {account} with the next run. "
        "The VAT of a loss is yours to correct in the accounting system."
    )


@claims.command()
@click.argument("digest", required=False)
@tenant_option
@click.option("--list", "list_them", is_flag=True, help="List what waits for a yes.")
@click.option("--decline", is_flag=True, help="Say no; it is not asked again while nothing changes.")
@json_option
def approve(digest: str | None, tenant_id: str, list_them: bool, decline: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Say yes to what the policy asks a person; it goes with the next run, unless the amounts change first."""
    app = open_app()
    if list_them or not digest:
        show(
            app.read(tenant_id, people.list_approvals),
            ("id", "action", "what"),
            json_=as_json_,
            name="questions",
            empty="Nothing waits for a yes.",
        )
        return
    app.tenant(tenant_id)
    with app.database.write() as connection:
        what = people.approve(connection, tenant_id, digest, getpass.getuser(), app.clock.now(), yes=not decline)
    click.echo(f"{'Declined' if decline else 'Approved'}: {what.rstrip('.')}.")


@claims.command()
@click.argument("ref")
@tenant_option
@click.option("--landed", metavar="REF", help="An uncertain write was done; its number at the other end.")
@click.option("--not-landed", is_flag=True, help="An uncertain write was not done; it is planned again if it is still due.")
@click.option("--again", metavar="REASON", callback=said, help="A rejected or withdrawn claim may be handed over again, because of this.")
@click.option(
    "--reminders-known", "known", metavar="REASON", callback=said,
    help="The accounting system's own reminders of an invoice are known; ours go on.",
)  # fmt: skip
@click.option(
    "--through-agency", metavar="WHY", callback=said, help="A payment on our account, named by its number, came through an agency."
)
@click.option("--from-debtor", metavar="WHY", callback=said, help="A payment on our account, named by its number, is the debtor's own.")
@click.option("--done", metavar="WORDS", callback=said, help="A task is done.")
def resolve(
    ref: str,
    tenant_id: str,
    landed: str | None,
    not_landed: bool,  # noqa: FBT001
    again: str | None,
    known: str | None,
    through_agency: str | None,
    from_debtor: str | None,
    done: str | None,
) -> None:
    """Settle what only a person can: an uncertain write, a rejected claim, whose a payment is, a task."""
    app = open_app()
    if sum(map(bool, (landed, not_landed, again, known, through_agency, from_debtor, done))) != 1:
        named = "--landed, --not-landed, --again, --reminders-known, --through-agency, --from-debtor, --done"
        raise ConfigError("resolve", "say one thing", f"Give one of {named}.")
    with app.owned(tenant_id) as run:
        if again:
            _reopen(app, run, ref, again)
        elif known:
            _accept_reminders(app, run, ref, known)
        elif through_agency:
            _say_origin(app, run, ref, "agency", through_agency, ("whose_payment",))
        elif from_debtor:
            _say_origin(app, run, ref, "debtor", from_debtor, ("whose_payment", "booked_by_hand"))
        elif done:
            _finish_task(app, run, ref, done)
        else:
            _settle(app, run, ref, landed)


def _settle(app: App, run: Run, ref: str, landed: str | None) -> None:
    intent = _uncertain(app, run, ref)
    receipt = _receipt(app, run, intent, landed) if landed else None
    with app.database.write() as connection:
        if receipt:
            outcomes.confirmed(run, connection, intent, receipt)
        else:
            outcomes.not_landed(run, connection, intent)
        people.resolve_task(connection, run.tenant.id, "uncertain", intent.id, "settled by a person", app.clock.now())
    click.echo(f"{intent.kind} {intent.id[:12]}: {'done' if landed else 'not done'}.")


def _receipt(app: App, run: Run, intent: Intent, landed: str) -> Receipt:
    """Return what a person's word is worth: what the other end shows, where it can be asked; a letter has no number there."""
    said = {"by": "a person", "said": landed}
    if isinstance(intent.write, SendLetter):
        return Receipt("", said)
    with app.database.read() as connection:
        taken = run.journal.taken_refs(connection, intent.kind, intent.id)
    channel = app.ports(run.tenant).channels.get(intent.channel)
    assert intent.prepared is not None, "what is uncertain was sent"
    unasked = Finding("ambiguous")
    known = channel is not None and intent.kind in channel.deliveries
    finding = channel.look_up(intent.write, intent.prepared, intent.id, taken) if channel and known else unasked
    there = (finding.receipt.remote_ref,) if finding.receipt else finding.candidates
    if landed in taken:
        raise ConfigError("--landed", f"another {intent.kind} is {landed} already", "Name this one, e.g. by its own number.")
    if finding != unasked and landed not in there:
        what = f"{landed} is not it: {', '.join(there) or 'nothing'} fits there"
        raise ConfigError(f"{intent.kind} {intent.id[:12]}", what, "Give the number that fits, or --not-landed.")
    return Receipt(landed, (finding.receipt.data if finding.receipt else {}) | said)


def _uncertain(app: App, run: Run, ref: str) -> Intent:
    with app.database.read() as connection:
        found = [intent for intent in run.journal.list_in(connection, IntentState.UNCERTAIN) if intent.id.startswith(ref)]
    if len(found) != 1:
        raise ConfigError(ref, "no uncertain write has this id", "See `kravbro claims tasks`.")
    return found[0]


def _reopen(app: App, run: Run, ref: str, reason: str) -> None:
    with app.database.write() as connection:
        claim = _claim(connection, run, ref, left=True)
        if claim.is_active:
            raise ConfigError(f"claim {claim.id[:12]}", f"it is {claim.lifecycle}", "Only an ended claim can be handed over again.")
        said = store.contradicted_by(connection, claim)
        if said:
            what = f"the agency has reported {said.replace('_', ' ')} since it rejected it"
            raise ConfigError(f"claim {claim.id[:12]}", what, "Ask it; once it rejects or closes the claim again, say this again.")
        store.change_claim(connection, claim, replace(claim.snapshot, reopen_reason=reason))
        for kind in ("rejected", "disputed", "loss_proposed", "left_unpaid"):
            people.resolve_task(connection, run.tenant.id, kind, claim.id, reason, app.clock.now())
    click.echo(f"The invoices of claim {claim.id[:12]} may be handed over again: {reason}.")


def _accept_reminders(app: App, run: Run, ref: str, reason: str) -> None:
    source_ref = find_invoice_ref(run, ref)
    with app.database.write() as connection:
        invoice = books.find_invoice(connection, run.tenant.id, source_ref)
        count = (invoice.vendor_reminders if invoice else None) or 0
        if not count:
            raise ConfigError(f"invoice {source_ref}", "the accounting system counts no reminders on it", "There is nothing to accept.")
        books.accept_reminders(connection, run.tenant.id, source_ref, count)
        people.resolve_task(connection, run.tenant.id, "gate_vendor_reminds", source_ref, reason, app.clock.now())
    click.echo(f"Invoice {source_ref}: {count} reminders of the accounting system are known; ours go on without a fee.")


def _say_origin(app: App, run: Run, ref: str, origin: people.Origin, reason: str, asked_by: tuple[str, ...]) -> None:
    """Take a person's word for whose money stands on our own account: of a payment that a task asks about, or to correct what was said."""
    now = app.clock.now()
    with app.database.write() as connection:
        asked = [task for task in people.list_tasks(connection, run.tenant.id) if task.kind in asked_by and task.subject == ref]
        if not asked and ref not in people.list_origins(connection, run.tenant.id):
            raise ConfigError(f"payment {ref}", "no open task asks whether it is", "See `kravbro claims tasks`.")
        people.say_origin(connection, run.tenant.id, ref, origin, reason, now)
        for task in asked:
            people.resolve_task(connection, run.tenant.id, task.kind, ref, reason, now)
    click.echo(f"Payment {ref} came {'through an agency' if origin == 'agency' else 'from the debtor'}: {reason}.")


def _finish_task(app: App, run: Run, ref: str, words: str) -> None:
    with app.database.write() as connection:
        found = [task for task in people.list_tasks(connection, run.tenant.id) if task.id.startswith(ref)]
        if len(found) != 1:
            raise ConfigError(ref, "no open task has this id", "See `kravbro claims tasks`.")
        people.resolve_task(connection, run.tenant.id, found[0].kind, found[0].subject, words, app.clock.now())
    click.echo("Done.")


def _claim(connection: Any, run: Run, ref: str, *, left: bool = False) -> store.Claim:
    """Return a claim by its id or its invoice's; with `left`, the invoice's newest that was not dropped before it left."""
    covering = [claim for claim in store.claims_of_invoice(connection, run.tenant.id, ref) if not (left and claim.was_dropped)]
    return covering[-1] if covering else store.find_claim_by_start(connection, run.tenant.id, ref)
