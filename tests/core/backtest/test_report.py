"""The figures of a backtest, computed by hand on a few invoices of 1,000 kronor."""

import json
import re
from datetime import date, timedelta

import pytest

from core.backtest import Assumptions, as_mapping, chart
from core.history import PastLetter, PastPayment
from core.money import Money


def sek(kronor):
    return Money(kronor * 100, "SEK")


def counted(count):
    return (count.count, count.amount)


def test_what_happened(bench):
    """In time, five days late, thirty days late, never."""
    found = bench.report(*(bench.past(str(after), paid_after=after) for after in (0, 5, 30)), bench.past("never"))
    assert counted(found.due) == (4, sek(4000))
    assert counted(found.late) == (3, sek(3000))
    assert counted(found.week_late) == (2, sek(2000))
    assert counted(found.still_open) == (1, sek(1000))


def test_what_we_did_is_told(bench):
    past = bench.past(letters=(PastLetter(bench.due),), handed_over_on=bench.due)
    assert (bench.report(past).sent, bench.report(past).handed_over) == (1, 1)
    assert (bench.report(bench.past()).sent, bench.report(bench.past()).handed_over) == (0, 0)


@pytest.mark.parametrize(("paid_after", "chased", "crossed"), [(6, 0, 0), (7, 1, 1), (8, 1, 0), (14, 1, 0), (15, 0, 0), (None, 0, 0)])
def test_chased_though_paid_within_the_week(bench, paid_after, chased, crossed):
    """The letter goes seven days after the due date; a payment of that day is not posted yet."""
    found = bench.report(bench.past(paid_after=paid_after))
    assert (found.chased_soon.count, found.crossed) == (chased, crossed)


@pytest.mark.parametrize(("paid_after", "claimed"), [(22, 0), (23, 1), (30, 1), (31, 0)])
def test_claimed_though_paid_within_the_week(bench, paid_after, claimed):
    """The claim goes on day 23."""
    assert bench.report(bench.past(paid_after=paid_after)).claimed_soon.count == claimed


@pytest.mark.parametrize(
    ("answer_days", "share", "days", "of_late"),
    [(10, 50, "23.0", "5.8"), (10, 100, "23.0", "11.5"), (20, 50, "13.0", "3.3"), (33, 50, "0.0", "0.0")],
)
def test_money_earlier_by_assumption(bench, answer_days, share, days, of_late):
    """Reminded on day 7 and paid on day 40; another was paid on day 3, before any letter."""
    assumptions = Assumptions(answer_days=answer_days, answer_pct=share)
    found = bench.report(bench.past("1", paid_after=40), bench.past("2", paid_after=3), assumptions=assumptions)
    assert (found.days_earlier, found.days_earlier_of_late) == (days, of_late)


def test_what_was_never_paid_comes_no_earlier(bench):
    found = bench.report(bench.past())
    assert (found.answerable, found.days_earlier) == (sek(0), "0.0")


def paid(bench, minor, *, money=True):
    return bench.past(payments=(PastPayment(bench.due + timedelta(days=40), Money(minor, "SEK"), money),))


def test_only_what_was_owed_and_paid_comes_earlier(bench):
    """An overpayment moves no more than the invoice, and a credit moves nothing."""
    assert bench.report(paid(bench, 1500_00)).answerable == sek(1000)
    assert bench.report(paid(bench, 1000_00, money=False)).answerable == sek(0)


@pytest.mark.parametrize(("back", "open_"), [(-500, 0), (-1000, 500)])
def test_what_was_paid_too_much_and_went_back_leaves_nothing_open(bench, back, open_):
    after = bench.due + timedelta(days=40)
    past = bench.past(payments=(PastPayment(bench.due, sek(1500)), PastPayment(after, sek(back))))
    assert bench.report(past).months[-1].overdue == sek(open_)


def test_unpaid_stays_overdue_to_the_end(bench):
    assert [one.overdue for one in bench.report(bench.past()).months] == [sek(0), *[sek(1000)] * 11]


def test_due_on_the_last_day_is_not_late(bench):
    assert [bench.report(bench.past(due_on=bench.until - timedelta(days=ago))).late.count for ago in (0, 1)] == [0, 1]


def test_months_add_up(bench):
    """Due on 6 May, reminded in May, handed over on 29 May, paid on 15 June; an answer would have come on 23 May."""
    found = bench.report(bench.past(paid_after=40), fee_since=date.min)
    april, may, june = found.months[:3]
    assert (may.month, counted(may.due), may.letters, may.fees, counted(may.claims)) == (
        "2024-05",
        (1, sek(1000)),
        1,
        sek(60),
        (1, sek(1000)),
    )
    assert [one.overdue for one in (april, may, june)] == [sek(0), sek(1000), sek(0)]
    assert may.overdue_assumed == sek(500)
    assert len(found.months) == 12


def test_assumptions_come_with_the_figures(bench):
    told = as_mapping(bench.report(bench.past(), assumptions=Assumptions(answer_pct=25, answer_days=9)))
    assert any("25 %" in sentence and "9 days" in sentence and "no finding" in sentence for sentence in told["assumptions"])
    assert [event["action"] for event in told["events"]] == ["remind", "handover"]


def test_same_input_gives_same_bytes(bench):
    history = [bench.past(str(number), paid_after=number % 50, debtor_ref=str(number % 7)) for number in range(100)]
    one, other = bench.report(*history), bench.report(*reversed(history))
    assert json.dumps(as_mapping(one)) == json.dumps(as_mapping(other))
    assert chart(one) == chart(other)


def test_chart_shows_months_and_assumption(bench):
    drawn = chart(bench.report(bench.past(paid_after=40)))
    assert drawn.startswith("<svg ") and drawn.endswith("</svg>\n")
    assert "2024-05" in drawn
    assert "This is an assumption, no finding." in " ".join(re.findall(">([^<>]+)</text>", drawn))


def test_nothing_is_no_division_by_zero(bench):
    found = bench.report()
    assert (found.due.count, found.days_earlier) == (0, "0.0")
    assert "<svg" in chart(found)
