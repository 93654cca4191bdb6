"""Delivery status notifications (RFC 3464): what a mail server says of a mail of ours that it could not deliver.

The report is a `multipart/report` with a part `message/delivery-status` of blocks, one for the mail and one for each recipient, and
mostly the mail itself or its headers (RFC 6522), by whose Message-ID it is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from typing import Final, Literal

__all__ = ["DeliveryReport", "read_report"]

Fate = Literal["failed", "delayed", "delivered"]
ACTIONS: Final[dict[str, Fate]] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
IDS: Final = re.compile(r"<([^<>\s]+)>")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a mail.

    Attributes:
        message_ids: whose mail it may be: the returned mail's own id, else those that the report answers; without brackets.
        fate: "failed" where any recipient failed for good; "delayed" is no failure yet.
        status: the code of RFC 3463, e.g. "5.1.1", or "".
    """

    message_ids: tuple[str, ...]
    fate: Fate
    status: str


def read_report(raw: bytes) -> DeliveryReport | None:
    """Read a delivery report; None for any other mail, such as an answer of a person or an out-of-office note."""
    message = message_from_bytes(raw)
    parts = message.get_payload()
    if message.get_content_type() != "multipart/report" or not isinstance(parts, list):
        return None
    known = [part for part in parts if isinstance(part, Message)]
    blocks = [block for part in known if part.get_content_type() == "message/delivery-status" for block in _blocks(part)]
    told = [(fate, block) for block in blocks if (fate := ACTIONS.get(_field(block, "Action").lower())) is not None]
    if not told:
        return None
    fate, block = next((one for one in told if one[0] == "failed"), told[0])
    status = STATUS.search(_field(block, "Status"))
    return DeliveryReport(_ids(message, known), fate, status.group() if status else "")


def _blocks(part: Message) -> list[Message]:
    blocks = part.get_payload()
    return [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []


def _ids(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """Return the Message-ID of the mail that came back, or what the report answers where it brings none."""
    for part in parts:
        original = _original(part)
        found = IDS.findall(_field(original, "Message-ID")) if original is not None else []
        if found:
            return (str(found[0]),)
    answered = " ".join(_field(message, name) for name in ("In-Reply-To", "References"))
    return tuple(dict.fromkeys(IDS.findall(answered)))


def _original(part: Message) -> Message | None:
    kind, payload = part.get_content_type(), part.get_payload()
    if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return payload[0]
    if kind in ("text/rfc822-headers", "message/rfc822-headers"):
        text = part.get_payload(decode=True)
        return message_from_string(text.decode("utf-8", "replace")) if isinstance(text, bytes) else None
    return None


def _field(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())
