"""Principal paid directly with fees left: the claim says what becomes of them, and they make no claim of their own."""

from datetime import timedelta

import pytest

from core.policy import load_template
from tests.story import START


@pytest.mark.parametrize("said", ["waive", "go_on"])
def test_claim_says_what_becomes_of_fees(story, said):
    text = load_template("se-standard").replace("[handover]", f'[handover]\nfees_left = "{said}"')
    (story.home / "policy.toml").write_text(text)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    _, claim = story.handed_over()
    assert claim["instructions"]["fees_left"] == said


@pytest.mark.parametrize(("both", "said"), [(True, "go_on"), (False, "waive")])
def test_claim_goes_on_for_fees_if_each_of_its_invoices_does(story, both, said):
    first = story.invoice(due=START + timedelta(days=1))
    second = story.invoice(due=START + timedelta(days=1))
    story.days(1)
    for number in (first, second) if both else (first,):
        story.type("policy", "override", "t", "--invoice", number, "--fees-left", "go_on")
    story.until("claims_handed_over")
    claim = story.claim()
    assert (len(claim["lines"]), claim["instructions"]["fees_left"]) == (2, said)
    assert "go_on" in story.type("policy", "overrides", "t")


def test_fees_alone_are_never_claimed(story):
    story.type("tenants", "fee", "t", "--agreement", "terms 2024", "--since", "2025-01-01")
    number = story.invoice()
    story.until("letters_sent")
    story.company.pay_invoice(number, on=story.today)
    assert sum(done["claims_handed_over"] for done in story.days(25)) == 0
