"""A policy that nets: letters ask for less by what the debtor has to its credit; nothing is booked, and a handover waits for the accountant."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from core.engine import letters
from core.policy import load_template
from tests.scenarios.test_demand import DEMANDING, amount, demanded
from tests.scenarios.test_one_claim import body_of
from tests.story import START, org_no, sek

DUE = START + timedelta(days=2)


@pytest.fixture
def nets(story):
    (story.home / "policy.toml").write_text(load_template("se-standard").replace("[handover]", 'open_credits = "net"\n[handover]', 1))
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    return story


def overpay(story, amount="3000.00", total="100.00", **given):
    """An invoice that is paid by so much too much."""
    over = story.invoice(total, due=START, **given)
    story.company.pay_invoice(over, amount=Decimal(total) + Decimal(amount), on=story.today)
    return over


def credit_note(story, amount="3000.00"):
    """A credit note on an invoice that is paid already, matched with nothing."""
    paid = story.invoice("5000.00", due=START)
    story.company.pay_invoice(paid, on=story.today)
    return story.company.credit_invoice(paid, Decimal(amount), on=story.today)


def match(story, note, number):
    """Match a credit note with an invoice, as the accountant does."""
    with story.company.world.lock:
        record = story.company.invoicing.records[note]
        record.put(CreditInvoiceReference=number)
        story.company.invoicing.settle(record, story.today)
        story.company.payments.settle()


def bodies(story):
    return [body_of(mail) for mail in story.mailbox.mails]


def explain(story, number, *more):
    return story.type("claims", "explain", number, "--tenant", "t", *more)


def tasks(story):
    return [task["kind"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]]


def questions(story):
    return json.loads(story.type("claims", "approve", "--list", "--tenant", "t", "--json"))["questions"]


def sent(story, days):
    return sum(done["letters_sent"] for done in story.days(days))


@pytest.mark.parametrize("give", [overpay, credit_note])
def test_letter_deducts_a_credit(nets, give):
    number = nets.invoice()
    credit = give(nets)
    nets.until("letters_sent")
    (text,) = bodies(nets)
    assert f"räknas av på faktura {number}: -3 000,00 kr" in text
    assert "Vi ber dig betala 9 500,00 kr" in text and "Att betala: 9 500,00 kr" in text
    assert (nets.balance(credit), nets.balance(number)) == (Decimal(-3000), Decimal(12500))
    assert "3000.00 SEK of the 3000.00 SEK that the debtor has to its credit is deducted: 9500.00 SEK is asked for." in " ".join(
        explain(nets, number).split()
    )


def test_handover_waits_until_the_credit_is_matched(nets):
    number, note = nets.invoice(), credit_note(nets)
    nets.until("letters_sent")
    assert sum(done["claims_handed_over"] for done in nets.days(25)) == 0
    assert tasks(nets) == ["gate_credit_open"]
    assert "det går före" in explain(nets, number, "--language", "sv")
    match(nets, note, number)
    nets.until("claims_handed_over", 3)
    claim = nets.claim()
    assert ([line["open"] for line in claim["lines"]], claim["disputed"], tasks(nets)) == ([sek("9500.00")], None, [])


@pytest.mark.parametrize("amount", ["12500.00", "12499.01", "20000.00"])
def test_letter_of_nothing_does_not_go(nets, amount):
    number = nets.invoice()
    overpay(nets, amount)
    assert sent(nets, 15) == 0
    assert tasks(nets) == ["overpaid_invoice", "gate_credit_covers"]
    told = explain(nets, number)
    assert "no letter goes" in told and "What would have to change: It is matched with this invoice" in told
    assert "inget brev går" in explain(nets, number, "--language", "sv")


def test_oldest_invoice_takes_the_credit_first(nets):
    """The older is covered whole, so that the letter is about the younger alone, and asks for what both leave."""
    nets.invoice("2000.00", due=DUE)
    younger = nets.invoice("5000.00", due=DUE + timedelta(days=1))
    overpay(nets)
    assert sent(nets, 15) == 1
    (text,) = bodies(nets)
    assert f"faktura {younger}: -1 000,00 kr" in text and "betala 4 000,00 kr" in text


def test_held_invoice_takes_no_part(nets):
    older = nets.invoice("2000.00", due=DUE)
    nets.invoice("5000.00", due=DUE + timedelta(days=1))
    overpay(nets)
    nets.days(1)
    nets.type("claims", "hold", older, "--tenant", "t", "--reason", "we talk")
    assert sent(nets, 15) == 1
    assert "betala 2 000,00 kr" in bodies(nets)[0]


def test_invoice_at_the_agency_takes_no_part(nets):
    nets.invoice("2000.00", due=DUE)
    nets.until("claims_handed_over")
    nets.invoice("5000.00", due=nets.today - timedelta(days=1))
    overpay(nets)
    assert sent(nets, 15) == 1
    assert "betala 2 000,00 kr" in bodies(nets)[-1]


def test_another_debtors_credit_lowers_nothing(nets):
    nets.invoice()
    overpay(nets, org_no=org_no(2))
    nets.until("letters_sent")
    assert "räknas av" not in bodies(nets)[0]


def meanwhile(monkeypatch, happens):
    """Let something happen in the books once a letter is planned, before it goes."""

    def point(name):
        if name == "plan.after_commit":
            monkeypatch.setattr(letters, "point", lambda _name: None)
            happens()

    monkeypatch.setattr(letters, "point", point)


@pytest.mark.parametrize("other", [True, False])
def test_credit_matched_meanwhile_changes_the_letter(nets, monkeypatch, other):
    """Matched with an invoice of the letter or with another: that letter does not go, the next one is right."""
    number, note = nets.invoice(), credit_note(nets)
    elsewhere = nets.invoice("3000.00", due=START + timedelta(days=90)) if other else number
    meanwhile(monkeypatch, lambda: match(nets, note, elsewhere))
    nets.until("letters_sent")
    (text,) = bodies(nets)
    assert "räknas av" not in text and ("12 500,00" if other else "9 500,00") in text
    assert nets.balance(note) == 0


def test_older_invoice_paid_meanwhile_moves_the_credit(nets, monkeypatch):
    older = nets.invoice("2000.00", due=DUE)
    nets.invoice("5000.00", due=DUE + timedelta(days=1))
    overpay(nets, "1500.00")
    nets.days(1)
    nets.type("policy", "override", "t", "--invoice", older, "--extra-days", "60")
    meanwhile(monkeypatch, lambda: nets.company.pay_invoice(older, on=nets.today))
    nets.until("letters_sent")
    (text,) = bodies(nets)
    assert "betala 3 500,00 kr" in text


def test_credit_that_cannot_be_read_again_stops_the_letter(nets, monkeypatch):
    nets.invoice()
    note = credit_note(nets)
    meanwhile(monkeypatch, lambda: nets.simulator.faults.arm("error_before", path_part=f"/3/invoices/{note}", times=10**9))
    assert sent(nets, 12) == 0


def test_override_decides_for_a_debtor(story):
    number = story.invoice()
    overpay(story)
    story.days(1)
    assert sent(story, 10) == 0
    customer = story.company.invoice(number)["CustomerNumber"]
    story.type("policy", "override", "t", "--debtor", customer, "--open-credits", "net")
    assert sent(story, 2) == 1
    assert "betala 9 500,00 kr" in bodies(story)[0]


def test_yes_is_to_the_net(story):
    text = load_template("se-cautious").replace("[handover]", 'open_credits = "net"\n[handover]', 1)
    (story.home / "policy.toml").write_text(text)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    customer = story.company.add_customer("Kund 1 AB", "556036-0793", "kund@example.com")
    over, _ = (story.company.add_invoice(customer, "5000.00", START - timedelta(days=30), due) for due in (START + timedelta(days=90), DUE))
    story.company.pay_invoice(over, "8000.00", on=story.today)
    story.until("asked", 30)
    assert "3000.00 SEK to its credit deducted" in str(questions(story))
    (first,) = [one["id"] for one in questions(story)]
    story.company.pay_invoice(over, "500.00", on=story.today)
    assert story.days(1)[0]["asked"] == 1
    (second,) = [one["id"] for one in questions(story)]
    assert first != second and "3500.00 SEK to its credit" in str(questions(story))
    assert "asks for 1500.00 SEK, 3500.00 SEK to its credit deducted (a person" in story.type("policy", "dry-run", "--tenant", "t")
    (one,) = json.loads(story.type("policy", "dry-run", "--tenant", "t", "--json"))["would_go"]
    assert (one["asks"], one["netted"]) == ("1500.00", "3500.00")
    story.type("claims", "approve", second, "--tenant", "t")
    assert story.days(1)[0]["letters_sent"] == 1
    assert "betala 1 500,00 kr" in bodies(story)[0]


def test_demand_has_interest_of_the_net(story):
    """What is deducted bears no interest in the demand, and its sum is of the net, to the öre."""
    number = demanded(story, f'open_credits = "net"\n{DEMANDING}')
    credit_note(story)
    story.until("asked")
    (asked,) = questions(story)
    story.type("claims", "approve", asked["id"], "--tenant", "t")
    assert story.days(1)[0]["letters_sent"] == 1
    text = bodies(story)[-1]
    found = re.search(r"Ränta 11,00 % på 9 500,00 kr, [^:]*: ([0-9 ]+,[0-9]{2}) kr", text)
    assert found and f"räknas av på faktura {number}: -3 000,00 kr" in text
    to_pay = re.search(r"Att betala: ([0-9 ]+,[0-9]{2}) kr", text)
    assert to_pay and amount(to_pay[1]) == Decimal("9500.00") + amount(found[1]) + Decimal("60.00") + Decimal("180.00")
