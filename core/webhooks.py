"""Standard Webhooks: signs what we send and checks what we get (https://www.standardwebhooks.com, version 1.0.0).

The signature is HMAC-SHA256 over `id.timestamp.body`, base64, with `v1,` in front. Several secrets are given while one
replaces another: each of them signs, and a match with any of them is enough.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as chance
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from core.errors import ConfigError

__all__ = ["SignatureError", "new_secret", "sign", "verify"]

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
TOLERANCE: Final = timedelta(minutes=5)
ID: Final = re.compile(r"[!-\-/-~]+", re.ASCII)
"""What an id may hold: printable, and no full stop, which would let it pass for a part of the signed text."""

SECONDS: Final = re.compile(r"\d{1,12}", re.ASCII)

_REASONS: Final = {
    "header": "a webhook header is missing or malformed",
    "too_old": "it was signed too long ago",
    "too_new": "it was signed in the future: compare the clocks",
    "signature": "no signature matches",
}


class SignatureError(ValueError):
    """A webhook that nobody with our secret sent just now; `code` tells why."""

    def __init__(self, code: Literal["header", "too_old", "too_new", "signature"]) -> None:
        self.code = code
        super().__init__(f"The webhook is refused: {_REASONS[code]}.")


def new_secret() -> str:
    """Return a fresh signing secret, as it is given to the receiver."""
    return PREFIX + base64.b64encode(chance.token_bytes(SECRET_BYTES)).decode()


def sign(secrets: Sequence[str], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a webhook, signed with every secret; the bytes sent must be these bytes."""
    if not ID.fullmatch(message_id):
        raise SignatureError("header")
    seconds = str(int(moment.timestamp()))
    signatures = " ".join(_signature(_key(secret), message_id, seconds, body) for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": signatures}


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a webhook, to be remembered for ever: what has this id was seen.

    Raises:
        SignatureError: a header is wrong, the time is too far from ours on either side, or no signature matches.
    """
    found = {name.lower(): value for name, value in headers.items()}
    message_id, seconds = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    if not ID.fullmatch(message_id) or not SECONDS.fullmatch(seconds):
        raise SignatureError("header")
    age_s = now.timestamp() - int(seconds)
    if abs(age_s) > TOLERANCE.total_seconds():
        raise SignatureError("too_old" if age_s > 0 else "too_new")
    expected = [_signature(_key(secret), message_id, seconds, body).encode() for secret in secrets]
    given = [signature.encode() for signature in found.get("webhook-signature", "").split(" ")]
    # Every pair is compared, so that the time taken tells nothing about which one came close.
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in given]
    if not any(matches):
        raise SignatureError("signature")
    return message_id


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ConfigError("webhook secret", f"it is not base64 after {PREFIX}", "Copy it again from the sender's settings.")
    return key


def _signature(key: bytes, message_id: str, seconds: str, body: bytes) -> str:
    signed = hmac.new(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
