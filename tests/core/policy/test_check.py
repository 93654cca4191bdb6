"""What is unlawful is refused with its rule; what is unwise is warned."""

from dataclasses import replace

import pytest

from core.law import load_law
from core.policy import check_policy, load_policy, load_template, template_names
from core.policy.facts import Mode

LAW = load_law()
HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
HANDOVER = '[[step]]\naction = "handover"\nafter_days = 30\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\nfee = "statutory"\n'


def found(policy):
    return [(one.level, one.line, one.rule) for one in check_policy(policy, LAW)]


@pytest.mark.parametrize("name", template_names())
def test_template_is_in_order(name):
    assert found(load_policy(load_template(name), name)) == []


def test_handover_without_reminder_is_warned():
    assert found(load_policy(HEAD + HANDOVER, "x")) == [("warned", 4, "SE.sequence.handover")]


def test_handover_unannounced_is_warned():
    assert found(load_policy(HEAD + REMIND + HANDOVER, "x")) == [("warned", 8, "SE.sequence.handover")]


@pytest.mark.parametrize("changes", [{"mode": Mode.AUTO}, {"pay_within_days": 7}])
def test_unlawful_demand_is_refused(changes):
    policy = load_policy(HEAD + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\npay_within_days = 8\n', "x")
    assert found(policy) == []
    assert found(replace(policy, steps=(replace(policy.steps[0], **changes),))) == [("refused", 4, "SE.sequence.demand")]


def test_step_that_never_comes_is_warned():
    policy = load_policy(load_template("se-standard").replace('mode = "auto"', 'mode = "off"', 1), "x")
    assert ("warned", 22, "") in found(policy)


def test_second_fee_is_warned():
    again = '[[step]]\naction = "remind"\nafter_previous_days = 5\nfee = "statutory"\n'
    assert found(load_policy(HEAD + REMIND + again, "x")) == [("warned", 8, "SE.fee.once")]


def test_unknown_country_is_refused():
    policy = replace(load_policy(load_template("se-standard"), "x"), country="XX")
    assert found(policy) == [("refused", 1, "")]
