"""`kravbro policy dry-run …`: which letters and claims would go today under a policy."""

from __future__ import annotations

import click

from commands.output import as_json, day, json_option, tenant_option, waiting_lines
from commands.policyfiles import CURRENT, named_policy
from commands.wiring import open_app
from core.clock import day_in
from core.engine.would_go import Going, would_go


@click.command(name="dry-run")
@click.argument("policy", default=CURRENT)
@tenant_option
@click.option("--as-of", "as_of_text", help="Decide as on this day; today unless told.")
@json_option
def dry_run(policy: str, tenant_id: str, as_of_text: str | None, as_json_: bool) -> None:  # noqa: FBT001
    """Show which letters and claims would go today under POLICY: a template, a file, a version of the tenant's, or "current".

    Nothing is read from the books, written or sent: an invoice is decided on what the last run knew. `kravbro run --dry-run` reads
    the books first.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    today = day("--as-of", as_of_text) or day_in(tenant.country, app.clock.now())
    going, waiting, waits_for = would_go(app.look(tenant_id, today), named_policy(app, tenant_id, policy))
    if as_json_:
        plain = [_plain(one) for one in going]
        as_json({"tenant": tenant_id, "policy": policy, "as_of": today, "would_go": plain, "waiting": waiting, "waits_for": waits_for})
        return
    for one in going:
        fee = f", fee {one.fee}" if one.fee else ""
        netted = f", {one.netted} to its credit deducted" if one.netted else ""
        asked = " (a person is asked first)" if one.asked else ""
        what, invoices = str(one.action).replace("_", " "), ", ".join(one.invoices)
        click.echo(
            f"{what}: {one.debtor}, invoice{'s' if len(one.invoices) > 1 else ''} {invoices}, asks for {one.asks}{netted}{fee}{asked}"
        )
        for text in one.stopped:
            click.echo(f"  when last tried: {text}")
    if not going:
        click.echo(f"Nothing would go on {today} under {policy}.")
    for line in waiting_lines(waiting, waits_for, tenant_id):
        click.echo(line)


def _plain(one: Going) -> dict[str, object]:
    return {
        "action": str(one.action), "debtor": one.debtor, "invoices": list(one.invoices), "asks": one.asks.text(), "fee": one.fee.text(),
        "netted": one.netted.text(), "asked": one.asked, "stopped": list(one.stopped),
    }  # fmt: skip
