"""What people are asked and told: once, and without spoiling the transaction that does it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.policy.facts import Hold, HoldKind
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


def held(connection):
    return {ref: [hold.id for hold in found] for (_, ref), found in people.list_holds(connection, "a", "SEK").items()}


def test_plan_takes_the_place_of_the_plan_before_it(database, now):
    with database.write() as connection:
        for id_, kind, ref in (
            ("p1", HoldKind.PLAN, "1"), ("h1", HoldKind.HOLD, "1"), ("p2", HoldKind.PLAN, "2"), ("p3", HoldKind.PLAN, "1"),
            ("p3", HoldKind.PLAN, "1"), ("h2", HoldKind.HOLD, "1"),
        ):  # fmt: skip
            people.add_hold(connection, "a", Hold(id_, kind, "invoice", "why", date(2025, 4, 15)), ref, now)
        assert held(connection) == {"1": ["h1", "h2", "p3"], "2": ["p2"]}


@pytest.mark.parametrize(("ref", "open_"), [("1", []), ("2", []), ("3", ["Correct it."])])
def test_task_about_several_invoices_is_resolved_by_each_of_them(database, now, ref, open_):
    with database.write() as connection:
        people.add_task(connection, "a", "letter_unwritten", "1", "Correct it.", now, {"invoices": ["1", "2"]})
        people.resolve_about(connection, "a", "incomplete", ["1"], "another kind", now)
        people.resolve_about(connection, "a", "letter_unwritten", [ref], "done", now)
        assert [task.text for task in people.list_tasks(connection, "a")] == open_
