"""The policy file: what it says, and that a mistake names its line and key."""

import pytest

from core.errors import ConfigError
from core.money import Money
from core.policy import load_policy, load_template, parse_override, template_names
from core.policy.facts import Action, Mode

HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
STEP = '[[step]]\naction = "remind"\nafter_days = 7\n'
DEMAND = '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 20\npay_within_days = 8\n'

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
    (HEAD + "[sending]\nweekdays = []\n" + STEP, 5, "take `weekdays` away"),
    (HEAD + "x = " + "[" * 3000 + "]" * 3000, 1, "nested too deep"),
    (HEAD + "step = []\n", 4, "[[step]]"),
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


SAID = [
    ('name = "x"\n' + STEP, "p:1: the key `country` is missing. Add it."),
    (HEAD + "colour = 1\n" + STEP, "p:4: there is no key `colour`. See `kravbro policy show se-standard` for those there are."),
    (HEAD + STEP + "[step.when]\ndebtor_kinds = 3\n", 'p:8: step 1: `debtor_kinds`: 3 is no list. Write it like ["one", "another"].'),
    (HEAD + "step = 3\n", "p:4: `step`: 3 is no list of tables. Write each of them under [[step]]."),
    (HEAD + "step = []\n", "p:4: `step`: [] holds nothing. Write at least one [[step]]."),
    (HEAD + STEP + 'mode = "maybe"\n', "p:7: step 1: `mode`: 'maybe' is none of the words known here. Write 'auto', 'ask' or 'off'."),
    (HEAD + STEP + "pay_within_days = 0\n", "p:7: step 1: `pay_within_days`: 0 is too little. Write 1 or more."),
    (HEAD + STEP.replace("7", "1.5"), "p:6: step 1: `after_days`: 1.5 is no whole number. Write it like 10, without quotes."),
    (HEAD + STEP + "minimum = 100\n", 'p:7: step 1: `minimum`: 100 is no text. Write it in quotes, like "100.00".'),
    (HEAD + STEP + 'minimum = "ten"\n', "p:7: step 1: `minimum`: 'ten' is not an amount. Write it as \"100.00\"."),
    (HEAD + STEP + 'minimum = "-1.00"\n', 'p:7: step 1: `minimum` is negative. Write it as "100.00".'),
    (HEAD.replace("SE", "XX", 1) + STEP, "p:2: the law of 'XX' is not known. Write one of: SE, DK, NO, FI."),
    (HEAD.replace("SE", "EU", 1) + STEP, "p:2: the law of 'EU' is not known. Write one of: SE, DK, NO, FI."),
    (HEAD.replace("SEK", "XYZ") + STEP, "p:3: 'XYZ' is no currency we know. Write a code like SEK."),
    (HEAD + '[[step]]\naction = "remind"\n', "p:4: step 1: a step counts from the due date or from the step before. Write one of after_days, after_previous_days."),
    (HEAD + STEP.replace("after_days", "after_previous_days"), "p:6: step 1: the first step has none before it. Write after_days."),
    (HEAD + STEP + "cooling_off_days = 1\n", "p:7: step 1: only a handover is announced before it goes. Take it away."),
    (HEAD + STEP + STEP, "p:9: step 2: steps stand in the order of their days. Put it where it belongs."),
    (HEAD + STEP.replace("remind", "handover") + STEP.replace("7", "9"), "p:7: step 2: nothing of ours follows a handover. After it only the agency writes to the debtor."),
    (HEAD + DEMAND.replace("8", "7"), "p:8: step 1: a demand gives at least 8 days (god inkassosed, inkassolag 5 §). Write 8 or more."),
    (HEAD + DEMAND.replace("ask", "auto"), 'p:6: step 1: a demand is released by the creditor itself (inkassolag 2 §). Write mode = "ask".'),
    (HEAD + STEP + "[step.when]\namount = {}\n", "p:8: step 1: `amount` has no end. Write min, max or both."),
    (HEAD + STEP + '[step.when]\namount = {min = "x"}\n', "p:8: step 1: `min`: 'x' is not an amount. Write it as \"100.00\"."),
    (HEAD + STEP + '[step.when]\namount = {min = "2.00", max = "1.99"}\n', "p:8: step 1: `amount` is never so: its min is above its max. Exchange them."),
    (HEAD + STEP + "[step.when]\nbroken_promises = {min = 2, max = 1}\n", "p:8: step 1: `broken_promises` is never so: its min is above its max. Exchange them."),
    (HEAD + '[sending]\nfrom = "8"\n' + STEP, "p:5: `from`: '8' is no time of day. Write it like \"08:00\"."),
    (HEAD + '[sending]\nto = "24:00"\n' + STEP, "p:5: `to`: '24:00' is no time of day. Write it like \"08:00\"."),
    (HEAD + '[sending]\nfrom = "09:00"\nto = "09:00"\n' + STEP, "p:6: `to` is not after `from`. Exchange them, or give other hours."),
    (HEAD + '[sending]\nweekdays = ["sat", "sun"]\nbank_days_only = true\n' + STEP,
     "p:5: no bank is open on any of them: no letter would ever go. Add a day, or take bank_days_only away."),
    (HEAD + '[insurance]\ninsured = true\nlimit = "-1.00"\n' + STEP, 'p:6: `limit` is negative. Write it as "100.00".'),
    (HEAD + '[limits]\namount = "-1.00"\n' + STEP, 'p:5: `amount` is negative. Write it as "100.00".'),
    (HEAD + 'small_amount = "-1.00"\n' + STEP, 'p:4: `small_amount` is negative. Write it as "100.00".'),
    (HEAD + "x = \n" + STEP, "p:4: this is no TOML: invalid value. Mend the line."),
    (HEAD + STEP + 'x = "a', "p:1: this is no TOML: unterminated string. Mend the line."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), SAID)
def test_mistake_says_where_what_and_what_to_do(text, sentence):
    with pytest.raises(ConfigError) as caught:
        load_policy(text, "p")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("colour = 1", "override: there is no key `colour`. See `kravbro policy show se-standard` for those there are."),
     ("extra_days = -1", "override: `extra_days`: -1 is too little. Write 0 or more."),
     ('minimum = "1,00"', "override: `minimum`: '1,00' is no amount. Write it like 500.00."),
     ("mode = \n", "override:1: this is no TOML: invalid value. Mend the line.")],
)  # fmt: skip
def test_mistake_of_an_override_says_what_to_do(text, sentence):
    with pytest.raises(ConfigError) as caught:
        parse_override(text)
    assert str(caught.value) == sentence


def test_unknown_template_says_which_there_are():
    with pytest.raises(ConfigError) as caught:
        load_template("se-perfect")
    assert str(caught.value) == f"policy se-perfect: there is no such template. Templates: {', '.join(template_names())}."
    assert template_names() == sorted(template_names()) and not any("." in name for name in template_names())
