"""What connecting a company and changing its settings share: reading what was given, and reaching the company with it.

Nothing is stored here, so that whatever is refused leaves a tenant as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commands.wiring import App, load_adapter
from core.errors import ConfigError, InvariantBrokenError, LoginExpiredError, RetryLaterError
from core.model import Company
from core.ports import Document, Token, TokenStore
from core.store.keeping import StoreBudget

__all__ = ["Login", "given_settings", "reach", "secrets_in", "told"]


def given_settings(connector: str, given: Iterable[str]) -> dict[str, str]:
    """Read `--set`; a secret is refused, since everyone on the machine sees a command's arguments."""
    known = {setting.name: setting for setting in load_adapter("connector", connector).SETTINGS}
    settings = {}
    for one in given:
        name, separator, value = one.partition("=")
        if name not in known:
            raise ConfigError("--set", f"{connector} has no setting {name!r}", f"It has: {', '.join(sorted(known))}.")
        if known[name].secret:
            raise ConfigError(
                "--set", f"{name} is secret, and arguments are not", "Give it by --secret-file, or when you are asked for it."
            )
        if not separator:
            raise ConfigError("--set", f"{name} has no value", "Write NAME=VALUE.")
        settings[name] = value
    return settings


def secrets_in(file: Path, connector: str, names: Sequence[str]) -> dict[str, str]:
    """Read the secrets of a file, one a line."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(lines) != len(names):
        todo = f"Write one a line: {', '.join(names)}." if names else "Leave it out."
        raise ConfigError("--secret-file", f"it has {len(lines)} secrets, and {connector} needs {len(names)}", todo)
    return dict(zip(names, lines, strict=True))


def reach(app: App, connector: str, org_no: str, settings: Mapping[str, str], tokens: TokenStore) -> tuple[Any, Company]:
    """Reach the company with these settings, secrets among them; return its connector and what it says of itself.

    Raises:
        ConfigError: a setting is missing or wrong, which is found before any request, or the company is another.
    """
    books = load_adapter("connector", connector).build(
        settings, clock=app.clock, budget=StoreBudget(app.database, app.clock), tokens=tokens, documents=_NoDocuments()
    )
    company: Company = books.check_company(org_no)
    return books, company


@contextmanager
def told(not_done: str, *, then: str, again: str, worked_before: bool = False) -> Iterator[None]:
    """Tell what a company that was not reached leaves; a login that never worked is wrong input, not one that has expired."""
    try:
        yield
    except LoginExpiredError as error:
        if worked_before:
            raise
        request = f", request {error.request_id}" if error.request_id else ""
        raise ConfigError(error.remote, f"{not_done} ({error.reason}{request})", error.todo) from None
    except RetryLaterError as error:
        raise RetryLaterError(error.remote, error.reason, todo=again, request_id=error.request_id, then=then) from None


class Login:
    """A token store for the time of connecting: what it holds at the end is stored with the tenant, or forgotten."""

    def __init__(self) -> None:
        self.token: Token | None = None

    def get(self) -> Token | None:
        """Return the token so far."""
        return self.token

    def renew(self, renew: Callable[[Token | None], Token], *, stale: Token | None) -> Token:
        """Keep a new token in place of the one before."""
        self.token = renew(self.token)
        return self.token


class _NoDocuments:
    """Reaching a company sends no document."""

    def get(self, document_id: str) -> Document:
        """Refuse: there is none."""
        raise InvariantBrokenError(f"connecting asked for document {document_id}")
