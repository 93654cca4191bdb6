"""What holds and disputes leave to be asked for: the same answer for deciding, acting and telling the agency."""

from dataclasses import replace

import pytest

from core.money import Money
from core.policy import Standing, standing
from core.policy.facts import HoldKind


def sek(minor):
    return Money(minor, "SEK")


def stands(bench, *holds, minor=1000_00):
    return standing(bench.facts(open=sek(minor)).invoice, holds, bench.remind_on, "SE", sek(1_00))


@pytest.mark.parametrize(("minor", "asks"), [(-1, 0), (0, 0), (1, 1), (1000_00, 1000_00)])
def test_without_holds_all_that_is_open_is_asked_for(bench, minor, asks):
    assert stands(bench, minor=minor) == Standing((), sek(0), sek(asks), "", ())


@pytest.mark.parametrize("minor", [-1, 0])
def test_nothing_is_disputed_of_what_is_paid(bench, minor):
    found = stands(bench, bench.hold(HoldKind.DISPUTE), minor=minor)
    assert (found.disputed, found.asks) == (sek(0), sek(0))


def test_hold_stops_and_disputes_nothing(bench):
    hold = bench.hold()
    assert stands(bench, hold) == Standing((hold,), sek(0), sek(1000_00), "", ())


def test_dispute_of_the_whole_leaves_nothing(bench):
    hold, whole = bench.hold(), bench.hold(HoldKind.DISPUTE)
    assert stands(bench, hold, whole) == Standing((hold, whole), sek(1000_00), sek(0), "why", ())


def test_dispute_of_a_part_leaves_the_rest(bench):
    part = bench.hold(HoldKind.DISPUTE, amount=sek(200_00))
    assert stands(bench, part) == Standing((), sek(200_00), sek(800_00), "why", ())


def test_dispute_of_a_part_in_another_currency_is_one_of_the_whole(bench):
    other = bench.hold(HoldKind.DISPUTE, amount=Money(1, "EUR"))
    assert stands(bench, other) == Standing((other,), sek(1000_00), sek(0), "why", ())


def test_whole_dispute_beats_a_part(bench):
    part, whole = bench.hold(HoldKind.DISPUTE, amount=sek(200_00)), replace(bench.hold(HoldKind.DISPUTE), reason="all wrong")
    assert stands(bench, part, whole) == Standing((whole, part), sek(1000_00), sek(0), "why; all wrong", ())


def test_parts_that_reach_the_whole_stop_beside_a_hold(bench):
    hold, part = bench.hold(), bench.hold(HoldKind.DISPUTE, amount=sek(600_00))
    other = replace(part, id="h2", reason="broken")
    assert stands(bench, hold, part, other) == Standing((hold, part, other), sek(1000_00), sek(0), "why; broken", ())


def test_missed_plan_stops_nothing_and_is_named(bench):
    plan = bench.plan(((4, 1), 500_00), ((5, 2), 500_00))
    late = replace(plan, instalments=(replace(plan.instalments[0], due_on=bench.remind_on.replace(month=3)), plan.instalments[1]))
    assert stands(bench, late) == Standing((), sek(0), sek(1000_00), "", (late.instalments[0],))
