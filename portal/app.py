"""The web application: the claims feed under /v1."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.clock import Clock
from core.errors import KravbroError
from core.store.database import Database
from core.vault import Vault
from portal.feed.errors import FeedError, error_body
from portal.feed.limits import RequestLimit
from portal.feed.routes import make_router

__all__ = ["create_app"]

CODES = {404: "not_found", 405: "method_not_allowed", 400: "bad_request"}


def create_app(database: Database, vault: Vault, clock: Clock, *, feed_requests_per_minute: int = 600) -> FastAPI:
    """Return the application; `feed_requests_per_minute` holds per feed key."""
    app = FastAPI(
        title="Kravbro claims feed", version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None,
        description="Claims for debt-collection agencies, and what they report back. See docs/feed.md.",
    )  # fmt: skip
    app.include_router(make_router(database, vault, clock, RequestLimit(feed_requests_per_minute)), prefix="/v1")
    app.add_exception_handler(FeedError, _feed_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(KravbroError, _our_error)
    return app


def _feed_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FeedError), "registered for this class"
    return JSONResponse(error_body(error.code, str(error), error.field), error.status, headers=error.headers)


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    """Name the field and what is wrong; never repeat its value, which may be personal."""
    assert isinstance(error, RequestValidationError), "registered for this class"
    first = error.errors()[0]
    place, *path = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return JSONResponse(error_body("bad_request", "The body is not JSON.", ""), 400)
    if place == "header" and path == ["idempotency-key"] and first["type"] == "missing":
        return JSONResponse(error_body("idempotency_key_missing", "Send an Idempotency-Key header.", "Idempotency-Key"), 428)
    return JSONResponse(error_body("invalid", first["msg"], ".".join(path)), 422)


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "registered for this class"
    return JSONResponse(
        error_body(CODES.get(error.status_code, "bad_request"), str(error.detail), ""), error.status_code, headers=error.headers
    )


def _our_error(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(error_body("unavailable", "The feed can't answer now; try again.", ""), 503, headers={"Retry-After": "30"})
