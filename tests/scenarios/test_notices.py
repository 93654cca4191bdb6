"""A notice before collection goes as the letter the law wants it to be, and the claim says so."""

from tests.scenarios.test_once import REMIND_THEN, use
from tests.scenarios.test_one_claim import body_of

HANDOVER = '[[step]]\naction="handover"\nafter_previous_days=0\n'
NOTICE_FIRST = REMIND_THEN.replace("remind", "notice") + "announces_collection=true\n" + HANDOVER


def test_notice_is_no_reminder(story):
    use(story, NOTICE_FIRST)
    story.invoice()
    story.until("letters_sent")
    story.until("claims_handed_over")
    assert "påminnelse före inkasso" in body_of(story.mailbox.mails[0]).lower()
    assert [notice["kind"] for notice in story.claim()["notices"]] == ["notice"]


def test_reminder_is_no_notice(story):
    use(story, REMIND_THEN + HANDOVER)
    story.invoice()
    story.until("letters_sent")
    story.until("claims_handed_over")
    assert "påminnelse före inkasso" not in body_of(story.mailbox.mails[0]).lower()
    assert [notice["kind"] for notice in story.claim()["notices"]] == ["reminder"]
