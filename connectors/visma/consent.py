"""Consent in the browser for `kravbro connect visma`: the address to open, and the token for the code that comes back.

The user picks the company; which one it was is told by its settings alone, so it is checked before anything is stored.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.visma.answers import NAME, AnswerReader
from connectors.visma.auth import OAuth
from connectors.visma.settings import read_settings
from core.clock import Clock
from core.http import HttpClient
from core.ports import Token

__all__ = ["Consent"]


class Consent:
    """One consent: where the user goes, and what the answer is turned into."""

    def __init__(self, settings: Mapping[str, str], *, clock: Clock, session: requests.Session | None = None) -> None:
        checked = read_settings(settings)
        reader = AnswerReader(clock, (checked.client_secret,))
        self._oauth = OAuth(checked, HttpClient(NAME, checked.identity_url, clock=clock, session=session), reader, clock)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return the address to open in the browser."""
        return self._oauth.authorize_url(redirect_uri, state)

    def exchange(self, code: str, redirect_uri: str) -> Token:
        """Return the token for the code that came back."""
        return self._oauth.exchange(code, redirect_uri)

    def revoke(self, token: Token) -> bool:
        """Tell Visma to forget the refresh token, for off-boarding."""
        return self._oauth.revoke(token)
