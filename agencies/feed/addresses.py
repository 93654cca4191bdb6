"""Where a webhook may go: only to a public address, and to the very address that was checked.

An address is chosen by the agency, so it could point into our own network (OWASP API7:2023). The name is resolved once,
every address it has must be public, and the connection goes to one of those: a second look-up could answer differently.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

Resolver = Callable[[str, int], list[str]]

EMBEDDING: Final = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
"""IPv6 ranges that carry an IPv4 address, perhaps a private one, which Python calls public (RFC 6052, RFC 8215, RFC 3056)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address: what to connect to, and what to ask for there."""

    scheme: str
    ip: str
    port: int
    host: str
    path: str

    @property
    def host_header(self) -> str:
        """The Host header: the name that was asked for, with its port unless that is the usual one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _port(self.scheme) else f"{name}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def find_address(url: str, *, allow_private: bool, resolver: Resolver = resolve) -> Address | None:
    """Return where to connect, or None where the address is not allowed.

    Raises:
        OSError: the name can't be resolved now.
    """
    parsed = _parse(url)
    if parsed is None or parsed.host is None or parsed.auth is not None:
        return None
    if parsed.scheme != "https" and not (allow_private and parsed.scheme == "http"):
        return None
    host, port = parsed.host.strip("[]"), parsed.port or _port(parsed.scheme)
    found = resolver(host, port)
    if not found or not (allow_private or all(_is_public(ip) for ip in found)):
        return None
    return Address(parsed.scheme, found[0], port, host, parsed.request_uri)


def _parse(url: str) -> Url | None:
    try:
        return parse_url(url)
    except LocationParseError:
        return None


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _is_public(text: str) -> bool:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:  # a scoped address (fe80::1%eth0) is never public
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in EMBEDDING)
