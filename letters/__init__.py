"""The creditor's letters as PDF, HTML and text, worded per language in `letters/words`.

A language is a file there; a kind of letter is a table in each of them, its sentences (`letters/sentences.py`) and what it must say under
which law (`letters/mandatory.py`). The layout knows none of them. Nothing leaves here that lacks what it must say.
"""

from __future__ import annotations

from core.ports import RenderedLetter
from letters.cover import render_cover
from letters.letter import KINDS, Extras, InterestPart, Letter, LetterKind
from letters.logo import Logo
from letters.mailtext import render_html, render_text
from letters.mandatory import check_letter, check_said
from letters.pdf import check_names, render_pdf, render_png, render_print_queue
from letters.view import view_of
from letters.words import language_for, languages

__all__ = [
    "KINDS", "Extras", "InterestPart", "Letter", "LetterKind", "Logo", "language_for", "languages", "render_cover", "render_letter",
    "render_picture", "render_print_queue",
]  # fmt: skip


def render_letter(letter: Letter) -> RenderedLetter:
    """Return a letter in all its forms.

    Raises:
        ConfigError: there are no words for its language or kind; an account in it is none; it lacks what it must say under its law, gives too
            little time, holds what it must not say, or a name that its fonts can't show.
    """
    view = view_of(letter)
    check_letter(letter, view.country)
    check_names(view)
    text, html = render_text(view), render_html(view)
    check_said(view.kind, view.country, view.said, {"text": text, "html": html})
    return RenderedLetter(view.subject, text, html, render_pdf(view), view.file)


def render_picture(letter: Letter, ppi: float) -> list[bytes]:
    """Return each page as PNG."""
    view = view_of(letter)
    check_letter(letter, view.country)
    check_names(view)
    return render_png(view, ppi)
