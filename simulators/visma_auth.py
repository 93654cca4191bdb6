"""The identity server of the eAccounting simulator: the company picker, codes of five minutes, hour-long tokens, refresh and revocation."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections import deque
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from simulators import kit
from simulators.visma_wire import Answer, Request, html_answer, json_answer
from simulators.visma_world import Json, World

ACCESS_LIFE_S = 3600
CODE_LIFE_S = 300
REFRESH_LIFE_S = 2 * 365 * 86_400
WINDOW_S, WINDOW_REQUESTS = 60.0, 600
MANDATORY = ("ea:api", "offline_access")
SCOPES = frozenset(
    ("ea:sales", "ea:sales_readonly", "ea:accounting", "ea:accounting_readonly", "ea:purchase", "ea:purchase_readonly", *MANDATORY)
)
SERVICE = "service:44643EB1-3F76-4C1C-A672-402AE8085934"


@dataclass(frozen=True)
class Client:
    """A registered application; a sandbox one may reach sandbox companies alone.

    Attributes:
        refresh_tokens: what this client's are like, as clients made before and after the vendor's change differ; "" as the switch says.
    """

    client_id: str
    secret: str
    redirect_uris: tuple[str, ...]
    sandbox: bool = False
    refresh_tokens: str = ""


@dataclass(frozen=True)
class Grant:
    """What a code or token stands for, until when; `company` is what the user picked."""

    client_id: str
    company: str
    scopes: tuple[str, ...]
    expires: float
    redirect_uri: str = ""


class Throttle:
    """600 requests in 60 sliding seconds per client and address."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen: dict[tuple[str, ...], deque[float]] = {}

    def wait_s(self, grant: Grant, method: str, address: str) -> int:
        """Count a request; return 0 if it is within the limit, else the seconds to wait."""
        now = self.world.now()
        key: tuple[str, ...] = (grant.client_id, method, address)
        if self.world.switches.limit_per == "client_and_company":
            key = (*key, grant.company)
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - WINDOW_S:
            seen.popleft()
        if len(seen) < WINDOW_REQUESTS:
            seen.append(now)
            return 0
        return int(seen[0] + WINDOW_S - now) + 1


