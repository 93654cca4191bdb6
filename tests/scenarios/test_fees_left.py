"""Principal paid directly with fees left: the claim says what becomes of them, and they make no claim of their own."""

import pytest

from core.policy import load_template
from tests.scenarios.test_one_claim import handed_over


@pytest.mark.parametrize("said", ["waive", "go_on"])
def test_claim_says_what_becomes_of_fees(story, said):
    text = load_template("se-standard").replace("[handover]", f'[handover]\nfees_left = "{said}"')
    (story.home / "policy.toml").write_text(text)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    _, claim = handed_over(story)
    assert claim["instructions"]["fees_left"] == said


def test_fees_alone_are_never_claimed(story):
    story.type("tenants", "fee", "t", "--agreement", "terms 2024")
    number = story.invoice()
    story.until("letters_sent")
    story.company.pay_invoice(number, on=story.today)
    assert sum(done["claims_handed_over"] for done in story.days(25)) == 0
