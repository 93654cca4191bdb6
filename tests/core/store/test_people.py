"""What people are asked and told: once, and without spoiling the transaction that does it."""

from datetime import timedelta

from sqlalchemy import select

from core.store import people
from core.store.tables import tasks


def test_same_task_is_open_once(database, now):
    with database.write() as connection:
        assert people.add_task(connection, "a", "login", "a", "Connect again.", now) is True
        assert people.add_task(connection, "a", "login", "a", "Connect again.", now + timedelta(hours=1)) is False
        assert people.add_task(connection, "b", "login", "a", "Connect again.", now) is True
        assert len(connection.execute(select(tasks)).all()) == 2  # the transaction goes on


def test_task_comes_again_once_resolved(database, now):
    with database.write() as connection:
        people.add_task(connection, "a", "login", "a", "Connect again.", now)
        people.resolve_task(connection, "a", "login", "a", "done", now)
        assert people.add_task(connection, "a", "login", "a", "Connect again.", now + timedelta(days=1)) is True


def test_same_question_is_put_once(database, now):
    with database.write() as connection:
        assert people.ask(connection, "a", "d1", "remind", "remind 1", now) is True
        assert people.ask(connection, "a", "d1", "remind", "remind 1", now) is False
