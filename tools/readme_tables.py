"""Fills the tables of the connectors' READMEs from their `SETTINGS` and `DELIVERIES`, between the marks that stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from commands.wiring import CONNECTORS, load_adapter
from core.capabilities import tables

__all__ = ["filled", "readmes"]


def readmes() -> Iterator[tuple[Path, str]]:
    """Yield the README of each of our connectors with the text that it should have."""
    for name in CONNECTORS:
        path = Path(f"connectors/{name}/README.md")
        settings, deliveries = tables(load_adapter("connector", name))
        yield path, filled(filled(path.read_text(encoding="utf-8"), "settings", settings), "deliveries", deliveries)


def filled(text: str, name: str, table: str) -> str:
    """Return a text with a table between its marks `<!-- name -->` and `<!-- end -->`; a text without them is an error."""
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert len(marks.findall(text)) == 1, f"there is no place for the table of {name}"
    return marks.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)
