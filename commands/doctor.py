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
@json_option
def doctor(tenant_id: str | None, as_json_: bool) -> None:  # noqa: FBT001
    """Check that everything a tenant needs is in place; ends with 2 where something is not, with 1 where the login has expired."""
    app = open_app()
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
        return not missing, f"missing: {', '.join(missing)}: nothing is handed over yet" if missing else "complete"

    def mail() -> tuple[bool, str]:
        return True, f"by {tenant.mail['host']}" if tenant.mail.get("host") else "no mail server: every letter waits to be printed"

    return {
        "company in the books": company, "policy": policy, "bank postings": freshness, "mandate": mandate, "mail": mail,
        "accounts": lambda: (tenant.books_confirmed, "confirmed" if tenant.books_confirmed else "not confirmed: nothing is booked yet"),
        "agency": lambda: (bool(tenant.agency), tenant.agency or "none chosen: nothing is handed over yet"),
        "live": lambda: (True, f"since {tenant.live_from}" if tenant.live_from else "not yet: nothing is sent or booked"),
    }  # fmt: skip
