"""The law as it holds here: the package's tables, and an operator's own rows and confirmations on top of them."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

import click

from core.errors import ConfigError
from core.law import TABLES, Law, load_law, parse_rows

__all__ = ["LAW_FILE", "home_folder", "law_file", "parse_law_file", "read_law", "rows_option"]

LAW_FILE: Final = "law.toml"
"""The operator's file in the home folder."""

_KNOWN: Final = frozenset({*TABLES, "country", "defaults", "confirmed", "confirmation"})

rows_option = click.option(
    "--rows",
    "rows_file",
    type=click.Path(path_type=Path),
    help='TOML with your own [[rate]] rows and confirmed = ["SE.rate.statutory.2025-01-01"], in place of the one runs read.',
)


def home_folder() -> Path:
    """Return the home folder (`KRAVBRO_HOME`)."""
    return Path(os.environ.get("KRAVBRO_HOME", "~/.kravbro")).expanduser()


def law_file(home: Path) -> Path:
    """Return the operator's file: the one `KRAVBRO_LAW_ROWS` names, else `law.toml` in the home folder."""
    named = os.environ.get("KRAVBRO_LAW_ROWS", "")
    return Path(named) if named else home / LAW_FILE


def read_law(home: Path, rows_file: Path | None = None) -> Law:
    """Return the law with the operator's file on top: the one given, else the one of `law_file`.

    Raises:
        ConfigError: the file can't be read, or something in it is wrong; that there is no `law.toml` is no mistake.
    """
    chosen = rows_file or law_file(home)
    if chosen == home / LAW_FILE and not chosen.exists():
        return load_law()
    where = f"--rows {rows_file}" if rows_file else f"KRAVBRO_LAW_ROWS {chosen}" if os.environ.get("KRAVBRO_LAW_ROWS") else str(chosen)
    try:
        text = chosen.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is no UTF-8 text"
        raise ConfigError(where, f"can't be read ({why})", "Give a TOML file.") from None
    return parse_law_file(text, where)


def parse_law_file(text: str, where: str) -> Law:
    """Return the law with what an operator's file says on top, or raise `ConfigError` with what is wrong in it."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ConfigError(where, f"is no TOML ({problem})", "Correct it.") from None
    unknown = sorted(raw.keys() - _KNOWN)
    if unknown:  # a misspelt [[rates]] would otherwise add nothing, in silence
        raise ConfigError(where, f"unknown key {unknown[0]!r}", f"Use {', '.join(sorted(_KNOWN))}.")
    for table in TABLES:
        if not isinstance(raw.get(table, []), list):
            raise ConfigError(where, f"{table} is no table of rows", f"Write each row under [[{table}]].")
    return load_law(parse_rows(raw, where), (*_confirmed(raw, where), *_confirmations(raw, where)))


def _confirmed(raw: dict[str, Any], where: str) -> list[str]:
    confirmed = raw.get("confirmed", [])
    if not isinstance(confirmed, list) or not all(isinstance(key, str) for key in confirmed):
        raise ConfigError(where, "confirmed is no list of row keys", 'Write confirmed = ["SE.rate.statutory.2025-01-01"].')
    return confirmed


def _confirmations(raw: dict[str, Any], where: str) -> list[str]:
    """Read the tables that the command `law confirm` writes."""
    found = raw.get("confirmation", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) and isinstance(one.get("row"), str) for one in found):
        raise ConfigError(where, "a confirmation names no row", 'Write row = "SE.rate.statutory.2025-01-01" under [[confirmation]].')
    return [one["row"] for one in found]
