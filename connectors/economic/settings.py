"""What an operator can set for an e-conomic agreement, and the check of it before any request is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.ports import Setting

__all__ = ["SETTINGS", "Settings", "read_settings"]

VERSIONS: Final = "journalsapi=v15.0.0 bookedEntriesapi=v4.0.0 documentsapi=v4.0.1 accountingyearsapi=v2.0.1 customersapi=v3.1.0"
"""Each service has a version of its own in its address; these are the ones whose schemas we read."""

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting("app_secret_token", "The app's secret token, from the e-conomic developer agreement.", required=True, secret=True),
    Setting("grant_token", "The agreement's grant token; `kravbro connect` fetches it.", required=True, secret=True, fixed=True),
    Setting("agreement_number", "The agreement's number; `kravbro connect` finds it.", required=True, fixed=True),
    Setting("app_public_token", "The app's public token, for the page on which access is granted.", fixed=True),
    Setting("rest_url", "Where the REST host answers.", default="https://restapi.e-conomic.com", fixed=True),
    Setting("apis_url", "Where the services answer.", default="https://apis.e-conomic.com", fixed=True),
    Setting("secure_url", "Where access is granted.", default="https://secure.e-conomic.com", fixed=True),
    Setting("versions", "The version of each service, as NAME=VERSION separated by spaces.", default=VERSIONS),
    Setting("payment_mode", "Code of our own journal, which is then called Inkasso (CODE).", default="KB", fixed=True),
    Setting("payment_sign", "Sign of a customer payment's amount in a journal: minus or plus.", default="minus", choices=("minus", "plus")),
    Setting("bank_accounts", "Accounts that are bank accounts: numbers and ranges.", default="5820"),
    Setting(
        "mark",
        "How a claim's status is shown: contact (a contact of our own on the customer) or none.",
        default="contact",
        choices=("contact", "none"),
    ),
)

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
RANGE: Final = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
VERSION: Final = re.compile(r"(\w+api)=(v\d+\.\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one agreement, checked."""

    app_secret_token: str
    grant_token: str
    agreement_number: str
    app_public_token: str
    rest_url: str
    apis_url: str
    secure_url: str
    versions: Mapping[str, str]
    payment_mode: str
    payment_sign: str
    bank_accounts: tuple[range, ...]
    mark: str

    def __repr__(self) -> str:
        return f"Settings(agreement_number={self.agreement_number!r})"


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
    for name in ("app_secret_token", "grant_token", "app_public_token"):
        if not values[name].isascii():
            raise _wrong(name, "has a letter or sign that no token has", "Copy it again from e-conomic.")
    if not values["agreement_number"].isdecimal():
        raise _wrong("agreement_number", "is not a whole number", "It stands beside the company's name in e-conomic.")
    if not re.fullmatch(r"\w{1,10}", values["payment_mode"]):
        raise _wrong("payment_mode", "must be 1 to 10 letters and digits", "The default is KB.")
    return Settings(
        app_secret_token=values["app_secret_token"],
        grant_token=values["grant_token"],
        agreement_number=values["agreement_number"],
        app_public_token=values["app_public_token"],
        rest_url=_url("rest_url", values),
        apis_url=_url("apis_url", values),
        secure_url=_url("secure_url", values),
        versions=_versions(values["versions"]),
        payment_mode=values["payment_mode"],
        payment_sign=values["payment_sign"],
        bank_accounts=_ranges(values["bank_accounts"]),
        mark=values["mark"],
    )


def _url(name: str, values: Mapping[str, str]) -> str:
    """Return a base address; plain HTTP is for simulators on this machine only."""
    parts = urlsplit(values[name])
    host = parts.hostname or ""
    plain = parts.scheme == "http" and (host in LOOPBACK or host.endswith((".test", ".localhost")))
    if not host or parts.query or parts.username or not (plain or parts.scheme == "https"):
        raise _wrong(name, "is not an https address", "Leave it out to use e-conomic's own.")
    return values[name].rstrip("/")


def _versions(text: str) -> dict[str, str]:
    """Return the version of each service we use; one that is not named keeps its default."""
    found = dict(VERSION.findall(VERSIONS))
    for part in text.split():
        match = VERSION.fullmatch(part)
        if match is None or match[1] not in found:
            raise _wrong("versions", f"{part!r} names no service and version", "Write for instance journalsapi=v15.0.0.")
        found[match[1]] = match[2]
    return found


def _ranges(text: str) -> tuple[range, ...]:
    found = []
    for part in text.replace(",", " ").split():
        match = RANGE.fullmatch(part)
        if match is None:
            raise _wrong("bank_accounts", f"{part!r} is no account and no range", "Write for instance 5820 or 5820-5829.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise _wrong("bank_accounts", f"{part!r} goes from a higher account to a lower", f"Write {last}-{first}.")
        found.append(range(first, last + 1))
    return tuple(found)


def _wrong(name: str, wrong: str, todo: str) -> ConfigError:
    return ConfigError(f"economic.{name}", wrong, todo)
