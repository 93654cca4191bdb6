"""Puts the feed together: routes, errors, and the OpenAPI 3.1 document that describes them."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.clock import Clock
from core.money import EXPONENTS
from core.store.database import Database
from core.vault import Vault
from portal.feed import reading, reporting
from portal.feed.access import Services
from portal.feed.bodies import AckBody, EventBody, RejectBody, SettlementBody
from portal.feed.errors import KINDS, install
from portal.feed.limits import Limiter
from portal.feed.rules import DOCUMENTS_MAX, TEXT_MAX

PREFIX: Final = "/v1"
BODIES: Final[dict[str, type[BaseModel]]] = {
    "/claims/{claim_id}/ack": AckBody,
    "/claims/{claim_id}/reject": RejectBody,
    "/claims/{claim_id}/events": EventBody,
    "/settlements": SettlementBody,
}
_ID: Final = {"minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"}
_SOME: Final = {"minItems": 1}
TIGHTER: Final[dict[str, dict[str, Any]]] = {
    **dict.fromkeys(("question_id", "payment_id", "fee_id", "plan_id", "settlement_id"), _ID),
    **dict.fromkeys(("lines", "instalments", "allocations"), _SOME),
    "question": {"pattern": r"\S", "maxLength": TEXT_MAX},
    "documents": {"maxItems": DOCUMENTS_MAX},
    "currency": {"enum": list(EXPONENTS)},
}
"""What `portal.feed.rules` and `core.money` ask of these fields, in the words of JSON Schema."""

DESCRIPTION: Final = "Claims for debt collection agencies: read events, fetch claims and documents, report back."


def create_feed(database: Database, vault: Vault, clock: Clock, *, requests_per_minute: int) -> FastAPI:
    """Return the feed as an application of its own, to be mounted at /v1."""
    feed = FastAPI(title="Kravbro claims feed", version="1", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    feed.state.services = Services(database, vault, clock, Limiter(requests_per_minute, clock))
    feed.include_router(reading.ROUTER)
    feed.include_router(reporting.ROUTER)
    install(feed)
    document = cache(lambda: describe(feed))  # made when somebody asks: it takes longer than all the rest of a start

    @feed.get("/openapi.json", include_in_schema=False)
    def get_openapi_document() -> JSONResponse:
        """Return this description."""
        return JSONResponse(document())

    return feed


def describe(feed: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the paths as agencies call them and the bodies, which the routes read themselves."""
    document = get_openapi(title=feed.title, version=feed.version, description=DESCRIPTION, routes=feed.routes)
    inputs, shared = models_json_schema(
        [(model, "validation") for model in BODIES.values()], ref_template="#/components/schemas/{model}-Input"
    )
    schemas = document["components"]["schemas"]
    for name, schema in shared["$defs"].items():
        schemas[f"{name}-Input"] = _tightened(schema)
    for path, model in BODIES.items():
        content = {"application/json": {"schema": inputs[(model, "validation")]}}
        document["paths"][path]["post"]["requestBody"] = {"required": True, "content": content}
    document["paths"] = {PREFIX + path: item for path, item in document["paths"].items()}
    return document


def _tightened(schema: dict[str, Any]) -> dict[str, Any]:
    """Say in the schema what is checked beyond it: `kind` tells one report from another, ids are plain, lists not empty."""
    properties = schema.get("properties", {})
    for name, said in properties.items():
        _tightened(said)
        said.update(TIGHTER.get(name, {}))
    if properties.get("kind", {}).get("const") in KINDS - {"settled"}:
        schema["required"] = [*schema.get("required", []), "kind"]
    return schema
