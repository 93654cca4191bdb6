"""Letters as PDF: tagged, for archives (PDF/A-2a) and screen readers (PDF/UA-1), the same bytes for the same letter."""

from __future__ import annotations

import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from core.errors import ConfigError, InvariantBrokenError
from letters.view import Table, View

__all__ = ["check_names", "layout_digest", "render_pdf", "render_png", "render_print_queue"]

LAYOUT: Final = Path(__file__).with_name("layout.typ")
ARCHIVABLE: Final = "a-2a"
ACCESSIBLE: Final = "ua-1"
BODY_WORD_MAX: Final = 60
BLOCK_WORD_MAX: Final = 30
CELL_WORD_MAX: Final = 14
"""A longer word may be broken anywhere: in a sentence, in an address or beside other columns, where lines are shorter."""

UNSHOWN: Final = "□"
SHOWN: Final = re.compile("[\u0020-\u007e\u00a0-\u02ad\u0300-\u036f\u0386-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2037€№™\u2212□]")
"""What the fonts inside typst can show (checked by a test): Latin, Greek, Cyrillic and their punctuation."""


def check_names(view: View) -> None:
    """Raise `ConfigError` where the sender's or addressee's name or address holds a sign that the fonts can't show: it says who is meant."""
    for text in (*view.sender, *view.recipient):
        unshown = next((char for char in unicodedata.normalize("NFC", text) if not SHOWN.match(char)), "")
        if unshown:
            wrong = f"{text!r} holds {unshown!r}, which its fonts (Latin, Greek and Cyrillic) can't show"
            raise ConfigError(f"letter {view.kind}", wrong, "Write name and address in Latin letters in the accounting system.")


def render_pdf(view: View) -> bytes:
    """Lay a letter out as PDF, or raise `ConfigError` for a logo that can't be drawn."""
    # Without a time stamp typst writes the letter's own day into the file, which PDF/A demands.
    pdf = _compiled(view, format="pdf", pdf_standards=[ARCHIVABLE, ACCESSIBLE])
    assert isinstance(pdf, bytes)
    return pdf


def render_png(view: View, ppi: float) -> list[bytes]:
    """Lay a letter out as one picture a page."""
    pages = _compiled(view, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def layout_digest(view: View) -> str:
    """Return a digest of all that decides how a letter looks: every string of it, and the layout."""
    return hashlib.sha256(_layout() + json.dumps(_data(view), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _compiled(view: View, **how: Any) -> bytes | list[bytes]:
    inputs = {"letter": json.dumps(_data(view), ensure_ascii=False)}
    try:
        made: bytes | list[bytes] = typst.compile(_layout(), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs, **how)
    except typst.TypstError as error:
        if view.logo is None:
            raise
        raise ConfigError("logo", f"it can't be drawn ({error.args[0]})", "Save it anew as PNG or SVG.") from None
    return made


def render_print_queue(pdfs: Sequence[bytes], *, duplex: bool = False) -> bytes:
    """Return the letters as one PDF to print; for `duplex` each starts on a sheet of its own."""
    # Loaded here: only whoever prints pays for it.
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    if not pdfs:
        raise InvariantBrokenError("a print queue has at least one letter")
    writer = PdfWriter()
    for place, pdf in enumerate(pdfs, start=1):
        try:
            pages = list(PdfReader(io.BytesIO(pdf)).pages)
        except PyPdfError:
            raise InvariantBrokenError(f"letter {place} of the print queue can be read as PDF") from None
        for page in pages:
            writer.add_page(page)
        # Otherwise the next debtor's letter would be printed on the back of this one.
        if duplex and len(pages) % 2 and place < len(pdfs):
            writer.add_blank_page()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _data(view: View) -> dict[str, object]:
    day = view.written_on
    return {
        "lang": view.lang,
        "region": view.region,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "subject": _shown(view.subject),
        "title": _shown(view.title),
        "sender": _all_shown(view.sender, BLOCK_WORD_MAX),
        "contact": _all_shown(view.contact, BLOCK_WORD_MAX),
        "recipient": _all_shown(view.recipient, BLOCK_WORD_MAX),
        "meta": [_all_shown((fact.label, fact.value), BLOCK_WORD_MAX) for fact in view.meta],
        "before": _shown(view.before),
        "intro": _shown(view.intro),
        "facts": [_all_shown((fact.label, fact.value), BLOCK_WORD_MAX) for fact in view.facts],
        "lines": [_all_shown((fact.label, fact.value)) for fact in view.lines],
        "tables": [_table(table) for table in view.tables],
        "body": _all_shown(view.body),
        "after": _shown(view.after),
        "signatures": _all_shown(view.signatures, BLOCK_WORD_MAX),
        "place_and_date": view.place_and_date,
        "greeting": view.greeting,
        "page": view.page,
        "scan": view.scan,
        "qr_alt": view.qr_alt,
        "qr": view.qr,
        "logo": list(view.logo.content) if view.logo else [],
        "logo_format": view.logo.format if view.logo else "",
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "head": _all_shown(table.head),
        "rows": [_all_shown(row, CELL_WORD_MAX) for row in table.rows],
        "sums": [_all_shown((fact.label, fact.value)) for fact in table.sums],
        "amounts": table.amounts,
    }


def _all_shown(texts: Sequence[str], word_length_max: int = BODY_WORD_MAX) -> list[str]:
    return [_shown(text, word_length_max) for text in texts]


def _shown(text: str, word_length_max: int = BODY_WORD_MAX) -> str:
    """Return text the fonts can show, with break points inside words too long for a line.

    PDF/A refuses a file with a missing glyph, and one Chinese sign in a text must not stop a letter (`check_names`: in a name it does).
    """
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(char if SHOWN.match(char) else UNSHOWN for char in composed)
    return re.sub(rf"[^\s]{{{word_length_max + 1},}}", _breakable, shown)


def _breakable(word: re.Match[str]) -> str:
    return "\u200b".join(word.group())


@cache
def _layout() -> bytes:
    return LAYOUT.read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
