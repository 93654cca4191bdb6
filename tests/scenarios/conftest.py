"""One process types all the commands of a story; each would compile every statement anew."""

from functools import cache

import pytest

from commands import wiring


@pytest.fixture(autouse=True)
def one_database_per_url(monkeypatch):
    monkeypatch.setattr(wiring, "Database", cache(wiring.Database))
