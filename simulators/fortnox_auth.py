"""The OAuth server of the Fortnox simulator: consent page, single-use refresh tokens, hour-long JWTs, client credentials."""

from __future__ import annotations

import base64
import binascii
import html
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from simulators import kit
from simulators.fortnox_wire import Answer, Request, encode, html_answer, json_answer
from simulators.fortnox_world import Json, World, words

ACCESS_LIFE_S = 3600
CODE_LIFE_S = 600
REFRESH_LIFE_S = 45 * 86_400
WINDOW_S, WINDOW_REQUESTS = 5.0, 25
SCOPES = frozenset(
    words(
        "archive article bookkeeping companyinformation connectfile costcenter currency customer inbox invoice noxfinansinvoice payment "
        "print profile project settings"
    )
)


@dataclass(frozen=True)
class Client:
    """A registered integration."""

    client_id: str
    secret: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    service: bool


@dataclass(frozen=True)
class Grant:
    """What a code or token stands for, until when."""

    client_id: str
    tenant: int
    scopes: tuple[str, ...]
    expires: float
    offline: bool = True
    redirect_uri: str | None = None


class Throttle:
    """25 requests in 5 sliding seconds per client and tenant; more tokens do not help."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen: dict[tuple[str, int], deque[float]] = {}

    def allows(self, client_id: str, tenant: int) -> bool:
        """Count a request and return whether it is within the limit."""
        now = self.world.now()
        seen = self._seen.setdefault((client_id, tenant), deque())
        while seen and seen[0] <= now - WINDOW_S:
            seen.popleft()
        allowed = len(seen) < WINDOW_REQUESTS
        if allowed or self.world.switches.throttled_requests_count:
            seen.append(now)
        return allowed


class OAuth:
    """Clients, consents, codes and tokens."""

    def __init__(self, world: World, tenants: dict[int, str], auto_consent: int | None) -> None:
        self.world, self.tenants, self.auto_consent = world, tenants, auto_consent
        self.clients: dict[str, Client] = {}
        self.consents: dict[tuple[str, int], frozenset[str]] = {}
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._issued = 0

    def consent(self, client_id: str, tenant: int, scopes: Iterable[str]) -> None:
        """Note a consent of the tenant's administrator; a new one replaces the old and ends its refresh tokens."""
        self.revoke_consent(client_id, tenant)
        self.consents[client_id, tenant] = frozenset(scopes)

    def revoke_consent(self, client_id: str, tenant: int) -> None:
        """Drop a consent with its refresh tokens; access tokens live on until they expire."""
        self.consents.pop((client_id, tenant), None)
        dead = [token for token, grant in self._refresh.items() if (grant.client_id, grant.tenant) == (client_id, tenant)]
        for token in dead:
            del self._refresh[token]

    def access(self, authorization: str) -> Grant | None:
        """Return what a Bearer header stands for, or None when it is unknown or has expired."""
        kind, _, token = authorization.partition(" ")
        grant = self._access.get(token) if kind.lower() == "bearer" else None
        return grant if grant is not None and self.world.now() < grant.expires else None

    def tenant(self, request: Request) -> str:
        """Return the tenant a request is about, as far as it can be known, for the log."""
        if not request.path.startswith("/oauth-v1/"):
            expired = self._access.get(request.authorization.partition(" ")[2])
            return "" if expired is None else str(expired.tenant)
        form = request.form if request.method == "POST" else {}
        grant = self._refresh.get(form.get("refresh_token") or form.get("token", "")) or self._codes.get(form.get("code", ""))
        if grant is not None:
            return str(grant.tenant)
        return request.tenant_header or form.get("tenant", "")

    def answer(self, request: Request) -> Answer:
        """Answer a request to /oauth-v1/."""
        route = (request.method, request.path.rstrip("/"))
        if route == ("GET", "/oauth-v1/auth"):
            return self._authorize(request.query)
        if route == ("POST", "/oauth-v1/auth"):
            return self._decided(request.form)
        if route == ("POST", "/oauth-v1/token"):
            return self._token(request)
        if route == ("POST", "/oauth-v1/revoke"):
            return self._revoke(request)
        return html_answer(404, "Not Found")

    def _authorize(self, query: dict[str, str]) -> Answer:
        refusal = self._refusal(query)
        if refusal:
            return html_answer(400, refusal)
        if query.get("response_type") != "code" or not set(query["scope"].split()) <= self.clients[query["client_id"]].scopes:
            kind = "invalid_scope" if query.get("response_type") == "code" else "unsupported_response_type"
            return self._redirect(query, error=kind)
        if self.auto_consent is not None:
            return self._approve(query, self.auto_consent)
        return self._page(query)

    def _refusal(self, query: dict[str, str]) -> str:
        """Return why the consent page refuses to show itself, in the vendor's words where they are known."""
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            return "Auth code or ClientID supplied is invalid"
        if query.get("redirect_uri", client.redirect_uris[0]) not in client.redirect_uris:
            return "Redirect URI mismatch"
        if not query.get("state") or not query.get("scope"):
            return "Missing required parameter"
        if "account_type" in query and (query["account_type"] != "service" or not client.service):
            return "Client does not allow service account"
        return ""

    def _page(self, query: dict[str, str]) -> Answer:
        hidden = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in query.items())
        options = "".join(f'<option value="{number}">{html.escape(name)}</option>' for number, name in self.tenants.items())
        page = (
            "<!DOCTYPE html><html lang=sv><head><meta charset=utf-8><title>Fortnox (simulator)</title></head><body>"
            f"<h1>{html.escape(query['client_id'])} vill ansluta</h1><p>Behörigheter: {html.escape(query['scope'])}</p>"
            f'<form method="post" action="/oauth-v1/auth">{hidden}<select name="tenant">{options}</select>'
            '<button name="decision" value="approve">Godkänn</button><button name="decision" value="deny">Neka</button></form>'
            "</body></html>"
        )
        return Answer(200, page.encode(), "text/html; charset=UTF-8")

    def _decided(self, form: dict[str, str]) -> Answer:
        refusal = self._refusal(form)
        tenant = form.get("tenant", "")
        if refusal or not tenant.isdigit() or int(tenant) not in self.tenants:
            return html_answer(400, refusal or "Unknown company")
        if form.get("decision") != "approve":
            return self._redirect(form, error="access_denied")
        return self._approve(form, int(tenant))

    def _approve(self, query: dict[str, str], tenant: int) -> Answer:
        self.consent(query["client_id"], tenant, query["scope"].split())
        grant = Grant(
            query["client_id"],
            tenant,
            tuple(sorted(query["scope"].split())),
            self.world.now() + CODE_LIFE_S,
            query.get("access_type") == "offline",
            query.get("redirect_uri"),
        )
        code = self._next_id("code")
        self._codes[code] = grant
        return self._redirect(query, code=code)

    def _redirect(self, query: dict[str, str], **fields: str) -> Answer:
        target = query.get("redirect_uri", self.clients[query["client_id"]].redirect_uris[0])
        joint = "&" if "?" in target else "?"
        return Answer(
            302,
            b"",
            "text/html; charset=UTF-8",
            (("Location", target + joint + urlencode({**fields, "state": query["state"]})),),
        )

    def _token(self, request: Request) -> Answer:
        client = self._client(request)
        if client is None:
            # A 401 in text/plain, JSON all the same (VCR/authentication/invalid_authorization.yml).
            return _oauth_error(401, "invalid_client", "Invalid client", "text/plain; charset=UTF-8")
        form = request.form
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._from_code(client, form)
        if kind == "refresh_token":
            return self._from_refresh(client, form)
        if kind == "client_credentials" and self.world.switches.client_credentials:
            return self._from_consent(client, request.tenant_header)
        return _oauth_error(400, "unsupported_grant_type", "Unsupported grant type")

    def _from_code(self, client: Client, form: dict[str, str]) -> Answer:
        grant = self._codes.pop(form.get("code", ""), None)
        fits = grant is not None and (grant.client_id, grant.redirect_uri) == (
            client.client_id,
            form.get("redirect_uri"),
        )
        if grant is None or not fits or self.world.now() >= grant.expires:
            return _oauth_error(400, "invalid_grant", "Invalid authorization code")
        return self._issue(grant, refreshable=grant.offline)

    def _from_refresh(self, client: Client, form: dict[str, str]) -> Answer:
        token = form.get("refresh_token", "")
        grant = self._refresh.get(token)
        if grant is None or grant.client_id != client.client_id or self.world.now() >= grant.expires:
            return _oauth_error(400, "invalid_grant", "Invalid refresh token")
        del self._refresh[token]
        return self._issue(grant, refreshable=True)

    def _from_consent(self, client: Client, tenant: str) -> Answer:
        number = int(tenant) if tenant.isdigit() else 0
        scopes = self.consents.get((client.client_id, number))
        if scopes is None or not client.service:
            return _oauth_error(*self.world.switches.revoked_consent_error)
        return self._issue(Grant(client.client_id, number, tuple(sorted(scopes)), 0.0), refreshable=False)

    def _issue(self, grant: Grant, *, refreshable: bool) -> Answer:
        now = self.world.now()
        self._issued += 1
        claims = {
            "tenantId": grant.tenant,
            "scope": list(grant.scopes),
            "exp": int(now) + ACCESS_LIFE_S,
            "jti": self._issued,
        }
        token = self._jwt(claims)
        lives = Grant(grant.client_id, grant.tenant, grant.scopes, now + ACCESS_LIFE_S)
        self._access[token] = lives
        body: Json = {
            "access_token": token,
            "expires_in": ACCESS_LIFE_S,
            "token_type": "bearer",
            "scope": " ".join(grant.scopes),
        }
        if refreshable:
            body["refresh_token"] = self._next_id("refresh")
            self._refresh[body["refresh_token"]] = Grant(grant.client_id, grant.tenant, grant.scopes, now + REFRESH_LIFE_S)
        return json_answer(body, 200, ("Cache-Control", "no-store"), ("Pragma", "no-cache"))

    def _revoke(self, request: Request) -> Answer:
        client = self._client(request)
        if client is None:
            return _oauth_error(401, "invalid_client", "Invalid client", "text/plain; charset=UTF-8")
        grant = self._refresh.get(request.form.get("token", ""))
        if grant is not None and grant.client_id == client.client_id:
            del self._refresh[request.form["token"]]
        return json_answer({"revoked": True})

    def _client(self, request: Request) -> Client | None:
        kind, _, encoded = request.authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        client = self.clients.get(name)
        return client if kind.lower() == "basic" and client is not None and client.secret == secret else None

    def _next_id(self, kind: str) -> str:
        self._issued += 1
        return f"{kit.stable_hash(self.world.seed, kind, self._issued):016x}{kit.stable_hash(kind, self._issued, self.world.seed):016x}"

    def _jwt(self, claims: Json) -> str:
        parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
        parts.append(self._next_id("signature").encode())
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _oauth_error(status: int, error: str, description: str, content_type: str = "text/html; charset=UTF-8") -> Answer:
    """Return an error of the token endpoint: JSON under a wrong content type (VCR/authentication/invalid_refresh_token.yml)."""
    return Answer(
        status,
        encode({"error": error, "error_description": description}),
        content_type,
        (("Cache-Control", "no-store"),),
    )
