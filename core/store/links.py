"""Links that let whoever has them do one thing for one tenant, without a login: a note sealed under the tenant's data key, in an address.

Nobody can make or alter one without that key (AES-GCM, whose tag is compared in constant time), nor use it for another tenant or another thing.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import Final

from core.errors import ConfigError
from core.vault import OwnerVault

__all__ = ["SETTINGS_LIFE", "open_note", "open_settings_link", "seal_note", "seal_settings_link"]

SETTINGS_LIFE: Final = timedelta(hours=1)
"""Long enough for an accountant to be at the desk, too short for a link in an old mail to be of use to anybody else."""

_SETTINGS: Final = "settings link"


def seal_note(vault: OwnerVault, kind: str, *parts: str) -> str:
    """Return the part of an address that carries these texts; `kind` is what it is for."""
    return base64.urlsafe_b64encode(vault.seal(kind, json.dumps(parts).encode())).rstrip(b"=").decode()


def open_note(vault: OwnerVault, kind: str, sealed: str) -> list[str] | None:
    """Return the texts of a link of this kind, or None where we made no such link."""
    try:
        note = vault.open(kind, base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True))
    except (ConfigError, binascii.Error, ValueError):
        return None
    parts: list[str] = json.loads(note)
    return parts


def seal_settings_link(vault: OwnerVault, now: datetime) -> str:
    """Return the part of an address that shows and changes the tenant's settings for `SETTINGS_LIFE` from now."""
    return seal_note(vault, _SETTINGS, (now + SETTINGS_LIFE).isoformat())


def open_settings_link(vault: OwnerVault, sealed: str) -> datetime | None:
    """Return the moment at which a link to the settings ends, past or to come, or None where we made no such link."""
    parts = open_note(vault, _SETTINGS, sealed)
    return None if parts is None else datetime.fromisoformat(parts[0])
