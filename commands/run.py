"""`kravbro run`: one run of one tenant, for real or dry."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict

import click

from commands.output import Progress, as_json, day, json_option, many, tenant_option, waiting_lines
from commands.wiring import open_app
from core.clock import day_in
from core.engine.context import Summary
from core.errors import ConfigError


@click.command()
@tenant_option
@click.option("--as-of", "as_of_text", help="Decide as on this day; only with --dry-run, unless it is today.")
@click.option("--dry-run", is_flag=True, help="Read and decide, and show what would be done; nothing is sent or booked.")
@json_option
def run(tenant_id: str, as_of_text: str | None, dry_run: bool, as_json_: bool) -> None:  # noqa: FBT001
    """Run a tenant once: recover, sweep, listen, decide, act, book, audit."""
    app = open_app()
    as_of = day("--as-of", as_of_text)
    tenant = app.tenant(tenant_id)
    if as_of and not dry_run and as_of != day_in(tenant.country, app.clock.now()):
        raise ConfigError("--as-of", f"{as_of} is not today", "Another day can only be tried: add --dry-run.")
    with Waiting(quiet=as_json_) as waiting:
        summary = app.run(tenant_id, dry_run=dry_run, as_of=as_of, progress=waiting)
    if as_json_:
        as_json({"tenant": tenant_id, "dry_run": dry_run, **asdict(summary)})
    else:
        _tell(tenant_id, summary, dry_run=dry_run)


def _tell(tenant_id: str, summary: Summary, *, dry_run: bool) -> None:
    if summary.ended_by:
        click.echo(f"{tenant_id}: {summary.ended_by}", err=True)
    click.echo(f"{tenant_id}: {many(summary.invoices_seen, 'open invoice')} read, {summary.quarantined} new in quarantine.")
    if dry_run:
        if not summary.planned:
            click.echo("Nothing would be done.")
        for line in summary.planned:
            asks = " (a person is asked first)" if line["mode"] == "ask" else ""
            click.echo(f"  invoice {line['invoice']}: {line['action']}{asks}")
    else:
        done = {
            "letters sent": summary.letters_sent, "claims handed over": summary.claims_handed_over, "reports handled": summary.events_handled,
            "claims closed": summary.claims_closed, "payments booked": summary.payments_booked, "vouchers booked": summary.vouchers_booked,
            "direct payments reported": summary.direct_payments_reported,
            "other changes told to the agency": summary.adjustments_sent - summary.direct_payments_reported,
            "questions to a person": summary.asked, "refused": summary.refused, "uncertain": summary.uncertain,
            "differences": summary.differences,
            "letters to print": summary.to_print,
        }  # fmt: skip
        nothing = "Nothing was done." if summary.messages or summary.ended_by or summary.waiting else "Nothing was due."
        click.echo("; ".join(f"{what}: {count}" for what, count in done.items() if count) or nothing)
    for text in waiting_lines(summary.waiting, summary.waits_for, tenant_id):
        click.echo(text)
    for message in summary.messages:
        click.echo(message if message.startswith(tenant_id) else f"{tenant_id}: {message}", err=True)


class Waiting(ExitStack):
    """Shows the run's progress, one bar after the other."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__()
        self._quiet, self._bars = quiet, dict[str, Progress]()

    def __call__(self, what: str, done: int) -> None:
        """Take what the engine tells."""
        if what not in self._bars:
            self.close()  # a terminal shows one bar at a time
            self._bars[what] = self.enter_context(Progress(what, every=100, quiet=self._quiet))
        self._bars[what].step(done)
