"""Where a key of a TOML document stands; `tomllib` itself tells, fed one statement at a time.

No library that is well kept gives positions of keys, and an own reader of TOML would differ from `tomllib` one day. A
statement is the shortest run of lines that `tomllib` can read alone: no part of a longer statement can be read alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["line_of"]

Path = tuple[str | int, ...]


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line of a key, else of the nearest table around it that is written, else 1."""
    places: dict[Path, int] = {}
    for found, line in _places(text):
        places.setdefault(found, line)
    wanted = tuple(path)
    return next((places[wanted[:size]] for size in range(len(wanted), 0, -1) if wanted[:size] in places), 1)


def _places(text: str) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    counts: dict[Path, int] = {}
    for line, raw, is_header in _statements(text):
        paths = list(_walk(raw))
        if is_header:
            table = _entered(paths[-1], counts)
            yield table, line
        else:
            yield from (((*table, *path), line) for path in paths)


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any], bool]]:
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    while start < len(lines):
        for end in range(start + 1, len(lines) + 1):
            try:
                raw = tomllib.loads("\n".join(lines[start:end]))
            except tomllib.TOMLDecodeError:
                continue
            if raw:
                yield start + 1, raw, lines[start].lstrip().startswith("[")
            break
        start = end


def _entered(path: Path, counts: dict[Path, int]) -> Path:
    """Return a header's path, with the place among the `[[…]]` of its name that it, or a table it is in, has there."""
    found: Path = ()
    for place, part in enumerate(path):
        if part == 0:
            counts[*found, 0] = counts.get((*found, 0), -1) + 1
            found = (*found, counts[*found, 0])
        else:
            found = (*found, part)
            inside = path[place + 1 :] not in ((), (0,))
            found = (*found, counts[*found, 0]) if inside and (*found, 0) in counts else found
    return found


def _walk(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _walk(inner, (*path, key))
