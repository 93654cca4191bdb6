"""Money that an agency got and does not pay out becomes a task, until it does."""

from core.engine.unsettled import PAYOUT_DAYS
from tests.scenarios.test_money_back import bounce


def late(story):
    return [line for line in story.type("claims", "tasks", "--tenant", "t").splitlines() if "has not settled" in line]


def paid_at_agency(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", "100.00", "180.00")
    story.days(1)
    return claim, payment


def until_late(story, days):
    story.idle(days - 1)  # the payment was taken the day after it came
    story.run()


def test_task_comes_when_the_days_have_run_out(story):
    paid_at_agency(story)
    until_late(story, PAYOUT_DAYS.days - 1)
    assert late(story) == []
    story.days(1)
    assert "12780.00 SEK" in late(story)[0] and "P1" in late(story)[0]
    story.days(2)
    assert len(late(story)) == 1


def test_settlement_ends_it(story):
    claim, payment = paid_at_agency(story)
    until_late(story, PAYOUT_DAYS.days)
    assert late(story)
    story.settle(claim, [payment], principal="12500.00", interest="100.00", fees_kept="180.00")
    story.days(1)
    assert late(story) == []


def test_bounced_payment_is_not_waited_for(story):
    claim, payment = paid_at_agency(story)
    bounce(story, claim, payment)
    until_late(story, PAYOUT_DAYS.days + 3)
    assert late(story) == []
