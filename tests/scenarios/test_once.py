"""Once: a claim, a fee and a yes count one time, whatever people and agencies say in between."""

import json
from datetime import timedelta
from decimal import Decimal

from core.engine import handover
from core.policy import load_template
from tests.story import START, org_no

REMIND_THEN = 'name="x"\ncountry="SE"\ncurrency="SEK"\n[[step]]\naction="remind"\nafter_days=7\n'
ASKED_HANDOVER = REMIND_THEN + '[[step]]\naction="handover"\nmode="ask"\nafter_previous_days=0\n'


def use(story, policy):
    path = story.home / "policy.toml"
    path.write_text(policy)
    story.type("policy", "use", "t", str(path))


def at(monkeypatch, module, place, act):
    """Do something once, when a run passes a place."""
    done = []

    def point(name):
        if name == place and not done:
            done.append(name)
            act()

    monkeypatch.setattr(module, "point", point)


def handovers(story):
    """Every claim that was handed over, as its agency reads it."""
    events = story.agency.get("/v1/events?limit=500&types=claim.submitted").json()["events"]
    return [story.agency.get(f"/v1/claims/{event['claim_id']}").json() for event in events]


def rejected(story):
    number = story.invoice()
    story.until("claims_handed_over")
    claim = story.claim()
    reject(story, claim)
    story.days(1)
    return number, claim


def reject(story, claim):
    story.report(f"/claims/{claim['claim_id']}/reject", {"code": "address", "text": "no such street", "fields": []})


def again(story, claim, code=0):
    return story.type("claims", "resolve", claim["claim_id"][:12], "--tenant", "t", "--again", "address corrected", code=code)


def test_work_after_rejection_is_told(story):
    number, claim = rejected(story)
    story.acknowledge()
    story.days(1)
    assert "reports acknowledged" in story.type("claims", "tasks", "--tenant", "t")
    assert not story.company.invoice(number)["ExternalInvoiceReference1"]
    assert "since it rejected it" in again(story, claim, code=2)
    reject(story, claim)
    story.days(1)
    again(story, claim)
    story.days(2)
    assert len(handovers(story)) == 2


def test_yes_before_the_acknowledgement_is_void(story):
    _, claim = rejected(story)
    again(story, claim)
    story.acknowledge()
    story.days(3)
    assert len(handovers(story)) == 1


def test_dropped_second_claim_is_planned_again(story, monkeypatch):
    number, claim = rejected(story)
    again(story, claim)
    at(monkeypatch, handover, "plan.after_commit", lambda: story.company.pay_invoice(number, Decimal("100.00"), on=story.today))
    story.days(3)
    assert [one["lines"][0]["open"]["amount"] for one in handovers(story)] == ["12500.00", "12400.00"]


def test_fee_of_one_letter_is_claimed_once(story):
    use(story, load_template("se-standard").replace('one_claim_per = "debtor"', 'one_claim_per = "invoice"'))
    story.type("tenants", "fee", "t", "--agreement", "terms of sale", "--since", "2025-01-01")
    customer = story.company.add_customer("Kund 1 AB", org_no(1), "k@example.com")
    due = START + timedelta(days=2)
    for _ in range(2):
        story.company.add_invoice(customer, Decimal(5000), due - timedelta(days=30), due)
    story.until("claims_handed_over")
    claims = handovers(story)
    assert [len(claim["notices"]) for claim in claims] == [1, 1]
    assert sorted(len(claim["fees"]) for claim in claims) == [0, 1]


def question(story):
    found = json.loads(story.type("claims", "approve", "--tenant", "t", "--list", "--json"))["questions"]
    return [one["id"] for one in found]


def test_yes_ends_with_its_amount(story):
    use(story, ASKED_HANDOVER)
    number = story.invoice()
    story.until("asked")
    (asked,) = question(story)
    story.type("claims", "approve", asked, "--tenant", "t")
    payment = story.company.pay_invoice(number, Decimal("5000.00"), on=story.today)
    story.days(2)
    story.company.delete_payment(payment)
    assert sum(done["claims_handed_over"] for done in story.days(3)) == 0
    assert question(story) == [asked]
    story.type("claims", "approve", asked, "--tenant", "t")
    assert story.days(1)[0]["claims_handed_over"] == 1


def test_yes_stands_while_the_question_does(story, monkeypatch):
    use(story, ASKED_HANDOVER)
    story.invoice()
    story.until("asked")
    (asked,) = question(story)
    monkeypatch.setattr(story.company, "book_bank", lambda *_: None)
    story.type("claims", "approve", asked, "--tenant", "t")
    assert story.days(1)[0]["claims_handed_over"] == 1
    assert question(story) == []


def test_question_of_a_paid_invoice_is_taken_back(story):
    use(story, ASKED_HANDOVER)
    number = story.invoice()
    story.until("asked")
    (asked,) = question(story)
    story.company.pay_invoice(number, on=story.today)
    story.days(1)
    assert question(story) == []
    assert "no such question" in story.type("claims", "approve", asked, "--tenant", "t", code=2)
