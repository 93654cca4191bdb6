"""What a tenant agreed with its debtors: reminder fees, due dates and interest, and who writes its reminders."""

from __future__ import annotations

import click

from commands.output import day, said, tenant_argument
from commands.wiring import App, open_app
from core.clock import day_in
from core.errors import ConfigError
from core.law import DueBasis, default_basis
from core.model import DebtorKind
from core.money import Money
from core.store import tenants as store
from core.store.tenants import Tenant, VendorReminder

__all__ = ["due_basis", "fee", "reminder"]

BASIS = click.Choice([basis.value for basis in DueBasis])


@click.command()
@tenant_argument
@click.option("--agreement", required=True, callback=said, help="Where the fee was agreed, e.g. 'terms of sale 2024, §7'.")
@click.option("--since", "since_text", metavar="DATE", help="The date of the first bill for what was sold under it; today unless told.")
def fee(tenant_id: str, agreement: str, since_text: str | None) -> None:
    """Record the agreement about reminder fees; without one, and on bills from before it, the fee is 0."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    since = day("--since", since_text) or day_in(tenant.country, app.clock.now())
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, reminder_fee_agreement=agreement, reminder_fee_since=since)
    click.echo(f"Reminder fees of {tenant_id} rest on: {agreement}. Bills from {since} on bear them.")


@click.command(name="due-basis")
@tenant_argument
@click.option("--business", type=BASIS, help="Towards companies.")
@click.option("--sole-trader", type=BASIS, help="Towards sole traders.")
@click.option("--consumer", type=BASIS, help="Towards consumers.")
@click.option("--public", type=BASIS, help="Towards public bodies.")
@click.option(
    "--interest-notice/--no-interest-notice", default=None, help="Whether bills to consumers say that paying late costs interest."
)
def due_basis(tenant_id: str, interest_notice: bool | None, **given: str | None) -> None:  # noqa: FBT001
    """Say how due dates come about: agreed in advance, or only printed on the bill; late interest starts by it.

    Where it is only printed, a Swedish consumer owes interest only if the bill said so; nobody having said it, none is asked for.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    warns = tenant.interest_notice if interest_notice is None else interest_notice
    basis_by_kind = tenant.due_basis | {DebtorKind(kind): DueBasis(basis) for kind, basis in given.items() if basis}
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, due_basis=basis_by_kind, interest_notice=warns)
    for kind in DebtorKind:
        click.echo(
            f"{kind.replace('_', ' '):12} {basis_by_kind.get(kind, default_basis(kind))}{'' if kind in basis_by_kind else ' (presumed)'}"
        )
    click.echo(f"Bills to consumers {'say' if warns else 'do not say'} that paying late costs interest.")


@click.command()
@tenant_argument
@click.option("--by", type=click.Choice(["own", "vendor"]), required=True, help="Our own letter, or the accounting system's reminder.")
@click.option("--fee", default="0.00", show_default=True, help="The fee its reminder asks for.")
@click.option("--pay-within-days", type=click.IntRange(1, 90), help="How many days its reminder gives.")
@click.option("--announces-collection/--no-announces-collection", default=None, help="Whether its reminder says that collection follows.")
@click.option("--confirm", is_flag=True, help="Confirm that its reminder says so: nothing but its own pages shows it.")
def reminder(tenant_id: str, by: str, fee: str, pay_within_days: int | None, announces_collection: bool | None, confirm: bool) -> None:  # noqa: FBT001
    """Choose who writes reminders: our own letter (the rule), or the accounting system, whose text the accountant confirms."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    says = None
    if by == "vendor" and "send_letter" in app.connector(tenant).deliveries:
        click.echo(f"{tenant.connector} mails reminders with our own text, and attaches what its pages say; a fee is never given along.")
        says = VendorReminder(Money.zero(tenant.currency), pay_within_days or 0, bool(announces_collection))
        if not confirm:
            click.echo("Not confirmed, nothing has changed: look at such a reminder, then add --confirm.")
            return
    elif by == "vendor":
        if pay_within_days is None or announces_collection is None:
            todo = "Look at its reminder settings, and give --pay-within-days and --announces-collection or --no-announces-collection."
            raise ConfigError(f"reminders of {tenant_id}", f"what {tenant.connector}'s own reminder says is not told", todo)
        says = VendorReminder(_vendor_fee(app, tenant, fee), pay_within_days, announces_collection)
        if "print_reminder" not in app.connector(tenant).deliveries:
            raise ConfigError(f"reminders of {tenant_id}", f"{tenant.connector} has no reminder of its own", "Use --by own.")
        follows = "announces collection" if announces_collection else "does not announce collection"
        click.echo(f"Its reminder asks for a fee of {says.fee}, gives {pay_within_days} days and {follows}.")
        if not confirm:
            click.echo("Not confirmed, nothing has changed: look at such a reminder, then add --confirm.")
            return
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, vendor_reminder=says or "{}")
    click.echo(f"Reminders of {tenant_id} are written by {tenant.connector}." if says else f"Reminders of {tenant_id} are our own letters.")


def _vendor_fee(app: App, tenant: Tenant, text: str) -> Money:
    """Return the fee the vendor's reminder asks for, if that is agreed and lawful."""
    try:
        fee = Money.parse(text, tenant.currency)
    except ValueError as error:
        raise ConfigError("--fee", str(error), "Write it like 60.00.") from None
    if not fee:
        return fee
    if not tenant.reminder_fee_agreement:
        todo = f"Record it with `kravbro tenants fee {tenant.id} --agreement …`, or set the fee to 0 in {tenant.connector}."
        raise ConfigError("--fee", "no agreement about reminder fees is recorded", todo)
    row = app.law.fee(tenant.country, "reminder", day_in(tenant.country, app.clock.now()), DebtorKind.CONSUMER)
    if row is None or not Money.zero(fee.currency) < fee <= Money.parse(row.value, fee.currency):
        most = f"{row.value} {fee.currency} is the most ({row.statute})" if row else "the law knows no reminder fee"
        raise ConfigError("--fee", f"{fee} can't be asked for: {most}", f"Change it in {tenant.connector} first.")
    return fee
