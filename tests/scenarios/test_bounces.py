"""Mail that does not arrive: the letter counts no more, a person is told, and another address or the post goes on."""

import email
import json
import mailbox as mailboxes
from datetime import timedelta
from email.message import EmailMessage

import pytest

from tests.scenarios.test_notes import plan, seen
from tests.scenarios.test_post import print_letters, tasks


def report_on(mail, action="failed", status="5.1.1", *, headers_only=False, message_id=""):
    """A delivery report as a mail server sends it (RFC 3464)."""
    original = email.message_from_bytes(mail)
    wanted = message_id or original["Message-ID"]
    returned = f"Message-ID: {wanted}\r\nFrom: a@bjorks.example\r\nSubject: x\r\n"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    body = returned if headers_only else f"{returned}\r\nHej\r\n"
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: a@bjorks.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; kund@example.com\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--b--\r\n"
    ).encode()


def bounces(story, *reports, name="in"):
    folder = story.home / name
    folder.mkdir(exist_ok=True)
    for number, report in enumerate(reports):
        (folder / f"{number}.eml").write_bytes(report)
    return json.loads(story.type("letters", "bounces", str(folder), "--tenant", "t", "--json"))


def returned(story, number, *more, code=0):
    return story.type("letters", "returned", number, "--tenant", "t", *more, code=code)


def explain(story, number):
    return story.type("claims", "explain", number, "--tenant", "t")


def sent(story, days):
    return sum(done["letters_sent"] for done in story.days(days))


def bounced(story):
    number = story.invoice()
    story.until("letters_sent")
    assert bounces(story, report_on(story.mailbox.mails[0])) == {"returned": 1}
    return number


def test_returned_mail_stops_what_comes_next(story):
    number = bounced(story)
    assert tasks(story) == ["address_unknown"]
    assert sum(done["letters_sent"] + done["claims_handed_over"] + done["to_print"] for done in story.days(30)) == 0
    told = explain(story, number)
    assert "came back on" in told and "did not arrive and counts no more: the mail server reports 5.1.1" in told


def test_same_report_twice_changes_nothing(story):
    bounced(story)
    report = report_on(story.mailbox.mails[0])
    assert bounces(story, report, report, name="again") == {"known": 2}
    assert tasks(story) == ["address_unknown"]


@pytest.mark.parametrize(
    ("changed", "fate"),
    [
        ({"action": "delayed", "status": "4.2.2"}, "delayed"),
        ({"action": "delivered", "status": "2.0.0"}, "delivered"),
        ({"message_id": "<0123@other.example>"}, "unknown"),
    ],
)
def test_other_reports_are_counted(story, changed, fate):
    story.invoice()
    story.until("letters_sent")
    assert bounces(story, report_on(story.mailbox.mails[0], **changed)) == {fate: 1}
    assert tasks(story) == []
    assert story.until("claims_handed_over")


def test_answer_of_a_person_is_no_report(story):
    answer = EmailMessage()
    answer["Subject"] = "Re: Påminnelse"
    answer.set_content("Jag betalar i morgon.")
    assert bounces(story, bytes(answer), b"\xff\x00 rubbish") == {"no_report": 2}
    assert "no delivery report" in story.type("letters", "bounces", str(story.home / "in" / "0.eml"), "--tenant", "t")


def test_maildir_is_read_and_left_as_it_is(story):
    story.invoice()
    story.until("letters_sent")
    folder = mailboxes.Maildir(story.home / "Maildir")
    folder.add(report_on(story.mailbox.mails[0], headers_only=True))
    assert "1 did not arrive" in story.type("letters", "bounces", str(story.home / "Maildir"), "--tenant", "t")
    assert len(list((story.home / "Maildir" / "new").iterdir())) == 1
    (story.home / "empty").mkdir()
    assert "no mail in" in story.type("letters", "bounces", str(story.home / "empty"), "--tenant", "t")


