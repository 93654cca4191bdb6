"""What was committed to go, and did not: before it goes after all, the facts are read again and the sender is still the owner."""

import json

import pytest

from commands.wiring import open_app
from core.engine import crash, deliver
from tests.killing import run_killed
from tests.simulation.test_kills import submitted

SENDING = "deliver.after_sending_commit"


def killed_while_sending(story):
    """Live until a run dies between what it committed to send and the first byte; before the eighth day nothing is due, nor sooner after a letter."""
    story.idle(8)
    for _ in range(40):
        story.morning()
        if run_killed(SENDING):
            return
    pytest.fail("nothing was ever sent")


def hold(story, number):
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")


CHANGES = {
    "paid": lambda story, number: story.company.pay_invoice(number, on=story.today),
    "credited": lambda story, number: story.company.credit_invoice(number, on=story.today),
    "held": hold,
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_killed_handover_reads_again(story, change):
    number = story.invoice()
    story.idle(8)
    story.until("letters_sent")
    killed_while_sending(story)
    change(story, number)
    assert story.days(3)[-1]["uncertain"] == 0
    assert not submitted(story)
    assert json.loads(story.type("claims", "list", "--tenant", "t", "--json"))["claims"][0]["lifecycle"] == "withdrawn"


@pytest.mark.slow
def test_killed_handover_goes_when_nothing_changed(story):
    number = story.invoice()
    story.idle(8)
    story.until("letters_sent")
    killed_while_sending(story)
    story.days(1)
    assert submitted(story) == {number: 1}


@pytest.mark.slow
def test_killed_letter_to_who_has_paid(story):
    number = story.invoice()
    killed_while_sending(story)
    story.company.pay_invoice(number, on=story.today)
    assert story.days(2)[-1]["uncertain"] == 0
    assert story.mailbox.mails == []
    assert "uncertain" not in story.type("claims", "tasks", "--tenant", "t")


@pytest.mark.slow
def test_killed_letter_goes_when_nothing_changed(story):
    story.invoice()
    killed_while_sending(story)
    story.days(1)
    assert len(story.mailbox.mails) == 1


def sleep_at_first_voucher(story, monkeypatch, meanwhile):
    """Let the process sleep for twenty minutes between what it committed to send and its first byte."""
    slept = []

    def point(name):
        crash.point(name)
        if name == SENDING and not slept:
            slept.append(name)
            story.clock.advance(1200)
            meanwhile()

    monkeypatch.setattr(deliver, "point", point)


def paid_out(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00")
    story.days(1)
    story.settle(claim, [payment], principal="12500.00", commission="625.00", vat="156.25")
    story.morning()


def vouchers(story):
    return [row for row in story.company.state()["vouchers"] if row["VoucherSeries"] == "A"]


@pytest.mark.slow
def test_late_waker_sends_nothing(story, monkeypatch):
    paid_out(story)
    sleep_at_first_voucher(story, monkeypatch, lambda: open_app().run("t"))
    story.type("run", "--tenant", "t", code=4)
    assert len(vouchers(story)) == 1
    assert story.days(2)[-1]["differences"] == 0


@pytest.mark.slow
def test_sleeper_nobody_replaced_is_looked_after(story, monkeypatch):
    paid_out(story)
    sleep_at_first_voucher(story, monkeypatch, lambda: None)
    story.run()
    assert vouchers(story) == []
    assert story.days(2)[-1]["uncertain"] == 0
    assert len(vouchers(story)) == 1
