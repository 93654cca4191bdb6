"""What connecting leaves in the store: the tenant as it was reached, in one transaction, and never two of one company."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection

from commands.wiring import App
from core.errors import ConfigError
from core.model import BooksSetup, Company
from core.ports import Token
from core.store import people, tenants
from core.store.keeping import save_token
from core.store.tenants import Tenant

__all__ = ["check_org_no", "find_known", "next_step", "store_tenant"]


def find_known(app: App, tenant_id: str, connector: str, org_no: str) -> Tenant | None:
    """Return the tenant if there is one; it never becomes another company's, nor moves to another system by itself."""
    with app.database.read() as connection:
        found = next((tenant for tenant in tenants.list_tenants(connection) if tenant.id == tenant_id), None)
    if found and _digits(found.org_no) != _digits(org_no):
        raise ConfigError(f"tenant {tenant_id}", "it is another company's", "Give that company's --org-no, or choose another --tenant.")
    if found and found.connector != connector:
        raise ConfigError(f"tenant {tenant_id}", f"it is connected in {found.connector}", "Choose another --tenant.")
    return found


def check_org_no(org_no: str) -> None:
    """Refuse what has not as many digits as an organisation number of any country here, before anybody is asked to log in.

    Check digits are not asked for: vendors' trial companies have numbers of no company, and the books prove whose they are. The number is not
    told: it may be a person's, with a slip in it.
    """
    if len(re.sub(r"\D", "", org_no)) not in (8, 9, 10, 12):
        todo = "Look for a slip: it has 10 digits in Sweden, 9 in Norway, 8 in Denmark and Finland."
        raise ConfigError("--org-no", "no company in Sweden, Denmark, Norway or Finland has a number of this length", todo)


def _digits(org_no: str) -> str:
    """Return a number as it is compared: its last ten digits, with or without hyphen and century."""
    return re.sub(r"\D", "", org_no)[-10:]


def store_tenant(
    app: App,
    tenant_id: str,
    known: Tenant | None,
    *,
    connector: str,
    settings: dict[str, str],
    secret: Mapping[str, str],
    token: Token | None,
    company: Company,
    setup: BooksSetup,
) -> Tenant:
    """Store the tenant as it was reached; accounts that were confirmed stay, and a paused tenant runs again."""
    now = app.clock.now()
    with app.database.write() as connection:
        _refuse_twin(connection, tenant_id, connector, company)
        tenant = known or tenants.add_tenant(
            connection, app.vault, id=tenant_id, name=company.name, connector=connector, org_no=company.org_no, country=company.country,
            currency=company.currency, now=now,
        )  # fmt: skip
        proposed = {} if tenant.books_confirmed else {"books_setup": setup}
        tenants.change_tenant(
            connection, tenant_id, name=company.name, company=company, settings=settings, state="active", pause_reason="", **proposed
        )
        people.resolve_task(connection, tenant_id, "login", tenant_id, "connected again", now)
        vault = tenants.owner_vault(app.vault, tenant)
        tenants.save_secrets(connection, f"tenant {tenant_id}", "connector", secret, vault)
        if token is not None:
            save_token(connection, f"tenant {tenant_id}", vault, token)
        return tenants.get_tenant(connection, tenant_id)


def _refuse_twin(connection: Connection, tenant_id: str, connector: str, company: Company) -> None:
    """Refuse a company that another tenant has, in whichever system: it would be chased and handed over twice."""
    for other in tenants.list_tenants(connection):
        known = other.company
        if other.id == tenant_id or known is None:
            continue
        same_number = known.country == company.country and _digits(known.org_no) == _digits(company.org_no)
        if same_number or (other.connector == connector and known.remote_id == company.remote_id):
            raise ConfigError(f"tenant {tenant_id}", f"{known.name} is connected as tenant {other.id} already", f"Use tenant {other.id}.")


def next_step(tenant: Tenant, known: Tenant | None) -> str:
    """Say what the person may want to do now."""
    resumed = " It runs again." if known and known.state == "paused" else ""
    if tenant.books_confirmed:
        return f"{resumed} Its accounts stay as they were confirmed."
    return f"{resumed} Look at the accounts: `kravbro tenants accounts {tenant.id}`."
