"""The creditor's letters: a reminder as PDF, HTML and text, worded per language in `letters/words`.

A language is a file there, a kind of letter a table in each of them; the layout knows neither.
"""

from __future__ import annotations

from core.ports import RenderedLetter
from letters.cover import render_cover
from letters.letter import Letter, LetterKind
from letters.mailtext import render_html, render_text
from letters.pdf import render_pdf, render_print_queue
from letters.view import view_of
from letters.words import language_for, languages

__all__ = ["Letter", "LetterKind", "language_for", "languages", "render_cover", "render_letter", "render_print_queue"]


def render_letter(letter: Letter) -> RenderedLetter:
    """Return a letter in all its forms, or raise `ConfigError` for a language or kind there are no words for."""
    view = view_of(letter)
    return RenderedLetter(view.subject, render_text(view), render_html(view), render_pdf(view), view.file)
