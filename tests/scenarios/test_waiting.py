"""A run says for what each invoice waits that is due, and the command that lets it go."""

import json
from datetime import timedelta
from types import SimpleNamespace

from core.engine.waiting import waits_for
from core.policy.facts import Decision, Mode, Stage
from tests.story import START


def test_run_says_what_invoices_wait_for(story):
    first, second = story.invoice(), story.invoice(due=START - timedelta(days=20))
    story.days(1)
    for number in (first, second):
        story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.days(9)
    told = " ".join(story.type("run", "--tenant", "t").split())
    assert "Nothing was done. Due, and waiting: 2; `kravbro claims explain INVOICE --tenant t` tells all of one." in told
    assert f"2 invoices, first {second}: " in told or f"2 invoices, first {first}: " in told
    assert "we talk" in told and "`kravbro claims release " in told and "release INVOICE" not in told
    (row,) = json.loads(story.type("run", "--tenant", "t", "--json"))["waits_for"]
    assert (row["reason"], row["invoices"]) == ("held_hold", 2)
    tried = " ".join(story.type("policy", "dry-run", "--tenant", "t").split())
    assert "Due, and waiting: 2; " in tried and "`kravbro claims release " in tried


def test_run_names_no_reason_where_nothing_waits(story):
    story.invoice()
    story.days(1)
    assert "waiting" not in story.type("run", "--tenant", "t")
    assert json.loads(story.type("run", "--tenant", "t", "--json"))["waits_for"] == []


def test_what_could_not_be_read_is_named_too():
    unread = Decision(Stage.REMIND, None, Mode.OFF, (), blocked=True)
    (row,) = waits_for([(SimpleNamespace(invoice=SimpleNamespace(number=number)), unread) for number in ("7", "8")])
    assert (row["reason"], row["invoices"], row["invoice"]) == ("unread", 2, "7")
    assert waits_for([(None, unread._replace(blocked=False))]) == []
