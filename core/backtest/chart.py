"""A backtest as one picture: letters and claims by month, and below it what was overdue, in fact and under the assumption.

SVG written by hand: two panels of bars and lines need no library, and the same report gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

from core.backtest.report import Report

__all__ = ["chart"]

WIDTH, LEFT, RIGHT = 960, 90, 20
PANEL, GAP, TOP = 190, 60, 56
LETTERS, CLAIMS, ACTUAL, ASSUMED = "#4c78a8", "#e45756", "#333333", "#54a24b"


def chart(found: Report) -> str:
    """Return the chart as an SVG document."""
    done, months = found.replay, [one.month for one in found.months]
    currency = found.due.amount.currency
    height = TOP + 2 * PANEL + 2 * GAP + 50
    title = f"{done.policy}, {done.since} to {done.until}: what it would have done"
    lower = TOP + PANEL + GAP
    exponent = len(found.due.amount.text().partition(".")[2])
    overdue = [one.overdue.minor // 10**exponent for one in found.months]
    assumed = [one.overdue_assumed.minor // 10**exponent for one in found.months]
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        _text(LEFT, 22, title, size=15),
        *_legend(42, [(LETTERS, "letters"), (CLAIMS, "claims")]),
        *_bars(TOP, [one.letters for one in found.months], [one.claims.count for one in found.months]),
        *_months(TOP + PANEL, months),
        *_legend(lower - 14, [(ACTUAL, f"overdue at month's end, {currency}, as it was"), (ASSUMED, "under the assumption below")]),
        *_lines(lower, overdue, assumed),
        *_months(lower + PANEL, months),
        *(_text(LEFT, lower + PANEL + 40 + 16 * row, words) for row, words in enumerate(wrap(found.assumptions.sentences()[-1], 120))),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _bars(top: int, letters: Sequence[int], claims: Sequence[int]) -> Iterator[str]:
    most = max([*letters, *claims, 1])
    yield from _scale(top, most)
    slot = (WIDTH - LEFT - RIGHT) / max(len(letters), 1)
    for place, pair in enumerate(zip(letters, claims, strict=True)):
        for offset, (count, colour) in enumerate(zip(pair, (LETTERS, CLAIMS), strict=True)):
            tall = PANEL * count / most
            x = LEFT + slot * (place + 0.12 + 0.38 * offset)
            yield f'<rect x="{x:.1f}" y="{top + PANEL - tall:.1f}" width="{slot * 0.36:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _lines(top: int, actual: Sequence[int], assumed: Sequence[int]) -> Iterator[str]:
    most = max([*actual, *assumed, 1])
    yield from _scale(top, most)
    slot = (WIDTH - LEFT - RIGHT) / max(len(actual), 1)
    for values, colour, dash in ((actual, ACTUAL, ""), (assumed, ASSUMED, ' stroke-dasharray="6 4"')):
        points = " ".join(
            f"{LEFT + slot * (place + 0.5):.1f},{top + PANEL - PANEL * value / most:.1f}" for place, value in enumerate(values)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _scale(top: int, most: int) -> Iterator[str]:
    for part in range(5):
        y = top + PANEL - PANEL * part / 4
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield _text(LEFT - 8, y + 4, f"{most * part / 4:,.0f}".replace(",", " "), anchor="end")


def _months(y: int, months: Sequence[str]) -> Iterator[str]:
    slot = (WIDTH - LEFT - RIGHT) / max(len(months), 1)
    every = -(-len(months) // 13)
    for place, month in enumerate(months):
        if place % every == 0:
            yield _text(LEFT + slot * (place + 0.5), y + 16, month, anchor="middle")


def _legend(y: int, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    x = LEFT
    for colour, words in entries:
        yield f'<rect x="{x}" y="{y - 9}" width="12" height="10" fill="{colour}"/>'
        yield _text(x + 17, y, words)
        x += 40 + 7 * len(words)


def _text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="#333333">{escape(words)}</text>'
