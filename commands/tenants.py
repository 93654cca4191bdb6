"""`kravbro tenants`: who uses us, and what was agreed with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import click

from commands.output import Progress, as_json, json_option, named, person, show, tenant_argument
from commands.tenant_letters import letters
from commands.tenant_settings import check_site, settings
from commands.tenant_terms import charges, check_receivable, due_basis, fee, reminder
from commands.wiring import App, find_consent, open_app
from core.clock import day_in
from core.errors import ConfigError, RetryLaterError
from core.model import BooksSetup, DebtorKind, is_mail_address
from core.store import books, claims, journal, people
from core.store import tenants as store
from core.store.restore import RESTORED
from core.store.tenants import Mandate, Tenant, VendorReminder


@click.group(name="tenants")
def tenants() -> None:
    """List tenants and what was agreed with them."""


for command in (letters, fee, charges, due_basis, reminder, settings):
    tenants.add_command(command)


@tenants.command(name="list")
@json_option
def list_(as_json_: bool) -> None:  # noqa: FBT001
    """List every tenant."""
    app = open_app()
    with app.database.read() as connection:
        found = store.list_tenants(connection)
        rows = [_row(connection, tenant) for tenant in found]
    columns = ("id", "name", "system", "agency", "policy", "live_from", "last_run_on", "state", "tasks", "quarantined")
    show(rows, columns, json_=as_json_, name="tenants", empty="No tenant yet: connect one with `kravbro connect`.")


def _row(connection: Any, tenant: Tenant) -> dict[str, Any]:
    version, _ = store.get_policy(connection, tenant.id)
    return {
        "id": tenant.id, "name": tenant.name, "system": tenant.connector, "agency": tenant.agency or "-", "policy": version or "-",
        "live_from": tenant.live_from or "-", "last_run_on": tenant.last_run_on or "-", "state": tenant.state,
        "tasks": len(people.list_tasks(connection, tenant.id)), "quarantined": len(books.list_quarantined(connection, tenant.id)),
    }  # fmt: skip


@tenants.command(name="show")
@tenant_argument
@json_option
def show_(tenant_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """Show what was agreed with a tenant, its open tasks and the rows in quarantine."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    with app.database.read() as connection:
        tasks = people.list_tasks(connection, tenant_id)
        quarantined = books.list_quarantined(connection, tenant_id)
    facts = {
        "id": tenant.id, "name": tenant.name, "organisation_number": tenant.org_no, "system": tenant.connector, "agency": tenant.agency,
        "booking_mode": tenant.booking_mode, "accounts_confirmed": tenant.books_confirmed, "accounts": asdict(tenant.books_setup),
        "mandate_missing": list(tenant.mandate.missing()), "reminder_fee_agreement": tenant.reminder_fee_agreement,
        "reminder_fee_since": str(tenant.reminder_fee_since or ""),
        "due_basis": {kind.value: tenant.basis_towards(kind).value for kind in DebtorKind},
        "interest_notice": tenant.interest_notice,
        "vendor_reminder": _told(tenant.vendor_reminder), "charges_booked": tenant.charges_booked.replace("_", " "),
        "live_from": tenant.live_from, "last_run_on": tenant.last_run_on, "state": tenant.state, "pause_reason": tenant.pause_reason,
        "tasks": [{"kind": task.kind, "text": task.text} for task in tasks],
        "quarantined": [{"list": source, "ref": ref, "why": message} for source, ref, message in quarantined],
    }  # fmt: skip
    if as_json_:
        as_json(facts)
        return
    for line in _lines(facts):
        click.echo(line)


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    """Yield facts for a person to read, a line each, and below it what it has several of."""
    for name, value in facts.items():
        several = isinstance(value, list | dict)
        yield f"{name.replace('_', ' ')}:{'' if several and value else ' none' if several else f' {_plain(value)}'}"
        if isinstance(value, dict):
            yield from (f"  {key.replace('_', ' ')}: {_plain(one)}" for key, one in value.items())
        elif isinstance(value, list):
            yield from (f"  - {one if isinstance(one, str) else ': '.join(map(str, one.values()))}" for one in value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in ("", None) else str(value)


def _told(says: VendorReminder | None) -> dict[str, Any] | None:
    return asdict(says) | {"fee": str(says.fee)} if says else None


@tenants.command()
@tenant_argument
@click.option("--set", "changes", multiple=True, metavar="NAME=ACCOUNT", help="Change one account, e.g. clearing=1684.")
@click.option("--mode", type=click.Choice(["on_event", "on_settlement"]), help="When principal is booked; fixed before the first booking.")
@click.option("--confirm", is_flag=True, help="Confirm the accounts as shown; nothing is booked before that.")
@json_option
def accounts(tenant_id: str, changes: tuple[str, ...], mode: str | None, confirm: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Show, change and confirm where bookings go."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    setup = _changed(tenant.books_setup, changes)
    if changes or confirm:
        _check_chart(app, tenant, setup)
    values: dict[str, Any] = {"books_setup": setup}
    if setup != tenant.books_setup:
        values["books_confirmed"] = False  # what was confirmed was another set of accounts
    if mode:
        values["booking_mode"] = mode
    if confirm:
        empty = [name for name, value in asdict(setup).items() if value == "" and name not in OPTIONAL]
        if empty:
            todo = f"Add it in the accounting system or choose another: --set {empty[0]}=…"
            raise ConfigError(f"accounts of {tenant_id}", f"there is no usable account for {empty[0].replace('_', ' ')}", todo)
        values["books_confirmed"] = True
    with app.database.write() as connection:
        if journal.was_booked(connection, tenant_id):
            _refuse_moves(store.get_tenant(connection, tenant_id), setup, mode)
        store.change_tenant(connection, tenant_id, **values)
        if confirm:
            people.resolve_task(connection, tenant_id, "confirm_books", tenant_id, "confirmed", app.clock.now())
    tenant = app.tenant(tenant_id)
    if as_json_:
        facts = {"tenant": tenant_id, "confirmed": tenant.books_confirmed, "booking_mode": tenant.booking_mode}
        as_json({**facts, "accounts": asdict(tenant.books_setup)})
        return
    for name, value in asdict(tenant.books_setup).items():
        click.echo(f"{name.replace('_', ' '):18} {value if value != '' else '-'}")
    click.echo("Confirmed." if tenant.books_confirmed else "Not confirmed yet: add --confirm.")


OPTIONAL = ("rounding", "feared_loss", "loss", "advance", "charges_receivable")
"""Accounts that may stay unchosen until something is to be booked there; `tenants charges` asks for its own."""


def _changed(setup: BooksSetup, changes: tuple[str, ...]) -> BooksSetup:
    """Return the accounts with what `--set` says of them."""
    known = {field.name for field in fields(BooksSetup)}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in known or not value:
            raise ConfigError("--set", f"{change!r} names no account", f"Write NAME=ACCOUNT with one of: {', '.join(sorted(known))}.")
        setup = replace(setup, deductible_pct=_per_cent(value)) if name == "deductible_pct" else replace(setup, **{name: value})  # type: ignore[arg-type]
    return setup


def _check_chart(app: App, tenant: Tenant, setup: BooksSetup) -> None:
    """Refuse an account that the company's chart does not have, or that is closed there or for another use."""
    if tenant.charges_booked == "when_sent":
        check_receivable(tenant.id, setup)
    today = day_in(tenant.country, app.clock.now())
    usable = {account.number for account in app.connector(tenant).list_accounts(today) if account.active}
    for name, number in asdict(setup).items():
        if name not in ("mode", "series", "deductible_pct") and number and number not in usable:
            todo = "Choose another, or open it in the accounting system."
            raise ConfigError(f"--set {name}", f"the chart of accounts has no open account {number!r}", todo)


def _per_cent(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise ConfigError("--set", f"{text!r} is no share in per cent", "Write 0 to 100.")
    return int(text)


def _refuse_moves(tenant: Tenant, setup: BooksSetup, mode: str | None) -> None:
    """Refuse, once something was booked, what would leave the first bookings on one account and their settlement on another."""
    if mode and mode != tenant.booking_mode:
        raise ConfigError("--mode", "payments were booked already", "The booking mode is fixed before the first booking.")
    for name in ("clearing", "mode", "receivable", "charges_receivable"):
        old = getattr(tenant.books_setup, name)
        if old and getattr(setup, name) != old:
            todo = "Leave it; if it must move, move the balance by a voucher in the accounting system once all is settled."
            raise ConfigError(f"--set {name}", f"bookings have gone by {old} already", todo)


@tenants.command()
@tenant_argument
@click.option("--contract", callback=named, help="The contract with the agency, by number or date.")
@click.option("--signatory", callback=person, help="Who signed for the creditor (not the bureau).")
@click.option("--client-number", callback=named, help="The creditor's number at the agency.")
@click.option("--price-version", callback=named, help="The price list that was agreed.")
@click.option("--payout-account", callback=named, help="The verified account that money is paid out to.")
@click.option("--fees-kept-by", type=click.Choice(["agency", "creditor"]), help="Who keeps fees and compensation.")
@click.option("--processor-agreement", callback=named, help="The processor agreement between the client and us.")
def mandate(tenant_id: str, **given: str | None) -> None:
    """Record what must be there before a claim may leave."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    recorded: Mandate = replace(tenant.mandate, **{name: value for name, value in given.items() if value})
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, mandate=recorded)
    missing = ", ".join(f"--{name.replace('_', '-')}" for name in recorded.missing())
    click.echo(f"Missing: {missing}." if missing else "The mandate is complete.")


@tenants.command()
@tenant_argument
@click.option("--agency", required=True, help="The agency claims go to; see `kravbro agencies list`.")
def choose(tenant_id: str, agency: str) -> None:
    """Choose the agency."""
    app = open_app()
    app.tenant(tenant_id)
    with app.database.write() as connection:
        store.get_agency(connection, agency)
        store.change_tenant(connection, tenant_id, agency=agency)
        elsewhere = [claim.agency for claim in claims.list_claims(connection, tenant_id) if claim.is_active and claim.agency != agency]
    click.echo(f"{tenant_id} hands over to {agency}.")
    for other in sorted(set(elsewhere)):
        count = elsewhere.count(other)
        stay = "One claim stays" if count == 1 else f"{count} claims stay"
        click.echo(f"{stay} with {other}: it is told and heard as before, until the end.")


@tenants.command()
@tenant_argument
@click.option("--host", required=True, help="The mail server.")
@click.option("--port", default=587, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@click.option(
    "--security",
    type=click.Choice(["starttls", "tls", "none"]),
    default="starttls",
    show_default=True,
    help="How the connection is encrypted.",
)
@click.option("--user", default="", help="Who logs in; nobody unless told.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False), help="A file with the password; it is kept in the vault.")
@click.option("--from", "from_address", required=True, help="The sender, an address of the client's own verified domain.")
@click.option("--reply-to", default="", help="Where answers go; the sender unless told.")
@click.option("--contact", default="", help="Who at the client is told of handovers before they go.")
@click.option("--site", default="", help="Where `kravbro serve` is reached from outside; that mail has a link then that stops a handover.")
def mail(tenant_id: str, password_file: str | None, from_address: str, **given: Any) -> None:
    """Set the mail server letters go out by."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    for option, address in (("--from", from_address), ("--reply-to", given["reply_to"]), ("--contact", given["contact"])):
        if address and not is_mail_address(address):
            raise ConfigError(option, f"{address!r} is no mail address", "Give one like invoices@acme.example.")
    if given["site"]:
        check_site("--site", given["site"])
    server = {name: str(value) for name, value in given.items() if value} | {"from": from_address}
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, mail=server)
        if password_file:
            with open(password_file, encoding="utf-8") as file:  # noqa: PTH123
                secret = {"password": file.read().strip()}
            store.save_secrets(connection, f"tenant {tenant_id}", "mail", secret, store.owner_vault(app.vault, tenant))
    click.echo(f"Letters of {tenant_id} go out by {given['host']}.")


@tenants.command()
@tenant_argument
def live(tenant_id: str) -> None:
    """Let letters, claims and bookings go from today on."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    app.policy(tenant)
    if tenant.company is None:
        raise ConfigError(f"tenant {tenant_id}", "its company was never reached", "Connect it: `kravbro connect`.")
    if not tenant.agency:
        raise ConfigError(f"tenant {tenant_id}", "it has no agency", f"Choose one: `kravbro tenants choose {tenant_id} --agency NAME`.")
    today = day_in(tenant.country, app.clock.now())
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, live_from=today)
    click.echo(f"{tenant_id} is live from {today}. Runs now send and book.")


@tenants.command()
@tenant_argument
def resume(tenant_id: str) -> None:
    """Let a paused tenant run again, once its login works.

    After a restore the next run asks about every letter and claim that was due by then: compare each with what was sent since the backup,
    then `kravbro claims approve` it, or hold it.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    try:
        app.connector(tenant).get_company()
    except RetryLaterError as error:
        then, todo = f"{tenant_id} is still {tenant.state}", f"Say `kravbro tenants resume {tenant_id}` again later."
        raise RetryLaterError(error.remote, error.reason, todo=todo, request_id=error.request_id, then=then) from None
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, state="active", pause_reason="")
        for kind in ("login", RESTORED):
            people.resolve_task(connection, tenant_id, kind, tenant_id, "resumed", app.clock.now())
    click.echo(f"{tenant_id} runs again.")


@tenants.command()
@tenant_argument
def disconnect(tenant_id: str) -> None:
    """End the login of a tenant: the vendor is told to forget it, it is forgotten here, and nothing runs until it is connected again.

    Claims at agencies go on there: withdraw them first, if they are to end too.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    with app.leased(tenant_id):
        told = _end_login(app, tenant)
        app.tokens(tenant).forget()
        with app.database.write() as connection:
            store.change_tenant(connection, tenant_id, state="paused", pause_reason="it was disconnected: connect it again")
    click.echo(f"{tenant_id}: {told} Nothing runs for it until it is connected again.")


def _end_login(app: App, tenant: Tenant) -> str:
    """Have the vendor forget the refresh token; say what it says. A vendor that does not answer ends the command, and nothing has changed."""
    token = app.tokens(tenant).get()
    consents = find_consent(tenant.connector)
    if token is None or not token.refresh or consents is None:
        return "No login was kept here; take the access away in the accounting system too."
    with app.database.read() as connection:
        secret = store.read_secrets(connection, f"tenant {tenant.id}", "connector", store.owner_vault(app.vault, tenant))
    consent = consents({**tenant.settings, **secret}, clock=app.clock)
    if consent.revoke(token):
        return "The vendor has forgotten the login."
    return "The vendor did not confirm that it forgot the login: take the access away in the accounting system."


@tenants.command(name="print")
@tenant_argument
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The PDF to write.")
def print_(tenant_id: str, out: str) -> None:
    """Write the letters that wait for the post into one PDF; they count as sent today."""
    app = open_app()
    path = Path(out)
    if not path.parent.is_dir():
        raise ConfigError("--out", f"there is no folder {path.parent}", "Give a file in a folder that exists.")
    with Progress("letters", None, every=25, quiet=False) as progress:
        count = app.print_letters(tenant_id, path, progress.step)
    what = f"One letter is in {out}; post it" if count == 1 else f"{count} letters are in {out}; post them"
    says = "the day to pay by stands in each, three days later than by mail at least, for the time until it was printed"
    click.echo(f"{what} today: {says}." if count else "No letter waits to be printed.")
