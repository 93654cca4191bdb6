"""The feed's routes. A request is checked, stored and answered; what it means is the next run's to say."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import TypeAdapter
from sqlalchemy import Connection

from core.claim import AgencyEvent, EventData, Lifecycle, Snapshot
from core.clock import Clock
from core.model import DebtorKind
from core.store import feedlite as feed
from core.store import tenants
from core.store.database import Database
from core.store.keeping import StoreDocuments, add_document
from core.vault import Vault
from portal.feed.bodies import (
    AckBody,
    EventBody,
    EventsOut,
    RejectBody,
    SettlementBody,
    StoredOut,
    check_event,
    check_settlement,
    check_time,
    to_event,
)
from portal.feed.errors import ErrorBody, FeedError
from portal.feed.limits import RequestLimit

__all__ = ["make_router"]

BODY_MAX: Final = 10 * 2**20

_SNAPSHOT: Final[TypeAdapter[Snapshot]] = TypeAdapter(Snapshot)

_TAKEN: Final = (Lifecycle.ACCEPTED, Lifecycle.ACTIVE, Lifecycle.PAUSED, Lifecycle.CLOSING, Lifecycle.CLOSED)
"""States in which the agency has acknowledged the claim, so that it may see a person's identity number."""

ClaimId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=255, pattern=r"^[\x21-\x7e]+$")]


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody} for status in (401, 403, 404, 429, 503, *statuses)}


READ, WRITE = _errors(410, 422), _errors(400, 413, 415, 422, 428)


