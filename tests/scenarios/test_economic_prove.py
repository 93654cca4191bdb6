"""`kravbro doctor --prove`: one booking of 1.00 on a trial agreement says how its books read a payment."""

import pytest
from click.testing import CliRunner

from simulators.economic import Switches


def trial(danish, **settings):
    """A tenant that is connected and whose accounts are confirmed, but not live."""
    danish.connect(live=False, **settings)
    return danish


def prove(story, answer, *arguments):
    from cli import cli

    done = CliRunner().invoke(cli, ["doctor", "--tenant", "t", "--prove", *arguments], input=f"{answer}\n")
    return done.exit_code, done.output + str(done.exception or "")


@pytest.mark.parametrize(
    ("danish", "sign", "code", "says"),
    [
        (Switches(), "minus", 0, "The sign is right"),
        (Switches(), "plus", 2, "Set payment_sign=minus."),
        (Switches(payment_sign=1), "minus", 2, "Set payment_sign=plus."),
        (Switches(payment_sign=1), "plus", 0, "matched with their invoice by being booked"),
        (Switches(payments_match=False), "minus", 0, "Kravbro matches them"),
    ],
    indirect=["danish"],
)
def test_trial_tells_its_sign(danish, sign, code, says):
    story = trial(danish, payment_sign=sign)
    number = story.invoice()
    ended, said = prove(story, "1001")
    assert (ended, says in said) == (code, True), said
    assert story.balance(number) == (12_499 if code == 0 else 12_500)
    assert story.company.ledger.drafts == {}


def test_nothing_is_booked_without_the_number(danish):
    story = trial(danish)
    story.invoice()
    ended, said = prove(story, "y")
    assert "that is not the agreement's number" in said and ended
    assert not [row for row in story.simulator.log.rows if row["method"] == "POST"]


def test_live_tenant_is_refused(danish):
    danish.connect()
    assert "it is live" in danish.type("doctor", "--tenant", "t", "--prove", code=2)
    assert "needs a tenant" in danish.type("doctor", "--prove", code=2)


def test_money_needs_a_place_to_lie(danish, monkeypatch):
    from simulators import economic_chart

    monkeypatch.setattr(economic_chart, "CHART", tuple(one for one in economic_chart.CHART if one[0] != 5690))
    story = danish
    with pytest.raises(AssertionError, match="no usable account for clearing"):
        trial(story)
    assert "no clearing account is chosen" in story.type("doctor", "--tenant", "t", "--prove", code=2)


def test_without_an_invoice_there_is_nothing_to_book_on(danish):
    story = trial(danish)
    assert "no invoice has 1.00 DKK open" in prove(story, "1001")[1]


def test_other_systems_have_nothing_to_prove(story):
    assert "nothing is left to be proved for fortnox" in story.type("doctor", "--tenant", "t", "--prove", code=2)
