"""A logo is small and loads nothing; it stands in the PDF, and the PDF still conforms."""

import struct
import zlib
from dataclasses import replace

import pytest

from core.errors import ConfigError
from letters import Extras, Letter, Logo, render_letter
from letters.logo import SIDE_MAX, SIZE_MAX
from letters.sample import sample

SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><path d="M0 0h9v3z" fill="#a00"/></svg>'


def png(side: int = 8) -> bytes:
    """A red square with an alpha channel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\xaa\0\0\x80" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def letter(content: bytes) -> Letter:
    return replace(sample("notice", "sv", "SE"), extras=Extras(logo=Logo(content)))


@pytest.mark.parametrize("content", [SVG, png()])
def test_logo_is_drawn(content: bytes) -> None:
    bare = render_letter(sample("notice", "sv", "SE"))
    with_logo = render_letter(letter(content))
    assert with_logo.pdf != bare.pdf
    assert (with_logo.text, with_logo.html) == (bare.text, bare.html)  # mail programs would ask before they show it


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>", '<image href="file:///etc/passwd"/>', '<a href="https://x.example"><path/></a>', "<text>a</text>",
        '<rect fill="url(https://x.example/a)"/>', "<style>@import 'x';</style>", "<foreignObject/>", '<use href="#a"/>',
        "<image xlink:href='data:image/png;base64,'/>",
    ],
)  # fmt: skip
def test_logo_that_loads_is_refused(inside: str) -> None:
    with pytest.raises(ConfigError, match="not allowed in an SVG"):
        Logo(SVG.replace(b"</svg>", inside.encode() + b"</svg>"))


@pytest.mark.parametrize("inside", ['<path fill="url(#g)"/>', "<style>.a{fill:#fff}</style>", "<g/>"])
def test_logo_that_loads_nothing_is_taken(inside: str) -> None:
    assert Logo(SVG.replace(b"</svg>", inside.encode() + b"</svg>")).format == "svg"


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<html></html>", b"\xff\xd8\xff", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>"])
def test_other_file_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match="logo: "):
        Logo(content)


def test_large_logo_is_refused() -> None:
    with pytest.raises(ConfigError, match="bytes, more than"):
        Logo(SVG + b" " * SIZE_MAX)
    with pytest.raises(ConfigError, match="pixels"):
        Logo(png()[:16] + struct.pack(">II", SIDE_MAX + 1, 1) + png()[24:])


@pytest.mark.parametrize("content", [png()[:40], SVG[:-6]])
def test_broken_logo_is_told(content: bytes) -> None:
    with pytest.raises(ConfigError, match="it can't be drawn"):
        render_letter(letter(content))
