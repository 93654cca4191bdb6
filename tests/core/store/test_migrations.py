"""Migrations: they make the tables that are declared, nothing is lost on the way, and a lost key is not replaced."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text

from core.errors import ConfigError
from core.store import tenants
from core.store.database import Database
from core.store.migrate import _config, has_owners, upgrade
from core.store.tables import METADATA, differences, feed_state
from core.vault import Vault

BILLIONS = 10**13 * 100


def test_migrations_make_the_declared_tables(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_keeps_large_amounts(database, now):
    row = {
        "tenant": "a",
        "kind": "k",
        "subject": "s",
        "currency": "SEK",
        "text": "",
        "first_seen_on": now.date(),
        "last_seen_on": now.date(),
    }
    with database.write() as connection:
        connection.execute(insert(differences).values(minor=BILLIONS, **row))
        assert connection.execute(select(differences.c.minor)).scalar() == BILLIONS


def test_upgrade_keeps_rows_and_indexes(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO holds VALUES ('h', 'a', 'invoice', '1', 'hold', '', 5, '2025-04-15', NULL, '', NULL, '')"))
        connection.commit()
    upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT amount_minor FROM holds")).scalar() == 5
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_letter_taken_back_before_stays_so_for_each_of_its_invoices(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        for ordinal, (key, why) in enumerate((("a", "withdrawn"), ("b", "returned"))):
            connection.execute(text(f"INSERT INTO voided_letters VALUES ('t', '{key}', '{why}', '', '', 0, '2026-01-01')"))
            for number in (1, 2):
                connection.execute(
                    text(f"INSERT INTO intent_subjects VALUES ('{key}', 'invoice:{number}', 't', 'send_letter', {ordinal}, 0)")
                )
        connection.commit()
    upgrade(database)
    with database.read() as connection:
        moved = connection.execute(text("SELECT intent_id, subject FROM withdrawn_letters ORDER BY subject")).all()
        assert [tuple(row) for row in moved] == [("a", "invoice:1"), ("a", "invoice:2")]
        assert connection.execute(text("SELECT intent_id FROM voided_letters")).scalars().all() == ["b"]


def test_every_database_has_its_own_epoch(tmp_path):
    epochs = set()
    for number in range(2):  # at the same place, one after the other
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
        upgrade(database)
        upgrade(database)  # a second time keeps it
        with database.read() as connection:
            epochs.add(connection.execute(select(feed_state.c.epoch)).scalar_one())
        database.close()
        (tmp_path / "test.db").unlink()
        assert len(epochs) == number + 1


def test_tells_whether_it_has_owners(database, now):
    assert has_owners(database) is False
    with database.write() as connection:
        tenants.add_agency(connection, Vault(b"m" * 32), id="nord", name="N", adapter="feed", now=now)
    assert has_owners(database) is True


def test_asking_makes_no_file(tmp_path):
    assert has_owners(Database(f"sqlite:///{tmp_path / 'none.db'}")) is False
    assert not (tmp_path / "none.db").exists()


def test_file_is_private(tmp_path):
    path = tmp_path / "test.db"
    path.touch(mode=0o644)
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.write():
        modes = {part.name: part.stat().st_mode & 0o777 for part in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("test.db", "test.db-wal", "test.db-shm"), 0o600)


@pytest.mark.parametrize("verb", ["init", "upgrade"])
def test_lost_master_key_is_not_replaced(story, verb):
    (story.home / "master.key").unlink()
    assert "Put the key file back" in story.type("db", verb, code=2)
    assert not (story.home / "master.key").exists()


def test_new_home_is_private(tmp_path, monkeypatch):
    from commands.wiring import open_app

    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path / "home"))
    with pytest.raises(ConfigError, match="no Kravbro here"):
        open_app()
    open_app(create=True)
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
