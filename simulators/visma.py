"""A server that behaves like the Visma eAccounting API v2 and its identity server, written from published specifications and pages.

A WSGI app with seeded ids, faults and latency. Everything the vendor's documentation leaves open is a field of
`Switches`. The people and bank routine of a simulated company act through the methods of `Company`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulators import kit, visma_api_books, visma_api_sales, visma_people
from simulators.visma_api_sales import temporary_file
from simulators.visma_auth import SCOPES, Client, Grant, Identity, Throttle
from simulators.visma_company import Company
from simulators.visma_routes import Call, check_rights
from simulators.visma_wire import REASONS, Answer, Request, error_answer, html_answer, json_answer, wire
from simulators.visma_world import Json, RefusedError, Switches, World

__all__ = ["SCOPES", "Company", "RefusedError", "Switches", "VismaSimulator", "default_app"]

ROUTES: list[tuple[str, re.Pattern[str], tuple[str, ...], tuple[str, ...], Callable[[Call], Answer]]] = [
    (method, re.compile(pattern), scopes, variants, handler)
    for method, pattern, scopes, variants, handler in (*visma_api_books.ROUTES, *visma_api_sales.ROUTES)
]
FILES = "/temp/fileanonymous/"
QUOTA = "API calls quota exceeded! maximum admitted 600 per Minute. Try again in {} seconds."


class VismaSimulator:
    """The vendor's two servers and its file store, their clients and companies, behind one WSGI callable."""

    def __init__(
        self,
        *,
        clock: kit.Clock | None = None,
        seed: int = 1,
        faults: kit.Faults | None = None,
        log: kit.RequestLog | None = None,
        switches: Switches | None = None,
        auto_consent: str | None = None,
    ) -> None:
        """Start without clients or companies; `auto_consent` picks that company on every consent page at once."""
        self.world = World(clock or kit.Clock(), seed, switches or Switches())
        self.faults = faults or kit.Faults(seed=seed)
        self.log = log or kit.RequestLog()
        self.companies: dict[str, Company] = {}
        self._names: dict[str, str] = {}
        self.identity = Identity(self.world, self._names, auto_consent)
        self._files: dict[str, tuple[bytes, float]] = {}
        self._throttle = Throttle(self.world)

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request; one at a time."""
        request = Request.from_environ(environ)
        with self.world.lock:
            answer = self._serve(request)
        if answer is None:
            start_response(kit.DROPPED, [])
            return []
        headers = [*answer.headers, *([("Content-Type", answer.content_type)] if answer.body else [])]
        start_response(f"{answer.status} {REASONS[answer.status]}", [*headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        *,
        more_redirects: Iterable[str] = (),
        sandbox: bool = False,
        refresh_tokens: str = "",
    ) -> None:
        """Register an application, as the vendor's support does."""
        with self.world.lock:
            self.identity.clients[client_id] = Client(client_id, client_secret, (redirect_uri, *more_redirects), sandbox, refresh_tokens)

    def add_company(self, ident: str, name: str, org_no: str = "556677-8899", **more: Any) -> Company:
        """Add a company with the standard chart of accounts, years and bank accounts; the first is the user's default."""
        with self.world.lock:
            company = Company(self.world, ident, name, org_no, **more)
            self.companies[ident] = company
            self._names[ident] = name
            self.identity.default_company = self.identity.default_company or ident
        return company

    def withdraw_consent(self, client_id: str, ident: str) -> None:
        """Withdraw a consent; refresh tokens die at once, access tokens when they expire."""
        with self.world.lock:
            self.identity.withdraw(client_id, ident)

    def state(self) -> Json:
        """Return what every company holds, as plain JSON."""
        with self.world.lock:
            found: Json = wire({"companies": {ident: company.state() for ident, company in self.companies.items()}}, self.world)
            return found

    def write_state(self, folder: Path) -> Path:
        """Write the state to `state.json` in the folder and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "state.json"
        path.write_text(json.dumps(self.state(), ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    def _serve(self, request: Request) -> Answer | None:
        """Let the clock run, draw a fault, answer and log; None means that the answer is lost."""
        grant = self.identity.access(request.authorization)
        company = grant.company if grant is not None else self.identity.company_of(request)
        path = request.path_and_query
        self.world.clock.advance(kit.latency_s(self.world.seed, company, request.method, path))
        moment = self.world.now()
        fault = self._fault(company, request)
        request.fault, request.seed = fault, kit.stable_hash(self.faults.seed, company, path)
        if fault in kit.PEOPLE_KINDS and grant is not None:
            visma_people.act(self.companies[grant.company], fault, kit.stable_hash(request.seed, moment))
        answer = self._faulty(fault) or self._answer(request)
        if fault == "error_after":
            answer = error_answer(RefusedError(5000, "Internal server error.", 500), self.world)
        dropped = fault in ("drop_before", "drop_after")
        status = 599 if dropped else answer.status
        self.log.add(t=moment, tenant=company, method=request.method, path=path, body=request.for_log(), status=status, fault=fault)
        return None if dropped else answer

    def _fault(self, company: str, request: Request) -> str | None:
        armed = any(fault.times > 0 and fault.path_part and fault.path_part in request.path for fault in self.faults.armed)
        if request.path.startswith("/connect/") and not (armed or self.world.switches.faults_hit_oauth):
            return None
        return self.faults.draw(company, request.method, request.path_and_query, request.page)

    def _faulty(self, fault: str | None) -> Answer | None:
        """Return the answer of a fault that strikes before any effect."""
        if fault == "throttled":
            return self._throttled(2, None)
        if fault == "throttled_retry_after":
            return self._throttled(2, 2)
        if fault in ("error_before", "drop_before"):
            return html_answer(500, "Internal Server Error")
        return None

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith("/connect/"):
            return self.identity.answer(request)
        if request.path.startswith(FILES):
            return temporary_file(self._files, request.path.removeprefix(FILES), self.world.now(), request.authorization)
        grant = self.identity.access(request.authorization)
        if grant is None or grant.company not in self.companies:
            return json_answer({"Message": "Authorization has been denied for this request."}, self.world, 401)
        try:
            return self._routed(request, grant)
        except RefusedError as error:
            return error_answer(error, self.world)

    def _routed(self, request: Request, grant: Grant) -> Answer:
        path = request.path.rstrip("/")
        found = [(route, match) for route in ROUTES if (match := route[1].fullmatch(path))]
        if not found:
            return html_answer(404, "Not Found")
        for (method, pattern, scopes, variants, handler), match in found:
            if method != request.method:
                continue
            wait_s = self._throttle.wait_s(grant, method, pattern.pattern)
            if wait_s:
                return self._throttled(wait_s, self.world.switches.retry_after_s)
            company = self.companies[grant.company]
            call = Call(self.world, company, grant, request, match.groups(), self._files)
            if self.identity.clients[grant.client_id].sandbox and not company.sandbox:
                raise self.world.denied(4034, "The sandbox client is not allowed on a live company.")
            check_rights(call, scopes, variants)
            visma_people.book_bank(company)
            return handler(call)
        return html_answer(405, "Method Not Allowed")

    def _throttled(self, wait_s: int, retry_after_s: int | None) -> Answer:
        headers = () if retry_after_s is None else (("Retry-After", str(retry_after_s)),)
        return error_answer(RefusedError(4010, QUOTA.format(wait_s), 429), self.world, *headers)


def default_app(seed: int = 1, clock: kit.Clock | None = None, *, redirects: Iterable[str] = ()) -> VismaSimulator:
    """Return a simulator with two demo companies and one client (`demo`, `demo-secret`), by default on the wall clock.

    Its bank is booked every bank day, up to the one before. The client may come back from the consent page to port 8765 of this
    machine, and to any of `redirects`. The first company is the user's own, and what comes where the picker is not forced.
    """
    simulator = VismaSimulator(clock=clock, seed=seed)
    simulator.add_client("demo", "demo-secret", "http://localhost:8765/", more_redirects=redirects)
    today = simulator.world.today()
    years = (today.year - 1, today.year, today.year + 1)
    simulator.add_company("B100", "Byrån AB", "556012-5790", years=years)
    company = simulator.add_company("B200", "Demobolaget AB", "556677-8899", years=years)
    company.bank_booked_until = today - timedelta(days=8)
    company.add_bank_account("Inkasso", 1689)
    customers = (("Kund Ett AB", "556670-0018", False), ("Kund Två AB", "556671-0017", False), ("Tilda Testsson", "700101-2397", True))
    for index, (name, identity, private) in enumerate(customers):
        customer = company.add_customer(name, identity, f"kund{index}@example.com", private=private)
        for late in (-10, 5, 40):
            dates = (today - timedelta(days=late + 30), today - timedelta(days=late))
            company.add_invoice(customer, f"{1250 * (index + 1)}.00", *dates)
    return simulator
