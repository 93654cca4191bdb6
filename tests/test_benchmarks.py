"""What is measured is what it is said to be; how long it takes is no test."""

from collections import Counter

from benchmarks.backtest import SINCE, UNTIL, past
from benchmarks.lines import SHARES, TODAY, lines
from core.law import load_law
from core.policy import load_policy, load_template, stage

STAGES = {
    "not_due": "not_due", "waiting": "waiting", "to_remind": "remind", "reminded": "waiting", "to_hand_over": "handover",
    "at_the_agency": "handed_over", "held": "held", "disputed": "held",
}  # fmt: skip


def test_lines_stand_where_they_say():
    law, policy = load_law(), load_policy(load_template("se-standard"), "se-standard")
    found = {(line.where, str(stage(line.facts, policy, law, TODAY).stage)) for line in lines(400)}
    assert found == set(STAGES.items())


def test_lines_are_the_same_each_time():
    assert lines(50) == lines(50)
    assert Counter(line.where for line in lines(2000)).keys() == SHARES.keys()


def test_past_lies_in_the_period():
    found = past(200)
    assert found == past(200)
    assert all(SINCE <= one.due_on <= UNTIL for one in found)
