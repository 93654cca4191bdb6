"""Policies by what a person calls them: a template's name, a version of the tenant's, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from commands.wiring import App
from core.errors import ConfigError
from core.policy import Policy, load_policy, load_template, template_names
from core.store import tenants

__all__ = ["CURRENT", "named_document", "named_policy", "policy_of_file", "read_document"]

CURRENT: Final = "current"
"""What a tenant's newest version is called."""


def named_policy(app: App, tenant_id: str, name: str) -> Policy:
    """Return a tenant's version ("3", or "current"), a template or a file.

    Raises:
        ConfigError: there is no such version, the document is wrong, or it is for another country or currency than the tenant's.
    """
    tenant = app.tenant(tenant_id)
    found = load_policy(*_document(app, tenant_id, name))
    for its, theirs in ((found.country, tenant.country), (found.currency, tenant.currency)):
        if its != theirs:
            raise ConfigError(f"policy {name}", f"it is for {its}, and {tenant_id} has {theirs}", "Give another policy.")
    return found


def named_document(app: App, tenant_id: str, name: str) -> str:
    """Return the text of what `named_policy` returns."""
    return _document(app, tenant_id, name)[0]


def _document(app: App, tenant_id: str, name: str) -> tuple[str, str]:
    """Return a policy's text, and what its mistakes are told with."""
    if name != CURRENT and not name.isdecimal():
        return read_document(name), Path(name).name
    with app.database.read() as connection:
        newest, _ = tenants.get_policy(connection, tenant_id)
        version = {CURRENT: newest, **{str(number): number for number in range(1, newest + 1)}}.get(name, 0)
        found, document = tenants.get_policy(connection, tenant_id, version)
    if not document:
        versions = f"there are 1 to {newest}" if newest else "it has none"
        raise ConfigError(
            f"policy {name} of {tenant_id}",
            f"there is no such version ({versions})",
            f"Choose one: `kravbro policy use {tenant_id} se-standard`.",
        )
    return document, f"policy of {tenant_id}, version {found}"


def policy_of_file(name: str) -> Policy:
    """Return a template, or the policy in a file."""
    return load_policy(read_document(name), Path(name).name)


def read_document(name: str) -> str:
    """Return the text of a template or of a policy file."""
    if name in template_names():
        return load_template(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(name, "it can't be read", f"Give a file or a template: {', '.join(template_names())}.") from None
