"""The page behind `kravbro tenants settings TENANT --link`: what a tenant's connector is set to, as a form made from the connector's own data.

The link is the credential, so nothing is asked that a browser could send by itself: no cookie, and a form from another site is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Request, Response

from core.capabilities import value_of
from core.clock import Clock, zone_of
from core.errors import ConfigError, DatabaseBusyError, KravbroError, RetryLaterError
from core.store.database import Database
from core.store.links import open_settings_link
from core.store.tenants import Tenant, owner_vault
from core.vault import Vault
from core.words import language_of, words_of
from portal.pages import Sealed, TenantId, browser_language, find_tenant, page
from portal.settings_form import FIELD, SEEN, Said, digest, form

__all__ = ["Connectors", "create_settings_pages"]

BODY_BYTES_MAX: Final = 64 * 1024
FIELD_COUNT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Connectors:
    """What the form needs of the connectors, of which the portal knows none.

    Attributes:
        load: returns the module of a connector by name, with its `NAME`, `SETTINGS` and `DELIVERIES`.
        change: changes settings and secrets of a tenant by id; a `ConfigError` names the setting that is wrong as "CONNECTOR.NAME".
    """

    load: Callable[[str], Any]
    change: Callable[[str, Mapping[str, str]], Tenant]


async def _read_fields(request: Request) -> dict[str, str] | int:
    """Return what a form sent, or the HTTP status that says why it can't be taken; Content-Length need not be there nor be true."""
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > BODY_BYTES_MAX:
            return 413
    try:
        return dict(
            parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=FIELD_COUNT_MAX)
        )
    except ValueError:
        return 400


Fields = Annotated[dict[str, str] | int, Depends(_read_fields)]


def create_settings_pages(database: Database, vault: Vault, clock: Clock, connectors: Connectors) -> APIRouter:
    """Return the pages at `/settings/TENANT/LINK`: GET shows the form and asks no vendor anything, POST saves what it sends."""
    router = APIRouter(include_in_schema=False)
    pages = _Pages(database, vault, clock, connectors)

    @router.get("/settings/{tenant_id}/{sealed}")
    def show(tenant_id: TenantId, sealed: Sealed, request: Request) -> Response:
        """Show the settings."""
        found = pages.open(tenant_id, sealed, request)
        return found if isinstance(found, Response) else pages.shown(*found, Said())

    @router.post("/settings/{tenant_id}/{sealed}")
    def save(tenant_id: TenantId, sealed: Sealed, request: Request, fields: Fields) -> Response:
        """Save the settings, or show the form again with what is wrong with them."""
        found = pages.open(tenant_id, sealed, request)
        if isinstance(found, Response):
            return found
        tenant, until = found
        if _is_from_elsewhere(request):
            return _sentence(language_of(tenant.country), "elsewhere", 403)
        if isinstance(fields, int):
            return _sentence(language_of(tenant.country), "unreadable", fields)
        return pages.saved(tenant, until, fields)

    return router


@dataclass(frozen=True, slots=True)
class _Pages:
    """What the two requests of the form do."""

    database: Database
    vault: Vault
    clock: Clock
    connectors: Connectors

    def open(self, tenant_id: str, sealed: str, request: Request) -> tuple[Tenant, datetime] | Response:
        """Return whose settings a link opens and until when, or the page that says that it opens none."""
        tenant = find_tenant(self.database, tenant_id)
        until = open_settings_link(owner_vault(self.vault, tenant), sealed) if tenant else None
        if tenant is None or until is None:
            return _sentence(browser_language(request), "unknown", 404)
        return (tenant, until) if self.clock.now() < until else _sentence(language_of(tenant.country), "expired", 410)

    def shown(self, tenant: Tenant, until: datetime, said: Said, status: int = 200) -> Response:
        """Return the form with what is to be said of it."""
        language = language_of(tenant.country)
        try:
            module = self.connectors.load(tenant.connector)
        except ConfigError:
            return _sentence(language, "unavailable", 503)
        body = form(language, tenant, module, f"{until.astimezone(zone_of(tenant.country)):%H:%M}", said)
        return page(language, _words(language)["title"].format(tenant=tenant.name), body, status)

    def saved(self, tenant: Tenant, until: datetime, fields: Mapping[str, str]) -> Response:
        """Save what is new in the fields, and return the form with what came of it."""
        try:
            changes = _changes(tenant, self.connectors.load(tenant.connector), fields)
            if not changes:
                return self.shown(tenant, until, Said(done="same"))
            if fields.get(SEEN) != digest(tenant):
                return self.shown(tenant, until, Said(wrong="stale"), 409)
            return self.shown(self.connectors.change(tenant.id, changes), until, Said(done="saved"))
        except KravbroError as error:
            status = 503 if isinstance(error, RetryLaterError | DatabaseBusyError) else 422
            return self.shown(tenant, until, Said(wrong="wrong", error=error, typed=fields), status)


def _changes(tenant: Tenant, module: Any, fields: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed and is not what holds already; an empty secret is kept."""
    known = {one.name: one for one in module.SETTINGS}
    typed = {name.removeprefix(FIELD): text.strip() for name, text in fields.items() if name.startswith(FIELD)}

    def is_new(name: str, text: str) -> bool:
        if name not in known:
            return True
        return bool(text) if known[name].secret else text != value_of(known[name], tenant.settings)

    return {name: text for name, text in typed.items() if is_new(name, text)}


def _is_from_elsewhere(request: Request) -> bool:
    """Tell whether a page of another site sent the form; our own pages tell no origin, since their referrer policy forbids it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.headers.get("host")


def _words(language: str) -> Mapping[str, str]:
    return words_of("settings", language)["settings"]


def _sentence(language: str, what: str, status: int) -> Response:
    words = _words(language)
    return page(language, "Kravbro", f"<p>{words[what]}</p>", status)
