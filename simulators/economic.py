"""A server that behaves like e-conomic's two API hosts and its grant page, written from its schemas and recorded answers.

A WSGI app with seeded tokens, faults and latency; both hosts stand behind one address, for their paths never meet. What the
vendor's documentation leaves open is a field of `Switches`. The people and bank routine of a simulated company act through the
methods of `Agreement`.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simulators import economic_legacy, economic_services, kit
from simulators.economic_agreement import Agreement
from simulators.economic_routes import ROLES, Call
from simulators.economic_wire import REASONS, Answer, Request, html_answer, legacy_error, service_error
from simulators.economic_world import Json, LegacyRefusedError, ServiceRefusedError, Switches, World

__all__ = ["Agreement", "EconomicSimulator", "Switches", "default_app"]

ROUTES: list[tuple[str, re.Pattern[str], str, int, Callable[[Call], Answer]]] = [
    (method, re.compile(pattern), right, cost, handler)
    for method, pattern, right, cost, handler in (*economic_legacy.ROUTES, *economic_services.ROUTES)
]
GRANT_PATH = "/secure/api1/requestaccess.aspx"
BUCKET, WINDOW_S, KEY_LIFE_S = 10_000, 60.0, 3600.0
Refused = LegacyRefusedError | ServiceRefusedError


@dataclass
class _Bucket:
    """What an agreement's calls cost in the last minute."""

    limit: int = BUCKET
    spent: deque[tuple[float, int]] = field(default_factory=deque)

    def used(self, now: float) -> int:
        while self.spent and self.spent[0][0] <= now - WINDOW_S:
            self.spent.popleft()
        return sum(cost for _, cost in self.spent)


@dataclass(frozen=True)
class _Kept:
    """An answer that an Idempotency-Key replays."""

    until: float
    body: bytes
    answer: Answer


