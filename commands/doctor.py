"""`kravbro doctor`: is everything a tenant needs in place?"""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from commands.output import as_json, json_option
from commands.wiring import App, open_app
from core.clock import day_in
from core.errors import KravbroError
from core.store import tenants


@click.command()
@click.option("--tenant", "tenant_id", help="Check this tenant too.")
@json_option
def doctor(tenant_id: str | None, as_json_: bool) -> None:  # noqa: FBT001
    """Check that everything a tenant needs is in place; ends with 1 where something is not."""
    app = open_app()
    checks: dict[str, Callable[[], str]] = {"database": lambda: "fits this program", "master key": lambda: _key(app)}
    if tenant_id:
        checks |= _tenant_checks(app, tenant_id)
    rows = [_run(name, check) for name, check in checks.items()]
    if as_json_:
        as_json({"checks": rows})
    else:
        for row in rows:
            click.echo(f"{'ok  ' if row['ok'] else 'NO  '}{row['what']}: {row['says']}")
    if not all(row["ok"] for row in rows):
        sys.exit(1)


def _run(name: str, check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"what": name, "ok": True, "says": check()}
    except KravbroError as error:
        return {"what": name, "ok": False, "says": str(error)}


def _key(app: App) -> str:
    with app.database.read() as connection:
        for tenant in tenants.list_tenants(connection):
            tenants.owner_vault(app.vault, tenant)
    return "opens every tenant"


def _tenant_checks(app: App, tenant_id: str) -> dict[str, Callable[[], str]]:
    tenant = app.tenant(tenant_id)
    today = day_in(tenant.country, app.clock.now())

    def company() -> str:
        return str(app.connector(tenant).check_company(tenant.org_no).name)

    def policy() -> str:
        version, policy = app.policy(tenant)
        return f"{policy.name}, version {version}"

    def freshness() -> str:
        until = app.connector(tenant).bank_postings_until(today)
        return f"bank postings reach {until}" if until else "nothing shows how far the bank is booked: reminders will wait"

    def mandate() -> str:
        missing = tenant.mandate.missing()
        return f"missing: {', '.join(missing)}" if missing else "complete"

    def mail() -> str:
        return f"by {tenant.mail['host']}" if tenant.mail.get("host") else "no mail server: every letter goes to the print queue"

    return {
        "company in the books": company, "policy": policy, "bank postings": freshness, "mandate": mandate, "mail": mail,
        "accounts": lambda: "confirmed" if tenant.books_confirmed else "not confirmed: nothing is booked yet",
        "agency": lambda: tenant.agency or "none chosen: nothing is handed over yet",
        "live": lambda: f"since {tenant.live_from}" if tenant.live_from else "not yet: runs only with --dry-run do anything",
    }  # fmt: skip
