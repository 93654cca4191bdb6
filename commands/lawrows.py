"""The law as it holds here: the package's tables, and an operator's own rows and confirmations on top of them."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigError
from core.law import Law, load_law, parse_rows
from core.law.rows import TABLES

__all__ = ["LAW_FILE", "home_folder", "read_law"]

LAW_FILE: Final = "law.toml"
"""The operator's file in the home folder."""

_KNOWN: Final = frozenset({*TABLES, "country", "defaults", "confirmed"})


def home_folder() -> Path:
    """Return the home folder (`KRAVBRO_HOME`)."""
    return Path(os.environ.get("KRAVBRO_HOME", "~/.kravbro")).expanduser()


def read_law(home: Path, rows_file: Path | None = None) -> Law:
    """Return the law with the operator's file on top: the one given, else `KRAVBRO_LAW_ROWS`, else `law.toml` in the home folder.

    Raises:
        ConfigError: the file can't be read, or something in it is wrong; that there is no `law.toml` is no mistake.
    """
    named = os.environ.get("KRAVBRO_LAW_ROWS", "")
    chosen = rows_file or (Path(named) if named else home / LAW_FILE)
    if chosen == home / LAW_FILE and not chosen.exists():
        return load_law()
    where = f"--rows {rows_file}" if rows_file else f"KRAVBRO_LAW_ROWS {chosen}" if named else str(chosen)
    raw = _read(chosen, where)
    return load_law(parse_rows(raw, where), raw.get("confirmed", ()))


def _read(file: Path, where: str) -> dict[str, Any]:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(where, f"can't be read ({problem.strerror})", "Give a TOML file.") from None
    except ValueError as problem:
        raise ConfigError(where, f"is no TOML ({problem})", "Correct it.") from None
    unknown = sorted(raw.keys() - _KNOWN)
    if unknown:  # a misspelt [[rates]] would otherwise add nothing, in silence
        raise ConfigError(where, f"unknown key {unknown[0]!r}", f"Use {', '.join(sorted(_KNOWN))}.")
    for table in TABLES:
        if not isinstance(raw.get(table, []), list):
            raise ConfigError(where, f"{table} is no table of rows", f"Write each row under [[{table}]].")
    confirmed = raw.get("confirmed", [])
    if not isinstance(confirmed, list) or not all(isinstance(key, str) for key in confirmed):
        raise ConfigError(where, "confirmed is no list of row keys", 'Write confirmed = ["SE.rate.statutory.2025-01-01"].')
    return raw
