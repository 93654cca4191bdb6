"""Tenant < debtor < invoice, and what no override can do."""

import pytest

from core.errors import ConfigError
from core.money import Money
from core.policy import Override, load_policy, load_template, parse_override, with_override
from core.policy.document import Cover
from core.policy.facts import Mode

STANDARD = load_policy(load_template("se-standard"), "t")
HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'


def test_none_changes_nothing():
    assert with_override(STANDARD, None, None) is STANDARD


def test_invoice_beats_debtor():
    found = with_override(STANDARD, Override(mode=Mode.OFF, minimum="9.00"), Override(mode=Mode.ASK))
    assert {step.mode for step in found.steps} == {Mode.ASK}
    assert {step.minimum for step in found.steps} == {Money(9_00, "SEK")}


def test_days_of_invoice_replace_debtors():
    assert with_override(STANDARD, Override(extra_days=10), Override(extra_days=3)).steps[0].after_days == 10


def test_what_no_override_says_stays():
    text = load_template("se-standard").replace("after_previous_days = 0", "after_previous_days = 0\ncooling_off_days = 3")
    own = with_override(load_policy('one_letter_per = "invoice"\n' + text, "t"), Override(minimum="9.00"), Override(insured=True))
    assert (own.one_letter_per, own.bundle_by_debtor, own.steps[1].cooling_off_days) == ("invoice", True, 3)
    assert (own.steps[0].after_days, {step.mode for step in own.steps}) == (7, {Mode.AUTO})


@pytest.mark.parametrize(("said", "together"), [("debtor", True), ("invoice", False)])
def test_override_says_what_goes_together(said, together):
    own = with_override(STANDARD, parse_override(f'one_claim_per = "{said}"\none_letter_per = "{said}"'), None)
    assert (own.bundle_by_debtor, own.one_letter_per) == (together, said)


@pytest.mark.parametrize(
    ("text", "cover"),
    [("insured = true", Cover(insured=True)), ("insured = false", Cover(insured=False)), ("extra_days = 1", None),
     ('insured_limit = "5.00"', Cover(insured=True, limit=Money(5_00, "SEK"))),
     ('insured = false\ninsured_limit = "5.00"', Cover(insured=False, limit=Money(5_00, "SEK")))],
)  # fmt: skip
def test_override_says_what_is_insured(text, cover):
    assert with_override(STANDARD, parse_override(text), None).cover == cover


@pytest.mark.parametrize("mode", list(Mode))
def test_off_step_stays_off(mode):
    policy = load_policy(load_template("se-standard").replace('mode = "auto"', 'mode = "off"', 1), "t")
    assert with_override(policy, Override(mode=mode), None).steps[0].mode == Mode.OFF


def test_demand_is_never_released_by_override():
    policy = load_policy(HEAD + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\n', "x")
    assert with_override(policy, Override(mode=Mode.AUTO), None).steps[0].mode == Mode.ASK
    assert with_override(policy, Override(mode=Mode.OFF), None).steps[0].mode == Mode.OFF


@pytest.mark.parametrize(
    ("text", "key"),
    [('minimum = "abc"', "minimum"), ('minimum = "-5"', "minimum"), ('minimum = "1.999"', "minimum"), ("extra_days = -1", "extra_days"),
     ('extra_days = "7"', "extra_days"), ('mode = "x"', "mode"), ("colour = 1", "colour")],
)  # fmt: skip
def test_wrong_override_is_refused(text, key):
    with pytest.raises(ConfigError, match=key):
        parse_override(text)


@pytest.mark.parametrize("line", ['after_days = "7"', "after_days = true", "after_days = 7.0"])
def test_days_are_whole_numbers(line):
    with pytest.raises(ConfigError, match=r"^p:6:.*after_days"):
        load_policy(HEAD + f'[[step]]\naction = "remind"\n{line}\n', "p")


def test_court_needs_a_plain_yes():
    with pytest.raises(ConfigError, match=r"^p:5:.*allow_legal"):
        load_policy(HEAD + '[handover]\nallow_legal = "yes"\n[[step]]\naction = "remind"\nafter_days = 7\n', "p")


@pytest.mark.parametrize(
    ("debtor", "invoice", "left"), [(None, None, "waive"), ("go_on", None, "go_on"), ("go_on", "waive", "waive"), (None, "go_on", "go_on")]
)
def test_fees_left_is_said_on_three_levels(debtor, invoice, left):
    assert with_override(STANDARD, Override(fees_left=debtor), Override(fees_left=invoice)).fees_left == left


@pytest.mark.parametrize(
    ("debtor", "invoice", "found"), [(None, None, "stop"), ("net", None, "net"), ("net", "stop", "stop"), (None, "net", "net")]
)
def test_open_credits_are_said_on_three_levels(debtor, invoice, found):
    assert with_override(STANDARD, Override(open_credits=debtor), Override(open_credits=invoice)).open_credits == found
    assert parse_override('open_credits = "net"').open_credits == "net"
