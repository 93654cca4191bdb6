"""What agencies report: stored once on arrival, handed to the engine in that order, and marked when it is done with.

The first answer to an idempotency key commits together with what it promises, and is given again for ever: a message id
is derived from the key, so a forgotten key would be a second report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from core.claim import AgencyEvent
from core.errors import InvariantBrokenError
from core.ids import stable_id
from core.model import Problem
from core.store.database import Database, insert_once
from core.store.tables import agency_events, documents, idempotency_keys

EVENTS: Final[TypeAdapter[AgencyEvent]] = TypeAdapter(AgencyEvent)
BATCH: Final = 500
ACCEPTED: Final = 202
UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A settlement statement, sealed for its tenant as `document_kind(document_id)`."""

    name: str
    media_type: str
    sha256: str
    size: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that has passed every check; its document's id is the message id.

    Attributes:
        request_hash: tells the same request from another one under the same key.
    """

    tenant: str
    idempotency_key: str
    request_hash: str
    message: AgencyEvent
    document: NewDocument | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, word for word, every time a key is used."""

    status: int
    body: str


def message_id(agency: str, idempotency_key: str) -> str:
    """Return the id of the report that an agency sends under a key."""
    return stable_id(agency, idempotency_key)


def document_kind(document_id: str) -> str:
    """Return what a document's sealed bytes are bound to, beside their tenant."""
    return f"document {document_id}"


def find_answer(connection: Connection, agency: str, idempotency_key: str, request_hash: str) -> Answer | None:
    """Return what a key was answered the first time, or the refusal where the request was another one."""
    mine = (idempotency_keys.c.agency == agency, idempotency_keys.c.key == idempotency_key)
    row = connection.execute(select(idempotency_keys).where(*mine)).first()
    if row is None:
        return None
    return Answer(row.status, row.body) if row.request_hash == request_hash else _reused()


def store_report(connection: Connection, report: Report, now: datetime) -> Answer:
    """Store a report, its document and the answer to its key; a key that is known gets its first answer instead."""
    message = report.message
    if message.message_id != message_id(message.agency, report.idempotency_key):
        raise InvariantBrokenError("a report's message id does not come from its idempotency key")
    answer = Answer(ACCEPTED, json.dumps({"message_id": message.message_id, "status": "stored"}))
    if not _take_key(connection, report, answer, now):
        return find_answer(connection, message.agency, report.idempotency_key, report.request_hash) or answer
    if report.document is not None:
        _store_document(connection, report, report.document, now)
    connection.execute(
        insert(agency_events).values(
            agency=message.agency, message_id=message.message_id, tenant=report.tenant, claim_id=message.claim_id,
            kind=message.data.kind, serial=_next_serial(connection, report.tenant), body=EVENTS.dump_json(message).decode(),
            occurred_at=message.occurred_at, received_at=now,
        )
    )  # fmt: skip
    return answer


def mark_handled(connection: Connection, agency: str, message_id: str, outcome: str, now: datetime) -> bool:
    """Record what became of a report; False where that was recorded before."""
    mine = (agency_events.c.agency == agency, agency_events.c.message_id == message_id, agency_events.c.handled_at.is_(None))
    return connection.execute(update(agency_events).where(*mine).values(handled_at=now, outcome=outcome)).rowcount == 1


class StoreReports:
    """`Reports` of one agency about one tenant's claims."""

    def __init__(self, database: Database, tenant: str, agency: str) -> None:
        self._database, self._tenant, self._agency = database, tenant, agency

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield what is not handled yet in the order it arrived; no transaction is open in between."""
        after = (0, "")
        while rows := self._page(after):
            yield from (_event(row) for row in rows)
            after = (rows[-1].serial, rows[-1].message_id)

    def _page(self, after: tuple[int, str]) -> list[Row[Any]]:
        event = agency_events.c
        place = tuple_(event.serial, event.message_id)
        query = select(event.serial, event.message_id, event.body).where(event.tenant == self._tenant, event.handled_at.is_(None))
        query = query.where(event.agency == self._agency)
        with self._database.read() as connection:
            return list(connection.execute(query.where(place > after).order_by(event.serial, event.message_id).limit(BATCH)))


def _event(row: Row[Any]) -> AgencyEvent | Problem:
    try:
        return EVENTS.validate_json(row.body)
    except ValidationError as error:
        wrong = f"the stored report can't be read ({error.error_count()} faults); ask the agency to send it again"
        return Problem("agency reports", row.message_id, wrong, row.body.encode())


def _take_key(connection: Connection, report: Report, answer: Answer, now: datetime) -> bool:
    """Take the key for this report; a twin under way is waited for, and after its commit the key is not ours."""
    return insert_once(
        connection, idempotency_keys, agency=report.message.agency, key=report.idempotency_key, request_hash=report.request_hash,
        status=answer.status, body=answer.body, created_at=now,
    )  # fmt: skip


def _store_document(connection: Connection, report: Report, document: NewDocument, now: datetime) -> None:
    connection.execute(
        insert(documents).values(
            tenant=report.tenant, document_id=report.message.message_id, kind="settlement", name=document.name,
            media_type=document.media_type, sha256=document.sha256, size=document.size, sealed=document.sealed, created_at=now,
        )
    )  # fmt: skip


def _next_serial(connection: Connection, tenant: str) -> int:
    last = select(func.coalesce(func.max(agency_events.c.serial), 0)).where(agency_events.c.tenant == tenant)
    return int(connection.execute(last).scalar_one()) + 1


def _reused() -> Answer:
    wrong = {"code": "idempotency_key_reused", "message": "This Idempotency-Key was used for another request."}
    return Answer(UNPROCESSABLE, json.dumps({"error": wrong}))
