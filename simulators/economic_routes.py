"""What a handler of the e-conomic simulator is given, and the rights a call needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.economic_agreement import Agreement
from simulators.economic_wire import Answer, Request
from simulators.economic_world import Json, World


@dataclass
class Call:
    """One request whose tokens are good."""

    world: World
    agreement: Agreement
    app: Json
    request: Request
    groups: tuple[str, ...]


Route = tuple[str, str, str, int, Callable[[Call], Answer]]
"""Method, path, right, cost and handler."""

ROLES = {
    "SuperUser": frozenset({"any", "books", "sales", "super"}),
    "Bookkeeping": frozenset({"any", "books"}),
    "Sales": frozenset({"any", "sales"}),
}
"""What each role of an app may reach."""
