"""What an agency reads: events, claims and their documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import TypeAdapter

from core.claim import DebtorParty, Lifecycle, Snapshot
from core.model import DebtorKind
from core.store.feed import ApiKey, document_kind, find_claim, find_document, has_acknowledged, list_events
from core.store.tenants import get_tenant, owner_vault
from portal.feed.access import Given, allowed
from portal.feed.bodies import EVENT_TYPES, Event, Health, Page
from portal.feed.errors import FeedError, refusals
from portal.feed.routes import SafeRoute

ROUTER: Final = APIRouter(route_class=SafeRoute)
SNAPSHOTS: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)

TAKEN_ON: Final = frozenset({Lifecycle.ACCEPTED, Lifecycle.ACTIVE, Lifecycle.PAUSED})
"""Where the agency works on the claim, so that it must know whom it is about. A claim may close without that."""

OVER: Final = frozenset({Lifecycle.REJECTED, Lifecycle.WITHDRAWN})
PEOPLE: Final = frozenset({DebtorKind.CONSUMER, DebtorKind.SOLE_TRADER})

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
_TYPES = f"({'|'.join(kind.replace('.', '[.]') for kind in EVENT_TYPES)})"
Types = Annotated[str, Query(pattern=f"^({_TYPES}(,{_TYPES})*)?$", max_length=300, description="Only these types, with commas between.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag of what you have; 304 if it is still that.")]

_ETAG: Final = {"ETag": {"description": "Changes whenever the content does.", "schema": {"type": "string"}}}
_SAME: Final[Mapping[int | str, dict[str, Any]]] = {304: {"description": "It is still what you have.", "headers": _ETAG}}
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final[Mapping[int | str, dict[str, Any]]] = {
    200: {"description": "The bytes.", "headers": _ETAG, "content": {"application/pdf": _FILE, "application/octet-stream": _FILE}}
}


@ROUTER.get("/health", response_model=Health, responses=refusals())
def get_health(given: Given) -> Response:
    """Tell whether the feed answers and reaches its database; needs no key."""
    with given.database.read() as connection:
        list_events(connection, "", "", limit=1)
    return _json(Health(status="ok").model_dump_json().encode())


@ROUTER.get("/events", response_model=Page, responses=refusals(401, 403, 410, 422, 429))
def get_events(
    given: Given,
    key: Annotated[ApiKey, Depends(allowed("claims:read"))],
    cursor: Annotated[str, Query(max_length=200, description="Where the last page ended; left out, the beginning.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    types: Types = "",
) -> Response:
    """List events after the cursor, in the order in which they were published."""
    with given.database.read() as connection:
        page = list_events(connection, key.agency, cursor, limit=limit, types=types.split(",") if types else ())
    if page is None:
        raise FeedError(410, "cursor_expired", "This cursor is unknown or outdated; start again without one.")
    events = [Event(**asdict(event)) for event in page.events]
    return _json(Page(events=events, cursor=page.cursor, has_more=page.has_more).model_dump_json().encode())


@ROUTER.get(
    "/claims/{claim_id}", response_model=Snapshot,
    responses={200: {"description": "The claim as it is now.", "headers": _ETAG}, **_SAME, **refusals(401, 403, 404, 422, 429)},
)  # fmt: skip
def get_claim(
    given: Given, key: Annotated[ApiKey, Depends(allowed("claims:read"))], claim_id: Id, if_none_match: IfNoneMatch = None
) -> Response:
    """Return the whole claim as it is now."""
    with given.database.read() as connection:
        claim = find_claim(connection, key.agency, claim_id)
        acknowledged = claim is not None and has_acknowledged(connection, key.agency, claim_id)
    if claim is None:
        raise FeedError(404, "not_found", "There is no such claim.")
    body = SNAPSHOTS.dump_json(mask(claim.snapshot, acknowledged=acknowledged))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(status_code=304, headers={"ETag": tag}) if _has(if_none_match, tag) else _json(body, tag)


@ROUTER.get(
    "/claims/{claim_id}/documents/{document_id}", response_class=Response,
    responses={**_FILES, **_SAME, **refusals(401, 403, 404, 422, 429)},
)  # fmt: skip
def get_document(
    given: Given,
    key: Annotated[ApiKey, Depends(allowed("documents:read"))],
    claim_id: Id,
    document_id: Id,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the bytes of a document of the claim."""
    with given.database.read() as connection:
        claim = find_claim(connection, key.agency, claim_id)
        listed = claim is not None and any(document.document_id == document_id for document in claim.snapshot.documents)
        found = find_document(connection, claim.tenant, document_id) if claim is not None and listed else None
        if claim is None or found is None:
            raise FeedError(404, "not_found", "There is no such document on this claim.")
        tenant = get_tenant(connection, claim.tenant)
    tag = f'"{found.sha256}"'
    if _has(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    content = owner_vault(given.vault, tenant).open(document_kind(document_id), found.sealed)
    # Anything but PDF goes as plain bytes to be saved: a browser must not run what a letter or an upload contains.
    media_type = "application/pdf" if found.media_type == "application/pdf" else "application/octet-stream"
    headers = {
        "ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
    }  # fmt: skip
    return Response(content, media_type=media_type, headers=headers)


def mask(snapshot: Snapshot, *, acknowledged: bool) -> Snapshot:
    """Hide people's identity numbers until the agency has taken the claim on, or has at least said so."""
    acknowledged = acknowledged or bool(snapshot.agency_case_ref)
    if snapshot.lifecycle in TAKEN_ON or (acknowledged and snapshot.lifecycle not in OVER):
        return snapshot
    return replace(snapshot, debtors=tuple(_masked(debtor) for debtor in snapshot.debtors))


def _masked(debtor: DebtorParty) -> DebtorParty:
    return replace(debtor, identity_no="*" * len(debtor.identity_no)) if debtor.kind in PEOPLE else debtor


def _has(if_none_match: str | None, tag: str) -> bool:
    """Compare weakly (RFC 9110 §13.1.2): a cache may have put W/ before a tag."""
    given = [part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")]
    return tag in given or "*" in given


def _json(body: bytes, tag: str = "") -> Response:
    headers = {"Cache-Control": "private, no-cache", **({"ETag": tag} if tag else {})}
    return Response(body, media_type="application/json", headers=headers)
