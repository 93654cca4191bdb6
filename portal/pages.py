"""What the pages behind a link have in common: their frame, their headers, whose link it is, and the reader's language."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template
from typing import Annotated, Final

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse

from core.errors import ConfigError
from core.store.database import Database
from core.store.tenants import Tenant, get_tenant
from core.words import known_language

__all__ = ["Sealed", "TenantId", "browser_language", "find_tenant", "page"]

STYLE: Final = (
    "body{font:18px/1.5 sans-serif;max-width:44em;margin:3em auto;padding:0 1em}button{font:inherit;padding:.6em 1.4em}"
    "label{display:block;font-weight:bold;margin-top:1.6em}label code,label em{font-weight:normal}code{font-size:.85em}"
    "input,select{font:inherit;box-sizing:border-box;width:100%;padding:.4em}p.help,p.note{margin:.2em 0;color:#444}"
    ".error{color:#a00000;font-weight:bold}.done{color:#00601b;font-weight:bold}"
    "table{border-collapse:collapse;font-size:.85em}th,td{text-align:left;vertical-align:top;padding:.4em .8em .4em 0;border-top:1px solid #999}"
)
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

TenantId = Annotated[str, Path(max_length=100)]
Sealed = Annotated[str, Path(max_length=2000)]


def find_tenant(database: Database, tenant_id: str) -> Tenant | None:
    """Return the tenant a link names, if there is one."""
    try:
        with database.read() as connection:
            return get_tenant(connection, tenant_id)
    except ConfigError:
        return None


def browser_language(request: Request) -> str:
    """Return a language for someone of whom nothing is known but their browser."""
    wanted = request.headers.get("accept-language", "")[:2].lower()
    return {"no": "nb"}.get(wanted, known_language(wanted))


def page(language: str, title: str, body: str, status: int = 200) -> Response:
    """Return a page; `body` is HTML already, `title` is text."""
    return HTMLResponse(PAGE.substitute(language=language, title=escape(title), style=STYLE, body=body), status, HEADERS)
