"""A server that behaves like the Fortnox REST API v3 and its OAuth server, written from its specification and recordings.

A WSGI app with seeded ids, faults and latency. Everything the vendor's documentation leaves open is a field of
`Switches`. The people and bank routine of a simulated company act through the methods of `Company`.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulators import fortnox_api_books, fortnox_api_files, fortnox_api_invoices, fortnox_people, fortnox_recorded, kit
from simulators.fortnox_auth import SCOPES, Client, Grant, OAuth, Throttle
from simulators.fortnox_company import ALL_LICENCES, Company
from simulators.fortnox_routes import Call, check_rights
from simulators.fortnox_wire import REASONS, Answer, Request, error_answer, html_answer, json_answer
from simulators.fortnox_world import Json, RefusedError, Switches, World

__all__ = ["ALL_LICENCES", "DEFAULT_SCOPES", "SCOPES", "Company", "FortnoxSimulator", "RefusedError", "Switches", "default_app"]

ROUTES: list[tuple[str, re.Pattern[str], str, Callable[[Call], Answer]]] = [
    (method, re.compile(pattern), scope, handler)
    for method, pattern, scope, handler in (
        *fortnox_api_invoices.ROUTES,
        *fortnox_api_books.ROUTES,
        *fortnox_api_files.ROUTES,
    )
]
DEFAULT_SCOPES = tuple(sorted(SCOPES))


class FortnoxSimulator:
    """The vendor's two servers, their clients and companies, behind one WSGI callable."""

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
        """Start without clients or companies; `auto_consent` approves consent pages for that company at once."""
        self.world = World(clock or kit.Clock(), seed, switches or Switches())
        self.faults = faults or kit.Faults(seed=seed)
        self.log = log or kit.RequestLog()
        self.companies: dict[int, Company] = {}
        self._names: dict[int, str] = {}
        self.oauth = OAuth(self.world, self._names, auto_consent)
        self._throttle = Throttle(self.world)
        self._served = 0

    def __call__(self, environ: dict[str, Any], start_response: kit.StartResponse) -> Iterable[bytes]:
        """Answer one request; one at a time."""
        request = Request.from_environ(environ)
        with self.world.lock:
            answer = self._serve(request)
        if answer is None:
            start_response(kit.DROPPED, [])
            return []
        headers = [("X-Uid", f"{kit.stable_hash(self.world.seed, 'uid', self._served):016x}"[:8]), *answer.headers]
        if answer.body:
            headers.append(("Content-Type", answer.content_type))
        if answer.status != 204:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {REASONS[answer.status]}", headers)
        return [answer.body]

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        *,
        more_redirects: Iterable[str] = (),
        account_type_service: bool = True,
    ) -> None:
        """Register an integration as the developer portal does."""
        redirects = (redirect_uri, *more_redirects)
        with self.world.lock:
            self.oauth.clients[client_id] = Client(client_id, client_secret, redirects, frozenset(scopes), account_type_service)

    def add_company(
        self,
        database_number: int,
        name: str,
        org_no: str = "556677-8899",
        *,
        bankgiro: str = "5050-1055",
        email: str = "ekonomi@example.com",
        accounting_method: str = "ACCRUAL",
        licences: Iterable[str] = ALL_LICENCES,
        years: Iterable[int] = (2024, 2025, 2026),
    ) -> Company:
        """Add a company with the standard chart of accounts, series, years and modes of payment."""
        with self.world.lock:
            company = Company(
                self.world,
                database_number,
                name,
                org_no,
                bankgiro,
                email,
                accounting_method,
                frozenset(licences),
                tuple(years),
            )
            self.companies[database_number] = company
            self._names[database_number] = name
        return company

    def consent(self, client_id: str, database_number: int, scopes: Iterable[str] = DEFAULT_SCOPES) -> None:
        """Consent as the company's administrator, without the page: for client credentials."""
        with self.world.lock:
            self.oauth.consent(client_id, database_number, scopes)

    def revoke_consent(self, client_id: str, database_number: int) -> None:
        """Withdraw a consent; refresh tokens die at once, access tokens when they expire."""
        with self.world.lock:
            self.oauth.revoke_consent(client_id, database_number)

    def load_recorded(self, folder: Path | str, database_number: int) -> dict[str, int]:
        """Seed a company with recorded customers and invoices, bodies unchanged, and return the counts."""
        with self.world.lock:
            return fortnox_recorded.load(self.companies[database_number], Path(folder))

    def derive_company(self, source: int, target: int, change: Callable[[Json], Json], name: str | None = None) -> Company:
        """Copy a company's customers and invoices to a new one; `change` gets a detail and returns the fields to set.

        An invoice that the change leaves booked gets its voucher in the new company's books.
        """
        origin = self.companies[source]
        company = self.add_company(
            target,
            name or f"{origin.name} 2",
            origin.org_no,
            bankgiro=origin.bankgiro,
            email=origin.email,
            accounting_method=origin.accounting_method,
            licences=origin.licences,
            years=origin.years,
        )
        with self.world.lock:
            company.customers = copy.deepcopy(origin.customers)
            company.invoicing.records = copy.deepcopy(origin.invoicing.records)
            for record in company.invoicing.records.values():
                company.set_invoice(record.number, **change(copy.deepcopy(record.detail)))
                if record.detail["Booked"] and not record.detail["Cancelled"]:
                    company.invoicing.post(record)
        return company

    def state(self) -> Json:
        """Return what every company holds, as plain JSON."""
        with self.world.lock:
            return {"companies": {str(number): company.state() for number, company in self.companies.items()}}

    def write_state(self, folder: Path) -> Path:
        """Write the state to `state.json` in the folder and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "state.json"
        path.write_text(json.dumps(self.state(), ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    def _serve(self, request: Request) -> Answer | None:
        """Let the clock run, draw a fault, answer and log; None means that the answer is lost."""
        self._served += 1
        grant = self.oauth.access(request.authorization)
        tenant = str(grant.tenant) if grant is not None else self.oauth.tenant(request)
        path = request.path_and_query
        self.world.clock.advance(kit.latency_s(self.world.seed, tenant, request.method, path))
        moment = self.world.now()
        fault = self._fault(tenant, request)
        request.fault, request.seed = fault, kit.stable_hash(self.faults.seed, tenant, path)
        if fault in kit.PEOPLE_KINDS and grant is not None:
            fortnox_people.act(self.companies[grant.tenant], fault, kit.stable_hash(request.seed, moment))
        answer = self._faulty(fault) or self._answer(request)
        if fault == "error_after":
            answer = html_answer(500, "Internal Server Error")
        dropped = fault in ("drop_before", "drop_after")
        status = 599 if dropped else answer.status
        self.log.add(
            t=moment,
            tenant=tenant,
            method=request.method,
            path=path,
            body=request.for_log(),
            status=status,
            fault=fault,
        )
        return None if dropped else answer

    def _fault(self, tenant: str, request: Request) -> str | None:
        armed = any(fault.times > 0 and fault.path_part and fault.path_part in request.path for fault in self.faults.armed)
        if request.path.startswith("/oauth-v1/") and not (armed or self.world.switches.faults_hit_oauth):
            return None
        return self.faults.draw(tenant, request.method, request.path_and_query, request.page)

    def _faulty(self, fault: str | None) -> Answer | None:
        """Return the answer of a fault that strikes before any effect."""
        if fault == "throttled":
            return _throttled(None)
        if fault == "throttled_retry_after":
            return _throttled(2)
        if fault in ("error_before", "drop_before"):
            return error_answer(RefusedError(1000003, "Systemfel.", 500))
        return None

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith("/oauth-v1/"):
            return self.oauth.answer(request)
        grant = self.oauth.access(request.authorization)
        if grant is None or grant.tenant not in self.companies:
            # No envelope on a bad or expired token (VCR/authentication/expired_token.yml).
            return json_answer({"message": "unauthorized"}, 401)
        if not self._throttle.allows(grant.client_id, grant.tenant):
            return _throttled(self.world.switches.retry_after_s)
        try:
            return self._routed(request, grant)
        except RefusedError as error:
            return _web_exception(error, self.world) if request.path.startswith("/api/") else error_answer(error)

    def _routed(self, request: Request, grant: Grant) -> Answer:
        path = request.path.rstrip("/")
        found = [(route, match) for route in ROUTES if (match := route[1].fullmatch(path))]
        if not found:
            return html_answer(404, "Not Found")
        for (method, _, scope, handler), match in found:
            if method == request.method:
                if not any(kind in request.accept for kind in ("json", "*/*", "pdf", "application/*")) and request.accept:
                    raise RefusedError(1000030, "Ogiltig Accept.")
                company = self.companies[grant.tenant]
                check_rights(company, grant.scopes, scope, self.world.switches)
                fortnox_people.book_bank(company)
                return handler(Call(self.world, company, request, match.groups()))
        return html_answer(405, "Method Not Allowed")


def default_app(
    seed: int = 1, recorded: Path | None = None, clock: kit.Clock | None = None, *, redirects: Iterable[str] = ()
) -> FortnoxSimulator:
    """Return a simulator with one demo company (1001) and one client (`demo`, `demo-secret`), by default on the wall clock.

    Its bank is booked every bank day, up to the one before. With a folder of recordings the company holds those, else a few
    invoices of its own around today. The client may come back from the consent page to port 8765 of this machine, and to any of `redirects`.
    """
    simulator = FortnoxSimulator(clock=clock, seed=seed)
    simulator.add_client("demo", "demo-secret", "http://localhost:8765/", more_redirects=redirects)
    today = simulator.world.today()
    company = simulator.add_company(1001, "Demobolaget AB", years=(today.year - 1, today.year, today.year + 1))
    simulator.consent("demo", 1001)
    company.bank_booked_until = today - timedelta(days=8)
    if recorded is not None:
        simulator.load_recorded(recorded, 1001)
        return simulator
    customers = (
        ("Kund Ett AB", "556670-0018", "COMPANY"),
        ("Kund Två AB", "556671-0017", "COMPANY"),
        ("Tilda Testsson", "700101-2397", "PRIVATE"),
    )
    for index, (name, identity, kind) in enumerate(customers):
        address = {"address": f"Storgatan {index + 1}", "zip_code": "111 22", "city": "Stockholm"}
        number = company.add_customer(name, identity, f"kund{index}@example.com", type=kind, **address)
        for late in (-10, 5, 40):
            dates = (today.fromordinal(today.toordinal() - late - 30), today.fromordinal(today.toordinal() - late))
            company.add_invoice(number, f"{1250 * (index + 1)}.00", *dates)
    return simulator


def _throttled(retry_after_s: int | None) -> Answer:
    # No body of a 429 has been recorded; the shape is that of the recorded 401.
    headers = () if retry_after_s is None else (("Retry-After", str(retry_after_s)),)
    return json_answer({"message": "too many requests"}, 429, *headers)


def _web_exception(error: RefusedError, world: World) -> Answer:
    """Return the error object of the newer endpoints under /api/."""
    identity = world.uuid("error", error.code, world.now())
    return json_answer({"error": str(error.code), "id": identity, "message": error.message}, error.status)
