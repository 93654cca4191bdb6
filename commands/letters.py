"""`kravbro letters`: look at each letter before any is sent; offer, take back, and note what did not arrive."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from commands.lettering import extras_of, with_accounts
from commands.output import as_json, day, json_option, said, tenant_option
from commands.plans import as_parts, in_words, schedule_of
from commands.wiring import App, open_app
from core.dsn import DeliveryReport, read_report
from core.engine.bounces import Found
from core.engine.crash import point
from core.engine.explain import find_invoice_ref
from core.engine.reading import number_of
from core.errors import ConfigError
from core.law import next_bank_day
from core.store.tenants import Tenant
from letters import KINDS, Extras, Letter, Logo, language_for, languages, render_letter, render_picture
from letters.sample import COUNTRIES, sample

__all__ = ["letters"]

PPI: Final = 144.0
FORMS: Final = (".pdf", ".png", ".html", ".txt")
ANSWER_DAYS: Final = 10
"""How long an offer stands unless told."""
FATES: Final[dict[Found, str]] = {
    "returned": "did not arrive: each is a task, see `kravbro claims tasks`.",
    "known": "did not arrive, as was known already.",
    "delayed": "delayed: the mail server still tries.",
    "delivered": "delivered.",
    "unknown": "about a mail that is no letter of this tenant.",
    "no_report": "no delivery report: left for a person to read.",
}  # fmt: skip
MAIL_MAX: Final = 20_000_000
"""A larger file is no delivery report; it is not read."""


@click.group()
def letters() -> None:
    """Look at the letters that go to debtors; offer instalments, take a letter back, note what came back."""


@letters.command()
@click.option("--kind", required=True, type=click.Choice(KINDS), help="Which letter.")
@click.option("--language", type=click.Choice(languages()), help="The language of its words; the tenant's country's unless told.")
@click.option("--country", type=click.Choice(COUNTRIES), help="Whose law says what it must contain; the tenant's unless told.")
@click.option("--tenant", "tenant_id", metavar="TENANT", help="Write it as this tenant: its company, logo, paragraphs and account.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your logo, PNG or SVG, 200 kB at most.")
@click.option("--before", default="", metavar="TEXT", help="A paragraph of your own above what the letter must say.")
@click.option("--after", default="", metavar="TEXT", help="A paragraph of your own below it.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file: .pdf, .png, .html or .txt.")
def preview(
    kind: str, language: str | None, country: str | None, tenant_id: str | None, logo: Path | None, before: str, after: str, out: Path
) -> None:
    """Write a letter of made-up companies to a file, as it would be printed (.pdf, .png) or stand in the mail (.html, .txt)."""
    app = open_app() if tenant_id else None
    country = country or (app.tenant(tenant_id).country if app and tenant_id else None)
    if country is None or (language is None and app is None):
        raise ConfigError("preview", "nothing says whose letter it is", "Give --country and --language, or --tenant.")
    letter = sample(next(one for one in KINDS if one == kind), language or language_for("", country), country)
    letter = as_tenant(app, app.tenant(tenant_id), letter) if app and tenant_id else letter
    own = letter.extras
    extras = Extras(Logo(logo.read_bytes()) if logo else own.logo, before or own.before, after or own.after)
    content = _form(replace(letter, extras=extras), out)
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes")


def as_tenant(app: App, tenant: Tenant, letter: Letter) -> Letter:
    """Return a made-up letter as a tenant would send it."""
    from core.engine.letters import creditor_party

    if tenant.company is None:
        raise ConfigError(
            f"tenant {tenant.id}", "its company was never reached", "Connect it: `kravbro connect` with the same --tenant and --org-no."
        )
    creditor = with_accounts(creditor_party(tenant.company), tenant.letters)
    extras = extras_of(tenant.letters, app.documents(tenant))
    return replace(letter, creditor=creditor, fi_creditor_no=creditor.fi_creditor_no, extras=extras)


def _form(letter: Letter, out: Path) -> bytes:
    form = out.suffix.lower()
    if form not in FORMS:
        raise ConfigError("--out", f"{out.name} ends with none of {', '.join(FORMS)}", "Give the file one of these endings.")
    if form == ".png":
        return render_picture(letter, PPI)[0]
    rendered = render_letter(letter)
    return {".pdf": rendered.pdf, ".html": rendered.html.encode(), ".txt": rendered.text.encode()}[form]


@letters.command()
@click.argument("ref")
@tenant_option
@click.option("--instalment", "parts", metavar="DAY=AMOUNT", multiple=True, required=True, help="A day and what is paid on it; once each.")
@click.option("--answer-by", help=f"The last day to accept; {ANSWER_DAYS} days from today, or the first instalment, unless told.")
def offer(ref: str, tenant_id: str, parts: tuple[str, ...], answer_by: str | None) -> None:
    """Offer the debtor of an invoice to pay by instalments; nothing is stopped until `kravbro claims plan INVOICE` says it accepted."""
    from core.engine import notes

    app = open_app()
    with app.owned(tenant_id, ports=True) as run:
        invoice = notes.read(run, find_invoice_ref(run, ref))
        schedule = schedule_of(parts, invoice, run.today)
        instalments = as_parts(run, invoice, schedule)
        first = schedule[0].due_on
        last = day("--answer-by", answer_by) or min(first, next_bank_day(run.tenant.country, run.today + timedelta(days=ANSWER_DAYS)))
        if not run.today <= last <= first:
            raise ConfigError("--answer-by", f"{last} is not between today and the first instalment", "Give a day that is.")
        note = notes.write(run, notes.Wanted("instalment_offer", (invoice,), last, "a person", instalments))
        with app.database.write() as connection:
            notes.plan(run, connection, note)
        point("plan.after_commit")
    click.echo(f"The offer about invoice {invoice.number}, to be answered by {last}, {in_words(note)}.")


@letters.command()
@click.argument("ref")
@tenant_option
def withdraw(ref: str, tenant_id: str) -> None:
    """Take the last letter about an invoice back: the debtor is told, and it counts no more, nor does its fee."""
    from core.engine import aftermath, notes
    from core.store import people

    app = open_app()
    with app.owned(tenant_id, ports=True) as run:
        invoice = notes.read(run, find_invoice_ref(run, ref))
        wanted = notes.withdrawal(run, invoice)
        note = notes.write(run, wanted)
        with app.database.write() as connection:
            notes.plan(run, connection, note)
            people.resolve_task(connection, tenant_id, aftermath.WITHDRAWAL, invoice.source_ref, "taken back", app.clock.now())
        point("plan.after_commit")
    click.echo(f"Our letter of {wanted.earlier_on} about invoice {invoice.number} is taken back; the letter that says so {in_words(note)}.")


@letters.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@tenant_option
@json_option
def bounces(path: Path, tenant_id: str, as_json_: bool) -> None:  # noqa: FBT001
    """Read what mail servers say of our letters: an .eml file, a folder of them, or a Maildir; nothing in it is changed."""
    from core.engine import bounces as engine

    app = open_app()
    with app.owned(tenant_id) as run:
        counted = engine.take(run, _reports(path))
    if as_json_:
        as_json(dict(counted))
        return
    for fate, words in FATES.items():
        if counted[fate]:
            click.echo(f"{counted[fate]} {words}")
    if not counted:
        click.echo(f"There is no mail in {path}.")


def _reports(path: Path) -> Iterator[DeliveryReport | None]:
    if path.is_dir() and (path / "new").is_dir() and (path / "cur").is_dir():
        maildir = mailbox.Maildir(path, create=False)
        for key in sorted(maildir.keys()):
            yield read_report(maildir.get_bytes(key))
        return
    files = sorted(one for one in path.iterdir() if one.suffix.lower() == ".eml") if path.is_dir() else [path]
    for file in files:
        yield read_report(file.read_bytes()) if file.stat().st_size <= MAIL_MAX else None


@letters.command()
@click.argument("ref")
@tenant_option
@click.option("--by-post", is_flag=True, help="Letters to the debtor go by post from now on.")
@click.option("--mail-again", metavar="WHY", callback=said, help="Mail to the address arrives again.")
def returned(ref: str, tenant_id: str, by_post: bool, mail_again: str | None) -> None:  # noqa: FBT001
    """Say what becomes of letters whose mail did not arrive, by an invoice they were about."""
    from core.engine import bounces as engine

    if by_post == bool(mail_again):
        raise ConfigError("returned", "say one thing", "Give one of --by-post, --mail-again.")
    app = open_app()
    with app.owned(tenant_id) as run:
        source_ref = find_invoice_ref(run, ref)
        if mail_again:
            engine.mail_goes_again(run, source_ref, mail_again)
        else:
            engine.post_instead(run, source_ref)
    where = "by mail again" if mail_again else "by post"
    click.echo(
        f"Letters to the debtor of invoice {number_of(run, source_ref)} go {where}; what did not arrive is written anew by the next run if it is still due."
    )
