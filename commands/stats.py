"""`kravbro stats`: how a company is paid, and what collection costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from commands.output import as_json, json_option, show, tenant_option
from commands.past import first_day, past_of_tenant
from commands.wiring import open_app
from core.statistics import Collected, Costs, Figures, Share, by_kind, by_month, cost_of_collection, dso_count_back, dso_simple, figures
from core.store import claims

SHARES = ("late", "week_late", "after_reminder", "after_notice", "at_agency", "unsettled")


@click.command()
@tenant_option
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 120), help="How many months of due dates are counted.")
@click.option("--read-again", is_flag=True, help="Read the books' past anew, though it was kept.")
@json_option
def stats(tenant_id: str, months: int, read_again: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Show how a company is paid: shares paid late and after which measure, DSO, days late, and what collection cost.

    The past is read from the books once and kept. Shares are of the invoices that fell due, in per cent of their number and amount.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    kept, history = past_of_tenant(app, tenant_id, months, read_again=read_again, quiet=as_json_)
    as_of, currency, country = kept.until, tenant.currency, tenant.country
    since = max(first_day(as_of, months), kept.since)
    due = [past for past in history if past.due_on >= since]
    with app.database.read() as connection:
        settled = [one for _, one in claims.list_settlements_by_agency(connection, tenant_id) if since <= one.settled_on <= as_of]
    costs = cost_of_collection(
        [Collected(one.settled_on, one.gross - one.fees_kept, one.commission + one.costs) for one in settled], currency
    )
    whole = figures(due, as_of, country, currency)
    simple, back = dso_simple(history, since, as_of, currency), dso_count_back(history, kept.since, as_of, currency)
    kinds, by_due = by_kind(due, as_of, country, currency), by_month(due, as_of, country, currency)
    if as_json_:
        as_json(
            {
                "tenant": tenant_id, "since": since, "as_of": as_of, "all": _plain(whole), "dso_simple": simple, "dso_count_back": back,
                "collection": _costs(costs), "by_kind": {name: _plain(one) for name, one in kinds.items()},
                "by_month": {name: _plain(one) for name, one in by_due.items()},
            }
        )  # fmt: skip
        return
    click.echo(
        f"{tenant_id}, due {since} to {as_of}: {whole.due.count} invoices, {whole.due.amount}. Shares: per cent of number / of amount."
    )
    rows = [_row("all", whole), *(_row(name, one) for name, one in kinds.items()), *(_row(name, one) for name, one in by_due.items())]
    show(rows, ("of", "invoices", *SHARES, "days_late"), json_=False, name="stats", empty="")
    click.echo(f"DSO: {_days(simple)} simple, {_days(back)} by count-back.")
    recovered = f"{costs.pct} % of {costs.recovered} recovered" if costs.pct is not None else "nothing was recovered"
    click.echo(f"Collection cost {costs.cost} without VAT: {recovered}.")


def _row(name: str, found: Figures) -> dict[str, str]:
    shares: dict[str, Share] = {share: getattr(found, share) for share in SHARES}
    return {
        "of": name, "invoices": str(found.due.count), **{key: f"{share.pct} / {share.amount_pct}" for key, share in shares.items()},
        "days_late": str(found.days_late),
    }  # fmt: skip


def _plain(found: Figures) -> dict[str, Any]:
    shares: dict[str, Share] = {share: getattr(found, share) for share in ("due", *SHARES)}
    plain = {
        name: {"count": one.count, "pct": str(one.pct), "amount": one.amount.text(), "amount_pct": str(one.amount_pct)}
        for name, one in shares.items()
    }
    return {**plain, "days_late": str(found.days_late)}


def _costs(costs: Costs) -> dict[str, Any]:
    return {"recovered": costs.recovered.text(), "cost": costs.cost.text(), "pct": None if costs.pct is None else str(costs.pct)}


def _days(days: Decimal | None) -> str:
    return "unknown" if days is None else f"{days} days"
