"""What an agency reports: checked at the border, stored once, handled by the engine's next run."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from core.claim import Acknowledged, AgencyEvent, EventData, Rejected, Settled
from core.store.claims import find_payments
from core.store.feed import (
    Answer,
    ApiKey,
    NewDocument,
    ReadableClaim,
    Report,
    document_kind,
    find_answer,
    find_claim,
    message_id,
    store_report,
)
from core.store.tenants import get_tenant, owner_vault
from core.vault import OwnerVault
from portal.feed.access import Given, Services, allowed
from portal.feed.bodies import Accepted, AckBody, EventBody, RejectBody, SettlementBody, StatementBody
from portal.feed.errors import FeedError, refusals
from portal.feed.reading import Id
from portal.feed.requests import Key, Raw, parsed, request_hash
from portal.feed.routes import SafeRoute
from portal.feed.rules import ID, check_event, check_moment, check_settlement

ROUTER: Final = APIRouter(route_class=SafeRoute)
REFUSALS: Final = (400, 401, 403, 404, 413, 415, 422, 429)
DESCRIBED: Final[Mapping[str, Any]] = {"response_model": Accepted, "status_code": 202, "responses": refusals(*REFUSALS)}


@dataclass(frozen=True)
class Sending:
    """One request that reports something: who sends it, under which key, and what it says."""

    given: Services
    agency: str
    key: str
    path: str
    raw: bytes

    @cached_property
    def hash(self) -> str:
        """What tells this request from another one under the same key; asked for once the body is known to be JSON."""
        return request_hash(self.path, self.raw)

    def answered(self, connection: Connection) -> Answer | None:
        """Return what this key was answered before."""
        return find_answer(connection, self.agency, self.key, self.hash)

    def message(self, claim_id: str, data: EventData, occurred_at: datetime) -> AgencyEvent:
        """Return the report as the engine will read it."""
        return AgencyEvent(self.agency, message_id(self.agency, self.key), claim_id, occurred_at, data=data)


def sending(scope: str) -> Callable[..., Sending]:
    """Return a dependency that lets in what a key with this scope sends, and reads it."""

    def read(given: Given, key: Annotated[ApiKey, Depends(allowed(scope))], request: Request, idempotency: Key, raw: Raw) -> Sending:
        return Sending(given, key.agency, idempotency, request.url.path, raw)

    return read


Work = Annotated[Sending, Depends(sending("claims:write"))]
Payout = Annotated[Sending, Depends(sending("settlements:write"))]


@ROUTER.post("/claims/{claim_id}/ack", **{**DESCRIBED, "responses": refusals(*REFUSALS, 409)})
def post_ack(sent: Work, claim_id: Id, body: Annotated[AckBody, Depends(parsed(AckBody))]) -> Response:
    """Take the claim on."""
    return _report(sent, claim_id, Acknowledged(body.agency_case_ref), body.occurred_at, version=body.version)


@ROUTER.post("/claims/{claim_id}/reject", **DESCRIBED)
def post_reject(sent: Work, claim_id: Id, body: Annotated[RejectBody, Depends(parsed(RejectBody))]) -> Response:
    """Refuse the claim, and say what is wrong with it."""
    return _report(sent, claim_id, Rejected(body.code, body.text, body.fields), body.occurred_at)


@ROUTER.post("/claims/{claim_id}/events", **DESCRIBED)
def post_event(sent: Work, claim_id: Id, body: Annotated[EventBody, Depends(parsed(EventBody))]) -> Response:
    """Report something that happened on the claim: a question, a demand, a phase, a payment, a fee, a plan, a dispute, a loss, the end."""
    return _report(sent, claim_id, body.data, body.occurred_at)


@ROUTER.post("/settlements", **DESCRIBED)
def post_settlement(sent: Payout, body: Annotated[SettlementBody, Depends(parsed(SettlementBody))]) -> Response:
    """Report a payout to one creditor."""
    now = sent.given.clock.now()
    with sent.given.database.read() as connection:
        if done := sent.answered(connection):
            return _answer(done)
        claims = _claims_of(connection, sent.agency, body.data)
        check_moment(body.occurred_at, now)
        payments = find_payments(connection, sent.agency, [line.payment_id for line in body.data.lines])
        check_settlement(body.data, claims, payments, now)
        tenant = get_tenant(connection, claims[0].tenant)
    message = sent.message("", body.data, body.occurred_at)
    if body.document is None:
        return _store(sent.given, Report(tenant.id, sent.key, sent.hash, message))
    message = replace(message, document_id=message.message_id)
    document = _sealed(owner_vault(sent.given.vault, tenant), message.message_id, body.document)
    return _store(sent.given, Report(tenant.id, sent.key, sent.hash, message, document))


def _report(sent: Sending, claim_id: str, data: EventData, occurred_at: datetime, *, version: int | None = None) -> Response:
    """Check and store a report on one claim; a known key is answered before anything is checked, as the first time."""
    now = sent.given.clock.now()
    with sent.given.database.read() as connection:
        if done := sent.answered(connection):
            return _answer(done)
        claim = find_claim(connection, sent.agency, claim_id)
    if claim is None:
        raise FeedError(404, "not_found", "There is no such claim.")
    if version is not None and version != claim.snapshot.version:
        raise FeedError(409, "version_conflict", "The claim has changed since that version; read it again.", field="version")
    check_moment(occurred_at, now)
    check_event(data, claim.snapshot, now)
    return _store(sent.given, Report(claim.tenant, sent.key, sent.hash, sent.message(claim_id, data, occurred_at)))


def _claims_of(connection: Connection, agency: str, data: Settled) -> list[ReadableClaim]:
    """Return the claim of each line, each read once."""
    known: dict[str, ReadableClaim | None] = {}
    claims = []
    for number, line in enumerate(data.lines):
        if line.claim_id not in known:
            known[line.claim_id] = find_claim(connection, agency, line.claim_id) if ID.fullmatch(line.claim_id) else None
        claim = known[line.claim_id]
        if claim is None:
            raise FeedError(422, "invalid", "There is no such claim.", field=f"data.lines.{number}.claim_id")
        claims.append(claim)
    return claims


def _sealed(vault: OwnerVault, document_id: str, document: StatementBody) -> NewDocument:
    content = base64.b64decode(document.content_base64, validate=True)
    sealed = vault.seal(document_kind(document_id), content)
    return NewDocument(document.name, document.media_type, hashlib.sha256(content).hexdigest(), len(content), sealed)


def _store(given: Services, report: Report) -> Response:
    with given.database.write() as connection:
        done = store_report(connection, report, given.clock.now())
    return _answer(done)


def _answer(done: Answer) -> Response:
    return Response(done.body, done.status, media_type="application/json")
