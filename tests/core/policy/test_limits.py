"""How much leaves in one run by itself: below, at and above each limit."""

import pytest

from core.money import Money
from core.policy import Due, Leaving, leaving, load_policy, load_template, over_limit
from core.policy.document import Limits
from core.policy.facts import Action, Mode, Reason

LIMITS = Limits(letters=2, handovers=1, amount=Money(1000_00, "SEK"))


def due(*debtors, minor=100_00):
    return [Due(debtor, Money(minor, "SEK")) for debtor in debtors]


@pytest.mark.parametrize(
    ("kind", "debtors", "asked"),
    [(Leaving.LETTERS, "ab", False), (Leaving.LETTERS, "abc", True), (Leaving.HANDOVERS, "a", False), (Leaving.HANDOVERS, "ab", True),
     (Leaving.LETTERS, "aab", False)],
)  # fmt: skip
def test_count_is_a_border(kind, debtors, asked):
    assert (over_limit(LIMITS, kind, due(*debtors)) is not None) == asked


@pytest.mark.parametrize(("minor", "asked"), [(500_00, False), (500_01, True)])
def test_amount_is_a_border(minor, asked):
    assert (over_limit(LIMITS, Leaving.LETTERS, due("a", "b", minor=minor)) is not None) == asked


def test_question_says_how_many(bench):
    reason = over_limit(LIMITS, Leaving.LETTERS, due("a", "b", "c"))
    assert (reason.id, reason.policy_line) == ("over_limit", None)
    assert dict(reason.params) == {"count": "3", "what": "letters", "amount": "300.00 SEK", "count_max": "2", "amount_max": "1000.00 SEK"}


def test_what_a_person_approved_is_not_counted(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert leaving(decision) == Leaving.LETTERS
    assert leaving(bench.decide(bench.reminded(), bench.handover_on)) == Leaving.HANDOVERS
    assert leaving(decision._replace(mode=Mode.ASK)) is None
    assert leaving(decision._replace(action=None)) is leaving(decision._replace(action=Action.PROPOSE_WRITE_OFF)) is None
    assert leaving(decision._replace(action=Action.NOTICE)) == leaving(decision._replace(action=Action.DEMAND)) == Leaving.LETTERS
    assert leaving(decision._replace(reasons=(Reason("approved"),))) is None


def test_document_without_limits_has_them():
    text = load_template("se-standard")
    assert load_policy(text[: text.index("[limits]")], "x").limits == load_policy(text, "x").limits
