"""What an operator can set for an eAccounting company, and the check of it before any request is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.ports import Setting

__all__ = ["SETTINGS", "Settings", "is_plain_address", "read_settings"]

DEFAULT_SCOPE: Final = "ea:api offline_access ea:sales ea:purchase_readonly ea:accounting"
"""What the operations that are called ask for; bank accounts stand behind a purchase scope, vouchers behind accounting."""

SERVICE: Final = "44643EB1-3F76-4C1C-A672-402AE8085934"
"""The vendor's own id of eAccounting (https://developer.vismaonline.com/docs/authentication)."""

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("client_id", "The application's client id, from the vendor's API support.", required=True, fixed=True),
    Setting("client_secret", "The application's client secret.", required=True, secret=True),
    Setting("scope", "The scopes to ask consent for, separated by spaces.", default=DEFAULT_SCOPE, fixed=True),
    Setting(
        "api_url", "Where the API answers; https, or http on this machine.", default="https://eaccountingapi.vismaonline.com", fixed=True
    ),
    Setting("identity_url", "Where the identity server answers.", default="https://identity.vismaonline.com", fixed=True),
    Setting("service", "The service whose companies the picker shows.", default=SERVICE, fixed=True),
    Setting("payment_mode", "Name of the bank account that stands for the clearing account.", default="Inkasso", fixed=True),
    Setting("receivable_accounts", "Accounts of receivables: numbers and ranges.", default="1510-1519"),
    Setting(
        "tax_reduction_balance",
        "Whether RemainingAmount of a ROT/RUT invoice is the customer's share or the whole.",
        default="share",
        choices=("share", "whole"),
    ),
    Setting(
        "mark",
        "How an invoice is marked: note (beside the invoice) or link (a partner link, see link_url).",
        default="note",
        choices=("note", "link"),
    ),
    Setting("link_url", "Where a partner link leads; {invoice} becomes the invoice's number.", default=""),
    Setting("hold_label", "A customer with this label is left alone; empty looks for none.", default="Ej inkasso"),
)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
RANGE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")
MANDATORY: Final = ("ea:api", "offline_access", "ea:sales", "ea:accounting")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one company, checked."""

    client_id: str
    client_secret: str
    scope: str
    api_url: str
    identity_url: str
    service: str
    payment_mode: str
    receivable_accounts: tuple[range, ...]
    tax_reduction_balance: str
    mark: str
    link_url: str
    hold_label: str

    def __repr__(self) -> str:
        return f"Settings(client_id={self.client_id!r})"

    @property
    def may_add_bank_accounts(self) -> bool:
        """Whether the scopes asked for let us create the bank account that stands for the clearing account."""
        return "ea:purchase" in self.scope.split()


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


def is_plain_address(url: str) -> bool:
    """Tell whether an address is plain HTTP to a simulator: on this machine, or under a name nobody else can have."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and (host in LOOPBACK or host.endswith((".test", ".localhost")))


def _checked(values: Mapping[str, str]) -> Settings:
    missing = [scope for scope in MANDATORY if scope not in values["scope"].split()]
    if missing:
        raise _wrong("scope", f"lacks {' '.join(missing)}", f"The default is {DEFAULT_SCOPE}.")
    if not 1 <= len(values["payment_mode"]) <= 50:
        raise _wrong("payment_mode", "must have 1 to 50 characters", "The default is Inkasso.")
    if values["mark"] == "link" and not values["link_url"]:
        raise _wrong("link_url", "is missing", "A partner link leads somewhere: give its address, or use mark=note.")
    if values["link_url"] and not values["link_url"].startswith("https://"):
        raise _wrong("link_url", "is not an https address", "Write for instance https://kravbro.example/invoices/{invoice}.")
    texts: dict[str, Any] = {name: values[name] for name in values if name not in ("api_url", "identity_url", "receivable_accounts")}
    return Settings(
        **texts,
        api_url=_url("api_url", values),
        identity_url=_url("identity_url", values),
        receivable_accounts=_ranges("receivable_accounts", values),
    )


def _url(name: str, values: Mapping[str, str]) -> str:
    """Return a base address; plain HTTP is for simulators on this machine only."""
    parts = urlsplit(values[name])
    if not parts.hostname or parts.query or parts.username or not (is_plain_address(values[name]) or parts.scheme == "https"):
        raise _wrong(name, "is not an https address", "Leave it out to use Visma's own.")
    return values[name].rstrip("/")


def _ranges(name: str, values: Mapping[str, str]) -> tuple[range, ...]:
    found = []
    for part in values[name].replace(",", " ").split():
        match = RANGE.fullmatch(part)
        if match is None:
            raise _wrong(name, f"{part!r} is no account and no range", "Write for instance 1510-1519 or 1510.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise _wrong(name, f"{part!r} goes from a higher account to a lower", f"Write {last}-{first}.")
        found.append(range(first, last + 1))
    if not found:
        raise _wrong(name, "names no account", "The default is 1510-1519.")
    return tuple(found)


def _wrong(name: str, wrong: str, todo: str) -> ConfigError:
    return ConfigError(f"visma.{name}", wrong, todo)
