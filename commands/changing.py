"""Changing settings of a connected company: the company is reached with them, and must be the same, before they are stored in one transaction.

The command line and the portal's form both come here. What says which books these are, or where they answer, is not changed: whoever has a
link to the form could send the tenant's secrets elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from commands.reaching import reach, told
from commands.wiring import App, load_adapter
from core.capabilities import value_of
from core.clock import Clock
from core.errors import ConfigError
from core.ports import Token, TokenStore
from core.store import tenants
from core.store.tenants import Tenant

__all__ = ["change_settings"]


def change_settings(app: App, tenant_id: str, given: Mapping[str, str]) -> Tenant:
    """Change settings and secrets of a tenant, those that are not given stay; return it as it is then.

    Raises:
        ConfigError: a setting is unknown, wrong or `fixed`, the company was not let in or is another, or the tenant is paused or was
            changed meanwhile. The setting that is wrong is named "CONNECTOR.NAME".
        RetryLaterError: the company could not be reached now.
    """
    tenant = app.running(tenant_id)
    settings, secret = _changes(tenant, given)
    if not settings and not secret:
        return tenant
    vault, owner = tenants.owner_vault(app.vault, tenant), f"tenant {tenant.id}"
    with app.database.read() as connection:
        kept = tenants.read_secrets(connection, owner, "connector", vault)
    tokens: TokenStore = _Anew(app.tokens(tenant), app.clock) if secret else app.tokens(tenant)
    with told("the settings were not saved", then="the settings are as they were", again="Change them again later."):
        _, company = reach(app, tenant.connector, tenant.org_no, {**tenant.settings, **settings, **kept, **secret}, tokens)
    if tenant.company is None or company.remote_id != tenant.company.remote_id:
        raise ConfigError(f"tenant {tenant.id}", f"these are other books of {company.name}", _connect_again(tenant))
    with app.database.write() as connection:
        now = tenants.get_tenant(connection, tenant.id, locked=True)
        now_kept = tenants.read_secrets(connection, owner, "connector", vault)
        if now.settings != tenant.settings or now_kept != kept:
            raise ConfigError(f"tenant {tenant.id}", "its settings were changed meanwhile by somebody else", "Look at them, and try again.")
        tenants.change_tenant(connection, tenant.id, settings={**tenant.settings, **settings})
        if secret:
            tenants.save_secrets(connection, owner, "connector", {**kept, **secret}, vault)
        return tenants.get_tenant(connection, tenant.id)


def _changes(tenant: Tenant, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings that change and the secrets that are given."""
    known = {one.name: one for one in load_adapter("connector", tenant.connector).SETTINGS}
    settings: dict[str, str] = {}
    secret: dict[str, str] = {}
    for name, text in given.items():
        where, value = f"{tenant.connector}.{name}", text.strip()
        if name not in known:
            raise ConfigError(where, "is no setting of this connector", f"Known are {', '.join(known)}.")
        if not known[name].secret and value == value_of(known[name], tenant.settings):
            continue
        if known[name].fixed:
            raise ConfigError(where, "changes by connecting again, and in no other way", _connect_again(tenant))
        if not value.isprintable():
            raise ConfigError(where, "has a sign that can't be seen", "Type it again, in one line.")
        (secret if known[name].secret else settings)[name] = value
    return settings, secret


def _connect_again(tenant: Tenant) -> str:
    return f"Use `kravbro connect` for {tenant.connector} with --tenant {tenant.id}, which proves whose books they are."


class _Anew:
    """A tenant's tokens, of which the first one is renewed before it is used: a token that is still good would not show a wrong secret."""

    def __init__(self, tokens: TokenStore, clock: Clock) -> None:
        self._tokens, self._clock, self._renewed = tokens, clock, False

    def get(self) -> Token | None:
        """Return the stored token, as one that has run out until it was renewed."""
        token = self._tokens.get()
        return token if token is None or self._renewed else replace(token, expires_at=self._clock.now())

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        """Renew the stored token."""
        token = self._tokens.renew(renew, stale=stale)
        self._renewed = True
        return token
