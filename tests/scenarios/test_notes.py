"""Letters beside the policy's steps: an offer, a plan, a deferral, thanks, a withdrawal; each goes once, and only while it is so."""

import email
import json
from datetime import timedelta
from decimal import Decimal
from email.header import decode_header, make_header

import pytest

from commands.wiring import open_app
from core.policy import load_template
from core.store import tenants
from tests.killing import PLACES, is_killed, run_killed
from tests.scenarios.test_once import REMIND_THEN, use
from tests.scenarios.test_one_claim import body_of
from tests.scenarios.test_post import print_letters, tasks
from tests.story import START, org_no

NOTICED = REMIND_THEN + "announces_collection=true\n"
THANKFUL = "thanks=true\n" + NOTICED


def story_subject(story):
    return email.message_from_bytes(story.mailbox.mails[0])["Subject"]


def sent(story, days):
    return sum(done["letters_sent"] for done in story.days(days))


def seen(story, **invoice):
    number = story.invoice(**invoice)
    story.days(1)
    return number


def halves(story, amounts=("6250.00", "6250.00")):
    days = (story.today + timedelta(days=10 + 10 * at) for at in range(len(amounts)))
    return [part for on, amount in zip(days, amounts, strict=True) for part in ("--instalment", f"{on}={amount}")]


def plan(story, number, *more, code=0):
    return story.type("claims", "plan", number, "--tenant", "t", *halves(story), "--letter", *more, code=code)


def defer(story, number, *more, days=20, code=0):
    until = str(story.today + timedelta(days=days))
    told = ("--kind", "deferral", "--reason", "asked for it", "--until", until, "--letter")
    return story.type("claims", "hold", number, "--tenant", "t", *told, *more, code=code)


def offer(story, number, *more, code=0):
    return story.type("letters", "offer", number, "--tenant", "t", *halves(story), *more, code=code)


def withdraw(story, number, code=0):
    return story.type("letters", "withdraw", number, "--tenant", "t", code=code)


ASKED = pytest.mark.parametrize(
    ("ask", "says"),
    [(plan, "Avbetalningsplan för faktura"), (defer, "Anstånd med faktura"), (offer, "Förslag till delbetalning")],
    ids=["plan", "deferral", "offer"],
)


@ASKED
def test_letter_goes_once_with_the_next_run(story, ask, says):
    number = seen(story)
    assert "goes by e-mail with the next run" in ask(story, number)
    assert sent(story, 6) == 1
    assert says in str(make_header(decode_header(story_subject(story))))
    assert story.mailbox.mails[0].count(b"application/pdf") == 1
    assert "went by e-mail" in story.type("claims", "explain", number, "--tenant", "t")


def test_plan_says_what_is_paid_when(story):
    number = seen(story)
    plan(story, number)
    story.days(1)
    told = body_of(story.mailbox.mails[0])
    assert "att du betalar 12 500,00 kr för faktura" in told and told.count("6 250,00 kr") >= 2
    assert "löper under tiden" in told


def test_offer_stops_nothing(story):
    number = seen(story)
    offer(story, number)
    assert sent(story, 12) == 2
    assert "Our offer of instalments" in story.type("claims", "explain", number, "--tenant", "t")


def test_plan_letter_is_all_that_is_open(story):
    number = seen(story)
    part = halves(story, amounts=("5000.00",))
    assert "add up to it" in story.type("claims", "plan", number, "--tenant", "t", *part, "--letter", code=2)
    assert "no stop" in story.type("claims", "release", number, "--tenant", "t", "--reason", "nothing was stored")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--kind", "promise"), "no letter about a promise"),
        (("--kind", "plan"), "needs its instalments"),
        (("--debtor",), "about one invoice"),
    ],
)
def test_other_letters_are_refused(story, more, says):
    number = seen(story)
    assert says in defer(story, number, *more, code=2)


def test_letter_of_an_ended_stop_does_not_go(story):
    number = seen(story)
    plan(story, number)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "it was a mistake")
    assert sent(story, 3) == 0
    assert "did not go: the stop that it tells of was ended" in story.type("claims", "tasks", "--tenant", "t")


