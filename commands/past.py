"""A tenant's past for a backtest or for statistics: the one that was kept, or read now."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path

from commands.run import Waiting
from commands.wiring import App
from core.clock import day_in
from core.engine.history import kept_history, read_history, with_what_happened
from core.errors import ConfigError
from core.history import PastInvoice
from core.history import read_history as parse_history
from core.store.history import KeptHistory

__all__ = ["first_day", "past_of_file", "past_of_tenant"]


def past_of_tenant(app: App, tenant_id: str, months: int, *, read_again: bool, quiet: bool) -> tuple[KeptHistory, list[PastInvoice]]:
    """Return a tenant's past with our own letters and handovers in it; the books are asked only where it was not kept."""
    tenant = app.tenant(tenant_id)
    today = day_in(tenant.country, app.clock.now())
    since = first_day(today, months)
    run = app.look(tenant_id, today)
    kept = None if read_again else kept_history(run, since)
    if kept is None:
        run.ports = app.ports(tenant)
        with Waiting(quiet=quiet) as run.progress:
            kept = read_history(run, since)
    return kept, with_what_happened(run, kept)


def past_of_file(file: Path) -> tuple[date, list[PastInvoice]]:
    """Return a past out of a file, and the last day it tells of."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(str(file), "it can't be read", "Give a JSON or CSV file in UTF-8.") from None
    history = parse_history(text, file.name)
    days = [payment.on for past in history for payment in past.payments] + [past.issued_on for past in history]
    if not days:
        raise ConfigError(file.name, "no invoice is in it", "Give at least one.")
    return max(days), history


def first_day(until: date, months: int) -> date:
    """Return the first of so many months that end with a day: two years to 2025-03-31 begin on 2023-04-01."""
    after = until + timedelta(days=1)
    year, month = divmod(after.year * 12 + after.month - 1 - months, 12)
    return date(year, month + 1, min(after.day, monthrange(year, month + 1)[1]))
