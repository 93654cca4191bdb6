"""A letter that went later than it was written: it is written anew, with the days and the fee of the day on which it goes."""

import json
from datetime import date, timedelta

from tests.scenarios.test_demand import approve, demanded
from tests.scenarios.test_once import REMIND_THEN, use
from tests.scenarios.test_one_claim import body_of
from tests.scenarios.test_post import print_letters


def mail_off(story):
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", "--port", "9", "--security", "none", "--from", "a@bjorks.example")


def mail_on(story):
    port = str(story.smtp_port)
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", "--port", port, "--security", "none", "--from", "a@bjorks.example")


def last_letter(story, number):
    told = json.loads(story.type("claims", "explain", number, "--tenant", "t", "--json"))
    return [line for line in told["timeline"] if line["what"].startswith("send_letter")][-1]


def days_given(story, number):
    return (date.fromisoformat(last_letter(story, number)["facts"]["pay_by"]) - story.today).days


def test_reminder_that_waited_gives_its_days_before_the_claim(story):
    number = story.invoice()
    mail_off(story)
    story.days(25)
    mail_on(story)
    story.until("letters_sent")
    went, pay_by = story.today, story.today + timedelta(days=days_given(story, number))
    assert f"{pay_by.day} maj 2025" in body_of(story.mailbox.mails[-1])

    story.until("claims_handed_over")

    assert (len(story.mailbox.mails), story.today > pay_by) == (1, True)
    assert (story.today - went).days >= 10


def test_demand_that_waited_gives_the_laws_days(story):
    number = demanded(story)
    story.until("asked")
    approve(story)
    mail_off(story)
    story.days(9)
    mail_on(story)
    story.until("letters_sent")
    assert days_given(story, number) >= 8


def test_letter_that_waited_asks_for_no_fee_that_the_policy_has_dropped(story):
    use(story, REMIND_THEN + 'fee="statutory"\n')
    story.type("tenants", "fee", "t", "--agreement", "terms of sale", "--since", "2025-01-01")
    story.invoice()
    mail_off(story)
    story.days(11)
    use(story, REMIND_THEN)
    mail_on(story)
    story.until("letters_sent")
    assert "60,00" not in body_of(story.mailbox.mails[-1])


def test_demand_refused_by_mail_is_written_anew_for_the_post(story, monkeypatch):
    number = demanded(story)
    story.until("asked")
    approve(story)

    async def refuse(self, server, session, envelope, address, options):
        return "550 5.1.1 no such user"

    with monkeypatch.context() as patch:
        patch.setattr(type(story.mailbox), "handle_RCPT", refuse, raising=False)
        story.days(1)
    story.days(1)
    for _ in range(3):
        story.morning()
    assert "One letter is" in print_letters(story)
    assert last_letter(story, number)["what"] == "send_letter_print"
    assert days_given(story, number) >= 8


def test_letter_whose_mail_is_too_large_goes_by_post(story, monkeypatch):
    """The address is right, so that only this letter goes by post."""

    async def refuse(self, server, session, envelope):
        return "552 5.3.4 too big"

    monkeypatch.setattr(type(story.mailbox), "handle_DATA", refuse)
    number = story.invoice()
    story.until("refused")
    story.days(1)
    assert "One letter is" in print_letters(story)
    assert last_letter(story, number)["what"] == "send_letter_print"
