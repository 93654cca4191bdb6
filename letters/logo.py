"""The client's logo: PNG or SVG, small, and without anything that would be loaded from elsewhere."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final, Literal

from core.errors import ConfigError

__all__ = ["Logo"]

SIZE_MAX: Final = 200_000
SIDE_MAX: Final = 4_000
PNG: Final = b"\x89PNG\r\n\x1a\n"
LOADING: Final = re.compile(
    r"<!(doctype|entity)|<\s*(script|foreignobject|image|text|use)\b|@import|\bhref\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)", re.IGNORECASE
)
"""What an SVG may not hold: other files, scripts, or text in fonts that a letter does not carry."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was looked at.

    Raises:
        ConfigError: it is too large, of another kind, or would load something.
    """

    content: bytes

    def __post_init__(self) -> None:
        if len(self.content) > SIZE_MAX:
            raise _refused(f"it has {len(self.content)} bytes, more than {SIZE_MAX}", "Save it smaller.")
        if self.format == "png":
            # The header's first chunk says how large the picture becomes when it is unpacked.
            size = struct.unpack(">II", self.content[16:24]) if len(self.content) > 24 else (0, 0)
            if not all(0 < side <= SIDE_MAX for side in size):
                raise _refused(f"its sides are not between 1 and {SIDE_MAX} pixels", "Save it smaller.")
        elif found := LOADING.search(self.svg):
            raise _refused(f"{found.group()!r} is not allowed in an SVG", "Save it as plain paths, without text, pictures and links.")

    @property
    def format(self) -> Literal["png", "svg"]:
        """What kind of picture it is, by its first bytes."""
        if self.content.startswith(PNG):
            return "png"
        if re.match(r"(<\?xml[^>]*>)?\s*(<!--.*?-->\s*)*<svg\b", self.svg.lstrip("\ufeff \r\n\t"), re.DOTALL):
            return "svg"
        raise _refused("it is neither PNG nor SVG", "Save it as one of them.")

    @property
    def svg(self) -> str:
        """The picture as text, "" where it is none."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError:
            return ""


def _refused(wrong: str, todo: str) -> ConfigError:
    return ConfigError("logo", wrong, todo)