@ASKED
def test_letter_of_another_amount_does_not_go(story, ask, says):
    number = seen(story)
    ask(story, number)
    story.company.pay_invoice(number, Decimal("500.00"), on=story.today)
    assert sent(story, 2) == 0
    assert "12000.00 SEK is open, it was 12500.00 when this was written" in story.type("claims", "tasks", "--tenant", "t")


def test_second_plan_takes_the_firsts_place(story):
    number = seen(story)
    plan(story, number)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "other days")
    plan(story, number)
    assert sent(story, 4) == 1
    assert tasks(story) == []


def test_nothing_goes_beside_the_agency(story):
    number = story.invoice()
    story.until("claims_handed_over")
    for ask in (plan, defer, offer, withdraw):
        assert "only the agency writes to the debtor" in ask(story, number, code=2)


def test_without_mail_address_it_waits_for_the_post(story):
    number = seen(story, email="")
    assert "waits to be printed" in plan(story, number)
    story.days(5)
    assert "One letter is" in print_letters(story)
    assert "The instalment plan went by post" in story.type("claims", "explain", number, "--tenant", "t")
    assert "No letter waits" in print_letters(story, "again.pdf")


@ASKED
@pytest.mark.parametrize("place", ["plan.before_commit", "plan.after_commit"])
def test_command_killed_is_all_or_nothing(story, ask, says, place, monkeypatch):
    """The stop and its letter are there together, or neither."""
    number = seen(story)
    typed = []
    monkeypatch.setattr(story, "type", lambda *arguments, code=0: typed.append(arguments) or "")
    ask(story, number)
    monkeypatch.undo()
    restore(monkeypatch, story)
    assert is_killed(place, *typed[0])
    stored = place == "plan.after_commit"
    told = story.type("claims", "explain", number, "--tenant", "t")
    assert ("A person stopped it" in told) == (stored and ask is not offer)
    assert sent(story, 3) == stored


def restore(monkeypatch, story):
    """Set again what undoing took away with the rest."""
    monkeypatch.setenv("KRAVBRO_HOME", str(story.home))
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(story.home / "clock"))
    monkeypatch.delenv("KRAVBRO_DATABASE_URL", raising=False)


DELIVERING = [place for place in PLACES if place.startswith("deliver")]


@pytest.mark.parametrize(
    ("ask", "place"), [*((plan, place) for place in DELIVERING), (defer, "deliver.after_send"), (offer, "deliver.after_send")]
)
def test_run_killed_sends_it_once_or_twice_the_same(story, ask, place):
    number = seen(story)
    ask(story, number)
    story.morning()
    assert run_killed(place)
    story.days(2)
    mails = story.mailbox.mails
    assert len(mails) == 1 or (place in ("deliver.after_send", "deliver.before_outcome_commit") and len(mails) == 2)
    assert len(set(mails)) == 1


def thanked(story, policy=THANKFUL, **invoice):
    use(story, policy)
    number = story.invoice(**invoice)
    story.until("letters_sent")
    return number


def test_thanks_once(story):
    number = thanked(story)
    story.days(1)
    story.company.pay_invoice(number, on=story.today)
    assert sent(story, 6) == 1
    told = body_of(story.mailbox.mails[-1])
    assert "Vi har fått 12 500,00 kr" in told and "allt betalt" in told
    assert "Our thanks went by e-mail" in story.type("claims", "explain", number, "--tenant", "t")


@pytest.mark.parametrize("place", ["plan.before_commit", "plan.after_commit", "deliver.after_send"])
def test_thanks_survive_a_kill(story, place):
    number = thanked(story)
    story.days(1)
    story.company.pay_invoice(number, on=story.today)
    story.morning()
    assert run_killed(place)
    story.days(3)
    assert len(set(story.mailbox.mails)) == 2


def test_no_thanks_unless_the_policy_says_so(story):
    number = thanked(story, NOTICED)
    story.company.pay_invoice(number, on=story.today)
    assert sent(story, 5) == 0


