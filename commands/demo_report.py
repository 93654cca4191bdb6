"""What a demo counted, and the account of it that a person reads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import click
from sqlalchemy import Connection, func, select

from commands.demo_story import COMPANIES, CompanyStory, stories_of
from commands.demo_world import World
from commands.output import many, timeline_lines
from commands.wiring import App, open_app
from core.clock import day_in
from core.engine.explain import explain_invoice
from core.ledger import check_balanced
from core.model import InvoiceKind
from core.states import IntentState
from core.store import books, claims, people
from core.store.tables import intents

__all__ = ["figures", "summed_up", "tell"]


NAMES: Final = {"fortnox": "Fortnox", "visma": "Visma eAccounting", "economic": "e-conomic"}
COUNTED: Final = (
    "tenants", "invoices_seen", "reminders_sent", "claims_handed_over", "claims_closed", "payments_booked", "fees_booked",
    "direct_payments_reported", "differences", "uncertain",
)  # fmt: skip
"""What is counted for each company; the figures of a country or a system are the sums of its companies', and the whole is the sum of either."""


def figures(world: World) -> dict[str, Any]:
    """Return what the database and the simulators' logs count; nothing here is added up along the way."""
    by_country: dict[str, Counter[str]] = {}
    by_system: dict[str, Counter[str]] = {}
    with open_app().database.read() as connection:
        for company in COMPANIES:
            counted = _count(connection, company.tenant)
            by_country.setdefault(company.country, Counter()).update(counted)
            by_system.setdefault(company.system, Counter()).update(counted)
            check_balanced(claims.list_entries(connection, tenant=company.tenant))
    total = sum(by_country.values(), Counter())
    return {name: total[name] for name in COUNTED} | {
        "ledger_balanced": True, "requests": len(world.rows),
        "rate_limited": sum(row["status"] == 429 and not row["fault"] for row in world.rows),
        "faults_injected": world.faults_injected, "crashes": world.crashes,
        "by_country": _shown(by_country), "by_system": _shown(by_system),
    }  # fmt: skip


def _shown(counted: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {group: {name: its[name] for name in COUNTED} for group, its in counted.items()}


def _count(connection: Connection, tenant: str) -> dict[str, int]:
    """Return a company's figures."""
    ours = intents.c.tenant == tenant
    counts = (
        select(intents.c.kind, func.count().label("times")).where(ours, intents.c.state == IntentState.CONFIRMED).group_by(intents.c.kind)
    )
    done = {row.kind: int(row.times) for row in connection.execute(counts)}
    uncertain = connection.execute(select(func.count()).where(ours, intents.c.state == IntentState.UNCERTAIN)).scalar_one()
    vouchers = connection.execute(
        select(intents.c.context).where(ours, intents.c.kind == "book_voucher", intents.c.state == IntentState.CONFIRMED)
    ).scalars()
    told = claims.list_claims(connection, tenant)
    return {
        "tenants": 1, "invoices_seen": sum(one.kind == InvoiceKind.INVOICE for one in books.list_invoices(connection, tenant, open_only=False)),
        "reminders_sent": done.get("send_letter", 0), "claims_handed_over": done.get("submit_claim", 0),
        "claims_closed": sum(claim.lifecycle == "closed" for claim in told), "payments_booked": done.get("bookkeep_payment", 0),
        "fees_booked": sum(int(json.loads(context)["fee_rows"]) for context in vouchers),
        "direct_payments_reported": sum(len(claim.snapshot.direct_payments) for claim in told),
        "differences": len(claims.list_differences(connection, tenant)), "uncertain": uncertain,
    }  # fmt: skip


def tell(world: World, counted: dict[str, Any]) -> None:
    """Print what happened to each invoice and why, then the figures."""
    app = open_app()
    for company in COMPANIES:
        click.echo(f"\n{company.name} ({company.tenant})")
        for index, (story, due_on) in enumerate(stories_of(company)):
            ref = world.refs[company.tenant, index]
            click.echo(
                f"\n  Invoice {world.books[company.tenant].number_of(ref)}, {story.amount} {company.currency}, due {due_on}: {story.name}"
            )
            for line in _story(app, company, ref):
                click.echo(f"      {line}")
        _tell_settlements(app, company.tenant)
        _tell_tasks(app, company.tenant)
    click.echo()
    for line in summed_up(counted):
        click.echo(line)


def summed_up(counted: dict[str, Any]) -> Iterator[str]:
    """Yield the figures as sentences: of all, of each country and each system, and what the road was like."""
    rows = many(counted["fees_booked"], "fee, interest and cost row")
    told = many(counted["direct_payments_reported"], "direct payment")
    yield f"In {many(counted['days'], 'day')}: {_done(counted, 'handed over once each')} and {rows} booked; {told} reported."
    for group, its in (counted["by_country"] | counted["by_system"]).items():
        yield f"  {NAMES.get(group, group)}: {_done(its, 'handed over')} booked."
    yield (
        f"{many(counted['requests'], 'request')}, {counted['rate_limited']} over a rate limit, "
        f"{many(counted['faults_injected'], 'fault')} injected, {many(counted['crashes'], 'kill')}. Differences between books, ledger and "
        f"agency: {counted['differences']}; uncertain: {counted['uncertain']}; the ledger balances."
    )


def _done(its: dict[str, Any], handed_over: str) -> str:
    claims_ = f"{many(its['claims_handed_over'], 'claim')} {handed_over}, {its['claims_closed']} closed"
    seen = f"{many(its['tenants'], 'company', 'companies')}, {many(its['invoices_seen'], 'invoice')}"
    return f"{seen}, {many(its['reminders_sent'], 'reminder')}, {claims_}, {many(its['payments_booked'], 'payment')}"


def _story(app: App, company: CompanyStory, ref: str) -> list[str]:
    """Return an invoice's story, from its explanation."""
    run = app.look(company.tenant, day_in(company.country, app.clock.now()))
    with app.database.read() as connection:
        if books.find_invoice(connection, company.tenant, ref) is None:
            return ["never seen open"]
    told = explain_invoice(run, ref, "en")
    return [*timeline_lines(told.timeline, "en"), *(f"now: {line}" for line in told.lines[:2])]


def _tell_settlements(app: App, tenant_id: str) -> None:
    """Print each payout: what the agency collected, what it took for it, and what came to the bank."""
    with app.database.read() as connection:
        found = claims.list_settlements_by_agency(connection, tenant_id)
    if found:
        click.echo(
            "\n  Settlements: principal + interest + fees - commission - VAT (on it and on what the agency kept) - costs = paid out:"
        )
    for _, one in found:
        parts = " + ".join(amount.text() for amount in (one.principal, one.interest, one.creditor_fees))
        less = " - ".join(amount.text() for amount in (one.commission, one.vat, one.costs))
        click.echo(
            f"    {one.settled_on}  {one.settlement_id}: {parts} - {less} = {one.paid_out}; kept by the agency {one.fees_kept.text()}"
        )


def _tell_tasks(app: App, tenant_id: str) -> None:
    with app.database.read() as connection:
        waiting = people.list_tasks(connection, tenant_id)
    if waiting:
        click.echo("  For a person to do:")
    for task in waiting:
        click.echo(f"    - {task.text}")
