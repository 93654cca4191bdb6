"""`kravbro policy`: show, check and choose collection policies."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Final

import click

from commands.backtest import backtest
from commands.lawrows import home_folder, read_law
from commands.output import as_json, json_option, show, tenant_argument
from commands.policydiff import diff
from commands.policydryrun import dry_run
from commands.policyfiles import read_document
from commands.stopping import look
from commands.wiring import App, open_app
from core.engine.explain import find_invoice_ref
from core.errors import ConfigError
from core.law import Law
from core.policy import (
    Override,
    Policy,
    PolicyFinding,
    as_mapping,
    check_policy,
    line_of,
    load_policy,
    load_template,
    parse_override,
    template_names,
)
from core.store import books, tenants

OVERRIDES: Final = tuple(one.name for one in fields(Override))
"""What can be otherwise for a debtor or an invoice."""


@click.group()
def policy() -> None:
    """Show, check and choose collection policies."""


@policy.command()
@json_option
def templates(as_json_: bool) -> None:  # noqa: FBT001
    """List the templates."""
    rows = []
    for name in template_names():
        text = load_template(name)
        rows.append({"name": name, "about": text.partition("\n")[0].lstrip("# "), "steps": len(load_policy(text, name).steps)})
    show(rows, ("name", "steps", "about"), json_=as_json_, name="templates", empty="No templates.")


@policy.command(name="show")
@click.argument("name")
def show_(name: str) -> None:
    """Print a template's or a tenant's policy as TOML."""
    if name in template_names():
        click.echo(load_template(name), nl=False)
        return
    version, document = open_app().read(name, tenants.get_policy)
    if not document:
        raise ConfigError(f"tenant {name}", "it has no policy", f"Choose one: `kravbro policy use {name} se-standard`.")
    click.echo(f"# version {version}\n{document}", nl=False)


@policy.command()
@click.argument("name")
@json_option
def check(name: str, as_json_: bool) -> None:  # noqa: FBT001
    """Check a policy file or a template; a mistake is told with its line and key."""
    document, shown = read_document(name), Path(name).name
    found = load_policy(document, shown)
    findings = _warnings(found, document, shown, read_law(home_folder()))
    if as_json_:
        warned = [{"level": one.level, "line": one.line, "key": one.key, "rule": one.rule, "text": one.text} for one in findings]
        as_json({**as_mapping(found), "findings": warned})
    else:
        for one in findings:
            click.echo(f"{shown}:{one.line}: warning: {_about(one)}")
        click.echo(f"{shown}: {found.name}, {len(found.steps)} steps, in order.")


@policy.command()
@tenant_argument
@click.argument("name")
def use(tenant_id: str, name: str) -> None:
    """Give a tenant a template or a file as its policy, from the next run on."""
    app = open_app()
    tenant, document = app.tenant(tenant_id), read_document(name)
    found = load_policy(document, Path(name).name)
    # Another country's law would rule on letters and claims of this one.
    for key, its, theirs in (("country", found.country, tenant.country), ("currency", found.currency, tenant.currency)):
        if its != theirs:
            where = f"{Path(name).name}:{line_of(document, (key,))}"
            raise ConfigError(where, f"`{key}` is {its}, and {tenant_id}'s books are kept in {theirs}", f'Write "{theirs}".')
    for finding in _warnings(found, document, Path(name).name, app.law):
        click.echo(f"Careful, line {finding.line}: {_about(finding)}", err=True)
    with app.database.write() as connection:
        version = tenants.add_policy(connection, tenant_id, document, app.clock.now())
    click.echo(f"{tenant_id}: {found.name}, version {version}.")


@policy.command()
@tenant_argument
@click.option("--debtor", help="The customer number it is for.")
@click.option("--invoice", help="The invoice number it is for.")
@click.option("--mode", type=click.Choice(["auto", "ask", "off"]), help="Act by itself, ask a person first, or do nothing.")
@click.option("--minimum", help="Another minimum, e.g. 500.00.")
@click.option("--extra-days", type=int, help="More days before each step that counts from the due date.")
@click.option("--cooling-off-days", type=int, help="How long a handover is announced before it goes by itself.")
@click.option("--one-letter-per", type=click.Choice(["debtor", "invoice"]), help="Whether its invoices share a letter.")
@click.option("--one-claim-per", type=click.Choice(["debtor", "invoice"]), help="Whether its invoices share a claim.")
@click.option("--open-credits", type=click.Choice(["stop", "net"]), help="Whether its open credits stop letters, or are deducted in them.")
@click.option("--fees-left", type=click.Choice(["waive", "go_on"]), help="What of fees once the principal was paid to you directly.")
@click.option("--insured/--not-insured", default=None, help="Whether a credit insurer covers the debtor.")
@click.option("--insured-limit", help="How much of the debtor it covers, e.g. 50000.00.")
@click.option("--clear", is_flag=True, help="Take the override away.")
def override(
    tenant_id: str,
    debtor: str | None,
    invoice: str | None,
    mode: str | None,
    minimum: str | None,
    extra_days: int | None,
    cooling_off_days: int | None,
    one_letter_per: str | None,
    one_claim_per: str | None,
    open_credits: str | None,
    fees_left: str | None,
    insured: bool | None,  # noqa: FBT001
    insured_limit: str | None,
    clear: bool,  # noqa: FBT001
) -> None:
    """Treat one debtor or one invoice otherwise; the invoice's own beats the debtor's."""
    if bool(debtor) == bool(invoice):
        raise ConfigError("override", "name one debtor or one invoice", "Give --debtor or --invoice.")
    if insured is False and insured_limit is not None:
        raise ConfigError("--insured-limit", "nothing is insured, so there is no limit of it", "Leave one of the two out.")
    values = {"mode": mode, "minimum": minimum, "extra_days": extra_days, "cooling_off_days": cooling_off_days,
              "one_letter_per": one_letter_per, "one_claim_per": one_claim_per, "open_credits": open_credits, "fees_left": fees_left, "insured": insured, "insured_limit": insured_limit}  # fmt: skip
    said = [] if clear else [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
    document = "\n".join(said)
    if not document and not clear:
        raise ConfigError("override", "nothing is said", "Give what is otherwise, like --mode or --minimum, or --clear.")
    if document:
        parse_override(document)
    app = open_app()
    app.tenant(tenant_id)
    scope, ref = ("debtor", debtor) if debtor else ("invoice", _invoice_ref(app, tenant_id, invoice or "", clear=clear))
    with app.database.write() as connection:
        tenants.save_override(connection, tenant_id, scope, ref, document, app.clock.now())
        if debtor and document and not books.has_debtor(connection, tenant_id, debtor):
            click.echo(f"Careful: no invoice of customer {debtor} was read yet; is the number right?", err=True)
    click.echo(f"{scope} {debtor or invoice}: {'as the policy says' if clear else document.replace(chr(10), ', ')}.")


@policy.command()
@tenant_argument
@json_option
def overrides(tenant_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """List the debtors and invoices that are treated otherwise."""
    rows = [
        {"for": scope, "ref": ref, **dict.fromkeys(OVERRIDES, "-"), **tomllib.loads(document)}
        for (scope, ref), document in sorted(open_app().read(tenant_id, tenants.list_overrides).items())
    ]
    show(rows, ("for", "ref", *OVERRIDES), json_=as_json_, name="overrides", empty="Everybody is treated by the policy.")


def _invoice_ref(app: App, tenant_id: str, invoice: str, *, clear: bool) -> str:
    """Return the invoice that a number names; an override is taken away from whatever it was given to."""
    if clear and ("invoice", invoice) in app.read(tenant_id, tenants.list_overrides):
        return invoice
    return find_invoice_ref(look(app, tenant_id), invoice)


def _about(finding: PolicyFinding) -> str:
    return f"`{finding.key}`: {finding.text}" if finding.key else finding.text


def _warnings(found: Policy, document: str, source: str, law: Law) -> list[PolicyFinding]:
    """Return what is unwise in a policy; what the law forbids is an error."""
    findings = check_policy(found, law, document)
    for one in findings:
        if one.level == "refused":
            raise ConfigError(f"{source}:{one.line}", f"{_about(one).rstrip('.')} [{one.rule}]", "Change it.")
    return findings


policy.add_command(diff)
policy.add_command(dry_run)
policy.add_command(backtest)
