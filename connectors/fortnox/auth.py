"""OAuth 2 at Fortnox: the consent address, code exchange, refresh, and client credentials with a TenantId.

https://www.fortnox.se/developer/authorization. A refresh token is used up by the first answer, sent or lost, so every
request here is made once; the lease and the storing are the token store's (`core.ports.TokenStore`).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from connectors.fortnox.answers import NAME, AnswerReader, parse_json, request_id
from connectors.fortnox.settings import Settings
from core.clock import Clock
from core.errors import LoginExpiredError, OutcomeUnknownError, RetryLaterError
from core.http import Answer, HttpClient
from core.ports import Token

__all__ = ["OAuth", "tenant_of"]

LIFE_S: Final = 3600
TENANT_CLAIMS: Final = ("tenantId", "tenantid", "tenant_id", "TenantId", "databaseNumber", "DatabaseNumber")
"""The page says that the token carries the TenantId, not under which name."""
ASK_CONSENT: Final = "Let an administrator of the company give consent: `kravbro connect fortnox --set tenant_id=` asks in the browser."
CHECK_CLIENT: Final = "Check client id and secret against the Fortnox Developer Portal."


class OAuth:
    """The token endpoint for one client and one company."""

    def __init__(self, settings: Settings, http: HttpClient, reader: AnswerReader, clock: Clock) -> None:
        self._settings, self._http, self._reader, self._clock = settings, http, reader, clock

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return the consent page's address; a service account is not tied to the person who consents."""
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.scope,
            "state": state,
            "access_type": "offline",
            "response_type": "code",
            "account_type": "service",
        }
        return f"{self._settings.apps_url}/oauth-v1/auth?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> Token:
        """Return the first token for a code of the consent page; a code lives ten minutes and works once."""
        return self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})

    def renew(self, stored: Token | None) -> Token:
        """Return a new token, by the way that is set; the stored refresh token is used up by this."""
        if self._settings.auth == "client_credentials":
            return self._ask({"grant_type": "client_credentials"}, {"TenantId": self._settings.tenant_id})
        if stored is None or not stored.refresh:
            raise LoginExpiredError(NAME, "no refresh token is stored", todo=ASK_CONSENT)
        return self._ask({"grant_type": "refresh_token", "refresh_token": stored.refresh})

    def revoke(self, token: Token) -> bool:
        """Tell the vendor to forget a refresh token; returns whether it says so."""
        answer = self._post("/oauth-v1/revoke", {"token_type_hint": "refresh_token", "token": token.refresh}, {})
        body = parse_json(answer.content)
        return answer.status == 200 and isinstance(body, dict) and body.get("revoked") is True

    def _ask(self, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Token:
        answer = self._post("/oauth-v1/token", form, headers or {})
        body = parse_json(answer.content)
        fields: Mapping[str, object] = body if isinstance(body, dict) else {}
        if answer.status in (400, 401, 403) and fields.get("error"):
            raise self._refused(fields, request_id(answer))
        access = fields.get("access_token")
        if answer.status != 200 or not isinstance(access, str) or not access:
            raise RetryLaterError(NAME, f"HTTP {answer.status} from the token endpoint", request_id=request_id(answer))
        return self._token(access, fields)

    def _token(self, access: str, fields: Mapping[str, object]) -> Token:
        seconds = fields.get("expires_in")
        life = seconds if isinstance(seconds, int) and 0 < seconds <= 30 * 86_400 else LIFE_S
        expires_at = self._clock.now() + timedelta(seconds=life)
        return Token(access, str(fields.get("refresh_token") or ""), expires_at, str(fields.get("scope") or ""))

    def _refused(self, fields: Mapping[str, object], request: str) -> LoginExpiredError:
        reason = self._reader.redact(f"{fields.get('error')}: {fields.get('error_description') or 'no description'}")
        todo = CHECK_CLIENT if fields.get("error") == "invalid_client" else ASK_CONSENT
        return LoginExpiredError(NAME, reason, todo=todo, request_id=request)

    def _post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        pair = f"{self._settings.client_id}:{self._settings.client_secret}".encode()
        basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"}
        try:
            return self._http.write("POST", path, data=dict(form), headers={**basic, **headers})
        except OutcomeUnknownError as error:
            # No booking depends on it: the next try either works or is told that the token is used up.
            raise RetryLaterError(NAME, f"no answer from the token endpoint: {error.reason}") from None


def tenant_of(access_token: str) -> str:
    """Return the TenantId that an access token carries, or "" (the vendor's key is not public, so nothing is verified)."""
    parts = access_token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    found = [claims[name] for name in TENANT_CLAIMS if name in claims] if isinstance(claims, dict) else []
    return str(found[0]) if found and str(found[0]).isdecimal() else ""
