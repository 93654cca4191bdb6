"""`kravbro letters`: look at each letter before any is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from core.errors import ConfigError
from letters import KINDS, Extras, Letter, Logo, languages, render_letter, render_picture
from letters.sample import COUNTRIES, sample

__all__ = ["letters"]

PPI: Final = 144.0
FORMS: Final = (".pdf", ".png", ".html", ".txt")


@click.group()
def letters() -> None:
    """Look at the letters that go to debtors."""


@letters.command()
@click.option("--kind", required=True, type=click.Choice(KINDS), help="Which letter.")
@click.option("--language", required=True, type=click.Choice(languages()), help="The language of its words.")
@click.option("--country", required=True, type=click.Choice(COUNTRIES), help="Whose law says what it must contain.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your logo, PNG or SVG, 200 kB at most.")
@click.option("--before", default="", metavar="TEXT", help="A paragraph of your own above what the letter must say.")
@click.option("--after", default="", metavar="TEXT", help="A paragraph of your own below it.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file: .pdf, .png, .html or .txt.")
def preview(kind: str, language: str, country: str, logo: Path | None, before: str, after: str, out: Path) -> None:
    """Write a letter of made-up companies to a file, as it would be printed (.pdf, .png) or stand in the mail (.html, .txt)."""
    extras = Extras(Logo(logo.read_bytes()) if logo else None, before, after)
    letter = sample(next(one for one in KINDS if one == kind), language, country, extras)
    content = _form(letter, out)
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes")


def _form(letter: Letter, out: Path) -> bytes:
    form = out.suffix.lower()
    if form not in FORMS:
        raise ConfigError("--out", f"{out.name} ends with none of {', '.join(FORMS)}", "Give the file one of these endings.")
    if form == ".png":
        return render_picture(letter, PPI)[0]
    rendered = render_letter(letter)
    return {".pdf": rendered.pdf, ".html": rendered.html.encode(), ".txt": rendered.text.encode()}[form]
