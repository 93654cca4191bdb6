"""The page behind the link in a mail that announces a handover: one button, which holds the invoice.

Opening the page changes nothing: mail programs and virus scanners open links by themselves. Only the button stops.
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

from fastapi import APIRouter, Request, Response

from core.clock import Clock, day_in
from core.engine.announcing_words import announced_sentence, announcement
from core.store import books, people
from core.store.announcements import Announced, open_link, standing, stop
from core.store.database import Database
from core.store.tenants import Tenant, get_agency, owner_vault
from core.vault import Vault
from core.words import language_of
from portal.pages import Sealed, TenantId, browser_language, find_tenant, page

__all__ = ["create_stop_pages"]

FORM: Final = Template('<p>$sentence</p><form method="post"><button>$button</button></form>')


def create_stop_pages(database: Database, vault: Vault, clock: Clock) -> APIRouter:
    """Return the pages at `/stop/TENANT/LINK`: GET shows what would be stopped, POST stops it."""
    router = APIRouter(include_in_schema=False)

    def read(tenant_id: str, sealed: str) -> tuple[Tenant, Announced] | None:
        tenant = find_tenant(database, tenant_id)
        announced = open_link(owner_vault(vault, tenant), sealed) if tenant else None
        return (tenant, announced) if tenant and announced else None

    @router.get("/stop/{tenant_id}/{sealed}")
    def show(tenant_id: TenantId, sealed: Sealed, request: Request) -> Response:
        """Show which handover this link stops, with its button; one that is stopped or gone says so."""
        found = read(tenant_id, sealed)
        if found is None:
            return _page(browser_language(request), "unknown", 404)
        tenant, announced = found
        language = language_of(tenant.country)
        with database.read() as connection:
            held = people.is_held(connection, tenant.id, announced.invoice_ref)
            stands = standing(connection, tenant.id, announced)
            invoice = books.find_invoice(connection, tenant.id, announced.invoice_ref)
            agency = get_agency(connection, announced.agency).name
        if held or stands is None or invoice is None:
            return _page(language, "stopped" if held else "gone")
        sentence = announced_sentence(language, invoice, agency, stands.goes_on)
        return _html(language, FORM.substitute(sentence=escape(sentence), button=escape(announcement(language)["button"])))

    @router.post("/stop/{tenant_id}/{sealed}")
    def press(tenant_id: TenantId, sealed: Sealed, request: Request) -> Response:
        """Hold the invoice; pressed twice, it is held once."""
        found = read(tenant_id, sealed)
        if found is None:
            return _page(browser_language(request), "unknown", 404)
        tenant, announced = found
        language, now = language_of(tenant.country), clock.now()
        with database.write() as connection:
            stopped = stop(connection, tenant.id, announced, announcement(language)["reason"], now, day_in(tenant.country, now))
        return _page(language, "stopped" if stopped else "gone")

    return router


def _page(language: str, what: str, status: int = 200) -> Response:
    return _html(language, f"<p>{escape(announcement(language)[what])}</p>", status)


def _html(language: str, body: str, status: int = 200) -> Response:
    return page(language, announcement(language)["title"], body, status)
