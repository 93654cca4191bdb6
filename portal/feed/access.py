"""Who is asking: the agency behind a key, what it may do, and how much of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.clock import Clock
from core.store.database import Database
from core.store.feed import ApiKey, find_key
from core.vault import Vault
from portal.feed.errors import FeedError
from portal.feed.limits import Limiter

BEARER: Final = HTTPBearer(
    scheme_name="ApiKey", bearerFormat="kb_<key id>_<secret>", description="An agency's key, with its scopes.", auto_error=False
)


@dataclass(frozen=True, slots=True)
class Services:
    """What every request of the feed works with."""

    database: Database
    vault: Vault
    clock: Clock
    limiter: Limiter


def services(request: Request) -> Services:
    """Return what this application was made with."""
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(services)]


def allowed(scope: str) -> Callable[..., ApiKey]:
    """Return a dependency that lets only keys with this scope in."""

    def check(given: Given, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> ApiKey:
        key = _find_key(given, credentials)
        if key is None:
            # One answer for every way to be wrong: nobody learns which keys exist.
            headers = {"WWW-Authenticate": "Bearer"}
            raise FeedError(401, "unauthorized", "A valid key is needed: Authorization: Bearer kb_…", headers=headers)
        wait_s = given.limiter.wait_s(key.key_id)
        if wait_s:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            raise FeedError(429, "too_many_requests", "This key has asked too much; wait as long as Retry-After says.", headers=headers)
        if scope not in key.scopes:
            raise FeedError(403, "scope_missing", f"This key lacks the scope {scope}.")
        return key

    return check


def _find_key(given: Services, credentials: HTTPAuthorizationCredentials | None) -> ApiKey | None:
    if credentials is None:
        return None
    with given.database.read() as connection:
        return find_key(connection, credentials.credentials)
