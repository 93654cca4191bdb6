"""What only a person can settle: an uncertain write, a rejected claim, whose a payment is, a task."""

from __future__ import annotations

from dataclasses import replace

import click

from commands.handed_over import find_claim
from commands.output import said, tenant_option
from commands.wiring import App, open_app
from core.engine import outcomes
from core.engine.context import Run
from core.engine.explain import find_invoice_ref
from core.errors import ConfigError
from core.states import IntentState
from core.store import books, people
from core.store import claims as store
from core.store.journal import Intent
from core.writes import Finding, Receipt, SendLetter

__all__ = ["resolve"]


@click.command()
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
    channel = app.ports(run.tenant).channels.get(intent.channel)
    assert intent.prepared is not None, "what is uncertain was sent"
    if isinstance(intent.write, SendLetter):
        by_books = channel.look_up(intent.write, intent.prepared, intent.id, ()) if channel and intent.channel == "books" else None
        left = by_books.receipt.data.get("open") if by_books and by_books.receipt else None
        return Receipt("", said | ({"open": left} if left else {}))
    with app.database.read() as connection:
        taken = run.journal.taken_refs(connection, intent.kind, intent.id)
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
        claim = find_claim(connection, run, ref, left=True)
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
            raise ConfigError(f"invoice {ref}", "the accounting system counts no reminders on it", "There is nothing to accept.")
        books.accept_reminders(connection, run.tenant.id, source_ref, count)
        people.resolve_task(connection, run.tenant.id, "gate_vendor_reminds", source_ref, reason, app.clock.now())
    click.echo(
        f"Invoice {invoice.number if invoice else ref}: {count} reminders of the accounting system are known; ours go on without a fee."
    )


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
