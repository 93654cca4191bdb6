"""What is unlawful or unwise about a policy, in words."""

from dataclasses import replace

import pytest

from core.law import load_law
from core.policy import check_policy, load_policy
from core.policy.facts import Mode

LAW = load_law()
HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
HANDOVER = '[[step]]\naction = "handover"\nafter_days = 30\nminimum = "300.00"\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\nfee = "statutory"\n'
NOTICE = '[[step]]\naction = "notice"\nafter_days = 7\npay_within_days = {days}\n'
PLAIN = REMIND.replace('fee = "statutory"\n', "")
SWEDISH_DEMAND = '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\npay_within_days = 8\n'
FROM_A_LETTER = HANDOVER.replace("after_days = 30", "after_previous_days = 0")
SAID = [
    ("SE", HANDOVER, "The claim goes to the agency without any reminder: lawful, but seldom wise."),
    ("SE", PLAIN + HANDOVER, "No letter before it says that the claim will go to an agency."),
    ("DK", PLAIN + HANDOVER, "No notice of collection goes before it. {handover}"),
    ("DK", NOTICE.format(days=9), "A notice gives at least 10 days ({notice_min_days})."),
    ("DK", NOTICE.format(days=10) + "[step.when]\ninsured = true\n" + HANDOVER, "Where the notice before it does not apply, it waits for ever: the law wants one."),
    ("SE", PLAIN + 'mode = "off"\n' + FROM_A_LETTER.replace("handover", "remind"), "It counts from a letter, and every letter before it is off: it will never come."),
    ("SE", PLAIN + "[step.when]\ninsured = true\n" + FROM_A_LETTER.replace("handover", "remind"), "It counts from a letter; where none before it applies, it waits for a person."),
    ("SE", REMIND + REMIND.replace("7", "9"), "The reminder fee is charged once per claim: none here."),
    ("DK", "".join(REMIND.replace("7", str(days)) for days in (7, 20, 40, 60)), "The reminder fee is charged 3 times per claim: none here."),
]  # fmt: skip


def sentences(country, steps, law=LAW):
    currency = {"DK": "DKK", "SE": "SEK"}[country]
    policy = load_policy(f'name = "x"\ncountry = "{country}"\ncurrency = "{currency}"\n{steps}', "x")
    return [one.text for one in check_policy(policy, law)]


@pytest.mark.parametrize(("country", "steps", "sentence"), SAID)
def test_finding_is_told_in_words(country, steps, sentence):
    sources = {
        "handover": LAW.rule(f"{country}.sequence.handover").sentence,
        "notice_min_days": LAW.find_deadline("DK", "notice_min_days").statute,
    }
    assert sentences(country, steps) == [sentence.format_map(sources)]


def test_unlawful_demand_is_told_in_words():
    policy = load_policy(HEAD + SWEDISH_DEMAND, "x")
    (step,) = policy.steps
    texts = [one.text for one in check_policy(replace(policy, steps=(replace(step, mode=Mode.AUTO, pay_within_days=7),)), LAW)]
    days, rule = LAW.find_deadline("SE", "demand_min_days"), LAW.rule("SE.sequence.demand")
    assert texts == [f"A demand gives at least 8 days ({days.statute}).", f"A demand is released by the creditor itself ({rule.statute})."]


def test_unknown_country_is_told_in_words():
    policy = replace(load_policy(HEAD + PLAIN, "x"), country="XX")
    assert [(one.key, one.text) for one in check_policy(policy, LAW)] == [("country", "There are no tables for the law of XX.")]


def test_law_without_a_reminder_fee_warns_of_none():
    without = replace(LAW, rows=tuple(row for row in LAW.rows if row.code != "reminder"))
    assert sentences("SE", REMIND + REMIND.replace("7", "9"), without) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("", 'fee = "statutory"\n'), ('fee = "statutory"\n', ""), ('fee = "statutory"\nmode = "off"\n', 'fee = "statutory"\n')],
)
def test_one_fee_is_not_warned_of(first, second):
    assert sentences("SE", PLAIN + first + PLAIN.replace("7", "9") + second) == []


