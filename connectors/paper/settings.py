"""What can be set for books kept by hand, and the check of it before any request is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.ports import Setting

__all__ = ["SETTINGS", "Settings", "read_settings"]

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("api_url", "Where the books answer: https, or http on this machine.", required=True, fixed=True),
    Setting("api_key", "The key of the company's books.", required=True, secret=True),
    Setting("payment_mode", "Code of our own way of payment.", default="KB", fixed=True),
)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one company, checked."""

    api_url: str
    api_key: str = field(repr=False)
    payment_mode: str


def read_settings(given: Mapping[str, str]) -> Settings:
    """Return the settings with their defaults; raises `ConfigError` for the first that is missing or wrong."""
    known = {setting.name: setting.default for setting in SETTINGS}
    for name in given:
        if name not in known:
            raise _wrong(name, "is no setting of this connector", f"Known are {', '.join(known)}.")
    values = known | {name: value.strip() for name, value in given.items()}
    for setting in SETTINGS:
        if setting.required and not values[setting.name]:
            raise _wrong(setting.name, "is missing", setting.help)
    if not values["payment_mode"].isalnum():
        raise _wrong("payment_mode", "must be letters and digits", "The default is KB.")
    parts = urlsplit(values["api_url"])
    plain = parts.scheme == "http" and (parts.hostname in LOOPBACK or str(parts.hostname).endswith(".test"))
    if not parts.hostname or parts.query or parts.username or not (plain or parts.scheme == "https"):
        raise _wrong("api_url", "is no https address", "Write it like https://books.example, or http://127.0.0.1:8183 on this machine.")
    return Settings(values["api_url"].rstrip("/"), values["api_key"], values["payment_mode"])


def _wrong(name: str, wrong: str, todo: str) -> ConfigError:
    return ConfigError(f"paper.{name}", wrong, todo)
