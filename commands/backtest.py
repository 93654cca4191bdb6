"""`kravbro policy backtest`: what a policy would have done to the past of these books, against what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from commands.lawrows import home_folder, read_law
from commands.output import as_json, chosen_tenant, day, json_option, many
from commands.past import first_day, past_of_file, past_of_tenant
from commands.policyfiles import CURRENT, named_policy, policy_of_file
from commands.wiring import App, open_app
from core.backtest import Assumptions, Count, Report, as_mapping, chart, replay, report
from core.errors import ConfigError
from core.history import PastInvoice
from core.law import Law
from core.policy import Policy, parse_override, with_override
from core.store import tenants

MONTHS_MAX = 120


@dataclass(frozen=True, slots=True)
class _Past:
    """What is replayed: invoices, the policy of each, the law, and where it comes from."""

    policy: Policy
    policy_of: Callable[[PastInvoice], Policy] | None
    history: list[PastInvoice]
    until: date
    since_at_least: date
    law: Law
    fee_since: date | None
    told: str


@click.command()
@click.argument("policy", default=CURRENT)
@click.option("--tenant", "tenant_id", help="The tenant's id, see `kravbro tenants list`; the only one there is unless told.")
@click.option("--months", default=24, show_default=True, type=click.IntRange(1, MONTHS_MAX), help="How many months are replayed.")
@click.option("--until", "until_text", metavar="DATE", help="The last day of the replay; the last one the history tells of unless told.")
@click.option("--history", "file", type=click.Path(dir_okay=False, path_type=Path), help="Replay a JSON or CSV file instead of the books.")
@click.option("--read-again", is_flag=True, help="Read the books' past anew, though it was kept.")
@click.option("--fee-agreed", is_flag=True, help="With --history: reminder fees were agreed.")
@click.option(
    "--posting-days", default=1, show_default=True, type=click.IntRange(0, 60), help="Assumed: days the bank's posting is behind."
)
@click.option("--answer-days", default=10, show_default=True, type=click.IntRange(0, 365), help="Assumed: days from a letter to an answer.")
@click.option("--answer-share", default=50, show_default=True, type=click.IntRange(0, 100), help="Assumed: per cent that answers.")
@click.option(
    "--soon-days", default=7, show_default=True, type=click.IntRange(0, 60), help="Who paid within so many days was chased in vain."
)
@click.option("--chart", "chart_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a chart here, as SVG.")
@json_option
def backtest(policy: str, tenant_id: str | None, file: Path | None, chart_file: Path | None, as_json_: bool, **options: Any) -> None:  # noqa: FBT001
    """Replay a policy day by day over the past, and set it against what happened.

    POLICY is a template, a file, a version of the tenant's policy, or "current". The past is read from the books once and kept; or it
    comes from a file: {"invoices": [{"number", "debtor", "debtor_kind", "currency", "total", "issued_on", "due_on", "payments":
    [{"on", "amount"}]}]}, or CSV with number,debtor,debtor_kind,currency,total,issued_on,due_on,paid_on,paid and a row per payment.
    Nothing is sent. What is assumed is told first, and can be changed.
    """
    if chart_file and chart_file.suffix.lower() != ".svg":
        raise ConfigError("--chart", f"{chart_file} is named like no SVG, which a chart is", "Give a name that ends in .svg.")
    assumed = Assumptions(options["posting_days"], options["answer_days"], options["answer_share"], options["soon_days"])
    wanted = day("--until", options["until_text"])
    past = _of_file(policy, tenant_id, file, options) if file else _of_tenant(policy, tenant_id, options, quiet=as_json_)
    until = wanted or past.until
    if until > past.until:
        raise ConfigError("--until", f"the history ends on {past.until}", "Give an earlier day, or --read-again.")
    if until < past.since_at_least:
        raise ConfigError("--until", f"the history begins on {past.since_at_least}", "Give a later day, or more --months.")
    since = max(first_day(until, options["months"]), past.since_at_least)
    done = replay(past.history, past.policy, past.law, since, until, assumed, fee_since=past.fee_since, policy_of=past.policy_of)
    found = report(done, assumed, past.policy.currency)
    if chart_file:
        _write(chart_file, chart(found))
    if as_json_:
        as_json({"history": past.told, **as_mapping(found)})
    else:
        for line in [past.told, *_lines(found)]:
            click.echo(line)
        if chart_file:
            click.echo(f"The chart is in {chart_file}.")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ConfigError(str(file), f"it can't be written ({problem.strerror})", "Give another file.") from None


def _of_file(policy: str, tenant_id: str | None, file: Path, options: dict[str, Any]) -> _Past:
    """Return a past out of a file; no tenant is needed for a template or a file."""
    until, history = past_of_file(file)
    if policy == CURRENT or policy.isdecimal() or tenant_id:
        app, tenant_id = _app(tenant_id)
        chosen, law = named_policy(app, tenant_id, policy), app.law
    else:
        chosen, law = policy_of_file(policy), read_law(home_folder())
    return _Past(
        chosen, None, history, until, date.min, law, date.min if options["fee_agreed"] else None, f"History: {file.name}, until {until}."
    )


def _of_tenant(policy: str, tenant_id: str | None, options: dict[str, Any], *, quiet: bool) -> _Past:
    app, tenant_id = _app(tenant_id)
    tenant = app.tenant(tenant_id)
    chosen = named_policy(app, tenant_id, policy)
    kept, history = past_of_tenant(app, tenant_id, options["months"], read_again=options["read_again"], quiet=quiet)
    with app.database.read() as connection:
        overrides = tenants.spread_overrides(connection, tenant_id)
    missing = f"; {kept.unreadable} rows could not be read and are missing" if kept.unreadable else ""
    told = f"History: the books of {tenant_id}, read on {kept.read_at:%Y-%m-%d}, posted until {kept.until}{missing}."
    fee_since = tenant.reminder_fee_since if tenant.reminder_fee_agreement else None
    return _Past(chosen, _overridden(chosen, overrides), history, kept.until, kept.since, app.law, fee_since, told)


def _app(tenant_id: str | None) -> tuple[App, str]:
    chosen = chosen_tenant(click.get_current_context(), tenant_id)
    return open_app(), chosen


def _overridden(policy: Policy, overrides: dict[tuple[str, str], str]) -> Callable[[PastInvoice], Policy] | None:
    """Return the policy of each invoice where debtors or invoices are treated otherwise."""
    if not overrides:
        return None
    parsed = {key: parse_override(document) for key, document in overrides.items()}
    return lambda past: with_override(policy, parsed.get(("debtor", past.debtor_ref)), parsed.get(("invoice", past.source_ref)))


def _lines(found: Report) -> Iterator[str]:
    done, soon = found.replay, found.assumptions.soon_days
    yield f"{done.policy}, {done.since} to {done.until}."
    yield "Assumed:"
    yield from (f"  {sentence}" for sentence in found.assumptions.sentences())
    yield "As it was:"
    yield f"  {_of(found.due, 'invoice')} fell due"
    late, open_ = found.late, found.still_open
    yield f"  {_of(late, 'late one')}, more than a week: {_brief(found.week_late)}; still open: {_brief(open_)}"
    yield f"  {many(found.sent, 'letter')} of ours known, {many(found.handed_over, 'invoice')} handed over"
    if done.left_out:
        yield f"  {many(done.left_out, 'invoice')} in another currency left out"
    yield "It would have been:"
    yield from (f"  {action}: {many(count.count, 'letter')}, asking for {count.amount}" for action, count in found.letters.items())
    yield f"  {many(found.letter_invoices, 'invoice')} in letters; fees {found.fees}"
    yield f"  handed over: {many(found.claims.count, 'claim')}, {many(found.claim_invoices, 'invoice')}, {found.claims.amount}"
    yield f"  {found.asked} of these a person would have been asked about"
    yield f"  chased though paid within {many(soon, 'day')}: {_of(found.chased_soon, 'invoice')}; {found.crossed} had paid already"
    yield f"  handed over though paid within {many(soon, 'day')}: {_of(found.claimed_soon, 'invoice')}"
    yield f"If the assumption holds: {found.answerable} paid later than an answer to the first letter, on average {found.days_earlier} days;"
    yield f"  over all that was paid late, with the share that answers, money comes {found.days_earlier_of_late} days earlier."
    yield from _table(found)


def _of(counted: Count, one: str) -> str:
    return f"{many(counted.count, one)} ({counted.amount})"


def _brief(counted: Count) -> str:
    return f"{counted.count} ({counted.amount})"


def _table(found: Report) -> Iterator[str]:
    """Yield a line for each month; one in which nothing was due, sent or overdue says nothing."""
    told = [
        one for one in found.months if one.due.count or one.letters or one.claims.count or one.overdue.minor or one.overdue_assumed.minor
    ]
    if not told:
        return
    rows = [("month", "due", "amount", "letters", "fees", "claims", "amount", "overdue", "assumed")]
    rows += [
        (
            one.month, str(one.due.count), one.due.amount.text(), str(one.letters), one.fees.text(), str(one.claims.count),
            one.claims.amount.text(), one.overdue.text(), one.overdue_assumed.text(),
        )
        for one in told
    ]  # fmt: skip
    yield ""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
    if len(told) < len(found.months):
        yield "In months that are left out nothing was due, sent or overdue."
