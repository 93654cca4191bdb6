"""The application that `kravbro serve` runs: the claims feed under /v1, and the pages behind links under /stop and /settings."""

from __future__ import annotations

from fastapi import FastAPI

from core.clock import Clock
from core.store.database import Database
from core.vault import Vault
from portal.feed.api import create_feed
from portal.feed.limits import REQUESTS_PER_MINUTE
from portal.settings import Connectors, create_settings_pages
from portal.stop import create_stop_pages

__all__ = ["create_app"]


def create_app(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    connectors: Connectors | None = None,
    feed_requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> FastAPI:
    """Return the application on an open database; its requests share nothing but what is in there. Without connectors it has no settings."""
    app = FastAPI(title="Kravbro", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(create_stop_pages(database, vault, clock))
    if connectors is not None:
        app.include_router(create_settings_pages(database, vault, clock, connectors))
    app.mount("/v1", create_feed(database, vault, clock, requests_per_minute=feed_requests_per_minute))
    return app
