"""What moves when one policy takes the place of another, why, and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.policy import load_policy, load_template, parse_override, with_override
from core.policy.diff import Change, changes, move_json, moves
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


def released(bench, mode, **step):
    *others, last = bench.policy.steps
    return replace(bench.policy, steps=(*others, replace(last, mode=mode, **step)))


def test_another_release_of_the_last_step_is_a_move(bench):
    for today in (bench.handover_on, bench.handover_on - timedelta(days=1)):
        (move,) = compare(bench, bench.reminded(), released(bench, Mode.ASK), today)
        assert (move.before.mode, move.after.mode) == (Mode.AUTO, Mode.ASK)
    assert move.before.action is None


def test_another_release_of_what_never_comes_is_no_move(bench):
    off = replace(bench.policy.steps[0], mode=Mode.OFF)
    auto, ask = (replace(released(bench, mode), steps=(off, released(bench, mode).steps[1])) for mode in (Mode.AUTO, Mode.ASK))
    assert moves([(bench.facts(), auto, ask)], bench.law, bench.handover_on) == []


def test_move_is_told_as_plain_values(bench):
    (move,) = compare(bench, bench.facts(), changed(bench, after_days=14), bench.remind_on)
    told = move_json(move, bench.remind_on)
    assert {name: told[name] for name in ("invoice", "debtor", "open", "due_on")} == {
        "invoice": "1", "debtor": "Alfa AB", "open": "1000.00 SEK", "due_on": "2025-03-31",
    }  # fmt: skip
    before, after = (dict(told[name]) for name in ("before", "after"))
    assert [reason["id"] for reason in before.pop("reasons")] == ["step", "counted_from_due", "books_fresh", "law"]
    assert [reason["id"] for reason in after.pop("reasons")] == ["step", "counted_from_due"]
    assert before == {"stage": "remind", "action": "remind", "mode": "auto", "on": "2025-04-07", "blocked": False}
    assert after == {"stage": "waiting", "action": "remind", "mode": "auto", "on": "2025-04-14", "blocked": False}


def test_move_to_a_later_policy_that_acts_today(bench):
    (move,) = moves([(bench.facts(), changed(bench, after_days=14), bench.policy)], bench.law, bench.remind_on)
    assert move_json(move, bench.remind_on)["after"]["on"] == "2025-04-07"


def test_move_to_where_nothing_comes(bench):
    off = replace(bench.policy, steps=tuple(replace(step, mode=Mode.OFF) for step in bench.policy.steps))
    (move,) = compare(bench, bench.facts(), off, bench.remind_on)
    told = move_json(move, bench.remind_on)["after"]
    assert (told["stage"], told["action"], told["mode"], told["on"]) == ("waiting", None, None, None)


@pytest.mark.parametrize("facts", [{"open": 0}, {"leave_alone": ("pledged",)}])
def test_what_no_policy_acts_on_stays(bench, facts):
    given = {name: value if name != "open" else bench.facts().invoice.open - bench.facts().invoice.open for name, value in facts.items()}
    assert compare(bench, bench.facts(**given), changed(bench, after_days=14), bench.remind_on) == []


def test_same_policy_moves_nothing(bench):
    longer = with_override(bench.policy, parse_override("extra_days = 0"), None)
    assert compare(bench, bench.facts(), longer, bench.remind_on) == []


def test_other_lines_of_the_document_are_no_move(bench):
    assert compare(bench, bench.facts(), changed(bench, line=99), bench.remind_on) == []


STEP = {"action": "remind", "after_days": 7}
DOCUMENT = {"name": "p", "handover": {"allow_legal": True}, "step": [STEP]}


@pytest.mark.parametrize(
    ("other", "change"),
    [
        ({"handover": {"allow_legal": False}}, ("handover.allow_legal", "true", "false")),
        ({"small_amount": "1.00"}, ("small_amount", "", "1.00")),
        ({"step": [STEP, STEP | {"after_days": 14}]}, ("steps", "remind", "remind, remind 2")),
        ({"step": [STEP | {"when": {"amount": {"min": "500.00"}}}]}, ("step remind.when.amount.min", "", "500.00")),
        ({"step": [STEP | {"action": "notice"}]}, ("steps", "remind", "notice")),
    ],
)
def test_each_difference_of_two_documents_is_named_once(other, change):
    assert changes(DOCUMENT, DOCUMENT | other) == [Change(*change)]
    what, before, after = change
    assert changes(DOCUMENT | other, DOCUMENT) == [Change(what, after, before)]


def test_same_documents_differ_in_nothing():
    assert changes(DOCUMENT, DOCUMENT | {}) == []
