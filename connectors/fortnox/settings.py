"""What an operator can set for a Fortnox company, and the check of it before any request is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.ports import Setting

__all__ = ["SETTINGS", "Settings", "read_settings"]

DEFAULT_SCOPE: Final = "bookkeeping companyinformation connectfile customer inbox invoice payment settings"
"""What the official scope table asks for the resources we use (https://www.fortnox.se/developer, "Scopes")."""

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("client_id", "The integration's client id, from the Fortnox Developer Portal.", required=True, fixed=True),
    Setting("client_secret", "The integration's client secret.", required=True, secret=True),
    Setting("tenant_id", "The company's TenantId (DatabaseNumber); `kravbro connect` finds it.", required=True, fixed=True),
    Setting(
        "auth",
        "client_credentials (survives a lost token) or authorization_code (refresh tokens that rotate).",
        default="client_credentials",
        fixed=True,
        choices=("client_credentials", "authorization_code"),
    ),
    Setting("scope", "The scopes to ask consent for, separated by spaces.", default=DEFAULT_SCOPE, fixed=True),
    Setting("api_url", "Where the API answers; https, or http on this machine.", default="https://api.fortnox.se", fixed=True),
    Setting("apps_url", "Where the OAuth server answers.", default="https://apps.fortnox.se", fixed=True),
    Setting(
        "mark",
        "How an invoice is marked: external_reference or label.",
        default="external_reference",
        choices=("external_reference", "label"),
    ),
    Setting("label", "The label for marks; a person creates it in Fortnox (at most 25 characters).", default="Inkasso"),
    Setting("payment_mode", "Code of our own mode of payment.", default="KB", fixed=True),
    Setting("bank_accounts", "Accounts that are bank accounts: numbers and ranges.", default="1920-1999"),
    Setting("pledged_accounts", "Receivable accounts of pledged invoices; empty saves one request per detail.", default="1512"),
    Setting(
        "write_off_sign", "Sign of WriteOffs.Amount that lowers the balance: plus or minus.", default="plus", choices=("plus", "minus")
    ),
    Setting(
        "foreign_balance",
        "Currency of Balance on a foreign invoice: invoice, book, or unsure (part-paid ones are then set aside).",
        default="unsure",
        choices=("invoice", "book", "unsure"),
    ),
    Setting(
        "tax_reduction_balance",
        "Whether Balance of a ROT/RUT invoice is the customer's share or the whole.",
        default="share",
        choices=("share", "whole"),
    ),
)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
RANGE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one company, checked."""

    client_id: str
    client_secret: str
    tenant_id: str
    auth: str
    scope: str
    api_url: str
    apps_url: str
    mark: str
    label: str
    payment_mode: str
    bank_accounts: tuple[range, ...]
    pledged_accounts: tuple[range, ...]
    write_off_sign: str
    foreign_balance: str
    tax_reduction_balance: str

    def __repr__(self) -> str:
        return f"Settings(tenant_id={self.tenant_id!r})"


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
        if setting.choices and values[setting.name] not in setting.choices:
            raise _wrong(setting.name, f"{values[setting.name]!r} is not possible", f"Use one of {', '.join(setting.choices)}.")
    return _checked(values)


def _checked(values: Mapping[str, str]) -> Settings:
    if not values["tenant_id"].isdecimal():
        raise _wrong("tenant_id", "is not a whole number", "It is DatabaseNumber in Fortnox's company settings.")
    if len(values["label"]) > 25 or not values["label"]:
        raise _wrong("label", "must have 1 to 25 characters", "Fortnox takes no longer labels.")
    if not re.fullmatch(r"\w{1,10}", values["payment_mode"]):
        raise _wrong("payment_mode", "must be 1 to 10 letters and digits", "The default is KB.")
    texts: dict[str, Any] = {name: values[name] for name in values if not name.endswith(("_url", "_accounts"))}
    return Settings(
        **texts,
        api_url=_url("api_url", values),
        apps_url=_url("apps_url", values),
        bank_accounts=_ranges("bank_accounts", values),
        pledged_accounts=_ranges("pledged_accounts", values),
    )


def _url(name: str, values: Mapping[str, str]) -> str:
    """Return a base address; plain HTTP is for simulators on this machine only."""
    parts = urlsplit(values[name])
    host = parts.hostname or ""
    plain = parts.scheme == "http" and (host in LOOPBACK or host.endswith((".test", ".localhost")))
    if not host or parts.query or parts.username or not (plain or parts.scheme == "https"):
        raise _wrong(name, "is not an https address", "Leave it out to use Fortnox's own.")
    return values[name].rstrip("/")


def _ranges(name: str, values: Mapping[str, str]) -> tuple[range, ...]:
    found = []
    for part in values[name].replace(",", " ").split():
        match = RANGE.fullmatch(part)
        if match is None:
            raise _wrong(name, f"{part!r} is no account and no range", "Write for instance 1920-1999 or 1512.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise _wrong(name, f"{part!r} goes from a higher account to a lower", f"Write {last}-{first}.")
        found.append(range(first, last + 1))
    return tuple(found)


def _wrong(name: str, wrong: str, todo: str) -> ConfigError:
    return ConfigError(f"fortnox.{name}", wrong, todo)
