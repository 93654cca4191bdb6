"""The grant of a company in e-conomic: the one that is given or kept, else one that its administrator gives in the browser."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from commands.wiring import App
from core.errors import ConfigError, LoginExpiredError
from core.store import tenants
from core.store.keeping import StoreBudget
from core.store.tenants import Tenant

__all__ = ["find_grant"]

GRANT: Final = "grant_token"
GRANT_WAIT_S: Final = 300.0


def find_grant(
    app: App,
    known: Tenant | None,
    settings: Mapping[str, str],
    secret: Mapping[str, str],
    grant_file: Path | None,
    port: int,
    asking: ExitStack,
    *,
    browser: bool,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings with the agreement's number and the secrets with a grant that works.

    A tenant that is known keeps its number, so that a grant of another agreement is refused when the company is checked.
    """
    kept = {**_kept(app, known), **secret}
    if grant_file is not None:
        kept[GRANT] = grant_file.read_text(encoding="utf-8").strip()
    number = _agreement(app, {**settings, **kept}, again=grant_file is None)
    if not number:
        kept[GRANT] = _ask_in_browser(app, settings, port, asking, browser=browser)
        number = _agreement(app, {**settings, **kept}, again=False)
    return {"agreement_number": number, **settings}, kept


def _kept(app: App, known: Tenant | None) -> dict[str, str]:
    if known is None:
        return {}
    with app.database.read() as connection:
        return tenants.read_secrets(connection, f"tenant {known.id}", "connector", tenants.owner_vault(app.vault, known))


def _agreement(app: App, settings: Mapping[str, str], *, again: bool) -> str:
    """Return the number of the agreement a grant is of; "" where there is no grant, or `again` it may be granted anew."""
    from connectors.economic.consent import find_agreement

    if not settings.get(GRANT):
        return ""
    try:
        return find_agreement(settings, clock=app.clock, budget=StoreBudget(app.database, app.clock))
    except LoginExpiredError:
        if again:
            return ""
        raise


def _ask_in_browser(app: App, settings: Mapping[str, str], port: int, asking: ExitStack, *, browser: bool) -> str:
    """Have an administrator grant access in the browser, which is told how `asking` ends; return the grant token."""
    import webbrowser

    from connectors.economic.consent import GrantListener
    from connectors.economic.settings import SETTINGS

    if not settings.get("app_public_token"):
        todo = "Give it with --set app_public_token=…, or the grant token itself with --grant-file."
        raise ConfigError("economic.app_public_token", "is missing, and the page where access is granted needs it", todo)
    default = next(setting.default for setting in SETTINGS if setting.name == "secure_url")
    listener = asking.enter_context(
        GrantListener(port, secure_url=settings.get("secure_url") or default, public_token=settings["app_public_token"], clock=app.clock)
    )
    click.echo(
        f"Log in to the company's agreement and grant access here:\n{listener.start_url}\nThis waits {GRANT_WAIT_S / 60:.0f} minutes for it."
    )
    if browser:  # in a thread, for a browser of the terminal returns when it is closed
        threading.Thread(target=webbrowser.open, args=(listener.start_url,), daemon=True).start()
    return listener.wait(GRANT_WAIT_S)
