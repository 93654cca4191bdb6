"""What `kravbro doctor` looks at: what is kept here of a tenant, and what only its books and its mail server can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from commands.wiring import App
from core.clock import day_in
from core.errors import KravbroError, LoginExpiredError
from core.store import people, tenants
from core.store.tenants import Tenant

__all__ = ["Check", "asked_of", "every_tenant", "known_of", "opened", "run_checks"]

Check = Callable[[], tuple[bool, str]]
"""Tells whether something is in place, and in words."""


def run_checks(checks: dict[str, Check]) -> list[dict[str, Any]]:
    """Return a row for each: what, whether it is ok, what it says, and whether a login has expired."""
    return [_run(name, check) for name, check in checks.items()]


def _run(name: str, check: Check) -> dict[str, Any]:
    expired = False
    try:
        fine, says = check()
    except KravbroError as error:
        fine, says, expired = False, str(error), isinstance(error, LoginExpiredError)
    return {"what": name, "ok": fine, "says": says, "login_expired": expired}


def every_tenant(app: App) -> Iterator[dict[str, Any]]:
    """Yield one row for each tenant, of what is kept here: what is missing, or since when it is live."""
    with app.database.read() as connection:
        found = tenants.list_tenants(connection)
        expired = {one.id for one in found if any(task.kind == "login" for task in people.list_tasks(connection, one.id))}
    for tenant in found:
        rows = run_checks(known_of(app, tenant))
        missing = [f"{row['what']}: {row['says'].rstrip('.')}" for row in rows if not row["ok"]]
        says = "; ".join(missing) or f"live {rows[-1]['says']}"
        yield {"what": f"tenant {tenant.id}", "ok": not missing, "says": says, "login_expired": tenant.id in expired}


def opened(app: App) -> dict[str, Check]:
    """Return what all tenants need."""

    def key() -> tuple[bool, str]:
        with app.database.read() as connection:
            for tenant in tenants.list_tenants(connection):
                tenants.owner_vault(app.vault, tenant)
        return True, "opens every tenant"

    return {"database": lambda: (True, "fits this program"), "master key": key}


def asked_of(app: App, tenant: Tenant) -> dict[str, Check]:
    """Return what only others can tell of a tenant: its books and its mail server."""
    today = day_in(tenant.country, app.clock.now())

    def company() -> tuple[bool, str]:
        return True, str(app.connector(tenant).check_company(tenant.org_no).name)

    def freshness() -> tuple[bool, str]:
        until = app.connector(tenant).bank_postings_until(today)
        return bool(until), f"bank postings reach {until}" if until else "nothing shows how far the bank is booked: reminders will wait"

    def mail() -> tuple[bool, str]:
        server = app.mail_server(tenant)
        if server is None:
            books = tenant.vendor_reminder is not None and "send_letter" in app.connector(tenant).deliveries
            but = f" but the reminders that {tenant.connector} mails" if books else ""
            return True, f"no mail server: every letter{but} waits to be printed"
        server.try_login()
        return True, f"{server.host} lets us in"

    return {"company in the books": company, "bank postings": freshness, "mail": mail}


def known_of(app: App, tenant: Tenant) -> dict[str, Check]:
    """Return what is kept here of a tenant."""

    def state() -> tuple[bool, str]:
        paused = f"it is paused: {tenant.pause_reason.rstrip('.')}. `kravbro tenants resume {tenant.id}` lets it run again"
        return tenant.state != "paused", "nothing pauses it" if tenant.state != "paused" else paused

    def policy() -> tuple[bool, str]:
        version, policy = app.policy(tenant)
        return True, f"{policy.name}, version {version}"

    def mandate() -> tuple[bool, str]:
        missing = tenant.mandate.missing()
        todo = f"nothing is handed over yet: record it with `kravbro tenants mandate {tenant.id}`"
        return not missing, f"missing: {', '.join(missing)}; {todo}" if missing else "complete"

    def accounts() -> tuple[bool, str]:
        todo = f"nothing is booked yet: confirm them with `kravbro tenants accounts {tenant.id} --confirm`"
        return tenant.books_confirmed, "confirmed" if tenant.books_confirmed else todo

    def agency() -> tuple[bool, str]:
        return bool(tenant.agency), tenant.agency or f"nothing is handed over yet: choose one with `kravbro tenants choose {tenant.id}`"

    def terms() -> tuple[bool, str]:
        since = tenant.reminder_fee_since
        fee = f"agreed for bills from {since}" if since else f"none (`kravbro tenants fee {tenant.id}`)"
        warns = "say" if tenant.interest_notice else f"do not say (`kravbro tenants due-basis {tenant.id}`)"
        return True, f"reminder fee: {fee}; bills to consumers {warns} that paying late costs interest"

    def live() -> tuple[bool, str]:
        return True, f"since {tenant.live_from}" if tenant.live_from else "not yet: nothing is sent or booked"

    return {"state": state, "policy": policy, "mandate": mandate, "terms": terms, "accounts": accounts, "agency": agency, "live": live}
