"""Letters as PDF, HTML and plain text; the same letter always gives the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

import pypdf
import typst

from letters.letter import Letter, RenderedLetter
from letters.view import View, view_of

__all__ = ["render_letter", "render_print_queue"]

TEMPLATE: Final = Path(__file__).with_name("letter.typ")


def render_letter(letter: Letter) -> RenderedLetter:
    """Return a letter in all its forms; the PDF is PDF/A-2b, tagged, and made with the fonts that come with Typst."""
    view = view_of(letter)
    return RenderedLetter(view.subject, _text(view), _html(view), _pdf(view), view.file)


def render_print_queue(pdfs: Sequence[bytes]) -> bytes:
    """Return several PDFs as one, in order."""
    writer = pypdf.PdfWriter()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, ignore_system_fonts=True)


def _pdf(view: View) -> bytes:
    data = {"view": json.dumps(view.as_data(), ensure_ascii=False)}
    pdf = _compiler().compile(format="pdf", sys_inputs=data, pdf_standards=["a-2b"])
    assert isinstance(pdf, bytes), "one document gives one file"
    return pdf


def _text(view: View) -> str:
    pay = [f"{name}: {value}" for name, value in view.pay]
    rows = ["  ".join(cell for cell in row if cell) for row in view.table]
    facts = [f"{name}: {value}" for name, value in view.facts]
    return "\n".join([view.title, "", *view.recipient, "", *facts, "", *view.paragraphs, "", *pay, "", *rows, "", *view.closing, *view.sender[1:], ""])


def _html(view: View) -> str:
    """Return a page without scripts, styles from elsewhere or pictures: it must look right in any mail program."""
    pay = "".join(f'<tr><td style="padding:4px 16px 4px 0;color:#555">{escape(n)}</td><td><b>{escape(v)}</b></td></tr>' for n, v in view.pay)
    head = "".join(f'<th style="text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #333">{escape(name)}</th>' for name in view.table_head)
    rows = "".join(
        "<tr>" + "".join(f'<td style="padding:4px 12px 4px 0;border-bottom:1px solid #ddd">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in view.table
    )
    words = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in view.paragraphs)
    closing = "<br>".join(escape(line) for line in [*view.closing, *view.sender[1:]])
    return (
        f'<!doctype html><html lang="{escape(view.lang)}"><head><meta charset="utf-8"><title>{escape(view.subject)}</title></head>'
        f'<body style="font-family:Georgia,serif;font-size:16px;color:#111;max-width:640px"><h1 style="font-size:22px">{escape(view.title)}</h1>'
        f'<table style="background:#f4f4f4;padding:12px;margin:0 0 16px">{pay}</table>{words}'
        f'<table style="border-collapse:collapse;font-size:14px"><tr>{head}</tr>{rows}</table><p>{closing}</p></body></html>'
    )