def test_no_thanks_without_a_letter(story):
    use(story, THANKFUL)
    number = seen(story)
    story.company.pay_invoice(number, on=story.today)
    assert sent(story, 5) == 0


def test_no_thanks_for_money_through_the_agency(story):
    use(story, "thanks=true\n" + load_template("se-standard"))
    story.invoice()
    story.until("claims_handed_over")
    claim = story.acknowledge()
    story.days(1)
    story.pay_agency(claim, "P1", "12500.00")
    story.days(2)
    assert (story.balance("1"), sent(story, 5)) == (0, 0)


def test_one_thanks_for_one_letter(story):
    use(story, THANKFUL)
    customer = story.company.add_customer("Kund 1 AB", org_no(1), "k@example.com")
    due = START + timedelta(days=2)
    numbers = [story.company.add_invoice(customer, Decimal(5000), due - timedelta(days=30), due) for _ in range(2)]
    story.until("letters_sent")
    story.company.pay_invoice(numbers[0], on=story.today)
    assert sent(story, 1) == 0
    story.company.pay_invoice(numbers[1], on=story.today)
    assert sent(story, 5) == 1
    assert "Vi har fått 10 000,00 kr för fakturorna nedan" in body_of(story.mailbox.mails[-1])


def test_credited_after_a_letter_is_proposed_and_taken_back(story):
    number = thanked(story)
    story.days(1)
    story.company.credit_invoice(number, Decimal("12500.00"), on=story.today)
    assert sent(story, 4) == 0
    assert tasks(story) == ["withdraw_letter"]
    assert "is taken back; the letter that says so goes by e-mail" in withdraw(story, number)
    assert (sent(story, 4), tasks(story)) == (1, [])
    told = body_of(story.mailbox.mails[-1])
    assert "Vi tar tillbaka vårt brev" in told and "behöver inte betala något" in told


def test_open_invoice_is_held_before_its_letter_is_taken_back(story):
    number = thanked(story, NOTICED)
    assert "Stop it first" in withdraw(story, number, code=2)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "wrong customer")
    withdraw(story, number)
    assert sent(story, 2) == 1
    assert "There is nothing to withdraw" in withdraw(story, number, code=2)


def test_letter_taken_back_counts_no_more(story):
    """Its fee is in no claim, and the step is taken anew once the stop is gone."""
    story.type("tenants", "fee", "t", "--agreement", "terms of sale", "--since", "2025-01-01")
    use(story, load_template("se-standard"))
    number = story.invoice()
    story.until("letters_sent")
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "wrong address")
    withdraw(story, number)
    story.days(1)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "right after all")
    story.until("claims_handed_over")
    assert len(story.claim()["notices"]) == 1
    assert [fee["amount"] for _, fee in story.claim()["fees"]] == ["60.00"]


def test_letter_about_two_invoices_is_taken_back_for_one_of_them(story):
    """It stands for the other: no second reminder, no fee again; and what is said of it is true of the first alone."""
    use(story, REMIND_THEN + 'fee="statutory"\n')
    story.type("tenants", "fee", "t", "--agreement", "terms of sale", "--since", "2025-01-01")
    customer = story.company.add_customer("Kund 1 AB", "556036-0793", "kund@example.com")
    due = START + timedelta(days=2)
    for total in ("12500", "9900"):
        story.company.add_invoice(customer, Decimal(total), due - timedelta(days=30), due)
    story.until("letters_sent")
    assert "60,00" in body_of(story.mailbox.mails[-1])
    story.type("claims", "hold", "1", "--tenant", "t", "--reason", "sent in error")
    withdraw(story, "1")
    assert sent(story, 6) == 1
    assert "i den del som gäller faktura 1." in body_of(story.mailbox.mails[-1])
    told = [story.type("claims", "explain", number, "--tenant", "t") for number in ("1", "2")]
    assert ["was taken back" in one for one in told] == [True, False]