class EconomicSimulator:
    """The vendor's hosts, the apps they know and the agreements behind them."""

    def __init__(
        self,
        *,
        clock: kit.Clock | None = None,
        seed: int = 1,
        faults: kit.Faults | None = None,
        log: kit.RequestLog | None = None,
        switches: Switches | None = None,
        auto_consent: int | None = None,
    ) -> None:
        """Start without apps or agreements; `auto_consent` grants access to that agreement at once."""
        self.world = World(clock or kit.Clock(), seed, switches or Switches())
        self.faults = faults or kit.Faults(seed=seed)
        self.log = log or kit.RequestLog()
        self.auto_consent = auto_consent
        self.agreements: dict[int, Agreement] = {}
        self.apps: dict[str, Json] = {}
        self.buckets: dict[int, _Bucket] = {}
        self.calls: dict[int, int] = {}
        """How many calls each agreement was asked for in all."""
        self._grants: dict[str, tuple[str, int]] = {}
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._served = 0

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request; one at a time."""
        request = Request.from_environ(environ)
        with self.world.lock:
            answer = self._serve(request)
        if answer is None:
            start_response(kit.DROPPED, [])
            return []
        headers = list(answer.headers)
        if answer.body:
            headers.append(("Content-Type", answer.content_type))
        if answer.status != 204:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {REASONS[answer.status]}", headers)
        return [answer.body]

    def add_app(self, public: str, secret: str, *, role: str = "SuperUser") -> None:
        """Register an app as a developer agreement does; its role never changes again."""
        with self.world.lock:
            self.apps[secret] = {"number": len(self.apps) + 1, "public": public, "role": role}

    def add_agreement(self, number: int, name: str, cvr: str = "10150817", *, switches: Switches | None = None, **more: Any) -> Agreement:
        """Add an agreement with the standard chart, years and journals; `switches` of its own let one run cover several answers."""
        with self.world.lock:
            agreement = Agreement(replace(self.world, switches=switches) if switches else self.world, number, name, cvr, **more)
            self.agreements[number] = agreement
            self.buckets[number] = _Bucket()
        return agreement

    def grant(self, public: str, number: int) -> str:
        """Grant an app access as the agreement's administrator does, and return the token; the same each time."""
        with self.world.lock:
            token = self.world.token("grant", public, number)
            self._grants[token] = (public, number)
        return token

    def revoke(self, public: str, number: int) -> None:
        """Withdraw the access of an app."""
        with self.world.lock:
            self._grants = {token: held for token, held in self._grants.items() if held != (public, number)}

    def spend(self, number: int, cost: int) -> None:
        """Let other apps use so much of an agreement's bucket now."""
        with self.world.lock:
            self.buckets[number].spent.append((self.world.now(), cost))

    def state(self) -> Json:
        """Return what every agreement holds, as plain JSON."""
        with self.world.lock:
            return {"agreements": {str(number): agreement.state() for number, agreement in self.agreements.items()}}

    def write_state(self, folder: Path) -> Path:
        """Write the state to `state.json` in the folder and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "state.json"
        path.write_text(json.dumps(self.state(), ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    def _serve(self, request: Request) -> Answer | None:
        """Let the clock run, draw a fault, answer and log; None means that the answer is lost."""
        self._served += 1
        app, agreement = self._who(request)
        tenant = str(agreement.number) if agreement else ""
        path = request.path_and_query
        self.world.clock.advance(kit.latency_s(self.world.seed, tenant, request.method, path))
        moment = self.world.now()
        fault = None if request.path.startswith("/secure") else self.faults.draw(tenant, request.method, path, request.page)
        request.fault, request.seed = fault, kit.stable_hash(self.faults.seed, tenant, path)
        if fault in kit.PEOPLE_KINDS and agreement:
            agreement.act(fault, kit.stable_hash(request.seed, moment))
        answer = self._faulty(request, fault) or self._answer(request, app, agreement, fault)
        dropped = fault in ("drop_before", "drop_after")
        self.log.add(
            t=moment,
            tenant=tenant,
            method=request.method,
            path=path,
            body=request.for_log(),
            status=599 if dropped else answer.status,
            fault=fault,
        )
        return None if dropped else answer

    def _who(self, request: Request) -> tuple[Json | None, Agreement | None]:
        app = self.apps.get(request.app_token)
        public, number = self._grants.get(request.grant_token, ("", 0))
        return app, self.agreements.get(number) if app and app["public"] == public else None

    def _faulty(self, request: Request, fault: str | None) -> Answer | None:
        """Return the answer of a fault that strikes before any effect."""
        if fault in ("throttled", "throttled_retry_after"):
            return self._refusal(request, _throttled(), *([("Retry-After", "2")] if fault == "throttled_retry_after" else []))
        if fault == "error_before":
            self._keep(request, broken := self._refusal(request, _broken(request)))
            return broken
        return self._refusal(request, _broken(request)) if fault == "drop_before" else None

    def _answer(self, request: Request, app: Json | None, agreement: Agreement | None, fault: str | None) -> Answer:
        if request.path == GRANT_PATH:
            return self._grant_page(request)
        if app is None or agreement is None:
            return self._refusal(request, _refused(request, "E00401", "Access denied: the tokens are not valid.", 401))
        if (kept := self._replayed(request)) is not None:
            return kept
        answer = self._within_bucket(request, app, agreement)
        if answer.status != 429:
            given = self._refusal(request, _broken(request)) if fault == "error_after" else answer
            self._keep(request, given if self.world.switches.idempotency_keeps_errors else answer)
            return given
        return answer

    def _within_bucket(self, request: Request, app: Json, agreement: Agreement) -> Answer:
        """Answer if what the call costs fits the bucket, and say in every answer what is used."""
        bucket, now = self.buckets[agreement.number], self.world.now()
        self.calls[agreement.number] = self.calls.get(agreement.number, 0) + 1
        route, groups = _route(request)
        cost = route[3] if route else 1
        refused = bucket.used(now) + cost > bucket.limit
        if not refused or self.world.switches.refused_calls_cost:
            bucket.spent.append((now, cost))
        if refused:
            wait = max(1, round(WINDOW_S - (now - bucket.spent[0][0])))
            answer = self._refusal(request, _throttled(), *([("Retry-After", str(wait))] if self.world.switches.retry_after else []))
        else:
            answer = self._routed(request, app, agreement, route, groups)
        shown = f"token-limit-{bucket.limit}-per-{WINDOW_S:.0f}-seconds: {bucket.used(now)}/{bucket.limit}"
        return Answer(
            answer.status, answer.body, answer.content_type, (*answer.headers, ("X-CallCost", str(cost)), ("X-RateLimiting", shown))
        )

    def _routed(self, request: Request, app: Json, agreement: Agreement, route: Any, groups: tuple[str, ...]) -> Answer:
        if route is None:
            return html_answer(404, "Not Found")
        if route[2] not in ROLES[app["role"]]:
            return self._refusal(request, _refused(request, "E00403", "The app's role does not allow this.", 403))
        if "journals" in request.path and "Kassekladde" not in agreement.modules:
            return self._refusal(request, ServiceRefusedError("AccessDeniedAgreementMissingModules", "Missing modules: Kassekladde", 403))
        agreement.book_bank_days()
        try:
            return route[4](Call(agreement.world, agreement, app, request, groups))  # type: ignore[no-any-return]
        except (LegacyRefusedError, ServiceRefusedError) as error:
            return self._refusal(request, error)

    def _replayed(self, request: Request) -> Answer | None:
        """Return what the key of a write was answered with less than an hour ago."""
        kept = (
            self._kept.get((request.grant_token, request.idempotency_key)) if request.method != "GET" and request.idempotency_key else None
        )
        if kept is None or kept.until <= self.world.now():
            return None
        if kept.body != request.body and self.world.switches.idempotency_other_body == "refused":
            return self._refusal(request, _refused(request, "IdempotencyKeyReused", "The key was used with another body.", 409))
        return Answer(kept.answer.status, kept.answer.body, kept.answer.content_type, (*kept.answer.headers, ("X-ResultFromCache", "true")))

    def _keep(self, request: Request, answer: Answer) -> None:
        if request.method == "GET" or not request.idempotency_key:
            return
        if answer.status < 500 or self.world.switches.idempotency_keeps_errors:
            self._kept[request.grant_token, request.idempotency_key] = _Kept(self.world.now() + KEY_LIFE_S, request.body, answer)

    def _refusal(self, request: Request, error: Refused, *headers: tuple[str, str]) -> Answer:
        mark = f"{kit.stable_hash(self.world.seed, 'log', self._served):016x}-CPH"
        if isinstance(error, LegacyRefusedError):
            answer = legacy_error(error, mark, self.world.now())
        else:
            answer = service_error(error, mark, self.world.now())
        return Answer(answer.status, answer.body, answer.content_type, headers)

    def _grant_page(self, request: Request) -> Answer:
        """Show the page on which an administrator grants access, and send the browser back with the token; no state comes back."""
        asked = request.form if request.method == "POST" else dict(request.query.items())
        public, back = (
            asked.get("apppublictoken") or asked.get("appPublicToken", ""),
            asked.get("redirecturl") or asked.get("redirectUrl", ""),
        )
        if public not in {app["public"] for app in self.apps.values()}:
            return html_answer(400, "Unknown app")
        chosen = self.auto_consent if request.method == "GET" else int(asked.get("agreement", "0"))
        if chosen is None:
            return html_answer(200, "Tilføj app", _form(public, back, self.agreements.values()))
        if chosen not in self.agreements or asked.get("decision", "approve") != "approve":
            return html_answer(200, "Adgang afvist")
        token = self.grant(public, chosen)
        if not back:
            return html_answer(200, "Adgang givet", f"<p>Token: <code>{token}</code></p>")
        return html_answer(302, "Found", "", ("Location", f"{back}{'&' if '?' in back else '?'}{urlencode({'token': token})}"))


def default_app(seed: int = 1, clock: kit.Clock | None = None) -> EconomicSimulator:
    """Return a simulator with one trial agreement (1001), one app (`demo-public`, `demo-secret`) and its grant, by default on the wall clock.

    Its bank is booked every bank day, up to the one before, and a few invoices stand around today.
    """
    simulator = EconomicSimulator(clock=clock, seed=seed)
    simulator.add_app("demo-public", "demo-secret")
    today = simulator.world.today()
    years = (today.year - 1, today.year, today.year + 1)
    agreement = simulator.add_agreement(1001, "Demobageriet ApS", years=years, trial=True)
    simulator.grant("demo-public", 1001)
    agreement.bank_booked_until = today - timedelta(days=8)
    for index, (name, cvr) in enumerate((("Kunde Et ApS", "13585628"), ("Kunde To A/S", "25313763"), ("Tilde Testesen", ""))):
        customer = agreement.add_customer(name, cvr, f"kunde{index}@example.com", address=f"Storegade {index + 1}")
        for late in (-10, 5, 40):
            due = today - timedelta(days=late)
            agreement.add_invoice(customer, f"{1250 * (index + 1)}.00", due - timedelta(days=14), due)
    return simulator


def _route(request: Request) -> tuple[Any, tuple[str, ...]]:
    path = request.path.rstrip("/")
    for route in ROUTES:
        match = route[1].fullmatch(path)
        if match and route[0] == request.method:
            return route, match.groups()
    return None, ()


def _refused(request: Request, code: str, message: str, status: int) -> Refused:
    return ServiceRefusedError(code, message, status) if request.is_service else LegacyRefusedError(code, message, status)


def _broken(request: Request) -> Refused:
    return _refused(request, "InternalServerError", "An unexpected error occurred.", 500)


def _throttled() -> Refused:
    return ServiceRefusedError("TooManyRequests", "Too many requests.", 429)


def _form(public: str, back: str, agreements: Iterable[Agreement]) -> str:
    hidden = "".join(
        f'<input type=hidden name="{name}" value="{html.escape(value)}">'
        for name, value in (("appPublicToken", public), ("redirectUrl", back))
    )
    options = "".join(f'<option value="{one.number}">{html.escape(one.name)}</option>' for one in agreements)
    return (
        f"<form method=post>{hidden}<select name=agreement>{options}</select><button name=decision value=approve>Tilføj app</button></form>"
    )
