"""Consent in the browser for `kravbro connect fortnox`: the address to open, the token for the answer, the tenant id.

https://www.fortnox.se/developer/authorization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import requests

from connectors.fortnox.answers import NAME, AnswerReader, parse_json
from connectors.fortnox.auth import OAuth, tenant_of
from connectors.fortnox.mapping.parties import parse_database_number
from connectors.fortnox.settings import Settings, read_settings
from core.clock import Clock
from core.errors import LoginExpiredError
from core.http import HttpClient
from core.ports import Token

__all__ = ["Consent"]

ADVICE: Final = "Run the connect command again and finish in the browser."


class Consent:
    """One consent: where the administrator goes, and what the answer is turned into."""

    def __init__(self, settings: Mapping[str, str], *, clock: Clock, session: requests.Session | None = None) -> None:
        # The tenant id is what a consent finds out; until then a placeholder lets the other settings be checked.
        self._settings: Settings = read_settings({**settings, "tenant_id": settings.get("tenant_id") or "0"})
        self._reader = AnswerReader(clock, (self._settings.client_secret,))
        self._api = HttpClient(NAME, self._settings.api_url, clock=clock, session=session)
        apps = HttpClient(NAME, self._settings.apps_url, clock=clock, session=session)
        self._oauth = OAuth(self._settings, apps, self._reader, clock)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return the address to open in the browser."""
        return self._oauth.authorize_url(redirect_uri, state)

    def exchange(self, code: str, redirect_uri: str) -> Token:
        """Return the token for the code that came back."""
        return self._oauth.exchange(code, redirect_uri)

    def revoke(self, token: Token) -> bool:
        """Tell Fortnox to forget the refresh token, for off-boarding."""
        return self._oauth.revoke(token)

    def find_tenant_id(self, token: Token) -> str:
        """Return the company's TenantId, from the token or from the API."""
        return tenant_of(token.access) or self._ask_tenant_id(token)

    def _ask_tenant_id(self, token: Token) -> str:
        headers = {"Authorization": f"Bearer {token.access}", "Accept": "application/json"}
        answer = self._api.read("GET", "/3/companyinformation", check=self._reader.check_read, headers=headers)
        body = parse_json(answer.content)
        number = parse_database_number(body.get("CompanyInformation") if isinstance(body, dict) else None)
        if answer.status != 200 or not number:
            raise LoginExpiredError(NAME, "the TenantId could not be read", todo=ADVICE)
        return number
