"""What a handler of the eAccounting simulator gets, and the scopes and product variants its operation asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from simulators.visma_auth import Grant
from simulators.visma_company import READ_ONLY, Company, public
from simulators.visma_invoicing import fields_of
from simulators.visma_wire import Answer, Request, json_answer, paged
from simulators.visma_world import Json, Switches, World


@dataclass(frozen=True)
class Call:
    """One authorised request to one company."""

    world: World
    company: Company
    grant: Grant
    request: Request
    args: tuple[str, ...]
    files: dict[str, tuple[bytes, float]]
    """Temporary files by name, each with the moment it is gone."""

    @property
    def switches(self) -> Switches:
        """Return the simulator's switches."""
        return self.world.switches

    def page(self, rows: Iterable[Json], known: Iterable[str] = ()) -> Answer:
        """Return a page of a list."""
        shown = [public(row) for row in rows]
        return paged(self.request, self.world, shown, {*known, *fields_of(shown)})

    def answer(self, value: Json, status: int = 200) -> Answer:
        """Return an object."""
        return json_answer(public(value), self.world, status)

    def created(self, value: Json) -> Answer:
        """Return what was made."""
        return self.answer(value, self.switches.created_status)

    def one(self, rows: Mapping[str, Json], what: str, ident: str | None = None) -> Json:
        """Return the row of an id, or refuse."""
        found = rows.get((ident if ident is not None else self.args[0]).lower())
        if found is None:
            raise self.world.not_found(what)
        return found


Handler = Callable[[Call], Answer]
SALES, SALES_READ = ("ea:sales",), ("ea:sales", "ea:sales_readonly")
PURCHASE, PURCHASE_READ = ("ea:purchase",), ("ea:purchase", "ea:purchase_readonly")
BOOKS, BOOKS_READ = ("ea:accounting",), ("ea:accounting", "ea:accounting_readonly")
ANY = (*SALES_READ, *PURCHASE_READ, *BOOKS_READ)
SALES_VARIANTS = ("Pro", "Standard", "Invoicing", "Solo")
BANK_VARIANTS = ("Pro", "Standard", "Bookkeeping")
EVERY_VARIANT = (*SALES_VARIANTS, "Bookkeeping")
Route = tuple[str, str, tuple[str, ...], tuple[str, ...], Handler]
"""Method, path pattern, any of these scopes, in these product variants, handler."""


def check_rights(call: Call, scopes: tuple[str, ...], variants: tuple[str, ...]) -> None:
    """Refuse a call whose token, company or product variant may not make it."""
    company, world = call.company, call.world
    if company.status == 0:
        raise world.denied(4004, "The company is not active.")
    if company.status == READ_ONLY and call.request.method != "GET":
        raise world.denied(4019, "The user is read-only and has no permission.")
    if not set(scopes) & set(call.grant.scopes):
        raise world.denied(4006, f"The token lacks the scope {' or '.join(scopes)}.")
    if company.variant not in variants:
        raise world.denied(4009, f"The product variant {company.variant} has no access to this endpoint.")
