"""Reading a report: its bytes within bounds, its body strictly, and its idempotency key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ValidationError

from portal.feed.errors import FeedError, invalid
from portal.feed.limits import BODY_BYTES_MAX

B = TypeVar("B", bound=BaseModel)


async def read_bytes(request: Request) -> bytes:
    """Return the body, giving up as soon as it is too large: Content-Length need not be there nor be true."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise FeedError(415, "wrong_media_type", "The body must be application/json.")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise FeedError(413, "too_large", "The body is larger than 10 MB.", headers={"Connection": "close"})
        parts.append(part)
    return b"".join(parts)


Raw = Annotated[bytes, Depends(read_bytes)]


def parsed(model: type[B]) -> Callable[[bytes], B]:
    """Return a dependency that reads the body as this model."""

    def parse(raw: Raw) -> B:
        try:
            return model.model_validate_json(raw)
        except ValidationError as error:
            raise invalid(error.errors(include_url=False, include_input=False, include_context=False)) from None

    return parse


Key = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=8, max_length=255, pattern=r"^[!-~]+$", description="Tells a repeat from a new report."),
]


def request_hash(path: str, raw: bytes) -> str:
    """Return what tells one request from another: spaces and the order of fields in the JSON don't."""
    same = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{path}\n{same}".encode()).hexdigest()
