"""Letters as the body of an e-mail: plain text, and HTML that every mail program shows without loading anything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape
from typing import Final

from letters.view import Fact, Table, View

__all__ = ["render_html", "render_text"]

WIDTH: Final = 72
LABEL_MAX: Final = 36
FONT: Final = "font-family:Georgia,'Times New Roman',serif;font-size:16px;line-height:1.5;color:#1b2b38"
QUIET: Final = "font-size:13px;color:#5a6873"
CELL: Final = "padding:6px 8px;border-bottom:1px solid #c3ccd3;font-size:14px"


def render_text(view: View) -> str:
    """Lay a letter out as plain text."""
    blocks = [
        "\n".join(view.recipient),
        *(_wrapped(text) for text in (view.before, view.intro) if text),
        _listed((*view.facts, *view.lines)),
        *(block for table in view.tables for block in _table_text(table)),
        *(_wrapped(paragraph) for paragraph in (*view.body, view.after) if paragraph),
        *(f"{view.place_and_date}: {'_' * 40}\n{name}" for name in view.signatures),
        "\n".join((view.greeting, *view.sender)),
        "\n".join((*view.contact, *(f"{fact.label}: {fact.value}" for fact in view.meta))),
    ]
    # The no-break spaces have kept amounts together while wrapping; as text people copy them into bank forms.
    return "\n\n".join([view.title.upper(), *blocks]).translate({0xA0: " ", 0x202F: " "}) + "\n"


def render_html(view: View) -> str:
    """Lay a letter out as HTML, with every value escaped and every style in place; it loads nothing, not even the logo."""
    facts = "".join(
        f'<tr><td style="padding:4px 16px;{QUIET}">{escape(fact.label)}</td>'
        f'<td style="padding:4px 16px;font-size:18px;font-weight:bold">{escape(fact.value)}</td></tr>'
        for fact in view.facts
    )
    lines = "".join(
        f'<tr><td colspan="2" style="padding:4px 16px;{QUIET}">{escape(fact.label)}<br>'
        f'<span style="font-family:monospace;word-break:break-all;color:#1b2b38">{escape(fact.value)}</span></td></tr>'
        for fact in view.lines
    )
    tables = "".join(map(_table_html, view.tables))
    before = _paragraph(view.before) if view.before else ""
    body = "".join(_paragraph(paragraph) for paragraph in (*view.body, view.after) if paragraph)
    signatures = "".join(_paragraph(f"{view.place_and_date}: {'_' * 30} {name}") for name in view.signatures)
    meta = (f"{fact.label}: {fact.value}" for fact in view.meta)
    return f"""<!DOCTYPE html>
<html lang="{escape(view.lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(view.subject)}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#ffffff">
<div style="max-width:640px;margin:0 auto;{FONT}">
<h1 style="margin:0 0 14px;font-size:24px;line-height:1.25">{escape(view.title)}</h1>
<p style="margin:0 0 14px;{QUIET}">{_lines(view.recipient)}</p>
{before}<p style="margin:0 0 18px">{escape(view.intro)}</p>
<table role="presentation" style="width:100%;margin:0 0 20px;background:#eef3f6;border-collapse:collapse">
<tr><td style="padding:6px"></td><td></td></tr>{facts}{lines}<tr><td style="padding:6px"></td><td></td></tr>
</table>
{tables}{body}{signatures}<p style="margin:20px 0 14px">{escape(view.greeting)}<br><strong>{escape(view.sender[0])}</strong></p>
<p style="margin:0;padding-top:12px;border-top:1px solid #c3ccd3;{QUIET}">{_lines((*view.sender[1:], *view.contact, *meta))}</p>
</div>
</body>
</html>
"""


def _table_text(table: Table) -> Iterable[str]:
    yield from (_listed(map(Fact, table.head, row)) for row in table.rows)
    if table.sums:
        yield _listed(table.sums)


def _table_html(table: Table) -> str:
    head = "".join(f'<th scope="col" style="{_cell(table, at)};{QUIET}">{escape(label)}</th>' for at, label in enumerate(table.head))
    rows = "".join(
        "<tr>" + "".join(f'<td style="{_cell(table, at)}">{escape(value)}</td>' for at, value in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    sums = "".join(
        f'<tr><td colspan="{len(table.head) - 1}" style="{CELL}">{escape(fact.label)}</td>'
        f'<td style="{CELL};text-align:right;white-space:nowrap;font-weight:bold">{escape(fact.value)}</td></tr>'
        for fact in table.sums
    )
    return f"""<table style="width:100%;margin:0 0 20px;border-collapse:collapse">
<thead><tr>{head}</tr></thead>
<tbody>{rows}{sums}</tbody>
</table>
"""


def _paragraph(text: str) -> str:
    return f'<p style="margin:0 0 14px">{escape(text)}</p>\n'


def _cell(table: Table, at: int) -> str:
    return f"{CELL};text-align:{'right;white-space:nowrap' if at >= len(table.head) - table.amounts else 'left'}"


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(escape(text) for text in texts)


def _listed(facts: Iterable[Fact]) -> str:
    """List labels and values in two columns; a label too long for that has its value on the next line."""
    pairs = list(facts)
    width = max((len(fact.label) for fact in pairs if len(fact.label) <= LABEL_MAX), default=0) + 2
    return "\n".join(
        f"{fact.label + ':':<{width}}{fact.value}" if len(fact.label) <= LABEL_MAX else f"{fact.label}:\n{'':<{width}}{fact.value}"
        for fact in pairs
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
