"""The people's browser in `kravbro demo`: it opens the address that a command tells, picks the company on the vendor's page, and approves."""

from __future__ import annotations

import io
import re
import threading
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import requests

from core.errors import InvariantBrokenError

__all__ = ["Screen", "approve"]

ADDRESS: Final = re.compile(r"here:\n(http\S+)")
TIMEOUT_S: Final = 90.0
"""The page that ends a consent comes once the command is done."""


class Screen(io.StringIO):
    """What a command prints; where it asks somebody to approve in the browser, somebody does, for this company."""

    def __init__(self, company: str = "") -> None:
        super().__init__()
        self._company, self._browser = company, None

    _browser: threading.Thread | None

    def write(self, text: str, /) -> int:
        """Print, and open the address that is asked for."""
        written = super().write(text)
        found = ADDRESS.search(self.getvalue())
        if found and self._browser is None:
            self._browser = threading.Thread(target=approve, args=(found[1], self._company), daemon=True)
            self._browser.start()
        return written

    def wait(self) -> None:
        """Wait until the browser has shown its last page."""
        if self._browser is not None:
            self._browser.join(TIMEOUT_S)


def approve(address: str, company: str) -> None:
    """Open a consent page, pick the company by its name and approve; the vendor sends the browser back to the command."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=TIMEOUT_S)
        form = _Form()
        form.feed(page.text)
        if company not in form.companies:
            raise InvariantBrokenError(f"the page at {page.url.partition('?')[0]} does not name {company}")
        fields = {**form.hidden, form.picker: form.companies[company], "decision": "approve"}
        browser.post(urljoin(page.url, form.action), data=fields, timeout=TIMEOUT_S)


class _Form(HTMLParser):
    """The form of a consent page: its hidden fields, and the companies that can be picked."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.picker, self._value = "", "", ""
        self.hidden: dict[str, str] = {}
        self.companies: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag == "select":
            self.picker = given["name"]
        self._value = given["value"] if tag == "option" else ""

    def handle_data(self, data: str) -> None:
        """Note the name of a company that can be picked."""
        if self._value:
            self.companies[data] = self._value
