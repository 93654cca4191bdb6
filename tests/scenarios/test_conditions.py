"""Conditions on what the books show: the debtor's other invoices, its past, its labels."""

from datetime import timedelta

import pytest

from tests.story import START, org_no

POLICY = """name = "x"
country = "SE"
currency = "SEK"
[[step]]
action = "remind"
after_days = 7
[step.when]
{when}
"""
DUE = START + timedelta(days=1)


def use(story, when):
    (story.home / "policy.toml").write_text(POLICY.format(when=when))
    story.type("policy", "use", "t", str(story.home / "policy.toml"))


def letters(story, days=14):
    return sum(day["letters_sent"] for day in story.days(days))


@pytest.mark.parametrize(("number", "sent"), [("556036-0793", 1), (org_no(2), 0)])
def test_unpaid_of_every_customer_number(story, number, sent):
    """Two invoices of one debtor are two, and go in one letter."""
    use(story, "unpaid_invoices = {min = 2}\n")
    story.invoice(due=DUE)
    story.invoice(due=DUE, org_no=number)
    assert letters(story) == sent


def test_past_of_the_debtor(story):
    use(story, 'mean_days_late = {min = 5}\nif_unknown = "no"\n')
    for late, number in ((9, org_no(2)), (4, org_no(3))):
        paid = story.invoice(due=START - timedelta(days=late), org_no=number)
        story.invoice(due=DUE, org_no=number, email=f"{late}@example.com")
        story.type("run", "--tenant", "t")
        story.company.pay_invoice(paid, on=START)
    assert letters(story) == 1
    assert b"9@example.com" in story.mailbox.mails[0]


@pytest.mark.parametrize(("label", "sent"), [("Inkasso", 1), ("Annat", 0)])
def test_label_is_read_by_its_name(story, label, sent):
    use(story, 'labels_any = ["Inkasso"]\n')
    number = story.invoice(due=DUE)
    story.days(1)
    story.company.labels.append({"Id": 7, "Description": label})
    story.company.set_invoice(number, Labels=[{"Id": 7}])
    assert letters(story) == sent


def test_late_label_is_seen(story):
    use(story, 'labels_any = ["Inkasso"]\n')
    number = story.invoice(due=DUE)
    assert letters(story, 10) == 0
    assert "its label is -" in story.type("claims", "explain", number, "--tenant", "t")
    story.company.labels.append({"Id": 7, "Description": "Inkasso"})
    story.company.set_invoice(number, Labels=[{"Id": 7}])
    assert letters(story, 2) == 1


def test_unknown_cover_is_a_task(story):
    use(story, "insured = false\n")
    number = story.invoice(due=DUE)
    assert letters(story, 10) == 0
    assert "policy override t" in story.type("claims", "tasks", "--tenant", "t")
    story.type("policy", "override", "t", "--invoice", number, "--not-insured")
    assert letters(story, 1) == 1
    assert "nothing waits" in story.type("claims", "tasks", "--tenant", "t").lower()
