"""The page behind the link in a mail that announces a handover: one button, which holds the invoice.

Opening the page changes nothing: mail programs and virus scanners open links by themselves. Only the button stops.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from core.clock import Clock, day_in
from core.engine.announcing_words import announced_sentence, announcement
from core.errors import ConfigError
from core.store import books, people
from core.store.announcements import Announced, open_link, standing, stop
from core.store.database import Database
from core.store.tenants import Tenant, get_agency, get_tenant, owner_vault
from core.vault import Vault
from core.words import known_language, language_of

__all__ = ["create_stop_pages"]

STYLE: Final = "body{font:18px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em}button{font:inherit;padding:.6em 1.4em}"
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
PAGE: Final = Template(
    '<!doctype html><html lang="$language"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>$title</title><style>$style</style></head><body><h1>$title</h1>$body</body></html>\n"
)
FORM: Final = Template('<p>$sentence</p><form method="post"><button>$button</button></form>')

TenantId = Annotated[str, Path(max_length=100)]
Sealed = Annotated[str, Path(max_length=2000)]


def create_stop_pages(database: Database, vault: Vault, clock: Clock) -> APIRouter:
    """Return the pages at `/stop/TENANT/LINK`: GET shows what would be stopped, POST stops it."""
    router = APIRouter(include_in_schema=False)

    def read(tenant_id: str, sealed: str) -> tuple[Tenant, Announced] | None:
        tenant = _tenant(database, tenant_id)
        announced = open_link(owner_vault(vault, tenant), sealed) if tenant else None
        return (tenant, announced) if tenant and announced else None

    @router.get("/stop/{tenant_id}/{sealed}")
    def show(tenant_id: TenantId, sealed: Sealed, request: Request) -> Response:
        """Show which handover this link stops, with its button; one that is stopped or gone says so."""
        found = read(tenant_id, sealed)
        if found is None:
            return _page(_browser_language(request), "unknown", 404)
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
            return _page(_browser_language(request), "unknown", 404)
        tenant, announced = found
        language, now = language_of(tenant.country), clock.now()
        with database.write() as connection:
            stopped = stop(connection, tenant.id, announced, announcement(language)["reason"], now, day_in(tenant.country, now))
        return _page(language, "stopped" if stopped else "gone")

    return router


def _tenant(database: Database, tenant_id: str) -> Tenant | None:
    try:
        with database.read() as connection:
            return get_tenant(connection, tenant_id)
    except ConfigError:
        return None


def _browser_language(request: Request) -> str:
    """Return a language for someone of whom nothing is known but their browser."""
    wanted = request.headers.get("accept-language", "")[:2].lower()
    return {"no": "nb"}.get(wanted, known_language(wanted))


def _page(language: str, what: str, status: int = 200) -> Response:
    return _html(language, f"<p>{escape(announcement(language)[what])}</p>", status)


def _html(language: str, body: str, status: int = 200) -> Response:
    page = PAGE.substitute(language=language, title=escape(announcement(language)["title"]), style=STYLE, body=body)
    return HTMLResponse(page, status, HEADERS)