def test_withdrawn_claim_proposes_a_letter(story):
    number = story.invoice()
    story.until("claims_handed_over")
    story.type("claims", "withdraw", number, "--tenant", "t", "--reason", "wrong customer")
    assert "withdraw_letter" in tasks(story)
    withdraw(story, number)
    assert sent(story, 2) == 1


def test_tenant_not_live_sends_no_letter(story):
    number = seen(story)
    with open_app().database.write() as connection:
        tenants.change_tenant(connection, "t", live_from=None)
    assert "not live yet" in plan(story, number, code=2)


def test_lost_answer_repeats_the_same_letter(story, monkeypatch):
    """A server that takes the mail and is gone before it says so gets the same bytes once more, and no third time."""
    number = seen(story)
    plan(story, number)
    handle = story.mailbox.handle_DATA
    lost = []

    async def gone(server, session, envelope):
        answer = await handle(server, session, envelope)
        if not lost:
            lost.append(1)
            server.transport.close()
        return answer

    monkeypatch.setattr(story.mailbox, "handle_DATA", gone)
    story.days(3)
    assert len(story.mailbox.mails) == 2 and len(set(story.mailbox.mails)) == 1
    assert json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"] == []


def test_letter_that_was_not_done_goes_again(story, monkeypatch):
    """Its answers were lost, and a person looked: it never arrived."""
    number = seen(story)
    plan(story, number)
    kept = story.mailbox.handle_DATA

    async def gone(server, session, envelope):
        server.transport.close()
        return "250 OK"

    monkeypatch.setattr(story.mailbox, "handle_DATA", gone)
    story.days(3)
    (task,) = json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]
    monkeypatch.setattr(story.mailbox, "handle_DATA", kept)
    intent = task["what"].partition("send_note ")[2].partition(" ")[0]
    story.type("claims", "resolve", intent, "--tenant", "t", "--not-landed")
    assert (sent(story, 2), len(story.mailbox.mails), tasks(story)) == (1, 1, [])


def test_protected_identity_gets_no_letter(story):
    number = seen(story)
    plan(story, number)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "court order", "--kind", "protected_identity")
    assert sent(story, 2) == 0
    assert "by hand" in offer(story, number, code=2)


def test_insolvent_debtor_gets_a_withdrawal_and_no_more(story):
    number = thanked(story, NOTICED)
    customer = str(story.company.invoice(number)["CustomerNumber"])
    days = ("--on", str(story.today), "--claims-by", str(story.today + timedelta(days=30)))
    story.type("claims", "insolvent", customer, "--tenant", "t", *days)
    for ask in (plan, defer, offer):
        assert "by hand" in ask(story, number, code=2)
    withdraw(story, number)
    assert sent(story, 3) == 1
    assert "Vi tar tillbaka vårt brev" in body_of(story.mailbox.mails[-1])


def test_debtor_hears_before_all_of_a_missed_plan_is_handed_over(story):
    use(story, NOTICED + '[[step]]\naction="handover"\nafter_previous_days=0\n')
    number = story.invoice()
    story.until("letters_sent")
    plan(story, number)
    story.days(30)
    assert "it missed an instalment and has heard nothing since: tell it first" in story.type(
        "claims", "approve", "--tenant", "t", "--list"
    )
    assert "hears from you" in story.type("claims", "explain", number, "--tenant", "t")
    (asked,) = json.loads(story.type("claims", "approve", "--tenant", "t", "--list", "--json"))["questions"]
    story.type("claims", "approve", asked["id"], "--tenant", "t")
    story.until("claims_handed_over", 2)


def test_withdrawal_does_not_go_beside_a_new_reminder(story):
    number = thanked(story, NOTICED)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "sent to the wrong one")
    withdraw(story, number)
    story.type("claims", "release", number, "--tenant", "t", "--reason", "it was right after all")
    story.days(3)
    assert all("Vi tar tillbaka" not in body_of(mail) for mail in story.mailbox.mails)
    assert len(story.mailbox.mails) == 2
    assert "nothing stops invoice 1 any more" in story.type("claims", "tasks", "--tenant", "t")
