"""OAuth at Visma's identity server: the consent page with its company picker, codes, refresh tokens of two kinds, revocation.

https://developer.vismaonline.com/docs/authentication. Clients made before 2025 get refresh tokens that are used up by each refresh;
newer ones get a token that stays, and that the answer need not repeat. Both work here without a setting.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from connectors.visma.answers import NAME, AnswerReader, parse_json, request_id
from connectors.visma.settings import Settings
from core.clock import Clock
from core.errors import LoginExpiredError, OutcomeUnknownError, RetryLaterError
from core.http import Answer, HttpClient
from core.ports import Token

__all__ = ["OAuth"]

LIFE_S: Final = 3600
ASK_CONSENT: Final = "Let a user of the company give consent again: `kravbro connect visma` asks in the browser."
CHECK_CLIENT: Final = "Check client id and secret against what Visma's API support sent."


class OAuth:
    """The identity server for one client and one company."""

    def __init__(self, settings: Settings, http: HttpClient, reader: AnswerReader, clock: Clock) -> None:
        self._settings, self._http, self._reader, self._clock = settings, http, reader, clock

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return the consent page's address; without the forced picker the user's own company would be taken, whichever is meant."""
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.scope,
            "state": state,
            "response_type": "code",
            "prompt": "select_account",
            "acr_values": f"service:{self._settings.service}",
        }
        return f"{self._settings.identity_url}/connect/authorize?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str) -> Token:
        """Return the first token for a code of the consent page; a code lives five minutes and works once."""
        return self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}, "")

    def renew(self, stored: Token | None) -> Token:
        """Return a new token; where no refresh token comes with it, the one that was used is kept."""
        if stored is None or not stored.refresh:
            raise LoginExpiredError(NAME, "no refresh token is stored", todo=ASK_CONSENT)
        return self._ask({"grant_type": "refresh_token", "refresh_token": stored.refresh}, stored.refresh)

    def revoke(self, token: Token) -> bool:
        """Tell the vendor to forget a refresh token; returns whether it says so."""
        answer = self._post("/connect/revocation", {"token": token.refresh, "token_type_hint": "refresh_token"})
        return answer.status == 200

    def _ask(self, form: Mapping[str, str], kept: str) -> Token:
        answer = self._post("/connect/token", form)
        body = parse_json(answer.content)
        fields: Mapping[str, object] = body if isinstance(body, dict) else {}
        if answer.status in (400, 401, 403) and fields.get("error"):
            raise self._refused(fields, request_id(answer))
        access = fields.get("access_token")
        if answer.status != 200 or not isinstance(access, str) or not access:
            raise RetryLaterError(NAME, f"HTTP {answer.status} from the identity server", request_id=request_id(answer))
        return self._token(access, fields, kept)

    def _token(self, access: str, fields: Mapping[str, object], kept: str) -> Token:
        seconds = fields.get("expires_in")
        life = seconds if isinstance(seconds, int) and 0 < seconds <= 30 * 86_400 else LIFE_S
        expires_at = self._clock.now() + timedelta(seconds=life)
        return Token(access, str(fields.get("refresh_token") or kept), expires_at, str(fields.get("scope") or ""))

    def _refused(self, fields: Mapping[str, object], request: str) -> LoginExpiredError:
        reason = self._reader.redact(f"{fields.get('error')}: {fields.get('error_description') or 'no description'}")
        todo = CHECK_CLIENT if fields.get("error") == "invalid_client" else ASK_CONSENT
        return LoginExpiredError(NAME, reason, todo=todo, request_id=request)

    def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        pair = f"{self._settings.client_id}:{self._settings.client_secret}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"}
        try:
            return self._http.write("POST", path, data=dict(form), headers=headers)
        except OutcomeUnknownError as error:
            # No booking depends on it: the next try either works or is told that the token is used up.
            raise RetryLaterError(NAME, f"no answer from the identity server: {error.reason}") from None