def make_router(database: Database, vault: Vault, clock: Clock, limit: RequestLimit) -> APIRouter:
    """Return the feed's routes on a database."""
    router = APIRouter()
    bearer = HTTPBearer(auto_error=False, description="kb_<key id>_<secret>")

    def needs(scope: str) -> Callable[..., feed.FeedKey]:
        def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> feed.FeedKey:
            with database.read() as connection:
                key = feed.verify_key(connection, given.credentials) if given else None
            if key is None:
                raise FeedError(401, "unauthorized", "Send a valid feed key.", headers={"WWW-Authenticate": "Bearer"})
            limit.take(key.key_id)
            if scope not in key.scopes:
                raise FeedError(403, "scope_missing", f"This key lacks {scope}.")
            return key

        return check

    reads, writes = Depends(needs("claims:read")), Depends(needs("claims:write"))
    reads_documents, settles = Depends(needs("documents:read")), Depends(needs("settlements:write"))

    @router.get("/health")
    def health() -> dict[str, str]:
        """Tell that the feed is up."""
        return {"status": "up"}

    @router.get("/events", response_model=EventsOut, responses=READ)
    def events(
        key: Annotated[feed.FeedKey, reads],
        cursor: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        types: Annotated[str, Query(max_length=500, description="Comma-separated event types.")] = "",
    ) -> EventsOut:
        """Return the agency's events after a cursor."""
        wanted = [one for one in types.split(",") if one]
        with database.write() as connection:
            feed.assign_positions(connection)
        with database.read() as connection:
            try:
                page = feed.list_events(connection, key.agency, cursor, limit, wanted)
            except feed.CursorExpiredError as error:
                raise FeedError(410, "cursor_expired", str(error), "cursor") from None
        return EventsOut.model_validate({"events": page.events, "cursor": page.cursor, "has_more": page.has_more})

    @router.get("/claims/{claim_id}", response_model=Snapshot, responses=READ | {304: {"description": "Unchanged."}})
    def claim(claim_id: ClaimId, key: Annotated[feed.FeedKey, reads], if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """Return the whole claim."""
        with database.read() as connection:
            _, snapshot = _claim(connection, key, claim_id)
        etag = f'"{snapshot.version}"'
        if if_none_match == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(_SNAPSHOT.dump_json(_masked(snapshot)), media_type="application/json", headers={"ETag": etag})

    @router.get(
        "/claims/{claim_id}/documents/{document_id}",
        response_class=Response,
        responses=READ | {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def document(claim_id: ClaimId, document_id: ClaimId, key: Annotated[feed.FeedKey, reads_documents]) -> Response:
        """Return a document of the claim."""
        with database.read() as connection:
            tenant_id, snapshot = _claim(connection, key, claim_id)
            if document_id not in {one.document_id for one in snapshot.documents}:
                raise FeedError(404, "not_found", "The claim has no such document.")
            tenant = tenants.get_tenant(connection, tenant_id)
        found = StoreDocuments(database, tenant_id, tenants.owner_vault(vault, tenant)).get(document_id)
        return Response(found.content, media_type=found.media_type, headers={"Digest": f"sha-256={found.sha256}"})

    def take(request: Request, agency: str, key: str, body: Any, store: Callable[[Connection, str], None]) -> StoredOut:
        """Answer a report once: the same key and body give the same answer, another body is refused."""
        digest = hashlib.sha256(f"{request.url.path}\n{body.model_dump_json()}".encode()).hexdigest()
        message_id = feed.message_id(agency, key)
        with database.write() as connection:
            known = feed.remembered_answer(connection, agency, key)
            if known is None:
                store(connection, message_id)
                answer = StoredOut(message_id=message_id)
                feed.remember_answer(connection, agency, key, digest, 202, answer.model_dump_json(), clock.now())
                return answer
        if known[0] != digest:
            raise FeedError(422, "idempotency_key_reused", "This key was used for another request.", "Idempotency-Key")
        return StoredOut.model_validate(json.loads(known[2]))

    def report(
        request: Request, claim_id: str, key: feed.FeedKey, idempotency_key: str, body: AckBody | RejectBody | EventBody
    ) -> StoredOut:
        def store(connection: Connection, message_id: str) -> None:
            tenant_id, snapshot = _claim(connection, key, claim_id)
            check_time(body.occurred_at, clock.now())
            data: EventData = to_event(body)
            check_event(data, snapshot)
            event = AgencyEvent(key.agency, message_id, claim_id, body.occurred_at, data=data)
            feed.store_report(connection, event, tenant_id, clock.now())

        return take(request, key.agency, idempotency_key, body, store)

    @router.post("/claims/{claim_id}/ack", status_code=202, response_model=StoredOut, responses=WRITE, dependencies=[Depends(_small)])
    def ack(claim_id: ClaimId, body: AckBody, request: Request, idempotency_key: Key, key: Annotated[feed.FeedKey, writes]) -> StoredOut:
        """Take the claim on."""
        return report(request, claim_id, key, idempotency_key, body)

    @router.post("/claims/{claim_id}/reject", status_code=202, response_model=StoredOut, responses=WRITE, dependencies=[Depends(_small)])
    def reject(
        claim_id: ClaimId, body: RejectBody, request: Request, idempotency_key: Key, key: Annotated[feed.FeedKey, writes]
    ) -> StoredOut:
        """Refuse the claim, naming what is wrong."""
        return report(request, claim_id, key, idempotency_key, body)

    @router.post("/claims/{claim_id}/events", status_code=202, response_model=StoredOut, responses=WRITE, dependencies=[Depends(_small)])
    def event(
        claim_id: ClaimId, body: EventBody, request: Request, idempotency_key: Key, key: Annotated[feed.FeedKey, writes]
    ) -> StoredOut:
        """Report what happened."""
        return report(request, claim_id, key, idempotency_key, body)

    @router.post("/settlements", status_code=202, response_model=StoredOut, responses=WRITE, dependencies=[Depends(_small)])
    def settlement(body: SettlementBody, request: Request, idempotency_key: Key, key: Annotated[feed.FeedKey, settles]) -> StoredOut:
        """Report a payout, with its statement."""

        def store(connection: Connection, message_id: str) -> None:
            check_time(body.occurred_at, clock.now())
            check_settlement(body.data)
            tenant_id = _one_tenant(connection, key, body)
            document_id = _statement(connection, vault, tenant_id, body, clock)
            event = AgencyEvent(key.agency, message_id, "", body.occurred_at, data=body.data, document_id=document_id)
            feed.store_report(connection, event, tenant_id, clock.now())

        return take(request, key.agency, idempotency_key, body, store)

    return router


def _small(request: Request) -> None:
    """Refuse a body that is too large, by its declared length, before it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > BODY_MAX:
        raise FeedError(413, "too_large", f"A body has a Content-Length of at most {BODY_MAX} bytes.")


def _claim(connection: Connection, key: feed.FeedKey, claim_id: str) -> tuple[str, Snapshot]:
    found = feed.find_claim(connection, key.agency, claim_id)
    if found is None:
        raise FeedError(404, "not_found", "There is no such claim.")
    return found


def _masked(snapshot: Snapshot) -> Snapshot:
    """Hide a person's identity number until the agency has taken the claim on."""
    if snapshot.lifecycle in _TAKEN:
        return snapshot
    people = (DebtorKind.CONSUMER, DebtorKind.SOLE_TRADER)
    hidden = tuple(
        replace(one, identity_no=f"{one.identity_no[:-4]}****") if one.kind in people and one.identity_no else one
        for one in snapshot.debtors
    )
    return replace(snapshot, debtors=hidden)


def _one_tenant(connection: Connection, key: feed.FeedKey, body: SettlementBody) -> str:
    """Return the one creditor a settlement is for."""
    found = {_claim(connection, key, line.claim_id)[0] for line in body.data.lines}
    if len(found) != 1:
        raise FeedError(422, "invalid", "A settlement is for one creditor.", "data.lines")
    return found.pop()


def _statement(connection: Connection, vault: Vault, tenant_id: str, body: SettlementBody, clock: Clock) -> str | None:
    if body.document is None:
        return None
    tenant = tenants.get_tenant(connection, tenant_id)
    stored = add_document(
        connection, tenant_id, tenants.owner_vault(vault, tenant), kind="statement", name=body.document.name,
        media_type=body.document.media_type, content=body.document.content_base64, now=clock.now(),
    )  # fmt: skip
    return stored.document_id
