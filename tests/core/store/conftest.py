"""A database for store tests: each runs on SQLite and on a throw-away PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.store.database import Database
from core.store.migrate import upgrade
from core.vault import Vault
from tests.schema import migrated

NOW = datetime(2025, 4, 15, 4, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    if request.param == "sqlite":
        database = migrated(tmp_path / "test.db")
    else:
        database = Database(request.getfixturevalue("empty_postgres_url"))
        upgrade(database)
    yield database
    database.close()


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def vault():
    vault = Vault(b"m" * 32)
    return vault.owner("tenant a", vault.new_data_key("tenant a"))
