"""One process types all the commands of a story; each would compile every statement anew."""

from functools import cache

import pytest

from commands import wiring


@pytest.fixture(autouse=True)
def one_database_per_url(request, monkeypatch):
    """Not where a test is about how the database is opened, or replaces its file."""
    if request.node.get_closest_marker("opens_database") is None:
        monkeypatch.setattr(wiring, "Database", cache(wiring.Database))
