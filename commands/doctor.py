"""`kravbro doctor`: is everything a tenant needs in place?"""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from commands.output import as_json, json_option
from commands.wiring import App, open_app
from core.clock import day_in
from core.errors import ConfigError, KravbroError, LoginExpiredError
from core.store import tenants

Check = Callable[[], tuple[bool, str]]
"""Tells whether something is in place, and in words."""


@click.command()
@click.option("--tenant", "tenant_id", help="Check this tenant too.")
@click.option("--prove", "proving", is_flag=True, help="Find out what nobody documents by booking 1.00 on a trial agreement; asks first.")
@json_option
def doctor(tenant_id: str | None, proving: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Check that everything a tenant needs is in place; ends with 2 where something is not, with 1 where the login has expired."""
    app = open_app()
    if proving:
        _prove(app, tenant_id)
        return
    checks: dict[str, Check] = {"database": lambda: (True, "fits this program"), "master key": lambda: _key(app)}
    if tenant_id:
        checks |= _tenant_checks(app, tenant_id)
    rows = [_run(name, check) for name, check in checks.items()]
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


def _run(name: str, check: Check) -> dict[str, object]:
    expired = False
    try:
        fine, says = check()
    except KravbroError as error:
        fine, says, expired = False, str(error), isinstance(error, LoginExpiredError)
    return {"what": name, "ok": fine, "says": says, "login_expired": expired}


def _key(app: App) -> tuple[bool, str]:
    with app.database.read() as connection:
        for tenant in tenants.list_tenants(connection):
            tenants.owner_vault(app.vault, tenant)
    return True, "opens every tenant"


def _tenant_checks(app: App, tenant_id: str) -> dict[str, Check]:
    tenant = app.tenant(tenant_id)
    today = day_in(tenant.country, app.clock.now())

    def company() -> tuple[bool, str]:
        return True, str(app.connector(tenant).check_company(tenant.org_no).name)

    def policy() -> tuple[bool, str]:
        version, policy = app.policy(tenant)
        return True, f"{policy.name}, version {version}"

    def freshness() -> tuple[bool, str]:
        until = app.connector(tenant).bank_postings_until(today)
        return bool(until), f"bank postings reach {until}" if until else "nothing shows how far the bank is booked: reminders will wait"

    def mandate() -> tuple[bool, str]:
        missing = tenant.mandate.missing()
        todo = f"nothing is handed over yet: record it with `kravbro tenants mandate {tenant_id}`"
        return not missing, f"missing: {', '.join(missing)}; {todo}" if missing else "complete"

    def mail() -> tuple[bool, str]:
        server = app.mail_server(tenant)
        if server is None:
            return True, "no mail server: every letter waits to be printed"
        server.try_login()
        return True, f"{server.host} lets us in"

    def terms() -> tuple[bool, str]:
        fee = (
            f"agreed for bills from {tenant.reminder_fee_since}"
            if tenant.reminder_fee_since
            else f"none (`kravbro tenants fee {tenant_id}`)"
        )
        warns = "say" if tenant.interest_notice else f"do not say (`kravbro tenants due-basis {tenant_id}`)"
        return True, f"reminder fee: {fee}; bills to consumers {warns} that paying late costs interest"

    return {
        "company in the books": company, "policy": policy, "bank postings": freshness, "mandate": mandate, "mail": mail, "terms": terms,
        "accounts": lambda: (tenant.books_confirmed, "confirmed" if tenant.books_confirmed else f"nothing is booked yet: confirm them with `kravbro tenants accounts {tenant_id} --confirm`"),
        "agency": lambda: (bool(tenant.agency), tenant.agency or f"nothing is handed over yet: choose one with `kravbro tenants choose {tenant_id}`"),
        "live": lambda: (True, f"since {tenant.live_from}" if tenant.live_from else "not yet: nothing is sent or booked"),
    }  # fmt: skip
