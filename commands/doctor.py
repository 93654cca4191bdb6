"""`kravbro doctor`: is everything a tenant needs in place?"""

from __future__ import annotations

import sys

import click

from commands.doctor_checks import asked_of, every_tenant, known_of, opened, run_checks
from commands.output import as_json, chosen_tenant, json_option
from commands.wiring import App, open_app
from core.errors import ConfigError, LoginExpiredError


@click.command()
@click.option("--tenant", "tenant_id", help="Check this tenant thoroughly: log in at its books and its mail server.")
@click.option("--prove", "proving", is_flag=True, help="Find out what nobody documents by booking 1.00 on a trial agreement; asks first.")
@json_option
def doctor(tenant_id: str | None, proving: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Check that everything tenants need is in place; ends with 2 where something is not, with 1 where a login has expired.

    Without --tenant every tenant gets one line, by what is kept here: nobody else is asked.
    """
    app = open_app()
    if proving:
        _prove(app, tenant_id)
        return
    if tenant_id:
        tenant = app.tenant(chosen_tenant(click.get_current_context(), tenant_id))
        rows = run_checks(opened(app) | asked_of(app, tenant) | known_of(app, tenant))
    else:
        rows = [*run_checks(opened(app)), *every_tenant(app)]
    if as_json_:
        as_json({"checks": rows})
    else:
        for row in rows:
            click.echo(f"{'ok  ' if row['ok'] else 'NO  '}{row['what']}: {row['says']}")
    if not all(row["ok"] for row in rows):
        sys.exit(LoginExpiredError.exit_code if any(row["login_expired"] for row in rows) else ConfigError.exit_code)


def _prove(app: App, tenant_id: str | None) -> None:
    """Book 1.00 in the tenant's books, once a person has said that they are a trial's, and say what that shows."""
    if not tenant_id:
        raise ConfigError("--prove", "it needs a tenant", "Name it with --tenant.")
    tenant = app.tenant(tenant_id)
    connector = app.connector(tenant)
    if not hasattr(connector, "prove"):
        raise ConfigError("--prove", f"nothing is left to be proved for {tenant.connector}", "Leave it out.")
    if tenant.live_from is not None:
        todo = "Connect a trial agreement as a tenant of its own, and prove it there."
        raise ConfigError(f"tenant {tenant_id}", "it is live, and what is booked stays booked", todo)
    if not tenant.books_setup.clearing:
        raise ConfigError(
            f"accounts of {tenant_id}",
            "no clearing account is chosen",
            f"Choose it: `kravbro tenants accounts {tenant_id} --set clearing=…`.",
        )
    number = connector.check_company(tenant.org_no).remote_id
    invoice, setup = connector.choose_proof(), tenant.books_setup
    click.echo(
        f"This books a payment of 1.00 {invoice.currency} on invoice {invoice.number}, against account {setup.clearing}. It stays booked."
    )
    if click.prompt(f"If {tenant.name} is a trial agreement, type its number") != number:
        raise ConfigError("--prove", "that is not the agreement's number", "Nothing was booked.")
    proof = connector.prove(invoice, setup)
    for sentence in proof.says:
        click.echo(sentence)
    if not proof.right:
        sys.exit(ConfigError.exit_code)
