"""The client hears of a handover before it goes, and stops it with one command."""

from core.policy import load_template
from tests.scenarios.test_one_claim import body_of

TEXT = load_template("se-standard").replace("after_previous_days = 0", "after_previous_days = 0\ncooling_off_days = 3")


def announced(story, contact="ekonomi@bjorks.example"):
    """Live until the handover of the one invoice is announced."""
    (story.home / "policy.toml").write_text(TEXT)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    mail = ("--host", "127.0.0.1", "--port", str(story.smtp_port), "--security", "none", "--from", "a@bjorks.example")
    story.type("tenants", "mail", "t", *mail, *(("--contact", contact) if contact else ()))
    number = story.invoice()
    story.until("letters_sent")
    for _ in range(30):
        (done,) = story.days(1)
        assert done["claims_handed_over"] == 0
        if "goes to nord on" in tasks(story):
            return number
    raise AssertionError("nothing was announced")


def tasks(story):
    return story.type("claims", "tasks", "--tenant", "t")


def handed_over(story, days):
    return [done["claims_handed_over"] for done in story.days(days)]


def test_announced_handover_goes_on_its_day(story):
    announced(story)
    assert handed_over(story, 3) == [0, 0, 1]
    story.days(1)
    assert "goes to nord" not in tasks(story)


def test_contact_reads_the_one_command(story):
    number = announced(story)
    (_, mail) = story.mailbox.mails
    assert b"ekonomi@bjorks.example" in mail
    assert f"claims hold {number} --tenant t" in body_of(mail)


def test_without_contact_there_is_a_task(story):
    announced(story, contact="")
    assert len(story.mailbox.mails) == 1


def test_hold_stops_it_and_it_is_announced_anew(story):
    number = announced(story)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    assert sum(handed_over(story, 5)) == 0
    assert "goes to nord" not in tasks(story)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    assert handed_over(story, 4) == [0, 0, 0, 1]
