"""Writes the package of a new connector; its methods are the port's own, each raising a sentence that says what to fill in."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from string import Template
from typing import Final

from connectors.contract.bench import Bench
from core.errors import ConfigError
from core.ports import Channel, Onboards, Reads

__all__ = ["check_name", "write_package"]

TEMPLATES: Final = Path(__file__).parent / "connector_template"
LINE_MAX: Final = 140
NAME: Final = re.compile(r"[a-z][a-z0-9]{1,19}")
PARTS: Final = {"connector.py": (Reads, Channel, Onboards), "bench.py": (Bench,)}
"""The files that implement protocols, and which."""


def check_name(name: str, known: Collection[str]) -> None:
    """Raise `ConfigError` for what can't be a connector's name, or is one's already."""
    if not NAME.fullmatch(name):
        raise ConfigError("NAME", f"{name!r} can't be a connector's name", "Use 2 to 20 small letters and digits, beginning with a letter.")
    if name in known:
        raise ConfigError(
            "NAME", f"there is a connector {name} already", "Choose another name; `kravbro connectors list` shows those there are."
        )


def write_package(name: str, folder: Path) -> Iterator[Path]:
    """Write a connector's package into a new folder, and yield each file that was written.

    Raises:
        ConfigError: the folder is there already.
    """
    if folder.exists():
        raise ConfigError(str(folder), "it is there already", "Give another --folder; nothing is ever written over.")
    package = f"kravbro_{name}"
    (folder / package).mkdir(parents=True)
    for template in sorted(TEMPLATES.glob("*.txt")):
        file = template.name.removesuffix(".txt")
        path = folder / file if file == "pyproject.toml" else folder / package / file
        methods = "\n".join(method for protocol in PARTS.get(file, ()) for method in _methods(protocol, f"{package}/{file}"))
        filled = Template(template.read_text(encoding="utf-8")).substitute(
            name=name, Name=name.capitalize(), package=package, methods=methods
        )
        path.write_text(filled.rstrip("\n") + "\n", encoding="utf-8")
        yield path


def _methods(protocol: type, where: str) -> Iterator[str]:
    """Yield each method of a protocol as it stands there, with its docstring, but for its body."""
    for name, method in vars(protocol).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        source = inspect.getsource(method)
        assert source.endswith("        ...\n"), f"{protocol.__name__}.{name} has a body"
        promise = (inspect.getdoc(method) or "").partition("\n")[0].replace('"', "'")
        says = f"{where}: {name} is not filled in yet. {promise}"
        line = f'        raise NotImplementedError("{says}")'
        if len(line) > LINE_MAX:
            line = f'        raise NotImplementedError(\n            "{says}"\n        )'
        yield f"{source.removesuffix('        ...' + chr(10))}{line}\n"
