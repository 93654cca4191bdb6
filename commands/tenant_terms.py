"""What a tenant agreed with its debtors: reminder fees, due dates and interest, and who writes its reminders."""

from __future__ import annotations

from typing import Any

import click

from commands.output import day, said, tenant_argument
from commands.wiring import App, open_app
from core.clock import day_in
from core.errors import ConfigError
from core.law import DueBasis, default_basis
from core.model import BooksSetup, DebtorKind
from core.money import Money
from core.store import tenants as store
from core.store.tenants import Tenant, VendorReminder

__all__ = ["charges", "check_receivable", "due_basis", "fee", "reminder"]

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


@click.command()
@tenant_argument
@click.option(
    "--booked", type=click.Choice(["when-received", "when-sent"]), required=True, help="With the settlement, or when they are demanded."
)
def charges(tenant_id: str, booked: str) -> None:
    """Choose when fees and interest are booked: when they are received (the rule), or when they are demanded, taken back if waived.

    Those demanded stand on the account `charges_receivable` until an agency settles them. What is outstanding on the day this is chosen
    is booked by the next run, and taken back by it once when-received is chosen again.
    """
    app = open_app()
    tenant = app.tenant(tenant_id)
    if booked == "when-sent":
        _need_receivable(tenant, f"charges of {tenant_id}")
        check_receivable(tenant_id, tenant.books_setup)
        if "book_voucher" not in app.connector(tenant).deliveries:
            raise ConfigError(f"charges of {tenant_id}", f"{tenant.connector} takes no vouchers from here", "Use --booked when-received.")
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, charges_booked=booked.replace("-", "_"))
    account = tenant.books_setup.charges_receivable
    click.echo(
        f"Fees and interest of {tenant_id} are booked on {account} when they are demanded, and taken back if waived."
        if booked == "when-sent"
        else f"Fees and interest of {tenant_id} are booked when they are received."
    )


def check_receivable(tenant_id: str, setup: BooksSetup) -> None:
    """Refuse our own vouchers of fees and interest on the accounts of invoices and payouts (facts: bookings, "never on the receivable account")."""
    if setup.charges_receivable in (setup.receivable, setup.clearing):
        todo = f"Choose another one for receivables: `kravbro tenants accounts {tenant_id} --set charges_receivable=ACCOUNT --confirm`."
        raise ConfigError("charges_receivable", f"invoices or the agency's payouts stand on {setup.charges_receivable}", todo)


def _need_receivable(tenant: Tenant, what: str) -> None:
    if not tenant.books_setup.charges_receivable:
        todo = f"Choose one: `kravbro tenants accounts {tenant.id} --set charges_receivable=ACCOUNT --confirm`."
        raise ConfigError(what, "no account is chosen for fees and interest that are demanded and not received", todo)


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
@click.option("--fee", default="0.00", show_default=True, help="The fee its reminder asks for by its own settings.")
@click.option("--fee-along", is_flag=True, help="Tell it the fee of our text, where it mails that; its own document shows it then.")
@click.option("--fee-booked/--fee-not-booked", default=None, help="Whether it books the fee by itself; then no voucher of ours does.")
@click.option("--pay-within-days", type=click.IntRange(1, 90), help="How many days its reminder gives.")
@click.option("--announces-collection/--no-announces-collection", default=None, help="Whether its reminder says that collection follows.")
@click.option("--confirm", is_flag=True, help="Confirm that its reminder says so: nothing but its own pages shows it.")
def reminder(tenant_id: str, by: str, confirm: bool, **said: Any) -> None:  # noqa: FBT001
    """Choose who writes reminders: our own letter (the rule), or the accounting system, whose text the accountant confirms."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    says = None
    if by == "vendor":
        mails = "send_letter" in app.connector(tenant).deliveries
        says = _mailed_by(tenant, **said) if mails else _printed_by(app, tenant, **said)
        if not confirm:
            click.echo("Not confirmed, nothing has changed: look at such a reminder, then add --confirm.")
            return
    with app.database.write() as connection:
        store.change_tenant(connection, tenant_id, vendor_reminder=says or "{}")
    click.echo(f"Reminders of {tenant_id} are written by {tenant.connector}." if says else f"Reminders of {tenant_id} are our own letters.")


def _mailed_by(
    tenant: Tenant, *, fee: str, fee_along: bool, fee_booked: bool | None, pay_within_days: int | None, announces_collection: bool | None
) -> VendorReminder:
    """Return what a reminder says that the accounting system mails with our own text."""
    if _read_fee(tenant, fee):
        raise ConfigError("--fee", "the fee stands in our own text, as law and agreement allow", "To have it given along say --fee-along.")
    if fee_along and not tenant.reminder_fee_agreement:
        todo = f"Record it with `kravbro tenants fee {tenant.id} --agreement …`, or leave --fee-along out."
        raise ConfigError("--fee-along", "no agreement about reminder fees is recorded", todo)
    if fee_along and fee_booked is None:
        todo = f"Send one in {tenant.connector} with a fee, look at the books, and say --fee-booked or --fee-not-booked."
        raise ConfigError("--fee-along", f"it is not told whether {tenant.connector} books that fee by itself", todo)
    if fee_along and fee_booked:
        _need_receivable(tenant, "--fee-booked")
    along = f"is told its fee{' and books it' if fee_booked else ''}" if fee_along else "is told no fee"
    click.echo(f"{tenant.connector} mails reminders with our own text, attaches what its pages say, and {along}.")
    return VendorReminder(
        Money.zero(tenant.currency),
        pay_within_days or 0,
        bool(announces_collection),
        fee_along=fee_along,
        fee_booked=fee_along and bool(fee_booked),
    )


def _printed_by(
    app: App,
    tenant: Tenant,
    *,
    fee: str,
    fee_along: bool,
    fee_booked: bool | None,
    pay_within_days: int | None,
    announces_collection: bool | None,
) -> VendorReminder:
    """Return what a reminder says that the accounting system writes whole."""
    if "print_reminder" not in app.connector(tenant).deliveries:
        raise ConfigError(f"reminders of {tenant.id}", f"{tenant.connector} has no reminder of its own", "Use --by own.")
    if pay_within_days is None or announces_collection is None:
        todo = "Look at its reminder settings, and give --pay-within-days and --announces-collection or --no-announces-collection."
        raise ConfigError(f"reminders of {tenant.id}", f"what {tenant.connector}'s own reminder says is not told", todo)
    if fee_along:
        raise ConfigError("--fee-along", f"{tenant.connector}'s reminder has its fee from its own settings", "Say it with --fee.")
    asked = _vendor_fee(app, tenant, fee)
    if asked and fee_booked:
        _need_receivable(tenant, "--fee-booked")
    follows = "announces collection" if announces_collection else "does not announce collection"
    click.echo(f"Its reminder asks for a fee of {asked}, gives {pay_within_days} days and {follows}.")
    return VendorReminder(asked, pay_within_days, announces_collection, fee_booked=bool(asked) and bool(fee_booked))


def _vendor_fee(app: App, tenant: Tenant, text: str) -> Money:
    """Return the fee the vendor's reminder asks for, if that is agreed and lawful."""
    fee = _read_fee(tenant, text)
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


def _read_fee(tenant: Tenant, text: str) -> Money:
    """Return the amount that was typed."""
    try:
        return Money.parse(text, tenant.currency)
    except ValueError as error:
        raise ConfigError("--fee", str(error), "Write it like 60.00.") from None
