"""The short mail around a reminder that the accounting system wrote: whose it is and which invoice, no second reminder."""

from __future__ import annotations

from html import escape
from typing import Final

from core.claim import Party
from core.ports import RenderedLetter
from letters.mailtext import FONT
from letters.texts import clean, slug
from letters.words import words_of

__all__ = ["render_cover"]

PARAGRAPH: Final = '<p style="margin:0 0 14px">'


def render_cover(language: str, creditor: Party, invoice_no: str) -> RenderedLetter:
    """Return the mail without a PDF of its own, or raise `ConfigError` for a language there are no words for."""
    words = words_of(language, "cover")
    name, number = clean(creditor.name), clean(invoice_no)
    lines = [words.say("text", number=number), words.say("answer")]
    signed = [words.label("greeting"), name, *(clean(contact) for contact in (creditor.phone, creditor.email) if contact)]
    text = "\n\n".join([*lines, "\n".join(signed)]) + "\n"
    body = "".join(f"{PARAGRAPH}{escape(line)}</p>\n" for line in lines)
    html = f"""<!DOCTYPE html>
<html lang="{escape(words.lang)}">
<head><meta charset="utf-8"><title>{escape(words.say("subject", number=number, creditor=name))}</title></head>
<body style="margin:0;padding:24px 12px;background:#ffffff">
<div style="max-width:640px;margin:0 auto;{FONT}">
{body}{PARAGRAPH}{"<br>".join(escape(line) for line in signed)}</p>
</div>
</body>
</html>
"""
    return RenderedLetter(words.say("subject", number=number, creditor=name), text, html, b"", f"{words.say('file')}-{slug(number)}.pdf")
