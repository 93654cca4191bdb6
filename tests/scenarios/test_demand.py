"""The creditor's own demand: released by a person, with interest and costs in figures, sent once, and named in the claim."""

import re
from decimal import Decimal

import pytest

from tests.killing import run_killed
from tests.scenarios.test_once import REMIND_THEN, question, use
from tests.scenarios.test_one_claim import body_of

DEMAND = '[[step]]\naction="demand"\nmode="ask"\nafter_previous_days=0\nfee="statutory"\n'
DEMANDING = REMIND_THEN + 'fee="statutory"\n' + DEMAND


def demanded(story, policy=DEMANDING, *, confirmed=True):
    """An invoice whose demand waits for a yes, after a reminder with its fee."""
    use(story, policy)
    story.type("tenants", "fee", "t", "--agreement", "terms of sale", "--since", "2025-01-01")
    if confirmed:
        story.type("law", "confirm", "SE.rate.statutory.2025-01-01", "SE.rate.statutory.2025-07-01")
    number = story.invoice()
    story.until("letters_sent")
    return number


def approve(story):
    (asked,) = question(story)
    story.type("claims", "approve", asked, "--tenant", "t")


def explain(story, number):
    return story.type("claims", "explain", number, "--tenant", "t")


def test_demand_goes_with_a_yes(story):
    number = demanded(story)
    story.until("asked")
    assert sum(done["letters_sent"] for done in story.days(5)) == 0
    approve(story)
    assert [done["letters_sent"] for done in story.days(3)] == [1, 0, 0]
    told = body_of(story.mailbox.mails[-1])
    assert "inkassokrav enligt 5 § inkassolagen" in told
    assert "Påminnelseavgift, tidigare brev" in told and "Ersättning för inkassokrav" in told and "180,00 kr" in told
    assert "Our demand went by e-mail" in explain(story, number)


def test_one_yes_lets_one_demand_go(story):
    """Taken back before the next run, it is asked about anew."""
    number = demanded(story)
    story.until("asked")
    approve(story)
    story.days(1)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "it was wrong")
    story.type("letters", "withdraw", number, "--tenant", "t")
    story.type("claims", "release", number, "--tenant", "t", "--reason", "it was right")
    assert [(done["letters_sent"], done["asked"]) for done in story.days(2)] == [(0, 1), (0, 0)]
    approve(story)
    assert [done["letters_sent"] for done in story.days(2)] == [1, 0]


def test_demand_adds_up(story):
    """What remains, the interest before and after a part payment, the reminder's fee and the demand's, to the öre."""
    number = demanded(story)
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.until("asked")
    approve(story)
    story.days(1)
    parts = re.findall(r"Ränta 11,00 % på [^:]*: ([0-9 ]+,[0-9]{2}) kr", body_of(story.mailbox.mails[-1]))
    assert len(parts) == 2
    whole = sum(map(amount, parts)) + Decimal("10000.00") + Decimal("60.00") + Decimal("180.00")
    assert amount(re.search(r"Att betala: ([0-9 ]+,[0-9]{2}) kr", body_of(story.mailbox.mails[-1]))[1]) == whole


def amount(text):
    return Decimal(text.replace(" ", "").replace(",", "."))


def test_demand_waits_for_its_rates(story):
    number = demanded(story, confirmed=False)
    assert sum(done["asked"] + done["letters_sent"] for done in story.days(25)) == 0
    assert "nobody has confirmed SE.rate.statutory.2025-01-01" in explain(story, number)
    assert "kravbro law confirm" in story.type("claims", "tasks", "--tenant", "t")
    story.type("law", "confirm", "SE.rate.statutory.2025-01-01")
    assert story.days(1)[0]["asked"] == 1


def test_demand_without_a_yes_stays(story):
    demanded(story)
    story.until("asked")
    (asked,) = question(story)
    story.type("claims", "approve", asked, "--tenant", "t", "--decline")
    assert sum(done["letters_sent"] for done in story.days(10)) == 0


def test_paid_before_the_demand_goes(story):
    number = demanded(story)
    story.until("asked")
    approve(story)
    story.company.pay_invoice(number, on=story.today)
    assert sum(done["letters_sent"] for done in story.days(10)) == 0


def test_claim_names_the_demand(story):
    """Its fee is a cost of collection, beside the reminder's fee; no fee is claimed twice."""
    demanded(story, DEMANDING + '[[step]]\naction="handover"\nafter_previous_days=0\n')
    story.until("asked")
    approve(story)
    story.days(1)
    assert story.until("claims_handed_over")["differences"] == 0
    claim = story.claim()
    assert [(notice["kind"], notice["fee"]["amount"]) for notice in claim["notices"]] == [("reminder", "60.00"), ("demand", "180.00")]
    assert [(component, fee["amount"]) for component, fee in claim["fees"]] == [("reminder_fee", "60.00"), ("collection_cost", "180.00")]


def test_demand_gives_the_laws_time(story):
    """A policy that gives less than 8 days is refused; one by post gives three more."""
    assert "at least 8 days" in use_refused(story, DEMANDING + "pay_within_days=7\n")
    assert "released by the creditor itself" in use_refused(story, DEMANDING.replace('mode="ask"', 'mode="auto"'))


def use_refused(story, policy):
    path = story.home / "policy.toml"
    path.write_text(policy)
    return story.type("policy", "use", "t", str(path), code=2)


@pytest.mark.parametrize("place", ["plan.after_commit", "deliver.after_send", "deliver.before_outcome_commit"])
def test_demand_survives_a_kill(story, place):
    """It goes once, or twice the same; its question is not asked again."""
    demanded(story)
    story.until("asked")
    approve(story)
    story.morning()
    assert run_killed(place)
    story.days(3)
    assert len(set(story.mailbox.mails)) == 2
    assert question(story) == []
