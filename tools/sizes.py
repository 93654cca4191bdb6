"""Prints how long functions and files are, beside Fava's figures; fails over 100 and 600 lines."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

FOLDERS = ("cli.py", "commands", "core", "connectors", "agencies", "letters", "portal", "simulators")
FUNCTION_MAX, FILE_MAX = 100, 600
ALLOWED: dict[str, str] = {
    "core/store/migrations/versions/0001_the_first_schema.py:upgrade": "written by Alembic: every table of the first schema",
}
"""File or file:function → the reason why it may be longer."""


def main() -> None:
    """Measure every file and function."""
    files = [path for name in FOLDERS for path in ([Path(name)] if name.endswith(".py") else sorted(Path(name).rglob("*.py")))]
    functions: list[tuple[int, str]] = []
    lengths: list[tuple[int, str]] = []
    positional: list[tuple[int, str]] = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        lengths.append((sum(1 for line in text.splitlines() if line.strip()), str(path)))
        found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        functions += [(_length(node), f"{path}:{node.name}") for node in found]
        positional += [(len(node.args.posonlyargs) + len(node.args.args), f"{path}:{node.name}") for node in found]
    sizes = sorted(size for size, _ in functions)
    mean, p95 = statistics.mean(sizes), sizes[int(len(sizes) * 0.95)]
    print(f"functions: {len(sizes)}, mean {mean:.1f} lines, p95 {p95} (Fava: 8.5, 29)")
    print(f"positional arguments: most {max(positional)}")
    median = statistics.median(size for size, _ in lengths)
    print(f"files: {len(lengths)}, median {median:.0f} lines, longest {max(lengths)} (Fava: 127, 938)")
    long_ = [f"{name}: {size} lines" for size, name in functions if size > FUNCTION_MAX and name not in ALLOWED]
    long_ += [f"{name}: {size} lines" for size, name in lengths if size > FILE_MAX and name not in ALLOWED]
    if long_:
        sys.exit("Too long:\n" + "\n".join(long_))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without its docstring."""
    end = node.end_lineno or node.lineno
    lines = end - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


if __name__ == "__main__":
    main()