class Identity:
    """Clients, codes and tokens."""

    def __init__(self, world: World, companies: dict[str, str], auto_consent: str | None) -> None:
        self.world, self.companies, self.auto_consent = world, companies, auto_consent
        self.clients: dict[str, Client] = {}
        self.default_company = ""
        """What the user works in, and gets without being asked where the picker is not forced."""
        self.codes: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}

    def withdraw(self, client_id: str, company: str) -> None:
        """End a consent, or let the user's password change: refresh tokens die, access tokens live until they expire."""
        self.refresh = {token: grant for token, grant in self.refresh.items() if (grant.client_id, grant.company) != (client_id, company)}

    def access(self, authorization: str) -> Grant | None:
        """Return what a Bearer header stands for, or None when it is unknown or has expired."""
        kind, _, token = authorization.partition(" ")
        grant = self.tokens.get(token) if kind.lower() == "bearer" else None
        return grant if grant is not None and self.world.now() < grant.expires else None

    def company_of(self, request: Request) -> str:
        """Return the company a request is about, as far as it can be known, for the log."""
        if not request.path.startswith("/connect/"):
            found = self.tokens.get(request.authorization.partition(" ")[2])
            return found.company if found else ""
        form = request.form if request.method == "POST" else {}
        grant = self.refresh.get(form.get("refresh_token") or form.get("token", "")) or self.codes.get(form.get("code", ""))
        return grant.company if grant else form.get("company", "")

    def answer(self, request: Request) -> Answer:
        """Answer a request to /connect/."""
        route = (request.method, request.path.rstrip("/"))
        if route == ("GET", "/connect/authorize"):
            return self._authorize(request.query)
        if route == ("POST", "/connect/authorize"):
            return self._decided(request.form)
        if route == ("POST", "/connect/token"):
            return self._token(request)
        if route == ("POST", "/connect/revocation"):
            return self._revoke(request)
        return html_answer(404, "Not Found")

    def _authorize(self, query: dict[str, str]) -> Answer:
        refusal = self._refusal(query)
        if refusal:
            return html_answer(400, refusal)
        scopes = set(query.get("scope", "").split())
        if query.get("response_type") != "code":
            return self._redirect(query, error="unsupported_response_type")
        if not scopes <= SCOPES or not scopes.issuperset(MANDATORY):
            return self._redirect(query, error="invalid_scope")
        if self.auto_consent is None:
            return self._page(query)
        # Without the picker the user's own company is taken, whichever was meant.
        return self._approve(query, self.auto_consent if _asks_company(query) else self.default_company)

    def _refusal(self, query: dict[str, str]) -> str:
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            return "unauthorized_client"
        if query.get("redirect_uri", "") not in client.redirect_uris:
            return "Invalid redirect_uri"
        return ""

    def _page(self, query: dict[str, str]) -> Answer:
        hidden = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in query.items())
        shown = self.companies if _asks_company(query) else {self.default_company: self.companies.get(self.default_company, "")}
        options = "".join(f'<option value="{html.escape(ident)}">{html.escape(name)}</option>' for ident, name in shown.items())
        page = (
            "<!DOCTYPE html><html lang=sv><head><meta charset=utf-8><title>Visma (simulator)</title></head><body>"
            f"<h1>{html.escape(query['client_id'])} vill ansluta</h1><p>Behörigheter: {html.escape(query['scope'])}</p>"
            f'<form method="post" action="/connect/authorize">{hidden}<select name="company">{options}</select>'
            '<button name="decision" value="approve">Tillåt</button><button name="decision" value="deny">Neka</button></form>'
            "</body></html>"
        )
        return Answer(200, page.encode(), "text/html; charset=utf-8")

    def _decided(self, form: dict[str, str]) -> Answer:
        refusal = self._refusal(form)
        if refusal or form.get("company") not in self.companies:
            return html_answer(400, refusal or "Unknown company")
        if form.get("decision") != "approve":
            return self._redirect(form, error="access_denied")
        return self._approve(form, form["company"])

    def _approve(self, query: dict[str, str], company: str) -> Answer:
        scopes = tuple(sorted(query["scope"].split()))
        code = self._secret("code")
        self.codes[code] = Grant(query["client_id"], company, scopes, self.world.now() + CODE_LIFE_S, query["redirect_uri"])
        return self._redirect(query, code=code)

    def _redirect(self, query: dict[str, str], **fields: str) -> Answer:
        target = query["redirect_uri"]
        given = {**fields, **({"state": query["state"]} if "state" in query else {})}
        location = target + ("&" if "?" in target else "?") + urlencode(given)
        return Answer(302, b"", "text/html; charset=utf-8", (("Location", location),))

    def _token(self, request: Request) -> Answer:
        client = self._client(request)
        if client is None:
            return self._error(400, "invalid_client")
        form = request.form
        kind = form.get("grant_type")
        if kind == "authorization_code":
            grant = self.codes.pop(form.get("code", ""), None)
            if grant is None or not _fits(grant, client, form) or self.world.now() >= grant.expires:
                return self._error(400, "invalid_grant")
            return self._issue(grant, "")
        if kind == "refresh_token":
            return self._from_refresh(client, form.get("refresh_token", ""))
        return self._error(400, "unsupported_grant_type")

    def _from_refresh(self, client: Client, token: str) -> Answer:
        grant = self.refresh.get(token)
        if grant is None or grant.client_id != client.client_id or self.world.now() >= grant.expires:
            return self._error(*self.world.switches.revoked_error)
        if self._refresh_tokens(client) == "rotating":
            del self.refresh[token]
            return self._issue(grant, "")
        return self._issue(grant, token)

    def _refresh_tokens(self, client: Client) -> str:
        return client.refresh_tokens or self.world.switches.refresh_tokens

    def _issue(self, grant: Grant, kept: str) -> Answer:
        """Return an access token; `kept` is a refresh token that goes on living."""
        now = self.world.now()
        claims: Json = {
            "iss": "https://identity.vismaonline.com", "client_id": grant.client_id, "scope": list(grant.scopes),
            "exp": int(now) + ACCESS_LIFE_S, "customer_id": grant.company, "jti": self.world.guid("jti"),
        }  # fmt: skip
        token = self._jwt(claims)
        self.tokens[token] = replace(grant, expires=now + ACCESS_LIFE_S)
        body: Json = {"access_token": token, "expires_in": ACCESS_LIFE_S, "token_type": "bearer"}
        if not kept:
            kept = self._secret("refresh")
            self.refresh[kept] = replace(grant, expires=now + REFRESH_LIFE_S)
            body["refresh_token"] = kept
        elif self._refresh_tokens(self.clients[grant.client_id]) == "reusable":
            body["refresh_token"] = kept
        return json_answer(body, self.world, 200, ("Cache-Control", "no-store"))

    def _revoke(self, request: Request) -> Answer:
        client = self._client(request)
        if client is None:
            return self._error(400, "invalid_client")
        grant = self.refresh.get(request.form.get("token", ""))
        if grant is not None and grant.client_id == client.client_id:
            del self.refresh[request.form["token"]]
        return Answer(200)

    def _client(self, request: Request) -> Client | None:
        kind, _, encoded = request.authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        client = self.clients.get(name)
        return client if kind.lower() == "basic" and client is not None and client.secret == secret else None

    def _error(self, status: int, error: str) -> Answer:
        return json_answer({"error": error}, self.world, status, ("Cache-Control", "no-store"))

    def _secret(self, kind: str) -> str:
        return self.world.guid(kind).replace("-", "") + self.world.guid(kind, "more").replace("-", "")

    def _jwt(self, claims: Json) -> str:
        parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
        parts.append(f"{kit.stable_hash(self.world.seed, claims['jti']):016x}".encode())
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _asks_company(query: dict[str, str]) -> bool:
    prompts = re.split(r"[\s+]+", query.get("prompt", ""))
    acr = query.get("acr_values", "")
    return ("select_account" in prompts and SERVICE in acr) or "forceselectcompany:true" in acr


def _fits(grant: Grant, client: Client, form: dict[str, str]) -> bool:
    return (grant.client_id, grant.redirect_uri) == (client.client_id, form.get("redirect_uri"))