def test_step_that_is_off_is_not_looked_at():
    assert sentences("SE", HANDOVER + 'mode = "off"\n') == []
    assert sentences("DK", NOTICE.format(days=10) + 'mode = "off"\n' + HANDOVER) == [LAW_WANTS_A_NOTICE]


LAW_WANTS_A_NOTICE = f"No notice of collection goes before it. {LAW.rule('DK.sequence.handover').sentence}"


def test_one_of_two_notices_without_conditions_is_enough():
    both = NOTICE.format(days=10) + "[step.when]\ninsured = true\n" + NOTICE.format(days=10).replace("= 7", "= 9")
    assert sentences("DK", both + HANDOVER) == []
    assert sentences("DK", both + FROM_A_LETTER) == []


def test_agency_that_sends_the_notice_needs_none_of_ours():
    ordered = "[handover]\nagency_sends_notice = true\n"
    assert sentences("DK", ordered + NOTICE.format(days=10) + "[step.when]\ninsured = true\n" + HANDOVER) == []
    assert sentences("DK", ordered + PLAIN + HANDOVER) == ["No letter before it says that the claim will go to an agency."]
    assert sentences("DK", ordered + PLAIN + "announces_collection = true\n" + HANDOVER) == []


LETTER = '[[step]]\naction = "{action}"\nmode = "ask"\nafter_days = {after}\npay_within_days = {days}\nannounces_collection = true\n'
UNWISE = [
    (LETTER.format(action="remind", after=7, days=4), "A letter that gives 4 days hardly leaves time for a payment to arrive."),
    (LETTER.format(action="notice", after=7, days=4), "A letter that gives 4 days hardly leaves time for a payment to arrive."),
    (LETTER.format(action="remind", after=2, days=10), "A payment of the due date is often still under way 2 days after it."),
    (LETTER.format(action="demand", after=2, days=10), "A payment of the due date is often still under way 2 days after it."),
    (LETTER.format(action="remind", after=3, days=10) + HANDOVER.replace("30", "13"),
     "The claim goes to the agency 13 days after the due date, when most who pay late have not paid yet."),
    (LETTER.format(action="remind", after=3, days=10) + HANDOVER.replace('"300.00"', '"0.00"'),
     "Without a minimum every small claim goes to the agency, whatever it costs to collect."),
    ('small_amount = "0.00"\n' + PLAIN, "Rests of a few öre would be chased."),
    ("[limits]\nletters = 0\n" + PLAIN, "None of them ever goes by itself: a person is asked about each run's."),
    ("[limits]\nhandovers = 0\n" + PLAIN, "None of them ever goes by itself: a person is asked about each run's."),
    *((f'[handover]\nend_stage = "{phase}"\n' + PLAIN, f"The agency may go as far as {phase}, but not to court (allow_legal).")
      for phase in ("legal_filed", "contested_court", "title_obtained", "enforcement")),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), UNWISE)
def test_unwise_value_is_told_in_words(steps, sentence):
    assert sentences("SE", steps) == [sentence]


@pytest.mark.parametrize("key", ["letters", "handovers"])
def test_limit_of_nothing_has_its_line(key):
    text = f"{HEAD}[limits]\n{key} = 0\n{PLAIN}"
    assert [(one.key, one.line) for one in check_policy(load_policy(text, "x"), LAW, text)] == [(key, 5)]


@pytest.mark.parametrize(
    ("country", "currency", "smallest"), [("SE", "DKK", "öre"), ("SE", "NOK", "öre"), ("NO", "SEK", "öre"), ("SE", "EUR", "cents")]
)
def test_policy_in_another_currency_is_told_in_words(country, currency, smallest):
    text = f'name = "x"\ncountry = "{country}"\ncurrency = "{currency}"\nsmall_amount = "0.00"\n{PLAIN}'
    home = {"SE": "SEK", "NO": "NOK"}[country]
    found = check_policy(load_policy(text, "x"), LAW)
    assert [(one.level, one.line, one.rule, one.key, one.text) for one in found] == [
        ("warned", 1, "", "currency", f"The law of {country} has its amounts in {home}: no fee can be charged on invoices in {currency}."),
        ("warned", 1, "", "small_amount", f"Rests of a few {smallest} would be chased."),
    ]


