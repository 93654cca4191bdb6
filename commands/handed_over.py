"""What a person says of a claim, before it goes and after: yes, an answer, take it back, it is a loss."""

from __future__ import annotations

import getpass
import mimetypes
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from commands.output import json_option, said, show, tenant_option
from commands.stopping import hold_id, look, say_stop
from commands.wiring import open_app
from core.engine import aftermath
from core.engine.adjust import TOLD
from core.engine.context import Run
from core.engine.explain import find_invoice_ref
from core.errors import ConfigError
from core.policy.facts import Hold, HoldKind
from core.store import books, people
from core.store import claims as store

__all__ = ["answer", "approve", "find_claim", "withdraw", "write_off"]

FILE_MAX: Final = 10_485_760
"""How many bytes a file of an answer may have: as many as an agency's own report may."""


@click.command()
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why the claim is taken back; the agency reads it.")
def withdraw(ref: str, tenant_id: str, reason: str) -> None:
    """Take a claim back from the agency with the next run."""
    app = open_app()
    with app.owned(tenant_id) as run, app.database.write() as connection:
        claim = find_claim(connection, run, ref)
        if claim.lifecycle not in TOLD:
            raise ConfigError(f"claim {claim.id[:12]}", f"it is {claim.lifecycle}", "Only a claim at the agency can be taken back.")
        if claim.snapshot.withdraw_reason == reason:
            click.echo(f"Claim {claim.id[:12]} is taken back with the next run, as was said already: nothing has changed.")
            return
        store.change_claim(connection, claim, replace(claim.snapshot, withdraw_reason=reason))
        for line in claim.snapshot.lines:
            hold_ = Hold(hold_id(app, run, HoldKind.HOLD, line.invoice_ref), HoldKind.HOLD, "invoice", f"withdrawn: {reason}", run.today)
            say_stop(connection, run, hold_, line.invoice_ref)
            aftermath.propose(run, connection, line.invoice_ref, f"Claim {claim.id[:12]} is taken back ({reason})")
    click.echo(f"Claim {claim.id[:12]} is taken back with the next run; its invoices stay on hold until released.")


@click.command()
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
        claim = find_claim(connection, run, ref, left=True)
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


@click.command(name="write-off")
@click.argument("ref")
@tenant_option
@click.option("--reason", required=True, callback=said, help="Why it is a loss: the accountant's judgement.")
def write_off(ref: str, tenant_id: str, reason: str) -> None:
    """Write off what an ended claim left unpaid, as the accountant has decided; it is booked with the next run."""
    from core.engine.write_off import plan

    app = open_app()
    source_ref = find_invoice_ref(look(app, tenant_id), ref)
    with app.owned(tenant_id) as run, app.database.write() as connection:
        invoice, account = plan(run, connection, source_ref, reason)
    click.echo(
        f"{invoice.open} of invoice {invoice.number} is written off to account {account} with the next run. "
        "The VAT of a loss is yours to correct in the accounting system."
    )


@click.command()
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


def find_claim(connection: Any, run: Run, ref: str, *, left: bool = False) -> store.Claim:
    """Return a claim by its id or its invoice's; with `left`, the invoice's newest that was not dropped before it left."""
    invoice = books.find_ref(connection, run.tenant.id, ref) or ref
    covering = [claim for claim in store.claims_of_invoice(connection, run.tenant.id, invoice) if not (left and claim.was_dropped)]
    return covering[-1] if covering else store.find_claim_by_start(connection, run.tenant.id, ref)
