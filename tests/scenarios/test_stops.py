"""What stops in time: money that lies entered, a hold before the agency's first word, a hold on the whole debtor."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.scenarios.test_once import handovers, reject
from tests.story import START, org_no


def enter(story, number, amount):
    """Enter a payment as a person does who books it later."""
    raw = {"InvoiceNumber": int(number), "ModeOfPayment": "BG", "AmountCurrency": Decimal(amount), "PaymentDate": str(story.today)}
    with story.company.world.lock:
        return story.company.payments.create(raw).detail["Number"]


def figures(done, name):
    return sum(day[name] for day in done)


def test_entered_payment_stops_the_letter(story):
    number = story.invoice()
    story.days(1)
    enter(story, number, "12500.00")
    assert figures(story.days(15), "letters_sent") == 0


@pytest.mark.parametrize("amount", ["12500.00", "2500.00"])
def test_entered_payment_stops_the_handover(story, amount):
    number = story.invoice()
    story.until("letters_sent")
    payment = enter(story, number, amount)
    assert figures(story.days(25), "claims_handed_over") == 0
    story.company.delete_payment(payment)
    assert story.days(1)[0]["claims_handed_over"] == 1


def test_entered_part_lets_a_reminder_go(story):
    number = story.invoice()
    story.days(1)
    enter(story, number, "2500.00")
    assert figures(story.days(15), "letters_sent") == 1


def test_day_ends_a_minority_and_no_death(story):
    number = story.invoice()
    story.days(1)
    hold = ("claims", "hold", number, "--tenant", "t", "--reason", "told by phone", "--until", "2025-05-01", "--kind")
    for kind in ("deceased", "protected_identity"):
        assert f"no day ends {kind}" in story.type(*hold, kind, code=2)
    story.type(*hold, "minor")
    assert "The debtor is a minor: told by phone (until 2025-05-01)." in story.type("claims", "explain", number, "--tenant", "t")


@pytest.mark.parametrize("kind", ["minor", "deceased", "protected_identity"])
def test_what_is_so_of_the_debtor_outlasts_what_is_agreed_about_an_invoice(story, kind):
    number = story.invoice()
    customer = story.company.invoice(number)["CustomerNumber"]
    other = story.company.add_invoice(customer, 12500, START - timedelta(days=30), START)
    story.days(1)
    story.type("claims", "hold", number, "--tenant", "t", "--kind", kind, "--reason", "as the register says")
    story.type("claims", "hold", other, "--tenant", "t", "--kind", "promise", "--until", "2025-04-20", "--reason", "on the phone")
    said, what = release(story, other), f"{kind.replace('_', ' ')} on the debtor: as the register says."
    assert said == f"Ended: promise on invoice {other}: on the phone.\nStays: {what} `--debtor` ends it.\n"
    assert f"release {number} --debtor --reason WHY`" in story.type("claims", "explain", number, "--tenant", "t")
    assert story.type("claims", "release", other, "--tenant", "t", "--reason", "it is not so", "--debtor") == f"Ended: {what}\n"
    assert "was no stop" in release(story, number)


def waiting(story):
    """Hand one invoice over, and hold it before the agency has said a word."""
    number = story.invoice()
    story.until("claims_handed_over")
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"
    return number


def release(story, number):
    return story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")


def test_hold_before_the_first_word_is_told(story):
    number = waiting(story)
    release(story, number)
    story.days(1)
    assert story.claim()["lifecycle"] == "submitted"


def test_first_word_during_a_hold(story):
    number = waiting(story)
    claim = story.acknowledge()
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"
    reject(story, claim)
    story.days(1)
    assert "reports rejected" in story.type("claims", "tasks", "--tenant", "t")
    release(story, number)
    story.days(1)
    assert story.claim()["lifecycle"] == "active"


def test_rejection_during_a_hold(story):
    waiting(story)
    reject(story, story.claim())
    assert story.days(2)[-1]["differences"] == 0
    assert story.claim()["lifecycle"] == "rejected"


@pytest.mark.parametrize("known", [True, False])
def test_debtor_hold_reaches_every_customer_number(story, known):
    """The other customer number may not have been read when the hold was put: it is read before anything leaves."""
    held = story.invoice()
    story.until("letters_sent")
    other = story.invoice(due=story.today - timedelta(days=20))
    free = story.invoice(due=story.today - timedelta(days=20), org_no=org_no(2))
    if known:
        story.days(1)
    story.type("claims", "hold", held, "--tenant", "t", "--reason", "we talk", "--debtor")
    story.days(25)
    assert [line["invoice_no"] for claim in handovers(story) for line in claim["lines"]] == [free]
    assert release(story, other) == "Ended: hold on the debtor: we talk.\n"
    assert "was no stop" in release(story, held)


def test_early_debtor_hold_reaches_the_other_number(story):
    """A hold before anything of the debtor was read: its identity number is not known yet."""
    held = story.invoice()
    story.invoice(due=START + timedelta(days=1))
    story.days(1)
    story.type("claims", "hold", held, "--tenant", "t", "--reason", "we talk", "--debtor")
    assert sum(done["letters_sent"] + done["claims_handed_over"] for done in story.days(12)) == 0


def test_debtor_hold_pauses_the_other_number_too(story):
    held = story.invoice()
    story.invoice(due=START + timedelta(days=1))
    story.until("claims_handed_over")
    story.acknowledge()
    story.type("claims", "hold", held, "--tenant", "t", "--reason", "we talk", "--debtor")
    story.days(1)
    assert {claim["lifecycle"] for claim in handovers(story)} == {"paused"}


@pytest.mark.parametrize("kind", ["minor", "deceased", "protected_identity"])
def test_debtors_person_stops_every_invoice_of_it(story, kind):
    held = story.invoice(due=START + timedelta(days=1))
    other = story.invoice()
    free = story.invoice(org_no=org_no(2))
    story.days(1)
    story.type("claims", "hold", held, "--tenant", "t", "--kind", kind, "--reason", "as the register says")
    assert sum(done["letters_sent"] for done in story.days(12)) == 1
    assert "collect." not in story.type("claims", "explain", free, "--tenant", "t")
    assert "What would have to change: " in story.type("claims", "explain", other, "--tenant", "t")


@pytest.mark.parametrize(("comes", "letters"), [(True, 0), (False, 1)])
def test_direct_debit_under_way_stops_until_it_came_back(story, comes, letters):
    number = story.invoice()
    story.days(1)
    debit = story.today + timedelta(days=10)  # Saturday 2025-04-26: Monday the 28th, and three bank days with the first of May between
    story.type("claims", "hold", number, "--tenant", "t", "--kind", "direct_debit", "--until", str(debit), "--reason", "drawn on that day")
    assert figures(story.days(12), "letters_sent") == 0
    if comes:
        story.company.pay_invoice(number, on=story.today)
    assert figures(story.days(8), "letters_sent") == letters