def test_finding_has_the_line_of_its_step_where_its_document_is_not_given():
    text = HEAD + LETTER.format(action="remind", after=3, days=10) + LETTER.format(action="remind", after=9, days=4)
    policy = load_policy(text, "x")
    assert [(one.line, one.key) for one in check_policy(policy, LAW)] == [(10, "pay_within_days")]
    assert [(one.line, one.key) for one in check_policy(policy, LAW, text)] == [(14, "pay_within_days")]


def test_unlawful_value_has_the_line_of_its_key():
    text = HEAD + PLAIN + SWEDISH_DEMAND.replace("= 7", "= 9")
    policy = load_policy(text, "x")
    first, second = policy.steps
    wrong = replace(policy, steps=(first, replace(second, mode=Mode.AUTO, pay_within_days=7)))
    assert [(one.key, one.line) for one in check_policy(wrong, LAW, text)] == [("pay_within_days", 11), ("mode", 9)]
    assert [(one.key, one.line) for one in check_policy(wrong, LAW)] == [("pay_within_days", 7), ("mode", 7)]


def test_finding_about_a_step_as_a_whole_has_the_steps_line():
    text = HEAD + HANDOVER
    assert [(one.key, one.line) for one in check_policy(load_policy(text, "x"), LAW, text)] == [("", 4)]


FIXED = REMIND.replace('"statutory"', '"{fee}"')


def fees(country, fee, step=FIXED, currency=None, law=LAW):
    money = currency or {"SE": "SEK", "FI": "EUR", "NO": "NOK"}[country]
    policy = load_policy(f'name = "x"\ncountry = "{country}"\ncurrency = "{money}"\n{step.format(fee=fee)}', "x")
    assert all(one.line == 4 for one in check_policy(policy, law) if one.key == "fee")
    return [(one.level, one.rule, one.text) for one in check_policy(policy, law) if one.key == "fee"]


def test_agreed_fee_is_held_against_the_law_in_words():
    cap = LAW.rule("SE.fee.reminder").statute
    assert fees("SE", "60.00") == []
    assert fees("SE", "60.01") == [("refused", "SE.fee.reminder", f"A reminder fee is at most 60 SEK, whatever was agreed ({cap}).")]
    foreign = LAW.rule("SE.fee.currency", law_currency="SEK", currency="EUR").sentence
    assert fees("SE", "5.00", currency="EUR") == [("refused", "SE.fee.currency", foreign)]


def test_agreed_fee_above_some_caps_says_how_it_is_cut():
    (told,) = fees("FI", "10.00")
    assert told == (
        "warned",
        "FI.fee.reminder",
        "The fee is above the law's for some of the debtors, and is cut to 5 EUR towards consumer.",
    )
    (told,) = fees("FI", "12.01")
    assert told[2].startswith("A reminder fee is at most 12 EUR, whatever was agreed (")


def test_agreed_fee_of_a_notice_is_held_against_the_notices():
    notice = NOTICE.format(days=14) + 'fee = "{fee}"\n'
    (told,) = fees("NO", "38.01", notice)
    assert told == (
        "refused",
        "NO.fee.notice",
        f"A notice fee is at most 38 NOK, whatever was agreed ({LAW.rule('NO.fee.notice').statute}).",
    )


def test_agreed_fee_that_the_law_does_not_know_is_refused():
    without = replace(LAW, rows=tuple(row for row in LAW.rows if row.code != "reminder"))
    rule = without.rule("SE.fee.unknown", kind="reminder", on="-")
    assert fees("SE", "5.00", law=without) == [("refused", rule.id, rule.sentence)]


def test_second_fee_names_the_rule_and_the_key():
    policy = load_policy(HEAD + REMIND + REMIND.replace("7", "9"), "x")
    assert [(one.level, one.line, one.rule, one.key) for one in check_policy(policy, LAW)] == [("warned", 8, "SE.fee.once", "fee")]
