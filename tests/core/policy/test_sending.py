"""When letters go: each edge of the hours and days, and what is not held back."""

from datetime import date, time

import pytest

from core.errors import ConfigError
from core.policy import load_policy, load_template
from core.policy.facts import Action, Stage

HOURS = '\n[sending]\nweekdays = ["mon", "tue", "wed", "thu", "fri"]\nfrom = "08:00"\nto = "17:00"\nbank_days_only = true\n'
TEXT = load_template("se-standard") + HOURS
POLICY = load_policy(TEXT, "x")


@pytest.mark.parametrize(
    ("today", "at", "next_on"),
    [(date(2025, 4, 7), time(7, 59), date(2025, 4, 7)), (date(2025, 4, 7), time(8), None), (date(2025, 4, 7), time(17), None),
     (date(2025, 4, 7), time(17, 1), date(2025, 4, 8)), (date(2025, 4, 12), time(12), date(2025, 4, 14)),
     (date(2025, 4, 18), time(12), date(2025, 4, 22))],
)  # fmt: skip
def test_letters_keep_hours_and_days(bench, today, at, next_on):
    """Monday 7 April; Saturday the 12th; Good Friday the 18th, after which Tuesday is the next bank day."""
    decision = bench.decide(bench.facts(at=at), today, POLICY)
    assert (decision.action == Action.REMIND, decision.stage) == (next_on is None, Stage.REMIND)
    assert next_on is None or (decision.reasons[-1].id, decision.next_on) == ("not_sending_now", next_on)


@pytest.mark.parametrize("text", [TEXT.replace('channel = "email"', 'channel = "print"'), load_template("se-standard")])
def test_post_and_plain_policies_wait_for_no_hour(bench, text):
    assert bench.decide(bench.facts(at=time(3)), date(2025, 4, 12), load_policy(text, "x")).action == Action.REMIND


@pytest.mark.parametrize("day", ["mon", "tue", "wed", "thu", "fri"])
def test_banks_are_open_on_any_weekday(day):
    text = TEXT.replace('["mon", "tue", "wed", "thu", "fri"]', f'["{day}", "sun"]')
    assert len(load_policy(text, "x").sending.weekdays) == 2
    saturday = TEXT.replace('["mon", "tue", "wed", "thu", "fri"]', '["sat"]').replace("bank_days_only = true\n", "")
    assert load_policy(saturday, "x").sending.weekdays == (5,)


def test_stale_books_outside_the_hours_wait_for_both(bench):
    early = load_policy(TEXT.replace("after_days = 7", "after_days = 1"), "x")
    stale = bench.decide(bench.facts(at=time(20), postings_until=None), date(2025, 4, 1), early)
    assert ([reason.id for reason in stale.reasons][-2:], stale.next_on) == (["books_never_posted", "not_sending_now"], date(2025, 4, 3))
    later = bench.decide(bench.facts(at=time(20), postings_until=None), date(2025, 4, 11), early)
    assert later.next_on == date(2025, 4, 14)


def test_handover_keeps_no_hours(bench):
    assert bench.decide(bench.reminded(at=time(3)), date(2025, 4, 26), POLICY).action == Action.HANDOVER


def test_no_hour_asks_no_window(bench):
    assert bench.decide(bench.facts(), date(2025, 4, 12), POLICY).action == Action.REMIND


def test_stale_books_and_hours_wait_for_both(bench):
    decision = bench.decide(bench.facts(at=time(12), postings_until=date(2025, 4, 2)), date(2025, 4, 11), POLICY)
    assert decision.next_on == date(2025, 4, 12)
    late = bench.decide(bench.facts(at=time(12), postings_until=date(2025, 4, 2)), date(2025, 4, 12), POLICY)
    assert late.next_on == date(2025, 4, 14)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [('"08:00"', '"8"', "no time of day"), ('"17:00"', '"07:00"', "not after"), ('"mon"', '"monday"', "none of the words"), ("from =", "since =", "since")],
)  # fmt: skip
def test_wrong_hours_are_refused(old, new, word):
    with pytest.raises(ConfigError, match=word):
        load_policy(TEXT.replace(old, new), "p")
