"""The policy file: what it says, and that a mistake names its line and key."""

import pytest

from core.errors import ConfigError
from core.money import Money
from core.policy import load_policy, load_template, template_names
from core.policy.facts import Action, Mode

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
STEP = '[[step]]\naction = "remind"\nafter_days = 7\n'

WRONG = [
    ("name = \n", 1, "toml"),
    (HEAD + STEP + 'x = "a\n', 7, "toml"),
    ('country = "SE"\ncurrency = "SEK"\n' + STEP, 1, "name"),
    ('name = "x"\ncountry = "XX"\ncurrency = "SEK"\n' + STEP, 2, "XX"),
    ('name = "x"\ncountry = "SE"\ncurrency = "ABC"\n' + STEP, 3, "ABC"),
    (HEAD, 1, "step"),
    (HEAD + "colour = 1\n" + STEP, 4, "colour"),
    (HEAD + 'small_amount = "1.001"\n' + STEP, 4, "small_amount"),
    (HEAD + 'small_amount = "-1.00"\n' + STEP, 4, "small_amount"),
    (HEAD + STEP + "afterdays = 3\n", 7, "afterdays"),
    (HEAD + "[[step]]\nafter_days = 7\n", 4, "action"),
    (HEAD + '[[step]]\naction = "shout"\nafter_days = 7\n', 5, "action"),
    (HEAD + STEP + 'mode = "maybe"\n', 7, "mode"),
    (HEAD + '[[step]]\naction = "remind"\nafter_days = -1\n', 6, "after_days"),
    (HEAD + STEP + "pay_within_days = 0\n", 7, "pay_within_days"),
    (HEAD + STEP + 'minimum = "ten"\n', 7, "minimum"),
    (HEAD + STEP + "minimum = 100\n", 7, "minimum"),
    (HEAD + STEP + 'fee = "-9"\n', 7, "fee"),
    (HEAD + '[sending]\nweekdays = ["sat", "sun"]\nbank_days_only = true\n' + STEP, 5, "no letter would ever go"),
    (HEAD + STEP + "after_previous_days = 0\n", 4, "after_previous_days"),
    (HEAD + '[[step]]\naction = "remind"\nafter_previous_days = 0\n', 6, "first"),
    (HEAD + STEP + STEP, 9, "order"),
    (HEAD + STEP + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 20\npay_within_days = 7\n', 11, "8 days"),
    (HEAD + STEP + '[[step]]\naction = "demand"\nmode = "auto"\nafter_days = 20\n', 9, "inkassolag"),
    (HEAD + STEP.replace("remind", "handover") + STEP.replace("7", "9"), 7, "handover"),
    (HEAD + '[handover]\nend_stage = "moon"\n' + STEP, 5, "end_stage"),
    (HEAD + '[handover]\none_claim_per = "year"\n' + STEP, 5, "one_claim_per"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key"), WRONG)
def test_mistake_names_line_and_key(text, line, key):
    with pytest.raises(ConfigError) as caught:
        load_policy(text, "policy.toml")
    assert caught.value.where == f"policy.toml:{line}"
    assert key.lower() in str(caught.value).lower()


IN_WORDS = [
    (HEAD + STEP + 'fee = "9,00"\n', '`fee`: \'9,00\' is no fee. Write "none", "statutory", or the agreed amount like "45.00".'),
    (HEAD + STEP + 'mode = "maybe"\n', "Write 'auto', 'ask' or 'off'."),
    (HEAD + STEP + "mode = 3\n", "`mode`: 3 is none of the words known here."),
    (HEAD + STEP + "minimum = 100\n", '`minimum`: 100 is no text. Write it in quotes, like "100.00".'),
    (HEAD + STEP + "pay_within_days = 91\n", "`pay_within_days`: 91 is too much. Write 90 or less."),
    (HEAD + STEP.replace("7", '"7"'), "`after_days`: '7' is no whole number."),
    (HEAD + STEP + 'announces_collection = "yes"\n', "'yes' is neither true nor false."),
    (HEAD.replace('"x"', '""') + STEP, "`name`: '' says nothing."),
    (HEAD + "step = []\n", "`step`: [] holds nothing."),
    (HEAD + "step = 3\n", "`step`: 3 is no list of tables."),
    (HEAD + "step = [3]\n", "`step`: 3 is no table of keys."),
    (HEAD + "handover = 3\n" + STEP, "`handover`: 3 is no table of keys."),
]


@pytest.mark.parametrize(("text", "sentence"), IN_WORDS)
def test_mistake_is_told_in_words(text, sentence):
    with pytest.raises(ConfigError) as caught:
        load_policy(text, "policy.toml")
    assert sentence in str(caught.value)


def test_mistake_names_its_step():
    with pytest.raises(ConfigError, match=r"policy.toml:10: step 2: .*afterdays"):
        load_policy(HEAD + STEP + STEP.replace("7", "9") + "afterdays = 1\n", "policy.toml")


def test_comment_is_no_key():
    with pytest.raises(ConfigError, match=r"^p:7:"):
        load_policy(HEAD + '[[step]]\n# after_days = 3\naction = "remind"\nafter_days = -1\n', "p")


@pytest.mark.parametrize("name", template_names())
def test_template_loads(name):
    policy = load_policy(load_template(name), name)
    assert policy.name == name
    assert policy.steps[-1].action == Action.HANDOVER and len(policy.steps) in (2, 3)


def test_templates_are_those_owed():
    assert {"se-standard", "se-cautious"} <= set(template_names())


def test_cautious_does_nothing_alone():
    assert {step.mode for step in load_policy(load_template("se-cautious"), "t").steps} == {Mode.ASK}


def test_standard_reminds_with_notice():
    first = load_policy(load_template("se-standard"), "t").steps[0]
    assert (first.after_days, first.pay_within_days, first.announces_collection) == (7, 10, True)
    assert first.minimum == Money(50_00, "SEK")


def test_unknown_template_lists_known():
    with pytest.raises(ConfigError, match="se-standard"):
        load_template("../secrets")
