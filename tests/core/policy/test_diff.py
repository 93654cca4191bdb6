"""What moves when one policy takes the place of another, why, and what does not."""

from dataclasses import replace

import pytest

from core.policy import load_policy, load_template, parse_override, with_override
from core.policy.diff import move_json, moves
from core.policy.facts import Action, Mode, Stage

CAUTIOUS = load_policy(load_template("se-cautious"), "se-cautious")


def compare(bench, facts, after, on):
    return moves([(facts, bench.policy, after)], bench.law, on)


def changed(bench, **step):
    first, *others = bench.policy.steps
    return replace(bench.policy, steps=(replace(first, **step), *others))


def test_another_release_is_a_move(bench):
    (move,) = compare(bench, bench.facts(), CAUTIOUS, bench.remind_on)
    assert (move.before.mode, move.after.mode) == (Mode.AUTO, Mode.ASK)
    assert [reason.id for reason in move.why_after] == ["asks_a_person"]


def test_another_day_is_a_move(bench):
    later = changed(bench, after_days=14)
    (move,) = compare(bench, bench.facts(), later, bench.remind_on)
    assert (move.before.action, move.after.action, move.after.stage) == (Action.REMIND, None, Stage.WAITING)
    told = move_json(move, bench.remind_on)
    assert (told["before"]["on"], told["after"]["on"]) == ("2025-04-07", "2025-04-14")
    assert told["after"]["reasons"][0]["text"].startswith("The policy's step is to remind, from 2025-04-14.")


@pytest.mark.parametrize("facts", [{"open": 0}, {"leave_alone": ("pledged",)}])
def test_what_no_policy_acts_on_stays(bench, facts):
    given = {name: value if name != "open" else bench.facts().invoice.open - bench.facts().invoice.open for name, value in facts.items()}
    assert compare(bench, bench.facts(**given), changed(bench, after_days=14), bench.remind_on) == []


def test_same_policy_moves_nothing(bench):
    longer = with_override(bench.policy, parse_override("extra_days = 0"), None)
    assert compare(bench, bench.facts(), longer, bench.remind_on) == []


def test_other_lines_of_the_document_are_no_move(bench):
    assert compare(bench, bench.facts(), changed(bench, line=99), bench.remind_on) == []