def test_another_address_in_the_books_goes_on(story):
    number = bounced(story)
    story.days(2)
    story.company.set_customer("1", EmailInvoice="ny@example.com")
    (done, *_) = story.days(3)
    assert (done["letters_sent"], tasks(story)) == (1, [])
    assert b"ny@example.com" in story.mailbox.mails[-1]
    first, second = (email.message_from_bytes(mail)["Message-ID"] for mail in story.mailbox.mails)
    assert first != second
    done = story.until("claims_handed_over")
    assert len(story.claim()["notices"]) == 1 and done["differences"] == 0
    assert explain(story, number).count("went by e-mail") == 2


def test_by_post_writes_it_anew(story):
    number = bounced(story)
    assert "go by post" in returned(story, number, "--by-post")
    assert tasks(story) == []
    story.days(1)
    assert tasks(story) == ["letters_to_print"]
    assert "One letter is" in print_letters(story)
    story.until("claims_handed_over")
    assert [notice["channel"] for notice in story.claim()["notices"]] == ["print"]


def test_mail_again_writes_it_anew(story):
    number = bounced(story)
    story.days(1)
    returned(story, number, "--mail-again", "the mailbox was full")
    assert sent(story, 2) == 1
    assert "no letter came back" in returned(story, number, "--by-post", code=2)
    assert "say one thing" in returned(story, number, code=2)


def test_returned_plan_goes_by_post(story):
    number = seen(story)
    plan(story, number)
    story.days(1)
    assert bounces(story, report_on(story.mailbox.mails[0])) == {"returned": 1}
    returned(story, number, "--by-post")
    story.days(1)
    assert "One letter is" in print_letters(story)
    assert "The instalment plan went by post" in explain(story, number)


def test_letter_of_a_claim_is_told_to_its_agency(story):
    story.invoice()
    story.until("claims_handed_over")
    story.acknowledge()
    story.days(1)
    assert bounces(story, report_on(story.mailbox.mails[0])) == {"returned": 1}
    assert "tell its agency" in story.type("claims", "tasks", "--tenant", "t")


def refuse(story, monkeypatch, code="550 5.1.1 no such user"):
    async def handle_rcpt(server, session, envelope, address, options):
        return code

    monkeypatch.setattr(story.mailbox, "handle_RCPT", handle_rcpt, raising=False)


def test_refused_address_waits_in_the_print_queue(story, monkeypatch):
    refuse(story, monkeypatch)
    number = story.invoice()
    story.until("refused")
    story.days(1)  # the letter is written anew for the post
    assert sorted(tasks(story)) == ["address_unknown", "letters_to_print"]
    assert "the mail server refuses it: 550 5.1.1" in story.type("claims", "tasks", "--tenant", "t")
    print_letters(story)
    story.company.set_customer("1", EmailInvoice="ny@example.com")
    story.days(1)
    assert tasks(story) == []
    assert "went by post" in explain(story, number)


def test_refused_for_now_is_tried_again(story, monkeypatch):
    refuse(story, monkeypatch, "450 4.2.1 later")
    story.invoice()
    story.idle(12)
    story.days(2)
    assert tasks(story) == []
    monkeypatch.delattr(story.mailbox, "handle_RCPT")
    assert sent(story, 2) == 1


def test_report_settles_what_nobody_knew(story):
    """The answer to the mail was lost twice; its bounce says that the server had taken it."""
    number = seen(story)
    story.clock.advance_to(story.clock.now() + timedelta(hours=1).total_seconds())
    plan(story, number)

    async def lost(server, session, envelope):
        story.mailbox.mails.append(envelope.content)
        server.transport.close()
        return "250 OK"

    story.mailbox.handle_DATA, kept = lost, story.mailbox.handle_DATA
    story.days(3)
    assert tasks(story) == ["uncertain"]
    story.mailbox.handle_DATA = kept
    assert bounces(story, report_on(story.mailbox.mails[0])) == {"returned": 1}
    assert tasks(story) == ["address_unknown"]
