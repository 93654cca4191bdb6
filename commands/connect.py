"""`kravbro connect`: connect a company in its accounting system."""

from __future__ import annotations

import secrets as random
from importlib import import_module

import click
from sqlalchemy import Connection

from commands.wiring import CONNECTORS, App, open_app
from core.clock import day_in
from core.errors import ConfigError
from core.store import tenants
from core.store.tenants import Tenant


@click.group()
def connect() -> None:
    """Connect a company in its accounting system."""


@connect.command()
@click.option("--tenant", "tenant_id", required=True, help="A short id of your choice for the tenant.")
@click.option("--org-no", required=True, help="The company's organisation number: any other company is refused.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting of the connector, e.g. client_id=…")
@click.option("--secret-file", type=click.Path(exists=True, dir_okay=False), help="A file with the client secret.")
@click.option("--port", default=8765, show_default=True, help="The local port the browser comes back to.")
@click.option("--browser/--no-browser", default=True, help="Open the consent page, or only print its address.")
def fortnox(tenant_id: str, org_no: str, given: tuple[str, ...], secret_file: str | None, port: int, browser: bool) -> None:  # noqa: FBT001
    """Connect a company in Fortnox; by client credentials unless `--set auth=authorization_code`."""
    app = open_app()
    settings = _settings(given)
    tenant = _store(app, tenant_id, org_no, "fortnox", settings, _read(secret_file))
    if settings.get("auth", "") == "authorization_code":
        tenant = _ask_in_browser(app, tenant, port, browser=browser)
    finish(app, tenant)


def finish(app: App, tenant: Tenant) -> None:
    """Check that it is the right company, and store it with the accounts proposed for bookings."""
    connector = app.connector(tenant)
    company = connector.check_company(tenant.org_no)
    setup = connector.propose_books_setup(day_in(tenant.country, app.clock.now()))
    with app.database.write() as connection:
        _refuse_twin(connection, tenant.id, tenant.connector, company.org_no, company.remote_id)
        tenants.change_tenant(connection, tenant.id, name=company.name, company=company, books_setup=setup)
    click.echo(f"{tenant.id}: {company.name} is connected. Look at the accounts: `kravbro tenants accounts {tenant.id}`.")


def _refuse_twin(connection: Connection, tenant_id: str, connector: str, org_no: str, remote_id: str = "") -> None:
    """Refuse a company that another tenant has: it would be chased and handed over twice."""
    for other in tenants.list_tenants(connection):
        company = other.company
        if other.id == tenant_id or other.connector != connector or company is None:
            continue
        if _digits(company.org_no) == _digits(org_no) or (remote_id and company.remote_id == remote_id):
            raise ConfigError(f"tenant {tenant_id}", f"{company.name} is connected as tenant {other.id} already", f"Use tenant {other.id}.")


def _digits(org_no: str) -> str:
    return "".join(filter(str.isdigit, org_no))


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    settings = {}
    for one in given:
        name, separator, value = one.partition("=")
        if not separator:
            raise ConfigError("--set", f"{one!r} has no value", "Write NAME=VALUE.")
        settings[name] = value
    return settings


def _read(secret_file: str | None) -> str:
    if secret_file is None:
        return str(click.prompt("Client secret", hide_input=True))
    with open(secret_file, encoding="utf-8") as file:  # noqa: PTH123
        return file.read().strip()


def _store(app: App, tenant_id: str, org_no: str, connector: str, settings: dict[str, str], secret: str) -> Tenant:
    """Store the tenant with its settings; secret ones go into the vault."""
    known = {setting.name: setting for setting in import_module(CONNECTORS[connector]).SETTINGS}
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise ConfigError("--set", f"{connector} has no setting {unknown[0]}", f"It has: {', '.join(sorted(known))}.")
    with app.database.write() as connection:
        _refuse_twin(connection, tenant_id, connector, org_no)
        existing = [tenant for tenant in tenants.list_tenants(connection) if tenant.id == tenant_id]
        if not existing:
            tenants.add_tenant(
                connection, app.vault, id=tenant_id, name=tenant_id, connector=connector, org_no=org_no, country="SE", currency="SEK",
                now=app.clock.now(),
            )  # fmt: skip
        tenant = tenants.get_tenant(connection, tenant_id)
        tenants.change_tenant(connection, tenant_id, settings=settings, org_no=org_no)
        vault = tenants.owner_vault(app.vault, tenant)
        tenants.save_secrets(connection, f"tenant {tenant_id}", "connector", {"client_secret": secret}, vault)
    return app.tenant(tenant_id)


def _ask_in_browser(app: App, tenant: Tenant, port: int, *, browser: bool) -> Tenant:
    """Have the user consent in the browser, keep the token that comes of it, and learn which company it is for."""
    import webbrowser

    from connectors.fortnox.consent import Consent, wait_for_code

    with app.database.read() as connection:
        secret = tenants.read_secrets(connection, f"tenant {tenant.id}", "connector", tenants.owner_vault(app.vault, tenant))
    consent = Consent({**tenant.settings, **secret}, clock=app.clock)
    state, redirect = random.token_urlsafe(24), f"http://localhost:{port}/"
    address = consent.authorize_url(redirect, state)
    click.echo(f"Log in and approve here:\n{address}")
    if browser:
        webbrowser.open(address)
    token = consent.exchange(wait_for_code(port, state, 300), redirect)
    app.tokens(tenant).put(token)
    settings = tenant.settings | {"tenant_id": consent.find_tenant_id(token)}
    with app.database.write() as connection:
        tenants.change_tenant(connection, tenant.id, settings=settings)
    return app.tenant(tenant.id)
