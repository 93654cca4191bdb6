"""What a handler of the Fortnox simulator gets, and the scopes and licences its resource asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.fortnox_company import Company
from simulators.fortnox_wire import Answer, Request, check_parameters
from simulators.fortnox_world import Json, RefusedError, Switches, World


@dataclass(frozen=True)
class Call:
    """One authorised request to one company."""

    world: World
    company: Company
    request: Request
    args: tuple[str, ...]

    @property
    def switches(self) -> Switches:
        """Return the simulator's switches."""
        return self.world.switches

    def allow(self, *parameters: str) -> None:
        """Refuse query parameters other than these and the global ones."""
        check_parameters(self.request, parameters, self.switches)

    def year_id(self) -> int:
        """Return the financial year asked for, else the preselected one."""
        text = self.request.query.get("financialyear", "")
        if not text:
            return self.company.books.preselected_year()
        if not text.isdigit() or int(text) not in self.company.books.accounts:
            raise RefusedError(2000588, "Ogiltigt räkenskapsår.")
        return int(text)


Handler = Callable[[Call], Answer]
Route = tuple[str, str, str, Handler]
"""Method, path pattern, scope, handler."""

LICENCES = {
    "invoice": "invoicing",
    "payment": "invoicing",
    "bookkeeping": "bookkeeping",
    "connectfile": "filing",
    "inbox": "filing",
    "archive": "filing",
}
"""Scope to the module the company must own as well; scopes not listed come with the integration licence."""
SCOPE_ERRORS = {
    "invoice": (2001393, "Saknar behörighet för kundfaktura."),
    "bookkeeping": (2002455, "Saknar behörighet för verifikat."),
}


def check_rights(company: Company, granted: tuple[str, ...], scope: str, switches: Switches) -> None:
    """Refuse a call without the integration licence, the scope, or the scope's licence."""
    if "integration" not in company.licences:
        raise RefusedError(2001103, "API-licens saknas.", switches.denied_status)
    if scope not in granted:
        code, message = SCOPE_ERRORS.get(scope, (2000663, "Har inte behörighet för scope."))
        raise RefusedError(code, message, switches.denied_status)
    if scope in LICENCES and LICENCES[scope] not in company.licences:
        raise RefusedError(2001101, "Det finns ingen aktiv licens för önskat scope.", switches.denied_status)


def one(rows: list[Json], key: str, value: object, error: tuple[int, str]) -> Json:
    """Return the row whose key has the value, or refuse with a 404."""
    found = next((row for row in rows if str(row[key]) == str(value)), None)
    if found is None:
        raise RefusedError(*error, 404)
    return found
