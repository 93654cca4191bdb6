"""`kravbro connect`: connect a company in its accounting system, or connect it again.

Nothing is stored before the company was reached and is the right one; then everything is, in one transaction. So a connect
that is refused leaves a tenant as it was.
"""

from __future__ import annotations

import re
import secrets as random
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import click

from commands.browser import CodeListener
from commands.connected import check_org_no, find_known, next_step, store_tenant
from commands.reaching import Login, given_settings, reach, secrets_in, told
from commands.wiring import App, adapter_names, find_consent, load_adapter, open_app
from core.capabilities import default_of
from core.clock import ZONES, day_in
from core.errors import ConfigError
from core.ports import Token
from core.store import tenants
from core.store.tenants import Tenant

CONSENT_WAIT_S = 300.0

FETCHED = ("grant_token",)
"""Secrets that connecting finds by itself."""


def tenant_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what every system asks for: whose company it is, and the connector's settings with its secret."""
    for option in (
        click.option(
            "--secret-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A file with the secret, or one secret a line in the order of the settings; without one they are asked for, or kept.",
        ),
        click.option(
            "--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting of the connector, e.g. api_url=…; others stay."
        ),
        click.option("--org-no", required=True, help="The company's organisation number: any other company is refused."),
        click.option("--tenant", "tenant_id", required=True, help="A short id of your choice for the tenant."),
    ):
        command = option(command)
    return command


def browser_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what a consent in the browser asks for."""
    port = click.option(
        "--port", default=8765, show_default=True, help="The local port the browser comes back to, as http://localhost:PORT/."
    )
    browser = click.option("--browser/--no-browser", default=True, help="Open the consent page, or only print its address.")
    return port(browser(command))


class Connecting(click.Command):
    """A command that connects a company; its help lists the connector's settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each setting with what holds where it is not given."""
        settings = load_adapter("connector", self.name or "").SETTINGS
        with formatter.section("Settings (--set NAME=VALUE; a secret one is asked for)"):
            formatter.write_dl([(one.name, f"{one.help}  [{default_of(one)}]") for one in settings])


class Systems(click.Group):
    """A command for every connector, others' too: alike for all but those of ours whose login goes a way of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the name of every connector."""
        return adapter_names("connector")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a connector's command."""
        own = super().get_command(ctx, cmd_name)
        return own if own is not None or cmd_name not in adapter_names("connector") else _alike(cmd_name)


@click.group(cls=Systems)
def connect() -> None:
    """Connect a company in its accounting system."""


def _alike(connector: str) -> click.Command:
    """Return the command of a connector that has none of its own; one that can't be loaded must not hide the others from a list."""
    try:
        system, consents = str(load_adapter("connector", connector).NAME), find_consent(connector) is not None
    except Exception:  # noqa: BLE001  (whatever somebody else's module raises; using it shows what)
        system, consents = connector, False
    text = f"Connect a company in {system}, or connect it again; country and currency are the company's."
    if consents:
        text += (
            "\n\nA user of the company consents in the browser. Another company than `--org-no` names is refused, and nothing is stored."
        )
    return click.command(connector, cls=Connecting, help=text)(_by_consent(connector, system) if consents else _by_settings(connector))


def _by_settings(connector: str) -> Callable[..., None]:
    @tenant_options
    def command(tenant_id: str, org_no: str, given: tuple[str, ...], secret_file: Path | None) -> None:
        app, known, settings, secret = _asked(connector, tenant_id, org_no, given, secret_file)
        with _told(known):
            _reach(app, tenant_id, known, connector, org_no, settings, secret, Login())

    return command


def _by_consent(connector: str, system: str) -> Callable[..., None]:
    @tenant_options
    @browser_options
    def command(tenant_id: str, org_no: str, given: tuple[str, ...], secret_file: Path | None, port: int, browser: bool) -> None:  # noqa: FBT001
        app, known, settings, secret = _asked(connector, tenant_id, org_no, given, secret_file)
        login = Login()
        with _told(known), ExitStack() as asking:
            consent = find_consent(connector)(settings | secret, clock=app.clock)
            login.token = _ask_in_browser(consent, system, port, asking, browser=browser)
            _reach(app, tenant_id, known, connector, org_no, settings, secret, login)

    return command


@connect.command(cls=Connecting)
@tenant_options
@browser_options
def fortnox(tenant_id: str, org_no: str, given: tuple[str, ...], secret_file: Path | None, port: int, browser: bool) -> None:  # noqa: FBT001
    """Connect a company in Fortnox, or connect it again.

    Without a TenantId an administrator consents in the browser, which tells it; from then on the login is by client credentials.
    With `--set tenant_id=…` no browser is needed, with `--set auth=authorization_code` always.
    """
    app, known, settings, secret = _asked("fortnox", tenant_id, org_no, given, secret_file)
    login, by_code = Login(), settings.get("auth") == "authorization_code"
    with _told(known), ExitStack() as asking:
        if by_code or not settings.get("tenant_id"):
            from connectors.fortnox.consent import Consent

            consent = Consent(settings | secret, clock=app.clock)
            token = _ask_in_browser(consent, "Fortnox", port, asking, browser=browser)
            settings["tenant_id"] = consent.find_tenant_id(token)
            # By client credentials the consent's token is not used, so that the check below is made with the login that stays.
            login.token = token if by_code else None
        _reach(app, tenant_id, known, "fortnox", org_no, settings, secret, login)


