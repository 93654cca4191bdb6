"""`kravbro tenants letters TENANT`: the client's logo, own paragraphs, and the accounts that its books don't name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from commands.letters import as_tenant
from commands.output import as_json, json_option, tenant_argument
from commands.wiring import App, open_app
from core.claim import Party
from core.errors import ConfigError
from core.store import tenants as store
from core.store.keeping import add_document
from core.store.tenants import LetterSettings, Tenant, owner_vault
from letters import KINDS, Logo, language_for, render_letter
from letters.numbers import check_accounts
from letters.own_text import find_payment
from letters.sample import COUNTRIES, sample

__all__ = ["letters"]


@click.command()
@tenant_argument
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The logo, PNG or SVG, 200 kB at most.")
@click.option("--no-logo", is_flag=True, help="Take the logo away.")
@click.option("--before", metavar="TEXT", help='A paragraph above what each letter must say; "" takes it away.')
@click.option("--after", metavar="TEXT", help='A paragraph below it; "" takes it away.')
@click.option("--fi-creditor-number", "fi_creditor_no", metavar="NUMBER", help="The Danish creditor number of the payment form, 8 digits.")
@click.option("--iban", metavar="IBAN", help="The account to pay to, where the books name none.")
@click.option("--bic", metavar="BIC", help="The bank of that account.")
@json_option
def letters(tenant_id: str, logo: Path | None, no_logo: bool, as_json_: bool, **texts: str | None) -> None:  # noqa: FBT001
    """Set what a client's letters have beside what they must say; each kind is tried with it before it is kept."""
    app = open_app()
    tenant = app.tenant(tenant_id)
    settings = replace(tenant.letters, **{name: text.strip() for name, text in texts.items() if text is not None})
    if no_logo:
        settings = replace(settings, logo="")
    for option in ("before", "after"):
        _refuse_numbers(option, getattr(settings, option))
    changed = logo is not None or settings != tenant.letters
    if changed:
        content = logo.read_bytes() if logo is not None else b""
        picture = Logo(content) if content else None
        _try(app, tenant, settings, picture)
        with app.database.write() as connection:
            if picture and logo is not None:
                kept = add_document(
                    connection, tenant_id, owner_vault(app.vault, tenant), kind="logo", name=f"logo.{picture.format}",
                    media_type="image/png" if picture.format == "png" else "image/svg+xml", content=content, now=app.clock.now(),
                )  # fmt: skip
                settings = replace(settings, logo=kept.document_id)
            store.change_tenant(connection, tenant_id, letters=settings)
    _show(settings, changed=changed, as_json_=as_json_, tenant_id=tenant_id)


def _refuse_numbers(option: str, text: str) -> None:
    """Refuse a paragraph that says where or how much to pay: what the letter must say could be undone by it."""
    found = find_payment(text)
    if found:
        wrong = f"it names {found!r}, and where and how much to pay stands in what the letter must say"
        todo = "Leave it out; an account is set with --iban, or in the accounting system, and a telephone number begins with 0 or +."
        raise ConfigError(f"--{option}", wrong, todo)


def _try(app: App, tenant: Tenant, settings: LetterSettings, picture: Logo | None) -> None:
    """Write each kind of letter with these settings; what can't be written, or must not be, is refused with its reason."""
    country = tenant.country if tenant.country in COUNTRIES else COUNTRIES[0]
    for kind in KINDS:
        letter = as_tenant(app, replace(tenant, letters=settings), sample(kind, language_for("", country), country))
        _check_given(letter.creditor, settings)
        check_accounts(letter.creditor)
        render_letter(replace(letter, extras=replace(letter.extras, logo=picture)) if picture else letter)


def _check_given(creditor: Party, settings: LetterSettings) -> None:
    """Refuse an account that was given here and that nobody can pay to, though the books may name another."""
    without = replace(creditor, bankgiro="", plusgiro="", iban="")
    for option, iban, number in (("--iban", settings.iban, ""), ("--fi-creditor-number", "", settings.fi_creditor_no)):
        try:
            check_accounts(replace(without, iban=iban), number)
        except ConfigError:
            wrong = f"{iban or number!r} is none: its digits or its check digit are wrong"
            raise ConfigError(option, wrong, "Give the number as the bank has it.") from None


def _show(settings: LetterSettings, *, changed: bool, as_json_: bool, tenant_id: str) -> None:
    told = {
        "logo": bool(settings.logo), "before": settings.before, "after": settings.after, "fi_creditor_number": settings.fi_creditor_no,
        "iban": settings.iban, "bic": settings.bic,
    }  # fmt: skip
    if as_json_:
        as_json(told)
        return
    for name, value in told.items():
        shown = ("yes" if value else "none") if isinstance(value, bool) else value or "-"
        click.echo(f"{name.replace('_', ' '):20} {shown}")
    if changed:
        click.echo(f"Kept. Look at it: `kravbro letters preview --tenant {tenant_id} --kind reminder --out letter.pdf`.")