@connect.command(cls=Connecting)
@tenant_options
@click.option(
    "--grant-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a grant token that e-conomic showed; without one access is granted in the browser.",
)
@click.option("--port", default=8766, show_default=True, help="The local port the browser comes back to.")
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser, or only print its address.")
def economic(
    tenant_id: str,
    org_no: str,
    given: tuple[str, ...],
    secret_file: Path | None,
    grant_file: Path | None,
    port: int,
    browser: bool,  # noqa: FBT001
) -> None:
    """Connect a company in e-conomic, or connect it again; its organisation number is the CVR number.

    Its administrator grants access in the browser, logged in to the company's own agreement. A grant that is kept and still good is
    used again.
    """
    from commands.connect_economic import find_grant

    app, known, settings, secret = _asked("economic", tenant_id, org_no, given, secret_file)
    with _told(known), ExitStack() as asking:
        found = find_grant(app, known, settings, secret, grant_file, port, asking, browser=browser)
        _reach(app, tenant_id, known, "economic", org_no, found[0], found[1], Login())


def _asked(
    connector: str, tenant_id: str, org_no: str, given: tuple[str, ...], secret_file: Path | None
) -> tuple[App, Tenant | None, dict[str, str], dict[str, str]]:
    """Return the tenant if it is known, its settings with those given now, and the secret."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", tenant_id):
        raise ConfigError("--tenant", f"{tenant_id!r} can't be an id", "Use small letters, digits and hyphens, at most 40.")
    app = open_app()
    known = find_known(app, tenant_id, connector, org_no)
    if known is None:
        check_org_no(org_no)
    settings = (known.settings if known else {}) | given_settings(connector, given)
    return app, known, settings, _secret(app, known, connector, secret_file)


def _reach(
    app: App,
    tenant_id: str,
    known: Tenant | None,
    connector: str,
    org_no: str,
    settings: dict[str, str],
    secret: dict[str, str],
    login: Login,
) -> None:
    """Reach the company, and store the tenant if it is the right one."""
    books, company = reach(app, connector, org_no, settings | secret, login)
    if company.country not in ZONES:
        todo = f"Companies in {', '.join(sorted(ZONES))} can be connected."
        raise ConfigError(
            f"tenant {tenant_id}", f"{company.name} is in {company.country or 'no country'}, whose law is not known here", todo
        )
    setup = books.propose_books_setup(day_in(company.country, app.clock.now()))
    tenant = store_tenant(
        app, tenant_id, known, connector=connector, settings=settings, secret=secret, token=login.token, company=company, setup=setup
    )
    click.echo(f"{tenant.id}: {company.name} is connected.{next_step(tenant, known)}")


def _secret(app: App, known: Tenant | None, connector: str, secret_file: Path | None) -> dict[str, str]:
    """Return the connector's secret settings: from the file, else those that are kept, else by asking."""
    names = [one.name for one in load_adapter("connector", connector).SETTINGS if one.secret and one.name not in FETCHED]
    if secret_file is not None:
        return secrets_in(secret_file, connector, names)
    kept: dict[str, str] = {}
    if known is not None:
        with app.database.read() as connection:
            kept = tenants.read_secrets(connection, f"tenant {known.id}", "connector", tenants.owner_vault(app.vault, known))
    asked = [name for name in names if name not in kept]
    return kept | {name: _ask(name) for name in asked}


def _ask(name: str) -> str:
    """Ask for a secret at the terminal; without one, take a line of what is piped in."""
    what = name.replace("_", " ")
    if sys.stdin is not None and sys.stdin.isatty():
        return str(click.prompt(what.capitalize(), hide_input=True))
    line = sys.stdin.readline().strip() if sys.stdin is not None else ""
    if not line:
        raise ConfigError("--secret-file", f"the {what} is missing, and nobody is at a terminal to be asked", "Give a file with it.")
    return line


def _told(known: Tenant | None) -> AbstractContextManager[None]:
    """Tell what a failed connect leaves of a tenant that is known, or is not."""
    then = "nothing has changed" if known else "nothing is connected"
    return told("the company was not connected", then=then, again="Run the connect command again later.", worked_before=known is not None)


def _ask_in_browser(consent: Any, remote: str, port: int, asking: ExitStack, *, browser: bool) -> Token:
    """Have somebody consent in the browser; return the token that comes of it. The browser is told how `asking` ends."""
    import webbrowser

    state = random.token_urlsafe(24)
    listener = asking.enter_context(CodeListener(port, state, remote))
    redirect = f"http://localhost:{listener.port}/"
    address = consent.authorize_url(redirect, state)
    click.echo(f"Log in and approve here:\n{address}\nThis waits {CONSENT_WAIT_S / 60:.0f} minutes for it.")
    if browser:  # in a thread, for a browser of the terminal returns when it is closed
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    token: Token = consent.exchange(listener.wait(CONSENT_WAIT_S), redirect)
    return token
